"""Paints what was typed at once.

Textual paints 60 times a second. While an answer streams, a letter would wait for the next of these frames, and for all
that changes with it.
"""

from __future__ import annotations

from typing import Final

from textual.app import App
from textual.widget import Widget

_PAINTS: Final = "_compositor_refresh"
"""The method of a screen that paints."""


def paint_at_once(widget: Widget) -> None:
    """Paint what has changed in a widget, unless its size is about to change as well.

    Private in Textual: without these names, the widget is painted with the next frame. A test notices.
    """
    screen = widget.screen
    compositor = getattr(screen, "_compositor", None)
    refresh = getattr(screen, _PAINTS, None)
    dirty: set[Widget] | None = getattr(screen, "_dirty_widgets", None)
    if compositor is None or refresh is None or dirty is None:
        return
    if not screen.is_current or _waits_for_layout(widget.app, widget):
        return
    others = dirty - {widget}
    compositor.update_widgets({widget})
    refresh()
    # Textual takes all of them for painted now.
    dirty |= others


def _waits_for_layout(app: App[object], widget: Widget) -> bool:
    is_batched = bool(getattr(app, "_batch_count", 0))
    return is_batched or any(getattr(each, "_layout_required", True) for each in (widget, widget.screen))
