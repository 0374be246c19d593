"""The conversation on screen: takes a turn's updates, follows the tail, lets messages be selected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, assert_never

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import TurnEnded, TurnGrew, TurnRetried, TurnStarted, TurnUpdate
from tui.ui.log.entries import AnswerEntry, Entry, WelcomeEntry, entry_for
from tui.ui.log.heights import HeightIndex
from tui.ui.log.paint import Painter
from tui.ui.log.taking import text_between
from tui.ui.markdown.lines import BLANK, Line, Run

_MARGIN = 2
"""Cells left of the text, where the selected message is marked."""

_FAR = 8
"""Screens away from the view from which on a message's lines are dropped."""


@dataclass(slots=True)
class _Anchor:
    """The line at the top of the view: which entry, and which of its lines."""

    entry: int = 0
    line: int = 0


class MessageLog(ScrollView, can_focus=True):
    """Every message of a conversation, each made into lines once for each width, and only near the view.

    It follows the tail until the reader scrolls up, and then stays exactly where
    the reader is, whatever arrives below.
    """

    DEFAULT_CSS = """
    MessageLog {
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-color: $foreground 20%;
        overflow-x: hidden;
        overflow-y: scroll;
    }
    MessageLog > .message-log--prompt { color: $foreground; }
    MessageLog > .message-log--prompt-bar { color: $primary; }
    MessageLog > .message-log--label { color: $text-secondary; text-style: bold; }
    MessageLog > .message-log--hint { color: $text-muted; }
    MessageLog > .message-log--thinking { color: $text-muted; }
    MessageLog > .message-log--fold { color: $text-accent; }
    MessageLog > .message-log--figures { color: $text-disabled; }
    MessageLog > .message-log--failed { color: $text-error; }
    MessageLog > .message-log--stopped { color: $text-warning; }
    MessageLog > .message-log--mark { color: $accent; }
    MessageLog > .message-log--heading1 { color: $text-primary; text-style: bold underline; }
    MessageLog > .message-log--heading2 { color: $text-primary; text-style: bold; }
    MessageLog > .message-log--heading3 { color: $text-secondary; text-style: bold; }
    MessageLog > .message-log--code { color: $text-accent; background: $foreground 8%; }
    MessageLog > .message-log--math { color: $text-success; }
    MessageLog > .message-log--link { color: $text-primary; text-style: underline; }
    MessageLog > .message-log--block { color: $foreground; background: $foreground 6%; }
    MessageLog > .message-log--language { color: $text-disabled; }
    MessageLog > .message-log--comment { color: $text-muted; }
    MessageLog > .message-log--keyword { color: $text-accent; }
    MessageLog > .message-log--number { color: $text-warning; }
    MessageLog > .message-log--function { color: $text-primary; }
    MessageLog > .message-log--builtin { color: $text-secondary; }
    MessageLog > .message-log--string { color: $text-success; }
    MessageLog > .message-log--deleted { color: $text-error; }
    MessageLog > .message-log--quote { color: $text-muted; }
    MessageLog > .message-log--quote-bar { color: $secondary; }
    MessageLog > .message-log--rule { color: $foreground 30%; }
    MessageLog > .message-log--bullet { color: $text-secondary; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"message-log--{name}"
        for name in (
            *("prompt", "prompt-bar", "label", "hint", "thinking", "fold", "figures", "failed", "stopped", "mark"),
            *("heading1", "heading2", "heading3", "code", "math", "link", "quote", "quote-bar", "rule", "bullet"),
            *("block", "language", "comment", "keyword", "number", "function", "builtin", "string", "deleted"),
        )
    }
    BINDINGS: ClassVar = [
        Binding("up,k", "select_previous", show=False, id="select_previous"),
        Binding("down,j", "select_next", show=False, id="select_next"),
        Binding("c", "copy_message", show=False, id="copy_message"),
        Binding("b", "copy_code", show=False, id="copy_code"),
        Binding("r", "regenerate_selected", show=False, id="regenerate_selected"),
        Binding("space", "fold", show=False, id="fold"),
    ]

    @dataclass
    class Arrived(Message):
        """Posted when something of a turn has arrived: once a frame at most, with all that has since the last."""

        updates: tuple[TurnUpdate, ...]

        taken: asyncio.Future[None]
        """Done once the log has taken them. Whoever posts waits for it: a queue of messages has no end."""

    @dataclass
    class CopyWanted(Message):
        """Posted when the user wants something copied."""

        text: str
        what: str
        """What it is, to say so: `the message`."""

    @dataclass
    class RegenerateWanted(Message):
        """Posted when the user wants another answer."""

    @dataclass
    class LinkWanted(Message):
        """Posted when the user clicks on a link."""

        address: str

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._entries: list[Entry] = []
        self._heights = HeightIndex()
        self._following = True
        self._anchor = _Anchor()
        self._selected: int | None = None
        self._painter = Painter(self._style_of)
        self._moving = False
        self._text_width = 0

    # What a screen calls.

    def show(self, conversation: Conversation, welcome: Callable[[int], list[Line]]) -> None:
        """Show a conversation from now on, at its end.

        Args:
            conversation: What was said.
            welcome: The lines to show while nothing was, for a width.
        """
        self._entries = [entry_for(message) for message in conversation.path] or [WelcomeEntry(welcome)]
        width = self._inner_width
        self._heights = HeightIndex(entry.estimate(width) for entry in self._entries)
        self._selected = None
        self.screen.clear_selection()
        self.follow()

    def shows(self, conversation: Conversation) -> bool:
        """Whether it shows just this conversation, in which something was said."""
        return bool(conversation.path) and [entry.message for entry in self._entries] == list(conversation.path)

    async def apply(self, updates: tuple[TurnUpdate, ...]) -> None:
        """Have the log take what has happened. Returns when it has."""
        taken = asyncio.get_running_loop().create_future()
        self.post_message(self.Arrived(updates, taken))
        await taken

    def on_message_log_arrived(self, message: Arrived) -> None:
        """Take what has happened. Where nobody waits for it any more, the turn was stopped, and its end says it all."""
        message.stop()
        if message.taken.cancelled():
            return
        for update in message.updates:
            match update:
                case TurnStarted(prompt, answer):
                    self._begin_turn(prompt, answer)
                case TurnGrew(chunk):
                    if live := self._live():
                        live.grow(chunk)
                case TurnRetried():
                    self.wait(f"{update.message} Trying again…")
                case TurnEnded(answer):
                    if live := self._live():
                        live.end(answer)
                case _:
                    assert_never(update)
        self._settle(changed=len(self._entries) - 1)
        message.taken.set_result(None)

    def end(self, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Show how a turn ended, where its stream could not say so because it was stopped, perhaps before it began."""
        if not self._entries or self._entries[-1].message.id != answer.id:
            self._begin_turn(prompt, answer)
        elif live := self._live():
            live.end(answer)
        self._settle(changed=len(self._entries) - 1)

    def refresh_welcome(self) -> None:
        """What the welcome says has changed."""
        if self._entries and isinstance(self._entries[0], WelcomeEntry):
            self._entries[0].changed()
            self._settle(changed=0)
            self.refresh()

    def wait(self, words: str) -> None:
        """Say what the answer waits for, in its place, while nothing of it has come."""
        live = self._live()
        if live is not None and live.waiting_for != words:
            live.waiting_for = words
            live.changed()
            self._settle(changed=len(self._entries) - 1)

    def tick(self, thinking_s: float | None) -> None:
        """Let the seconds of what is being thought show."""
        live = self._live()
        if live is not None and live.is_thinking:
            live.thinking_s = thinking_s
            live.changed()
            self._settle(changed=len(self._entries) - 1)

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._following = True
        self._settle()
        self.refresh()

    @property
    def is_following(self) -> bool:
        """Whether the end is shown, and will be."""
        return self._following

    @property
    def selected(self) -> ChatMessage | None:
        """The selected message."""
        return None if self._selected is None else self._entries[self._selected].message

    @property
    def text(self) -> str:
        """Everything that it shows, as plain lines. For whoever cannot see it: tests above all."""
        width = self._inner_width
        lines = [entry.line(at, width).text for entry in self._entries for at in range(entry.height(width))]
        return "\n".join(line.rstrip() for line in lines)

    # Keys.

    def action_select_previous(self) -> None:
        """Select the message before the selected one; the last one when none is."""
        self._select(len(self._entries) - 1 if self._selected is None else self._selected - 1)

    def action_select_next(self) -> None:
        """Select the message after the selected one."""
        if self._selected is not None:
            self._select(self._selected + 1)

    def action_copy_message(self) -> None:
        """Have the selected message copied, as its source; the last one when none is selected."""
        message = self.selected or (self._entries[-1].message if self._entries else None)
        if message is not None:
            self.post_message(self.CopyWanted(message.content, "the message"))

    def action_copy_code(self) -> None:
        """Have the code of the selected message copied; of the last one when none is selected."""
        entry = self._entries[-1 if self._selected is None else self._selected] if self._entries else None
        blocks = entry.code_blocks() if isinstance(entry, AnswerEntry) else []
        words = "the code block" if len(blocks) == 1 else f"{len(blocks)} code blocks"
        self.post_message(self.CopyWanted("\n\n".join(blocks), words))

    def action_regenerate_selected(self) -> None:
        """Have the last answer regenerated."""
        self.post_message(self.RegenerateWanted())

    def action_fold(self) -> None:
        """Fold or unfold the thinking and the tools of the selected message; of the last answer when none is."""
        at = len(self._entries) - 1 if self._selected is None else self._selected
        entry = self._entries[at] if self._entries else None
        if isinstance(entry, AnswerEntry) and entry.foldable:
            entry.fold()
            self._settle(changed=at)
            self.refresh()

    # What Textual calls.

    def render_line(self, y: int) -> Strip:
        """One line of the view, with offsets for the mouse to select by."""
        line = self.scroll_offset.y + y
        return self._strip(line).apply_offsets(0, line)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the view. The same strip for the same line each time, so that what it costs is paid once."""
        top = self.scroll_offset.y
        strips = [self._strip(top + y) for y in range(crop.y, crop.bottom)]
        if filters := self.get_line_filters():
            background = self.background_colors[1]
            for line_filter in filters:
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under the selection, without borders, wrapped lines made whole again."""
        start = selection.start or Offset(0, 0)
        last = self._heights.total - 1
        end = selection.end or Offset(10_000, last)
        lines = ((y, self._line(y)[0]) for y in range(max(0, start.y), min(end.y, last) + 1))
        return text_between(lines, start.transpose, end.transpose, _MARGIN), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        """The selection has changed."""
        self.refresh()

    def notify_style_update(self) -> None:
        """The theme or the styles have changed."""
        super().notify_style_update()
        self._painter.forget()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The view has moved. When it was the reader who moved it, that decides what it stays with."""
        super().watch_scroll_y(old_value, new_value)
        # Beyond the end is where it was before the end came nearer: nobody moved it.
        if self._moving or old_value > self.max_scroll_y:
            return
        self._following = new_value >= self.max_scroll_y
        self._anchor = _Anchor(*self._heights.find(round(new_value)))
        self._settle()

    def on_resize(self) -> None:
        """The view has another size: what was at its top stays there."""
        if self._inner_width != self._text_width:
            self._text_width = self._inner_width
            width = self._text_width
            self._heights = HeightIndex(entry.estimate(width) for entry in self._entries)
        self._settle()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Open a link, or fold what can be folded."""
        run = self._run_at(event.x, event.y)
        if run is None:
            return
        if run.look.link:
            self.post_message(self.LinkWanted(run.look.link))
        elif run.look.name == "fold":
            self._selected = self._heights.find(self.scroll_offset.y + event.y)[0]
            self.action_fold()

    # The inside.

    @property
    def _inner_width(self) -> int:
        return max(1, self.scrollable_content_region.width - _MARGIN - 1)

    def _live(self) -> AnswerEntry | None:
        last = self._entries[-1] if self._entries else None
        return last if isinstance(last, AnswerEntry) and last.message.outcome == "streaming" else None

    def _begin_turn(self, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Show a turn below what it follows. What followed that before is another branch now, and goes."""
        ids = [entry.message.id for entry in self._entries]
        if prompt.id in ids:
            keep = ids.index(prompt.id) + 1
            new = [answer]
        else:
            keep = ids.index(prompt.parent_id) + 1 if prompt.parent_id in ids else 0
            new = [prompt, answer]
        del self._entries[keep:]
        self._heights.truncate(keep)
        for message in new:
            entry = entry_for(message)
            self._entries.append(entry)
            self._heights.append(entry.height(self._inner_width))
        self._selected = None
        self._following = True

    def _select(self, at: int) -> None:
        if not self._entries:
            return
        at = min(max(at, 0), len(self._entries) - 1)
        self._selected = at
        self._measure(at)
        top, height = self._heights.top(at), self._heights[at]
        view = self.size.height
        if top < self.scroll_offset.y or height >= view:
            self._anchor, self._following = _Anchor(at, 0), False
        elif top + height > self.scroll_offset.y + view:
            self._anchor = _Anchor(*self._heights.find(top + height - view))
            self._following = at == len(self._entries) - 1
        self._settle()
        self.refresh()

    def _settle(self, changed: int | None = None) -> None:
        """Measure what is in view, and put the view where it belongs: at its end, or at its anchor."""
        if not self.is_mounted or not self.size.height:
            return
        top_before, total_before = self.scroll_offset.y, self._heights.total
        if changed is not None and changed >= 0:
            self._measure(changed)
        if self._following:
            self._measure_upwards(len(self._entries) - 1, 2 * self.size.height)
            top = max(0, self._heights.total - self.size.height)
        else:
            self._measure_downwards(self._anchor.entry, 2 * self.size.height + self._anchor.line)
            self._measure_upwards(self._anchor.entry - 1, self.size.height)
            top = self._heights.top(self._anchor.entry) + self._anchor.line
        self._move(top)
        if changed is not None and (top_before, total_before) != (self.scroll_offset.y, self._heights.total):
            self.refresh()
        elif changed is not None and changed >= 0:
            self._refresh_entry(changed)

    def _move(self, top: int) -> None:
        self._moving = True
        try:
            self.virtual_size = Size(self.scrollable_content_region.width, self._heights.total)
            top = min(max(0, top), self.max_scroll_y)
            self.set_reactive(ScrollView.scroll_target_y, float(top))
            self.scroll_y = float(top)
        finally:
            self._moving = False

    def _measure(self, at: int) -> None:
        self._heights.set(at, self._entries[at].height(self._inner_width))

    def _measure_upwards(self, at: int, lines: int) -> None:
        while at >= 0 and lines > 0:
            self._measure(at)
            lines -= self._heights[at]
            at -= 1

    def _measure_downwards(self, at: int, lines: int) -> None:
        while at < len(self._entries) and lines > 0:
            self._measure(at)
            lines -= self._heights[at]
            at += 1

    def _refresh_entry(self, at: int) -> None:
        top = self._heights.top(at) - self.scroll_offset.y
        self.refresh(Region(0, max(0, top), self.size.width, self._heights[at] + min(0, top)))

    def _line(self, y: int) -> tuple[Line, int]:
        """A line of the whole log, and the entry that it belongs to."""
        if not 0 <= y < self._heights.total:
            return BLANK, -1
        at, line = self._heights.find(y)
        return self._entries[at].line(line, self._inner_width), at

    def _strip(self, y: int) -> Strip:
        line, at = self._line(y)
        marked = at == self._selected and self.has_focus
        strip = self._painter.strip(line, self.scrollable_content_region.width, marked=marked)
        selection = self.text_selection
        if selection is None or (span := selection.get_span(y)) is None:
            return strip
        start, end = span
        return _highlighted(strip, start, len(strip.text) if end == -1 else end, self.screen)

    def _run_at(self, x: int, y: int) -> Run | None:
        line, _ = self._line(self.scroll_offset.y + y)
        at = _MARGIN
        for run in line.runs:
            at += Line((run,)).width
            if _MARGIN <= x < at:
                return run
        return None

    def _style_of(self, *names: str) -> Style:
        return self.get_visual_style(*(f"message-log--{name}" for name in names)).rich_style


def _highlighted(strip: Strip, start: int, end: int, screen: Any) -> Strip:
    """A strip with the characters between two offsets shown as selected."""
    style = screen.get_component_rich_style("screen--selection")
    first = strip.index_to_cell_position(start)
    last = strip.index_to_cell_position(min(end, len(strip.text)))
    before, selected, after = strip.crop(0, first), strip.crop(first, last), strip.crop(last)
    return Strip.join([before, selected.apply_style(style), after])
