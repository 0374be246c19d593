"""Loading lexers in a thread, and telling who shows code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pygments.lexers
import pytest
from pygments.lexer import Lexer

from tui.ui.markdown import lexers
from tui.ui.markdown.code import CODE, highlighted
from tui.ui.markdown.lexers import add_listener, lexer_of, remove_listener


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexers, "_listeners", [])
    for name in ("_lexers", "_unknown"):
        monkeypatch.setattr(lexers, name, {})
    for name in ("_loading", "_loaded"):
        monkeypatch.setattr(lexers, name, set())


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads in which lexers were loaded, one for each."""
    found: list[threading.Thread] = []
    load = pygments.lexers.get_lexer_by_name

    def recorded(language: str, **options: bool) -> Lexer:
        found.append(threading.current_thread())
        if language == "broken":
            raise ImportError("no such plug-in")
        return load(language, **options)

    monkeypatch.setattr(pygments.lexers, "get_lexer_by_name", recorded)
    return found


@pytest.fixture
def told() -> Iterator[list[set[str]]]:
    """What a listener is told."""
    languages: list[set[str]] = []

    def listener(loaded: frozenset[str]) -> None:
        languages.append(set(loaded))

    add_listener(listener)
    yield languages
    remove_listener(listener)


async def until_loaded() -> None:
    while lexers._loading:
        await asyncio.sleep(0.001)


def test_lexer_is_loaded_at_once_without_event_loop(threads: list[threading.Thread], told: list[set[str]]) -> None:
    assert lexer_of("scilab") is lexer_of("scilab") is not None
    assert threads == [threading.main_thread()]
    assert told == []


async def test_lexer_is_loaded_at_once_if_no_view_can_be_drawn_again(threads: list[threading.Thread]) -> None:
    assert lexer_of("scilab") is not None
    assert threads == [threading.main_thread()]


async def test_lexer_is_loaded_in_thread_and_code_is_plain_until_then(
    threads: list[threading.Thread], told: list[set[str]]
) -> None:
    found = highlighted("function x\n", "scilab")
    assert {run.look for line in found.lines for run in line} == {CODE}
    assert found.is_complete
    assert lexer_of("scilab") is None
    await until_loaded()

    assert told == [{"scilab"}]
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    assert {run.look for line in highlighted("function x\n", "scilab").lines for run in line} != {CODE}


async def test_listener_is_told_once_about_several_languages(told: list[set[str]]) -> None:
    assert [lexer_of(language) for language in ("scala", "racket", "no-such-language")] == [None] * 3
    await until_loaded()

    assert told == [{"scala", "racket"}]


@pytest.mark.parametrize("language", ["no-such-language", "broken"])
async def test_language_without_lexer_is_tried_once(
    language: str, threads: list[threading.Thread], told: list[set[str]]
) -> None:
    for _ in range(2):
        assert lexer_of(language) is None
        await until_loaded()

    assert told == []
    assert len(threads) == 1


def test_few_unknown_languages_are_remembered(threads: list[threading.Thread]) -> None:
    for number in range(1_000):
        assert lexer_of(f"no-such-language-{number}") is None

    assert len(lexers._unknown) < 500
    assert lexer_of("") is None
    assert len(threads) == 1_000


async def test_removed_listener_is_not_told(told: list[set[str]]) -> None:
    others: list[frozenset[str]] = []
    add_listener(others.append)
    assert lexer_of("racket") is None
    remove_listener(others.append)
    await until_loaded()

    assert (told, others) == ([{"racket"}], [])
