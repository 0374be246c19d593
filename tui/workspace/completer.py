"""Finds the candidates for a completion: commands, files, models, providers, options, saved prompts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.chat.formatting import format_size
from tui.chat.options import KNOWN
from tui.runtime import Runtime
from tui.workspace.completion import Candidate, CompletionPrefix, command_candidates, word_candidates
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.saved_prompts import find_saved_prompts
from tui.workspace.target import Target
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.files.completing import PathCompletion

_MAX_FILES: Final = 50
_OTHERS_TIMEOUT_S: Final = 0.3
"""How long a completion waits for other servers than the one in use to list their models, in seconds."""


class Completer:
    """Answers what a prefix may become."""

    def __init__(
        self, workspace: Workspace, directory: ProviderDirectory, catalog: ModelCatalog, runtime: Runtime
    ) -> None:
        """Args:
        workspace: Its current conversation decides whose models and options are meant.
        directory: Knows the providers.
        catalog: Has the models of all providers.
        runtime: Knows where the saved prompts are.
        """
        self._workspace = workspace
        self._directory = directory
        self._catalog = catalog
        self._runtime = runtime

    async def candidates(self, prefix: CompletionPrefix) -> Sequence[Candidate]:
        """The candidates, the best first."""
        word = prefix.word
        current = self._workspace.current
        match prefix.kind:
            case "command":
                return command_candidates(word)
            case "path":
                from tui.files.completing import path_completions

                # In a thread: the folder may be on a slow disk.
                found = await asyncio.to_thread(path_completions, word, _MAX_FILES)
                return [_path_candidate(each) for each in found]
            case "model" if current is not None:
                return word_candidates(word, await self._models(current.session.provider.name, refresh=not word))
            case "think" if current is not None:
                target = Target(current.session.provider.name, current.session.model)
                values = (await self._catalog.describe(target)).thinking
                known = ("off", "on") if values is None else values
                return word_candidates(word, [*((value, "") for value in known), ("default", "left to the model")])
            case "provider":
                return word_candidates(word, [(name, "") for name in self._directory.names])
            case "set":
                return word_candidates(word, [(name, kind.allowed) for name, kind in KNOWN.items()], "=")
            case "unset" if current is not None:
                own = current.session.conversation.options
                return word_candidates(word, [*((name, "") for name in own), ("system", "the system prompt")])
            case "system":
                saved = await find_saved_prompts(self._runtime)
                return word_candidates(word, [(name, "") for name in saved.files])
        return ()

    async def _models(self, current: str, *, refresh: bool) -> list[tuple[str, str]]:
        """The models of all providers as `/model` accepts them, those of the provider in use first.

        Args:
            current: The provider in use.
            refresh: Whether the servers are asked: when a word begins, and not again for each letter.
        """
        if refresh or not self._catalog.names_of(current):
            await asyncio.gather(self._catalog.refresh_provider(current), self._refresh_others(current))
        models = dict.fromkeys(self._catalog.names_of(current), "")
        for entry in self._catalog.entries:
            provider, name = entry.target
            if provider != current and entry.is_listed:
                mark = "↗ " if entry.leaves_machine else ""
                models.setdefault(f"{provider}/{name}" if name in models else name, f"{mark}{provider}")
        return list(models.items())

    async def _refresh_others(self, current: str) -> None:
        # Completion does not wait for a server that is slow to answer.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_OTHERS_TIMEOUT_S):
                await self._catalog.refresh_others(current)


def _path_candidate(found: PathCompletion) -> Candidate:
    from tui.files.mentions import mention_of

    is_folder = found.name.endswith("/")
    size = "" if found.size_bytes is None else format_size(found.size_bytes)
    return Candidate(mention_of(found.name), found.name, size, continues=is_folder)
