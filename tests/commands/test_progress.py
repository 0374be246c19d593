"""The line about a download: bar, bytes, speed and time left."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tui.chat.model_info import ModelProgress
from tui.commands.progress import ProgressLine

MEGABYTE = 10**6


def pulling(done: int, total: int = 100) -> ModelProgress:
    """A report with counts in megabytes."""
    return ModelProgress("pulling 7cd4618c1faf", done * MEGABYTE, total * MEGABYTE, done / total)


def line_after(*reports: tuple[float, ModelProgress]) -> ProgressLine:
    line = ProgressLine()
    for at, progress in reports:
        line.update(progress, at)
    return line


def test_line_shows_bar_bytes_speed_and_time_left() -> None:
    line = line_after((10.0, pulling(20)), (12.0, pulling(50)))

    assert line.text(90) == "pulling 7cd4618c1faf  [########---------]   50 %  50.0 MB of 100 MB  15.0 MB/s  3.3 s left"


@pytest.mark.parametrize("width", range(1, 121))
def test_line_never_exceeds_the_width(width: int) -> None:
    line = line_after((10.0, pulling(20)), (12.0, pulling(50)))

    assert len(line.text(width)) <= width


def test_bar_grows_with_the_progress() -> None:
    texts = [line_after((0.0, pulling(done))).text(80) for done in range(101)]
    filled = [text.count("#") for text in texts]

    assert all(before <= after for before, after in pairwise(filled))
    assert (filled[0], texts[100].count("-")) == (0, 0)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (ModelProgress("loading"), "loading"),
        (ModelProgress("load\x1bing\n"), "load␛ing"),
        (ModelProgress(""), ""),
        (ModelProgress("downloading", 5_000), "downloading  5 kB"),
        (ModelProgress("loading", fraction=0.5), "loading  [###############---------------]   50 %"),
        (ModelProgress("done", 5_000, 5_000, 1.0), "done  [##############################]  100 %  5 kB of 5 kB"),
        (ModelProgress("empty", 0, 0), "empty  0 B of 0 B"),
    ],
)
def test_unknown_values_are_left_out(progress: ModelProgress, text: str) -> None:
    assert line_after((0.0, progress)).text(80) == text


def test_speed_is_that_of_the_last_seconds() -> None:
    slow = [(float(second), pulling(second)) for second in range(21)]
    fast = [(20.0 + second, pulling(20 + 10 * second)) for second in range(1, 7)]

    assert line_after(*slow).bytes_per_second == MEGABYTE
    assert line_after(*slow, *fast).bytes_per_second == 10 * MEGABYTE


def test_bytes_that_are_there_already_do_not_count_as_speed() -> None:
    continued = line_after((0.0, ModelProgress("pulling manifest")), (1.0, pulling(90)))
    assert continued.bytes_per_second is None

    next_layer = line_after((0.0, pulling(90)), (1.0, pulling(100)), (2.0, pulling(140, 200)), (3.0, pulling(141, 200)))
    assert next_layer.bytes_per_second == MEGABYTE

    fallen_back = line_after((0.0, pulling(50)), (1.0, pulling(40)), (2.0, pulling(42)))
    assert fallen_back.bytes_per_second == 2 * MEGABYTE


def test_standing_download_has_no_time_left() -> None:
    assert "left" not in line_after((0.0, pulling(50)), (1.0, pulling(50)), (1.0, pulling(50))).text(80)
