"""What all dialogs have in common."""

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeVar

from textual import events, on
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from tui.ui.widgets.dialog_frame import DialogFrame

ResultT = TypeVar("ResultT")

_PAGE: Final = 10
"""Rows or lines of a page key."""


def cursor_bindings(action: str = "move") -> list[BindingType]:
    """The keys that move a cursor, or scroll, while a field above keeps the focus.

    Args:
        action: The name of the action. Its argument is the number of rows, negative for up.
    """
    steps = {"down": 1, "up": -1, "pagedown": _PAGE, "pageup": -_PAGE}
    return [Binding(key, f"{action}({by})", show=False, priority=True) for key, by in steps.items()]


class Dialog(ModalScreen[ResultT]):
    """A screen above the chat that returns a result once. It has one `DialogFrame`."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $ground 62%; }
    """

    async def on_click(self, event: events.Click) -> None:
        """A click beside the dialog does what Esc does, which may ask about changes."""
        frames = self.query(DialogFrame)
        if frames and not any(frame.region.contains(event.screen_x, event.screen_y) for frame in frames):
            bound = self.active_bindings["escape"]
            await self.app.run_action(bound.binding.action, bound.node)

    @on(events.Resize)
    def _fit_frame(self, event: events.Resize) -> None:
        # The size of a screen is not reactive, so the frame cannot watch it.
        for frame in self.query(DialogFrame):
            frame.fit(event.size)

    def dismiss(self, result: ResultT | None = None) -> AwaitComplete:
        """Close with a result. Does nothing when it is closed already, as by two keys that arrive together."""
        if not self.is_active:
            return AwaitComplete()
        # At once: a worker that goes on would look for widgets that are gone.
        self.workers.cancel_node(self)
        return super().dismiss(result)


async def ask(screen: Screen[Any], dialog: Dialog[ResultT]) -> ResultT:
    """Open a dialog above a screen, and return its result. Closes the dialog if the caller is cancelled."""
    try:
        return await screen.app.push_screen_wait(dialog)
    except asyncio.CancelledError:
        screen.app.call_later(dialog.dismiss)
        raise
