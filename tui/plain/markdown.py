"""Turns streaming Markdown into lines that read well aloud: marks become words, or go. No I/O.

Lines are translated when they are whole. A table is read row by row, each value with the name of its column. A
paragraph may also be read in parts, which end where a sentence ends and no mark is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from tui.chat.formatting import format_count
from tui.chat.safe_text import SafeTextStream, safe_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FENCE: Final = re.compile(r"(\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?)(`{3,}|~{3,})\s*([^`]*?)\s*$")
_HEADING: Final = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_RULE: Final = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_QUOTE: Final = re.compile(r" {0,3}>[ \t]?")
_ALERT: Final = re.compile(r"\[!([A-Z]+)\][ \t]*$")
_ITEM: Final = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(?:\[([ xX])\][ \t]+)?")
_DELIMITERS: Final = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_END: Final = re.compile(r"(?<!\\)\|")
_HTML_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"[.!?:;][\"')\]*_”’]*[ \t]|[。！？]")
_MARKS: Final = re.compile(r"\*\*|__|~~|\$\$|[*`$]")
"""Marks that come in pairs. A part of a paragraph has an even number of each."""

_BETWEEN_LETTERS: Final = re.compile(r"(`+)(?:.*?)\1|(?<=\w)\*(?=\w)")
"""Code, and an asterisk as in 2*3*4, which would be lost as a mark of emphasis."""

_MAX_PART: Final = 4_000
"""Characters of a line after which it is no longer searched for the end of a sentence: a line of data, not of text."""


class PlainMarkdown:
    """Translates one text that comes in pieces."""

    def __init__(self) -> None:
        self._safe = SafeTextStream()
        self._line = ""
        """The beginning of a line that is not whole, as far as it is not translated yet."""
        self._is_begun = False
        """Whether the beginning of the line was translated already."""
        self._fence = ""
        """The fence of the open code block. Empty outside of one."""
        self._indent = 0
        """The spaces before the open code block, which are left out of its lines."""
        self._last = ""
        """The line above, if it was text."""
        self._table_head = ""
        """A line that may be the head of a table: the next one tells."""
        self._columns: list[str] = []
        """The names of the columns of the open table. Empty outside of one."""
        self._rows = 0
        self._in_quote = False

    @property
    def is_mid_line(self) -> bool:
        """Whether a line was translated in part."""
        return self._is_begun

    def feed(self, text: str) -> str:
        """Add text; returns the translation of the lines that are whole now, each with its end."""
        *whole, self._line = (self._line + self._safe.feed(text)).split("\n")
        return "".join(f"{line}\n" for raw in whole for line in self._translated(raw))

    def part(self, *, at_sentence: bool = True) -> str:
        """The translation of the beginning of a line that is not whole. Empty if it has to wait.

        Args:
            at_sentence: Whether the part ends where a sentence ends. Otherwise behind any word.
        """
        if not self._may_be_read_in_parts():
            return ""
        if at_sentence:
            ends = [found.end() for found in _SENTENCE_END.finditer(self._line)]
        else:
            ends = [found.end() for found in re.finditer(r"\s+", self._line)]
        for end in reversed(ends):
            begun = self._line[:end]
            if begun.strip() and _is_balanced(begun):
                self._line = self._line[end:]
                return "".join(self._prose(begun, is_part=True))
        return ""

    def rest(self) -> str:
        """What there is of a line that does not end, as it is: for a line that takes too long."""
        said = ""
        if self._table_head:
            head, self._table_head = self._table_head, ""
            said = "".join(f"{line}\n" for line in self._prose(head))
        line, self._line = self._line, ""
        if not line.strip():
            return said
        if self._fence:
            self._is_begun = True
            return said + line
        return said + "".join(self._prose(line, is_part=True))

    def finish(self) -> str:
        """The translation of what is left at the end of the text."""
        last, self._line = self._line, ""
        lines = list(self._translated(last)) if last or self._is_begun else []
        if self._table_head:
            head, self._table_head = self._table_head, ""
            lines += self._prose(head)
        lines += [*self._end_table(), *(["End of code."] if self._fence else [])]
        self._fence = ""
        return "".join(f"{line}\n" for line in lines)

    def _may_be_read_in_parts(self) -> bool:
        line = self._line
        if self._fence or self._columns or len(line) > _MAX_PART:
            return False
        if self._is_begun:
            return True
        # Until it is whole, such a line may be something else.
        return not (
            self._table_head or "|" in line or not line.strip() or line.startswith(("    ", "\t", "`", "~", "#", "<"))
        )

    def _translated(self, line: str) -> Iterator[str]:
        """The lines to read for a line that is whole."""
        if self._is_begun:
            self._is_begun = False
            self._last = "" if self._fence else line
            yield from [line] if self._fence else self._inline_lines(line.rstrip())
            return
        if self._fence:
            yield from self._code_line(line)
            return
        if self._table_head:
            head, self._table_head = self._table_head, ""
            if _DELIMITERS.match(line) and len(_cells(line)) == len(_cells(head)):
                self._columns, self._rows, self._last = [_inline(cell) for cell in _cells(head)], 0, ""
                named = ", ".join(filter(None, self._columns))
                yield f"Table with {format_count(len(self._columns), 'column')}{f': {named}' if named else ''}."
                return
            yield from self._prose(head)
        if self._columns:
            if line.strip() and "|" in line:
                self._rows += 1
                yield f"Row {self._rows}: {self._row(line)}."
                return
            yield from self._end_table()
        if not line.strip():
            self._last, self._in_quote = "", False
            yield ""
        elif (fence := _FENCE.match(line)) is not None:
            self._fence, self._indent, self._last = fence[2], len(fence[1]), ""
            yield f"Code, {fence[3]}:" if fence[3] else "Code:"
        elif self._last and _UNDERLINE.match(line):
            # The line above was a heading.
            self._last = ""
        elif _RULE.match(line):
            self._last = ""
            yield ""
        elif "|" in line and not _QUOTE.match(line):
            self._table_head, self._last = line, line
        else:
            yield from self._prose(line)

    def _code_line(self, line: str) -> Iterator[str]:
        mark = line.strip()
        if set(mark) == {self._fence[0]} and len(mark) >= len(self._fence):
            self._fence = ""
            yield "End of code."
        else:
            indent = len(line) - len(line.lstrip(" "))
            yield line[min(indent, self._indent) :]

    def _row(self, line: str) -> str:
        values = [_inline(cell) for cell in _cells(line)]
        named = [
            f"{column}: {value}" if column else value
            for column, value in zip(self._columns, values, strict=False)
            if value
        ]
        return "; ".join([*named, *filter(None, values[len(self._columns) :])]) or "empty"

    def _end_table(self) -> Iterator[str]:
        if self._columns:
            self._columns = []
            yield f"End of table, {format_count(self._rows, 'row')}."

    def _prose(self, line: str, *, is_part: bool = False) -> Iterator[str]:
        """The lines to read for a line of text, or for its beginning."""
        start = ""
        if self._is_begun:
            yield from self._inline_lines(line, is_part=is_part)
            return
        if (heading := _HEADING.match(line)) is not None and not is_part:
            self._last = ""
            yield f"Heading: {_inline(heading[1] or '')}"
            return
        quote = _QUOTE.match(line)
        if quote is not None:
            while (inner := _QUOTE.match(line)) is not None:
                line = line[inner.end() :]
            if (alert := _ALERT.match(line)) is not None:
                self._in_quote = True
                yield f"{alert[1].capitalize()}:"
                return
            start = "" if self._in_quote else "Quote: "
            self._in_quote = True
        if (item := _ITEM.match(line)) is not None:
            done = {None: "", " ": "not done: "}.get(item[3], "done: ")
            start += f"{item[1]}{item[2]} {done}"
            line = line[item.end() :]
        elif line.startswith(("    ", "\t")) and not self._last:
            # Code without a fence.
            self._last = ""
            yield line
            return
        self._last = line
        for index, each in enumerate(self._inline_lines(line, is_part=is_part)):
            yield each if index else start + each

    def _inline_lines(self, line: str, *, is_part: bool = False) -> Iterator[str]:
        if is_part:
            self._is_begun = True
            blank = line[len(line.rstrip()) :]
            yield _inline(line) + (" " if blank else "")
        else:
            yield from (_inline(each) for each in _HTML_BREAK.split(line))


def _cells(line: str) -> list[str]:
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(inner)]


def _is_balanced(text: str) -> bool:
    """Whether no mark is open at the end of a text."""
    counts: dict[str, int] = {}
    for mark in _MARKS.findall(text):
        counts[mark] = counts.get(mark, 0) + 1
    pairs = (("[", "]"), ("(", ")"), ("<", ">"))
    return all(count % 2 == 0 for count in counts.values()) and all(
        text.count(opening) <= text.count(closing) for opening, closing in pairs
    )


def _inline(text: str) -> str:
    """A line without the marks of Markdown: links with their addresses behind them, pictures in words."""
    text = text.strip()
    if not any(mark in text for mark in "*_`~[]<>!\\&"):
        return text
    text = _BETWEEN_LETTERS.sub(lambda found: found[0] if found[1] else "\\*", text)
    (block,) = _parser().parseInline(text)
    # References such as &#x202e; are characters by now.
    return safe_text("".join(_spoken(block.children or [])))


def _spoken(tokens: Sequence[Token]) -> Iterator[str]:
    links: list[tuple[str, list[str]]] = []
    for token in tokens:
        match token.type:
            case "link_open":
                links.append((str(token.attrs.get("href", "")), []))
                continue
            case "link_close" if links:
                address, words = links.pop()
                said = "".join(words)
                is_same = said in (address, address.removeprefix("mailto:")) or not address
                text = said if is_same else f"{said} ({address})" if said else address
            case "image":
                address = str(token.attrs.get("src", ""))
                text = f"Image: {token.content} ({address})" if token.content else f"Image: {address}"
            case "softbreak" | "hardbreak":
                text = "\n"
            case _:
                # Marks of emphasis have no content.
                text = token.content
        if links:
            links[-1][1].append(text)
        else:
            yield text
    for _, words in links:
        yield from words


@cache
def _parser() -> MarkdownIt:
    # Imported with the first mark: most lines have none.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("strikethrough")
    # Addresses are read as they were written.
    setattr(parser, "normalizeLink", _unchanged)  # noqa: B010
    setattr(parser, "normalizeLinkText", _unchanged)  # noqa: B010
    return parser


def _unchanged(address: str) -> str:
    return address
