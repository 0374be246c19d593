"""What `peers` measures of one client."""

from __future__ import annotations

import contextlib
import random
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.answer_server import AnswerTimes, all_answer_times
from tests.benchmarks.answers import markdown_tokens, marker_positions
from tests.benchmarks.observed_program import ObservedProgram, Sample, observe
from tests.benchmarks.peer_clients import REPOSITORY, Client, Place
from tests.benchmarks.screen_common import model_name, p95

FIRST_PAINT = "exec to first paint, s"
USABLE = "exec to prompt usable, s"
RESIDENT = "resident when ready, MiB"
IDLE = "idle: CPU %, bytes/s"
REQUEST = "Enter to request, first message, ms"
SHORT_CPU = "2,000 tokens, full speed: CPU s"
SHORT_BEHIND = "2,000 tokens, full speed: last token behind the server, s"
LONG_CPU = "20,000 tokens, full speed: CPU s"
LONG_BEHIND = "20,000 tokens, full speed: last token behind the server, s"
PACED_CPU = "2,000 tokens at 200/s: CPU s"
PACED_LATE = "2,000 tokens at 200/s: text late by, p95, ms"
PACED_ECHO = "2,000 tokens at 200/s: key echo p50 / p95, ms"
PACED_BYTES = "2,000 tokens at 200/s: written to the terminal, kB"
STOP = "Esc to disconnect, ms"
ROWS = (
    FIRST_PAINT,
    USABLE,
    RESIDENT,
    IDLE,
    REQUEST,
    SHORT_CPU,
    SHORT_BEHIND,
    LONG_CPU,
    LONG_BEHIND,
    PACED_CPU,
    PACED_LATE,
    PACED_ECHO,
    PACED_BYTES,
    STOP,
)
"""In the order of the table."""

SHORT, LONG, RATE = 2000, 20_000, 200
MODELS = (model_name(100), model_name(SHORT), model_name(LONG), model_name(SHORT, RATE), model_name(LONG, RATE))
"""Those that the server lists."""
_WARM_UP, _SHORT, _LONG, _PACED, _ENDLESS = MODELS

_LETTER = "Z"
"""A letter that occurs neither in answers nor on the screens of the clients."""
_BACKSPACE = "\x7f"
_START_TIMEOUT_S = 60.0
_FIRST_START_TIMEOUT_S = 300.0
"""All modules are compiled."""
_POLL_S = 2.0
_NOT_SHOWN = "never (the view stops)"

Row = tuple[str, str]
"""The name of a row, and the value of this client."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one answer cost."""

    cpu_s: float
    wall_s: float
    """From Enter to the end."""
    written: int
    """Bytes to the terminal."""
    is_shown: bool
    """Whether its last token was on the screen."""
    is_finished: bool
    """Whether the client used no more CPU time before the time limit."""
    behind_s: float
    """From the last token sent to the last one shown."""
    samples: tuple[Sample, ...]
    due: float
    """When the first token was due, on the monotonic clock."""


class ClientBenchmark:
    """Measures one client."""

    def __init__(self, client: Client, environment: Path, url: str, folder: Path, *, quick: bool) -> None:
        """Args:
        client: An installed client.
        environment: Its virtual environment.
        url: The server.
        folder: An empty folder for home folders.
        quick: Fewer runs.
        """
        self._client = client
        self._environment = environment
        self._url = url
        self._first_home = folder / "first"
        self._home = folder / "home"
        self._quick = quick
        self._background = 0.0
        """The share of a CPU that the client uses while it has nothing to do."""
        self._requests_ms: list[float] = []
        self._short_s = 0.0
        """How long the short answer took at full speed."""

    def phases(self) -> tuple[tuple[tuple[str, ...], Callable[[], Iterator[Row]]], ...]:
        """The measurements in order, each with the rows that it yields."""
        streaming = (
            ((SHORT_CPU, SHORT_BEHIND), self._short_answer),
            ((LONG_CPU, LONG_BEHIND), self._long_answer),
            ((PACED_CPU, PACED_LATE, PACED_BYTES), self._paced_answer),
        )
        stopping = ((STOP,), self._stopping)
        requests = ((REQUEST,), self._request)
        if not self._client.has_screen:
            return (*streaming, stopping, requests)
        starting = ((FIRST_PAINT, USABLE, RESIDENT, IDLE), self._starting)
        return (starting, *streaming, ((PACED_ECHO,), self._key_echo), stopping, requests)

    def warm_up(self) -> None:
        """Start once, so that all modules are compiled and the client's files exist, and keep its home folder."""
        self._first_home.mkdir(parents=True)
        self._client.create(self._place(self._first_home, _WARM_UP))
        with self._started(self._first_home, _WARM_UP) as app:
            self._wait_for_prompt(app, _FIRST_START_TIMEOUT_S)
        shutil.copytree(self._first_home, self._home, symlinks=True)
        # The modules that a message needs.
        with self._ready(_WARM_UP) as app:
            self._answer(app, _WARM_UP, 100, _FIRST_START_TIMEOUT_S)
        self._requests_ms.clear()

    def _starting(self) -> Iterator[Row]:
        paints, usables, residents = [], [], []
        written = 0
        seconds = 5 if self._quick else 10
        for run in range(1 if self._quick else 3):
            with self._in_new_home(_SHORT) as app:
                paints.append(_wait_for_paint(app) - app.started_at)
                usables.append(self._wait_for_prompt(app) - app.started_at)
                if run:
                    app.observe_for(1.0)
                else:
                    # Background work of the start must not count as idle.
                    app.wait_for_idle(8.0)
                    cpu_before, bytes_before = app.cpu_s, app.bytes_received
                    app.observe_for(seconds)
                    self._background = (app.cpu_s - cpu_before) / seconds
                    written = app.bytes_received - bytes_before
                residents.append(app.resident_mib)
        yield FIRST_PAINT, f"{statistics.median(paints):.2f}"
        yield USABLE, f"{statistics.median(usables):.2f}"
        yield RESIDENT, f"{statistics.median(residents):.0f}"
        yield IDLE, f"{self._background * 100:.1f}, {written / seconds:,.0f}"

    def _short_answer(self) -> Iterator[Row]:
        turns = [self._turn(_SHORT, SHORT, 120.0)]
        self._short_s = turns[0].wall_s
        if not self._quick and self._short_s < 30.0:
            turns.append(self._turn(_SHORT, SHORT, 120.0))
        yield from self._full_speed(turns, SHORT_CPU, SHORT_BEHIND, "not done in 120 s")

    def _long_answer(self) -> Iterator[Row]:
        limit_s = 60.0 if self._quick else 180.0
        if self._quick and self._short_s * (LONG / SHORT) > limit_s:
            yield LONG_CPU, "not tried"
            yield LONG_BEHIND, "not tried"
            return
        turns = [self._turn(_LONG, LONG, limit_s)]
        yield from self._full_speed(turns, LONG_CPU, LONG_BEHIND, f"not done in {limit_s:.0f} s")

    def _full_speed(self, turns: list[Turn], cpu_row: str, behind_row: str, not_done: str) -> Iterator[Row]:
        if not all(turn.is_finished for turn in turns):
            yield cpu_row, not_done
            yield behind_row, "not done"
            return
        yield cpu_row, f"{statistics.median(turn.cpu_s for turn in turns):.2f}"
        is_shown = all(turn.is_shown for turn in turns)
        behind_s = statistics.median(turn.behind_s for turn in turns)
        yield behind_row, f"{max(0.0, behind_s):.2f}" if is_shown else _NOT_SHOWN

    def _paced_answer(self) -> Iterator[Row]:
        turn = self._turn(_PACED, SHORT, 120.0)
        if not turn.is_finished:
            yield PACED_CPU, "not done in 120 s"
            yield PACED_LATE, "not done"
            yield PACED_BYTES, "not done"
            return
        numbers = marker_positions(markdown_tokens(SHORT))
        delays_ms = []
        samples = iter(turn.samples)
        sample = next(samples, None)
        for number in numbers:
            while sample is not None and sample.token < number:
                sample = next(samples, None)
            if sample is None:
                break
            delays_ms.append((sample.time_s - turn.due - number / RATE) * 1000)
        shown = len(delays_ms) / len(numbers)
        yield PACED_CPU, f"{turn.cpu_s:.2f}"
        late = f"{p95(delays_ms):,.0f}" if len(delays_ms) > 1 else _NOT_SHOWN
        yield PACED_LATE, late if shown == 1 or len(delays_ms) < 2 else f"{late} ({shown:.0%} shown)"
        yield PACED_BYTES, f"{turn.written / 1000:,.0f}"

    def _key_echo(self) -> Iterator[Row]:
        rng = random.Random(1)
        times_ms = []
        with self._ready(_PACED) as app:
            self._send(app, _PACED)
            if not app.wait_for_token(0, 30.0):
                raise SystemExit("The answer was not shown.")
            # No longer than the server sends.
            ends_at = time.monotonic() + SHORT / RATE - 0.5
            while time.monotonic() < ends_at:
                pressed_at = app.type(_LETTER)
                if not app.wait_until(lambda: app.screen.contains(_LETTER), 15.0):
                    yield PACED_ECHO, "not within 15 s"
                    return
                times_ms.append((app.last_output_at - pressed_at) * 1000)
                app.observe_for(rng.uniform(0.05, 0.15))
                app.type(_BACKSPACE)
                app.wait_until(lambda: not app.screen.contains(_LETTER), 10.0)
                app.observe_for(rng.uniform(0.05, 0.15))
        # Of a client that echoes only one key while an answer streams, this is the one.
        most_ms = p95(times_ms) if len(times_ms) > 1 else times_ms[0]
        yield PACED_ECHO, f"{statistics.median(times_ms):,.0f} / {most_ms:,.0f}"

    def _stopping(self) -> Iterator[Row]:
        times_ms = []
        if self._client.stop is None:
            yield STOP, "not measured (mouse only)"
            return
        for _ in range(1 if self._quick else 2):
            with self._ready(_ENDLESS) as app:
                self._send(app, _ENDLESS)
                if not app.wait_for_token(0, 30.0):
                    raise SystemExit("The answer was not shown.")
                app.observe_for(1.0)
                pressed_at = self._client.stop(app)
                deadline = pressed_at + 20.0
                while not (times := all_answer_times(self._url)).disconnected:
                    if time.monotonic() > deadline:
                        raise SystemExit("The connection stays open for 20 s.")
                    # A program that ends with this key closes its terminal.
                    with contextlib.suppress(SystemExit):
                        app.observe_for(0.05)
                times_ms.append((times.disconnected - pressed_at) * 1000)
        note = f" ({self._client.stop_note})" if self._client.stop_note else ""
        yield STOP, f"{statistics.median(times_ms):.0f}{note}"

    def _request(self) -> Iterator[Row]:
        # Each answer was the first of its process.
        if self._requests_ms:
            yield REQUEST, f"{statistics.median(self._requests_ms):,.0f}"

    def _turn(self, model: str, count: int, limit_s: float) -> Turn:
        with self._ready(model) as app:
            return self._answer(app, model, count, limit_s)

    def _answer(self, app: ObservedProgram, model: str, count: int, limit_s: float) -> Turn:
        cpu_before, bytes_before = app.cpu_s, app.bytes_received
        pressed_at = self._send(app, model)
        deadline = time.monotonic() + limit_s
        is_finished = False
        while not (is_shown := app.wait_for_token(count - 1, 0)) and not is_finished and time.monotonic() < deadline:
            cpu_s = app.cpu_s
            if not app.wait_for_token(count - 1, _POLL_S):
                is_calm = app.cpu_s - cpu_s < (1.5 * self._background + 0.04) * _POLL_S
                # The client has processed everything, and does not show the end.
                is_finished = is_calm and bool(self._times_since(pressed_at).finished)
        if is_shown:
            app.wait_for_idle(background=self._background)
            is_finished = True
        times = self._times_since(pressed_at)
        if not times.requested:
            raise SystemExit(f"The prompt was not sent:\n{app.screen.text}")
        self._requests_ms.append((times.requested - pressed_at) * 1000)
        return Turn(
            cpu_s=app.cpu_s - cpu_before,
            wall_s=time.monotonic() - pressed_at,
            written=app.bytes_received - bytes_before,
            is_shown=is_shown,
            is_finished=is_finished,
            behind_s=app.samples[-1].time_s - times.finished if is_shown else 0.0,
            samples=tuple(app.samples),
            due=times.due,
        )

    def _send(self, app: ObservedProgram, model: str) -> float:
        """Send the prompt that was typed. Returns when the key was pressed."""
        app.reset_tokens()
        return app.type(self._client.submit)

    def _times_since(self, pressed_at: float) -> AnswerTimes:
        """The times of the answer to what was sent then. All are 0 if there is none."""
        times = all_answer_times(self._url)
        return times if times.requested >= pressed_at else AnswerTimes(0, 0, 0, 0)

    @contextlib.contextmanager
    def _ready(self, model: str) -> Iterator[ObservedProgram]:
        """The client in a new process, with a typed prompt, idle."""
        with self._in_new_home(model) as app:
            self._wait_for_prompt(app)
            app.wait_for_idle(15.0, self._background)
            app.type(self._client.prompt(model))
            app.wait_for_idle(5.0, self._background)
            yield app

    @contextlib.contextmanager
    def _in_new_home(self, model: str) -> Iterator[ObservedProgram]:
        home = self._home.with_name("run")
        shutil.copytree(self._home, home, symlinks=True)
        try:
            with self._started(home, model) as app:
                yield app
        finally:
            shutil.rmtree(home, ignore_errors=True)

    @contextlib.contextmanager
    def _started(self, home: Path, model: str) -> Iterator[ObservedProgram]:
        client, place = self._client, self._place(home, model)
        client.configure(place)
        with observe(
            client.arguments(place),
            {**place.variables, **client.variables(place)},
            has_screen=client.has_screen,
            python=place.python,
            folder=REPOSITORY if client.is_in_repository else home,
        ) as app:
            yield app

    def _place(self, home: Path, model: str) -> Place:
        return Place(self._environment, home, self._url, model)

    def _wait_for_prompt(self, app: ObservedProgram, timeout_s: float = _START_TIMEOUT_S) -> float:
        """Press a letter until it is shown, and delete it. Returns when it was shown, on the monotonic clock."""
        if not self._client.has_screen:
            app.wait_for_token(0, timeout_s)
            return app.last_output_at
        deadline = time.monotonic() + timeout_s
        app.wait_until(lambda: app.bytes_received > 0, timeout_s)
        presses = 0
        while not app.screen.contains(_LETTER):
            if time.monotonic() > deadline:
                raise SystemExit(f"Keys were not echoed within {timeout_s:.0f} s:\n{app.screen.text}")
            app.type(_LETTER)
            presses += 1
            app.wait_until(lambda: app.screen.contains(_LETTER), 0.02)
        shown_at = app.last_output_at
        app.observe_for(0.5)
        app.type(_BACKSPACE * presses)
        if not app.wait_until(lambda: not app.screen.contains(_LETTER), 10.0):
            raise SystemExit(f"The letter {_LETTER} was not deleted:\n{app.screen.text}")
        return shown_at


def _wait_for_paint(app: ObservedProgram) -> float:
    """Wait until there is text on the screen. Returns when, on the monotonic clock."""
    if not app.wait_until(lambda: bool(app.screen.text.strip()), _START_TIMEOUT_S):
        raise SystemExit(f"Nothing was shown within {_START_TIMEOUT_S:.0f} s.")
    return app.last_output_at
