"""Imports httpx without its command line.

Wherever click is installed, as with some of our own extras, httpx imports a command of its own, and with it all of
click, Rich's progress bars and Pygments: 6 MiB and a third of the time that httpx takes.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final, cast

_COMMAND_LIBRARY: Final = "click"


def load_http_library() -> None:
    """Import httpx as if click was not installed, unless one of them is imported already."""
    if "httpx" in sys.modules or _COMMAND_LIBRARY in sys.modules:
        return
    modules = cast("dict[str, object]", sys.modules)
    # What is None here cannot be imported: httpx expects that, and leaves its command out.
    modules[_COMMAND_LIBRARY] = None
    try:
        import_module("httpx")
    finally:
        modules.pop(_COMMAND_LIBRARY, None)
