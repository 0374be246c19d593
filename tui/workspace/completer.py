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
from tui.workspace.saved_prompts import find_saved_prompts, saved_prompt_candidates
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
                saved = await saved_prompt_candidates(await find_saved_prompts(self._runtime), word)
                return [*command_candidates(word), *saved, *self._servers(word, "/", "prompts")]
            case "server prompt":
                return await self._server_prompts(word)
            case "path":
                server, is_resource, _ = word.partition(":")
                if is_resource and server in self._workspace.tools.server_names:
                    return await self._resources(server, word)
                from tui.files.completing import path_completions

                # In a thread: the folder may be on a slow disk.
                found = await asyncio.to_thread(path_completions, word, _MAX_FILES)
                return [*(_path_candidate(each) for each in found), *self._servers(word, "@", "resources")]
            case "file":
                from tui.files.completing import path_completions

                files = await asyncio.to_thread(path_completions, word, _MAX_FILES)
                return [_path_candidate(each)._replace(text=each.name) for each in files]
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
                prompts = await find_saved_prompts(self._runtime)
                return word_candidates(word, [(name, "") for name in prompts.files])
        return ()

    def _servers(self, word: str, mark: str, offered: str) -> list[Candidate]:
        """The tool servers whose names start with a word. None is started for that."""
        return [
            Candidate(f"{mark}{name}:", f"{mark}{name}:", f"{offered} of the tool server", continues=True)
            for name in self._workspace.tools.server_names
            if word and name.startswith(word)
        ]

    async def _server_prompts(self, word: str) -> list[Candidate]:
        """The prompts of the tool server that is typed."""
        server, _, begun = word.partition(":")
        if server not in self._workspace.tools.server_names:
            return []
        from tui.workspace.server_prompts import usage

        prompts = await self._workspace.tools.prompts(server)
        return [
            Candidate(f"/{server}:{spec.name} ", usage(spec), spec.description, continues=bool(spec.arguments))
            for spec in prompts
            if spec.name.startswith(begun) and _can_be_typed(spec.name)
        ]

    async def _resources(self, server: str, word: str) -> list[Candidate]:
        """The resources of a tool server. What is variable in the address of a template is typed."""
        candidates = []
        for spec in await self._workspace.tools.resources(server):
            address = f"{server}:{spec.uri.partition('{')[0]}"
            if address.startswith(word) and _can_be_typed(address):
                about = " · ".join(filter(None, (spec.name, spec.media_type)))
                candidates.append(
                    Candidate(
                        f"@{address}",
                        f"{server}:{spec.uri}",
                        about,
                        continues=spec.is_template,
                        has_name_last=True,
                    )
                )
        return candidates[:_MAX_FILES]

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


def _can_be_typed(text: str) -> bool:
    """Whether a name of a tool server is one word without anything hidden in it."""
    from tui.chat.visible_text import visible_line

    return bool(text) and not any(character.isspace() for character in text) and visible_line(text) == text


def _path_candidate(found: PathCompletion) -> Candidate:
    from tui.files.mentions import mention_of

    is_folder = found.name.endswith("/")
    size = "" if found.size_bytes is None else format_size(found.size_bytes)
    return Candidate(mention_of(found.name), found.name, size, continues=is_folder, has_name_last=True)
