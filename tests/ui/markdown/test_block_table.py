"""The final blocks of a long text, in a few bytes each."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, markdown, outlines
from tui.chat.safe_text import safe_text
from tui.ui.markdown.block_table import BlockTable
from tui.ui.markdown.blocks import Block, BlockSplitter


@MANY
@given(st.one_of(markdown, outlines).map(safe_text))
def test_has_the_blocks_as_they_were(source: str) -> None:
    splitter = BlockSplitter()
    table = BlockTable(splitter.text)
    blocks = [*splitter.feed(source), *splitter.finish()]
    for block in blocks:
        table.add(block)

    assert len(table) == len(blocks)
    for at, block in enumerate(blocks):
        assert replace(table.header(at), source=table.source(at).part()) == block
        assert (table.kind(at), table.size(at)) == (block.kind, len(block.source))
        assert table.newlines(at) == block.source.count("\n")


def test_takes_some_bytes_for_each_block() -> None:
    splitter = BlockSplitter()
    splitter.feed("word\n\n" * 20_000)
    block = Block("word", "paragraph")
    tracemalloc.start()
    try:
        table = BlockTable(splitter.text)
        for _ in range(20_000):
            table.add(block)
        assert tracemalloc.get_traced_memory()[0] < 30 * 20_000
    finally:
        tracemalloc.stop()
