"""What an answer costs while it streams in, and how late it is."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence

from tests.benchmarks.answers import markdown_tokens, numbered_in
from tests.benchmarks.feeder import began
from tests.benchmarks.screen_parts import (
    READY,
    Figure,
    at_least,
    at_most,
    chat,
    cost_of_turn,
    lateness,
    markdown_stream,
    name_of,
    p95,
    raw_cost,
)
from tests.benchmarks.watching import Sight, Watched

RUNS = 3
PACE = 200
PATIENCE_S = 120
"""CPU and clock that `MarkdownStream` is given for a long answer."""

_LETTER = "Z"
"""A letter that stands nowhere in an answer."""


def short_answer(url: str, quick: bool) -> Iterator[Figure]:
    """2,000 tokens as fast as they are read."""
    yield from _against_raw(url, 2000, bar=4)


def long_answer(url: str, quick: bool) -> Iterator[Figure]:
    """20,000 tokens as fast as they are read."""
    count = 20_000
    yield from _against_raw(url, count, bar=5)
    with chat(url, name_of(count)) as app:
        ours = cost_of_turn(app, count, "hi")
    assert ours is not None
    with markdown_stream(url) as app:
        before = app.cpu_s
        theirs = cost_of_turn(app, count, name_of(count), PATIENCE_S)
        if theirs is None:
            used, shown = app.cpu_s - before, app.token
            more = f" (MarkdownStream had shown {shown:,} of {count:,} after {used:.0f} s of CPU, and was stopped)"
            theirs = used
        else:
            more = f" (MarkdownStream: {theirs:.2f} s)"
    yield at_least("20,000 tokens, cheaper than MarkdownStream", theirs / ours, 15, more=more)


def paced_answer(url: str, quick: bool) -> Iterator[Figure]:
    """2,000 tokens at 200 a second, which a fast model gives."""
    count = 2000
    with chat(url, name_of(count, PACE)) as app:
        ours = cost_of_turn(app, count, "hi")
    with markdown_stream(url) as app:
        theirs = cost_of_turn(app, count, name_of(count, PACE))
    assert ours is not None
    assert theirs is not None
    yield at_most(
        "2,000 tokens at 200/s, CPU against MarkdownStream",
        ours / theirs,
        0.6,
        more=f" ({ours:.2f} s, MarkdownStream {theirs:.2f} s)",
    )


def staleness(url: str, quick: bool) -> Iterator[Figure]:
    """How late text is, and how late keys are, while an answer streams in."""
    count = 4000 if quick else 20_000
    numbers = numbered_in(markdown_tokens(count))
    with chat(url, name_of(count, PACE)) as app:
        before = app.cpu_s
        app.type("hi\r")
        app.sees_token(0)
        echoes = _echoes(app, count)
        late = lateness(app, url, numbers, PACE)
        per_token = (app.cpu_s - before) / count * 1e6
    yield at_most("token due to screen at 200/s, p95 of the first tenth", late.first_tenth, 80, " ms")
    yield at_most(
        "token due to screen at 200/s, p95 of the last tenth",
        late.last_tenth,
        80,
        " ms",
        f" (p95 of all {count:,}: {p95(late.all):.0f}, latest {max(late.all):.0f})",
    )
    yield at_most(
        "key echo p95 meanwhile", p95(echoes), 50, " ms", f" (median {statistics.median(echoes):.0f} of {len(echoes)})"
    )
    yield Figure("CPU per token meanwhile", f"{per_token:.0f} us", "")


def first_token(url: str, quick: bool) -> Iterator[Figure]:
    """How soon what the server sends first is on the screen, in the first turn of a session and in the second."""
    model = name_of(2, 0, 300)
    firsts: list[float] = []
    seconds: list[float] = []
    requests: list[float] = []
    for _ in range(3 if quick else 10):
        with chat(url, model) as app:
            for taken in (firsts, seconds):
                app.type("hi")
                app.calm()
                app.forget()
                pressed = app.type("\r")
                app.sees_token(0)
                asked, due = began(url)
                taken.append((app.sights[0].at - due) * 1000)
                if taken is firsts:
                    requests.append((asked - pressed) * 1000)
                app.calm()
                app.type("\x0e")
                app.shows(READY)
                app.calm()
    name = "wire to screen, first token, "
    yield at_most(f"{name}first turn", statistics.median(firsts), 20, " ms", f" (most {max(firsts):.1f})")
    yield at_most(f"{name}second turn", statistics.median(seconds), 20, " ms", f" (most {max(seconds):.1f})")
    yield Figure("Enter to request, first turn", f"{statistics.median(requests):.1f} ms", "")


def _against_raw(url: str, count: int, bar: float) -> Iterator[Figure]:
    is_long = count >= 10_000
    raws = [raw_cost(url, name_of(count), count) for _ in range(RUNS)]
    raw, whole = (min(costs) for costs in zip(*raws, strict=True))
    costs, growths = [], []
    for _ in range(RUNS):
        with chat(url, name_of(count)) as app:
            cost = cost_of_turn(app, count, "hi")
            assert cost is not None
            costs.append(cost)
            if is_long:
                growths.append(_growth(app.sights, count))
    ours = min(costs)
    more = f" ({ours:.2f} s against {raw:.2f}; {whole:.2f} with the loop's own start)"
    yield at_most(f"{count:,} tokens at full speed, CPU against the raw loop", ours / raw, bar, more=more)
    if is_long:
        yield at_most(f"{count:,} tokens, last tenth against the first", statistics.median(growths), 1.2)


def _growth(sights: Sequence[Sight], count: int) -> float:
    """CPU of the last tenth of an answer against that of its first."""
    first, tenth, ninth, last = (_cpu_at(sights, count * part / 10) for part in (0, 1, 9, 10))
    return (last - ninth) / (tenth - first)


def _cpu_at(sights: Sequence[Sight], token: float) -> float:
    """CPU until a token was seen, between two sights by proportion."""
    before = sights[0]
    for sight in sights:
        if sight.token >= token:
            share = (token - before.token) / (sight.token - before.token) if sight is not before else 1.0
            return before.cpu_s + max(0.0, share) * (sight.cpu_s - before.cpu_s)
        before = sight
    return before.cpu_s


def _echoes(app: Watched, count: int) -> list[float]:
    """Type a letter and take it back until an answer is over; milliseconds until each was on the screen."""
    lot = random.Random(1)
    taken = []
    while app.token < count - 1:
        pressed = app.type(_LETTER)
        if not app.until(lambda: app.screen.shows(_LETTER), 5):
            raise SystemExit(f"A key was not echoed within 5 s:\n{app.screen.text}")
        taken.append((app.seen_at - pressed) * 1000)
        app.watch(lot.uniform(0.05, 0.15))
        app.type("\x7f")
        app.until(lambda: not app.screen.shows(_LETTER), 5)
        app.watch(lot.uniform(0.05, 0.15))
    return taken
