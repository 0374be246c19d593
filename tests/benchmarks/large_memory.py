"""The memory of very large answers in the app: `python -m tests.benchmarks.large_memory`.

Prints the growth of the resident memory since the program was ready, relative to the characters of the answer: while
the answer streams, at the highest, when the program is idle again, after the reader has scrolled, and while a second
prompt is sent with all of it. `--only NAME` selects some of the answers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.benchmarks.answer_server import LARGE_END, SECOND_END, answer_server
from tests.benchmarks.observed_program import ObservedProgram
from tests.benchmarks.screen_common import Measurement, at_most, chat, print_rows

_MB = 1_000_000
_LIMIT = 2.5
_TIMEOUT_S = 900.0
_SAMPLE_S = 0.1
_PAGES = 40
_PAGE_UP = "\x1b[5~"


class _Answer(NamedTuple):
    kind: str
    characters: int
    chunk: int
    """Characters that come at once."""


ANSWERS = {
    "30 MB of paragraphs": _Answer("paragraphs", 30 * _MB, 600),
    "30 MB of short paragraphs": _Answer("sentences", 30 * _MB, 600),
    "10 MB of paragraphs in tokens": _Answer("paragraphs", 10 * _MB, 4),
    "100 MB of paragraphs": _Answer("paragraphs", 100 * _MB, 600),
    "30 MB of code": _Answer("code", 30 * _MB, 600),
    "100 MB of code": _Answer("code", 100 * _MB, 600),
    "a line of 20 MB": _Answer("line", 20 * _MB, 600),
    "a line of JSON of 20 MB": _Answer("json", 20 * _MB, 600),
    "a line of code of 20 MB": _Answer("codeline", 20 * _MB, 600),
    "thinking of 20 MB in a line": _Answer("thinking", 20 * _MB, 600),
    "a line of 2 MB in tokens": _Answer("line", 2 * _MB, 4),
}


def large_memory(url: str, names: list[str]) -> Iterator[Measurement]:
    """The rows of some answers, or of all."""
    for name, answer in ANSWERS.items():
        if not names or name in names:
            with chat(url, f"large-{answer.kind}-{answer.characters}-{answer.chunk}") as app:
                yield from _rows_of(app, name, answer)


def _rows_of(app: ObservedProgram, name: str, answer: _Answer) -> Iterator[Measurement]:
    ready_mib = app.resident_mib

    def relative(mib: float) -> float:
        return (mib - ready_mib) * 2**20 / answer.characters

    began, cpu_before = time.monotonic(), app.cpu_s
    streaming_mib = _highest_until_token(app, LARGE_END, "hi")
    shown_s = time.monotonic() - began
    app.wait_for_idle(_TIMEOUT_S)
    details = f" (shown after {shown_s:.0f} s, {app.cpu_s - cpu_before:.0f} s of CPU until idle)"
    yield at_most(f"{name}, while it streams", relative(streaming_mib), _LIMIT, details=details)
    yield at_most(f"{name}, at the highest", relative(app.peak_mib), _LIMIT)
    yield at_most(f"{name}, afterwards", relative(app.resident_mib), _LIMIT)
    for _ in range(_PAGES):
        app.type(_PAGE_UP)
        app.observe_for(_SAMPLE_S)
    app.wait_for_idle(_TIMEOUT_S)
    yield at_most(f"{name}, scrolled {_PAGES} pages up", relative(app.resident_mib), _LIMIT)
    app.reset_peak()
    began = time.monotonic()
    _highest_until_token(app, SECOND_END, "again")
    details = f" (answered after {time.monotonic() - began:.1f} s)"
    yield Measurement(f"{name}, at the highest with a second prompt", f"{relative(app.peak_mib):.2f}x{details}", "")
    app.wait_for_idle(_TIMEOUT_S)
    yield at_most(f"{name}, after the second prompt", relative(app.resident_mib), _LIMIT)


def _highest_until_token(app: ObservedProgram, token: int, prompt: str) -> float:
    """Send a prompt. Returns the highest resident memory until shortly before the end of the answer was shown."""
    app.reset_tokens()
    app.type(f"{prompt}\r")
    samples, deadline = [app.resident_mib], time.monotonic() + _TIMEOUT_S
    while app.highest_token < token:
        if time.monotonic() > deadline:
            raise SystemExit(f"The end of the answer was not shown:\n{app.screen.text}")
        app.wait_until(lambda: app.highest_token >= token, _SAMPLE_S)
        samples.append(app.resident_mib)
    # The answer is saved before its end is shown.
    return max(samples[: max(1, len(samples) * 9 // 10)])


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.large_memory")
    parser.add_argument("--only", action="append", choices=ANSWERS, default=[], help="repeatable")
    arguments = parser.parse_args()
    with answer_server() as url:
        print_rows(large_memory(url, arguments.only))


if __name__ == "__main__":
    main()
