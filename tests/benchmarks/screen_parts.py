"""What the rows of the screen's benchmark share: the three programs, how they are asked, and what a figure is."""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.feeder import began
from tests.benchmarks.watching import Watched, watched
from tests.program import Program

READY = "Ask something"
"""What both chats show where one types."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    measured: str
    bar: str
    held: bool | None = None
    """Whether the bar holds. None where there is none, and the figure only explains others."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the tokens of an answer were on the screen, in milliseconds."""

    all: Sequence[float]

    @property
    def first_tenth(self) -> float:
        """95 of 100 in the first tenth of the answer were no later."""
        return p95(self.all[: len(self.all) // 10])

    @property
    def last_tenth(self) -> float:
        """The same in the last tenth."""
        return p95(self.all[-len(self.all) // 10 :])


def at_most(name: str, value: float, bar: float, unit: str = "x", more: str = "") -> Figure:
    """A figure that is not to be greater than its bar."""
    return Figure(name, f"{_shown(value)}{unit}{more}", f"at most {bar:g}{unit}", value <= bar)


def at_least(name: str, value: float, bar: float, unit: str = "x", more: str = "") -> Figure:
    """A figure that is not to be less than its bar."""
    return Figure(name, f"{_shown(value)}{unit}{more}", f"at least {bar:g}{unit}", value >= bar)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def p95(values: Sequence[float]) -> float:
    """95 of 100 values are no greater."""
    return statistics.quantiles(values, n=20)[-1]


def name_of(count: int, pace: int = 0, wait_ms: int = 0) -> str:
    """The model that gives such an answer; see the feeder."""
    return f"markdown-{count}-{pace}-{wait_ms}"


@contextlib.contextmanager
def program_for(url: str) -> Iterator[Program]:
    """The program, configured for a server, with a data folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        program.use_server(url)
        program.data.mkdir()
        yield program


@contextlib.contextmanager
def chat(url: str, model: str, program: Program | None = None) -> Iterator[Watched]:
    """The app, at rest and waiting for a prompt."""
    with contextlib.ExitStack() as stack:
        program = program or stack.enter_context(program_for(url))
        app = stack.enter_context(watched(["-m", "tui", "--model", model], program.environment()))
        app.shows(READY)
        app.calm()
        app.forget()
        yield app


@contextlib.contextmanager
def markdown_stream(url: str) -> Iterator[Watched]:
    """The bare app, at rest and waiting for the name of a model."""
    with watched(["-m", "tests.benchmarks.bare_markdown", url], dict(os.environ)) as app:
        app.shows(READY)
        app.calm()
        app.forget()
        yield app


def cost_of_turn(app: Watched, count: int, typed: str, within_s: float = 120.0) -> float | None:
    """CPU seconds from Enter until an answer is on the screen and all is at rest. None where it took too long."""
    app.type(typed)
    app.calm()
    before = app.cpu_s
    app.type("\r")
    if not app.sees_token(count - 1, within_s):
        return None
    app.calm()
    return app.cpu_s - before


def raw_cost(url: str, model: str, count: int) -> tuple[float, float]:
    """CPU seconds of the raw loop: from being asked on, its imports among them; and from exec on."""
    with watched(["-m", "tests.benchmarks.raw_loop", url], dict(os.environ), has_screen=False) as loop:
        loop.sees_token(0)
        loop.calm()
        before = loop.cpu_s
        loop.type(f"{model}\n")
        if not loop.sees_token(count - 1):
            raise SystemExit("The raw loop did not come to its end.")
        loop.calm()
        whole = loop.cpu_s
        return whole - before, whole


def warm_up(url: str) -> None:
    """Run all of them once, so that Python has compiled what they consist of."""
    count = 300
    with chat(url, name_of(count)) as app:
        cost_of_turn(app, count, "hi")
    with markdown_stream(url) as app:
        cost_of_turn(app, count, name_of(count))
    raw_cost(url, name_of(count), count)


def lateness(app: Watched, url: str, numbers: Sequence[int], pace: int) -> Lateness:
    """How late each numbered token was on the screen, of those that were due by the clock."""
    _, due = began(url)
    sights = iter(app.sights)
    sight = next(sights)
    late = []
    for number in numbers:
        while sight.token < number:
            sight = next(sights)
        late.append((sight.at - due - number / pace) * 1000)
    return Lateness(late)
