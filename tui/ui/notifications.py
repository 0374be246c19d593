"""The control sequences with which terminals are asked to notify the user, who looks at something else. Pure.

There is no common one: iTerm2's OSC 9 is the most widespread, rxvt's OSC 777 has a title, and kitty understands only
its own OSC 99. Terminals ignore those that they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.chat.formatting import truncate
from tui.chat.safe_text import safe_line

BELL: Final = "\x07"
_END: Final = "\x1b\\"
_NAME: Final = "llm-tui"
_MAX_TEXT: Final = 120
"""Characters of a notification."""

_WITH_OSC_777: Final = ("ghostty", "wezterm", "foot", "rxvt", "konsole", "contour")


def notification(text: str, environ: Mapping[str, str]) -> str:
    """What to write to the terminal.

    In tmux, the sequence is wrapped for the terminal around it, which gets it with `allow-passthrough`; the bell, which
    tmux shows in its own way, goes with it.

    Args:
        text: What happened. May contain foreign text.
        environ: The environment variables. They tell which terminal it is.
    """
    # Terminals take a semicolon for the end of a part.
    line = truncate(safe_line(text), _MAX_TEXT).replace(";", ",")
    names = " ".join(environ.get(name, "") for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL")).casefold()
    if "kitty" in names or "KITTY_WINDOW_ID" in environ:
        sequence = f"\x1b]99;;{_NAME}: {line}{_END}"
    elif any(name in names for name in _WITH_OSC_777) or any(
        name in environ for name in ("VTE_VERSION", "WEZTERM_PANE", "KONSOLE_VERSION", "GHOSTTY_RESOURCES_DIR")
    ):
        sequence = f"\x1b]777;notify;{_NAME};{line}{_END}"
    else:
        # A text that begins with a number would be another command of OSC 9, such as progress.
        sequence = f"\x1b]9;{_NAME}: {line}{_END}"
    if not environ.get("TMUX"):
        return sequence
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}{_END}{BELL}"
