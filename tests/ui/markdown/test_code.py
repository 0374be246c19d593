"""Code → runs."""

from __future__ import annotations

import pytest

from tests.ui.markdown.documents import texts
from tui.ui.markdown.code import CODE, code_lines, language_of
from tui.ui.markdown.lines import Look, Run
from tui.ui.markdown.render import render


def said(code: str, language: str) -> list[str]:
    return ["".join(run.text for run in line) for line in code_lines(code, language)]


def looks(code: str, language: str) -> dict[str, Look]:
    return {run.text: run.look for line in code_lines(code, language) for run in line}


def test_the_parts_of_a_known_language_are_told_apart() -> None:
    found = looks('def f(x):  # so\n    return "s" + str(1)', "python")

    assert found["def"] == found["return"] == Look("keyword")
    assert found["f"] == Look("function")
    assert found["# so"] == Look("comment", italic=True)
    assert found["s"] == Look("string")
    assert found["str"] == Look("builtin")
    assert found["1"] == Look("number")
    assert found["x"] == CODE


def test_lines_taken_out_and_put_in_are_told_apart() -> None:
    found = looks("-old\n+new\n", "diff")

    assert (found["-old"], found["+new"]) == (Look("deleted"), Look("string"))


@pytest.mark.parametrize("language", ["", "no-such-language", "python3.99-ish", "{", "日本"])
def test_an_unknown_language_is_shown_without_colours(language: str) -> None:
    assert list(code_lines("x = 1\n\ny", language)) == [[Run("x = 1", CODE)], [Run("", CODE)], [Run("y", CODE)]]


@pytest.mark.parametrize("language", ["", "python", "c", "html", "json", "make", "diff", "yaml", "text"])
@pytest.mark.parametrize(
    "code", ["", "a", "a\n\n\nb", "\n\na", "  a\n    b", "/* open\nstill", '"""\nopen', "é日本", "<s>\nx"]
)
def test_no_line_of_code_is_lost_or_added_whatever_its_language(code: str, language: str) -> None:
    lines = said(code, language)

    assert [line.rstrip() for line in lines] == [line.rstrip() for line in code.split("\n")]


@pytest.mark.parametrize("language", ["", "python", "c"])
def test_tabs_reach_to_the_next_stop_wherever_the_line_is_split_into_runs(language: str) -> None:
    assert said("x\t= 1\n\ty", language) == ["x   = 1", "    y"]


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
def test_the_language_is_the_first_word_of_the_info(info: str, language: str) -> None:
    assert language_of(info) == language


def test_the_language_stands_above_its_code_and_is_not_copied() -> None:
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
def test_a_fence_shows_what_stands_in_it_closed_or_not(source: str, lines: list[str]) -> None:
    assert texts(source) == lines


def test_a_long_line_of_code_is_cut_where_the_block_ends() -> None:
    lines = render("```\n" + "x" * 30 + "\n```", 14)

    assert [line.text for line in lines] == [" " + "x" * 12, " " + "x" * 12, " " + "x" * 6]
    assert [line.separator for line in lines] == ["", "", None]
