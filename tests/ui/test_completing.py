"""What is being written at the cursor."""

from __future__ import annotations

import pytest

from tui.ui.completing import Beginning, Candidate, beginning_at, command_candidates, word_candidates


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("/", Beginning("command", "", 0)),
        ("/mo", Beginning("command", "mo", 0)),
        ("/model ", Beginning("model", "", 7)),
        ("/model lla", Beginning("model", "lla", 7)),
        ("@", Beginning("path", "", 0)),
        ("see @src/ma", Beginning("path", "src/ma", 4)),
        ('see @"my no', Beginning("path", "my no", 4)),
        ("see @my\\ no", Beginning("path", "my no", 4)),
        ("/system read @a", Beginning("path", "a", 13)),
        ("mail me@example", None),
        ("hello", None),
        ("a /mo", None),
        ("/system You are", None),
        ('@"whole" ', None),
        ("@whole ", None),
        ("", None),
    ],
)
def test_it_is_known_by_what_stands_before_the_cursor(before: str, expected: Beginning | None) -> None:
    assert beginning_at(before) == expected


def test_a_command_is_followed_by_a_blank_where_something_may_follow() -> None:
    found = {candidate.text: candidate for candidate in command_candidates("h")}
    assert list(found) == ["/help"]
    assert command_candidates("attach")[0] == Candidate("/attach ", "/attach FILE", found_words("attach"), goes_on=True)


def found_words(name: str) -> str:
    return next(candidate.words for candidate in command_candidates(name))


def test_words_that_begin_so_come_before_those_that_only_have_it_in_them() -> None:
    known = [("repeat_penalty", ""), ("temperature", "a number"), ("seed", "")]
    assert word_candidates("te", known) == [Candidate("temperature", "temperature", "a number")]
    assert [candidate.text for candidate in word_candidates("pe", known, "=")] == ["repeat_penalty=", "temperature="]
    assert all(candidate.goes_on for candidate in word_candidates("pe", known, "="))
