"""What an empty conversation says."""

from __future__ import annotations

from collections.abc import Sequence

from tui.chat.safe_text import safe_line
from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap

_HINT = Look("hint")
_KEYS = Look("label")


def welcome_lines(width: int, *, provider: str, model: str, is_demo: bool, unreachable: Sequence[str]) -> list[Line]:
    """A few lines that say who is there, and how to go on.

    Args:
        width: Cells that a line may take.
        provider: Who will answer. Empty while nobody is known.
        model: With which model.
        is_demo: Whether that is the built-in demo.
        unreachable: Providers that did not answer, where it answers for that reason.
    """
    lines = [BLANK, *wrap([Run("llm-tui", Look("heading1", bold=True))], width), BLANK]
    if is_demo and unreachable:
        names = safe_line(" and ".join(unreachable))
        lines += wrap([Run(f"Nothing answers at {names}, so this is the built-in demo: ")], width)
        lines += wrap([Run("a script over real HTTP, and no language model.", _HINT)], width)
        lines.append(BLANK)
        lines += wrap([Run("Start Ollama with `ollama serve`, or LM Studio with `lms server start`,", _HINT)], width)
        lines += wrap([Run("then press F3 and choose it.", _HINT)], width)
        lines.append(BLANK)
    elif is_demo:
        lines += wrap([Run("This is the built-in demo: a script over real HTTP, and no language model.")], width)
        lines.append(BLANK)
    elif provider:
        who = [Run(safe_line(model), _KEYS), Run(" at ")] if model else []
        lines += wrap([Run("Talking to "), *who, Run(safe_line(provider), _KEYS)], width)
        lines.append(BLANK)
    for key, words in (
        ("Enter", "sends"),
        ("F3", "providers"),
        ("F4", "models"),
        ("Ctrl+P", "everything"),
        ("F1", "help"),
    ):
        lines.append(Line((Run(f"{key:<8}", _KEYS), Run(words, _HINT))))
    return lines
