"""Questions on the terminal."""

from __future__ import annotations

import sys

from tui.chat.safe_text import safe_line


def has_terminal() -> bool:
    """Whether a question can be asked and answered."""
    # A closed standard stream is None.
    return sys.stdin is not None and sys.stderr is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str) -> bool:
    """Ask on the terminal. True only for `y` or `yes`. Not to be called in an event loop, where Ctrl+C would not act.

    Args:
        question: The question, on one line.
    """
    sys.stderr.write(f"{safe_line(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
