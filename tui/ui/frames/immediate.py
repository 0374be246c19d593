"""Paints what was typed, or asked for, at once.

Textual paints 60 times a second. While an answer streams, a letter would wait for the next of these frames, and for all
that changes with it. A conversation that was opened would wait for half a frame, or for one and a half.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

_PAINTS: Final = "_compositor_refresh"
"""The method of a screen that paints."""

_LAYS_OUT: Final = "_refresh_layout"
"""The method of a screen that lays out and paints."""

_REPORTS: Final = "_check_refresh"
"""The method of a widget that reports to its screen what it has to paint, or to lay out. Called when it is idle."""


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


def paint_all_at_once(screen: Screen[Any]) -> None:
    """Paint what has changed on a screen, also what its widgets have not reported yet. Lays out what that needs.

    Private in Textual: without these names, all is painted with the next frame. A test notices.
    """
    compositor = getattr(screen, "_compositor", None)
    refresh, lay_out = getattr(screen, _PAINTS, None), getattr(screen, _LAYS_OUT, None)
    dirty: set[Widget] | None = getattr(screen, "_dirty_widgets", None)
    if compositor is None or refresh is None or lay_out is None or dirty is None or not screen.is_current:
        return
    needs_layout = False
    for widget in _with_scrollbars(screen):
        report = getattr(widget, _REPORTS, None)
        if report is None:
            return
        if getattr(widget, "_repaint_required", False):
            dirty.add(widget)
        needs_layout = needs_layout or getattr(widget, "_layout_required", True)
        report()
    if needs_layout:
        lay_out()
    else:
        compositor.update_widgets(dirty)
        refresh()


def _with_scrollbars(screen: Screen[Any]) -> Iterator[Widget]:
    for widget in (screen, *screen.walk_children(Widget)):
        yield widget
        if widget.show_vertical_scrollbar:
            yield widget.vertical_scrollbar


def _waits_for_layout(app: App[object], widget: Widget) -> bool:
    is_batched = bool(getattr(app, "_batch_count", 0))
    return is_batched or any(getattr(each, "_layout_required", True) for each in (widget, widget.screen))
