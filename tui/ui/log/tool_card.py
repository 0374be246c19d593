"""Lays out the arguments of tool calls, and the cards of calls that wait for the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.chat.formatting import format_count
from tui.chat.tool_call_text import MAX_CHARACTERS, argument_text, claims_of, texts_in
from tui.chat.visible_text import lookalikes, visible_line, visible_pieces
from tui.light_dataclass import dataclass
from tui.ui.log.actions import DECISION_LINK
from tui.ui.log.entry_lines import HINT, MARK, WARNING, own_run
from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap

if TYPE_CHECKING:
    from tui.chat.tool_servers import Elicitation
    from tui.chat.tools import ToolSpec
    from tui.workspace.conversation_tools import ToolQuestion

VALUE: Final = Look("value")
STRONG: Final = Look("value", bold=True)

_FOLDED_LINES: Final = 6
"""Lines of an argument that are shown while it is folded."""

_NAME_CELLS: Final = 16
"""The widest column of argument names. Longer names stand above their value."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something that can be decided about a call."""

    key: str
    """The key, as people write it. May be empty."""

    word: str
    command: str


def argument_lines(arguments: object, width: int, *, is_unfolded: bool) -> list[Line]:
    """The arguments exactly as they are sent, a name and its value below each other.

    Args:
        arguments: The object of the call, or a text that is not an object.
        width: The width of the lines in cells.
        is_unfolded: Whether long values are shown in full.
    """
    if not isinstance(arguments, Mapping):
        return _value_lines(str(arguments), width, is_unfolded=is_unfolded)
    if not arguments:
        return [Line((own_run("no arguments", HINT),))]
    names = {name: visible_line(str(name)) for name in arguments}
    column = min(_NAME_CELLS, max(map(cell_len, names.values())), max(1, width // 3))
    lines: list[Line] = []
    for name, value in arguments.items():
        shown = names[name]
        values = _value_lines(argument_text(value), max(8, width - column - 2), is_unfolded=is_unfolded)
        if cell_len(shown) > column:
            lines.extend(wrap([Run(shown, HINT)], width))
            label = ""
        else:
            label = shown
        for line in values:
            gap = " " * (column + 2 - cell_len(label))
            prefix = (Run(label, HINT), own_run(gap, HINT)) if label else (own_run(gap, HINT),)
            lines.append(line.prefixed(*prefix))
            label = ""
    return lines


def question_lines(
    question: ToolQuestion, width: int, buttons: Sequence[Button], number: tuple[int, int], *, is_unfolded: bool
) -> list[Line]:
    """The card of a call that waits: its tool, what the server says about it, the arguments, what can be decided.

    Args:
        question: The call.
        width: The width of the lines in cells.
        buttons: What can be decided.
        number: Which of the waiting calls it is, from 1, and how many there are.
        is_unfolded: Whether long arguments are shown in full.
    """
    spec, arguments = question.request.spec, question.request.arguments
    count = f" · {number[0]} of {number[1]}" if number[1] > 1 else ""
    title = [own_run("ƒ ", MARK), Run(visible_line(spec.full_name), STRONG), own_run("  asks to run", HINT)]
    first, *rest = wrap(title, width)
    lines = [replace(first, tail=own_run(f"tool server: {spec.server}{count}", HINT)), *rest]
    lines += wrap(list(_claims(spec)), width)
    if question.has_changed:
        lines += _warning_lines("Its server has changed this tool since you allowed it.", width)
    for found in lookalikes("\n".join([spec.full_name, *texts_in(arguments)])):
        lines += _warning_lines(f"Looks like other letters: {visible_line(found)}", width)
    lines += argument_lines(arguments, width, is_unfolded=is_unfolded)
    return [*lines, BLANK, *button_lines(buttons, width)]


def limit_lines(rounds: int, width: int, buttons: Sequence[Button]) -> list[Line]:
    """The card that asks whether to go on after too many answers with tool calls."""
    count = format_count(rounds, "answer")
    title = [own_run("ƒ ", MARK), own_run(f"The model called tools in {count}", STRONG), own_run(" in a row", STRONG)]
    return [*wrap(title, width), BLANK, *button_lines(buttons, width)]


def elicitation_lines(question: Elicitation, width: int, buttons: Sequence[Button]) -> list[Line]:
    """The card with a tool server's question to the user."""
    # A server does not say which of its calls it asks about.
    during = f", during one of its {question.n_calls} calls" if question.n_calls > 1 else ""
    title = [own_run("ƒ ", MARK), Run(visible_line(question.server), STRONG), own_run(f"  asks you{during}", HINT)]
    lines = wrap(title, width)
    lines += _value_lines(question.message, width, is_unfolded=False)
    if question.url:
        lines += wrap([own_run("It wants you to visit  ", HINT), Run(visible_line(question.url), VALUE)], width)
    return [*lines, BLANK, *button_lines(buttons, width)]


def button_lines(buttons: Sequence[Button], width: int) -> list[Line]:
    """Keys and words that can be clicked, as many on a line as fit."""
    lines: list[list[Run]] = [[]]
    used = 0
    for button in buttons:
        link = f"{DECISION_LINK}{button.command}"
        key = f"{button.key} " if button.key else ""
        cells = cell_len(key + button.word)
        if lines[-1] and used + 3 + cells > width:
            lines.append([])
            used = 0
        if lines[-1]:
            lines[-1].append(own_run("   ", HINT))
            used += 3
        lines[-1].append(own_run(key, Look("action-key", link=link)))
        lines[-1].append(own_run(button.word, Look("action", link=link)))
        used += cells
    return [Line(tuple(run for run in runs if run.text)) for runs in lines]


def _claims(spec: ToolSpec) -> list[Run]:
    """What the server says about what a call does."""
    mark = [own_run("▲ ", WARNING)] if spec.destructive else []
    return [*mark, own_run(claims_of(spec), HINT)]


def _warning_lines(text: str, width: int) -> list[Line]:
    return wrap([own_run("▲ ", WARNING), Run(text, VALUE)], width)


def _value_lines(text: str, width: int, *, is_unfolded: bool) -> list[Line]:
    """A text in which nothing is hidden. Long ones are cut, with a word about it."""
    pieces = visible_pieces(text[:MAX_CHARACTERS])
    lines = wrap([Run(piece.text, WARNING if piece.is_name else VALUE) for piece in pieces], width)
    hidden = len(text) - MAX_CHARACTERS
    if not is_unfolded and len(lines) > _FOLDED_LINES:
        left = len(lines) - _FOLDED_LINES + 1
        more = f"▸ {format_count(left, 'more line')}, {len(text):,} characters in all"
        return [*lines[: _FOLDED_LINES - 1], Line((own_run(more, Look("fold")),))]
    if hidden > 0:
        lines += wrap([own_run(f"… and {hidden:,} more characters", HINT)], width)
    return lines
