"""Markdown as it grows → blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, markdown, outlines, pieces
from tui.chat.safe_text import safe_text
from tui.ui.markdown.blocks import Block, BlockSplitter


def blocks(*parts: str) -> list[Block]:
    splitter = BlockSplitter()
    return [block for part in parts for block in splitter.feed(part)] + splitter.finish()


def kinds(source: str) -> list[tuple[str, str]]:
    return [(block.kind, block.source) for block in blocks(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("\n \n\t\n", []),
        ("a\nb\n\nc", [("paragraph", "a\nb"), ("paragraph", "c")]),
        ("# a\nb", [("closed", "# a"), ("paragraph", "b")]),
        ("a\n===\nb", [("closed", "a\n==="), ("paragraph", "b")]),
        ("a\n---\nb", [("closed", "a\n---"), ("paragraph", "b")]),
        ("---\n***", [("closed", "---"), ("closed", "***")]),
        ("a\n# b", [("paragraph", "a"), ("closed", "# b")]),
        ("```\na\n\n# b\n```\nc", [("fence", "```\na\n\n# b\n```"), ("paragraph", "c")]),
        ("```\na", [("fence", "```\na")]),
        ("````\n```\n````", [("fence", "````\n```\n````")]),
        ("~~~\n```\n~~~~", [("fence", "~~~\n```\n~~~~")]),
        ("    a\n\n    b\nc", [("code", "    a\n\n    b"), ("paragraph", "c")]),
        ("a\n    b", [("paragraph", "a\n    b")]),
        ("| a |\n|---|\n| 1 |\nx\n\ny", [("table", "| a |\n|---|\n| 1 |\nx"), ("paragraph", "y")]),
        ("a\n| b |\n|---|", [("paragraph", "a"), ("table", "| b |\n|---|")]),
        ("> a\nb\n\n> c", [("quote", "> a\nb"), ("quote", "> c")]),
        ("> a\n- b", [("quote", "> a"), ("item", "- b")]),
        ("> a\n\nb", [("quote", "> a"), ("paragraph", "b")]),
        ("- a\nb\n- c\n\nd", [("item", "- a\nb"), ("item", "- c"), ("paragraph", "d")]),
        ("- a\n\n  b\n\nc", [("item", "- a\n\n  b"), ("paragraph", "c")]),
        ("- ```\n  a\n\n  b\nc", [("item", "- ```\n  a\n\n  b"), ("paragraph", "c")]),
        ("[a]: http://b.c\nd", [("paragraph", "[a]: http://b.c\nd")]),
        ("<div>\n\n</div>", [("paragraph", "<div>"), ("paragraph", "</div>")]),
        ("\xa0\na", [("paragraph", "\xa0\na")]),
    ],
)
def test_markdown_is_split_where_nothing_can_change_what_came_before(
    source: str, expected: list[tuple[str, str]]
) -> None:
    assert kinds(source) == expected


def test_the_items_of_a_list_are_blocks_that_know_their_place() -> None:
    assert blocks("3. a\n4. b\n\n5. c\n\n1) d\n- e") == [
        Block("3. a", "item", follows=False, apart=True, number=3),
        Block("4. b", "item", follows=True, apart=False, number=4),
        Block("5. c", "item", follows=True, apart=True, number=5),
        Block("1) d", "item", follows=False, apart=True, number=1),
        Block("- e", "item", follows=False, apart=False),
    ]


@pytest.mark.parametrize(
    ("source", "apart"),
    [
        ("# a\nb", [True, False]),
        ("# a\n\nb", [True, True]),
        ("a\n\n# b\n***\n\n\nc\n- d\n- e", [True, True, False, True, False, False]),
        ("```\n```\na", [True, False]),
        ("    a\n\nb", [True, True]),
        ("- ```\n  a\n\n- b", [True, True]),
        ("> a\n\n> b\n# c", [True, True, False]),
    ],
)
def test_blocks_know_whether_a_blank_line_stands_before_them(source: str, apart: list[bool]) -> None:
    assert [block.apart for block in blocks(source)] == apart


def test_items_are_counted_and_not_read() -> None:
    assert [block.number for block in blocks("1. a\n1. b\n1. c")] == [1, 2, 3]
    assert [block.number for block in blocks("- a\n- b")] == [None, None]


@pytest.mark.parametrize(
    "line", ["", "-", "--", "#", "##", "1", "1.", "`", "``", ">", "=", "|", "- [", "- [ ]", "*", "_"]
)
def test_a_begun_line_that_may_become_anything_is_held_back(line: str) -> None:
    splitter = BlockSplitter()
    splitter.feed(line)

    assert splitter.partial_line == ""
    assert splitter.open_blocks() == [Block("", "closed")]


@pytest.mark.parametrize("line", ["a", "# a", "- a", "1. a", "`a", "1a", "> a", "| a"])
def test_a_begun_line_that_says_something_is_shown(line: str) -> None:
    splitter = BlockSplitter()
    splitter.feed(line)

    assert splitter.partial_line == line
    assert [block.source for block in splitter.open_blocks()] == [line]


def test_in_a_fence_only_what_may_end_it_is_held_back() -> None:
    splitter = BlockSplitter()
    splitter.feed("```\n# ")
    assert splitter.partial_line == "# "
    splitter.feed("\n``")
    assert splitter.partial_line == ""


def test_a_begun_line_may_open_a_second_block() -> None:
    splitter = BlockSplitter()
    splitter.feed("a\n# b")

    assert [block.source for block in splitter.open_blocks()] == ["a", "# b"]
    assert splitter.open_kind == "paragraph"


def test_a_begun_item_goes_on_with_the_list() -> None:
    splitter = BlockSplitter()
    splitter.feed("1. a\n1. b\n1. c")

    assert [(block.source, block.number, block.follows) for block in splitter.open_blocks()] == [
        ("1. b", 2, True),
        ("1. c", 3, True),
    ]


def test_a_block_is_closed_by_the_line_after_it() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("# a\n") == [Block("# a", "closed")]
    assert splitter.feed("b\n") == []
    assert splitter.open_lines == ["b"]
    assert splitter.feed("\n") == [Block("b", "paragraph", apart=False)]
    assert (splitter.open_kind, splitter.open_size) == ("closed", 0)


@pytest.mark.parametrize(
    ("line", "block"),
    [
        ("word " * 1000, Block("", "paragraph")),
        ("> " + "word " * 1000, Block("", "quote")),
        ("- " + "word " * 1000, Block("", "item")),
        ("7. " + "word " * 1000, Block("", "item", number=7)),
        ("# " + "word " * 1000, Block("", "closed")),
    ],
)
def test_what_a_long_line_begins_is_known_from_its_beginning(line: str, block: Block) -> None:
    splitter = BlockSplitter()
    splitter.feed(line)

    assert replace(splitter.partial_block(), source="") == block


def test_the_marker_of_an_item_tells_what_may_follow_it_after_a_blank_line() -> None:
    source = "3. a\n\n   b\n" + "   c\n" * 3 + "\n4. d\n\n- e\n\n  f\n\ng"

    assert [(block.number, block.follows, block.apart) for block in blocks(source)] == [
        (3, False, True),
        (4, True, True),
        (None, False, True),
        (None, False, True),
    ]


def test_finishing_twice_gives_nothing_twice() -> None:
    splitter = BlockSplitter()
    splitter.feed("a")

    assert splitter.finish() == [Block("a", "paragraph")]
    assert splitter.finish() == []


@MANY
@given(st.one_of(markdown, outlines).map(safe_text), st.data())
def test_blocks_do_not_depend_on_where_the_text_was_cut(source: str, data: st.DataObject) -> None:
    assert blocks(*(part for part, _ in data.draw(pieces(source)))) == blocks(source)


@MANY
@given(st.one_of(markdown, outlines).map(safe_text))
def test_no_line_is_lost_between_blocks(source: str) -> None:
    lines = [line for line in source.split("\n") if line.strip(" \t")]

    kept = [line for block in blocks(source) for line in block.source.split("\n") if line.strip(" \t")]

    assert kept == lines


@MANY
@given(st.one_of(markdown, outlines).map(safe_text), st.data())
def test_a_block_that_was_given_stays_whatever_follows(source: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(source)))
    splitter = BlockSplitter()

    given_early = splitter.feed(source[:cut])

    assert blocks(source)[: len(given_early)] == given_early
