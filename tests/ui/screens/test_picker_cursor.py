"""PickerCursor: on which model the cursor is while models come and go."""

from __future__ import annotations

from collections.abc import Iterator

from tui.chat.model_info import ModelInfo
from tui.ui.screens.picker_cursor import PickerCursor
from tui.ui.widgets.model_rows import Heading, ModelRow, Row
from tui.workspace.model_entry import ModelEntry
from tui.workspace.target import Target

A, B, C = (Target("ollama", name) for name in "abc")


def rows(*targets: Target) -> Iterator[Row]:
    yield Heading("ollama")
    for target in targets:
        yield ModelRow(ModelEntry(target, ModelInfo(target.model), ""))


def test_stays_with_the_model_in_use_until_it_is_moved() -> None:
    cursor = PickerCursor()
    assert cursor.wanted(None, rows(A, B), B) == B
    cursor.stay()
    assert cursor.wanted(A, rows(C, A, B), B) == A


def test_filter_starts_at_the_top_again() -> None:
    cursor = PickerCursor()
    cursor.stay()
    cursor.forget()
    assert cursor.wanted(A, rows(A, B), None) is None


def test_waits_for_a_model_that_is_not_listed_yet() -> None:
    cursor = PickerCursor()
    cursor.go_to(C)
    assert cursor.wanted(A, rows(A, B), A) == C
    assert cursor.wanted(A, rows(A, B, C), A) == C
    assert cursor.wanted(C, rows(A, B, C), A) == C


def test_returns_to_a_model_that_was_missing_for_a_moment() -> None:
    cursor = PickerCursor()
    cursor.stay()
    assert cursor.wanted(B, rows(A, B), A) == B
    assert cursor.wanted(B, rows(A), A) == B
    assert cursor.wanted(A, rows(A, B), A) == B


def test_no_longer_waits_once_it_is_moved() -> None:
    cursor = PickerCursor()
    cursor.go_to(C)
    assert cursor.wanted(A, rows(A, B), A) == C
    cursor.stay()
    assert cursor.wanted(B, rows(A, B, C), A) == B
