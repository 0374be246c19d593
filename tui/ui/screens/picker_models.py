"""The models of the model picker: which can be chosen, which are marked, and their lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.ui.screens.model_groups import grouped
from tui.ui.widgets.model_rows import ModelRow, Row
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_entry import ModelEntry
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.model_search import ModelFilter
from tui.workspace.target import Target


class PickerModels:
    """Owns which models are listed and which are marked. Knows no widget."""

    def __init__(
        self,
        catalog: ModelCatalog,
        jobs: ModelJobs,
        current: Target,
        address_of: Callable[[str], str],
        *,
        has_marks: bool,
    ) -> None:
        """Args:
        catalog: Has the models.
        jobs: Knows what is being done with them.
        current: The model in use. Marked at first.
        address_of: Returns the address of a provider's server.
        has_marks: Whether several are chosen, by marks. Then models that may not chat are left out at first.
        """
        self._catalog = catalog
        self._jobs = jobs
        self._current = current
        self._address_of = address_of
        self._has_marks = has_marks
        self._filter = ModelFilter(())
        self._has_several = False
        """Whether the models are of several providers."""
        self.everything: Sequence[ModelEntry] = ()
        """All models that can be shown, in their order."""
        self.groups: Sequence[Row] = ()
        """The lines without a filter."""
        self.shown: list[Target] = []
        """The models whose lines are shown, in their order."""
        self.marked: list[Target] = [current] if has_marks and current.model else []
        """The marked models, in the order in which they were."""
        self.only_chat = has_marks
        """Whether models that may not chat are left out."""

    def collect(self) -> None:
        """Gather all models that can be shown. `group` makes their lines."""
        known = self._catalog.entries
        current = self._current
        if current.model and all(entry.target != current for entry in known):
            # The model in use can be chosen before its server has listed it, and if it never does.
            known = (self._catalog.unlisted(current), *known)
        self.everything = [entry for entry in known if entry.can_chat] if self.only_chat else known
        self._has_several = len({entry.target.provider for entry in self.everything}) > 1
        self._filter = ModelFilter(self.everything)

    def group(self, *, has_blanks: bool) -> None:
        """Make the lines without a filter.

        Args:
            has_blanks: Whether there is a blank line between groups.
        """
        self.groups = grouped(
            self.everything,
            self._jobs.jobs,
            self._catalog.providers,
            self._address_of,
            self._row,
            has_blanks=has_blanks,
        )

    def rows(self, typed: str) -> Sequence[Row]:
        """The lines to show.

        Args:
            typed: The filter. Empty for all.
        """
        rows = self.groups
        if typed:
            rows = [self._row(entry, is_found=True) for entry in self._filter.find(typed)]
        self.shown = [row.target for row in rows if isinstance(row, ModelRow)]
        return rows

    @property
    def total(self) -> int:
        """The number of models without a filter."""
        return sum(isinstance(row, ModelRow) for row in self.groups)

    def entry(self, target: Target) -> ModelEntry | None:
        """What is known about a model. None if it is not listed."""
        return next((entry for entry in self.everything if entry.target == target), None)

    def toggle_mark(self, target: Target) -> None:
        """Mark a model, or no longer."""
        if target in self.marked:
            self.marked.remove(target)
        else:
            self.marked.append(target)

    def first_for_cursor(self, typed: str) -> Target | None:
        """The model that the cursor is on before the user moves it. None for the first one."""
        if typed:
            return None
        if self._has_marks:
            # The first one that can be marked besides the model in use.
            return next((target for target in self.shown if target not in self.marked), None)
        return self._current

    def _row(self, entry: ModelEntry, *, is_found: bool = False) -> ModelRow:
        return ModelRow(
            entry,
            self._jobs.job(entry.target),
            is_current=entry.target == self._current,
            checked=entry.target in self.marked if self._has_marks else None,
            # Below the heading of its provider, the name of the provider would only repeat that.
            names_provider=self._has_several and bool(entry.group or is_found),
        )
