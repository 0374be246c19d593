"""Splits a prompt into text, code, and what is folded: attached files and long pastes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass
from tui.ui.markdown.fences import FenceEnd, fence_content

_MAX_LINES: Final = 30
"""Lines of text or code that are shown. More are folded."""

_MAX_FENCES: Final = 100
"""Fences that are drawn as code, twice as many as files that can be attached. Text after more stays as it was typed."""

_KEPT_LINES: Final = 5
"""Lines of the paragraphs before and after a folded text, up to which they are shown: they hold the question."""

_GLIMPSE_LINES: Final = 3
"""Lines that are shown of a folded text that starts with a long paragraph."""

_OPENING: Final = lazy_pattern(r" {0,3}(?:`{3,}[^`]*|~{3,}.*)\Z")
_ATTACHED: Final = lazy_pattern(r"(?:\A\n?|\n\n)([^\n]+):\n\Z")
"""The name of an attached file, as `tui.files.mentions` writes it above the file's text."""


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A part of a prompt, shown below the part before it."""

    text: str
    """The text, or the code without its fence."""

    language: str | None = None
    """The info string of the fence. None for text."""

    name: str = ""
    """What the part is called while it is folded. Empty for a part that is always shown."""

    @property
    def label(self) -> str:
        """The name and the size."""
        lines = self.text.count("\n") + 1 if self.text else 0
        return f"{self.name} · {lines:,} line{'' if lines == 1 else 's'}"


def prompt_parts(content: str) -> list[PromptPart]:
    """The parts of a prompt, in order. Only fences in the prompt are taken for Markdown."""
    if "\n" not in content:
        return [PromptPart(content)]
    parts = list(_text_and_code(content.replace("\r\n", "\n").split("\n")))
    text, attached = _without_attachments(parts)
    return [folded for part in text for folded in _folded(part)] + attached


def _text_and_code(lines: Sequence[str]) -> Iterator[PromptPart]:
    start = at = fences = 0
    while at < len(lines) and fences < _MAX_FENCES:
        opening = lines[at]
        if not _OPENING.match(opening):
            at += 1
            continue
        end = FenceEnd(opening)
        stop = next((other for other in range(at + 1, len(lines)) if end.closes(lines[other])), None)
        if stop is None:
            # Without an end, Markdown takes all that follows for code. Here it stays as it was typed.
            break
        if start < at:
            yield PromptPart("\n".join(lines[start:at]))
        yield PromptPart(fence_content("\n".join(lines[at : stop + 1])), opening.strip().lstrip("`~"))
        start = at = stop + 1
        fences += 1
    if start < len(lines):
        yield PromptPart("\n".join(lines[start:]))


def _without_attachments(parts: Sequence[PromptPart]) -> tuple[list[PromptPart], list[PromptPart]]:
    """The parts that the user wrote, and the files that are attached below them.

    The name of an attached file is also in the text above: `@name` was replaced by it. Any other line with a colon
    above code only introduces it.
    """
    written, attached = list(parts), list[PromptPart]()
    while written and not written[-1].text.strip() and written[-1].language is None:
        written.pop()
    while len(written) > 1 and written[-1].language is not None and written[-2].language is None:
        found = _ATTACHED.search(written[-2].text)
        if found is None:
            break
        name, above = found.group(1), written[-2].text[: found.start()]
        if not any(name in part.text for part in (*written[:-2], replace(written[-2], text=above))):
            break
        attached.append(replace(written.pop(), name=name))
        written.pop()
        if above.strip():
            written.append(PromptPart(above.rstrip("\n")))
    return (written, attached[::-1]) if attached else (list(parts), [])


def _folded(part: PromptPart) -> Iterator[PromptPart]:
    """A part, with its long text or code folded."""
    lines = part.text.split("\n")
    if len(lines) <= _MAX_LINES:
        yield part
    elif part.language is not None:
        yield replace(part, name=part.language.strip() or "code")
    else:
        start = _paragraph_end(lines) or _GLIMPSE_LINES
        stop = len(lines) - _paragraph_end(lines[::-1])
        yield PromptPart("\n".join(lines[:start]))
        yield PromptPart("\n".join(lines[start:stop]), name="text")
        if stop < len(lines):
            yield PromptPart("\n".join(lines[stop:]))


def _paragraph_end(lines: Sequence[str]) -> int:
    """The line after a short first paragraph and the blank lines around it. 0 if it is not short."""
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    for at in range(first, min(len(lines), first + _KEPT_LINES + 1)):
        if not lines[at].strip():
            return next((other for other in range(at, len(lines)) if lines[other].strip()), 0)
    return 0
