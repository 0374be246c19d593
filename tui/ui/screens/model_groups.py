"""The lines of the model picker without a filter: models below the names of their groups and providers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tui.chat.model_info import ModelInfo
from tui.chat.safe_text import safe_line
from tui.runtime import ProbeResult
from tui.ui.widgets.model_rows import Heading, ModelRow, Row
from tui.workspace.model_catalog import ProviderModels
from tui.workspace.model_entry import CANNOT_CHAT, FAVOURITES, RECENT, ModelEntry
from tui.workspace.model_jobs import ModelJob
from tui.workspace.provider_status import Reachability, status_from

_DOWNLOADS: Final = "Downloads"

_FAILED: Final[Mapping[Reachability, tuple[str, str]]] = {"unreachable": ("○", "$dim"), "refused": ("▲", "$warning")}


def grouped(
    entries: Sequence[ModelEntry],
    jobs: Sequence[ModelJob],
    providers: Sequence[ProviderModels],
    address_of: Callable[[str], str],
    row_of: Callable[[ModelEntry], ModelRow],
    *,
    has_blanks: bool,
) -> list[Row]:
    """The lines of all models in their groups.

    Args:
        entries: The models, in their order.
        jobs: What is being done with models. Those that are not listed yet come first.
        providers: The providers, in their order.
        address_of: Returns the address of a provider's server.
        row_of: Returns the line of a model.
        has_blanks: Whether there is a blank line between groups.
    """
    rows: list[Row] = []
    for heading, members in _groups(entries, jobs, providers, address_of):
        if has_blanks and rows:
            rows.append(None)
        rows += [heading, *map(row_of, members)]
    return rows


def _groups(
    entries: Sequence[ModelEntry],
    jobs: Sequence[ModelJob],
    providers: Sequence[ProviderModels],
    address_of: Callable[[str], str],
) -> Iterator[tuple[Heading, list[ModelEntry]]]:
    known = {entry.target for entry in entries}
    pulls = [job.target for job in jobs if job.target not in known and job.action == "pull"]
    if pulls:
        yield (
            Heading(_DOWNLOADS),
            [ModelEntry(target, ModelInfo(target.model), _DOWNLOADS, is_listed=False) for target in pulls],
        )
    by_group: dict[str, list[ModelEntry]] = {}
    by_provider: dict[str, list[ModelEntry]] = {}
    for entry in entries:
        if entry.group:
            by_group.setdefault(entry.group, []).append(entry)
        else:
            by_provider.setdefault(entry.target.provider, []).append(entry)
    for group in (FAVOURITES, RECENT):
        if group in by_group:
            yield Heading(group), by_group[group]
    states = {each.name: each for each in providers}
    # The model in use may be listed before its provider is asked.
    for name in (*states, *(name for name in by_provider if name not in states)):
        members = by_provider.get(name, [])
        state = states.get(name, ProviderModels(name, is_asking=True))
        # A provider whose models are all in other groups needs no line of its own.
        if members or state.is_asking or state.error is not None:
            yield _provider_heading(state, address_of(name)), members
    if CANNOT_CHAT in by_group:
        yield Heading(CANNOT_CHAT), by_group[CANNOT_CHAT]


def _provider_heading(state: ProviderModels, base_url: str) -> Heading:
    name = safe_line(state.name)
    address = safe_line(base_url).rpartition("://")[2]
    if state.is_asking:
        return Heading(name, "◌", "$dim", "asking…")
    if state.error is None:
        return Heading(name, "●", "$success", address)
    status = status_from(ProbeResult(state.name, error=state.error))
    mark, colour = _FAILED[status.reachability]
    return Heading(name, mark, colour, " · ".join(filter(None, [safe_line(status.words), address])))
