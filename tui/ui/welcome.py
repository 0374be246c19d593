"""What an empty conversation shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tui.chat.formatting import model_label
from tui.chat.safe_text import safe_line
from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap
from tui.workspace.keys import Keys
from tui.workspace.provider_status import ProviderStatus, Reachability

_HINT = Look("hint")
_KEY = Look("action-key")
_TEXT = Look("action")

_LOGO: Final = (
    ("█   █           ", "     ", "▄█▄       ▀"),
    ("█   █   █▀▄▀▄   ", "▄▄▄  ", " █  █  █  █"),
    ("▀▄  ▀▄  █ █ █   ", "     ", " ▀▄ ▀▄▄█  █"),
)
"""The name of the program, in three parts with a colour each."""

_MARKS: Final[dict[Reachability, tuple[str, str]]] = {
    "unknown": ("◌", "hint"),
    "reachable": ("●", "live"),
    "unreachable": ("○", "hint"),
    "refused": ("▲", "warning"),
}

_WITHOUT: Final[dict[Reachability, str]] = {"unreachable": "no answer", "refused": "no models"}
"""What a provider did not send that cannot be used."""

_COMMANDS: Final = (
    ("pick_model", "choose a model"),
    ("focus_sidebar", "switch the server"),
    ("cancel_stream", "stop an answer; what has arrived stays"),
    ("compare", "ask several models the same"),
    ("palette", "every command, by name"),
    ("help", "every key"),
)


def welcome_lines(
    width: int,
    keys: Keys,
    *,
    height: int = 0,
    statuses: Sequence[ProviderStatus],
    provider: str,
    model: str,
    is_demo: bool,
    stands_in: bool,
    found: Sequence[tuple[str, str, bool]] = (),
) -> list[Line]:
    """What is known about the servers, and the most important keys.

    Args:
        width: The most cells of a line.
        keys: The keys in use.
        height: The most lines. The name of the program goes where there are more. 0 for any number.
        statuses: The providers, and whether they can be reached.
        provider: The provider in use. Empty while none is chosen.
        model: The model in use. May be empty.
        is_demo: Whether the provider is the built-in demo.
        stands_in: Whether the demo is used because no other provider can be.
        found: The servers that were found and are not configured: label, address, and whether each wants a key.
    """
    lines: list[Line] = []
    if is_demo and stands_in:
        lines += wrap([Run(f"{_why_demo(statuses)}this is the built-in demo:")], width)
        lines += wrap([Run("a script over real HTTP, not a language model.", _HINT)], width)
        if not found:
            lines.append(BLANK)
            start = "Start Ollama with `ollama serve`, or LM Studio with `lms server start`,"
            lines += wrap([Run(start, _HINT)], width)
            lines += wrap([Run(f"then press {keys.label('focus_sidebar')} to choose it.", _HINT)], width)
    elif is_demo:
        lines += wrap([Run("This is the built-in demo: a script over real HTTP, not a language model.")], width)
    elif provider:
        who = [Run(model_label(model), Look("label", bold=True)), Run(" at ")] if model else []
        lines += wrap([Run("Talking to "), *who, Run(safe_line(provider), Look("label"))], width)
    if statuses:
        lines += [BLANK, Line((Run("Servers", Look("label", bold=True)),)), *_server_lines(statuses, width)]
    if found:
        lines += [BLANK, *_found_lines(found, keys, width)]
    lines.append(BLANK)
    labels = [(keys.label(name).split(", ")[0], meaning) for name, meaning in _COMMANDS]
    labels.insert(2, ("@", "attach a file: @notes.md, @cat.png"))
    column = max(len(label) for label, _ in labels) + 3
    for label, meaning in labels:
        lines += _hanging(Run(label.ljust(column), _KEY), meaning, width)
    logo = [BLANK, *_logo(width), BLANK]
    return [*logo, *lines] if not height or len(logo) + len(lines) < height else [BLANK, *lines]


def _hanging(label: Run, meaning: str, width: int) -> Iterator[Line]:
    """A label with its meaning beside it, which is wrapped there. Below each other where there is no space for both."""
    column = len(label.text)
    if width < 2 * column:
        yield from wrap([label, Run(meaning, _TEXT)], width)
        return
    for number, line in enumerate(wrap([Run(meaning, _TEXT)], width - column)):
        yield replace(line, runs=(label if number == 0 else Run(" " * column), *line.runs))


def _why_demo(statuses: Sequence[ProviderStatus]) -> str:
    """The beginning of a sentence that says why the demo is used. Empty if that is not known yet."""
    reasons: dict[str, list[str]] = {}
    for status in statuses:
        if (reason := _WITHOUT.get(status.reachability)) is not None:
            reasons.setdefault(reason, []).append(safe_line(status.name))
    text = ", and ".join(f"{reason} from {' and '.join(names)}" for reason, names in reasons.items())
    return f"{text[:1].upper()}{text[1:]}, so " if text else ""


def _logo(width: int) -> Iterator[Line]:
    if width < sum(map(len, _LOGO[0])):
        yield Line((Run("llm-tui", Look("label", bold=True)),))
        return
    for machine, dash, user in _LOGO:
        yield Line((Run(machine, Look("label")), Run(dash, Look("rule")), Run(user, Look("mark"))))


def _found_lines(found: Sequence[tuple[str, str, bool]], keys: Keys, width: int) -> Iterator[Line]:
    yield Line((Run("Found on this machine", Look("label", bold=True)),))
    column = max(len(safe_line(label)) for label, _, _ in found) + 3
    for label, address, needs_key in found:
        mark, look = _MARKS["refused" if needs_key else "reachable"]
        note = f"{safe_line(address.removeprefix('http://'))}{' · wants a key' if needs_key else ''}"
        row = [Run(f"{mark} ", Look(look)), Run(safe_line(label).ljust(column)), Run(note, _HINT)]
        yield wrap(row, width)[0]
    n_open = sum(not needs_key for _, _, needs_key in found)
    if n_open and (key := keys.label("add_found").split(", ")[0]):
        yield from wrap([Run(key, _KEY), Run(f"   add {'it' if n_open == 1 else 'them'} and start", _TEXT)], width)
    if n_open < len(found):
        yield from wrap([Run("/servers", _KEY), Run("   set up one that wants a key", _TEXT)], width)


def _server_lines(statuses: Sequence[ProviderStatus], width: int) -> Iterator[Line]:
    column = max(len(safe_line(status.name)) for status in statuses) + 3
    for status in statuses:
        mark, look = _MARKS[status.reachability]
        row = [Run(f"{mark} ", Look(look)), Run(safe_line(status.name).ljust(column))]
        row.append(Run(safe_line(status.words), _HINT))
        yield wrap(row, width)[0]
