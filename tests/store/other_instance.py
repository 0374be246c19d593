"""Another instance: a process of its own with a store in the same folder.

    python -m tests.store.other_instance ROLE FOLDER NAME

It says `ready`, waits for a line, then does what its role is; to `write`, each line says how much.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.store.factories import begin, keep_begun, keep_turn
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
        store.append_to_answer("a1", f"{number} ", f"({number})")
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


def write(folder: Path, name: str) -> None:
    """Go on with turns in the shared conversation, from where an earlier life of that name was killed.

    Each line that comes in lets it make so many writes, 0 for as many as it can: a turn's beginning, more of its
    answer, its end. Each of them is said once it is kept.
    """
    store = ConversationStore(folder)
    said = store.load(SHARED) if store.recent(1) else Conversation(SHARED)
    number = sum(id_.startswith(f"{name}-q") for id_ in said.messages)
    said = said.at(f"{name}-q{number - 1}" if number else None)
    writes = turns_written(store, said, name, number)
    for line in sys.stdin:
        wanted = int(line)
        for word, _ in zip(writes, itertools.count(1) if wanted == 0 else range(wanted), strict=False):
            say(word)
        say("done")
    store.close()


def turns_written(store: ConversationStore, said: Conversation, name: str, number: int) -> Iterator[str]:
    """Write turns without end; give each thing as it is kept."""
    while True:
        prompt = ChatMessage(f"{name}-q{number}", "user", f"word {number}", said.head_id, created_at=float(number))
        answer = ChatMessage(
            f"{name}-a{number}", "assistant", "", prompt.id, created_at=float(number), outcome="streaming"
        )
        said = said.append(prompt, answer)
        store.begin_turn(said, prompt, answer)
        yield prompt.id
        store.append_to_answer(answer.id, f"half {number}", "")
        yield f"{answer.id}:half {number}"
        whole = replace(answer, content=f"half {number}, and the other", outcome="complete")
        said = said.with_message(whole)
        store.end_turn(said, whole)
        yield f"{answer.id}:{whole.content}"
        number += 1


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
    if sys.argv[1] != "write":
        sys.stdin.readline()
    {"stream": stream, "talk": talk, "write": write, "look_in": look_in}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
