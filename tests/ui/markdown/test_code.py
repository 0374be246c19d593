"""Highlighting code as runs."""

from __future__ import annotations

import pytest

from tests.ui.markdown.documents import texts
from tui.ui.markdown.code import CODE, code_lines, language_of
from tui.ui.markdown.lines import Look, Run
from tui.ui.markdown.render import render


def code_texts(code: str, language: str) -> list[str]:
    return ["".join(run.text for run in line) for line in code_lines(code, language)]


def looks(code: str, language: str) -> dict[str, Look]:
    return {run.text: run.look for line in code_lines(code, language) for run in line}


def test_known_language_is_highlighted() -> None:
    found = looks('def f(x):  # so\n    return "s" + str(1)', "python")

    assert found["def"] == found["return"] == Look("keyword")
    assert found["f"] == Look("function")
    assert found["# so"] == Look("comment", italic=True)
    assert found["s"] == Look("string")
    assert found["str"] == Look("builtin")
    assert found["1"] == Look("number")
    assert found["x"] == CODE


def test_diff_lines_are_highlighted() -> None:
    found = looks("-old\n+new\n", "diff")

    assert (found["-old"], found["+new"]) == (Look("deleted"), Look("string"))


@pytest.mark.parametrize("language", ["", "no-such-language", "python3.99-ish", "{", "日本"])
def test_unknown_language_is_not_highlighted(language: str) -> None:
    assert list(code_lines("x = 1\n\ny", language)) == [[Run("x = 1", CODE)], [Run("", CODE)], [Run("y", CODE)]]


@pytest.mark.parametrize("language", ["", "python", "c", "html", "json", "make", "diff", "yaml", "text"])
@pytest.mark.parametrize(
    "code", ["", "a", "a\n\n\nb", "\n\na", "  a\n    b", "/* open\nstill", '"""\nopen', "é日本", "<s>\nx"]
)
def test_highlighting_keeps_every_line(code: str, language: str) -> None:
    lines = code_texts(code, language)

    assert [line.rstrip() for line in lines] == [line.rstrip() for line in code.split("\n")]


@pytest.mark.parametrize("language", ["", "python", "c"])
def test_tab_stops_do_not_depend_on_highlighting(language: str) -> None:
    assert code_texts("x\t= 1\n\ty", language) == ["x   = 1", "    y"]


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        ("Py title=x", "py"),
        ("{.rust}", "rust"),
        ("  c++  ", "c++"),
        ("", ""),
        ("   ", ""),
        ("\x1b", "␛"),
    ],
)
def test_language_is_first_word_of_info_string(info: str, language: str) -> None:
    assert language_of(info) == language


def test_language_title_is_not_copyable() -> None:
    title, line = render("```py\nx\n```", 40)

    assert title.runs == (Run(" py", Look("language"), copyable=False),)
    assert "".join(run.text for run in line.runs if run.copyable) == "x"
    assert {title.fill, line.fill} == {"block"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("```\na\n```", [" a"]),
        ("```\na", [" a"]),
        ("```\na\n", [" a"]),
        ("```\n\na\n\n```", ["", " a", ""]),
        ("````\n```\na\n```\n````", [" ```", " a", " ```"]),
        ("~~~\n```\n~~~", [" ```"]),
        ("  ```\n  a\n    b\n  ```", [" a", "   b"]),
        ("    a\n      b", [" a", "   b"]),
        ("```\n```", [""]),
    ],
)
def test_fence_content_is_shown_open_or_closed(source: str, lines: list[str]) -> None:
    assert texts(source) == lines


def test_long_code_line_is_chopped_at_block_width() -> None:
    lines = render("```\n" + "x" * 30 + "\n```", 14)

    assert [line.text for line in lines] == [" " + "x" * 12, " " + "x" * 12, " " + "x" * 6]
    assert [line.separator for line in lines] == ["", "", None]
