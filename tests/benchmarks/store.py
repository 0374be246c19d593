"""Compares a store of 100,000 messages in 10,000 conversations with one of ten messages.

Run it with `python -m tests.benchmarks.store [MESSAGES]`.

Reports the time that the larger store adds to each operation. Word frequencies
are as in natural language: few words are common, most are rare.
"""

from __future__ import annotations

import contextlib
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
"""Messages in the longest conversation."""

_WORDS = [f"{first}{second}" for first in "bcdfghklmnprstvw" for second in ("a", "ela", "ino", "orum", "usti", "ydre")]
_RARE = "quixotic"


def _text(rng: random.Random, count: int) -> str:
    return " ".join(_WORDS[min(int(rng.paretovariate(0.5)) - 1, len(_WORDS) - 1)] for _ in range(count))


def _conversation(rng: random.Random, number: int, length: int) -> Conversation:
    conversation = Conversation(f"c{number}", created_at=float(number), provider="ollama", model="llama")
    for index in range(length):
        role, words = ("user", 12) if index % 2 == 0 else ("assistant", 150)
        text = _text(rng, words)
        if index == 1 and number % 500 == 0:
            text += f" {_RARE}"
        id_ = f"m{number}-{index}"
        provider, model = ("", "") if role == "user" else ("ollama", "llama")
        conversation = conversation.append(
            ChatMessage(
                id_,
                "user" if role == "user" else "assistant",
                text,
                conversation.head_id,
                created_at=number * 100.0 + index,
                provider=provider,
                model=model,
            )
        )
    return conversation


def _fill(folder: Path, messages: int) -> None:
    rng = random.Random(5)
    store = ConversationStore(folder)
    number = 0
    remaining = messages
    while remaining > 0:
        length = min(remaining, LONG if number == 1 and messages > LONG else rng.choice((2, 2, 4, 6, 8, 35)))
        import_conversations(store, [_conversation(rng, number, length)])
        remaining -= length
        number += 1
    store.close()


def _open(folder: Path) -> None:
    ConversationStore(folder).close()


def _with_open_store(operation: Callable[[ConversationStore], object]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        store = _STORES.setdefault(folder, ConversationStore(folder))
        operation(store)

    return run


_STORES: dict[Path, ConversationStore] = {}


def _first_screen(folder: Path) -> None:
    """Every call that the chat makes until it shows its latest conversation."""
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


_OPERATIONS: dict[str, Callable[[Path], None]] = {
    "open the store": _open,
    "open, and every call of the first screen": _first_screen,
    "the list: pinned and the latest 200": _with_open_store(lambda store: (store.pinned(), store.recent(200))),
    "the last 200 prompts": _with_open_store(lambda store: store.last_prompts(200)),
    "filter the list by a title": _with_open_store(lambda store: store.titled("usti", 200)),
    "filter the list without a match": _with_open_store(lambda store: store.titled("zzz", 200)),
    "filter the list by a common word": _with_open_store(lambda store: store.search_conversations("ba", 1000, 200)),
    "filter the list by one letter": _with_open_store(lambda store: store.search_conversations("b", 1000, 200)),
    "search a rare word": _with_open_store(lambda store: store.search(_RARE, 100)),
    "search a common word": _with_open_store(lambda store: store.search("ba", 100)),
    "search one letter": _with_open_store(lambda store: store.search("b", 100)),
    "search two common words": _with_open_store(lambda store: store.search("ba bela", 100)),
    "search a rare and a common word": _with_open_store(lambda store: store.search(f"ba {_RARE}", 100)),
    "search without a match": _with_open_store(lambda store: store.search("zzz", 100)),
    "open a conversation (its end is shown)": _with_open_store(
        lambda store: store.load_tail(store.recent(1)[0].id, 50)
    ),
    "read a conversation whole": _with_open_store(lambda store: store.load(store.recent(1)[0].id)),
    f"show the end of one of {LONG:,} messages": _with_open_store(lambda store: store.load_tail("c1", 50)),
    f"read one of {LONG:,} messages whole": _with_open_store(lambda store: store.load("c1")),
    "rename a conversation": _with_open_store(lambda store: store.rename("c0", "a")),
}


def _median_ms(operation: Callable[[Path], None], folder: Path) -> float:
    times_ms = []
    for _ in range(RUNS):
        started_at = time.perf_counter()
        operation(folder)
        times_ms.append((time.perf_counter() - started_at) * 1000)
    return statistics.median(times_ms)


def main() -> None:
    """Fill two stores, and compare them."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        _fill(Path(few), 10)
        started_at = time.perf_counter()
        _fill(Path(many), messages)
        size = sum(path.stat().st_size for path in Path(many).iterdir() if path.is_file()) / 1e6
        with contextlib.closing(ConversationStore(Path(many))) as store:
            count = len(store.ids())
        seconds = time.perf_counter() - started_at
        print(f"{messages:,} messages, {count:,} conversations, {size:.0f} MB, saved in {seconds:.0f} s")
        print(f"{'':42} {'ten':>9} {'many':>9} {'added':>9}")
        for name, operation in _OPERATIONS.items():
            few_ms = 0.0 if f"{LONG:,}" in name else _median_ms(operation, Path(few))
            many_ms = _median_ms(operation, Path(many))
            print(f"{name:42} {few_ms:6.2f} ms {many_ms:6.2f} ms {many_ms - few_ms:6.2f} ms", flush=True)
        for store in _STORES.values():
            store.close()


if __name__ == "__main__":
    main()
