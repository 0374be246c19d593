"""What happens in a turn → what the scrollback holds."""

from __future__ import annotations

from typing import assert_never

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, TurnEnded, TurnRetried, TurnStarted, TurnUpdate
from tui.ui.log.entries import entry_for
from tui.ui.log.scrollback import Scrollback


def take(scrollback: Scrollback, update: TurnUpdate) -> None:
    """Take what has happened."""
    live = scrollback.live
    match update:
        case TurnStarted(prompt, answer):
            begin(scrollback, prompt, answer)
        case ChunkReceived(chunk):
            if live:
                live.grow(chunk)
        case TurnRetried():
            wait(scrollback, f"{update.message} Trying again…")
        case TurnEnded(answer):
            if live:
                live.end(answer)
        case _:
            assert_never(update)


def begin(scrollback: Scrollback, prompt: ChatMessage, answer: ChatMessage) -> None:
    """Show a turn below what it follows. What followed that before is another branch now, and goes."""
    ids = [entry.message.id for entry in scrollback.entries]
    if prompt.id in ids:
        scrollback.keep(ids.index(prompt.id) + 1)
    else:
        scrollback.keep(ids.index(prompt.parent_id) + 1 if prompt.parent_id in ids else 0)
        scrollback.append(entry_for(prompt))
    scrollback.append(entry_for(answer))
    scrollback.follow()


def end(scrollback: Scrollback, prompt: ChatMessage, answer: ChatMessage) -> None:
    """Show how a turn ended, where its stream could not say so because it was stopped, perhaps before it began."""
    if not scrollback.entries or scrollback.entries[-1].message.id != answer.id:
        begin(scrollback, prompt, answer)
    elif live := scrollback.live:
        live.end(answer)


def count_versions(scrollback: Scrollback, conversation: Conversation) -> None:
    """Let each message tell which of its versions it is, where it has several."""
    versions = conversation.versions
    for at, entry in enumerate(scrollback.entries):
        version = versions.get(entry.message.id)
        if entry.version != version:
            entry.version = version
            entry.changed()
            scrollback.measure(at)


def wait(scrollback: Scrollback, words: str) -> bool:
    """Say what the answer waits for, in its place, while nothing of it has come. Gives whether that is news."""
    live = scrollback.live
    if live is None or live.waiting_for == words:
        return False
    live.waiting_for = words
    live.changed()
    return True
