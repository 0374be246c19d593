"""Names and ids of tools and calls."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.session.tool_boxes import spec
from tui.chat.chunk import ToolCall
from tui.session.tool_names import offered_tools, safe_tool_name, tool_called, with_unique_ids

names = st.sampled_from(["look", "a b", "lab_look", "x" * 64, "x" * 65, "é", "", "look.up"])
servers = st.sampled_from(["lab", "den", "lab_look"])


def test_own_names_stay_where_they_are_unique_and_valid() -> None:
    offered = offered_tools([spec("look"), spec("write"), spec("look", "den"), spec("look"), spec("look up", "den")])

    assert [tool.name for tool in offered] == ["lab_look", "write", "den_look", "den_look_up"]


def test_made_name_that_is_taken_gets_a_number() -> None:
    offered = offered_tools([spec("look up"), spec("look.up"), spec("lab_look_up_2"), spec("lab_look_up")])

    assert [tool.name for tool in offered] == ["lab_look_up_3", "lab_look_up_4", "lab_look_up_2", "lab_look_up"]


@given(st.lists(st.tuples(names, servers), max_size=12))
def test_offered_names_are_unique_and_every_tool_is_found(tools: list[tuple[str, str]]) -> None:
    offered = offered_tools(spec(name, server) for name, server in tools)

    by_name = {tool.name: tool for tool in offered}
    assert len(by_name) == len(offered) == len({tool.spec.full_name for tool in offered})
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in by_name)
    assert all(tool_called(tool.name, by_name) is tool for tool in offered)


def test_unknown_name_is_no_tool() -> None:
    assert tool_called("gone", {tool.name: tool for tool in offered_tools([spec("look")])}) is None
    assert safe_tool_name("a b.é" + "x" * 100) == ("a_b__" + "x" * 59)


ids = st.none() | st.sampled_from(["", "a", "b", "a b", "x" * 65])


@given(st.lists(ids), st.sets(st.sampled_from(["a", "b", "c"])))
def test_ids_are_unique_and_valid(given_ids: list[str | None], taken: set[str]) -> None:
    numbers = iter(range(1000))
    calls = with_unique_ids([ToolCall("f", {}, each) for each in given_ids], taken, lambda: str(next(numbers)))

    made = [call.id or "" for call in calls]
    assert len(set(made)) == len(given_ids)
    assert not set(made) & taken
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", each) for each in made)
    first = next((each for each in given_ids if each in ("a", "b") and each not in taken), None)
    assert first is None or first in made
