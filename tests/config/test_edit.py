from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tui.config.edit import with_name, with_value, without_key
from tui.config.tables import drop_empty, leaves, same_value, without
from tui.config.tables import with_name as data_with_name
from tui.config.tables import with_value as data_with_value
from tui.config.toml_text import KeyPath, key_path

FILE = """\
# llm-tui

provider = "ollama" # mine
# theme = "nord"

[timeouts] # all of them
  connect = 5   # five
  # idle is next
  idle = 3

# The gateway of the team.
[providers.x]
type = "openai"
timeouts = { idle = 3 } # inline
retry = {  attempts = 3, statuses = [500]  }
# end of x

[providers.y.timeouts]
idle = 3
"""


@pytest.mark.parametrize(
    ("key", "value", "before", "after"),
    [
        ("timeouts.connect", 7.5, "  connect = 5   # five\n", "  connect = 7.5   # five\n"),
        ("timeouts.total", 9, "  idle = 3\n", "  idle = 3\n  total = 9\n"),
        ("theme", "dracula", '# theme = "nord"\n', '# theme = "nord"\ntheme = "dracula"\n'),
        ("provider", "x", 'provider = "ollama" # mine', 'provider = "x" # mine'),
        ("other", 1, 'provider = "ollama" # mine\n', 'provider = "ollama" # mine\nother = 1\n'),
        ("providers.x.timeouts.total", 1.5, "{ idle = 3 } # inline", "{ idle = 3, total = 1.5 } # inline"),
        ("providers.x.retry.attempts", 1, "attempts = 3, ", "attempts = 1, "),
        ("providers.x.retry", {"attempts": 2}, "{  attempts = 3, statuses = [500]  }", "{ attempts = 2 }"),
        ("providers.x.retry.statuses", [], "[500]", "[]"),
        ("providers.x.model", "m", "[500]  }\n", '[500]  }\nmodel = "m"\n'),
        ("providers.x.headers.X-Team", "s", "[500]  }\n", '[500]  }\nheaders.X-Team = "s"\n'),
        (
            "providers.y.timeouts.total",
            1,
            "[providers.y.timeouts]\nidle = 3\n",
            "[providers.y.timeouts]\nidle = 3\ntotal = 1\n",
        ),
        ('providers."a.b".model', "m", "]\nidle = 3\n", ']\nidle = 3\n\n[providers."a.b"]\nmodel = "m"\n'),
    ],
)
def test_set_changes_only_the_value(key: str, value: object, before: str, after: str) -> None:
    assert before in FILE
    head, _, tail = FILE.rpartition(before)

    assert with_value(FILE, key_path(key), value) == head + after + tail


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        ("timeouts.connect", "  connect = 5   # five\n", ""),
        ("provider", 'provider = "ollama" # mine\n', ""),
        ("providers.x.retry.attempts", "attempts = 3, ", ""),
        ("providers.x.retry.statuses", ", statuses = [500]", ""),
        ("providers.x.timeouts.idle", "{ idle = 3 }", "{}"),
        ("providers.x.timeouts", "timeouts = { idle = 3 } # inline\n", ""),
        ("providers.y", "\n[providers.y.timeouts]\nidle = 3\n", ""),
        ("nothing.here", "", ""),
    ],
)
def test_remove_changes_only_the_key(key: str, before: str, after: str) -> None:
    head, _, tail = FILE.rpartition(before) if before else (FILE, "", "")

    assert without_key(FILE, key_path(key)) == head + after + tail


def test_removing_a_table_keeps_its_comments() -> None:
    assert without_key(FILE, ("providers", "x")) == FILE.replace(
        '[providers.x]\ntype = "openai"\ntimeouts = { idle = 3 } # inline\n'
        "retry = {  attempts = 3, statuses = [500]  }\n",
        "",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "theme = 1\n"),
        ("# only a comment", "# only a comment\ntheme = 1\n"),
        ("a = 1", "a = 1\ntheme = 1\n"),
        ("a = 1\r\n[b]\r\n", "a = 1\r\ntheme = 1\r\n[b]\r\n"),
        ("[b]\nc = 1", "theme = 1\n\n[b]\nc = 1"),
        ("# about all\n\n# about b\n# more\n[b]\n", "# about all\n\ntheme = 1\n\n# about b\n# more\n[b]\n"),
        ("# about b\n[b]\n", "theme = 1\n\n# about b\n[b]\n"),
        ("[b]\n#theme = 2\n", "theme = 1\n\n[b]\n#theme = 2\n"),
        ("#[b]\n#theme = 2\n", "#[b]\n#theme = 2\ntheme = 1\n"),
        ("[theme]\na = 1\n[theme.b]\n", "theme = 1\n"),
    ],
)
def test_new_root_key_position(before: str, after: str) -> None:
    assert with_value(before, ("theme",), 1) == after


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("", "a.b", "[a]\nb = 1\n"),
        ("x = 1", "a.b", "x = 1\n\n[a]\nb = 1\n"),
        ("x = 1\r\n", "a.b", "x = 1\r\n\r\n[a]\r\nb = 1\r\n"),
        ("[a]", "a.b", "[a]\nb = 1\n"),
        ("[a] # c\n\n#b = 2\n#c = 3\n", "a.b", "[a] # c\n\n#b = 2\nb = 1\n#c = 3\n"),
        ("[a]\n#[a.c]\n#b = 2\n", "a.b", "[a]\nb = 1\n#[a.c]\n#b = 2\n"),
        ("a = {}\n", "a.b", "a = { b = 1 }\n"),
        ("a = {}\n", "a.b.c", "a = { b.c = 1 }\n"),
        ("a = { c.d = 2 }\n", "a.c.b", "a = { c.d = 2, c.b = 1 }\n"),
        ("a.c = 2 # c\nd = 3\n", "a.b", "a.c = 2 # c\na.b = 1\nd = 3\n"),
        ("[x]\n  a.c = 2", "x.a.b", "[x]\n  a.c = 2\n  a.b = 1\n"),
        ("[x]\na.c = 2\n", "x.a.d.b", "[x]\na.c = 2\na.d.b = 1\n"),
        ("[a.c]\nd = 1\n", "a.b", "[a.c]\nd = 1\n\n[a]\nb = 1\n"),
        ("[a]\n[a.c]\nd = 1\n", "a.e.b", "[a]\ne.b = 1\n[a.c]\nd = 1\n"),
    ],
)
def test_new_key_is_added_to_its_table(before: str, key: str, after: str) -> None:
    assert with_value(before, key_path(key), 1) == after
    tomllib.loads(after)


def test_removes_several_keys_from_an_inline_table() -> None:
    assert without_key("a = { b.c = 1, d = 2, b.e = { f = 3, g = 4 } }", ("a", "b")) == "a = { d = 2 }"


names = st.sampled_from(["a", "b", "c d", "e.f", "#", '"', ""])
scalars = st.booleans() | st.integers(0, 9) | st.sampled_from(["", "x\n[a]\nb = 1\n", "'''", '"""', "a # b", "]", "}"])
tables: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(names, scalars | st.lists(scalars, max_size=3), max_size=4),
    lambda inner: st.dictionaries(names, inner | scalars | st.lists(inner, max_size=2), max_size=4),
    max_leaves=12,
)
paths: st.SearchStrategy[KeyPath] = st.lists(names, min_size=1, max_size=3).map(tuple)


@given(tables, paths, scalars | st.lists(scalars, max_size=2), st.booleans())
def test_any_key_of_any_document_can_be_set(data: dict[str, Any], path: KeyPath, value: Any, multiline: bool) -> None:
    around = [(*path[:length],) for length in range(1, len(path))]
    data = without(data, [place for place, _ in leaves(data) if place in around])

    text = with_value(tomli_w.dumps(data, multiline_strings=multiline), path, value)

    assert same_value(drop_empty(tomllib.loads(text)), drop_empty(data_with_value(data, path, value)))


@given(tables, paths, st.booleans())
def test_any_key_of_any_document_can_be_removed(data: dict[str, Any], path: KeyPath, multiline: bool) -> None:
    text = without_key(tomli_w.dumps(data, multiline_strings=multiline), path)

    assert same_value(drop_empty(tomllib.loads(text)), drop_empty(without(data, [path])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# mine\n[p.a] # here\nx = 1\n\n[p.a.b]\ny = 2\n", "# mine\n[p.new] # here\nx = 1\n\n[p.new.b]\ny = 2\n"),
        ('[ p . "a" ]\na = 1\n[p.ab]\na = 2\n', "[ p . new ]\na = 1\n[p.ab]\na = 2\n"),
        ("[p]\na.x = 1\na . b = { a = 2 }\n", "[p]\nnew.x = 1\nnew . b = { a = 2 }\n"),
        ("p = { a = { a = 1 }, c = 2 }", "p = { new = { a = 1 }, c = 2 }"),
        ("p.a.a = 1\na = 2", "p.new.a = 1\na = 2"),
        ('[[p.a]]\na = """\n[p.a]\na = 1\n"""', '[[p.new]]\na = """\n[p.a]\na = 1\n"""'),
    ],
)
def test_table_is_renamed_wherever_it_is_named(text: str, expected: str) -> None:
    assert with_name(text, ("p", "a"), "new") == expected


@given(tables, paths, st.booleans())
def test_any_key_of_any_document_can_be_renamed(data: dict[str, Any], path: KeyPath, multiline: bool) -> None:
    text = with_name(tomli_w.dumps(data, multiline_strings=multiline), path, "new name")

    assert same_value(tomllib.loads(text), data_with_name(data, path, "new name"))
