"""Shared by the screen benchmarks: the three programs, and measurements with limits."""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.answer_server import answer_times
from tests.benchmarks.observed_program import ObservedProgram, observe
from tests.program import Program

READY = "Write a prompt"
"""The placeholder of the prompt in both chats."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One row of the results."""

    name: str
    value: str
    """With its unit."""

    limit: str
    """The required value, or an empty text without a limit."""

    passes: bool | None = None
    """Whether the value is within the limit, or None without a limit."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """The delays until the tokens of an answer were on the screen, in milliseconds."""

    delays_ms: Sequence[float]

    @property
    def first_tenth(self) -> float:
        """The 95th percentile in the first tenth of the answer."""
        return p95(self.delays_ms[: len(self.delays_ms) // 10])

    @property
    def last_tenth(self) -> float:
        """The 95th percentile in the last tenth of the answer."""
        return p95(self.delays_ms[-len(self.delays_ms) // 10 :])


def at_most(name: str, value: float, limit: float, unit: str = "x", details: str = "") -> Measurement:
    """A measurement with a maximum."""
    return Measurement(name, f"{_format(value)}{unit}{details}", f"at most {limit:g}{unit}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str = "x", details: str = "") -> Measurement:
    """A measurement with a minimum."""
    return Measurement(name, f"{_format(value)}{unit}{details}", f"at least {limit:g}{unit}", value >= limit)


def _format(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def print_rows(measurements: Iterable[Measurement]) -> None:
    """Print each measurement when it is made."""
    for measurement in measurements:
        verdict = {True: "ok", False: "MISSED", None: ""}[measurement.passes]
        print(f"{verdict:6} | {measurement.name} | {measurement.value} | {measurement.limit}", flush=True)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def model_name(count: int, rate: int = 0, delay_ms: int = 0) -> str:
    """The model name for an answer in Markdown; see `answer_server`."""
    return f"markdown-{count}-{rate}-{delay_ms}"


@contextlib.contextmanager
def program_for(url: str) -> Iterator[Program]:
    """The program, with a config for the server and an empty data folder."""
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        program.use_server(url)
        program.data.mkdir()
        yield program


@contextlib.contextmanager
def chat(url: str, model: str, program: Program | None = None) -> Iterator[ObservedProgram]:
    """The app, idle and ready for a prompt."""
    with contextlib.ExitStack() as stack:
        program = program or stack.enter_context(program_for(url))
        app = stack.enter_context(observe(["-m", "tui", "--model", model], program.environment()))
        app.wait_for_text(READY)
        app.wait_for_idle()
        app.reset_tokens()
        yield app


@contextlib.contextmanager
def markdown_stream(url: str) -> Iterator[ObservedProgram]:
    """The app with `MarkdownStream`, idle and ready for a model name."""
    with observe(["-m", "tests.benchmarks.bare_markdown", url], dict(os.environ)) as app:
        app.wait_for_text(READY)
        app.wait_for_idle()
        app.reset_tokens()
        yield app


def cost_of_turn(app: ObservedProgram, count: int, text: str, timeout_s: float = 120.0) -> float | None:
    """CPU seconds from Enter until the answer is on the screen and the app is idle. None on timeout."""
    app.type(text)
    app.wait_for_idle()
    before = app.cpu_s
    app.type("\r")
    if not app.wait_for_token(count - 1, timeout_s):
        return None
    app.wait_for_idle()
    return app.cpu_s - before


def raw_cost(url: str, model: str, count: int) -> tuple[float, float]:
    """CPU seconds of the raw loop: from the request, including its imports; and from the start of the process."""
    with observe(["-m", "tests.benchmarks.raw_loop", url], dict(os.environ), has_screen=False) as loop:
        loop.wait_for_token(0)
        loop.wait_for_idle()
        before = loop.cpu_s
        loop.type(f"{model}\n")
        if not loop.wait_for_token(count - 1):
            raise SystemExit("The raw loop did not finish.")
        loop.wait_for_idle()
        total = loop.cpu_s
        return total - before, total


def warm_up(url: str) -> None:
    """Run each program once, so that all modules are compiled."""
    count = 300
    with chat(url, model_name(count)) as app:
        cost_of_turn(app, count, "hi")
    with markdown_stream(url) as app:
        cost_of_turn(app, count, model_name(count))
    raw_cost(url, model_name(count), count)


def measure_lateness(app: ObservedProgram, url: str, numbers: Sequence[int], rate: int) -> Lateness:
    """The delay of each marker in an answer with a fixed rate."""
    _, due_at = answer_times(url)
    samples = iter(app.samples)
    sample = next(samples)
    delays_ms = []
    for number in numbers:
        while sample.token < number:
            sample = next(samples)
        delays_ms.append((sample.time_s - due_at - number / rate) * 1000)
    return Lateness(delays_ms)
