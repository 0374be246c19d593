"""The status line: provider and model, what the turn is doing, and how fast."""

from __future__ import annotations

from typing import Any, Final

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.context import ContextUse
from tui.chat.formatting import format_rate, format_seconds
from tui.chat.safe_text import safe_line
from tui.chat.turn import StageName
from tui.workspace.turn_stats import TurnProgress

_STAGES: Final[dict[StageName, str]] = {
    "queued locally": "queued",
    "connecting": "connecting",
    "waiting": "waiting for the first token",
    "queued": "queued",
    "loading": "loading the model",
    "reading": "reading the prompt",
    "thinking": "thinking",
    "answering": "streaming",
    "finishing": "finishing",
    "retrying": "retrying",
}

STALLED_AFTER_S: Final = 3.0
"""Seconds of silence within an answer after which it is shown."""


_BARS: Final = "▁▂▃▄▅▆"
"""None fills the cell: a steady rate, the usual case, should look calm."""

_MIN_NAMES: Final = 24
"""Cells that provider and model keep, whatever else is shown."""

_MIN_SETTINGS: Final = 8
"""Cells below which the settings of the conversation are left out."""


class StatusBar(Widget):
    """One line: provider and model on the left, the turn on the right."""

    DEFAULT_CSS = """
    StatusBar { height: 1; padding: 0 2; color: $dim; background: $ground; }
    """

    provider: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    context: reactive[ContextUse | None] = reactive(None)
    progress: reactive[TurnProgress | None] = reactive(None)
    settings: reactive[str] = reactive("")
    """The conversation's own settings."""
    background_count: reactive[int] = reactive(0)
    """Answers that stream in other conversations."""
    notice: reactive[str] = reactive("")
    """Shown while nothing streams."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)

    def render(self) -> RenderResult:
        """The line. Where space is short, the least important parts are left out."""
        width = self.content_size.width
        left = " · ".join(part for part in (safe_line(self.provider), safe_line(self.model)) if part)
        room_right = width - min(_MIN_NAMES, len(left)) - 2
        right = format_meter(self.progress, room_right) if self.progress else self.notice
        if (
            self.background_count
            and len(right) + len(text := f"{self.background_count} in background") + 3 <= room_right
        ):
            right = f"{right} · {text}" if right else text
        bars = sparkline(self.progress.rates) if self.progress else ""
        if bars and len(bars) + 2 + len(right) <= room_right:
            bars += "  "
        else:
            bars = ""
        taken = len(bars) + Content(right).cell_length
        room = max(0, width - taken - 2)
        names = Content(left).truncate(room, ellipsis=True)
        parts: list[Content | str | tuple[str, str]] = [(names.plain, "$second")]
        used = names.cell_length
        if self.context is not None and used + len(text := format_context(self.context)) + 3 <= room:
            parts.append((f" · {text}", "$warning" if self.context.is_nearly_full else ""))
            used += len(text) + 3
        if (settings := safe_line(self.settings)) and used + 3 < room - _MIN_SETTINGS:
            shown = Content(f" · {settings}").truncate(room - used, ellipsis=True)
            parts.append((shown.plain, "$accent"))
            used += shown.cell_length
        return Content.assemble(*parts, " " * max(1, width - used - taken), (bars, "$line"), right)


def format_context(use: ContextUse) -> str:
    """How full the model's context is: `context 1.2k of 4.1k (29%)`."""
    if use.window is None or use.share is None:
        return f"context {_thousands(use.used)}"
    return f"context {_thousands(use.used)} of {_thousands(use.window)} ({use.share:.0%})"


def _thousands(count: int) -> str:
    return str(count) if count < 1_000 else f"{count / 1_000:.1f}k" if count < 99_950 else f"{count / 1_000:.0f}k"


def sparkline(rates: tuple[float, ...]) -> str:
    """Rates as a row of bars; the greatest rate is the highest bar."""
    most = max(rates, default=0.0)
    return "".join(_BARS[round(rate / most * (len(_BARS) - 1))] for rate in rates) if most else ""


def format_meter(progress: TurnProgress, width: int = 1000) -> str:
    """How a turn is doing, as text. Where space is short, the least important parts are left out."""
    if progress.stage == "answering" and progress.silent_s >= STALLED_AFTER_S:
        state = f"silent for {format_seconds(progress.silent_s)}"
    elif progress.left_s is not None:
        state = f"{_STAGES[progress.stage]} in {format_seconds(progress.left_s)}"
    else:
        done = "" if progress.fraction is None else f" {progress.fraction:.0%}"
        state = f"{_STAGES[progress.stage]}{done} {format_seconds(progress.stage_s)}"
    if progress.stage == "waiting" and progress.follows_stopped_turn and progress.stage_s >= STALLED_AFTER_S:
        # Replaces the stage: this is the more likely reason for the wait, and both rarely fit.
        state = f"server may still be finishing the stopped answer ({format_seconds(progress.stage_s)})"
    parts = [state]
    if progress.chunks_per_second is not None:
        parts.append(f"{format_rate(progress.chunks_per_second)} tok/s")
    if progress.first_token_s is not None:
        parts.append(f"first token {format_seconds(progress.first_token_s)}")
    while len(parts) > 1 and len(" · ".join(parts)) > width:
        parts.pop()
    return " · ".join(parts)
