"""Decides on which model the cursor of the model picker is while models come and go."""

from __future__ import annotations

from collections.abc import Iterable

from tui.ui.widgets.model_rows import ModelRow, Row
from tui.workspace.target import Target


class PickerCursor:
    """Owns whether the user moved the cursor, and where it waits to go.

    It stays on the model that the user chose. A model that is missing for a moment, as one whose download just ended,
    gets it back: Enter must not use another one.
    """

    def __init__(self) -> None:
        self._has_moved = False
        """Whether the user moved it: then it stays on its model while more models arrive."""
        self._awaited: Target | None = None
        """A model that it goes to when it is listed. None if there is none."""

    def stay(self) -> None:
        """The user moved it, or did something with the model that it is on."""
        self._has_moved, self._awaited = True, None

    def forget(self) -> None:
        """The list was filtered: it starts at the top again."""
        self._has_moved = False

    def go_to(self, target: Target) -> None:
        """Let it go to a model as soon as that is listed."""
        self._awaited = target

    def wanted(self, at: Target | None, rows: Iterable[Row], otherwise: Target | None) -> Target | None:
        """The model that it belongs on. None for the first one.

        Args:
            at: The model that it is on. None if there is none.
            rows: All lines, also those that a filter hides.
            otherwise: The model that it belongs on if the user did not move it.
        """
        target = self._awaited or (at if self._has_moved else None)
        if target is None:
            return otherwise
        is_listed = any(isinstance(row, ModelRow) and row.target == target for row in rows)
        self._has_moved, self._awaited = True, None if is_listed else target
        return target
