"""Decides which keys the key bar shows: those that do something now, by focus and by what is happening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.chat.formatting import format_count
from tui.ui.widgets.key_bar import KeyBar, KeyHint
from tui.workspace.commands import BY_NAME

# The first picture has the hints of the prompt, before the rest of the chat is loaded.
if TYPE_CHECKING:
    from tui.chat.message import ChatMessage
    from tui.ui.widgets.composer import Composer
    from tui.ui.widgets.sidebar import Sidebar
    from tui.ui.widgets.transcript import Transcript
    from tui.ui.widgets.vi_keys import Mode
    from tui.workspace.keys import Keys
    from tui.workspace.workspace import Workspace

_KEPT = frozenset({"cancel_stream", "help"})
_COMMAND_WORDS = {"add_found": "add", "find_servers": "find", "providers": "edit"}
"""What Enter does on the rows below the providers."""

_CHARACTERS_PER_TOKEN = 4
"""An approximation, good enough to see whether a prompt is long."""


def first_hints(keys: Keys, mode: Mode | None) -> tuple[KeyHint, ...]:
    """The keys of the prompt while no conversation is open.

    Args:
        keys: The keys in use.
        mode: The mode of the vi keys. None without them.
    """
    hints = (*_mode_hints(mode), *_resting_hints(keys, mode), _hint(keys, "help"))
    # A command may have no key.
    return tuple(hint for hint in hints if hint.key)


def _mode_hints(mode: Mode | None) -> Iterator[KeyHint]:
    if mode == "insert":
        yield KeyHint("INSERT", "Esc to leave", "key:escape")
    elif mode == "normal":
        yield KeyHint("NORMAL", "i to insert", "key:i")
    elif mode is not None:
        yield KeyHint(mode.upper(), "Esc to leave", "key:escape")


def _resting_hints(keys: Keys, mode: Mode | None, more: tuple[str, ...] = ()) -> Iterator[KeyHint]:
    """The keys of the prompt while nothing streams, with more commands behind the first."""
    for name in ("send", *more, "new_line"):
        yield _hint(keys, name)
    if mode in (None, "insert"):
        yield KeyHint("/", "commands", "slash")
        yield KeyHint("@", "file", "mention")
    for name in ("pick_model", "palette", "next_area"):
        yield _hint(keys, name)


def _hint(keys: Keys, name: str, word: str = "") -> KeyHint:
    label = keys.label(name).split(", ")[0]
    return KeyHint(label, word or BY_NAME[name].word, name, name in _KEPT)


class KeyBarPresenter:
    """Feeds the key bar."""

    def __init__(
        self,
        screen: Screen[None],
        workspace: Workspace,
        bar: KeyBar,
        composer: Composer,
        transcript: Transcript,
        sidebar: Sidebar,
    ) -> None:
        """Args:
        screen: Knows which widget has the focus.
        workspace: Knows what is streaming.
        bar: The key bar.
        composer: Where prompts are typed.
        transcript: Where messages are selected and searched.
        sidebar: Lists providers and conversations.
        """
        self._screen = screen
        self._workspace = workspace
        self._bar = bar
        self._composer = composer
        self._transcript = transcript
        self._log = transcript.log_
        self._sidebar = sidebar
        self._log.turns.failure_actions = self._failure_actions

    def refresh(self, _: object = None) -> None:
        """Show the keys that work now."""
        if self._screen.is_attached:
            # A command may have no key.
            self._bar.hints = tuple(hint for hint in self._hints() if hint.key)
            self._bar.detail = self._detail()

    def _hints(self) -> Iterator[KeyHint]:
        focused = self._screen.focused
        providers, conversations = self._sidebar.areas
        if focused is self._log:
            yield from self._log_hints()
        elif focused is providers:
            yield KeyHint("Enter", _COMMAND_WORDS.get(self._sidebar.command_at_cursor, "use"), "key:enter")
            yield self._hint("focus_sidebar", "ask again")
            yield self._hint("cancel_stream", "prompt")
        elif focused is conversations:
            yield KeyHint("Enter", "open", "key:enter")
            for name in ("filter_conversations", "pin_selected", "rename_conversation"):
                yield self._hint(name)
            yield self._hint("delete_conversation")
            yield self._hint("undelete_conversation")
            yield self._hint("cancel_stream", "prompt")
        elif focused is not None and self._sidebar in focused.ancestors:
            yield KeyHint("Enter", "open", "key:enter")
            yield KeyHint("↓", "list", "key:down")
            yield self._hint("cancel_stream", "all conversations")
        elif focused is not None and focused is not self._composer.box:
            yield KeyHint("↓", "next", "key:down")
            yield KeyHint("↑", "previous", "key:up")
            yield self._hint("cancel_stream", "close")
        else:
            yield from self._prompt_hints()
        yield self._hint("help")

    def _prompt_hints(self) -> Iterator[KeyHint]:
        current = self._workspace.current
        yield from _mode_hints(self._composer.mode)
        if current is not None and current.is_running:
            if self._workspace.tools.waits_for_user(current):
                yield self._hint("next_area", "decide")
            yield self._escape_hint("stop")
            yield self._hint("send", "queue a prompt")
            if current.session.can_answer_now:
                yield self._hint("answer_now")
            yield self._hint("new_conversation")
            return
        if self._composer.is_editing:
            yield self._hint("send", "send in its place")
            yield self._hint("new_line")
            yield self._escape_hint("cancel the edit")
            return
        continues = current is not None and current.session.can_continue
        more = ("continue_answer", "regenerate") if continues else ()
        yield from _resting_hints(self._workspace.keys, self._composer.mode, more)

    def _failure_actions(self, answer: ChatMessage) -> tuple[tuple[str, str, str], ...]:
        """What can be done about a failure of the last answer: key, words, command."""
        current = self._workspace.current
        continues_thinking = current is not None and answer.stopped_while_thinking and current.session.can_continue
        if not (answer.can_continue or continues_thinking):
            return ()
        hints = (self._hint(name) for name in ("continue_answer", "regenerate", "pick_model"))
        return tuple((hint.key, hint.word.capitalize(), hint.command) for hint in hints)

    def _escape_hint(self, word: str) -> KeyHint:
        """The hint for Esc in the prompt, where the first one leaves the insert mode of vi."""
        hint = self._hint("cancel_stream", word)
        is_second = self._composer.mode == "insert" and hint.key == "Esc"
        return hint._replace(key="Esc Esc") if is_second else hint

    def _log_hints(self) -> Iterator[KeyHint]:
        selected = self._log.selected
        if selected is not None and (decisions := self._log.calls.decisions(selected.id)):
            for name, word in decisions:
                yield self._hint(name, word)
            yield from self._fold_hint()
            yield self._hint("cancel_stream", "stop the answer")
            return
        if self._log.calls.asking():
            yield self._hint("next_area", "decide")
        if selected is None:
            yield self._hint("select_previous", "select")
            yield self._hint("page_up", "scroll")
        else:
            yield from self._selected_hints(selected)
        current = self._workspace.current
        yield self._hint("cancel_stream", "stop" if current is not None and current.is_running else "prompt")

    def _selected_hints(self, selected: ChatMessage) -> Iterator[KeyHint]:
        """The keys for the selected message. A narrow terminal shows only the first, so folding, which only some
        messages offer, comes before what all offer."""
        yield from self._fold_hint()
        if selected.role == "user":
            for name in ("edit_message", "copy_message"):
                yield self._hint(name)
            yield from self._picture_hint()
            yield from self._version_hints(selected)
            for name in ("fork", "delete_message"):
                yield self._hint(name)
        else:
            yield self._hint("copy_message")
            entry = self._log.selected_entry
            if entry is not None and entry.may_have_code:
                yield self._hint("copy_code")
            yield from self._picture_hint()
            yield self._hint("regenerate_selected")
            yield from self._version_hints(selected)
            for name in ("fork", "delete_message"):
                yield self._hint(name)

    def _picture_hint(self) -> Iterator[KeyHint]:
        if self._log.target_images:
            yield self._hint("view_pictures")

    def _fold_hint(self) -> Iterator[KeyHint]:
        entry = self._log.selected_entry
        if entry is not None and entry.foldable:
            yield self._hint("fold", "fold" if entry.unfolded else "unfold")

    def _version_hints(self, message: ChatMessage) -> Iterator[KeyHint]:
        """The keys for the versions before and after a message, as far as there are such."""
        current = self._workspace.current
        conversation = None if current is None else current.session.conversation
        # The log may still show the conversation that was current before.
        if conversation is None or message.id not in conversation.messages:
            return
        commands = (("previous_version", -1), ("next_version", 1))
        names = [name for name, by in commands if conversation.version_beside(message.id, by) is not None]
        hints = [hint for name in names if (hint := self._hint(name, BY_NAME["next_version"].word)).key]
        if hints:
            *others, last = hints
            yield last._replace(other=(others[0].key, others[0].command) if others else None)

    def _hint(self, name: str, word: str = "") -> KeyHint:
        return _hint(self._workspace.keys, name, word)

    def _detail(self) -> str:
        background = sum(each is not self._workspace.current for each in self._workspace.running)
        if self._screen.focused is self._log and (selected := self._log.selected_number) is not None:
            return "message {} of {}".format(*selected)
        if self._transcript.search_count:
            return self._transcript.search_count
        if background:
            return f"» {background} in the background"
        size = self._composer.text_size
        return f"~{format_count(size // _CHARACTERS_PER_TOKEN + 1, 'token')}" if size else ""
