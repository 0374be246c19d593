"""Loads the lexers of Pygments: in a thread if the event loop waits and a view can be drawn again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_MAX_UNKNOWN: Final = 256
"""Names of unknown languages to remember."""

_SAMPLE: Final = "x = 1\n<style>a {}</style><script>a()</script>\n"
"""Code that makes a lexer load the lexers that it delegates to. Short, because its highlighting is not limited."""

Listener = Callable[[frozenset[str]], None]
"""Called in the event loop with the names of languages whose lexers have been loaded."""

_listeners: Final[list[Listener]] = []
_lexers: Final[dict[str, Lexer]] = {}
_unknown: Final[dict[str, None]] = {}
_loading: Final[set[str]] = set()
_loaded: Final[set[str]] = set()
"""Languages that the listeners have not been told about."""


def add_listener(listener: Listener) -> None:
    """Report lexers that have been loaded in a thread."""
    _listeners.append(listener)


def remove_listener(listener: Listener) -> None:
    """Stop reporting to a listener."""
    _listeners.remove(listener)


def lexer_of(language: str) -> Lexer | None:
    """The lexer for a language. None if it is unknown, or if it is not loaded yet and listeners will be told.

    Importing a lexer and compiling its patterns takes up to 0.1 s, so this does not happen in the event loop.

    Args:
        language: The language name of a fence. May be empty.
    """
    if language in _lexers:
        return _lexers[language]
    if not language or language in _unknown or language in _loading:
        return None
    loop = _running_loop() if _listeners else None
    if loop is None:
        return _keep(language, _load(language))
    _loading.add(language)
    loop.run_in_executor(None, _load, language).add_done_callback(partial(_handle_loaded, language))
    return None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _load(language: str) -> Lexer | None:
    # Loading one lexer imports half of Pygments, so do it only when there is code to highlight.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None
    for _ in lexer.get_tokens(_SAMPLE):
        pass
    return lexer


def _keep(language: str, lexer: Lexer | None) -> Lexer | None:
    if lexer is not None:
        _lexers[language] = lexer
        return lexer
    _unknown[language] = None
    if len(_unknown) > _MAX_UNKNOWN:
        del _unknown[next(iter(_unknown))]
    return None


def _handle_loaded(language: str, loading: asyncio.Future[Lexer | None]) -> None:
    _loading.discard(language)
    if loading.cancelled():
        return
    # Code in the language of a broken plug-in stays plain.
    if _keep(language, None if loading.exception() else loading.result()):
        _loaded.add(language)
    if _loaded and not _loading:
        languages = frozenset(_loaded)
        _loaded.clear()
        for listener in tuple(_listeners):
            listener(languages)
