"""Splitting prompts into text, code, attached files and long pastes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from tests.ui.markdown.documents import MANY, markdown
from tui.files.mentions import read_mentions
from tui.ui.log.prompt_parts import PromptPart, prompt_parts

LONG = "\n".join(f"line {at}" for at in range(50))


def names(content: str) -> list[str]:
    return [part.name for part in prompt_parts(content)]


@pytest.mark.parametrize("content", ["", "one", "one\n\n  two\n", "```", "```py\nx", "a `b` ``` c", "``` a`b\n```"])
def test_text_without_complete_fence_is_one_part(content: str) -> None:
    assert prompt_parts(content) == [PromptPart(content)]


def test_fences_are_code() -> None:
    assert prompt_parts("one\n```py\nx\n```\ntwo\n~~~\ny\n\n~~~") == [
        PromptPart("one"),
        PromptPart("x", "py"),
        PromptPart("two"),
        PromptPart("y\n", ""),
    ]
    assert prompt_parts("```py\r\nx\r\n```\r\n") == [PromptPart("x", "py"), PromptPart("")]


def test_text_after_an_open_fence_stays_as_typed() -> None:
    assert prompt_parts("```\nx\n```\n```\ny\n~~~\nz\n~~~") == [
        PromptPart("x", ""),
        PromptPart("```\ny\n~~~\nz\n~~~"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "one\n"),
        ("my notes.md", "```\ncode\n```\n"),
        ("a.py", "x = 1"),
        ("empty.txt", ""),
        ("a:b.csv", "1"),
    ],
)
@pytest.mark.parametrize("prose", ["Read {}", "{}", "Read {}, now.\n\nPlease:\n\n```py\nx\n```", "{}\n\nand so on:\n"])
def test_files_attached_by_mentions_are_recognized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, prose: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)
    (tmp_path / "other.txt").write_text("other")
    sent = read_mentions(prose.format(f'@"{name}" @other.txt')).text

    *written, first, second = prompt_parts(sent)
    assert (first.name, first.text) == (name, text.removesuffix("\n"))
    assert (second.name, second.text, second.label) == ("other.txt", "other", "other.txt · 1 line")
    assert [part.name for part in written] == [""] * len(written)
    assert written[0].text.startswith(prose.format(f"{name} other.txt").split("\n")[0])


@pytest.mark.parametrize(
    "content",
    [
        "Mend this:\n\n```py\nx\n```",
        "a.py\n\na.py:\n\n```py\nx\n```\n\nThanks",
        "a.py\n\na.py:\n```py\nx\n```",
        "a.py is here: a.py:\n\n```py\nx\n```",
        "b\n\na.py:\n\n```py\nx\n```",
    ],
)
def test_code_that_only_follows_a_colon_is_not_an_attachment(content: str) -> None:
    assert not any(names(content))


def test_text_after_very_many_fences_stays_as_typed() -> None:
    parts = prompt_parts("```\nx\n```\n" * 5_000)

    assert [part.language for part in parts[:100]] == [""] * 100
    assert all(part.language is None for part in parts[100:])
    assert parts[-1].text.endswith("```\nx\n```\n") or parts[-1].name


def test_long_code_is_folded_under_its_language() -> None:
    assert names(f"a\n```py\n{LONG}\n```\n```\n{LONG}\n```") == ["", "py", "code"]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (f"Why?\n\n{LONG}", ["Why?\n"]),
        (f"{LONG}\n\nWhy?", ["line 0\nline 1\nline 2", "\nWhy?"]),
        (f"\nWhy?\n\n\n{LONG}\n\nAnd\nhow?\n", ["\nWhy?\n\n", "\nAnd\nhow?\n"]),
        (LONG, ["line 0\nline 1\nline 2"]),
        ("\n".join("1234567\n" for _ in range(20)), ["1234567\n"]),
    ],
)
def test_question_around_a_long_text_is_shown(content: str, shown: list[str]) -> None:
    parts = prompt_parts(content)
    assert [part.text for part in parts if not part.name][: len(shown)] == shown
    assert sum(bool(part.name) for part in parts) == 1
    assert "\n".join(part.text for part in parts) == content


def test_thirty_lines_are_shown() -> None:
    assert names("\n".join("x" * 30)) == [""]
    assert "text" in names("\n".join("x" * 31))


@MANY
@given(markdown)
def test_no_text_is_lost(content: str) -> None:
    shown = "".join(part.text for part in prompt_parts(content))
    for word in ("word", "日本語", "a | b", "def f"):
        assert shown.count(word) >= content.count(word) - content.count("```") - content.count("~~~")
