"""Renders the block tokens of markdown-it as lines of a given width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tui.chat.safe_text import safe_text
from tui.ui.markdown.blocks import Block, first_number
from tui.ui.markdown.code import highlighted, language_of
from tui.ui.markdown.code_lines import code_cells, code_line_lines, code_title_lines, ground_cells
from tui.ui.markdown.fences import fence_content
from tui.ui.markdown.inline import make_parser, runs_of
from tui.ui.markdown.lines import BLANK, MIN_CONTENT_CELLS, Ground, Line, Look, Run, wrap
from tui.ui.markdown.quotes import BAR_CELLS, alert_of, alert_title, bar_of, quoted
from tui.ui.markdown.tables import Align, Cell, Table, table_lines

_BULLETS: Final = ("•", "◦", "▪")
_LISTS: Final = ("bullet_list_open", "ordered_list_open", "list_item_open")
_ALIGNS: Final[tuple[Align, ...]] = ("left", "right", "center")
TASK_BOX: Final = re.compile(r"\[([ xX])\] ")
_FENCE_MARK: Final = re.compile("```|~~~")
_LINE_BREAK: Final = re.compile(r" *<br */?> *", re.IGNORECASE)

_parser: Final = make_parser()


def render(source: str, width: int, number: int | None = None, depth: int = 0) -> list[Line]:
    """The rendered lines of a Markdown source.

    Args:
        source: The Markdown, made safe already.
        width: The available width in cells.
        number: The number to show for a list item. None to keep the number in the source.
        depth: The number of unordered lists around the source.
    """
    tokens = _parser.parse(source)
    if number is not None and tokens and tokens[0].type == "ordered_list_open":
        tokens[0].attrSet("start", number)
    return _Renderer(width, depth).blocks(tokens)


class CodeBlock(NamedTuple):
    """The code in a fence."""

    language: str
    """The language name of the fence. May be empty."""

    code: str
    """The code, without the fence and without the indentation of its container."""


def code_blocks_in(block: Block) -> list[CodeBlock]:
    """The code in the fences of a block, in order. Items and quotes may have several fences."""
    if block.kind == "fence":
        opening, _, _ = block.source.partition("\n")
        return [CodeBlock(language_of(opening.strip().lstrip("`~")), fence_content(block.source))]
    if block.kind not in ("item", "quote") or not _FENCE_MARK.search(block.source):
        return []
    fences = [token for token in _parser.parse(block.source) if token.type == "fence"]
    return [CodeBlock(language_of(token.info), token.content.removesuffix("\n")) for token in fences]


def parse_table(source: str, parser: MarkdownIt = _parser) -> Table | None:
    """The table in a Markdown source. None if the source is not a table.

    Args:
        source: The Markdown, made safe already.
        parser: Parses it.
    """
    tokens = parser.parse(source)
    return _table(tokens) if tokens and tokens[0].type == "table_open" else None


def inline_runs(text: str) -> list[Run]:
    """The runs of a part of a paragraph."""
    return runs_of(_parser.parseInline(text)[0].children or ())


class _Renderer:
    """Renders blocks at one width. Content of lists and quotes is rendered by a narrower `_Renderer`."""

    def __init__(self, width: int, depth: int = 0) -> None:
        self._width = width
        self._depth = depth

    def blocks(self, tokens: Sequence[Token], *, tight: bool = False) -> list[Line]:
        """The lines of consecutive blocks, separated by blank lines except in a tight list."""
        lines: list[Line] = []
        at = 0
        last_line = 0
        while at < len(tokens):
            stop = _closing_index(tokens, at)
            block = self._block(tokens[at], tokens[at + 1 : stop])
            first_line, stop_line = _source_lines(tokens[at : stop + 1])
            if lines and block and (not tight or first_line > last_line):
                lines.append(BLANK)
            lines.extend(block)
            last_line = stop_line
            at = stop + 1
        return lines

    def _block(self, token: Token, inner: Sequence[Token]) -> list[Line]:
        match token.type:
            case "paragraph_open":
                return wrap(runs_of(inner[0].children or ()), self._width)
            case "heading_open":
                return self._heading(int(token.tag[1:]), inner[0])
            case "fence" | "code_block":
                return code_block_lines(safe_text(token.content), language_of(token.info), self._width)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token, inner)
            case "blockquote_open":
                return self._quote(inner)
            case "table_open":
                return table_lines(_table(inner), self._width)
            case _:
                # A thematic break. HTML and link definitions are disabled, so no other token remains.
                return [Line((Run("─" * self._width, Look("rule"), copyable=False),))]

    def _heading(self, level: int, inline: Token) -> list[Line]:
        name = f"heading{min(level, 3)}"
        runs = [
            run._replace(look=run.look._replace(name=run.look.name or name, bold=True))
            for run in runs_of(inline.children or ())
        ]
        return wrap(runs, self._width)

    def _quote(self, inner: Sequence[Token]) -> list[Line]:
        alert = ""
        if inner and inner[0].type == "paragraph_open":
            alert, rest = alert_of(inner[1].content)
            if alert:
                inner[1].children = _parser.parseInline(rest)[0].children
                inner = inner if rest else inner[3:]
        room = self._width - BAR_CELLS
        if room < MIN_CONTENT_CELLS:
            return [quoted(line) for line in (*alert_title(alert, self._width), *self.blocks(inner))]
        lines = [*alert_title(alert, room), *_Renderer(room, self._depth).blocks(inner)]
        bar = bar_of(alert)
        return [quoted(line).prefixed(bar) for line in lines]

    def _list(self, token: Token, inner: Sequence[Token]) -> list[Line]:
        lines: list[Line] = []
        number = first_number(token)
        at = 0
        last_line = 0
        while at < len(inner):
            stop = _closing_index(inner, at)
            first_line, stop_line = _source_lines(inner[at : stop + 1])
            if lines and first_line > last_line:
                lines.append(BLANK)
            lines.extend(self._item(inner[at + 1 : stop], None if number is None else f"{number}{token.markup}"))
            last_line = stop_line
            number = None if number is None else number + 1
            at = stop + 1
        return lines

    def _item(self, content: Sequence[Token], number: str | None) -> list[Line]:
        content, box = _without_task_box(content)
        marker = item_marker(box or number, self._depth)
        indent = Line((marker,)).width
        depth = self._depth + (number is None)
        if self._width - indent < MIN_CONTENT_CELLS:
            return [*wrap([marker], self._width), *_Renderer(self._width, depth).blocks(content, tight=True)]
        lines = _Renderer(self._width - indent, depth).blocks(content, tight=True) or [BLANK]
        blank = Run(" " * indent, copyable=False)
        return [line.prefixed(marker if at == 0 else blank) for at, line in enumerate(lines)]


def code_block_lines(code: str, language: str, width: int) -> list[Line]:
    """The lines of a code block on a ground of its own, with a title line.

    Args:
        code: The code, made safe already.
        language: The language. May be empty.
        width: The available width in cells.
    """
    ground = Ground(0)
    lines = code_title_lines(language, width, ground)
    widest = lines[0].width
    for runs in highlighted(code.removesuffix("\n"), language).lines:
        widest = max(widest, code_cells("".join(run.text for run in runs), width))
        lines.extend(code_line_lines(runs, width, ground))
    ground.cells = ground_cells(widest, width)
    return lines


def item_marker(sign: str | None, depth: int) -> Run:
    """The marker of an item: its number or checkbox, or the bullet for the nesting depth."""
    return Run(f"{sign or _BULLETS[depth % len(_BULLETS)]} ", Look("bullet"))


def checkbox(task: re.Match[str]) -> str:
    """The checkbox for a task."""
    return "[ ]" if task.group(1) == " " else "[x]"


def _closing_index(tokens: Sequence[Token], at: int) -> int:
    """The index of the closing token of a block, or of its only token."""
    depth: int = tokens[at].nesting
    while depth:
        at += 1
        depth += tokens[at].nesting
    return at


def _source_lines(block: Sequence[Token]) -> tuple[int, int]:
    """First and last source line of a block, without the trailing blank lines that markdown-it includes in lists."""
    first_line = block[0].map[0] if block[0].map else 0
    stops = [token.map[0] + 1 if token.type in _LISTS else token.map[1] for token in block if token.map]
    return first_line, max(stops, default=first_line)


def _without_task_box(content: Sequence[Token]) -> tuple[Sequence[Token], str | None]:
    """The content of an item without its task marker `[ ]`, and the checkbox to show. None if it is not a task."""
    if len(content) < 2 or content[1].type != "inline" or not content[1].children:
        return content, None
    first = content[1].children[0]
    found = TASK_BOX.match(first.content) if first.type == "text" else None
    if found is None:
        return content, None
    first.content = first.content[found.end() :]
    return content, checkbox(found)


def _table(tokens: Sequence[Token]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    aligns: list[Align] = []
    row: list[Cell] = []
    for at, token in enumerate(tokens):
        if token.type == "tr_open":
            row = []
        elif token.type in ("th_open", "td_open"):
            row.append(_broken(runs_of(tokens[at + 1].children or ())))
            if token.type == "th_open":
                aligns.append(_align(token))
        elif token.type == "tr_close":
            rows.append(tuple(row))
    return Table(header=rows[0], aligns=tuple(aligns), rows=tuple(rows[1:]))


def _broken(cell: Cell) -> Cell:
    """A cell with a newline for each `<br>`, the only way to break a line in a cell."""
    return [
        run if run.look.name in ("code", "math") else run._replace(text=_LINE_BREAK.sub("\n", run.text)) for run in cell
    ]


def _align(token: Token) -> Align:
    style = str(token.attrGet("style") or "")
    return next((align for align in _ALIGNS if align in style), "auto")
