"""Applies the updates of a turn to the scrollback."""

from __future__ import annotations

from typing import assert_never

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, TurnEnded, TurnRetried, TurnStarted, TurnUpdate
from tui.ui.log.entries import AnswerEntry, entry_for
from tui.ui.log.scrollback import Scrollback


def apply(scrollback: Scrollback, update: TurnUpdate, *, only_answer: bool = False) -> None:
    """Show one update of a turn.

    Args:
        scrollback: The entries.
        update: What happened.
        only_answer: Whether only the answer is shown, without its prompt and its name.
    """
    live = scrollback.live
    match update:
        case TurnStarted(prompt, answer):
            _begin(scrollback, prompt, answer, only_answer=only_answer)
        case ChunkReceived(chunk):
            if live:
                live.append(chunk)
        case TurnRetried():
            if live:
                live.waiting_for = f"{update.message} Trying again…"
                live.changed()
        case TurnEnded(answer):
            if live:
                live.finish(answer)
        case _:
            assert_never(update)


def end(scrollback: Scrollback, prompt: ChatMessage, answer: ChatMessage, *, only_answer: bool = False) -> None:
    """Show the end of a turn that was stopped, whose last updates (or all of them) never reached the log."""
    if not scrollback.entries or scrollback.entries[-1].message.id != answer.id:
        _begin(scrollback, prompt, answer, only_answer=only_answer)
    elif live := scrollback.live:
        live.finish(answer)


def count_versions(scrollback: Scrollback, conversation: Conversation) -> None:
    """Show on each message that has several versions which one it is."""
    versions = conversation.versions
    for at, entry in enumerate(scrollback.entries):
        version = versions.get(entry.message.id)
        if entry.version != version:
            entry.version = version
            entry.changed()
            scrollback.measure(at)


def selected_after(scrollback: Scrollback, selected: ChatMessage | None, started: TurnStarted) -> int | None:
    """The entry that is selected once a turn has started: its prompt if that was, or the answer in place of another.

    Args:
        scrollback: The entries, with those of the turn.
        selected: The message that was selected before. None for none.
        started: The start of the turn.
    """
    last = len(scrollback.entries) - 1
    if selected is None or started.prompt.id not in (selected.id, selected.parent_id):
        return None
    return last - 1 if selected.id == started.prompt.id else last


def offer_actions(scrollback: Scrollback, offered: tuple[tuple[str, str, str], ...]) -> None:
    """Show what can be done about a failure in the last entry, and in no other.

    Args:
        scrollback: The entries.
        offered: Key, words and command of each action.
    """
    for entry in scrollback.entries:
        if isinstance(entry, AnswerEntry):
            actions = offered if entry is scrollback.entries[-1] and entry.message.can_continue else ()
            if entry.actions != actions:
                entry.actions = actions
                entry.changed()


def _begin(scrollback: Scrollback, prompt: ChatMessage, answer: ChatMessage, *, only_answer: bool) -> None:
    """Show a new turn below its parent message. Entries that followed the parent belong to another branch and go."""
    if only_answer:
        scrollback.truncate(0)
        scrollback.append(AnswerEntry(answer, has_name=False))
        scrollback.follow()
        return
    ids = [entry.message.id for entry in scrollback.entries]
    if prompt.id in ids:
        scrollback.truncate(ids.index(prompt.id) + 1)
    else:
        scrollback.truncate(ids.index(prompt.parent_id) + 1 if prompt.parent_id in ids else 0)
        scrollback.append(entry_for(prompt))
    scrollback.append(entry_for(answer))
    scrollback.follow()
