"""Measures the model picker with thousands of models: `python -m tests.benchmarks.model_picker [MODELS]`.

Reports the CPU time between the arrival of the list and the paint that shows it, and between a key in the filter and
the paint of its result. A frame is 33 ms at the default rate of updates. Nothing is asserted.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from pathlib import Path

from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from tests.ui.themed_app import ThemedApp
from tests.workspace.model_servers import ListingProvider, open_catalog
from tui.chat.model_info import ModelInfo
from tui.ui.screens.model_picker import ModelPicker
from tui.workspace.target import Target

MODELS = 2_000
TYPED = "qwen 3 coder 14b"
FRAME_MS = 1_000 / 30
ROUNDS = 5

_FAMILIES = ("qwen/qwen3", "meta-llama/llama-3.3", "mistralai/mistral-small", "google/gemma-3", "openai/gpt-oss")
_KINDS = ("instruct", "coder", "vision", "thinking", "base", "embed-text")


def models(count: int) -> tuple[ModelInfo, ...]:
    """Models with names as a gateway lists them, in no order."""
    return tuple(
        ModelInfo(
            f"{_FAMILIES[at * 7 % len(_FAMILIES)]}-{_KINDS[at * 5 % len(_KINDS)]}-{at * 13 % 97}b-{at}",
            loaded=at % 9 == 0,
            size_bytes=at * 10_000_000,
            context_length=32_768,
            parameters=f"{at % 97}B",
            quantization="Q4_K_M",
            capabilities=frozenset({"completion", "tools"}) if at % 3 else frozenset(),
        )
        for at in range(count)
    )


async def main(count: int) -> None:
    """Run the benchmark, and print the results."""
    opening: list[float] = []
    keys: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            await _measure(Path(folder), count, opening, keys)
    print(f"{count:,} models, {ROUNDS} rounds; a frame is {FRAME_MS:.0f} ms")
    print(f"list arrives -> shown  median {statistics.median(opening):6.1f} ms, slowest {max(opening):6.1f} ms")
    print(f"key -> filtered        median {statistics.median(keys):6.1f} ms, slowest {max(keys):6.1f} ms")


async def _measure(folder: Path, count: int, opening: list[float], keys: list[float]) -> None:
    provider = ListingProvider("ollama", *models(count))
    provider.may_list.clear()
    app = ThemedApp()
    async with (
        open_catalog(folder, provider, ListingProvider("lmstudio")) as opened,
        app.run_test(size=(120, 40)) as pilot,
    ):
        picker = ModelPicker("Models", opened.catalog, opened.jobs, opened.events, Target("ollama", ""))
        await app.push_screen(picker)
        await pilot.pause(0.1)
        began = time.process_time()
        provider.may_list.set()
        await _painted(picker, lambda: len(picker.listed) == count)
        opening.append((time.process_time() - began) * 1_000)
        await pilot.pause(0.3)
        field = picker.query_one(Input)
        for typed, letter in zip(accumulate(TYPED), TYPED, strict=True):
            before: object = picker.listed
            began = time.process_time()
            app.post_message(events.Key(_character_to_key(letter), letter))
            await _painted(picker, partial(_is_filtered, picker, field, typed, before))
            keys.append((time.process_time() - began) * 1_000)


def _is_filtered(picker: ModelPicker, field: Input, typed: str, before: object) -> bool:
    return field.value == typed and picker.listed is not before


async def _painted(picker: ModelPicker, is_shown: Callable[[], bool]) -> None:
    """Wait until a condition is true, and the screen with it is painted."""
    while not is_shown():
        await asyncio.sleep(0.001)
    painted = asyncio.Event()
    picker.call_after_refresh(painted.set)
    await painted.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MODELS))
