"""Parts: texts that are too large for one row, each cut into rows of the table `parts`.

SQLite takes 3.5 times the text of a row while it writes and indexes it, and returns it in one piece: an answer of
100 MB took half a gigabyte. Parts are written, indexed and read one at a time. Texts are cut at white space, so that no
word of a search is cut in two; a text without any, at punctuation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from tui.store.fields import storable

SIZE: Final = 2**16
"""Characters of a part at most. SQLite's time for an excerpt grows with the square of the hits in a part: a word that
was 9,000 times in one of 256,000 characters took 3 seconds. Larger parts take up to half the time to save."""

LARGE: Final = 2 * SIZE
"""Characters of a message beyond which it is cut. An excerpt of one of this size takes a third of a second at most."""

_BLANKS: Final = " \n\t"
_PUNCTUATION: Final = ",.;:!?()[]{}<>\"'=/|、。，．；：！？"

_INSERT: Final = "INSERT INTO parts (message_id, content, thinking) VALUES (?, ?, ?)"


def is_large(content: str, thinking: str) -> bool:
    """Whether the texts of a message are saved in parts."""
    return len(content) + len(thinking) > LARGE


def write_parts(connection: sqlite3.Connection, message_id: str, content: str, thinking: str) -> None:
    """Save the texts of a message, in a transaction.

    Args:
        connection: The database.
        message_id: The message, which is saved without texts, and has no parts.
        content: Its text.
        thinking: Its thinking.
    """
    for part in _cut(content):
        connection.execute(_INSERT, (message_id, storable(part), ""))
    for part in _cut(thinking):
        connection.execute(_INSERT, (message_id, "", storable(part)))


def _cut(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        stop = start + SIZE
        if stop < len(text):
            stop = _last_of(_BLANKS, text, stop) or _last_of(_PUNCTUATION, text, stop) or stop
        yield text[start:stop]
        start = stop


def _last_of(characters: str, text: str, stop: int) -> int:
    """Where the last of some characters ends, in the half of a part before `stop`. 0 if there is none."""
    return 1 + max(text.rfind(character, stop - SIZE // 2, stop) for character in characters)
