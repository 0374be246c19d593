"""The scrollback: line positions, and what the view follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.log.long_texts import KINDS, long_text
from tests.ui.markdown.documents import FEW
from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.ui.log import answer_entry, end_lines
from tui.ui.log import scrollback as scrollback_module
from tui.ui.log.entries import AnswerEntry, Entry, PromptEntry
from tui.ui.log.scrollback import Scrollback
from tui.ui.markdown import code

LONG = "\n\n".join(f"paragraph {number} of a long answer with many words in it" for number in range(60))


def prompt(text: str) -> PromptEntry:
    entry = PromptEntry(ChatMessage("p", "user", text))
    entry.unfolded = True
    return entry


def live() -> AnswerEntry:
    return AnswerEntry(ChatMessage("a", "assistant", "", outcome="streaming", model="m"))


def scrollback(*entries: Entry, width: int = 40, view: int = 10) -> Scrollback:
    shown = Scrollback()
    shown.resize(width, view)
    shown.show(entries)
    shown.settle()
    return shown


def top_line(shown: Scrollback) -> str:
    return shown.line(shown.settle())[0].text


def top_message(shown: Scrollback) -> str:
    """The first line of the text of the message whose role line is at the top."""
    top = shown.settle()
    assert shown.line(top)[0].text == "You"
    return shown.line(top + 1)[0].text


def test_view_follows_the_end() -> None:
    shown = scrollback(prompt("go"), live())
    assert shown.settle() == 0
    answer = shown.live
    assert answer is not None
    answer.append(StreamingChunk(LONG))
    shown.measure(1)

    assert shown.settle() == shown.total - 10
    assert shown.new_lines == 0


def test_scrolled_up_view_stays_and_counts_new_lines() -> None:
    shown = scrollback(prompt("go"), live())
    answer = shown.live
    assert answer is not None
    answer.append(StreamingChunk(LONG))
    shown.measure(1)
    shown.settle()
    shown.go_to(7)
    before, total = top_line(shown), shown.total
    assert shown.new_lines == 0
    answer.append(StreamingChunk("\n\n" + LONG))
    shown.measure(1)

    assert top_line(shown) == before
    assert shown.new_lines == shown.total - total
    shown.follow()
    assert shown.new_lines == 0
    assert shown.settle() == shown.total - 10


def test_scrolling_past_new_lines_marks_them_seen() -> None:
    shown = scrollback(prompt("go"), live())
    answer = shown.live
    assert answer is not None
    answer.append(StreamingChunk(LONG))
    shown.measure(1)
    shown.settle()
    shown.go_to(7)
    answer.append(StreamingChunk("\n\n" + LONG))
    shown.measure(1)
    shown.settle()
    shown.go_to(shown.total - 10 - 4)
    shown.settle()
    assert shown.new_lines == 4
    shown.go_to(7)
    shown.settle()
    assert shown.new_lines == 4


def test_scrolling_to_the_end_resumes_following() -> None:
    shown = scrollback(prompt(LONG))
    shown.go_to(3)
    assert not shown.is_following
    shown.go_to(shown.total - 10)
    assert shown.is_following


@FEW
@given(st.integers(0, 100), st.lists(st.integers(12, 90), min_size=1, max_size=5))
def test_top_line_survives_width_changes(line: int, widths: list[int]) -> None:
    shown = scrollback(prompt("go"), AnswerEntry(ChatMessage("a", "assistant", LONG)))
    shown.go_to(line)
    words = top_line(shown)
    for width in widths:
        shown.resize(width, 10)
        shown.settle()
    narrow = top_line(shown)
    shown.resize(40, 10)

    assert not words or words.split()[0] in narrow
    assert not words or top_line(shown) == words


def test_role_line_stays_at_the_top_when_cards_become_airy_or_narrow() -> None:
    shown = scrollback(*(prompt(f"message {at} " + "word " * 30) for at in range(20)))
    shown.go_to(shown.top_of(3))
    for width, is_airy in ((40, True), (23, True), (40, False)):
        shown.resize(width, 10, is_airy=is_airy)
        shown.settle()
    assert top_message(shown).startswith("message 3")


def test_width_change_adds_no_new_lines() -> None:
    shown = scrollback(AnswerEntry(ChatMessage("a", "assistant", LONG)))
    shown.go_to(3)
    shown.settle()
    shown.resize(21, 10)
    shown.settle()

    assert shown.new_lines == 0


def test_only_messages_near_the_view_are_laid_out() -> None:
    widths: list[int] = []

    class Counted(PromptEntry):
        def make_parts(self, width: int) -> list[object]:  # type: ignore[override]  # parts are only passed through
            widths.append(width)
            return list(super().make_parts(width))

    shown = scrollback(*(Counted(ChatMessage("p", "user", f"message {number}")) for number in range(5_000)))

    assert len(widths) < 30
    shown.go_to(0)
    assert top_message(shown) == "message 0"
    assert len(widths) < 60


def test_lines_far_from_the_view_are_dropped_and_restored() -> None:
    dropped: list[str] = []

    class Dropped(PromptEntry):
        def drop_lines(self) -> None:
            dropped.append(self.message.content[:10])
            super().drop_lines()

    shown = scrollback(*(Dropped(ChatMessage("p", "user", f"{at:09} " + "x " * 20_000)) for at in range(12)))
    for at in range(12):
        shown.reveal(at)
        dropped.clear()
        shown.settle()
        assert shown.entries[at].message.content[:10] not in dropped
    assert dropped
    shown.go_to(0)
    assert top_message(shown) == "000000000 x x x x x x x x x x x x x x x"


def test_streaming_answer_is_never_dropped() -> None:
    answer = live()
    shown = scrollback(*(prompt("x\n" * 999) for _ in range(8)), answer)
    answer.append(StreamingChunk("x\n\n" * 300))
    shown.go_to(0)
    shown.settle()
    lines = answer.lines(40)
    first = next(line for line in lines if line.text == "x")
    for at in range(8):
        shown.reveal(at)
        shown.settle()

    assert any(line is first for line in answer.lines(40))


def test_reveal_scrolls_whole_entry_into_view() -> None:
    shown = scrollback(*(prompt(f"message {at}\nand more") for at in range(20)))
    shown.reveal(3)
    assert top_message(shown) == "message 3"
    shown.reveal(7)
    bottom = shown.settle() + 9
    assert shown.line(bottom)[1] == 7
    assert shown.find(bottom + 1)[0] == 8
    shown.reveal(19)
    assert shown.is_following


def test_reveal_shows_the_end_of_what_does_not_fit_where_that_says_most() -> None:
    shown = scrollback(prompt("\n".join(map(str, range(100)))), prompt("next"))
    shown.reveal(0, shows_end=True)
    bottom = shown.settle() + 9
    assert shown.line(bottom)[1] == 0
    assert shown.find(bottom + 1)[0] == 1
    shown.reveal(0)
    assert top_line(shown) == "You"


def test_reveal_line_shows_surrounding_lines() -> None:
    shown = scrollback(prompt("\n".join(map(str, range(100)))))
    shown.reveal(0, 50)
    assert top_line(shown) == "45"
    shown.reveal(0, 52)
    assert top_line(shown) == "45"


def test_truncate_removes_later_entries() -> None:
    shown = scrollback(prompt("a"), prompt("b"), prompt("c"))
    shown.truncate(1)
    shown.append(prompt("d"))

    assert [entry.message.content for entry in shown.entries] == ["a", "d"]
    assert shown.total == 6
    assert shown.line(99)[1] == -1


LONG_ANSWER = "\n\n".join(f"Paragraph {number} of a long answer" for number in range(2_000))


def settle_all(shown: Scrollback) -> int:
    """Settle until everything in view is laid out, and return how often."""
    for count in range(1, 2_000):
        shown.settle()
        if not shown.is_partial:
            return count
    raise AssertionError("settle never completes")


def long_answer() -> AnswerEntry:
    return AnswerEntry(ChatMessage("a", "assistant", LONG_ANSWER))


def test_long_answer_is_laid_out_over_several_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrollback_module, "_SLICE_S", 0.0)
    shown = scrollback(prompt("hi"), long_answer())

    assert settle_all(shown) > 10
    top = shown.settle()
    assert shown.line(top + 8)[0].text == "Paragraph 1999 of a long answer"


def test_position_in_long_answer_stays_while_it_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrollback_module, "_SLICE_S", 0.0)
    shown = scrollback(long_answer(), prompt("end"))
    shown.go_to(100)

    assert {shown.settle() for _ in range(5)} == {100}
    settle_all(shown)
    assert shown.settle() == 100


def test_resized_long_answer_keeps_its_top_line(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = scrollback(long_answer(), prompt("end"))
    settle_all(shown)
    shown.go_to(1_001)
    before = top_line(shown)
    monkeypatch.setattr(scrollback_module, "_SLICE_S", 0.0)
    shown.resize(60, 10)
    settle_all(shown)

    assert top_line(shown) == before


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_a_reopened_answer_are_right_in_every_frame(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = long_text(kind, 30_000)
    monkeypatch.setattr(code, "MAX_SECONDS", 60.0)
    monkeypatch.setattr(end_lines, "_FIRST_SIZE", 4_000)
    monkeypatch.setattr(answer_entry, "_SLICE_CHARACTERS", 2_000)
    monkeypatch.setattr(scrollback_module, "_SLICE_S", 0.0)
    expected = [line.runs for line in AnswerEntry(ChatMessage("a", "assistant", text)).lines(40)]
    shown = scrollback(width=40, view=12)
    shown.show([AnswerEntry(ChatMessage("a", "assistant", text))])
    at = len(expected) - 12
    frames = 0
    while frames < 10 or shown.is_partial:
        top = shown.settle()
        assert [shown.line(top + row)[0].runs for row in range(12)] == expected[at : at + 12]
        frames += 1
        if frames % 2 == 0 and frames < 40:
            shown.go_to(top - 12)
            at -= 12
    assert frames > 10


@pytest.mark.parametrize("kind", KINDS)
def test_beginning_of_a_reopened_answer_is_right_in_every_frame(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = long_text(kind, 30_000)
    monkeypatch.setattr(code, "MAX_SECONDS", 60.0)
    monkeypatch.setattr(answer_entry, "_VIEW_S", 60.0)
    monkeypatch.setattr(scrollback_module, "_SLICE_S", 0.0)
    expected = [line.runs for line in AnswerEntry(ChatMessage("a", "assistant", text)).lines(40)][:12]
    shown = scrollback(width=40, view=12)
    shown.show([AnswerEntry(ChatMessage("a", "assistant", text))])
    shown.settle()
    shown.go_to(0)
    frames = 0
    while not frames or shown.is_partial:
        assert shown.settle() == 0
        assert [shown.line(row)[0].runs for row in range(12)] == expected
        frames += 1
    assert frames > 2
