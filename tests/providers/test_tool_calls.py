"""ToolCallJoiner: joins fragments of tool calls into complete calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.chunk import ToolCall
from tui.providers.tool_calls import ToolCallJoiner, parsed_arguments, storable_arguments


def fragment(
    index: float | str | None = None, call_id: str | None = None, name: str | None = None, arguments: Any = None
) -> Any:
    value: dict[str, Any] = {"function": {}}
    if index is not None:
        value["index"] = index
    if call_id is not None:
        value["id"] = call_id
    if name is not None:
        value["function"]["name"] = name
    if arguments is not None:
        value["function"]["arguments"] = arguments
    return value


def joined_calls(*fragments: Any) -> tuple[ToolCall, ...]:
    joiner = ToolCallJoiner()
    for each in fragments:
        assert joiner.feed([each])
    return joiner.finish()


def test_fragments_are_joined_by_index() -> None:
    assert joined_calls(
        fragment(0, "a", "first", ""),
        fragment(0, arguments='{"x"'),
        fragment(1, "b", "second", '{"y'),
        fragment(0, arguments=": 1}"),
        fragment(1, arguments='": 2}'),
    ) == (ToolCall("first", {"x": 1}, "a"), ToolCall("second", {"y": 2}, "b"))


def test_second_id_starts_a_second_call_if_every_index_is_0() -> None:
    assert joined_calls(fragment(0, "a", "f", '{"x": 1}'), fragment(0, "b", "f", '{"x": 2}')) == (
        ToolCall("f", {"x": 1}, "a"),
        ToolCall("f", {"x": 2}, "b"),
    )


def test_second_name_starts_a_second_call_without_an_index() -> None:
    assert joined_calls(
        fragment(name="f", arguments='{"x":'),
        fragment(arguments="1}"),
        fragment(name="f", arguments="{}"),
        fragment(name="g", arguments="{}"),
    ) == (ToolCall("f", {"x": 1}), ToolCall("f", {}), ToolCall("g", {}))


def test_different_name_at_the_same_index_is_another_call() -> None:
    assert joined_calls(fragment(0, name="f", arguments="{}"), fragment(0, name="g", arguments="{}")) == (
        ToolCall("f", {}),
        ToolCall("g", {}),
    )


@pytest.mark.parametrize("call_id", [None, "", "a"])
@pytest.mark.parametrize("pieces", [("get_", "weather"), ("get_", "get_weather"), ("g", "et_", "weather")])
def test_name_in_pieces_is_one_name(call_id: str | None, pieces: tuple[str, ...]) -> None:
    first, *rest = pieces
    opening = [fragment(0, "a", first, ""), *(fragment(0, call_id, piece, "") for piece in rest)]
    weather = ToolCall("get_weather", {"x": 1}, "a")

    assert joined_calls(*opening, fragment(0, arguments='{"x": 1}')) == (weather,)
    assert joined_calls(*opening[:-1], fragment(0, call_id, rest[-1], '{"x": 1}')) == (weather,)


@pytest.mark.parametrize(
    "second", [fragment(0, "b", "g", ""), fragment(1, None, "g", ""), fragment(None, None, "g", "")]
)
def test_name_of_another_call_does_not_continue_a_name(second: Any) -> None:
    calls = joined_calls(fragment(second.get("index") and 0, "a", "f", ""), second)

    assert [call.name for call in calls] == ["f", "g"]


@pytest.mark.parametrize("repeated", [("a", "f"), ("", ""), (None, "f"), ("a", None)])
def test_id_and_name_may_repeat_or_be_empty_in_later_fragments(repeated: tuple[str | None, str | None]) -> None:
    assert joined_calls(fragment(0, "a", "f", '{"x"'), fragment(0, *repeated, ": 1}")) == (
        ToolCall("f", {"x": 1}, "a"),
    )


def test_id_and_name_may_arrive_late() -> None:
    assert joined_calls(fragment(0, arguments="{"), fragment(0, "a"), fragment(0, name="f", arguments="}")) == (
        ToolCall("f", {}, "a"),
    )


def test_arguments_may_be_an_object() -> None:
    assert joined_calls(fragment(0, "a", "f", {"x": [1]})) == (ToolCall("f", {"x": [1]}, "a"),)


@pytest.mark.parametrize("arguments", [None, 7, ["x"]])
def test_arguments_of_other_types_are_ignored(arguments: object) -> None:
    assert joined_calls(fragment(0, "a", "f", arguments)) == (ToolCall("f", {}, "a"),)


def test_each_call_is_emitted_once() -> None:
    joiner = ToolCallJoiner()
    joiner.feed([fragment(0, "a", "f")])

    assert joiner.finish() == (ToolCall("f", {}, "a"),)
    assert joiner.finish() == ()


@pytest.mark.parametrize("fragments", [None, {}, "text", []])
def test_non_list_fragments_give_no_calls(fragments: object) -> None:
    joiner = ToolCallJoiner()

    assert not joiner.feed(fragments)
    assert joiner.finish() == ()


def test_malformed_fragments_are_skipped() -> None:
    assert joined_calls(None, 7, {"function": None, "index": "x", "id": 5}, fragment(0, "a", "f")) == (
        ToolCall("", {}),
        ToolCall("f", {}, "a"),
    )


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", {}),
        ("  ", {}),
        ('{"x": 1}', {"x": 1}),
        ('{"x": 1', '{"x": 1'),
        ("[1]", "[1]"),
        ("null", "null"),
        ("Paris", "Paris"),
        ("[" * 200_000, "[" * 200_000),
        ("9" * 5_000, "9" * 5_000),
    ],
)
def test_non_object_arguments_stay_text(text: str, arguments: object) -> None:
    assert parsed_arguments(text) == arguments


def test_surrogate_halves_are_joined_or_replaced() -> None:
    whole = fragment(0, "a\ud800", "f\ud800", {"\ud83d\ude00": "x\ud83d"})
    assert joined_calls(whole) == (ToolCall("f\ufffd", {"😀": "x\ufffd"}, "a\ufffd"),)
    assert joined_calls(fragment(0, arguments='{"x": "\ud83d'), fragment(0, arguments='\ude00"}')) == (
        ToolCall("", {"x": "😀"}),
    )
    assert parsed_arguments(r'{"x": "\ud83d"}') == {"x": "\ufffd"}
    assert parsed_arguments("cut \ud83d") == "cut \ufffd"


def test_too_deeply_nested_arguments_become_a_note() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"x": deep}

    assert storable_arguments(deep) == "(nested too deep)"


@given(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_fragment_boundaries_do_not_change_the_arguments(arguments: dict[str, object], cuts: list[int]) -> None:
    text = json.dumps(arguments)
    places = sorted(min(cut, len(text)) for cut in cuts)
    pieces = [text[start:stop] for start, stop in zip([0, *places], [*places, len(text)], strict=True)]

    assert joined_calls(fragment(0, "a", "f"), *(fragment(0, arguments=piece) for piece in pieces)) == (
        ToolCall("f", json.loads(text), "a"),
    )


# Ids, names and indexes that change, repeat or are missing


def test_another_id_in_every_fragment_continues_the_call() -> None:
    assert joined_calls(
        fragment(0, "a", "f", ""), fragment(0, "b", arguments='{"x":'), fragment(0, "c", arguments=" 1}")
    ) == (ToolCall("f", {"x": 1}, "a"),)
    assert joined_calls(fragment(0, "a", "f", '{"x"'), fragment(0, "b", "f", ": 1}")) == (ToolCall("f", {"x": 1}, "a"),)


def test_call_that_is_opened_twice_is_one_call() -> None:
    assert joined_calls(fragment(0, "a", "f", ""), fragment(0, "b", "f", ""), fragment(0, arguments='{"x": 1}')) == (
        ToolCall("f", {"x": 1}, "a"),
    )


@pytest.mark.parametrize("call_id", ["b", "a", None])
@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("arguments", ['{"x": 2}', {"x": 2}])
def test_call_after_a_complete_one_is_another(call_id: str | None, index: int | None, arguments: object) -> None:
    calls = joined_calls(fragment(index, "a", "f", '{"x": 1}'), fragment(index, call_id, "f", arguments))

    assert [call.arguments for call in calls] == [{"x": 1}, {"x": 2}]
    assert [call.id for call in calls] == ["a", call_id]


def test_arguments_that_end_in_a_brace_are_not_complete() -> None:
    assert joined_calls(fragment(0, "a", "f", '{"x": {}'), fragment(0, "a", "f", "}")) == (
        ToolCall("f", {"x": {}}, "a"),
    )


@pytest.mark.parametrize("arguments", ['{"x": 1}', {"x": 1}])
def test_summary_of_a_call_is_not_another_call(arguments: object) -> None:
    first = fragment(0, "a", "f", arguments)
    assert joined_calls(first, first) == (ToolCall("f", {"x": 1}, "a"),)
    parts = (fragment(0, "a", "f", '{"x"'), fragment(0, arguments=": 1}"))
    assert joined_calls(*parts, fragment(0, None, "f", '{"x": 1}')) == (ToolCall("f", {"x": 1}, "a"),)


def test_equal_calls_with_ids_of_their_own_are_two() -> None:
    calls = joined_calls(fragment(0, "a", "f", "{}"), fragment(0, "b", "f", "{}"))

    assert calls == (ToolCall("f", {}, "a"), ToolCall("f", {}, "b"))


@pytest.mark.parametrize("index", [0, None])
def test_interleaved_calls_with_one_index_are_told_apart_by_id(index: int | None) -> None:
    assert joined_calls(
        fragment(index, "a", "f", ""),
        fragment(index, "b", "g", ""),
        fragment(index, "a", arguments='{"x": 1}'),
        fragment(index, "b", arguments='{"x": 2}'),
    ) == (ToolCall("f", {"x": 1}, "a"), ToolCall("g", {"x": 2}, "b"))


def test_calls_that_share_an_id_are_told_apart_by_index() -> None:
    assert joined_calls(
        fragment(0, "a", "f", '{"x"'),
        fragment(1, "a", "f", '{"x"'),
        fragment(0, "a", None, ": 1}"),
        fragment(1, "a", None, ": 2}"),
    ) == (ToolCall("f", {"x": 1}, "a"), ToolCall("f", {"x": 2}, "a"))


def test_name_that_changes_with_one_id_is_another_call_only_after_a_complete_one() -> None:
    assert len(joined_calls(fragment(0, "a", "get", ""), fragment(0, "a", "get_time", "{}"))) == 1
    assert [call.name for call in joined_calls(fragment(0, "a", "f", "{}"), fragment(0, "a", "g", "{}"))] == ["f", "g"]


def test_nameless_call_with_a_new_id_after_a_complete_one_is_another() -> None:
    assert joined_calls(fragment(0, "a", "f", "{}"), fragment(0, "b", None, '{"x": 1}')) == (
        ToolCall("f", {}, "a"),
        ToolCall("", {"x": 1}, "b"),
    )


@pytest.mark.parametrize("index", ["0", 0.0])
def test_index_may_be_a_string_or_a_float(index: Any) -> None:
    assert joined_calls(
        fragment(index, "a", "f", '{"x"'),
        fragment(1, "b", "g", "{}"),
        fragment(0, arguments=": 1}"),
        fragment("1", arguments=""),
    ) == (ToolCall("f", {"x": 1}, "a"), ToolCall("g", {}, "b"))


def test_fragments_without_function_or_list_are_read() -> None:
    joiner = ToolCallJoiner()

    assert joiner.feed({"id": "a", "name": "f", "arguments": '{"x"'})
    assert joiner.feed({"function": {"arguments": ": 1}"}})
    assert not joiner.is_empty
    assert joiner.finish() == (ToolCall("f", {"x": 1}, "a"),)
    assert joiner.is_empty
