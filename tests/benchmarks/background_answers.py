"""Eight answers that stream behind the screen, against one: `python -m tests.benchmarks.background_answers`."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.observed_program import ObservedProgram
from tests.benchmarks.screen_common import READY, Measurement, at_most, chat, model_name, p95, print_rows, program_for

_COUNT, _TOKENS, _TOKENS_PER_S = 8, 800, 100
_LETTER = "Z"
"""A letter that is nowhere on the screen."""

_NEW = "\x0e"


def background_answers(url: str, quick: bool) -> Iterator[Measurement]:
    """CPU time of eight answers relative to eight times one, and how late keys are shown meanwhile."""
    one_s, _ = _cost_of(url, 1)
    all_s, echoes_ms = _cost_of(url, _COUNT)
    details = f" ({all_s:.2f} s, one {one_s:.2f} s)"
    yield at_most(
        "eight answers at 100/s behind the screen, CPU relative to one each", all_s / one_s / _COUNT, 1.3, "x", details
    )
    details = f" (median {statistics.median(echoes_ms):.0f} of {len(echoes_ms)})"
    yield at_most("the same: key echo p95", p95(echoes_ms), 50, " ms", details)


def _cost_of(url: str, count: int) -> tuple[float, list[float]]:
    """CPU seconds of answers in other conversations, each with its start; and the milliseconds of key echoes."""
    with program_for(url) as program:
        program.use_server(url, more=f"parallel = {_COUNT}\n")
        with chat(url, model_name(_TOKENS, _TOKENS_PER_S), program) as app:
            before = app.cpu_s
            for _ in range(count):
                app.type("hi\r")
                app.wait_for_token(0)
                app.type(_NEW)
                app.wait_for_text(READY)
                app.reset_tokens()
            echoes_ms = _echo_times(app, 50) if count > 1 else []
            app.observe_for(_TOKENS / _TOKENS_PER_S)
            app.wait_for_idle()
            return app.cpu_s - before, echoes_ms


def _echo_times(app: ObservedProgram, count: int) -> list[float]:
    times_ms = []
    for _ in range(count):
        pressed_at = app.type(_LETTER)
        app.wait_until(lambda: app.screen.contains(_LETTER), 5)
        times_ms.append((app.last_output_at - pressed_at) * 1000)
        app.type("\x7f")
        app.wait_until(lambda: not app.screen.contains(_LETTER), 5)
        app.observe_for(0.1)
    return times_ms


if __name__ == "__main__":
    with answer_server() as server_url:
        print_rows(background_answers(server_url, quick=False))
