"""Searches a conversation of 100,000 lines as Ctrl+F does: `python -m tests.benchmarks.find [LINES]`.

Reports the CPU time until the first hit, and the longest time without a pause, in which no key is handled. Nothing is
laid out before the first search, as after opening the conversation. Then the app on a terminal: the CPU time and the
time of a key in the search field while the search runs.
"""

from __future__ import annotations

import contextlib
import gc
import random
import statistics
import sys
import time

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.observed_program import observe
from tests.benchmarks.screen_common import READY, program_for
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore
from tui.store.importer import import_conversations
from tui.ui.log.entries import entries_for
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.search import Search
from tui.ui.log.warmup import warm_up

LINES = 100_000
WIDTH, HEIGHT = 96, 36
_PARAGRAPHS = 17
_LINES_OF_A_TURN = 52
_WORDS = [f"{first}{second}" for first in "bcdfghklmnprstvw" for second in ("a", "ela", "ino", "orum", "usti", "ydre")]
_RARE = "quixotic"
_FRAME_S = 0.015
_CTRL_F = "\x06"
_BETWEEN_KEYS_S = 0.1


def main() -> None:
    """Run the benchmark, and print the results."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    conversation = _conversation(lines // _LINES_OF_A_TURN)
    scrollback = _scrollback_of(conversation)
    # As in the app, which does both when it starts.
    warm_up()
    gc.freeze()
    print(f"about {scrollback.total:,} lines, {len(scrollback.entries):,} messages")
    _search(scrollback, Search(scrollback), "a distant word, first search", _RARE)
    search = Search(scrollback)
    _search(scrollback, search, "a common word, first search", "bela")
    for name, text in (("a letter", "b"), ("one more letter", "be"), ("a distant word", _RARE), ("nothing", "zzz")):
        _search(scrollback, search, f"then {name}", text)
    _type(conversation)


def _conversation(turns: int) -> Conversation:
    rng = random.Random(5)

    def words(count: int) -> str:
        return " ".join(rng.choice(_WORDS) for _ in range(count))

    conversation = Conversation("c", created_at=1.0, provider="server", model="m")
    for number in range(turns):
        conversation = conversation.append(ChatMessage(f"p{number}", "user", words(10), conversation.head_id))
        text = "\n\n".join(words(20) for _ in range(_PARAGRAPHS))
        text = f"{text} {_RARE}" if number == 3 else text
        conversation = conversation.append(ChatMessage(f"a{number}", "assistant", text, conversation.head_id))
    return conversation


def _scrollback_of(conversation: Conversation) -> Scrollback:
    scrollback = Scrollback()
    scrollback.resize(WIDTH, HEIGHT)
    scrollback.show(entries_for(conversation.path))
    scrollback.settle()
    return scrollback


def _search(scrollback: Scrollback, search: Search, name: str, text: str) -> None:
    began = paused_at = painted_at = time.process_time()
    first_s: float | None = None
    longest_s = 0.0
    for _ in search.scan(text, scrollback.total):
        now = time.process_time()
        longest_s = max(longest_s, now - paused_at)
        if first_s is None and search.current is not None:
            first_s = now - began
        if now - painted_at > _FRAME_S:
            # A frame is painted, which drops the lines that are far from the view.
            scrollback.settle()
            painted_at = time.process_time()
        paused_at = time.process_time()
    first = "no hit" if first_s is None else f"first hit {first_s * 1000:.1f} ms"
    whole_s = time.process_time() - began
    print(f"{name:30} {first:20} longest step {longest_s * 1000:5.1f} ms, all {whole_s:5.2f} s", flush=True)


def _type(conversation: Conversation) -> None:
    """Type into the search field of the app, and print what each key takes."""
    with answer_server() as url, program_for(url) as program:
        with contextlib.closing(ConversationStore(program.data)) as store:
            import_conversations(store, [conversation])
        with observe(["-m", "tui", "--model", "m", "--continue"], program.environment()) as app:
            app.wait_for_text(READY)
            app.wait_for_idle()
            app.type(_CTRL_F)
            app.wait_for_text("Find")
            costs_ms, times_ms = [], []
            for count in range(1, len(_RARE) + 1):
                before = app.cpu_s
                typed_at = app.type(_RARE[count - 1])
                app.wait_for_text(f"Find  {_RARE[:count]}")
                costs_ms.append((app.cpu_s - before) * 1000)
                times_ms.append((time.monotonic() - typed_at) * 1000)
                app.observe_for(_BETWEEN_KEYS_S)
    # The first key has no search beside it.
    cost, duration = statistics.median(costs_ms[1:]), statistics.median(times_ms[1:])
    print(
        f"a key while the search runs: {cost:.0f} ms of CPU, {duration:.0f} ms; the first {costs_ms[0]:.0f} ms of CPU"
    )


if __name__ == "__main__":
    main()
