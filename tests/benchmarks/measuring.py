"""What a run of a program costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def cost_of(arguments: Sequence[str], **environment: str) -> Cost:
    """Run a Python program to its end, its output thrown away.

    Args:
        arguments: What stands after `python`.
        environment: More environment variables.
    """
    began = time.monotonic()
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=nowhere, stdin=subprocess.DEVNULL, env={**os.environ, **environment}
        )
        _, status, used = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    # macOS counts bytes there, others kilobytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / unit)


def cheapest_of(arguments: Sequence[str], runs: int = 3, **environment: str) -> Cost:
    """The run of several that cost the least: the others were disturbed."""
    return min((cost_of(arguments, **environment) for _ in range(runs)), key=lambda cost: cost.cpu_s)


def cost_of_ask(url: str, kind: str, model: str, *more: str, runs: int = 3) -> Cost:
    """What `llm-tui ask` costs against a server."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(
            f'provider = "feeder"\n[providers.feeder]\ntype = "{kind}"\nbase_url = "{url}"\n'
            "buffers = { max_event_bytes = 1073741824 }\n"
        )
        arguments = ["-m", "tui", "ask", "hi", "--model", model, *more]
        return cheapest_of(arguments, runs, LLM_TUI_CONFIG=str(config), LLM_TUI_DATA_DIR=folder)
