"""Lays out text that the user typed: as typed, except for the Markdown in it that is certainly meant as such.

Much of what is pasted into a prompt only looks like Markdown: code, diffs, paths, shell commands. So each line stays a
line, with its blanks, and Markdown is applied within lines, where it says something and nothing of the text is lost:

- `**strong**`, `*emphasis*`, `~~struck~~`, `code`, formulas, links with an address of the web. Stars within words
  (`2*3*4`) and underscores (`__init__`) are text, and so are escapes, entities and tags.
- Lists keep their indentation; `-` and `*` become bullets, unless a diff or a comment in code has them.
- Quotes and alerts; tables; headings, which keep their `#` where a line follows directly, as after a comment in code.

Code in fences is not laid out here, and text after a fence that does not end stays as typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from tui.chat.safe_text import safe_text
from tui.ui.markdown.inline import make_parser, runs_of
from tui.ui.markdown.lines import BLANK, MIN_CONTENT_CELLS, Line, Look, Run, wrap
from tui.ui.markdown.quotes import BAR_CELLS, alert_of, alert_title, bar_of, quoted
from tui.ui.markdown.render import TASK_BOX, checkbox, item_marker, parse_table
from tui.ui.markdown.tables import table_lines

_TYPED: Final = "prompt"
_HEADING: Final = Look("heading3", bold=True)
_MARKER: Final = Look("prompt-mark")

_MAX_LINE: Final = 4_000
"""Characters of a line from which on it stays as typed."""

_MAX_NESTING: Final = 8
"""Quotes in quotes that have a bar of their own."""

_FENCE: Final = re.compile(r"[ \t]*(?:[-*>][ \t]+|\d{1,9}[.)][ \t]+)*(?:```|~~~)")
_HEADING_LINE: Final = re.compile(r"( {0,3}#{1,6}[ \t]+)(?=\S)")
_ITEM: Final = re.compile(r"([ \t]*)(?:([-*])([ \t]+)|(\d{1,9}[.)][ \t]+))(?=\S)")
_NOT_A_LIST: Final = re.compile(r"[ \t]*(?:\+|/\*|\*+/|@@|---)")
"""A line of a diff, of a comment in code, or of YAML: `-` and `*` in the lines around it are not bullets."""

_QUOTE: Final = re.compile(r" {0,3}>(?:[ \t]|\Z)")
"""The mark of a quote. `>>>` begins a line of Python."""

_TABLE_RULE: Final = re.compile(r"(?=[^|]*\|) {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_INLINE: Final = re.compile(r"[*`$\[\\]|~~|://|mailto:")
"""What a line with inline Markdown has at least one of."""

_FORMULA: Final = re.compile(r"\\[a-zA-Z]|[\^{]")
"""What tells a formula from names of variables in a shell, or from brackets with backslashes."""

_NOT_BESIDE: Final = tuple("'\"=/")
"""Characters that stand outside a star only in code."""

_NOT_INSIDE: Final = tuple("./\\,;:!?)]}=")
"""Characters that stand after an opening star only in code, as in `*.py`."""

_ADDRESS: Final = ("http://", "https://", "mailto:")


def typed_lines(text: str, width: int) -> list[Line]:
    """The lines of a text without fences.

    Args:
        text: The text, not made safe yet.
        width: The available width in cells.
    """
    lines = safe_text(text).split("\n")
    open_fence = next((at for at, line in enumerate(lines) if _FENCE.match(line)), len(lines))
    found = list(_lines(lines[:open_fence], width))
    for line in lines[open_fence:]:
        found.extend(_as_typed(line, width))
    return found


def _lines(lines: Sequence[str], width: int, nesting: int = 0) -> Iterator[Line]:
    at = 0
    has_bullets = True
    while at < len(lines):
        line = lines[at]
        is_first = at == 0 or not lines[at - 1].strip()
        if is_first:
            has_bullets = not any(map(_NOT_A_LIST.match, _paragraph(lines, at)))
        if len(line) > _MAX_LINE or not line.strip():
            yield from _as_typed(line, width)
        elif stop := _table_end(lines, at):
            yield from _table(lines[at:stop], width)
            at = stop
            continue
        elif nesting < _MAX_NESTING and _QUOTE.match(line):
            stop = next((stop for stop in range(at, len(lines)) if not _QUOTE.match(lines[stop])), len(lines))
            yield from _quote(lines[at:stop], width, nesting)
            at = stop
            continue
        elif (heading := _HEADING_LINE.match(line)) and (is_first or _HEADING_LINE.match(lines[at - 1])):
            below = lines[at + 1] if at + 1 < len(lines) else ""
            is_alone = not below.strip() or _HEADING_LINE.match(below) is not None
            runs = _runs(line[heading.end() :] if is_alone else line)
            yield from wrap([_headed(run) for run in runs], width)
        elif (item := _ITEM.match(line)) and (has_bullets or item[4]):
            yield from _item(line, item, width)
        else:
            yield from wrap(_runs(line), width)
        at += 1


def _paragraph(lines: Sequence[str], start: int) -> Sequence[str]:
    """The lines from a first one up to the next blank line."""
    stop = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    return lines[start:stop]


def _as_typed(line: str, width: int) -> list[Line]:
    return wrap([Run(line.expandtabs(4), Look(_TYPED))], width) if line else [BLANK]


def _item(line: str, item: re.Match[str], width: int) -> list[Line]:
    """An item of a list. Its further lines on screen begin below its text."""
    indent = item[1].expandtabs(4)
    rest = line[item.end() :]
    mark = line[item.end(1) : item.end()]
    if item[2]:
        if task := TASK_BOX.match(rest):
            mark, rest = f"{checkbox(task)} ", rest[task.end() :]
        else:
            mark = item_marker(None, len(indent) // 2).text.rstrip() + item[3]
    before = [Run(indent, Look(_TYPED)), Run(mark.expandtabs(4), _MARKER)]
    cells = Line(tuple(before)).width
    if width - cells < MIN_CONTENT_CELLS:
        return wrap([*before, *_runs(rest)], width)
    first, *others = wrap(_runs(rest), width - cells)
    blank = Run(" " * cells, copyable=False)
    return [first.prefixed(*(run for run in before if run.text)), *(line.prefixed(blank) for line in others)]


def _quote(lines: Sequence[str], width: int, nesting: int) -> Iterator[Line]:
    contents = [_QUOTE.sub("", line, count=1) for line in lines]
    alert, _ = alert_of(contents[0])
    room = width - BAR_CELLS
    if room < MIN_CONTENT_CELLS:
        for line in lines:
            yield from _as_typed(line, width)
        return
    for title in alert_title(alert, room):
        yield title.prefixed(bar_of(alert))
    for content in _lines(contents[bool(alert) :], room, nesting + 1):
        runs = (run._replace(look=run.look._replace(name=_plain(run.look.name))) for run in content.runs)
        yield quoted(replace(content, runs=tuple(runs))).prefixed(bar_of(alert))


def _plain(name: str) -> str:
    return "" if name == _TYPED else name


def _table_end(lines: Sequence[str], at: int) -> int:
    """The line after the table that starts at a line. 0 if none starts there, or if it would lose cells."""
    if at + 1 >= len(lines) or "|" not in lines[at] or not _TABLE_RULE.fullmatch(lines[at + 1]):
        return 0
    stop = at + 2
    while stop < len(lines) and "|" in lines[stop]:
        stop += 1
    columns = _cells(lines[at + 1])
    is_whole = all(_cells(line) <= columns and len(line) <= _MAX_LINE for line in lines[at:stop])
    return stop if is_whole and _cells(lines[at]) == columns else 0


def _cells(row: str) -> int:
    return len(_PIPE.findall(row.strip().removeprefix("|").removesuffix("|"))) + 1


def _table(lines: Sequence[str], width: int) -> list[Line]:
    table = parse_table("\n".join(lines), _parser())
    return [line for each in lines for line in _as_typed(each, width)] if table is None else table_lines(table, width)


def _headed(run: Run) -> Run:
    is_plain = run.look.name == _TYPED
    return run._replace(look=run.look._replace(name=_HEADING.name if is_plain else run.look.name, bold=True))


def _runs(text: str) -> list[Run]:
    """The runs of a line, or of a part of it."""
    text = text.expandtabs(4)
    if not _INLINE.search(text):
        return [Run(text, Look(_TYPED))]
    # Markdown ignores blanks at the start and at the end of a line.
    content = text.strip(" ")
    start = text.index(content) if content else 0
    runs = runs_of(_parser().parseInline(content)[0].children or ())
    runs = [Run(text[:start]), *runs, Run(text[start + len(content) :])]
    return [run._replace(look=run.look._replace(name=run.look.name or _TYPED)) for run in runs if run.text]


@cache
def _parser() -> MarkdownIt:
    """A parser for the inline Markdown in what users type, and for tables."""
    parser = make_parser()
    parser.block.ruler.enableOnly(["table", "paragraph"])
    parser.inline.ruler.enableOnly(["text", "linkify", "math", "backticks", "strikethrough", "emphasis", "link"])
    parser.inline.ruler.enable(["bracket", "image"])
    parser.inline.ruler.at("emphasis", _stars)
    parser.inline.ruler.before("math", "no_formula", _no_formula)
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    # The address stays as it was typed, too.
    parser.validateLink = lambda url: url.lower().startswith(_ADDRESS)  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


def _stars(state: StateInline, silent: bool) -> bool:
    """A markdown-it rule for emphasis: only by stars, as little within words as underscores, and not in `'*.py'`."""
    if silent or state.src[state.pos] != "*":
        return False
    scanned = state.scanDelims(state.pos, False)
    end = state.pos + scanned.length
    before, after = state.src[state.pos - 1 : state.pos], state.src[end : end + 1]
    for _ in range(scanned.length):
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(
                marker=ord("*"),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open and before not in _NOT_BESIDE and after not in _NOT_INSIDE,
                close=scanned.can_close and after not in _NOT_BESIDE,
            )
        )
    state.pos = end
    return True


def _no_formula(state: StateInline, silent: bool) -> bool:
    """A markdown-it rule that leaves a dollar sign or a backslash as text where no formula begins."""
    if state.src[state.pos] not in "\\$":
        return False
    before = state.src[state.pos - 1 : state.pos]
    closing = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}.get(state.src[state.pos : state.pos + 2], "$")
    end = state.src.find(closing, state.pos + len(closing))
    is_single = closing == "$"
    after = state.src[end + len(closing) : end + len(closing) + 1]
    is_formula = (
        end > 0
        and _FORMULA.search(state.src, state.pos + len(closing), end) is not None
        and not (is_single and (before.isalnum() or after.isalnum()))
    )
    if is_formula:
        return False
    if not silent:
        state.pending += state.src[state.pos]
    state.pos += 1
    return True
