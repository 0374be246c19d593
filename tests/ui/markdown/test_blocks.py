"""Splitting streamed Markdown into blocks."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, large_outlines, markdown, outlines, pieces
from tui.chat.safe_text import safe_text
from tui.ui.markdown import blocks as blocks_module
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
def test_markdown_is_split_into_final_blocks(source: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(source) == expected


def test_list_items_are_blocks_with_number_and_spacing() -> None:
    assert blocks("3. a\n4. b\n\n5. c\n\n1) d\n- e") == [
        Block("3. a", "item", continues_list=False, blank_before=True, number=3),
        Block("4. b", "item", continues_list=True, blank_before=False, number=4),
        Block("5. c", "item", continues_list=True, blank_before=True, number=5),
        Block("1) d", "item", continues_list=False, blank_before=True, number=1),
        Block("- e", "item", continues_list=False, blank_before=False),
    ]


@pytest.mark.parametrize(
    ("source", "blank_before"),
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
def test_blocks_record_blank_line_before_them(source: str, blank_before: list[bool]) -> None:
    assert [block.blank_before for block in blocks(source)] == blank_before


def test_items_are_numbered_by_position() -> None:
    assert [block.number for block in blocks("1. a\n1. b\n1. c")] == [1, 2, 3]
    assert [block.number for block in blocks("- a\n- b")] == [None, None]


@pytest.mark.parametrize(
    "line", ["", "-", "--", "#", "##", "1", "1.", "`", "``", ">", "=", "|", "- [", "- [ ]", "*", "_"]
)
def test_ambiguous_partial_line_is_hidden(line: str) -> None:
    splitter = BlockSplitter()
    splitter.feed(line)

    assert splitter.partial_line == ""
    assert splitter.open_blocks() == [Block("", "closed")]


@pytest.mark.parametrize("line", ["a", "# a", "- a", "1. a", "`a", "1a", "> a", "| a"])
def test_unambiguous_partial_line_is_shown(line: str) -> None:
    splitter = BlockSplitter()
    splitter.feed(line)

    assert splitter.partial_line == line
    assert [block.source for block in splitter.open_blocks()] == [line]


def test_fence_hides_only_possible_closing_line() -> None:
    splitter = BlockSplitter()
    splitter.feed("```\n# ")
    assert splitter.partial_line == "# "
    splitter.feed("\n``")
    assert splitter.partial_line == ""


def test_partial_line_may_open_second_block() -> None:
    splitter = BlockSplitter()
    splitter.feed("a\n# b")

    assert [block.source for block in splitter.open_blocks()] == ["a", "# b"]
    assert splitter.open_kind == "paragraph"


def test_partial_item_continues_the_list() -> None:
    splitter = BlockSplitter()
    splitter.feed("1. a\n1. b\n1. c")

    assert [(block.source, block.number, block.continues_list) for block in splitter.open_blocks()] == [
        ("1. b", 2, True),
        ("1. c", 3, True),
    ]


def test_next_line_closes_a_block() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("# a\n") == [Block("# a", "closed")]
    assert splitter.feed("b\n") == []
    assert list(splitter.open_lines) == ["b"]
    assert splitter.feed("\n") == [Block("b", "paragraph", blank_before=False)]
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
def test_kind_of_long_line_is_known_from_its_beginning(line: str, block: Block) -> None:
    splitter = BlockSplitter()
    splitter.feed(line)

    assert replace(splitter.partial_block(), source="") == block


def test_item_marker_decides_whether_the_list_continues() -> None:
    source = "3. a\n\n   b\n" + "   c\n" * 3 + "\n4. d\n\n- e\n\n  f\n\ng"

    assert [(block.number, block.continues_list, block.blank_before) for block in blocks(source)] == [
        (3, False, True),
        (4, True, True),
        (None, False, True),
        (None, False, True),
    ]


def test_finish_twice_returns_blocks_once() -> None:
    splitter = BlockSplitter()
    splitter.feed("a")

    assert splitter.finish() == [Block("a", "paragraph")]
    assert splitter.finish() == []


@MANY
@given(st.one_of(markdown, outlines).map(safe_text), st.data())
def test_blocks_do_not_depend_on_chunking(source: str, data: st.DataObject) -> None:
    assert blocks(*(part for part, _ in data.draw(pieces(source)))) == blocks(source)


@MANY
@given(st.one_of(markdown, outlines).map(safe_text))
def test_blocks_contain_every_line(source: str) -> None:
    lines = [line for line in source.split("\n") if line.strip(" \t")]

    kept = [line for block in blocks(source) for line in block.source.split("\n") if line.strip(" \t")]

    assert kept == lines


@MANY
@given(st.one_of(markdown, outlines).map(safe_text), st.data())
def test_returned_blocks_are_final(source: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(source)))
    splitter = BlockSplitter()

    early_blocks = splitter.feed(source[:cut])

    assert blocks(source)[: len(early_blocks)] == early_blocks


def parsed_characters(monkeypatch: pytest.MonkeyPatch, source: str) -> int:
    """The number of characters that are parsed to split a document, line by line."""
    sizes: list[int] = []
    parse = blocks_module._structure.parse

    def counted(text: str) -> object:
        sizes.append(len(text))
        return parse(text)

    with monkeypatch.context() as patched:
        patched.setattr(blocks_module._structure, "parse", counted)
        blocks(*source.splitlines(keepends=True))
    return sum(sizes)


@pytest.mark.parametrize(
    ("opening", "line"),
    [
        ("> a\n", "more of the paragraph\n"),
        ("> > > a\n", "more of the paragraph\n"),
        ("> a\n", "1 more of the paragraph\n"),
        ("> a\n", "2. more of the paragraph\n"),
        ("> a\n", "> quoted\nmore of the paragraph\n"),
        ("- a\n", "more of the paragraph\n"),
        ("- a\n", "2) more of the paragraph\n"),
        ("- a\n", "  indented\nmore of the paragraph\n"),
        ("- > a\n", "  > quoted\nmore of the paragraph\n"),
        ("-\n  a\n", "  indented\n"),
        ("a\n", "2. more of the paragraph\n"),
        ("| a | b |\n|---|---|\n", "1 | 2\n"),
        ("    a\n", "    b\n\n"),
    ],
)
def test_parsing_grows_with_the_text_only(monkeypatch: pytest.MonkeyPatch, opening: str, line: str) -> None:
    once = parsed_characters(monkeypatch, opening + line * 200)

    assert parsed_characters(monkeypatch, opening + line * 800) < 6 * once + 5_000


@MANY
@given(st.one_of(markdown, outlines, large_outlines()).map(safe_text))
def test_blocks_are_the_same_without_parsing_large_ones_as_a_whole(source: str) -> None:
    # markdown-it ends a nested quote at an indented marker, where CommonMark continues its paragraph.
    assume(re.search(r"(?m)^[ \t]*>.*\n[ \t]*(?: {4}|\t)[ \t]*[^\s\w]", source) is None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blocks_module, "_LARGE_CONTAINER", inf)
        parsed_whole = blocks(source)
        patched.setattr(blocks_module, "_LARGE_CONTAINER", -1)
        assert blocks(source) == parsed_whole


_STARTS = st.lists(
    st.tuples(
        st.sampled_from(["", "", "", "- ", "* ", "-   ", "1. ", "2. ", "1) ", "> ", "# ", "## ", "    ", "  ", "\t"]),
        st.sampled_from(
            ["", "", "a", "- b", "***", "- - -", "**c**", "1. d", "```", "```x`y", "~~~", "# e", "|f|", "|-|"]
        ),
    ).map("".join),
    max_size=12,
).map("\n".join)
"""Lines that may begin any block, below each other."""


@MANY
@given(st.one_of(_STARTS, markdown, outlines, large_outlines()).map(safe_text))
def test_blocks_are_the_same_without_parsing_lines_that_are_certain(source: str) -> None:
    certain = blocks(source)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BlockSplitter, "_certain_start", lambda _splitter, _line: None)
        assert certain == blocks(source)
