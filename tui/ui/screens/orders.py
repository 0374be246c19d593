"""What is written with a slash is done: `/model llama3.2`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast, get_args

from textual import work

from tui.chat.chunk import JSONValue
from tui.chat.options import format_options, near_option, parse_option
from tui.config.prompts import named_prompts, prompts_folder, read_prompt
from tui.errors import UsageError
from tui.ui.desk import Held
from tui.ui.screens.others import OthersScreen
from tui.ui.slash import Order

if TYPE_CHECKING:
    from tui.chat.importing.report import Imported

_NAMED: Final = 5
"""Of what may be meant, how many are named."""


class OrdersScreen(OthersScreen):
    """Carries out commands. Those with nothing behind them are actions; the others are here."""

    async def carry_out(self, order: Order) -> None:
        """Do what was written.

        Raises:
            LlmTuiError: When it cannot be done.
        """
        command, argument = order
        # Done when this is: what is written behind it is meant for where it leads.
        if command.name == "new":
            await self.begin_new()
            return
        if command.name == "temp":
            await self.begin_temporary()
            return
        if not argument:
            await self.run_action(f"screen.{command.action}")
            return
        await self._begun.wait()
        await self.settled.wait()
        if (here := self._here) is None:
            raise UsageError("There is nobody to talk to yet.", hint=f"{self._shown('focus_sidebar')} lists providers.")
        match command.name:
            case "model":
                await self._use_model(here, argument)
            case "provider":
                await self._use_provider(argument)
            case "system":
                await self._use_system_prompt(here, argument)
            case "set":
                self._set(here, argument)
            case "unset":
                self._unset(here, argument)
            case "title":
                await self._title(here, argument)
            case "attach":
                await self._name_file(argument)
            case "search":
                await self.search_all(argument)
            case "export":
                await self._export(here, argument)
            case "import":
                await self._import(argument)

    # Who answers.

    async def _use_model(self, here: Held, wanted: str) -> None:
        """Go on with a model: by its name, or by a part of it that no other has."""
        name = here.session.provider.name
        names = [model.name for model in await self._runtime.list_models(name)]
        folded = wanted.casefold()
        fitting = [each for each in names if folded in each.casefold()]
        first = [each for each in fitting if each.casefold().startswith(folded)]
        if wanted not in names and len(fitting) != 1 and len(first) != 1:
            near = fitting or get_close_matches(wanted, names, 1)
            listed = ", ".join(near[:_NAMED]) + (", …" if len(near) > _NAMED else "")
            hint = f"Did you mean {listed}? " if near else ""
            picker = f"{self._shown('pick_model')} lists them, and takes any name as it is."
            said = f"{name} has {len(fitting)} models called like {wanted}." if fitting else f"{name} has no {wanted}."
            raise UsageError(said, hint=hint + picker)
        here.session.model = wanted if wanted in names else first[0] if len(first) == 1 else fitting[0]
        self.show_names()
        self._notices.say(f"{here.session.model} answers from now on.")

    async def _use_provider(self, wanted: str) -> None:
        names = self._runtime.provider_names
        if wanted not in names:
            near = get_close_matches(wanted, names, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
            raise UsageError(f"There is no provider {wanted}.", hint=hint)
        await self.use_provider(wanted)

    # System prompt and options.

    @work(group="chosen", exclusive=True)
    async def action_choose_how(self) -> None:
        """Edit the system prompt and the options of this conversation."""
        from tui.ui.screens.chosen import Chosen, ChosenScreen

        await self._begun.wait()
        if (here := self._here) is None:
            return
        conversation, usual = here.session.conversation, here.session.send_options
        folder = prompts_folder(self._runtime.loaded.path)
        prompts = await asyncio.to_thread(named_prompts, folder)
        chosen = await self.app.push_screen_wait(
            ChosenScreen(
                Chosen(conversation.system_prompt, conversation.options),
                Chosen(usual.system_prompt, usual.options),
                prompts,
                folder,
            )
        )
        if chosen is not None:
            self._choose_how(here, chosen.system_prompt, chosen.options)

    def _choose_how(self, here: Held, system_prompt: str | None, options: Mapping[str, JSONValue]) -> None:
        """Hold a conversation with another system prompt and other options, from the next prompt on."""
        session = here.session
        session.configure(system_prompt, options)
        if not here.is_temporary:
            key = here.id
            self._runtime.conversations.post(lambda kept: kept.set_conversation_settings(key, system_prompt, options))
        self.show_names()

    async def _use_system_prompt(self, here: Held, written: str) -> None:
        """Have the model told something first: one of the user's prompts by its name, or what is written."""
        folder = prompts_folder(self._runtime.loaded.path)
        prompts = await asyncio.to_thread(named_prompts, folder)
        if (path := prompts.get(written)) is not None:
            text = await asyncio.to_thread(read_prompt, path)
        elif len(written.split()) == 1:
            near = get_close_matches(written, prompts, 1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"There is no prompt called {written}.",
                hint=f"{meant}One is a file, {folder / f'{written}.md'}; more than one word is the prompt itself.",
            )
        else:
            text = written
        self._choose_how(here, text, here.session.conversation.options)
        words = " ".join(text.split())
        self._notices.say(f"From now on it is told first: {words[:60]}{'…' if len(words) > 60 else ''}")

    def _set(self, here: Held, written: str) -> None:
        key, value = parse_option(written)
        conversation = here.session.conversation
        self._choose_how(here, conversation.system_prompt, {**conversation.options, key: value})
        meant = f" It is no option that we know: did you mean {near}?" if (near := near_option(key)) else ""
        self._notices.say(f"{format_options({key: value})[0]} from now on.{meant}")

    def _unset(self, here: Held, key: str) -> None:
        conversation = here.session.conversation
        options = dict(conversation.options)
        if key == "system" and conversation.system_prompt is not None:
            self._choose_how(here, None, options)
        elif key in options:
            del options[key]
            self._choose_how(here, conversation.system_prompt, options)
        else:
            chosen = [*options, *(["system"] if conversation.system_prompt is not None else [])]
            hint = f"Set are {', '.join(chosen)}." if chosen else "Nothing is."
            raise UsageError(f"{key} is not set in this conversation.", hint=hint)
        self._notices.say(f"{key} is the provider's own again.")

    # The conversation.

    @work(group="keep", exclusive=True)
    async def action_rename_this(self) -> None:
        """Rename the conversation on the screen."""
        if self._here is None or not self._here.draft_key or self._here.is_temporary:
            self._notices.say("There is nothing to rename yet.")
            return
        with self._notices.complaining():
            await self._rename(self._here.id)
            await self.show_conversations()

    async def _title(self, here: Held, title: str) -> None:
        if not here.session.conversation.messages:
            raise UsageError("There is nothing to rename yet.", hint="The first prompt makes a title.")
        title = " ".join(title.split())
        if not here.is_temporary:
            await self._runtime.conversations.call(lambda kept: kept.rename(here.id, title))
        self._note_title(here.id, title)
        await self.show_conversations()

    async def _name_file(self, name: str) -> None:
        name = name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name
        from tui.files.mentions import mention_of
        from tui.files.reading import read_file

        # That it cannot go is better said now than when it is sent.
        await asyncio.to_thread(read_file, name)
        self._prompt.give_back(f"{mention_of(name)} ")

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Write this conversation to a Markdown file in the working folder."""
        if self._here is not None:
            with self._notices.complaining():
                await self._export(self._here, "")

    async def _export(self, here: Held, name: str) -> None:
        """Write a conversation to a new file, in the format that its name ends in."""
        from tui.chat.export import ExportFormat, exported
        from tui.files.writing import free_name, write_new

        conversation = here.shown
        if not conversation.messages:
            raise UsageError("There is nothing to export yet.", hint="Say something first.")
        name = name or free_name(conversation.title, ".md")
        wanted = PurePath(name).suffix[1:].lower()
        if wanted not in get_args(ExportFormat):
            raise UsageError(f"In which format is {name}?", hint="Let it end in .md, .html or .json.")
        text = await asyncio.to_thread(partial(exported, conversation, cast("ExportFormat", wanted)))
        path = await asyncio.to_thread(write_new, name, text)
        self._notices.say(f"Wrote {path}.")

    async def _import(self, name: str) -> None:
        """Take in the conversations in a file."""
        from tui.store.importer import ImportSummary, import_conversations

        taken, refused, left_out = ImportSummary(), list[str](), list[str]()
        for found in await asyncio.to_thread(_read, name):
            for conversation in found.conversations:
                # One by one: what is being said meanwhile is to be kept too.
                taken += await self._runtime.conversations.call(import_conversations, [conversation])
            refused += found.refused
            left_out += found.left_out_words
        await self.show_conversations()
        self._notices.say(f"{name}: {taken.words}.")
        if refused or left_out:
            not_taken = "; ".join([*refused, *left_out][:_NAMED])
            self._notices.complain(UsageError(f"Not taken: {not_taken}.", hint="`llm-tui import` lists all of it."))


def _read(name: str) -> list[Imported]:
    # Loaded when it is wanted: nobody waits at the start for what is seldom used.
    from tui.chat.importing.reading import read_conversations
    from tui.files.exports import read_export

    return [read_conversations(called, text) for called, text in read_export(name)]
