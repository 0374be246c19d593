"""What is written becomes a prompt: completed while it is written, and sent with the files that it names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work

from tui.chat.formatting import format_size
from tui.chat.options import KNOWN
from tui.config.prompts import named_prompts, prompts_folder
from tui.errors import LlmTuiError
from tui.runtime import Runtime
from tui.ui.completing import Beginning, Candidate, command_candidates, word_candidates
from tui.ui.desk import Held, Prompt
from tui.ui.screens.keeping import KeepingScreen
from tui.ui.slash import without_slash
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.prompt_box import PromptBox

if TYPE_CHECKING:
    from tui.files.completing import PathCompletion

READ_S = 8.0
"""How long it takes to read what is to be decided upon."""

_COMPLETIONS = 50
"""Files that a path may become, of which the list is made."""


class WritingScreen(KeepingScreen):
    """A prompt being written."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime)
        self.in_order = asyncio.Lock()
        """Held while a prompt's files are read, or a command is carried out: what follows is not to overtake it."""
        self._warned_of: str | None = None
        """The prompt of which was said that the model cannot see its pictures."""

        self._models_of: dict[str, tuple[str, ...]] = {}
        """The models of a provider, as it listed them last."""

    def get_ready_for_writing(self) -> None:
        """Give the prompt box what it asks for."""
        self._prompt.take_back = self.take_back_lined_up
        self._prompt.picture_in = _picture_in

    # Completing.

    @on(PromptBox.Begun)
    @work(group="complete", exclusive=True)
    async def _complete(self, message: PromptBox.Begun) -> None:
        """Show what is being written may become."""
        beginning = message.beginning
        if beginning is not None:
            self._prompt.show_candidates(beginning, await self._candidates(beginning))

    @on(Completions.Clicked)
    def _complete_clicked(self) -> None:
        self._prompt.complete()

    async def _candidates(self, beginning: Beginning) -> list[Candidate]:
        word = beginning.word
        match beginning.kind:
            case "command":
                return command_candidates(word)
            case "path":
                from tui.files.completing import path_completions

                # A folder may be on a disk that takes its time.
                found = await asyncio.to_thread(path_completions, word, _COMPLETIONS)
                return [_path_candidate(each) for each in found]
            case "model":
                return word_candidates(word, [(name, "") for name in await self._model_names(is_anew=not word)])
            case "provider":
                return word_candidates(word, [(name, "") for name in self._runtime.provider_names])
            case "set":
                return word_candidates(word, [(name, kind.allowed) for name, kind in KNOWN.items()], "=")
            case "unset" if self._session is not None:
                chosen = self._session.conversation.options
                return word_candidates(word, [*((name, "") for name in chosen), ("system", "the system prompt")])
            case "system":
                folder = prompts_folder(self._runtime.loaded.path)
                names = await asyncio.to_thread(named_prompts, folder)
                return word_candidates(word, [(name, "") for name in names])
        return []

    async def _model_names(self, *, is_anew: bool) -> tuple[str, ...]:
        """The current provider's models; asked for when somebody begins to write one, not with each letter."""
        name = self._session.provider.name if self._session is not None else ""
        if is_anew or name not in self._models_of:
            try:
                listed = await self._runtime.list_models(name)
            except LlmTuiError:
                # Whoever writes on is told when they are done.
                return ()
            self._models_of = {name: tuple(dict.fromkeys(model.name for model in listed))}
        return self._models_of[name]

    # Files.

    async def prompt_of(self, written: str) -> Prompt | None:
        """What is sent for what is written. None, and it is given back, where a file cannot go with it."""
        text = without_slash(written)
        # Waited for in any case: a short prompt is not to overtake one with files.
        async with self.in_order:
            if "@" not in text:
                return Prompt(text, written=written if text != written else "")
            # Loaded when there is a file to go with it, not for the first paint.
            from tui.files.mentions import gather

            try:
                gathered = await asyncio.to_thread(gather, text)
            except LlmTuiError as error:
                self._prompt.give_back(written)
                self._notices.complain(error)
                return None
            return Prompt(gathered.text, gathered.images, written if gathered.text != written else "")

    async def take_written(self) -> Prompt | None:
        """Take what is written out of the prompt box. None when that is nothing, or cannot be sent."""
        written = self._prompt.written
        if not written.strip():
            return None
        self._prompt.write("")
        return await self.prompt_of(written)

    async def says_it_is_blind(self, held: Held, prompt: Prompt) -> bool:
        """Whether a prompt is held back because the model cannot see: once, for the user may know better."""
        if not prompt.images or prompt.again == self._warned_of or not await held.session.lacks_vision():
            self._warned_of = None
            return False
        self._warned_of = prompt.again
        self._prompt.give_back(prompt.again)
        pictures = "the picture" if len(prompt.images) == 1 else "pictures"
        self._notices.say(
            f"{held.session.model} cannot see {pictures}: {self._shown('pick_model')} chooses another model, "
            f"{self._shown('send')} sends it all the same.",
            READ_S,
        )
        return True


def _path_candidate(found: PathCompletion) -> Candidate:
    from tui.files.mentions import mention_of

    is_folder = found.name.endswith("/")
    size = "" if found.size_bytes is None else format_size(found.size_bytes)
    return Candidate(mention_of(found.name), found.name, size, goes_on=is_folder)


def _picture_in(pasted: str) -> str | None:
    from tui.files.mentions import dropped_picture, mention_of

    path = dropped_picture(pasted)
    return None if path is None else f"{mention_of(path)} "
