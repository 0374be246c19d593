"""Reads the conversations in an export of any supported program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.chatgpt import is_chatgpt, read_chatgpt
from tui.chat.importing.json_stream import InvalidJSON, read_values
from tui.chat.importing.native import is_native, read_native
from tui.chat.importing.open_webui import is_open_webui, read_open_webui
from tui.chat.importing.report import Imported
from tui.chat.importing.values import Unusable
from tui.errors import UsageError

BATCH_SIZE: Final = 50
"""Conversations that are held in memory at a time."""

MAX_UNKNOWN: Final = 10_000
"""Values of an unknown format after which reading stops: it would take minutes, and nothing comes of it."""

_SUPPORTED: Final = "Supported: JSON exports of llm-tui, Open WebUI chats and ChatGPT's conversations.json."
_MAX_TITLE: Final = 60


def read_conversations(name: str, chunks: Iterable[str], now: Callable[[], float] = time.time) -> Iterator[Imported]:
    """The conversations in an export, in batches: one or a list, each in any supported format.

    Args:
        name: The name of the export, for error messages.
        chunks: The content of the export, in pieces of any size.
        now: The present time, in seconds since the epoch, for conversations without any time.

    Raises:
        UsageError: If the export has an unknown format, or breaks off. The conversations before that have been
            returned. Single invalid conversations are reported in the batches.
    """
    batch = Imported()
    has_supported = False
    index = unknown = 0
    values = read_values(chunks)
    while True:
        try:
            row = next(values)
        except StopIteration:
            break
        except InvalidJSON as cause:
            if has_supported:
                yield batch
            raise UsageError(f"{name} {cause}.", hint=_SUPPORTED) from cause
        index += 1
        reader = _reader_of(row)
        has_supported = has_supported or reader is not None
        if reader is None:
            batch.refuse(f"{_label(row, index)}: unknown format")
            unknown += 1
            if unknown <= MAX_UNKNOWN:
                continue
            if has_supported:
                yield batch
            raise UsageError(f"{name} contains too much that is not a conversation.", hint=_SUPPORTED)
        try:
            batch.conversations.append(reader(row, batch, now))
        except Unusable as cause:
            batch.refuse(f"{_label(row, index)}: {cause}")
        if len(batch.conversations) == BATCH_SIZE:
            yield batch
            batch = Imported()
    if not has_supported:
        raise UsageError(f"No supported conversation found in {name}.", hint=_SUPPORTED)
    yield batch


def _label(row: object, index: int) -> str:
    title = row.get("title") if isinstance(row, dict) else None
    return repr(truncate(title, _MAX_TITLE)) if isinstance(title, str) and title else f"conversation {index}"


_Reader = Callable[[Mapping[str, Any], Imported, Callable[[], float]], Conversation]


def _reader_of(row: object) -> _Reader | None:
    if isinstance(row, dict):
        if is_native(row):
            return lambda known, batch, now: read_native(known, batch.left_out, now)
        if is_chatgpt(row):
            return lambda known, batch, now: read_chatgpt(known, batch.left_out, now)
        if is_open_webui(row):
            return lambda known, batch, now: read_open_webui(known, batch.left_out, now)
    return None
