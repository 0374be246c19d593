"""Where fences end. A fence of Markdown may contain other fences, as models write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from tui.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

_BLANKS: Final = " \t"
_FENCE: Final = lazy_pattern(r" {0,3}(`{3,}|~{3,})")
_MARKDOWN: Final = lazy_pattern(r"(?:`{3,}|~{3,})[ \t{.]*(?:markdown|mdx?|[rq]md)(?![\w+-])", re.IGNORECASE)


class FenceEnd:
    """Finds the line that closes a fence.

    In CommonMark the first bare fence closes. Models also put a document with
    code blocks into a fence of Markdown with the same marks: there, a fence with a
    language opens a block inside, which the next bare fence closes.
    """

    def __init__(self, opening: str) -> None:
        """Args:
        opening: The first line of the fence.
        """
        self._opening = opening
        self._is_markdown = _MARKDOWN.match(opening.lstrip(_BLANKS)) is not None
        self._inner = ""
        """The first line of the open fence inside. Empty if there is none."""

    def closes(self, line: str) -> bool:
        """Whether the next line of the fence closes it. Call once for each line."""
        if self._inner:
            if closes_fence(line, self._inner):
                self._inner = ""
            return False
        if closes_fence(line, self._opening):
            return True
        if self._is_markdown and opens_fence(line):
            self._inner = line
        return False


def opens_fence(line: str) -> bool:
    """Whether a line opens a fence with a language."""
    opened = _FENCE.match(line)
    if opened is None:
        return False
    info = line[opened.end() :].strip(_BLANKS)
    return bool(info) and not (opened.group(1)[0] == "`" and "`" in info)


def closes_fence(line: str, opening: str) -> bool:
    """Whether a line closes the fence with this opening line, by CommonMark."""
    opened, closing = _FENCE.match(opening), _FENCE.match(line)
    if opened is None or closing is None:
        return False
    return closing.group(1).startswith(opened.group(1)) and not line[closing.end() :].strip(_BLANKS)


def code_line_count(lines: Sequence[str]) -> int:
    """The number of lines of code in a fence, open or closed; at least 1.

    Args:
        lines: The lines of the fence, with the one that opens it.
    """
    opening = lines[0]
    if _MARKDOWN.match(opening.lstrip(_BLANKS)):
        end = FenceEnd(opening)
        is_closed = len(lines) > 1 and [end.closes(lines[at]) for at in range(1, len(lines))][-1]
    else:
        is_closed = len(lines) > 1 and closes_fence(lines[-1], opening)
    return max(1, len(lines) - 1 - is_closed)


def fence_content(fence: str) -> str:
    """The code in a fence, open or closed, without the fence's indentation."""
    opening, *body = fence.split("\n")
    end = FenceEnd(opening)
    if body and [end.closes(line) for line in body][-1]:
        body.pop()
    return unindented(opening, body)


def unindented(opening: str, lines: Iterable[str]) -> str:
    """Lines of code in a fence, without the fence's indentation."""
    indent = len(opening) - len(opening.lstrip(" "))
    return "\n".join(line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in lines)


def markdown_fence(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A markdown-it rule for a fence of Markdown, which may contain fences. Others are left to markdown-it's rule."""
    opening = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]]
    if state.is_code_block(start_line) or not _MARKDOWN.match(opening) or not opens_fence(opening):
        return False
    if silent:
        return True
    end = FenceEnd(opening)
    is_closed = False
    line = start_line + 1
    while line < end_line and not is_closed:
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        if text and state.sCount[line] < state.blkIndent:
            # The item around the fence ends.
            break
        is_closed = not state.is_code_block(line) and end.closes(text)
        line += 1
    marks = len(opening) - len(opening.lstrip(opening[0]))
    token = state.push("fence", "code", 0)
    token.info = opening[marks:]
    token.markup = opening[:marks]
    token.content = state.getLines(start_line + 1, line - is_closed, state.sCount[start_line], keepLastLF=True)
    token.map = [start_line, line]
    state.line = line
    return True
