"""Opening an answer of any size, and changing the width of the terminal: `python -m tests.benchmarks.large_answers`.

Measures the time from the key, or from the change of size, until the end of the answer is on the screen as it stays.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.answers import markdown_tokens
from tests.benchmarks.observed_program import COLUMNS, ObservedProgram
from tests.benchmarks.screen_common import Measurement, at_most, chat, print_rows, program_for
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

_LIMIT_MS = 50
_WIDTHS = (100, 110, 90, COLUMNS)
_END = 99_999
"""The marker at the end of each answer."""

_LATEST = "\x1bOR", "\t", "\r"
"""The keys that open the first conversation of the sidebar."""


def _answer_of_many_lines() -> str:
    text = "".join(markdown_tokens(60_000))
    return f"{text * (20_000 // text.count(chr(10)) + 1)}\n\n"


ANSWERS: dict[str, Callable[[], str]] = {
    "a short answer": lambda: "some words\n\n",
    "20,000 lines of Markdown": _answer_of_many_lines,
    "a paragraph of 1 MB": lambda: ("some **bold** words and `code` in a row, " * 25_000)[:1_000_000],
    "10,000 rows": lambda: (
        "| a | number | text |\n|---|---|---|\n"
        + "".join(f"| row {at} | {at * 3.5} | some words {at} |\n" for at in range(10_000))
    ),
    "code of 20,000 lines": lambda: "```python\n" + "def f(x):\n    return x + 1  # one\n" * 10_000 + "```\n\n",
}


def large_answers(url: str, quick: bool) -> Iterator[Measurement]:
    """All answers: opened, and at other widths."""
    short_ms = 0.0
    for name, text in ANSWERS.items():
        end = f"| w{_END} | | |" if "row" in name and name[0].isdigit() else f" w{_END}"
        with program_for(url) as program:
            _save(program, text() + end)
            opened_ms = []
            for _ in range(2 if quick else 5):
                with chat(url, "m", program) as app:
                    opened_ms.append(_time_to_end(app, *_LATEST))
            median = statistics.median(opened_ms)
            short_ms = short_ms or median
            details = f" (more than for a short one: {median - short_ms:.0f})"
            yield at_most(f"opening {name}, key to picture", median, _LIMIT_MS, " ms", details)
            with chat(url, "m", program) as app:
                _time_to_end(app, *_LATEST)
                app.wait_for_idle()
                resized_ms = [_time_to_resize(app, width) for width in _WIDTHS]
            details = f" (max {max(resized_ms):.0f})"
            yield at_most(
                f"another width of {name}, to the picture", statistics.median(resized_ms), _LIMIT_MS, " ms", details
            )


def _save(program: Program, text: str) -> None:
    prompt = ChatMessage("p", "user", "hi", created_at=1.7e9)
    answer = ChatMessage("a", "assistant", text, parent_id="p", created_at=1.7e9, provider="server", model="m")
    store = ConversationStore(program.data)
    store.add(Conversation("large", created_at=1.7e9, provider="server", model="m").append(prompt, answer))
    store.close()


def _time_to_end(app: ObservedProgram, *keys: str) -> float:
    """Milliseconds from the last of some keys until the end of the answer is shown."""
    for key in keys[:-1]:
        app.type(key)
        app.wait_for_idle()
    app.reset_tokens()
    pressed_at = app.type(keys[-1])
    return _wait_for_end(app, pressed_at)


def _time_to_resize(app: ObservedProgram, columns: int) -> float:
    """Milliseconds from another width of the terminal until the end of the answer is shown at it."""
    began_at = app.resize(columns)
    passed_ms = _wait_for_end(app, began_at)
    app.wait_for_idle()
    return passed_ms


def _wait_for_end(app: ObservedProgram, began_at: float) -> float:
    if not app.wait_for_token(_END, 30):
        raise SystemExit(f"The end of the answer was not shown:\n{app.screen.text}")
    return (app.last_output_at - began_at) * 1000


if __name__ == "__main__":
    with answer_server() as server_url:
        print_rows(large_answers(server_url, quick=False))
