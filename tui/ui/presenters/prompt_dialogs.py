"""Opens the list of saved prompts, and the form in which a prompt is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from textual.app import SuspendNotSupported
from textual.screen import Screen

from tui.chat.safe_text import safe_line
from tui.config.prompts import delete_prompt, new_prompt_path, prompts_folder, read_prompt, write_prompt
from tui.errors import UsageError
from tui.runtime import Runtime
from tui.ui.screens.dialog import ask
from tui.ui.screens.question import QuestionScreen
from tui.ui.screens.saved_prompts import SavedPromptActions, SavedPromptsScreen
from tui.ui.screens.text_form import NamedText, TextForm
from tui.workspace.saved_prompts import find_saved_prompts, prompt_summaries

_NOTE: Final = "{{name}} in the text is asked for when the prompt is sent."


class PromptDialogs:
    """The dialogs in which prompts are written."""

    def __init__(self, screen: Screen[None], runtime: Runtime) -> None:
        """Args:
        screen: The dialogs open above it.
        runtime: Knows where the saved prompts are.
        """
        self._screen = screen
        self._runtime = runtime

    async def library(self) -> None:
        """List the saved prompts; new ones are written there, others edited or deleted."""
        folder = prompts_folder(self._runtime.loaded.path)
        actions = SavedPromptActions(
            rows=lambda: prompt_summaries(self._runtime), add=self._add, edit=self._edit, delete=self._delete
        )
        await ask(self._screen, SavedPromptsScreen(actions, safe_line(str(folder))))

    async def write(
        self, title: str, note: str, text: str, save: Callable[[NamedText], Awaitable[None]], *, has_name: bool = False
    ) -> None:
        """Let the user write a text. See `TextForm`."""
        await ask(self._screen, TextForm(title, note, text, save, self._edit_elsewhere, has_name=has_name))

    async def _add(self) -> None:
        # Nothing is awaited before the form opens: what is typed behind the key is meant for it.
        folder = prompts_folder(self._runtime.loaded.path)

        async def save(typed: NamedText) -> None:
            if not typed.text.strip():
                raise UsageError("The prompt is empty.", hint="Write it below its name.")
            path = await asyncio.to_thread(new_prompt_path, folder, typed.name)
            await asyncio.to_thread(write_prompt, path, typed.text)

        await self.write("New saved prompt", _NOTE, "", save, has_name=True)

    async def _edit(self, name: str) -> None:
        path = await self._path_of(name)

        async def save(typed: NamedText) -> None:
            await asyncio.to_thread(write_prompt, path, typed.text)

        await self.write(safe_line(name), _NOTE, await asyncio.to_thread(read_prompt, path), save)

    async def _delete(self, name: str) -> None:
        path = await self._path_of(name)
        shown = safe_line(name)
        question = QuestionScreen(f"Delete {shown}?", f"The file {safe_line(str(path))} will be deleted.", "delete")
        if await ask(self._screen, question):
            await asyncio.to_thread(delete_prompt, path)

    async def _path_of(self, name: str) -> Path:
        _, files = await find_saved_prompts(self._runtime)
        if name not in files:
            raise UsageError(f"There is no saved prompt {name} any more.", hint="It was deleted or renamed meanwhile.")
        return files[name]

    def _edit_elsewhere(self, text: str) -> str:
        from tui.ui.external_editor import edit_in_editor

        failure: UsageError | None = None
        try:
            with self._screen.app.suspend():
                # Raised outside: an error that leaves `suspend` would leave the terminal to the editor for ever.
                try:
                    text = edit_in_editor(text, self._runtime.environ)
                except UsageError as error:
                    failure = error
        except SuspendNotSupported as cause:
            raise UsageError(
                "This terminal cannot suspend the app to open an editor.", hint="Write the text here."
            ) from cause
        if failure is not None:
            raise failure
        return text
