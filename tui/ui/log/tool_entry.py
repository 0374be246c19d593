"""Tool calls in the message log: while they wait for the user, while they run, and with their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.chat.chunk import ToolCall
from tui.chat.formatting import format_count, format_json, format_seconds, format_size
from tui.chat.message import ChatMessage
from tui.chat.tool_outcome import APPROVAL_LABELS
from tui.ui.log.entry import Entry
from tui.ui.log.entry_lines import HINT, MARK, WARNING, card_lines, cut, gap_below, own_run
from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap
from tui.workspace.labels import failure_title

if TYPE_CHECKING:
    from tui.chat.tool_servers import Elicitation
    from tui.chat.turn import ToolProgress
    from tui.workspace.conversation_tools import ToolQuestion

_MAX_RESULT: Final = 40_000
"""Characters of a result that are shown. The model got them all."""

_MAX_ARGUMENT: Final = 1_000
"""Characters at the start of an argument that are shown on the line of the call."""

_MAX_LINKS: Final = 50
_GAP: Final = "  "

_DECISIONS: Final = (
    ("allow_once", "once"),
    ("allow_in_conversation", "in this conversation"),
    ("allow_always", "always"),
    ("deny", "no"),
    ("deny_with_reason", "no, and say why"),
)
_FOR_ALL: Final = (("allow_all_once", "all once"), ("deny_all", "none"))
_AT_LIMIT: Final = (("allow_once", "go on"), ("deny", "answer now"), ("end_turn", "stop"))
_OF_SERVER: Final = (("allow_once", "answer"), ("deny", "decline"))


class ToolEntry(Entry):
    """A tool call and its result."""

    def __init__(self, message: ChatMessage, call: ToolCall | None = None) -> None:
        """Args:
        message: The message of the call.
        call: The call itself. None if the answer with it is not known.
        """
        super().__init__(message)
        self.call = call
        self.question: ToolQuestion | None = None
        """The call, while it waits for the user."""
        self.number = (1, 1)
        """Which of the waiting calls it is, from 1, and how many there are."""
        self.rounds: int | None = None
        """How many answers with tool calls there were, while the user is asked whether to go on. Else None."""
        self.elicitation: Elicitation | None = None
        """What the tool server asks the user in the middle of the call. None for nothing."""
        self.progress: ToolProgress | None = None
        """How far the call is. None while it does not run."""
        self.seconds = 0.0
        """How long it has been running."""
        self.labels: Mapping[str, str] = {}
        """The keys of the commands that decide, as people write them."""
        self.is_followed = False
        """Whether another call of the same answer stands directly below."""

    @property
    def is_asking(self) -> bool:
        """Whether the user has to decide something here."""
        return self.question is not None or self.rounds is not None or self.elicitation is not None

    @property
    def decisions(self) -> tuple[tuple[str, str], ...]:
        """What can be decided here: the command of each, and its words. Empty if nothing is asked."""
        if self.elicitation is not None:
            return _OF_SERVER
        if self.rounds is not None:
            return _AT_LIMIT
        if self.question is None:
            return ()
        return (*_DECISIONS, *_FOR_ALL) if self.number[1] > 1 else _DECISIONS

    @property
    def foldable(self) -> bool:
        return True

    @property
    def may_have_code(self) -> bool:
        return False

    def show(self, message: ChatMessage) -> None:
        """Show another state of the call."""
        if message != self.message:
            self.message = message
            if message.outcome != "streaming":
                self.progress = None
            self.changed()

    def estimate(self, width: int) -> int:
        return super().estimate(width) if self.unfolded else 2

    @property
    def _shown_source(self) -> str:
        return ""

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        from tui.ui.log.tool_card import Button, elicitation_lines, limit_lines, question_lines

        buttons = [Button(self.labels.get(command, ""), word, command) for command, word in self.decisions]
        card: list[Line] = []
        if self.elicitation is not None:
            card = elicitation_lines(self.elicitation, width, buttons)
        elif self.rounds is not None:
            card = limit_lines(self.rounds, width, buttons)
        elif self.question is not None:
            card = question_lines(self.question, width, buttons, self.number, is_unfolded=self.unfolded)
        lines: list[Line] = []
        if self.question is None:
            lines.append(self._head(width))
            if self.unfolded:
                lines.extend(line.prefixed(own_run(_GAP, HINT)) for line in self._body(max(8, width - 2)))
        if card:
            lines.extend(card_lines(card, "card", Look("prompt-bar"), is_airy=self.is_airy))
        has_gap = not self.is_followed or self.is_asking or self.unfolded
        return [lines, gap_below(lines) if has_gap else []]

    def _head(self, width: int) -> Line:
        """The call on one line: its tool, its first argument, how it went."""
        status = self._status()
        fold = own_run("▾ " if self.unfolded else "▸ ", Look("fold"))
        room = width - 4
        name = Run(cut(self._name, max(8, room // 2)), Look("fold"))
        room -= cell_len(name.text) + len(_GAP)
        words = cut("".join(run.text for run in status), max(1, room))
        argument = cut(self._first_argument, room - cell_len(words) - len(_GAP)) if not self.unfolded else ""
        runs = [fold, own_run("ƒ ", MARK), name]
        if argument:
            runs += [own_run(_GAP, HINT), Run(argument, HINT)]
        runs.append(own_run(_GAP, HINT))
        # Cut as a whole, painted run by run.
        for run in status:
            text, words = words[: len(run.text)], words[len(run.text) :]
            if text:
                runs.append(run._replace(text=text))
        if words:
            runs.append(own_run(words, HINT))
        return Line(tuple(runs))

    @property
    def _name(self) -> str:
        from tui.chat.visible_text import readable_line

        tool = self.message.tool
        return "(no name)" if tool is None else readable_line(tool.full_name or tool.name) or "(no name)"

    @property
    def _first_argument(self) -> str:
        from tui.chat.visible_text import readable_line

        arguments = None if self.call is None else self.call.arguments
        if not isinstance(arguments, Mapping) or not arguments:
            return ""
        first = next(iter(arguments.values()))
        text = first if isinstance(first, str) else format_json(first)
        return readable_line(text[:_MAX_ARGUMENT])

    def _status(self) -> list[Run]:
        from tui.chat.visible_text import readable_line

        message, tool = self.message, self.message.tool
        if tool is None:
            return [own_run("the record of this call cannot be read", HINT)]
        if message.outcome == "streaming":
            return self._live_status()
        if message.failure is not None:
            mark = "◦ " if message.failure.kind == "cancelled" else "✗ "
            look = HINT if message.failure.kind == "cancelled" else Look("failed")
            words = failure_title(message.failure).lower()
            took = f" · {format_seconds(tool.seconds)}" if tool.seconds else ""
            return [own_run(mark, look), own_run(f"{words}{took}", HINT)]
        if tool.approval == "denied":
            return [own_run("◦ ", HINT), Run(readable_line(message.content), HINT)]
        mark_run = own_run("✗ ", Look("failed")) if tool.is_error else own_run("✓ ", MARK)
        parts = [] if tool.approval == "elsewhere" else [format_seconds(tool.seconds)]
        parts += [format_size(len(message.content.encode("utf-8", "replace")))]
        if message.images:
            parts.append(format_count(len(message.images), "image"))
        parts.append(APPROVAL_LABELS[tool.approval])
        return [mark_run, *([own_run("failed · ", HINT)] if tool.is_error else []), own_run(" · ".join(parts), HINT)]

    def _live_status(self) -> list[Run]:
        from tui.chat.visible_text import readable_line

        progress = self.progress
        if progress is None:
            return [own_run("waiting", HINT)]
        parts = ["running", format_seconds(self.seconds)]
        if progress.fraction is not None:
            parts.append(f"{progress.fraction:.0%}")
        runs = [own_run("» ", MARK), own_run(" · ".join(parts), HINT)]
        said = readable_line(progress.text)
        return [*runs, Run(f" · {said}", HINT)] if said else runs

    def _body(self, width: int) -> list[Line]:
        """The arguments, the result, its images and the addresses in it."""
        from tui.chat.visible_text import readable_pieces, visible_line
        from tui.ui.log.tool_card import argument_lines

        lines = [] if self.call is None else argument_lines(self.call.arguments, width, is_unfolded=True)
        pieces = readable_pieces(self.message.content[:_MAX_RESULT])
        if pieces:
            runs = [Run(piece.text, WARNING) if piece.is_name else Run(piece.text) for piece in pieces]
            lines += [*([BLANK] if lines else []), *wrap(runs, width)]
        hidden = len(self.message.content) - _MAX_RESULT
        if hidden > 0:
            lines += wrap([own_run(f"… and {hidden:,} more characters", HINT)], width)
        lines += self.image_lines(width)
        links = () if self.message.tool is None else self.message.tool.links
        for link in links[:_MAX_LINKS]:
            lines += wrap([own_run("↗ ", WARNING), Run(visible_line(link), HINT)], width)
        if len(links) > _MAX_LINKS:
            lines.append(Line((own_run(f"… and {len(links) - _MAX_LINKS:,} more addresses", HINT),)))
        return lines
