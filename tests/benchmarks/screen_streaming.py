"""CPU time and delays while an answer streams."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence

from tests.benchmarks.answer_server import all_answer_times, answer_times
from tests.benchmarks.answers import markdown_tokens, marker_positions
from tests.benchmarks.observed_program import ObservedProgram, Sample
from tests.benchmarks.screen_common import (
    READY,
    Measurement,
    at_least,
    at_most,
    chat,
    cost_of_turn,
    markdown_stream,
    measure_lateness,
    model_name,
    p95,
    raw_cost,
)

RUNS = 3
TOKENS_PER_S = 200
TIMEOUT_S = 120
"""After this time `MarkdownStream` is stopped in a long answer."""

_LETTER = "Z"
"""A letter that does not occur in answers."""


def short_answer(url: str, quick: bool) -> Iterator[Measurement]:
    """2,000 tokens at full speed."""
    yield from _relative_to_raw_loop(url, 2000, limit=1.6)


def long_answer(url: str, quick: bool) -> Iterator[Measurement]:
    """20,000 tokens at full speed."""
    count = 20_000
    yield from _relative_to_raw_loop(url, count, limit=1.6)
    with chat(url, model_name(count)) as app:
        app_s = cost_of_turn(app, count, "hi")
    assert app_s is not None
    with markdown_stream(url) as app:
        before = app.cpu_s
        stream_s = cost_of_turn(app, count, model_name(count), TIMEOUT_S)
        if stream_s is None:
            used_s, shown = app.cpu_s - before, app.highest_token
            details = f" (MarkdownStream had shown {shown:,} of {count:,} after {used_s:.0f} s of CPU, and was stopped)"
            stream_s = used_s
        else:
            details = f" (MarkdownStream: {stream_s:.2f} s)"
    yield at_least("20,000 tokens, CPU of MarkdownStream relative to the app", stream_s / app_s, 15, details=details)


def paced_answer(url: str, quick: bool) -> Iterator[Measurement]:
    """2,000 tokens at 200 per second, the speed of a fast model."""
    count = 2000
    raw_s, _ = raw_cost(url, model_name(count, TOKENS_PER_S), count)
    with chat(url, model_name(count, TOKENS_PER_S)) as app:
        before = app.bytes_received
        app_s = cost_of_turn(app, count, "hi")
        app_bytes = app.bytes_received - before
    with markdown_stream(url) as app:
        before = app.bytes_received
        stream_s = cost_of_turn(app, count, model_name(count, TOKENS_PER_S))
        stream_bytes = app.bytes_received - before
    assert app_s is not None
    assert stream_s is not None
    yield at_most(
        "2,000 tokens at 200/s, CPU relative to the raw loop",
        app_s / raw_s,
        5,
        details=f" ({app_s:.2f} s and {raw_s:.2f} s)",
    )
    yield at_most(
        "2,000 tokens at 200/s, CPU relative to MarkdownStream",
        app_s / stream_s,
        0.6,
        details=f" ({app_s:.2f} s, MarkdownStream {stream_s:.2f} s)",
    )
    yield at_most(
        "2,000 tokens at 200/s, bytes to the terminal relative to MarkdownStream",
        app_bytes / stream_bytes,
        0.1,
        details=f" ({app_bytes / 1000:,.0f} kB, MarkdownStream {stream_bytes / 1000:,.0f} kB)",
    )


def staleness(url: str, quick: bool) -> Iterator[Measurement]:
    """The delays of text and of echoed keys while an answer streams."""
    count = 4000 if quick else 20_000
    numbers = marker_positions(markdown_tokens(count))
    with chat(url, model_name(count, TOKENS_PER_S)) as app:
        before = app.cpu_s
        app.type("hi\r")
        app.wait_for_token(0)
        echoes = _echo_times(app, count)
        lateness = measure_lateness(app, url, numbers, TOKENS_PER_S)
        per_token = (app.cpu_s - before) / count * 1e6
    yield at_most("token due to token shown at 200/s, p95 of the first tenth", lateness.first_tenth, 80, " ms")
    yield at_most(
        "token due to token shown at 200/s, p95 of the last tenth",
        lateness.last_tenth,
        80,
        " ms",
        f" (p95 of all {count:,}: {p95(lateness.delays_ms):.0f}, max {max(lateness.delays_ms):.0f})",
    )
    yield at_most(
        "key echo p95 while streaming",
        p95(echoes),
        20,
        " ms",
        f" (median {statistics.median(echoes):.0f} of {len(echoes)})",
    )
    yield Measurement("CPU per token while streaming", f"{per_token:.0f} us", "")


def first_token(url: str, quick: bool) -> Iterator[Measurement]:
    """The time from the first token on the wire to the screen, in the first and the second turn."""
    # Its first token is a word.
    model = model_name(12, 0, 300)
    first_ms: list[float] = []
    second_ms: list[float] = []
    request_ms: list[float] = []
    for _ in range(3 if quick else 10):
        with chat(url, model) as app:
            for times_ms in (first_ms, second_ms):
                app.type("hi")
                app.wait_for_idle()
                app.reset_tokens()
                pressed_at = app.type("\r")
                app.wait_for_token(0)
                requested_at, due_at = answer_times(url)
                times_ms.append((app.samples[0].time_s - due_at) * 1000)
                if times_ms is first_ms:
                    request_ms.append((requested_at - pressed_at) * 1000)
                app.wait_for_idle()
                app.type("\x0e")
                app.wait_for_text(READY)
                app.wait_for_idle()
    name = "wire to screen, first token, "
    yield at_most(f"{name}first turn", statistics.median(first_ms), 20, " ms", f" (max {max(first_ms):.1f})")
    yield at_most(f"{name}second turn", statistics.median(second_ms), 20, " ms", f" (max {max(second_ms):.1f})")
    yield Measurement("Enter to request, first turn", f"{statistics.median(request_ms):.1f} ms", "")


def _relative_to_raw_loop(url: str, count: int, limit: float) -> Iterator[Measurement]:
    is_long = count >= 10_000
    raws = [raw_cost(url, model_name(count), count) for _ in range(RUNS)]
    raw_s, total_s = (min(costs) for costs in zip(*raws, strict=True))
    costs, growths, behind_s = [], [], []
    for _ in range(RUNS):
        with chat(url, model_name(count)) as app:
            cost = cost_of_turn(app, count, "hi")
            assert cost is not None
            costs.append(cost)
            behind_s.append(app.samples[-1].time_s - all_answer_times(url).finished)
            if is_long:
                growths.append(_growth(app.samples, count))
    app_s = min(costs)
    details = f" ({app_s:.2f} s and {raw_s:.2f} s; {total_s:.2f} s with the start of the loop)"
    yield at_most(
        f"{count:,} tokens at full speed, CPU relative to the raw loop", app_s / raw_s, limit, details=details
    )
    details = f" (of {RUNS}: {', '.join(f'{each:.2f}' for each in sorted(behind_s))})"
    yield at_most(f"{count:,} tokens, last token behind the server", statistics.median(behind_s), 0.6, " s", details)
    if is_long:
        yield at_most(f"{count:,} tokens, CPU of the last tenth relative to the first", statistics.median(growths), 1.2)


def _growth(samples: Sequence[Sample], count: int) -> float:
    """The CPU time of the last tenth of an answer, relative to the first."""
    first, tenth, ninth, last = (_cpu_at(samples, count * part / 10) for part in (0, 1, 9, 10))
    return (last - ninth) / (tenth - first)


def _cpu_at(samples: Sequence[Sample], token: float) -> float:
    """The CPU time until a token was shown, interpolated between samples."""
    before = samples[0]
    for sample in samples:
        if sample.token >= token:
            fraction = (token - before.token) / (sample.token - before.token) if sample is not before else 1.0
            return before.cpu_s + max(0.0, fraction) * (sample.cpu_s - before.cpu_s)
        before = sample
    return before.cpu_s


def _echo_times(app: ObservedProgram, count: int) -> list[float]:
    """Type a letter and delete it until the answer ends. Returns the milliseconds until each letter was shown."""
    rng = random.Random(1)
    times_ms = []
    while app.highest_token < count - 1:
        pressed_at = app.type(_LETTER)
        if not app.wait_until(lambda: app.screen.contains(_LETTER), 5):
            raise SystemExit(f"A key was not echoed within 5 s:\n{app.screen.text}")
        times_ms.append((app.last_output_at - pressed_at) * 1000)
        app.observe_for(rng.uniform(0.05, 0.15))
        app.type("\x7f")
        app.wait_until(lambda: not app.screen.contains(_LETTER), 5)
        app.observe_for(rng.uniform(0.05, 0.15))
    return times_ms
