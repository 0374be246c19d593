"""Compares the app on a terminal with Textual's `MarkdownStream` and a raw loop: `python -m tests.benchmarks.screen`.

`--only NAME` selects benchmarks, `--quick` uses fewer runs and a shorter answer. CPU times and ratios are reliable;
durations need an idle machine. Linux only, because CPU time and memory of other processes are read from the kernel.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.screen_common import Measurement, print_rows, warm_up
from tests.benchmarks.screen_resources import idle, memory, opening, start
from tests.benchmarks.screen_streaming import first_token, long_answer, paced_answer, short_answer, staleness

BENCHMARKS: dict[str, Callable[[str, bool], Iterator[Measurement]]] = {
    "short": short_answer,
    "long": long_answer,
    "paced": paced_answer,
    "staleness": staleness,
    "first-token": first_token,
    "start": start,
    "memory": memory,
    "opening": opening,
    "idle": idle,
}


def main() -> None:
    """Run the benchmark, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen")
    parser.add_argument(
        "--only", action="append", choices=BENCHMARKS, default=[], help="run only this benchmark; repeatable"
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer runs, and 4,000 tokens instead of 20,000 for staleness"
    )
    arguments = parser.parse_args()
    with answer_server() as url:
        warm_up(url)
        for name, measure in BENCHMARKS.items():
            if not arguments.only or name in arguments.only:
                print_rows(measure(url, arguments.quick))


if __name__ == "__main__":
    main()
