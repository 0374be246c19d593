"""The commands about models: choose one, and download, load, unload and remove them where the server can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tui.chat.chat_support import CHAT_NOTES
from tui.chat.formatting import format_count, format_size, model_label
from tui.chat.safe_text import safe_line
from tui.errors import ServerUnreachable, UsageError
from tui.plain.console import Console, error_line
from tui.plain.current import current_conversation
from tui.workspace.events import Events, ModelJobsChanged
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_choice import use_target
from tui.workspace.model_entry import ModelEntry, abilities
from tui.workspace.model_jobs import CANNOT, ModelJobs
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.target import Target
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.chat.model_info import ModelAction

_PAGE: Final = 30
"""How many models are listed at once."""

_PROGRESS_S: Final = 10.0
"""Seconds between two lines about a download."""

_ABILITIES: Final = {"see": "sees images", "think": "thinks", "tools": "calls tools", "cloud": "cloud"}

_ACTIONS: Final[Sequence[tuple[ModelAction, str]]] = (
    ("load", "Load it into memory"),
    ("unload", "Unload it from memory"),
    ("delete", "Remove it from the server's disk"),
)
"""What can be done with a model that is there, and its words."""


class ModelActions:
    """The commands about models. Owns the job that is followed."""

    def __init__(
        self, console: Console, workspace: Workspace, catalog: ModelCatalog, jobs: ModelJobs, events: Events
    ) -> None:
        """Args:
        console: Says and asks.
        workspace: Has the current conversation.
        catalog: Has the models.
        jobs: Downloads, loads and removes models.
        events: Tell how far that is.
        """
        self._console = console
        self._workspace = workspace
        self._catalog = catalog
        self._jobs = jobs
        self._followed: Target | None = None
        """The model whose job is followed. None while there is none."""
        self._has_news = asyncio.Event()
        events.subscribe(ModelJobsChanged, lambda _: self._has_news.set())
        self.by_name: Mapping[str, Callable[..., Any]] = {
            "pick_model": self._choose,
            "manage_models": self._manage,
            "pull_model": self._pull,
        }

    def stop_job(self) -> bool:
        """Stop the job that is followed. Returns whether there was one."""
        return self._followed is not None and self._jobs.stop(self._followed)

    async def listed(self, current: OpenConversation) -> Sequence[ModelEntry]:
        """Ask all providers for their models, and say which could not be asked.

        Raises:
            UsageError: If there are none.
        """
        await self._console.say("Asking for the models.")
        await self._catalog.refresh(current.session.provider.name)
        for provider in self._catalog.providers:
            if (error := provider.error) is not None:
                # Servers that are only looked for need no advice.
                is_away = isinstance(error, ServerUnreachable)
                said = "no answer." if is_away else error_line(error)
                await self._console.say(f"{safe_line(provider.name)}: {said}")
        entries = self._catalog.entries
        if not entries:
            raise UsageError("No provider lists models.", hint="/model NAME uses one by its name.")
        shown = entries[:_PAGE]
        more = f" The first {_PAGE} are:" if len(entries) > _PAGE else ""
        await self._console.say(f"{format_count(len(entries), 'model')}.{more}")
        return shown

    def words_of(self, entry: ModelEntry, current: OpenConversation) -> str:
        """A model in a line: name, provider, size, what it can do."""
        used = Target(current.session.provider.name, current.session.model)
        return f"{_model_words(entry)}{', in use' if entry.target == used else ''}"

    async def _ask(self, current: OpenConversation, prompt: str) -> ModelEntry | None:
        shown = await self.listed(current)
        chosen = await self._console.choose([self.words_of(entry, current) for entry in shown], prompt)
        if chosen is None:
            if len(self._catalog.entries) > _PAGE:
                await self._console.say("/model with a part of a name uses one of the others.")
            return None
        return shown[chosen]

    async def _choose(self) -> None:
        current = current_conversation(self._workspace)
        entry = await self._ask(current, "Number to use")
        if entry is not None:
            await self._use(current, entry.target)

    async def _use(self, current: OpenConversation, target: Target) -> None:
        await use_target(self._workspace, current, target)
        far = " It leaves this machine." if self._catalog.leaves_machine(target) else ""
        await self._console.say(f"Model: {model_label(target.model)} at {safe_line(target.provider)}.{far}")

    async def _manage(self) -> None:
        current = current_conversation(self._workspace)
        entry = await self._ask(current, "Number to manage")
        if entry is None:
            return
        target, name = entry.target, model_label(entry.target.model)
        manager = await self._catalog.manager(target.provider)
        able = () if manager is None else manager.actions
        actions = [action for action in _ACTIONS if action[0] in able]
        if entry.info.loaded is not None:
            # The server tells what is in memory.
            actions = [action for action in actions if action[0] != ("load" if entry.info.loaded else "unload")]
        if not actions:
            await self._console.say(f"{safe_line(target.provider)} cannot load or remove models. {CANNOT}")
        await self._console.say(f"{name}:")
        chosen = await self._console.choose(["Use it", *(words for _, words in actions)], "What to do")
        if chosen is None:
            return
        if chosen == 0:
            await self._use(current, target)
            return
        match actions[chosen - 1][0]:
            case "load":
                self._jobs.load(target)
            case "unload":
                self._jobs.unload(target)
            case _:
                where = safe_line(target.provider)
                if not await self._console.confirm(f"Remove {name} from the disk of {where}? It cannot be undone."):
                    await self._console.say("Nothing is removed.")
                    return
                self._jobs.delete(target)
        await self._follow(target)

    async def _pull(self, name: str) -> None:
        target = Target(current_conversation(self._workspace).session.provider.name, name)
        await self._jobs.require(target.provider, "pull")
        self._jobs.pull(target)
        await self._console.say(f"Downloading {model_label(name)}. Ctrl+C stops it.")
        await self._follow(target)

    async def _follow(self, target: Target) -> None:
        """Say how far a job is until it ends. How it ends is noted by the jobs themselves."""
        self._followed = target
        loop = asyncio.get_running_loop()
        said_at = loop.time()
        try:
            while (job := self._jobs.job(target)) is not None and job.is_active:
                self._has_news.clear()
                try:
                    async with asyncio.timeout_at(said_at + _PROGRESS_S):
                        await self._has_news.wait()
                except TimeoutError:
                    said_at = loop.time()
                    text = job.text.replace(" · ", ", ")
                    await self._console.say(f"{text[:1].upper()}{text[1:]}.")
                    await self._console.flush()
        finally:
            self._followed = None
        if job is not None and job.state != "failed":
            await self._console.say(f"{model_label(target.model)}: {job.text}.")


def _model_words(entry: ModelEntry) -> str:
    info = entry.info
    parts = [model_label(entry.target.model), safe_line(entry.target.provider)]
    parts += [format_size(info.size_bytes)] if info.size_bytes else []
    parts += [f"context {info.context_length:,}"] if info.context_length else []
    parts += ["in memory"] if info.loaded else []
    if entry.can_chat:
        parts += [_ABILITIES[ability] for ability in abilities(info) if ability in _ABILITIES]
    else:
        parts.append(CHAT_NOTES[info.chat_support])
    parts += ["favourite"] if entry.is_favourite else []
    parts += ["leaves this machine"] if entry.leaves_machine else []
    return ", ".join(parts)
