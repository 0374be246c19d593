"""One quiet line: who answers, what is going on, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.context import ContextUse
from tui.chat.formatting import format_rate, format_seconds
from tui.chat.safe_text import safe_line
from tui.chat.turn import StageName

_STAGES: Final[dict[StageName, str]] = {
    "queued locally": "waiting for its turn",
    "connecting": "connecting",
    "waiting": "waiting for the first token",
    "queued": "queued",
    "loading": "loading the model",
    "reading": "reading the prompt",
    "thinking": "thinking",
    "answering": "streaming",
    "finishing": "finishing",
    "retrying": "trying again",
}

STALLED_AFTER_S: Final = 3.0
"""Silence in the middle of an answer from which on it is named."""


_BARS: Final = "▁▂▃▄▅▆"
"""Not up to a whole cell: a steady rate, which they mostly show, is to be calm to look at."""

_LEAST_OF_NAMES: Final = 24
"""Cells of provider and model that stay, whatever else there is to say."""

_LEAST_OF_CHOSEN: Final = 8
"""Cells below which what was set is not worth beginning."""


@dataclass(frozen=True, slots=True)
class TurnMeter:
    """How the turn under way stands."""

    stage: StageName
    stage_s: float
    """Seconds in this stage."""

    total_s: float
    """Seconds since it was sent."""

    fraction: float | None = None
    """How much of the stage is done, 0 to 1. None where the server does not tell."""

    left_s: float | None = None
    """Seconds until it ends, where that is known."""

    silent_s: float = 0.0
    """Seconds since the last text came."""

    is_after_stopped: bool = False
    """Whether the server may still be at an answer that was stopped."""

    first_token_s: float | None = None
    chunks_per_second: float | None = None

    rates: tuple[float, ...] = ()
    """Chunks a second, for each of the last spans of time, the latest at the end."""


class StatusBar(Widget):
    """One line: provider and model at its left, the turn at its right."""

    DEFAULT_CSS = """
    StatusBar { height: 1; padding: 0 2; color: $text-muted; background: $background; }
    """

    provider: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    context: reactive[ContextUse | None] = reactive(None)
    meter: reactive[TurnMeter | None] = reactive(None)
    chosen: reactive[str] = reactive("")
    """What the user has set for this conversation alone."""
    elsewhere: reactive[int] = reactive(0)
    """Answers under way in other conversations."""
    notice: reactive[str] = reactive("")
    """What to say while nothing streams."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)

    def render(self) -> RenderResult:
        """The line. Where there is no room for all of it, what matters least is left away."""
        width = self.content_size.width
        left = " · ".join(part for part in (safe_line(self.provider), safe_line(self.model)) if part)
        room_right = width - min(_LEAST_OF_NAMES, len(left)) - 2
        right = format_meter(self.meter, room_right) if self.meter else self.notice
        if self.elsewhere and len(right) + len(words := f"{self.elsewhere} elsewhere") + 3 <= room_right:
            right = f"{right} · {words}" if right else f"{words} still coming"
        bars = sparkline(self.meter.rates) if self.meter else ""
        if bars and len(bars) + 2 + len(right) <= room_right:
            bars += "  "
        else:
            bars = ""
        taken = len(bars) + Content(right).cell_length
        room = max(0, width - taken - 2)
        names = Content(left).truncate(room, ellipsis=True)
        parts: list[Content | str | tuple[str, str]] = [(names.plain, "$text-secondary")]
        used = names.cell_length
        if self.context is not None and used + len(words := format_context(self.context)) + 3 <= room:
            parts.append((f" · {words}", "$text-warning" if self.context.is_nearly_full else ""))
            used += len(words) + 3
        if (chosen := safe_line(self.chosen)) and used + 3 < room - _LEAST_OF_CHOSEN:
            shown = Content(f" · {chosen}").truncate(room - used, ellipsis=True)
            parts.append((shown.plain, "$text-accent"))
            used += shown.cell_length
        return Content.assemble(*parts, " " * max(1, width - used - taken), (bars, "$foreground 35%"), right)


def format_context(use: ContextUse) -> str:
    """How full a model's context is: `context 1.2k of 4.1k (29%)`."""
    if use.window is None or use.share is None:
        return f"context {_thousands(use.used)}"
    return f"context {_thousands(use.used)} of {_thousands(use.window)} ({use.share:.0%})"


def _thousands(count: int) -> str:
    return str(count) if count < 1_000 else f"{count / 1_000:.1f}k" if count < 99_950 else f"{count / 1_000:.0f}k"


def sparkline(rates: tuple[float, ...]) -> str:
    """Rates as a row of bars, the greatest of them as the highest."""
    most = max(rates, default=0.0)
    return "".join(_BARS[round(rate / most * (len(_BARS) - 1))] for rate in rates) if most else ""


def format_meter(meter: TurnMeter, width: int = 1000) -> str:
    """How a turn stands, in words. Where there is no room for all of them, what matters least is left away."""
    if meter.stage == "answering" and meter.silent_s >= STALLED_AFTER_S:
        state = f"silent for {format_seconds(meter.silent_s)}"
    elif meter.left_s is not None:
        state = f"{_STAGES[meter.stage]} in {format_seconds(meter.left_s)}"
    else:
        done = "" if meter.fraction is None else f" {meter.fraction:.0%}"
        state = f"{_STAGES[meter.stage]}{done} {format_seconds(meter.stage_s)}"
    if meter.stage == "waiting" and meter.is_after_stopped and meter.stage_s >= STALLED_AFTER_S:
        # Instead of what it waits for: this is what one wants to know, and there is not always room for both.
        state = f"perhaps still at the stopped answer {format_seconds(meter.stage_s)}"
    parts = [state]
    if meter.chunks_per_second is not None:
        parts.append(f"{format_rate(meter.chunks_per_second)} tok/s")
    if meter.first_token_s is not None:
        parts.append(f"first token {format_seconds(meter.first_token_s)}")
    while len(parts) > 1 and len(" · ".join(parts)) > width:
        parts.pop()
    return " · ".join(parts)
