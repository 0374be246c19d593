"""Highlighting code as runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import pytest

from tests.ui.markdown.documents import texts
from tui.ui.markdown import code as code_module
from tui.ui.markdown.code import CODE, highlighted, language_of
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lexers import lexer_of
from tui.ui.markdown.lines import Look, Run
from tui.ui.markdown.render import render


def code_texts(code: str, language: str) -> list[str]:
    return ["".join(run.text for run in line) for line in highlighted(code, language).lines]


def looks(code: str, language: str) -> dict[str, Look]:
    return {run.text: run.look for line in highlighted(code, language).lines for run in line}


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
    assert highlighted("x = 1\n\ny", language).lines == [[Run("x = 1", CODE)], [Run("", CODE)], [Run("y", CODE)]]


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

    assert title.runs == (Run("  py", Look("language"), copyable=False),)
    assert title.tail == Run("copy", Look("copy"), copyable=False)
    assert "".join(run.text for run in line.runs if run.copyable) == "x"
    assert {title.fill, line.fill} == {"block"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("```\na\n```", ["  a"]),
        ("```\na", ["  a"]),
        ("```\na\n", ["  a"]),
        ("```\n\na\n\n```", ["", "  a", ""]),
        ("````\n```\na\n```\n````", ["  ```", "  a", "  ```"]),
        ("~~~\n```\n~~~", ["  ```"]),
        ("  ```\n  a\n    b\n  ```", ["  a", "    b"]),
        ("    a\n      b", ["  a", "    b"]),
        ("```\n```", [""]),
    ],
)
def test_fence_content_is_shown_open_or_closed(source: str, lines: list[str]) -> None:
    assert texts(source) == ["", *lines]


def test_long_code_line_is_chopped_at_block_width() -> None:
    _, *lines = render("```\n" + "x" * 30 + "\n```", 16)

    assert [line.text for line in lines] == ["  " + "x" * 12, "  " + "x" * 12, "  " + "x" * 6]
    assert [line.separator for line in lines] == ["", "", None]


@pytest.mark.parametrize(
    ("longest", "width", "cells"), [(1, 96, 44), (40, 96, 44), (41, 96, 45), (92, 96, 96), (200, 96, 96), (9, 20, 20)]
)
@pytest.mark.parametrize("source", ["```\na\n{}\n\n```", "> ```\n> {}\n> ```", "- ```\n  {}", "    {}"])
def test_ground_is_as_wide_as_the_longest_line(source: str, longest: int, width: int, cells: int) -> None:
    prefix = 2 if source[0] in ">-" else 0
    for text in ("x" * longest, "日" * (longest // 2) + "x" * (longest % 2)):
        lines = MarkdownDocument(source.format(text)).lines(width + prefix)
        assert {line.ground.cells for line in lines if line.ground} == {cells}
        assert len({id(line.ground) for line in lines if line.ground}) == 1


def test_ground_of_streaming_code_grows_in_steps_and_never_shrinks() -> None:
    document = MarkdownDocument("```\n", finished=False)
    seen: list[int] = []
    for character in "x" * 60 + "\ny\n":
        document.append(character)
        ground = document.lines(96)[0].ground
        assert ground is not None
        seen.append(ground.cells)
    document.finish()

    assert list(dict.fromkeys(seen)) == [44, 52, 60, 68]
    assert seen == sorted(seen)
    assert {line.ground.cells for line in document.lines(96) if line.ground} == {64}


def test_wider_ground_lays_no_line_out_again() -> None:
    document = MarkdownDocument("```\n" + "x\n" * 100, finished=False)
    before = list(document.lines(96))
    document.append("y" * 80 + "\n")
    lines = document.lines(96)

    assert document.reused == len(before)
    assert all(line is other for line, other in zip(lines, before, strict=False))
    assert before[0].ground is not None
    assert before[0].ground.cells == 84


@pytest.fixture
def lexed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were given to the lexer for Python."""
    given: list[str] = []
    lexer = lexer_of("python")
    assert lexer is not None
    lex = lexer.get_tokens

    def get_tokens(text: str) -> Iterable[tuple[object, str]]:
        given.append(text)
        return lex(text)

    monkeypatch.setattr(lexer, "get_tokens", get_tokens)
    return given


def stream(text: str, size: int) -> MarkdownDocument:
    document = MarkdownDocument(finished=False)
    for at in range(0, len(text), size):
        document.append(text[at : at + size])
        document.lines(80)
    document.finish()
    document.lines(80)
    return document


@pytest.mark.parametrize("body", ["x = 1\n" * 3_000, "y" * 40_000 + "\n", "\n" * 20_000, ("z" * 900 + "\n") * 30])
def test_lexer_never_gets_much_code_at_once(lexed: list[str], body: str) -> None:
    stream(f"```python\n{body}```\n", 500)

    assert max(map(len, lexed)) <= code_module.MAX_HIGHLIGHTED + 1


def test_work_for_code_grows_with_its_length_only(lexed: list[str]) -> None:
    body = "x = 1  # and so on\n" * 100
    stream(f"```python\n{body}```\n", 100)
    once = sum(map(len, lexed))
    lexed.clear()
    stream(f"```python\n{body * 10}```\n", 100)

    assert sum(map(len, lexed)) < 15 * once


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timers that send signals")
@pytest.mark.parametrize(("language", "character"), [("java", "\n"), ("fan", "a"), ("autoit", " "), ("make", "_")])
def test_code_that_takes_too_long_is_shown_plain(
    monkeypatch: pytest.MonkeyPatch, language: str, character: str
) -> None:
    monkeypatch.setattr(code_module, "MAX_SECONDS", 0.02)
    code = character * 7_900
    found = highlighted(code, language)

    assert not found.is_complete
    assert ["".join(run.text for run in line) for line in found.lines] == code.split("\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timers that send signals")
def test_slow_lexer_is_tried_once_per_fence(monkeypatch: pytest.MonkeyPatch, lexed: list[str]) -> None:
    monkeypatch.setattr(code_module, "MAX_SECONDS", 1e-6)
    document = stream("```python\n" + "x = '1'\n" * 2_000 + "```\n", 100)

    assert len(lexed) < 200
    assert len(document.lines(80)) == 2_001


def test_code_that_lexer_changes_is_shown_unchanged() -> None:
    assert highlighted("\ufeffx = 1", "python").lines == [[Run("\ufeffx = 1", CODE)]]


def test_code_beyond_limit_is_plain(lexed: list[str]) -> None:
    code = "x = 1\n" * 2_000
    lines = highlighted(code, "python").lines

    assert ["".join(run.text for run in line) for line in lines] == code.split("\n")
    assert len(lexed) == 1
    assert len(lines[0]) > 1
    assert lines[-2] == [Run("x = 1", CODE)]
