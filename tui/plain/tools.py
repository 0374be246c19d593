"""Asks about tool calls, and puts the questions of tool servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.chat.elicitation_form import MAX_TEXT, FormField, field_problem, form_fields, parse_value
from tui.chat.formatting import format_count
from tui.chat.safe_text import safe_line
from tui.chat.tool_call_text import MAX_CHARACTERS, argument_text, claims_of, texts_in
from tui.chat.visible_text import lookalikes, visible_line
from tui.plain.console import Console
from tui.workspace.commands import BY_NAME
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.chat.chunk import JSONValue
    from tui.chat.tool_servers import Elicitation, ElicitationAnswer
    from tui.session.tool_box import LimitDecision
    from tui.workspace.conversation_tools import ServerQuestion, ToolQuestion
    from tui.workspace.tasks import Running

_DECISIONS: Final = ("allow_once", "allow_in_conversation", "allow_always", "deny", "deny_with_reason")
_FOR_ALL: Final = ("allow_all_once", "deny_all")
_AT_LIMIT: Final[tuple[tuple[LimitDecision, str], ...]] = (
    ("continue", "go on"),
    ("answer", "answer now, without tools"),
    ("stop", "stop"),
)


class ToolQuestions:
    """Asks one question after the other, when what came before it was said."""

    def __init__(self, workspace: Workspace, console: Console, was_said: Callable[[str], bool]) -> None:
        """Args:
        workspace: Has the calls that wait, and the decisions.
        console: Asks.
        was_said: Returns whether the answer with a call was said, by the message of the call.
        """
        self._workspace = workspace
        self._console = console
        self._was_said = was_said
        self._given_up: Running | None = None
        """The turn that was stopped at a question. It may take a moment to end."""

    def is_waiting(self, conversation: OpenConversation) -> bool:
        """Whether there is something to ask now."""
        if conversation.running is None or conversation.running is self._given_up:
            return False
        own = self._workspace.tools.of(conversation)
        if self._elicitation(conversation) is not None or own.approver.rounds_at_limit is not None:
            return True
        return any(self._was_said(question.message_id) for question in own.questions)

    async def ask_next(self, conversation: OpenConversation) -> None:
        """Put the next question, and apply what the user decided. Ctrl+C stops the turn.

        Raises:
            LlmTuiError: If the config cannot be written.
        """
        own = self._workspace.tools.of(conversation)
        if (asked := self._elicitation(conversation)) is not None:
            await self._answer_server(conversation, asked)
        elif (rounds := own.approver.rounds_at_limit) is not None:
            await self._console.say(f"The model called tools in {format_count(rounds, 'answer')} in a row.")
            chosen = await self._console.choose(
                [words for _, words in _AT_LIMIT], "What now", can_leave=False, is_decision=True
            )
            if chosen is None:
                self._give_up(conversation)
            else:
                own.approver.answer_limit(_AT_LIMIT[chosen][0])
        else:
            questions = own.questions
            await self._decide(conversation, questions[0], len(questions))

    def _elicitation(self, conversation: OpenConversation) -> ServerQuestion | None:
        """The first question of a tool server that is not answered. None if there is none."""
        asked = self._workspace.tools.elicitations(conversation).values()
        return next((each for each in asked if not each.answer.done()), None)

    def _give_up(self, conversation: OpenConversation) -> None:
        """The user pressed Ctrl+C, or the input has ended: nothing runs."""
        self._given_up = conversation.running
        self._workspace.stop_turn()

    async def _decide(self, conversation: OpenConversation, question: ToolQuestion, waiting: int) -> None:
        from tui.session.tool_box import Decision

        await self._console.say(*question_lines(question, waiting))
        names = (*_DECISIONS, *_FOR_ALL) if waiting > 1 else _DECISIONS
        chosen = await self._console.choose(
            [BY_NAME[name].word for name in names], "Run it?", can_leave=False, is_decision=True
        )
        if chosen is None:
            self._give_up(conversation)
            return
        own = self._workspace.tools.of(conversation)
        match names[chosen]:
            case "allow_once":
                own.approver.answer(question.message_id, Decision("once"))
            case "allow_in_conversation":
                own.allow_in_conversation(question.message_id)
            case "allow_always":
                await self._workspace.tools.allow_always(conversation, question.message_id)
            case "deny":
                own.approver.answer(question.message_id, Decision("denied"))
            case "allow_all_once":
                own.approver.answer_all(Decision("once"))
            case "deny_all":
                own.approver.answer_all(Decision("denied"))
            case _:
                reason = await self._console.ask("Why not? The model is told:")
                if reason is None:
                    self._give_up(conversation)
                else:
                    own.approver.answer(question.message_id, Decision("denied", reason))

    async def _answer_server(self, conversation: OpenConversation, asked: ServerQuestion) -> None:
        from tui.chat.tool_servers import ElicitationAnswer

        question, console = asked.question, self._console
        await console.say(f"The tool server {visible_line(question.server)} asks you:")
        await console.say(safe_line(question.message[:MAX_TEXT]))
        if question.url:
            await console.say(f"It wants you to visit {visible_line(question.url)}. Nothing is opened.")
        choices = ["I have seen it", "decline"] if question.url else ["answer", "decline"]
        chosen = await console.choose(choices, "Your answer", can_leave=False, is_decision=True)
        given: ElicitationAnswer | None = ElicitationAnswer("decline")
        if chosen is None:
            given = None
        elif chosen == 0:
            given = ElicitationAnswer("accept") if question.url else await self._fill_in(question)
        if asked.answer.done():
            await console.say(f"{visible_line(question.server)} no longer waits for your answer.")
        elif given is None:
            self._give_up(conversation)
        else:
            asked.answer.set_result(given)

    async def _fill_in(self, question: Elicitation) -> ElicitationAnswer | None:
        """Ask for the values of a form. None if the user pressed Ctrl+C."""
        from tui.chat.tool_servers import ElicitationAnswer

        await self._console.say("What you type is sent to this tool server.")
        content: dict[str, JSONValue] = {}
        for field in form_fields(question.schema):
            typed = await self._value(field)
            if typed is None:
                return None
            if typed:
                content[field.name] = parse_value(field, typed)
        return ElicitationAnswer("accept", content)

    async def _value(self, field: FormField) -> str | None:
        """What was typed for a field; empty for nothing. None if the user pressed Ctrl+C."""
        needed = "" if field.is_required else ", optional"
        about = f" ({field.about})" if field.about else ""
        while True:
            if field.is_chosen:
                await self._console.say(f"{field.label}{about}{needed}:")
                chosen = await self._console.choose(field.titles or field.choices, can_leave=not field.is_required)
                has_left = self._console.is_at_end or self._console.has_command
                if chosen is None and (field.is_required or has_left):
                    return None
                return "" if chosen is None else field.choices[chosen]
            default = f", {safe_line(field.default)} if you type nothing" if field.default else ""
            typed = await self._console.ask(f"{field.label}{about}{needed}{default}:")
            if typed is None:
                return None
            typed = typed or field.default
            if not typed and field.is_required:
                await self._console.say(f"{field.label} is needed.")
            elif typed and (problem := field_problem(field, parse_value(field, typed))):
                await self._console.say(f"{field.label} {problem}")
            else:
                return typed


def question_lines(question: ToolQuestion, waiting: int) -> list[str]:
    """A call that waits: its tool, what its server says about it, and the arguments exactly as they are sent."""
    spec, arguments = question.request.spec, question.request.arguments
    count = f", the first of {waiting} calls" if waiting > 1 else ""
    lines = [
        f"{visible_line(spec.full_name)} asks to run{count}. Tool server: {visible_line(spec.server)}.",
        claims_of(spec),
    ]
    if question.has_changed:
        lines.append("Warning: its server has changed this tool since you allowed it.")
    texts = "\n".join([spec.full_name, *texts_in(arguments)])
    lines += [f"Warning: looks like other letters: {visible_line(found)}" for found in lookalikes(texts)]
    if not arguments:
        return [*lines, "No arguments."]
    lines.append("Arguments:")
    for name, value in arguments.items():
        text = argument_text(value)
        shown = [visible_line(line) for line in text[:MAX_CHARACTERS].split("\n")]
        more = len(text) - MAX_CHARACTERS
        lines.append(f"  {visible_line(str(name))}: {shown[0]}")
        lines += [f"    {line}" for line in shown[1:]]
        if more > 0:
            lines.append(f"    and {more:,} more characters.")
    return lines
