"""Applies the updates of a turn to the scrollback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import (
    AnswerStarted,
    ChunkReceived,
    ToolCallEnded,
    ToolCallsReceived,
    ToolCallStarted,
    ToolCallWaiting,
    ToolsUnavailable,
    TurnEnded,
    TurnRetried,
    TurnStarted,
    TurnUpdate,
)
from tui.ui.log.entries import AnswerEntry, ToolEntry, connect_call, entry_for
from tui.ui.log.scrollback import Scrollback

ActionsFor = Callable[[ChatMessage], tuple[tuple[str, str, str], ...]]
"""Returns what can be done about an answer: key, words and command of each action."""


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
        case ToolCallsReceived(answer, results):
            if live:
                live.finish(answer)
            scrollback.truncate(_position_after(scrollback, answer.id))
            for result in results:
                _append(scrollback, result)
        case ToolCallWaiting(result) | ToolCallStarted(result) | ToolCallEnded(result):
            _show_again(scrollback, result)
        case AnswerStarted(answer):
            scrollback.truncate(_position_after(scrollback, answer.parent_id))
            scrollback.append(entry_for(answer))
        case TurnEnded(answer):
            if live:
                live.finish(answer)
        case ToolsUnavailable():
            # A notice of the workspace says it.
            pass
        case _:
            assert_never(update)


def end(scrollback: Scrollback, messages: Sequence[ChatMessage], *, only_answer: bool = False) -> None:
    """Show the end of a turn that was stopped, whose last updates (or all of them) never reached the log.

    Args:
        scrollback: What to change.
        messages: The messages of the turn in their final state: the prompt, its answers, and the results between them.
        only_answer: Whether the log shows nothing but the last answer.
    """
    prompt, *others = messages
    if only_answer:
        if _position_after(scrollback, others[-1].id) == 0:
            _begin(scrollback, prompt, others[-1], only_answer=True)
        others = others[-1:]
    elif _position_after(scrollback, prompt.id) == 0:
        _show_prompt(scrollback, prompt)
    for message in others:
        if _position_after(scrollback, message.id) == 0:
            scrollback.truncate(_position_after(scrollback, message.parent_id))
            _append(scrollback, message)
        elif (live := scrollback.live) is not None and live.message.id == message.id:
            live.finish(message)
        else:
            _show_again(scrollback, message)


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


def offer_actions(scrollback: Scrollback, actions_for: ActionsFor) -> None:
    """Show what can be done about a failure in the last entry, and in no other.

    Args:
        scrollback: The entries.
        actions_for: Returns key, words and command of each action.
    """
    for entry in scrollback.entries:
        if isinstance(entry, AnswerEntry):
            actions = actions_for(entry.message) if entry is scrollback.entries[-1] else ()
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
    if _position_after(scrollback, prompt.id) == 0:
        _show_prompt(scrollback, prompt)
    # The answer follows the prompt, or the results of tools that an earlier answer called.
    scrollback.truncate(_position_after(scrollback, answer.parent_id) or _position_after(scrollback, prompt.id))
    scrollback.append(entry_for(answer))
    scrollback.follow()


def _show_prompt(scrollback: Scrollback, prompt: ChatMessage) -> None:
    scrollback.truncate(_position_after(scrollback, prompt.parent_id))
    scrollback.append(entry_for(prompt))


def _show_again(scrollback: Scrollback, message: ChatMessage) -> None:
    """Show a message in its present state. Nothing happens if the log does not show it."""
    at = _position_after(scrollback, message.id) - 1
    entry = scrollback.entries[at] if at >= 0 else None
    if isinstance(entry, ToolEntry):
        entry.show(message)
        scrollback.measure(at)
    elif entry is not None and entry.message != message:
        scrollback.replace(at, entry_for(message))


def _append(scrollback: Scrollback, message: ChatMessage) -> None:
    """Show a message of the turn at the end."""
    entry = entry_for(message)
    if isinstance(entry, ToolEntry):
        connect_call(entry, scrollback.entries)
        # The entries above have become shorter.
        for at in range(len(scrollback.entries) - 1, -1, -1):
            scrollback.measure(at)
            if not isinstance(scrollback.entries[at], ToolEntry):
                break
    scrollback.append(entry)


def _position_after(scrollback: Scrollback, message_id: str | None) -> int:
    """The number of entries up to that of a message, with it. 0 if the log does not show it."""
    # From the end, where the running turn is.
    positions = range(len(scrollback.entries), 0, -1)
    return next((at for at in positions if scrollback.entries[at - 1].message.id == message_id), 0)
