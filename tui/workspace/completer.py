"""Finds the candidates for a completion: commands, files, models, providers, options, saved prompts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.chat.formatting import format_size
from tui.chat.options import KNOWN
from tui.runtime import Runtime
from tui.workspace.completion import Candidate, CompletionPrefix, command_candidates, word_candidates
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.saved_prompts import find_saved_prompts
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.files.completing import PathCompletion

_MAX_FILES: Final = 50


class Completer:
    """Answers what a prefix may become."""

    def __init__(self, workspace: Workspace, directory: ProviderDirectory, runtime: Runtime) -> None:
        """Args:
        workspace: Its current conversation decides whose models and options are meant.
        directory: Knows the providers and their models.
        runtime: Knows where the saved prompts are.
        """
        self._workspace = workspace
        self._directory = directory
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
                # The server is asked when the word begins, not again for each letter.
                names = await self._directory.model_names(current.session.provider.name, refresh=not word)
                return word_candidates(word, [(name, "") for name in names])
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


def _path_candidate(found: PathCompletion) -> Candidate:
    from tui.files.mentions import mention_of

    is_folder = found.name.endswith("/")
    size = "" if found.size_bytes is None else format_size(found.size_bytes)
    return Candidate(mention_of(found.name), found.name, size, continues=is_folder)
