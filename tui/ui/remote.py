"""Whether the user sits at another machine."""

from __future__ import annotations

from collections.abc import Mapping


def is_over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is that of another machine. The clipboard and screen of this one are then not the user's.

    Args:
        environ: The environment variables.
    """
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
