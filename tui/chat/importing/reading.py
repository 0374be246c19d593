"""Reads the conversations in an export of any supported program."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.chatgpt import is_chatgpt, read_chatgpt
from tui.chat.importing.claude import is_claude, read_claude
from tui.chat.importing.json_stream import InvalidJSON, read_values
from tui.chat.importing.lmstudio import is_lmstudio, read_lmstudio
from tui.chat.importing.native import is_native, read_native
from tui.chat.importing.open_webui import is_open_webui, read_open_webui
from tui.chat.importing.parllama import is_parllama, read_parllama
from tui.chat.importing.report import Imported
from tui.chat.importing.terminal_clients import is_elia, is_oterm, read_elia, read_oterm
from tui.chat.importing.values import Unusable
from tui.errors import UsageError

BATCH_SIZE: Final = 50
"""Conversations that are held in memory at a time."""

MAX_UNKNOWN: Final = 10_000
"""Values of an unknown format after which reading stops: it would take minutes, and nothing comes of it."""

_SUPPORTED: Final = (
    "Supported: JSON exports of llm-tui, Open WebUI, ChatGPT and Claude, files of LM Studio and parllama, and the "
    "databases of oterm, elia and Open WebUI."
)
_MAX_TITLE: Final = 60


class NoConversations(UsageError):
    """A file has no conversation of a supported format."""


def read_conversations(name: str, chunks: Iterable[str], now: Callable[[], float] = time.time) -> Iterator[Imported]:
    """The conversations in a JSON export. See `conversations_from`.

    Args:
        name: The name of the export, for error messages.
        chunks: The content of the export, in pieces of any size.
        now: The present time, in seconds since the epoch, for conversations without any time.
    """
    return conversations_from(name, read_values(chunks), now)


def conversations_from(name: str, values: Iterator[Any], now: Callable[[], float] = time.time) -> Iterator[Imported]:
    """The conversations in the values of an export, in batches: one or many, each in any supported format.

    Args:
        name: The name of the export, for error messages.
        values: The exported objects.
        now: The present time, in seconds since the epoch, for conversations without any time.

    Raises:
        NoConversations: If the export has an unknown format.
        UsageError: If the export breaks off. The conversations before that have been returned. Single invalid
            conversations are reported in the batches.
    """
    batch = Imported()
    has_supported = False
    index = unknown = 0
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
            batch.conversations.append(reader(row, batch.left_out, now))
        except Unusable as cause:
            batch.refuse(f"{_label(row, index)}: {cause}")
        if len(batch.conversations) == BATCH_SIZE:
            yield batch
            batch = Imported()
    if not has_supported:
        raise NoConversations(f"No supported conversation found in {name}.", hint=_SUPPORTED)
    yield batch


def _label(row: object, index: int) -> str:
    title = row.get("title") if isinstance(row, dict) else None
    return repr(truncate(title, _MAX_TITLE)) if isinstance(title, str) and title else f"conversation {index}"


_Reader = Callable[[Mapping[str, Any], Counter[str], Callable[[], float]], Conversation]

_FORMATS: Final[Sequence[tuple[Callable[[Mapping[str, Any]], bool], _Reader]]] = (
    (is_native, read_native),
    (is_chatgpt, read_chatgpt),
    (is_claude, read_claude),
    (is_oterm, read_oterm),
    (is_elia, read_elia),
    (is_lmstudio, read_lmstudio),
    (is_parllama, read_parllama),
    (is_open_webui, read_open_webui),
)
"""How each format is recognised and read. The first that an object has counts."""


def _reader_of(row: object) -> _Reader | None:
    if not isinstance(row, dict):
        return None
    return next((reader for is_of_program, reader in _FORMATS if is_of_program(row)), None)
