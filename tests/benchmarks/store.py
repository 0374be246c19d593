"""What 100,000 kept messages cost, beside a store with ten: `python -m tests.benchmarks.store [MESSAGES]`.

Every figure is the time that is added to the same thing with next to nothing
kept. The words are drawn as in a language: few of them often, most of them
seldom.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore
from tui.store.importer import import_conversations

MESSAGES = 100_000
RUNS = 7
LONG = 5_000
"""Messages of one conversation that is longer than the others."""

_WORDS = [f"{first}{second}" for first in "bcdfghklmnprstvw" for second in ("a", "ela", "ino", "orum", "usti", "ydre")]
_RARE = "quixotic"


def _text(chance: random.Random, count: int) -> str:
    return " ".join(_WORDS[min(int(chance.paretovariate(0.5)) - 1, len(_WORDS) - 1)] for _ in range(count))


def _conversation(chance: random.Random, number: int, length: int) -> Conversation:
    said = Conversation(f"c{number}", created_at=float(number), provider="ollama", model="llama")
    for at in range(length):
        role, words = ("user", 12) if at % 2 == 0 else ("assistant", 150)
        text = _text(chance, words)
        if at == 1 and number % 500 == 0:
            text += f" {_RARE}"
        id_ = f"m{number}-{at}"
        made_by = ("", "") if role == "user" else ("ollama", "llama")
        said = said.append(
            ChatMessage(
                id_,
                "user" if role == "user" else "assistant",
                text,
                said.head_id,
                created_at=number * 100.0 + at,
                provider=made_by[0],
                model=made_by[1],
            )
        )
    return said


def _fill(folder: Path, messages: int) -> None:
    chance = random.Random(5)
    store = ConversationStore(folder)
    number = 0
    left = messages
    while left > 0:
        length = min(left, LONG if number == 1 and messages > LONG else chance.choice((2, 4, 10, 40, 100)))
        import_conversations(store, [_conversation(chance, number, length)])
        left -= length
        number += 1
    store.close()


def _open(folder: Path) -> None:
    ConversationStore(folder).close()


def _in_open(what: Callable[[ConversationStore], object]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        store = _STORES.setdefault(folder, ConversationStore(folder))
        what(store)

    return run


_STORES: dict[Path, ConversationStore] = {}


def _first_sight(folder: Path) -> None:
    """All that the chat asks of the store until it is on screen with its latest conversation."""
    store = ConversationStore(folder)
    latest = store.recent(1)[0]
    store.load_tail(latest.id, 50)
    store.load(latest.id)
    store.last_model("ollama")
    store.pinned()
    store.recent(200)
    store.last_prompts(200)
    store.draft(latest.id)
    store.close()


_THINGS: dict[str, Callable[[Path], None]] = {
    "open the store": _open,
    "open, and all that the first screen asks": _first_sight,
    "the list: pinned and the latest 200": _in_open(lambda store: (store.pinned(), store.recent(200))),
    "the last 200 prompts": _in_open(lambda store: store.last_prompts(200)),
    "filter the list by a title": _in_open(lambda store: store.find("usti", 200)),
    "filter the list by what no title has": _in_open(lambda store: store.find("zzz", 200)),
    "search a rare word": _in_open(lambda store: store.search(_RARE, 100)),
    "search a common word": _in_open(lambda store: store.search("ba", 100)),
    "search one letter": _in_open(lambda store: store.search("b", 100)),
    "search two common words": _in_open(lambda store: store.search("ba bela", 100)),
    "search a rare and a common word": _in_open(lambda store: store.search(f"ba {_RARE}", 100)),
    "search what is not there": _in_open(lambda store: store.search("zzz", 100)),
    "open a conversation (its end is shown)": _in_open(lambda store: store.load_tail(store.recent(1)[0].id, 50)),
    "read a conversation whole": _in_open(lambda store: store.load(store.recent(1)[0].id)),
    f"show the end of one of {LONG:,} messages": _in_open(lambda store: store.load_tail("c1", 50)),
    f"read one of {LONG:,} messages whole": _in_open(lambda store: store.load("c1")),
    "rename a conversation": _in_open(lambda store: store.rename("c0", "a")),
}


def _taken_ms(what: Callable[[Path], None], folder: Path) -> float:
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        what(folder)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main() -> None:
    """Fill two stores, and measure the one against the other."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        _fill(Path(few), 10)
        began = time.perf_counter()
        _fill(Path(many), messages)
        size = sum(path.stat().st_size for path in Path(many).iterdir() if path.is_file()) / 1e6
        print(f"{messages:,} messages, {size:.0f} MB, kept in {time.perf_counter() - began:.0f} s")
        print(f"{'':42} {'ten':>9} {'many':>9} {'added':>9}")
        for name, what in _THINGS.items():
            least, most = _taken_ms(what, Path(few)) if f"{LONG:,}" not in name else 0.0, _taken_ms(what, Path(many))
            print(f"{name:42} {least:6.2f} ms {most:6.2f} ms {most - least:6.2f} ms", flush=True)
        for store in _STORES.values():
            store.close()


if __name__ == "__main__":
    main()
