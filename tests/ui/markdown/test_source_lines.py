"""Lines of a source that may be long, without copies of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY
from tui.chat.growing_text import GrowingText
from tui.ui.markdown import source_lines
from tui.ui.markdown.source_lines import BlockSource, OpenText, SourceLines

LINES = st.lists(st.text("ab 日", max_size=9), min_size=1, max_size=30)


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_lines, "_MOST_LINES", 4)
        patch.setattr(source_lines, "_MOST_CHARACTERS", 20)
        patch.setattr(source_lines, "_PAGES_KEPT", 2)
        yield


def lines_in(before: str, expected: list[str]) -> SourceLines:
    lines = SourceLines(GrowingText(before + "\n".join([*expected, "rest"])), len(before))
    lines.extend(expected)
    return lines


@MANY
@given(LINES, st.integers(-35, 35), st.integers(-35, 35), st.sampled_from(["", "before\n"]))
def test_lines_are_those_of_the_text(expected: list[str], start: int, stop: int, before: str) -> None:
    lines = lines_in(before, expected)

    assert list(lines) == expected
    assert len(lines) == len(expected)
    assert lines[start:stop] == expected[start:stop]
    assert lines[::2] == expected[::2]
    assert [lines[at] for at in range(-len(expected), len(expected))] == [*expected, *expected]
    assert (lines.start, lines.stop) == (len(before), len(before + "\n".join(expected)) + 1)


@MANY
@given(LINES, st.integers(0, 300))
def test_lines_before_an_offset_end_up_to_it(expected: list[str], offset: int) -> None:
    ends = [len("before" + "\n".join(expected[: at + 1])) + 1 for at in range(len(expected))]
    count, stop = lines_in("before", expected).before(offset + len("before"))

    assert count == sum(end <= offset + len("before") for end in ends)
    assert stop == ([len("before"), *ends])[count]


@MANY
@given(LINES, st.text("cd", max_size=9), st.integers(1, 300))
def test_beginning_of_a_block_has_whole_lines_or_a_part_of_the_last_one(
    expected: list[str], partial: str, size: int
) -> None:
    text = GrowingText("before" + "\n".join([*expected, partial]))
    lines = SourceLines(text, len("before"))
    lines.extend(expected)
    whole = "\n".join([*expected, partial])

    beginning = OpenText.beginning(text, lines, size)

    assert beginning.part(0) == whole[: beginning.size]
    assert beginning.lines[: beginning.count] == expected[: beginning.count]
    assert beginning.partial() == (partial[: beginning.partial_size] if beginning.count == len(expected) else "")
    # No more than was asked for, but for the rest of a line.
    others = "\n".join(expected[: beginning.count - 1])
    assert beginning.size <= size or len(others) < size
    assert beginning.size >= min(size, len(whole)) - 1


@MANY
@given(LINES, st.integers(0, 40), st.integers(0, 40))
def test_source_of_a_block_is_read_in_parts_and_line_by_line(expected: list[str], start: int, stop: int) -> None:
    source = "\n".join(expected)
    block = BlockSource(GrowingText(f"before{source}after"), len("before"), len(source))
    found: list[str] = []
    at = 0
    while at <= block.size:
        lines, at = block.lines_from(at)
        found += lines

    assert found == expected
    assert block.part() == source
    assert block.part(start, stop) == source[start:stop]


def test_lines_of_a_long_text_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    text = GrowingText("\n".join(["word"] * 1000))
    lines = SourceLines(text, 0)
    lines.extend(["word"] * 1000)
    read: list[int] = []
    part = GrowingText.part

    def counted(self: GrowingText, start: int, stop: int) -> str:
        read.append(stop - start)
        return part(self, start, stop)

    monkeypatch.setattr(GrowingText, "part", counted)
    assert lines[10] == lines[11] == lines[-1] == "word"
    assert sum(read) < 60
