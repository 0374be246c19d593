"""The CPU time, duration and memory of a process."""

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
    """The cost of one run."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def cost_of(arguments: Sequence[str], *, program: str = sys.executable, **environment: str) -> Cost:
    """Run a Python program to its end, and discard its output.

    Args:
        arguments: The arguments of `python`.
        program: The interpreter.
        environment: Additional environment variables.
    """
    started_at = time.monotonic()
    with Path(os.devnull).open("wb") as devnull:
        process = subprocess.Popen(
            [program, *arguments], stdout=devnull, stdin=subprocess.DEVNULL, env={**os.environ, **environment}
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started_at
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    # `ru_maxrss` is in bytes on macOS and in kilobytes elsewhere.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss / unit)


def lowest_cost_of(arguments: Sequence[str], runs: int = 3, **environment: str) -> Cost:
    """The run with the least CPU time of several. Other processes may have slowed the rest."""
    return min((cost_of(arguments, **environment) for _ in range(runs)), key=lambda cost: cost.cpu_s)


def cost_of_ask(url: str, kind: str, model: str, *options: str, runs: int = 3) -> Cost:
    """The cost of `llm-tui ask` with a server."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(
            f'provider = "feeder"\n[providers.feeder]\ntype = "{kind}"\nbase_url = "{url}"\n'
            "buffers = { max_event_bytes = 1073741824 }\n"
        )
        arguments = ["-m", "tui", "ask", "hi", "--model", model, *options]
        return lowest_cost_of(arguments, runs, LLM_TUI_CONFIG=str(config), LLM_TUI_DATA_DIR=folder)
