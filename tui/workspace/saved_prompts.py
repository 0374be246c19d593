"""The user's saved prompts: plain files beside the config, sent as `/name` or used as system prompts.

A prompt may have variables. The front end asks for their values, which are remembered while the program runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from tui.chat.prompt_template import fill, variables_in
from tui.config.prompts import named_prompts, prompts_folder, read_prompt
from tui.errors import UsageError
from tui.lazy_pattern import lazy_pattern
from tui.runtime import Runtime
from tui.workspace.commands import BY_SLASH
from tui.workspace.completion import Candidate

_TYPED: Final = lazy_pattern(r"/([^\s/]+)(?:\s+(\S[\s\S]*?))?\s*")


class SavedPrompts(NamedTuple):
    """The saved prompts, and where to put more."""

    folder: Path
    files: Mapping[str, Path]
    """The file of each prompt, by its name."""

    def by_slash(self, taken: Collection[str] = BY_SLASH) -> Mapping[str, str]:
        """The names of the prompts that can be typed as a slash command, by the word behind the slash.

        Blanks in a name are typed as `-`.

        Args:
            taken: The words that are commands of llm-tui, and stay so.
        """
        from tui.chat.visible_text import visible_line

        words: dict[str, str] = {}
        for name in self.files:
            words.setdefault("-".join(name.split()), name)
        return {
            word: words[word] for word in sorted(words) if word not in taken and visible_line(word) == word and word
        }


class SavedPromptCommand(NamedTuple):
    """A slash command that stands for a saved prompt."""

    name: str
    """The name of the prompt."""

    path: Path
    argument: str
    """What was typed behind it. May be empty."""


class VariableForm(NamedTuple):
    """What the front end asks for."""

    name: str
    """The name of the prompt."""

    variables: Sequence[str]
    """Their names. Not empty."""

    values: Mapping[str, str]
    """What the fields begin with, as far as it is known."""


class FilledForm(NamedTuple):
    """What the user made of a form."""

    values: Mapping[str, str]
    """The value of each variable. May be empty."""

    is_confirmed: bool
    """Whether the prompt is to be used. If not, the values are only remembered."""


class AskVariables(Protocol):
    """Asks the user for the values of variables."""

    async def __call__(self, form: VariableForm) -> FilledForm:
        """Returns when the user has decided."""
        ...


async def find_saved_prompts(runtime: Runtime) -> SavedPrompts:
    """The saved prompts. Read in a thread: the folder may be on a slow disk."""
    folder = prompts_folder(runtime.loaded.path)
    return SavedPrompts(folder, await asyncio.to_thread(named_prompts, folder))


class PromptLibrary:
    """Finds saved prompts and fills them in. Owns the values that were last given to their variables."""

    def __init__(self, runtime: Runtime, taken: Collection[str] = BY_SLASH) -> None:
        """Args:
        runtime: Knows where the saved prompts are.
        taken: The words behind a slash that are commands of the front end.
        """
        self._runtime = runtime
        self._taken = taken
        self._values: dict[tuple[str, str], str] = {}
        """The last value by the names of prompt and variable."""
        self.ask: AskVariables | None = None
        """Asks for values. None for a front end that cannot: prompts with more than one variable are refused."""

    def may_name(self, typed: str) -> bool:
        """Whether a text has the form of a slash command, and is none of llm-tui's own."""
        found = _TYPED.fullmatch(typed)
        return found is not None and found[1] not in self._taken

    async def words(self) -> Collection[str]:
        """The words behind a slash that are saved prompts."""
        return (await find_saved_prompts(self._runtime)).by_slash(self._taken).keys()

    async def command(self, typed: str) -> SavedPromptCommand | None:
        """The saved prompt that a text names as a slash command. None for any other text.

        A word of llm-tui's commands, or the beginning of only one of them, is that command.
        """
        found = _TYPED.fullmatch(typed)
        if found is None or found[1] in self._taken:
            return None
        prompts = await find_saved_prompts(self._runtime)
        by_slash = prompts.by_slash(self._taken)
        word = found[1]
        if word not in by_slash:
            folded = word.casefold()
            same = [each for each in by_slash if each.casefold() == folded]
            starting = same or [each for each in by_slash if each.casefold().startswith(folded)]
            if len(starting) != 1 or (not same and any(command.startswith(word) for command in self._taken)):
                return None
            word = starting[0]
        name = by_slash[word]
        return SavedPromptCommand(name, prompts.files[name], found[2] or "")

    async def text_of(self, command: SavedPromptCommand) -> str | None:
        """The text to send, with what the user gave for its variables. None if the user cancelled.

        What was typed behind the name is the value of the first variable; without variables it follows the text.

        Raises:
            UsageError: If the prompt cannot be read, is empty, or cannot be asked for.
        """
        text = await asyncio.to_thread(read_prompt, command.path)
        if not text:
            raise UsageError(f"The saved prompt {command.name} is empty.", hint=f"Write it into {command.path}.")
        if command.argument and not variables_in(text):
            return f"{fill(text, {})}\n\n{command.argument}"
        filled = await self.fill(command.name, text, command.argument)
        if filled is not None and not filled.strip():
            raise UsageError(f"The saved prompt {command.name} is empty with these values.", hint="Give it a value.")
        return filled

    async def fill(self, name: str, text: str, first: str = "") -> str | None:
        """A prompt with what the user gave for its variables. None if the user cancelled.

        Args:
            name: The name of the prompt.
            text: Its text.
            first: The value of the first variable. Empty to ask for it.

        Raises:
            UsageError: If values are needed and cannot be asked for.
        """
        variables = variables_in(text)
        values = {each: self._values[name, each] for each in variables if (name, each) in self._values}
        if first and variables:
            values[variables[0]] = first
        if not variables or (first and len(variables) == 1):
            return fill(text, values)
        if self.ask is None:
            names = ", ".join(variables)
            raise UsageError(f"The saved prompt {name} needs {names}.", hint="Type it with its values filled in.")
        filled = await self.ask(VariableForm(name, variables, values))
        self._values |= {(name, each): value for each, value in filled.values.items()}
        return fill(text, filled.values) if filled.is_confirmed else None


async def prompt_summaries(runtime: Runtime) -> Sequence[tuple[str, str]]:
    """The name of each saved prompt, and what it is about. Read in a thread."""
    files = (await find_saved_prompts(runtime)).files
    return await asyncio.to_thread(lambda: [(name, _about(path)) for name, path in files.items()])


async def saved_prompt_candidates(
    prompts: SavedPrompts, word: str, taken: Collection[str] = BY_SLASH
) -> list[Candidate]:
    """The saved prompts whose slash words start with a word in any case, for completion. Read in a thread."""
    named = prompts.by_slash(taken).items()
    found = {each: prompts.files[name] for each, name in named if each.casefold().startswith(word.casefold())}
    helps = await asyncio.to_thread(lambda: [_about(path) for path in found.values()])
    return [
        Candidate(f"/{each}", f"/{each}", help_, accepts_argument=True)
        for each, help_ in zip(found, helps, strict=True)
    ]


def _about(path: Path) -> str:
    """A saved prompt in a few words: its variables, and its first line. What is wrong with a file is said on use."""
    with contextlib.suppress(UsageError):
        text = read_prompt(path)
        variables = variables_in(text)
        first = text.partition("\n")[0].lstrip("#").strip()
        return " · ".join(filter(None, [f"asks for {', '.join(variables)}" if variables else "saved prompt", first]))
    return "saved prompt"
