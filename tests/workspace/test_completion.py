"""The completion prefix before the cursor, and its candidates."""

from __future__ import annotations

import pytest

from tui.workspace.completion import Candidate, CompletionPrefix, command_candidates, prefix_at, word_candidates


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("/", CompletionPrefix("command", "", 0)),
        ("/mo", CompletionPrefix("command", "mo", 0)),
        ("/model ", CompletionPrefix("model", "", 7)),
        ("/model lla", CompletionPrefix("model", "lla", 7)),
        ("@", CompletionPrefix("path", "", 0)),
        ("see @src/ma", CompletionPrefix("path", "src/ma", 4)),
        ('see @"my no', CompletionPrefix("path", "my no", 4)),
        ("see @'my no", CompletionPrefix("path", "my no", 4)),
        ("see @it's", CompletionPrefix("path", "it's", 4)),
        ("see @my\\ no", CompletionPrefix("path", "my no", 4)),
        ("/system read @a", CompletionPrefix("path", "a", 13)),
        ("/import ", CompletionPrefix("file", "", 8)),
        ("/import ~/my exp", CompletionPrefix("file", "~/my exp", 8)),
        ("mail me@example", None),
        ("hello", None),
        ("a /mo", None),
        ("/system You are", None),
        ('@"whole" ', None),
        ("@whole ", None),
        ("", None),
    ],
)
def test_prefix_is_found_before_the_cursor(before: str, expected: CompletionPrefix | None) -> None:
    assert prefix_at(before) == expected


def test_command_with_argument_is_completed_with_a_space() -> None:
    found = {candidate.text: candidate for candidate in command_candidates("h")}
    assert list(found) == ["/help"]
    assert command_candidates("attach")[0] == Candidate("/attach ", "/attach FILE", help_of("attach"), continues=True)


def help_of(name: str) -> str:
    return next(candidate.help for candidate in command_candidates(name))


def test_prefix_matches_come_before_other_matches() -> None:
    known = [("repeat_penalty", ""), ("temperature", "a number"), ("seed", "")]
    assert word_candidates("te", known) == [Candidate("temperature", "temperature", "a number")]
    assert [candidate.text for candidate in word_candidates("pe", known, "=")] == ["repeat_penalty=", "temperature="]
    assert all(candidate.continues for candidate in word_candidates("pe", known, "="))
