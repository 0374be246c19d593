"""Asks for the details of many models in the background, a few at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.target import Target

_AT_ONCE: Final = 4
"""Requests at the same time."""

_MAX_REQUESTS: Final = 200
"""Requests of one run. Where a server has more models, the others are only asked about when they are chosen."""

_MAX_FAILURES: Final = 3
"""Failed requests to one provider, after which it is not asked any more: the others would fail as slowly."""

_REPORT_S: Final = 0.1
"""Seconds between two reports: each one draws the list anew."""


class ModelDetails:
    """Completes the rows of models whose server lists them without context and abilities, as Ollama does.

    It asks only about models that run on the server itself, each once, and loads none of them.
    """

    def __init__(self, catalog: ModelCatalog, in_view: Callable[[], Iterable[Target]]) -> None:
        """Args:
        catalog: Has the models, asks the servers and keeps the details.
        in_view: Returns the models that the user sees now. They are asked about first.
        """
        self._catalog = catalog
        self._in_view = in_view
        self._asked: set[Target] = set()
        self._failures: Counter[str] = Counter()
        self._reported_at = 0.0
        self._has_news = False
        """Whether there are details that are not reported yet."""

    async def run(self) -> None:
        """Ask until nothing is left to ask."""
        await asyncio.gather(*(self._ask() for _ in range(_AT_ONCE)))
        if self._has_news:
            self._report()

    async def _ask(self) -> None:
        while (target := self._next()) is not None:
            self._asked.add(target)
            if not await self._catalog.add_details(target):
                self._failures[target.provider] += 1
                continue
            self._has_news = True
            if asyncio.get_running_loop().time() - self._reported_at >= _REPORT_S:
                self._report()

    def _report(self) -> None:
        self._has_news = False
        self._reported_at = asyncio.get_running_loop().time()
        self._catalog.report()

    def _next(self) -> Target | None:
        """The model to ask about next. None if there is none."""
        if len(self._asked) >= _MAX_REQUESTS:
            return None
        wanted = [target for target in self._catalog.undetailed if self._may_ask(target)]
        known = set(wanted)
        return next((target for target in self._in_view() if target in known), wanted[0] if wanted else None)

    def _may_ask(self, target: Target) -> bool:
        return target not in self._asked and self._failures[target.provider] < _MAX_FAILURES
