"""The store for asyncio: one thread does in order what it is told, so that the event loop never waits for a disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.errors import StoreError
from tui.store.conversations import ConversationStore

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ThreadedStore:
    """A `ConversationStore` in a thread of its own. It is opened by the first call, in that thread."""

    def __init__(self, folder: Path | None, on_error: Callable[[StoreError], None]) -> None:
        """Args:
        folder: The data folder. None keeps conversations in memory only.
        on_error: Told, in the event loop, when something posted cannot be kept; once, until something can again.
        """
        self._folder = folder
        self._on_error = on_error
        self._store: ConversationStore | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="conversations")
        self._failing = False

    async def call(
        self, method: Callable[Concatenate[ConversationStore, _P], _T], *arguments: _P.args, **named: _P.kwargs
    ) -> _T:
        """The result of a method of the store, after everything that was told before.

        Raises:
            StoreError: As the method does.
        """
        return await asyncio.wrap_future(self._thread.submit(lambda: self._do(method, *arguments, **named)))

    def post(
        self, method: Callable[Concatenate[ConversationStore, _P], object], *arguments: _P.args, **named: _P.kwargs
    ) -> None:
        """Have a method of the store called after everything that was told before, and do not wait for it."""
        loop = asyncio.get_running_loop()

        def tell(done: Future[object]) -> None:
            # Where the loop has ended meanwhile, nobody is left to be told.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._note, done.exception())

        self._thread.submit(lambda: self._do(method, *arguments, **named)).add_done_callback(tell)

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Have a turn's beginning kept."""
        self.post(ConversationStore.begin_turn, conversation, prompt, answer)

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Have more of an answer kept."""
        self.post(ConversationStore.append_to_answer, answer_id, content, thinking)

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Have an answer kept in its final state."""
        self.post(ConversationStore.end_turn, conversation, answer)

    async def aclose(self) -> None:
        """Close the store, after everything that was told."""
        closing = self._thread.submit(self._close)
        self._thread.shutdown(wait=False)
        # Whoever cannot wait for it leaves; it is done all the same.
        await asyncio.shield(asyncio.wrap_future(closing))

    def _do(
        self, method: Callable[Concatenate[ConversationStore, _P], _T], *arguments: _P.args, **named: _P.kwargs
    ) -> _T:
        if self._store is None:
            self._store = ConversationStore(self._folder)
        return method(self._store, *arguments, **named)

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _note(self, error: BaseException | None) -> None:
        if isinstance(error, StoreError):
            if not self._failing:
                self._on_error(error)
            self._failing = True
        elif error is not None:
            raise error
        else:
            self._failing = False
