"""Prompts in the message log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.chat.message import ChatMessage
from tui.chat.safe_text import safe_line, safe_text
from tui.lazy_pattern import lazy_pattern
from tui.ui.log.entry import Entry
from tui.ui.log.entry_lines import HINT, card_lines, gap_below, own_run, time_run, version_runs
from tui.ui.log.prompt_parts import PromptPart, prompt_parts
from tui.ui.markdown.lines import Line, Look, Run, wrap
from tui.ui.markdown.plain import PlainDocument

if TYPE_CHECKING:
    from tui.ui.markdown.render import CodeBlock

_MAX_PROMPT_CHARACTERS: Final = 40_000
"""Characters of a prompt that are shown. The user has the rest of a pasted book elsewhere."""


_MAX_MARKDOWN: Final = 8_000
"""Characters of a text up to which it is taken for Markdown. Laying them out takes about 50 ms."""

_MARKS: Final = lazy_pattern(r"[*`$\[\\#>|]|~~|://|mailto:|^[ \t]*(?:-|\d{1,9}[.)])[ \t]", re.MULTILINE)
"""What a text with Markdown has at least one of. The renderer is loaded for it, which the first paint must not be."""


class PromptEntry(Entry):
    """A prompt, or any other message that is not an answer. Shown as it was typed, with the Markdown in it."""

    def __init__(self, message: ChatMessage) -> None:
        super().__init__(message)
        self._prompt_parts: list[PromptPart] | None = None

    @property
    def foldable(self) -> bool:
        return any(part.name for part in self._split)

    @property
    def folded_text(self) -> str:
        return "" if self.unfolded else "\n\n".join(part.text for part in self._split if part.name)

    def estimate(self, width: int) -> int:
        # Not kept: the parts of all prompts of a long conversation would hold their texts twice.
        parts = self._prompt_parts or prompt_parts(self.message.content)
        shown = [part.text for part in parts if self.unfolded or not part.name]
        return 4 + len(parts) + sum(text.count("\n") + len(text) // max(20, width) for text in shown)

    def drop_lines(self) -> None:
        super().drop_lines()
        self._prompt_parts = None

    def code_blocks(self) -> list[CodeBlock]:
        from tui.ui.markdown.code import language_of
        from tui.ui.markdown.render import CodeBlock

        parts = [(part.language, safe_text(part.text)) for part in self._split]
        return [CodeBlock(language_of(language), text) for language, text in parts if language is not None]

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        lines = [self._role_line()]
        left = _MAX_PROMPT_CHARACTERS
        hidden = 0
        for at, part in enumerate(self._split):
            if part.name:
                mark = "▾" if self.unfolded else "▸"
                lines.extend(wrap([own_run(f"{mark} {safe_line(part.label)}", Look("fold"))], width))
            if part.name and not self.unfolded:
                continue
            text = part.text[:left]
            left -= len(text)
            hidden += len(part.text) - len(text)
            if part.language is not None:
                lines.extend(_code_lines(text, part.language, width))
            else:
                # The newline at the end of the prompt is not shown as a line.
                is_last = at == len(self._split) - 1
                text = text.removesuffix("\n") if is_last else text
                lines += _text_lines(text, width, is_paste=bool(part.name))
        if hidden:
            lines.extend(wrap([Run(f"… and {hidden:,} more characters", HINT)], width))
        lines.extend(self.image_lines(width))
        card = card_lines(lines, "you", Look("prompt-bar"), is_airy=self.is_airy)
        return [card, gap_below(card)]

    @property
    def _split(self) -> list[PromptPart]:
        if self._prompt_parts is None:
            self._prompt_parts = prompt_parts(self.message.content)
        return self._prompt_parts

    def _role_line(self) -> Line:
        name = "You" if self.message.role == "user" else self.message.role.capitalize()
        runs = [own_run(name, Look("you-name")), *version_runs(self.version)]
        return Line(tuple(runs), tail=time_run(self.message))


def _text_lines(text: str, width: int, *, is_paste: bool) -> list[Line]:
    """The lines of text in a prompt. A long paste stays as it is: it would take long, and is rarely Markdown."""
    if is_paste or len(text) > _MAX_MARKDOWN or not _MARKS.search(text):
        return PlainDocument(f"{text}\n", Look("prompt")).lines(width)
    from tui.ui.markdown.typed import typed_lines

    return typed_lines(text, width)


def _code_lines(code: str, info: str, width: int) -> list[Line]:
    """The lines of code in a prompt."""
    # Imported here to load the Markdown renderer with the first code, not before the first paint.
    from tui.ui.markdown.code import language_of
    from tui.ui.markdown.render import code_block_lines

    return code_block_lines(safe_text(code), language_of(info), width)
