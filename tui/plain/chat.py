"""The chat: reads a prompt, says what comes of it, and reads the next one."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Final

from tui.chat.formatting import format_count, model_label, truncate
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError, OutputFailed, UsageError
from tui.plain.actions import PlainActions
from tui.plain.commands import BY_WORD, parse_typed
from tui.plain.comparison import ModelComparison
from tui.plain.console import Console
from tui.plain.conversation_actions import ConversationActions
from tui.plain.interrupts import Interrupts
from tui.plain.keyboard import Keyboard, Request
from tui.plain.keys import TypedKeys
from tui.plain.message_actions import MessageActions
from tui.plain.model_actions import ModelActions
from tui.plain.server_actions import ServerActions, spoken_status
from tui.plain.tasks import PlainTask
from tui.plain.tools import ToolQuestions
from tui.plain.turn import TurnSpeaker
from tui.runtime import Runtime
from tui.workspace import events as happened
from tui.workspace.chat_services import ChatServices
from tui.workspace.completion import prefix_at
from tui.workspace.labels import CONTEXT_TRUNCATED_NOTE
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.saved_prompts import FilledForm, VariableForm, find_saved_prompts, saved_prompt_candidates
from tui.workspace.start import start
from tui.workspace.submission import Submission

_GREETING_S: Final = 2.0
"""How long the greeting waits for the name of the model, in seconds."""

_COMPLETION_S: Final = 2.0
"""How long Tab waits for a completion, in seconds."""

_FENCE: Final = re.compile(r"(`{3,})[^`]*$")

_MAX_QUOTED: Final = 60
"""Characters of a text that are quoted back."""


class PlainChat:
    """Connects the workspace with the console. Owns the text that was not sent."""

    def __init__(self, runtime: Runtime, console: Console, keyboard: Keyboard) -> None:
        """Args:
        runtime: Settings, providers and the store.
        console: Says and asks.
        keyboard: Hands out Ctrl+C.
        """
        self._runtime = runtime
        self._console = console
        self._keyboard = keyboard
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        """The internal error of a task, which ends the program."""
        self._news = asyncio.Event()
        """Set when something happened that may have to be said or asked."""
        self._said = asyncio.Event()
        """Set when the ends of turns were said."""
        self._ended: list[happened.TurnFinished] = []
        """The turns whose end was not said yet."""
        self._unsent = ""
        """Text that was not sent: a returned prompt, a draft."""
        self._attached = ""
        """Mentions of files that go with the next prompt."""
        self._known = ("", "", "")
        """The current conversation, its provider and its title, as far as they were said."""
        self._is_leaving = False
        self._main: asyncio.Task[None] | None = None
        self.last_failed = False
        """Whether the last answer failed."""

        self._speaker = TurnSpeaker(console, self._news)
        services = ChatServices(
            runtime,
            is_open=lambda: not self._is_leaving,
            start_task=self._start_task,
            sink=self._speaker,
            unsent_text=lambda: "\n".join(filter(None, (self._attached.strip(), self._unsent))),
            perform=self._perform,
            keys=TypedKeys(),
            words=BY_WORD,
            parse=parse_typed,
        )
        self._workspace = services.workspace
        self._directory = services.directory
        self._submissions = services.submissions
        self._completer = services.completer
        self._library = services.library
        self._events = services.events
        self._editor = services.provider_editor
        self._conversations = ConversationActions(console, self._workspace, self._library, self._events)
        self._jobs = ModelJobs(services.catalog, self._events, self._start_task)
        self._models = ModelActions(console, self._workspace, services.catalog, self._jobs, self._events)
        self._comparison = ModelComparison(console, self._workspace, self._models, self._until_said)
        self._actions = PlainActions(
            console,
            self._conversations,
            MessageActions(
                console,
                self._workspace,
                submit=lambda text, editing: self._submissions.put(Submission(text, editing)),
                take_unsent=self._take_unsent,
            ),
            ServerActions(
                runtime, console, self._workspace, self._directory, services.catalog, self._editor, services.thinking
            ),
            self._models,
            self._comparison,
            self._leave,
        )
        services.commands.prompts.ask = self._ask_variables
        self._questions = ToolQuestions(self._workspace, console, lambda id_: id_ in self._speaker.asked)
        self._interrupts = Interrupts(
            self._workspace,
            console,
            self._start_task,
            (
                self._comparison.stop,
                self._models.stop_job,
                self._conversations.stop_import,
                self._submissions.recall,
            ),
        )
        self._subscribe()

    async def _perform(self, name: str, argument: str = "") -> None:
        await self._actions.perform(name, argument)

    def _subscribe(self) -> None:
        on_event = self._events.subscribe
        on_event(happened.Notice, lambda event: self._note(event.text))
        on_event(happened.ErrorRaised, lambda event: self._note_error(event.error))
        on_event(happened.CurrentLeft, self._handle_left)
        on_event(happened.PromptReturned, self._handle_returned)
        on_event(happened.TurnFinished, self._handle_finished)
        on_event(happened.CurrentChanged, self._handle_details)
        on_event(happened.DetailsChanged, self._handle_details)
        for each in (happened.SubmissionsHandled, happened.ToolQuestionsChanged):
            on_event(each, lambda _: self._news.set())
        self._runtime.on_store_error = self._note_error
        self._runtime.on_key_wait = self._note
        on_event(happened.TurnBegan, self._handle_began)
        self._keyboard.on_interrupt = self._handle_interrupt
        loop = asyncio.get_running_loop()
        self._keyboard.complete = lambda line: _wait_for(loop, self._complete(line))

    async def run(self, *, model: str, resume: bool, reason: str) -> None:
        """Chat until the user quits or the program is ended.

        Args:
            model: The model to start with. Empty for the usual one.
            resume: Whether to reopen the latest conversation.
            reason: Why it is the plain chat. Empty if the user asked for it.

        Raises:
            OutputFailed: If the output cannot be written.
            BrokenPipeError: If the reader of the output has closed it.
        """
        self._main = asyncio.current_task()
        self._keyboard.on_end = self._end
        self._start_task(self._submissions.run, "submissions")
        try:
            await self._console.say(*filter(None, [reason]), "llm-tui. Looking for a server.")
            await self._console.flush()
            await start(self._runtime, self._workspace, self._directory, self._events, model=model, resume=resume)
            await self._greet(resume=resume)
            while not self._is_leaving:
                await self._take_turn()
        except asyncio.CancelledError:
            if not self._keyboard.signal and self._failure is None:
                raise
        finally:
            await self._close()
        if self._failure is not None and not self._keyboard.signal:
            raise self._failure

    async def _close(self) -> None:
        """Stop what runs, and save what arrived and what was not sent."""
        self._is_leaving = True
        waiting = self._submissions.close()
        await self._workspace.close()
        await self._jobs.close()
        self._workspace.save_unsent(waiting)
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not self._console.is_blocked:
            # The reader, or the terminal, may be gone.
            with contextlib.suppress(OSError, OutputFailed):
                await self._console.say_notes()
                await self._console.end_line()
                await self._console.flush()

    def _start_task(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> PlainTask:
        """Start a task. Implements `tui.workspace.tasks.StartTask`."""
        task = asyncio.create_task(work(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._handle_task_ended)
        return PlainTask(task)

    def _handle_task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._news.set()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, LlmTuiError) and not isinstance(error, OutputFailed):
            self._note_error(error)
        elif error is not None and self._failure is None:
            self._failure = error
            self._end()

    # One prompt after the other.

    async def _take_turn(self) -> None:
        """Read a prompt or command, and return when everything that came of it is said."""
        text = await self._read_message()
        if text is None:
            self._leave()
            return
        if not text.strip():
            return
        if self._attached and not _is_command(text):
            text, self._attached = f"{self._attached}{text}", ""
        self._submissions.put(Submission(text))
        await self._until_idle()

    async def _read_message(self) -> str | None:
        """What the user typed, perhaps in several lines. None at the end of the input."""
        text = ""
        if self._console.can_edit and "\n" not in self._unsent:
            text = self._take_unsent()
        lines: list[str] = []
        while True:
            prompt = "More: " if lines else "You: "
            typed = await self._console.read(Request(prompt, text, is_message=True))
            text = ""
            if typed.how == "end":
                self._unsent = "\n".join(filter(None, [*lines, typed.text, self._unsent]))
                return None
            if typed.how == "interrupt":
                if lines or typed.text.strip():
                    self._keyboard.remember(["\n".join([*lines, typed.text])])
                    await self._console.say("The line is cleared.")
                else:
                    await self._console.say("To quit, type /quit or press Ctrl+D.")
                return ""
            lines += typed.text.split("\n")
            if _has_open_fence(lines):
                continue
            if not _continues(lines[-1]):
                return "\n".join(lines)
            lines[-1] = lines[-1][:-1]

    async def _ask_variables(self, form: VariableForm) -> FilledForm:
        """Ask for the values of a saved prompt. Implements `tui.workspace.saved_prompts.AskVariables`."""
        await self._console.say(f"{safe_line(form.name)} needs {format_count(len(form.variables), 'value')}.")
        values: dict[str, str] = {}
        for name in form.variables:
            known = form.values.get(name, "")
            usual = f", or Enter for {truncate(safe_line(known), _MAX_QUOTED)}" if known else ""
            typed = await self._console.ask(f"{safe_line(name)}{usual}:")
            if typed is None:
                return FilledForm(values, is_confirmed=False)
            values[name] = typed or known
        return FilledForm(values, is_confirmed=True)

    async def _until_idle(self) -> None:
        """Say and ask what happens until everything is handled and no answer streams."""
        while True:
            self._news.clear()
            await self._say_ends()
            if not self._speaker.is_speaking:
                await self._console.say_notes()
            await self._console.flush()
            asking = next((each for each in self._workspace.running if self._questions.is_waiting(each)), None)
            if asking is not None:
                try:
                    await self._questions.ask_next(asking)
                except LlmTuiError as error:
                    self._console.note_error(error)
                # The next question may be there already.
                continue
            if self._is_leaving or (self._submissions.is_idle and not self._workspace.running and not self._ended):
                return
            await self._news.wait()

    async def _say_ends(self) -> None:
        while self._ended:
            event = self._ended.pop(0)
            await self._speaker.end(event.conversation, event.ended)
            error = event.ended.error
            self.last_failed = error is not None and error.kind != "cancelled"
            self._start_task(partial(self._check_context, event.conversation), "context")
        self._said.set()

    async def _until_said(self) -> None:
        """Wait until no answer streams, and the end of the last one was said."""
        while self._workspace.running or self._ended:
            self._said.clear()
            await self._said.wait()

    async def _check_context(self, conversation: OpenConversation) -> None:
        session = conversation.session
        await session.refresh_context_window()
        if session.was_cut:
            self._note(CONTEXT_TRUNCATED_NOTE)

    async def _greet(self, *, resume: bool) -> None:
        """Say which model answers, and how to get help. Then do what only a start does."""
        console, directory = self._console, self._directory
        current = self._workspace.current
        await console.say_notes()
        if current is not None and not current.session.model:
            await self._model_found(current)
        if current is None:
            await console.say("No provider can be used. /providers lists them.")
        elif directory.is_demo(name := current.session.provider.name):
            if directory.fell_back_to_demo:
                problems = [each for each in directory.statuses if each.reachability in ("unreachable", "refused")]
                await console.say(
                    *(f"{safe_line(each.name)}: {spoken_status(each)}." for each in problems),
                    "Start Ollama with `ollama serve`, then type /provider.",
                )
            await console.say("This is the built-in demo: a script, not a language model.")
        else:
            model = model_label(current.session.model)
            await console.say(f"{model} at {safe_line(name)} answers." if model else f"Connected to {safe_line(name)}.")
        if current is not None and current.session.conversation.messages:
            await self._conversations.say_where()
        await console.say("/help lists the commands, /quit quits.")
        if not self._runtime.loaded.exists:
            self._start_task(self._find_servers, "find servers")
        if self._runtime.settings.keep_days:
            self._start_task(partial(self._delete_expired, resume), "retention")
        with contextlib.suppress(LlmTuiError):
            self._keyboard.remember(tuple(reversed(await self._library.earlier_prompts())))

    async def _model_found(self, conversation: OpenConversation) -> None:
        """Wait a moment for the name of the model that answers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GREETING_S):
                while not conversation.session.model:
                    self._news.clear()
                    await self._news.wait()

    async def _find_servers(self) -> None:
        """The first start: nothing is configured yet."""
        await self._editor.find_servers()
        if found := [safe_line(server.label) for server in self._editor.unconfigured]:
            self._note(f"Found on this machine: {', '.join(found)}. /servers adds what was found.")

    async def _delete_expired(self, resume: bool) -> None:
        """Delete conversations by age, and say how many."""
        from tui.runtime.retention import delete_expired

        if deleted := await delete_expired(self._runtime, but_latest=resume):
            days = format_count(self._runtime.settings.keep_days, "day")
            self._note(f"{format_count(deleted, 'conversation')} deleted: not used for {days} (keep_days).")

    # What happened.

    def _note(self, text: str) -> None:
        self._console.note(text)
        self._news.set()

    def _note_error(self, error: LlmTuiError) -> None:
        self._console.note_error(error)
        self._news.set()

    def _handle_details(self, _: happened.CurrentChanged | happened.DetailsChanged) -> None:
        """Say what changed without a notice: the provider, or the title that the user gave."""
        self._news.set()
        current = self._workspace.current
        if current is None:
            return
        session = current.session
        before, self._known = self._known, (current.id, session.provider.name, session.conversation.title)
        if before[0] != current.id:
            return
        if before[1] != session.provider.name and not session.model:
            self._note(f"Provider: {session.provider.name}.")
        if before[2] and before[2] != session.conversation.title:
            self._note(f"Title: {session.conversation.title}")

    def _handle_finished(self, event: happened.TurnFinished) -> None:
        self._ended.append(event)
        self._news.set()

    def _handle_returned(self, event: happened.PromptReturned) -> None:
        """A prompt could not be sent, a draft was saved, or a file is attached."""
        text = event.text
        if text.startswith("@") and text.endswith(" "):
            self._attached += text
            self._note(f"Attached: {text[1:].strip()}. It goes with your next prompt.")
            return
        if _is_command(text):
            # The error says what is wrong with it.
            self._keyboard.remember([text])
            return
        self._unsent = "\n".join(filter(None, [text, self._unsent]))
        lines = self._unsent.count("\n") + 1
        size = f", {format_count(lines, 'line')}" if lines > 1 else ""
        is_in_line = self._console.can_edit and lines == 1
        where = "It is in the line again." if is_in_line else "/resend sends it."
        self._note(f"Your text{size} is kept: {truncate(self._unsent, _MAX_QUOTED)} {where}")

    def _handle_left(self, _: happened.CurrentLeft) -> None:
        """Another conversation is coming, with a draft of its own."""
        self._unsent = self._attached = ""

    def _take_unsent(self) -> str:
        text, self._unsent = self._unsent, ""
        return text

    def _handle_interrupt(self) -> None:
        """Ctrl+C while no line is read: stop the answer or what waits for a server, or leave during an upgrade."""
        if self._runtime.is_upgrading:
            self._failure = KeyboardInterrupt()
            self._end()
        else:
            self._interrupts.handle()

    def _handle_began(self, event: happened.TurnBegan) -> None:
        self._start_task(partial(self._speaker.follow, event.conversation), "follow")

    def _end(self) -> None:
        """A signal ends the program."""
        if self._main is not None and not self._is_leaving:
            self._main.cancel()

    def _leave(self) -> None:
        """Read no more prompts."""
        self._is_leaving = True
        self._news.set()

    async def _complete(self, line: str) -> Sequence[str]:
        """What a line may become."""
        prefix = prefix_at(line)
        if prefix is None:
            return ()
        if prefix.kind == "command":
            prompts = await find_saved_prompts(self._runtime)
            saved = await saved_prompt_candidates(prompts, prefix.word, BY_WORD)
            words = [f"/{word} " for word in BY_WORD if word.startswith(prefix.word)]
            return [*words, *(f"{each.text} " for each in saved)]
        begun, typed = line[: prefix.start], line[prefix.start :]
        found = [
            f"{candidate.text}{'' if candidate.continues else ' '}"
            for candidate in await self._completer.candidates(prefix)
        ]
        return [f"{begun}{text}" for text in found if text.startswith(typed)]


def _wait_for(loop: asyncio.AbstractEventLoop, work: Coroutine[None, None, Sequence[str]]) -> Sequence[str]:
    """The result of some work in another thread's loop. Nothing, if it takes too long."""
    waiting = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return waiting.result(_COMPLETION_S)
    except TimeoutError:
        waiting.cancel()
        return ()


def _is_command(text: str) -> bool:
    """Whether a text is meant as a command, perhaps a wrong one."""
    try:
        return parse_typed(text) is not None
    except UsageError:
        return True


def _continues(line: str) -> bool:
    """Whether a line ends with a backslash that is not itself behind one."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _has_open_fence(lines: Sequence[str]) -> bool:
    """Whether a line of three backquotes or more is not closed yet."""
    fence = ""
    for line in lines:
        mark = line.strip()
        if fence:
            fence = "" if set(mark) == {"`"} and len(mark) >= len(fence) else fence
        elif (found := _FENCE.match(mark)) is not None:
            fence = found[1]
    return bool(fence)
