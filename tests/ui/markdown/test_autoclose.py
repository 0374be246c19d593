"""Rendering of the block that is still open."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

import pytest

from tests.ui.markdown.documents import streamed, whole
from tui.ui.markdown.autoclose import _outside_code
from tui.ui.markdown.blocks import BlockSplitter
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line, Look, Run
from tui.ui.markdown.render import render

LONG = {
    "fence": ["```python", 's = """', *(f"x{at} = {at}  # {'é' * (at % 90)}" for at in range(700)), "```", "end"],
    "fence of unknown language": ["  ~~~", *(f"  {at} {'y' * (at % 90)}" for at in range(300)), "~~~", "end"],
    "unclosed fence": ["```c", "/* open", *(f"int x{at}; // {at}" for at in range(200))],
    "table": ["| n | what |", "|---|:-:|", *(f"| {at} | `{at}` {'z' * (at % 70)} |" for at in range(200)), "", "end"],
    "too wide table": ["|" + " h |" * 12, "|" + "---|" * 12, *("|" + f" {at} |" * 12 for at in range(120)), "", "end"],
    "paragraph": [" ".join(f"word{at} **bold {at}** `code {at}`" for at in range(400)), "", "end"],
    "paragraph of lines": [*(f"line {at} *and* so on\\" for at in range(300)), "end", "", "end"],
    "paragraph without blanks": ["日本語" * 3000, "", "end"],
    "paragraph with unclosed mark": ["**open " + "word " * 4000, "", "end"],
    "list": [*(f"{at}. item {at}\n   more of it" for at in range(300)), "", "end"],
    "item of paragraphs": ["- first", *(f"\n  paragraph {at} *and* more" for at in range(200)), "", "end"],
    "item with a fence": ["1. so:", "   ```py", *(f"   x = {at}" for at in range(300)), "   ```", "", "end"],
    "item with a long paragraph": ["- begin", *(f"  and line {at} of it" for at in range(300)), "lazy", "", "end"],
    "item in an item": ["- a", *(f"  - b {at}\n    - c {at}" for at in range(150)), "", "end"],
    "quote": [*(f"> line {at} *and*" for at in range(300)), "", "end"],
    "quote of paragraphs": [*(f"> line {at}\n>" for at in range(300)), "> - a", ">   > b", "", "end"],
    "quote with lazy continuation": [*(f"> line {at}" for at in range(200)), "lazy", "> more", "===", "", "end"],
    "quote of a quote": [*(f"> > line {at}" for at in range(200)), "> lazy", "", "end"],
    "item of one line": ["- " + " ".join(f"word{at} *and* so on" for at in range(400)), "", "end"],
    "quote of one line": ["> " + " ".join(f"word{at} `and` so on" for at in range(400)), "end", "", "end"],
    "fence that ends in blank lines": ["```", *(f"line {at}" for at in range(300)), *[""] * 300],
    "fence of one whole section": ["```c", *(f"int line{at};" for at in range(500)), "```", "", "end"],
    "table without rows": ["|" + " head |" * 400, "|" + "---|" * 400, "", "end"],
    "paragraph before a long heading": ["text", "# " + "word " * 1000, "end"],
    "paragraph before a long table": ["text", "| " + "word " * 900 + "|", "|---|", "| a |", "", "end"],
    "item of a task": ["- [x] done:", *(f"\n  part {at}" for at in range(300)), "", "end"],
    "item of a numbered task": ["2. [ ] to do:", *(f"\n   part {at}" for at in range(300)), "", "end"],
    "item of a task that looks like a heading": ["- [ ] # a", *(f"\n  part {at}" for at in range(250)), "", "end"],
    "item with empty first line": ["-", *(f"  line {at} {'x' * 20}\n" for at in range(90)), "", "end"],
    "item with tabs": ["-\ta", *(f"\tline {at}\n" for at in range(300)), "", "end"],
    "quote with tabs": [*(f">\tline {at}\n>" for at in range(300)), "", "end"],
    "heading": ["# " + "word " * 800, "end"],
    "fence with long lines": ["```json", *(f"[{at}, {'1, ' * 15_000}1]" for at in range(3)), *("{}" for _ in range(9))],
    "code": [*(f"    x = {at}\n" for at in range(300)), "end"],
}  # fmt: skip

SPLIT_BLOCKS = {
    "fence",
    "fence with long lines",
    "table",
    "too wide table",
    "paragraph without blanks",
    "paragraph with unclosed mark",
}
"""Blocks whose incremental layout differs from rendering them in one piece."""


def letters(lines: Iterable[Line]) -> str:
    """The characters of the lines, without blanks and table borders."""
    return "".join(character for line in lines for character in line.text if character not in " ─┼│")


def shown(source: str, width: int = 40) -> list[str]:
    """The line texts of an unfinished document."""
    document = MarkdownDocument(source, finished=False)
    return [line.text.rstrip() for line in document.lines(width)]


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("width", [20, 80])
def test_streamed_long_block_equals_whole_document(name: str, width: int) -> None:
    source = "\n".join(LONG[name])
    step = max(1, len(source) // 19)
    parts = [(source[at : at + step], True) for at in range(0, len(source), step)]

    assert streamed(parts, width) == whole(source, width)


@pytest.mark.parametrize("name", LONG)
def test_open_long_block_has_same_characters_as_finished(name: str) -> None:
    lines = "\n".join(LONG[name][:-2]).split("\n")
    sources = [source + "\n" for source in accumulate(lines, lambda before, line: f"{before}\n{line}")]
    document = MarkdownDocument(finished=False)
    before = ""
    for source in sources[::57]:
        document.append(source.removeprefix(before))
        document.lines(40)
        before = source

    assert sorted(letters(document.lines(40))) == sorted(letters(whole(before, 40)))


def test_long_block_below_others_reuses_lines() -> None:
    document = MarkdownDocument("# Title\n\nText.\n\n" + "\n".join(LONG["quote"][:300]) + "\n", finished=False)
    before = list(document.lines(40))
    document.append("> more")
    lines = document.lines(40)

    assert lines[:3] == before[:3]
    assert document.reused > len(before) // 3
    assert lines == MarkdownDocument("\n".join(["# Title\n\nText.\n", *LONG["quote"][:300], "> more"])).lines(40)


@pytest.mark.parametrize("name", [name for name in LONG if name not in SPLIT_BLOCKS])
@pytest.mark.parametrize("width", [20, 80])
def test_long_block_equals_direct_rendering(name: str, width: int) -> None:
    splitter = BlockSplitter()
    block, *_ = [*splitter.feed("\n".join(LONG[name])), *splitter.finish()]

    assert whole(block.source, width) == render(block.source, width)


@pytest.mark.parametrize("name", LONG)
def test_stable_lines_of_long_block_never_change_and_reused_ones_are_the_same_objects(name: str) -> None:
    source = "\n".join(LONG[name])
    step = max(1, len(source) // 13)
    document = MarkdownDocument(finished=False)
    before: list[Line] = []
    promised = list(document.lines(40))
    for at in range(0, len(source), step):
        document.append(source[at : at + step])
        lines = list(document.lines(40))
        assert lines[: len(promised)] == promised
        assert all(one is other for one, other in zip(lines[: document.reused], before[: document.reused], strict=True))
        before, promised = lines, lines[: document.stable_lines()]
    document.finish()

    assert document.lines(40)[: len(promised)] == promised


def test_split_paragraph_keeps_all_blanks() -> None:
    words = " ".join(f"w{at}" for at in range(2_500))
    for width in range(6, 90, 7):
        assert "".join(line.text + (line.separator or "") for line in whole(words, width)) == words


@pytest.mark.parametrize("name", [name for name in LONG if "fence" not in name])
def test_open_long_block_equals_same_prefix_in_one_piece(name: str) -> None:
    source = "\n".join(LONG[name])
    step = max(1, len(source) // 7)
    document = MarkdownDocument(finished=False)
    for at in range(0, len(source), step):
        document.append(source[at : at + step])
        assert letters(document.lines(40)) == letters(MarkdownDocument(source[: at + step], finished=False).lines(40))


def test_complete_code_section_is_highlighted_correctly() -> None:
    lines = LONG["fence"][:600]
    document = MarkdownDocument(finished=False)
    for at in range(0, 600, 20):
        document.append("\n".join(lines[at : at + 20]) + "\n")
        document.lines(200)

    shown = [line.runs for line in document.lines(200)[:400]]
    assert shown == [line.runs for line in whole("\n".join(lines), 200)[:400]]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("**bo", "bo"),
        ("a *", "a"),
        ("a **", "a"),
        ("a **b*", "a b"),
        ("a ~~b~", "a b"),
        ("a `b", "a b"),
        ("a `", "a"),
        ("a [b](http", "a b"),
        ("a ![b](http", "a b"),
        ("a `b` **c", "a b c"),
        ("a `b``", "a `b``"),
        ("`a*b` c", "a*b c"),
        ("*a **b", "*a b"),
        ("2 ** 3", "2 ** 3"),
    ],
)
def test_open_spans_are_shown_as_closed(source: str, says: str) -> None:
    assert shown(source) == [says]


@pytest.mark.parametrize("rows", [1, 120])
@pytest.mark.parametrize("row", ["| c | **bo", "| c | **bold wor", "| c | `x", "| *c* | ~~a b"])
def test_column_is_as_wide_as_without_open_marks(rows: int, row: str) -> None:
    table = "| a | b |\n|---|---|\n" + "| some cells | of it |\n" * rows
    plain = row.replace("*", "").replace("`", "").replace("~", "")

    assert shown(table + row) == shown(table + plain)


def test_marks_in_open_code_stay() -> None:
    assert shown("```\n**a") == ["", "  **a"]


def test_open_span_has_its_look() -> None:
    document = MarkdownDocument("a **b", finished=False)

    assert document.lines(40)[0].runs == (Run("a "), Run("b", Look(bold=True)))


def test_only_last_paragraph_of_item_is_autoclosed() -> None:
    assert shown("- a **b\n\n  c *d") == ["• a **b", "", "  c *d"]
    assert shown("- a\n\n  c **d") == ["• a", "", "  c d"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("| a | b |", ["| a | b |"]),
        ("| a | b |\n|---|--", ["| a | b |"]),
        ("| a | b |\n|---|---|", ["| a | b |"]),
        ("| a | b |\n|---|---|\n", ["a   b", "─────"]),
        ("| a | b |\n|---|---|\n| 1", ["a   b", "─────", "1"]),
        ("- a\n- ", ["• a"]),
        ("- a\n  - b", ["• a", "  ◦ b"]),
        ("> a\n> ", ["▎ a"]),
        ("a\n=", ["a"]),
        ("```py", ["  py", ""]),
        ("```py\nx =\n``", ["  py", "  x ="]),
    ],
)
def test_open_block_shows_unambiguous_text(source: str, lines: list[str]) -> None:
    assert shown(source) == lines


def test_partial_table_row_waits_for_second_cell() -> None:
    source = "\n".join(LONG["table"][:150]) + "\n"

    assert shown(source + "| 1 |") == shown(source)
    assert shown(source + "| 1 | 2")[-1] == shown(source + "| 1 | 2\n")[-1]


def test_long_fence_highlighting_uses_previous_lines() -> None:
    source = "```python\n" + "x = 1\n" * 600 + 'y = """\n' + "in a string\n"
    document = MarkdownDocument(source, finished=False)

    assert document.lines(40)[-1].runs[-1].look == Look("string")
    document.append("still in it\n")
    assert document.lines(40)[-1].runs[-1].look == Look("string")


def test_width_change_lays_out_open_block_again() -> None:
    source = "\n".join(LONG["fence"][:200])
    document = MarkdownDocument(source, finished=False)
    document.lines(80)

    assert [line.text for line in document.lines(30)] == [
        line.text for line in MarkdownDocument(source, finished=False).lines(30)
    ]


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("a `b` c", "a  c"),
        ("a ``b ` c`` d", "a  d"),
        ("a ``` b `c` d", "a ``` b  d"),
        ("`a", "`a"),
        ("` `` ` ``", " ``"),
        ("", ""),
    ],
)
def test_text_outside_code_spans(text: str, outside: str) -> None:
    assert _outside_code(text) == outside
