"""The store for asyncio: one thread runs all calls in order, so that the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from tui.chat.conversation import Conversation
from tui.chat.formatting import format_size
from tui.chat.message import ChatMessage
from tui.errors import StoreError
from tui.freed_memory import LARGE, return_freed_memory
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.schema import MIGRATIONS
from tui.store.store_work import LongWork, StoreWork

_LARGE_BYTES: Final = 20_000_000

_VERSION_AT: Final = 60
"""Where SQLite keeps the version of a database, a big-endian integer: https://www.sqlite.org/fileformat2.html"""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def upgrade_note(path: Path, large_bytes: int = _LARGE_BYTES) -> str:
    """What to say before a file is opened, if that takes long. Empty if it does not.

    Args:
        path: The file of the conversations, which need not exist.
        large_bytes: From which size on it takes long.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_VERSION_AT + 4)
    except OSError:
        return ""
    version = int.from_bytes(header[_VERSION_AT:], "big")
    if size < large_bytes or not 0 < version < len(MIGRATIONS):
        return ""
    return f"Upgrading the saved conversations ({format_size(size)}), once. A copy of the old file is kept."


class ThreadedStore:
    """A `ConversationStore` in a thread of its own. The first call opens it, in that thread."""

    def __init__(
        self,
        folder: Path | None,
        on_error: Callable[[StoreError], None],
        on_wait: Callable[[str], None] = lambda _: None,
        on_work: Callable[[StoreWork], None] = lambda _: None,
    ) -> None:
        """Args:
        folder: The data folder. None stores conversations in memory only.
        on_error: Called in the event loop when a posted call fails; once, until a posted call succeeds again.
        on_wait: Called in the event loop with a sentence before a large file of an older version is opened.
        on_work: Called in the event loop while work on the file takes long, and once when that is over.
        """
        self._folder = folder
        self._on_error = on_error
        self._on_wait = on_wait
        self._on_work = on_work
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop of the call that runs."""
        self._opening = LongWork(self._tell_work)
        """Upgrades or repairs the file before its first use. Nothing can be lost if this is stopped."""
        self._later = LongWork(self._tell_work)
        """Rebuilds the search index in the middle of a call, which must save what it was called with."""
        self._store: ConversationStore | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="conversations")
        self._has_failed = False

    async def call(
        self, method: Callable[Concatenate[ConversationStore, _P], _T], *arguments: _P.args, **named: _P.kwargs
    ) -> _T:
        """The result of a method of the store, which runs after all earlier calls.

        Raises:
            StoreError: If the method does.
        """
        loop = asyncio.get_running_loop()
        return await asyncio.wrap_future(self._thread.submit(lambda: self._run(loop, method, *arguments, **named)))

    def post(
        self, method: Callable[Concatenate[ConversationStore, _P], object], *arguments: _P.args, **named: _P.kwargs
    ) -> None:
        """Run a method of the store after all earlier calls, without waiting for it."""
        loop = asyncio.get_running_loop()

        def report(done: Future[object]) -> None:
            # RuntimeError: the loop was closed in the meantime, so nothing can show the error.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._handle_result, done.exception())

        self._thread.submit(lambda: self._run(loop, method, *arguments, **named)).add_done_callback(report)

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Save a prompt and its new, streaming answer."""
        self.post(ConversationStore.begin_turn, conversation, prompt, answer)

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Save the next text of a streaming answer."""
        self.post(ConversationStore.append_to_answer, answer_id, content, thinking)

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Save an answer in its final state."""
        self.post(ConversationStore.end_turn, conversation, answer)
        if len(answer.content) + len(answer.thinking) > LARGE:
            self._thread.submit(return_freed_memory)

    @property
    def is_upgrading(self) -> bool:
        """Whether the file is upgraded or repaired before its first use, and that takes long."""
        return self._opening.is_long

    def stop_upgrade(self) -> None:
        """Stop an upgrade that takes long. The file stays as it was, and all calls fail. No-op without one."""
        self._opening.stop()

    async def aclose(self) -> None:
        """Close the store after all earlier calls. An upgrade that takes long is stopped."""
        self.stop_upgrade()
        closing = self._thread.submit(self._close)
        self._thread.shutdown(wait=False)
        # Shielded: if the caller is cancelled, the store is closed all the same.
        await asyncio.shield(asyncio.wrap_future(closing))

    def _run(
        self,
        loop: asyncio.AbstractEventLoop,
        method: Callable[Concatenate[ConversationStore, _P], _T],
        *arguments: _P.args,
        **named: _P.kwargs,
    ) -> _T:
        self._loop = loop
        if self._store is None:
            self._opening.require_running()
            if note := "" if self._folder is None else upgrade_note(self._folder / FILE_NAME):
                self._tell(self._on_wait, note)
            try:
                self._store = ConversationStore(self._folder, self._report)
            finally:
                self._opening.end()
        try:
            return method(self._store, *arguments, **named)
        finally:
            self._later.end()

    def _report(self, name: str, fraction: float) -> None:
        (self._opening if self._store is None else self._later).report(name, fraction)

    def _tell_work(self, work: StoreWork) -> None:
        self._tell(self._on_work, work)

    def _tell(self, handler: Callable[[_T], None], value: _T) -> None:
        assert self._loop is not None
        # RuntimeError: the loop was closed in the meantime.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(handler, value)

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _handle_result(self, error: BaseException | None) -> None:
        if isinstance(error, StoreError):
            if not self._has_failed:
                self._on_error(error)
            self._has_failed = True
        elif error is not None:
            raise error
        else:
            self._has_failed = False
