"""The app on a terminal, against Textual's `MarkdownStream` and a bare loop: `python -m tests.benchmarks.screen`.

`--only NAME` takes single rows, `--quick` fewer runs and a shorter answer. CPU and ratios are what counts; times
on the clock hold for an idle machine. Linux only: what others cost is read where it tells.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from tests.benchmarks.feeder import feeder
from tests.benchmarks.screen_parts import Figure, warm_up
from tests.benchmarks.screen_resting import idle, memory, opening, start
from tests.benchmarks.screen_streaming import first_token, long_answer, paced_answer, short_answer, staleness

ROWS: dict[str, Callable[[str, bool], Iterator[Figure]]] = {
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
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screen")
    parser.add_argument("--only", action="append", choices=ROWS, default=[], help="this row, and others so named")
    parser.add_argument("--quick", action="store_true", help="fewer runs, and 4,000 tokens where it would be 20,000")
    arguments = parser.parse_args()
    with feeder() as url:
        warm_up(url)
        for name, measure in ROWS.items():
            if not arguments.only or name in arguments.only:
                for figure in measure(url, arguments.quick):
                    print(_line(figure), flush=True)


def _line(figure: Figure) -> str:
    verdict = {True: "ok", False: "MISSED", None: ""}[figure.held]
    return f"{verdict:6} | {figure.name} | {figure.measured} | {figure.bar}"


if __name__ == "__main__":
    main()
