"""What an empty conversation says."""

from __future__ import annotations

from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap

_HINT = Look("hint")
_KEYS = Look("label")


def welcome_lines(width: int, *, provider: str, model: str, is_demo: bool, unreachable: tuple[str, ...]) -> list[Line]:
    """A few lines that say who is there, and how to go on.

    Args:
        width: Cells that a line may take.
        provider: Who will answer. Empty while nobody is known.
        model: With which model.
        is_demo: Whether that is the built-in demo.
        unreachable: Providers that did not answer.
    """
    lines = [BLANK, *wrap([Run("llm-tui", Look("heading1", bold=True))], width), BLANK]
    if is_demo and unreachable:
        lines += wrap([Run(f"Nothing answers at {' and '.join(unreachable)}, so this is the built-in demo: ")], width)
        lines += wrap([Run("a script over real HTTP, and no language model.", _HINT)], width)
        lines.append(BLANK)
        lines += wrap([Run("Start Ollama with `ollama serve`, or LM Studio with `lms server start`,", _HINT)], width)
        lines += wrap([Run("then press F3 and choose it.", _HINT)], width)
        lines.append(BLANK)
    elif provider:
        lines += wrap([Run("Talking to "), Run(model or "no model", _KEYS), Run(" at "), Run(provider, _KEYS)], width)
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
