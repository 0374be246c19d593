"""Closes the blocks of Markdown that would otherwise swallow the text behind them: code fences and raw HTML.

Lists and quotes end by themselves, and with them every block inside. So only blocks at the top level matter, and lists
and quotes are followed only as far as needed to tell which blocks are inside. See https://spec.commonmark.org/0.31.2/.
"""

from __future__ import annotations

import re
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_INNER_FENCE: Final = re.compile(r"(?:[ >]|[-*+] |\d{1,9}[.)] )*(`{3,}(?=[^`]*$)|~{3,})")
_CONTAINERS: Final = re.compile(r"(?:[ >]|[-*+](?: |$)|\d{1,9}[.)](?: |$))*")
_LIST: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: {1,4}(?=\S)| *$| (?= ))")
_QUOTE: Final = re.compile(r" {0,3}>")
_INTERRUPTS: Final = re.compile(r" {0,3}(?:#{1,6}(?: |$)|(?:[-*_] *){3,}$|>)")
"""Starts of blocks that end a paragraph, and so the list it is in."""

_HTML: Final = (
    (re.compile(r" {0,3}<(?:script|pre|style|textarea)(?:[ \t>]|$)", re.IGNORECASE), "</pre>"),
    (re.compile(r" {0,3}<!--"), "-->"),
    (re.compile(r" {0,3}<\?"), "?>"),
    (re.compile(r" {0,3}<!\[CDATA\["), "]]>"),
    (re.compile(r" {0,3}<![A-Za-z]"), ">"),
)
"""Starts of raw HTML that goes on to its end mark, across blank lines."""

_HTML_BLOCK: Final = re.compile(
    r" {0,3}</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir"
    r"|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link"
    r"|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead"
    r"|title|tr|track|ul)(?:[ \t]|/?>|$)",
    re.IGNORECASE,
)
"""Starts of raw HTML that goes on to the next blank line."""

_HTML_TAG: Final = re.compile(r" {0,3}(?:<[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|</[a-z][a-z0-9-]*\s*>)\s*$", re.IGNORECASE)
"""A tag alone on its line starts raw HTML too, but not inside a paragraph."""

_NO_PARAGRAPH: Final = re.compile(r" {0,3}(?:#{1,6}(?: |$)|(?:[-*_] *){3,}$|=+ *$)")

_ELEMENT_END: Final = re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE)
_ELEMENT_NAME: Final = re.compile(r" *<([a-z]+)", re.IGNORECASE)


def close_blocks(text: str) -> str:
    """A Markdown text, with what closes the block that is open at its end."""
    scanner = _Scanner()
    for line in text.split("\n"):
        scanner.feed(line.expandtabs(4).rstrip("\r"))
    return f"{text.rstrip(chr(10))}\n{scanner.closing}" if scanner.closing else text


class _Scanner:
    """Follows the blocks of a text, line by line."""

    def __init__(self) -> None:
        self.closing = ""
        """The line that closes the open block at the top level. Empty if there is none."""
        self._is_fence = False
        self._list_indent = 0
        """The least indentation of what is inside the open list. 0 if no list is open."""
        self._inner_fence = ""
        """The fence that is open inside the list."""
        self._is_raw = False
        """Whether raw HTML goes on to the next blank line."""
        self._is_paragraph = False
        """Whether the last line was text."""

    def feed(self, line: str) -> None:
        """Read the next line."""
        if self.closing:
            if self._closes(line):
                self.closing = ""
            return
        if not line.strip():
            self._is_raw = self._is_paragraph = False
            return
        if self._is_raw:
            return
        if self._list_indent and not self._leaves_list(line):
            self._follow_list(line)
        else:
            if self._list_indent:
                self._list_indent, self._inner_fence, self._is_paragraph = 0, "", False
            self._open(line)

    def _closes(self, line: str) -> bool:
        if self._is_fence:
            mark, size = self.closing[0], len(self.closing)
            rest = line.strip()
            return len(line) - len(line.lstrip()) < 4 and set(rest) == {mark} and len(rest) >= size
        if self.closing.startswith("</"):
            return _ELEMENT_END.search(line) is not None
        return self.closing in line

    def _leaves_list(self, line: str) -> bool:
        if len(line) - len(line.lstrip()) >= self._list_indent:
            return False
        if not self._is_paragraph or _LIST.match(line):
            return True
        # A line of text continues the paragraph of the list.
        starts = (_FENCE, _INTERRUPTS, _HTML_BLOCK, *(start for start, _ in _HTML))
        return any(start.match(line) for start in starts)

    def _follow_list(self, line: str) -> None:
        found = _INNER_FENCE.match(line)
        if found is None:
            content = _CONTAINERS.sub("", line, 1)
            self._is_paragraph = bool(content) and not self._inner_fence and not _NO_PARAGRAPH.match(content)
            return
        self._is_paragraph = False
        fence = found.group(1)
        if not self._inner_fence:
            self._inner_fence = fence
        elif fence.startswith(self._inner_fence) and not line[found.end() :].strip():
            self._inner_fence = ""

    def _open(self, line: str) -> None:
        was_paragraph, self._is_paragraph = self._is_paragraph, False
        if _NO_PARAGRAPH.match(line):
            return
        if (item := _LIST.match(line)) is not None and not (was_paragraph and _cannot_interrupt(item, line)):
            self._list_indent = len(item.group().rstrip()) + 1 if line[item.end() :] == "" else item.end()
            self._follow_list(line)
        elif _QUOTE.match(line):
            return
        elif (fence := _FENCE.match(line)) is not None:
            self.closing, self._is_fence = fence.group(1), True
        elif not self._open_html(line):
            if _HTML_BLOCK.match(line) or (_HTML_TAG.match(line) and not was_paragraph):
                self._is_raw = True
            else:
                # Behind a blank line, an indented line is code.
                self._is_paragraph = was_paragraph or not line.startswith("    ")

    def _open_html(self, line: str) -> bool:
        for start, closing in _HTML:
            if (found := start.match(line)) is not None:
                self._is_fence, self.closing = False, closing
                if closing.startswith("</") and (element := _ELEMENT_NAME.match(line)) is not None:
                    self.closing = f"</{element.group(1)}>"
                # The end mark may stand in the first line.
                behind = line[found.end() - 1 :] if closing.startswith("</") else line[found.end() :]
                if self._closes(behind):
                    self.closing = ""
                return True
        return False


def _cannot_interrupt(item: re.Match[str], line: str) -> bool:
    """Whether a line that looks like a list item is part of the paragraph above: it is empty, or not number 1."""
    mark = item.group().strip()
    return not line[item.end() :].strip() or (mark[0].isdigit() and mark[:-1] != "1")
