"""Searches a conversation of 100,000 lines as Ctrl+F does: `python -m tests.benchmarks.find [LINES]`.

Reports the CPU time until the first hit, and the longest time without a pause, in which no key is handled. Nothing is
laid out before the first search, as after opening the conversation.
"""

from __future__ import annotations

import gc
import random
import sys
import time

from tui.chat.message import ChatMessage
from tui.ui.log.entries import AnswerEntry, PromptEntry
from tui.ui.log.scrollback import Scrollback
from tui.ui.log.search import Search
from tui.ui.markdown.warmup import warm_up

LINES = 100_000
WIDTH, HEIGHT = 96, 36
_PARAGRAPHS = 17
_LINES_OF_A_TURN = 52
_WORDS = [f"{first}{second}" for first in "bcdfghklmnprstvw" for second in ("a", "ela", "ino", "orum", "usti", "ydre")]
_RARE = "quixotic"
_FRAME_S = 0.015


def main() -> None:
    """Run the benchmark, and print the results."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    scrollback = _conversation(lines // _LINES_OF_A_TURN)
    # As in the app, which does both when it starts.
    warm_up()
    gc.freeze()
    print(f"about {scrollback.total:,} lines, {len(scrollback.entries):,} messages")
    _search(scrollback, Search(scrollback), "a distant word, first search", _RARE)
    search = Search(scrollback)
    _search(scrollback, search, "a common word, first search", "bela")
    for name, text in (("a letter", "b"), ("one more letter", "be"), ("a distant word", _RARE), ("nothing", "zzz")):
        _search(scrollback, search, f"then {name}", text)


def _conversation(turns: int) -> Scrollback:
    rng = random.Random(5)

    def words(count: int) -> str:
        return " ".join(rng.choice(_WORDS) for _ in range(count))

    entries: list[PromptEntry | AnswerEntry] = []
    for number in range(turns):
        entries.append(PromptEntry(ChatMessage(f"p{number}", "user", words(10))))
        text = "\n\n".join(words(20) for _ in range(_PARAGRAPHS))
        entries.append(AnswerEntry(ChatMessage(f"a{number}", "assistant", f"{text} {_RARE}" if number == 3 else text)))
    scrollback = Scrollback()
    scrollback.resize(WIDTH, HEIGHT)
    scrollback.show(entries)
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


if __name__ == "__main__":
    main()
