"""What an empty conversation shows."""

from __future__ import annotations

from collections.abc import Sequence

from tui.chat.safe_text import safe_line
from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap

_HINT = Look("hint")
_KEYS = Look("label")


def welcome_lines(width: int, *, provider: str, model: str, is_demo: bool, unreachable: Sequence[str]) -> list[Line]:
    """A few lines that name the model in use and the most important keys.

    Args:
        width: The most cells of a line.
        provider: The provider in use. Empty while none is chosen.
        model: The model in use. May be empty.
        is_demo: Whether the provider is the built-in demo.
        unreachable: The providers that did not answer, where the demo stands in for them.
    """
    lines = [BLANK, *wrap([Run("llm-tui", Look("heading1", bold=True))], width), BLANK]
    if is_demo and unreachable:
        names = safe_line(" and ".join(unreachable))
        lines += wrap([Run(f"No answer from {names}, so this is the built-in demo: ")], width)
        lines += wrap([Run("a script over real HTTP, not a language model.", _HINT)], width)
        lines.append(BLANK)
        lines += wrap([Run("Start Ollama with `ollama serve`, or LM Studio with `lms server start`,", _HINT)], width)
        lines += wrap([Run("then press F3 to choose it.", _HINT)], width)
        lines.append(BLANK)
    elif is_demo:
        lines += wrap([Run("This is the built-in demo: a script over real HTTP, not a language model.")], width)
        lines.append(BLANK)
    elif provider:
        who = [Run(safe_line(model), _KEYS), Run(" at ")] if model else []
        lines += wrap([Run("Talking to "), *who, Run(safe_line(provider), _KEYS)], width)
        lines.append(BLANK)
    for key, meaning in (
        ("Enter", "send"),
        ("F3", "providers"),
        ("F4", "models"),
        ("Ctrl+P", "all commands"),
        ("F1", "help"),
    ):
        lines.append(Line((Run(f"{key:<8}", _KEYS), Run(meaning, _HINT))))
    return lines
