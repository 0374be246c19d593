"""Another instance: a process of its own with a store in the same folder.

    python -m tests.store.other_instance ROLE FOLDER NAME

It says `ready`, waits for a line, then does what its role is.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.store.said import begin, keep_begun, keep_turn
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

SHARED = "shared"
"""The conversation that all talk in."""

MESSAGES = 300
PIECES = 50


def stream(folder: Path, name: str) -> None:
    """Begin an answer, say what is kept of it, and never end."""
    store = ConversationStore(folder)
    keep_begun(store, begin(Conversation(name), 1))
    for number in range(PIECES):
        store.grow("a1", f"{number} ", f"({number})")
    say("grown")
    time.sleep(600)


def talk(folder: Path, name: str) -> None:
    """Keep messages in the shared conversation, saying of each that it is kept."""
    store = ConversationStore(folder)
    said = Conversation(SHARED)
    for number in range(MESSAGES):
        said = said.append(ChatMessage(f"{name}-{number}", "user", "word " * 50, said.head_id))
        store.add(said)
        say(f"{name}-{number}")
    store.close()


def look_in(folder: Path, name: str) -> None:
    """Open a store, keep a turn, close it."""
    store = ConversationStore(folder)
    said = keep_turn(store, Conversation(name), int(name))
    assert store.load(name) == said
    store.close()


def say(word: str) -> None:
    """Say a word to whoever started us."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    say("ready")
    sys.stdin.readline()
    {"stream": stream, "talk": talk, "look_in": look_in}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
