"""Compares `llm-tui ask` with a bare import of httpx: `python -m tests.benchmarks.ask_start`.

Both run as whole processes with warm byte code, in an environment that has only what the package needs: the extras and
the tools of development slow down imports. `--python` names the interpreter of an environment that exists already.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.process_cost import Cost, cost_of

_ROOT = Path(__file__).parents[2]
_MODEL = "10-6-0"
"""An answer of ten tokens at full speed; see `answer_server`."""


def main() -> None:
    """Run the benchmark, and print the results."""
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks.ask_start")
    arguments.add_argument("--python", metavar="FILE", help="an interpreter that has llm-tui and nothing else")
    arguments.add_argument("--runs", type=int, default=15, metavar="N", help="runs of each command; default: 15")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, answer_server() as url:
        python = options.python or _clean_environment(Path(folder) / "environment")
        config = Path(folder) / "config.toml"
        config.write_text(f'provider = "server"\n[providers.server]\ntype = "ollama"\nbase_url = "{url}"\n')
        environment = {"LLM_TUI_CONFIG": str(config), "LLM_TUI_DATA_DIR": folder, "PYTHONDONTWRITEBYTECODE": ""}
        command = str(Path(python).with_name("llm-tui"))
        commands = {
            "python, without a program": ["-c", "pass"],
            "import httpx": ["-c", "import httpx"],
            "llm-tui --version": [command, "--version"],
            "llm-tui ask, ten tokens": [command, "ask", "hi", "--model", _MODEL],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        # In turn, so that a busy machine slows all of them alike. The first round compiles the modules.
        for run in range(options.runs + 1):
            for name, arguments_of in commands.items():
                cost = cost_of(arguments_of, program=python, **environment)
                if run:
                    costs[name].append(cost)
        base_s = _median(costs["import httpx"])
        for name, runs in costs.items():
            cpu_s = _median(runs)
            least = min(cost.cpu_s for cost in runs)
            peak = statistics.median(cost.peak_mb for cost in runs)
            times = f"{cpu_s * 1000:6.0f} ms of CPU, at least {least * 1000:4.0f}"
            print(f"{name:26} {times}; {cpu_s / base_s:5.2f} x; {peak:.0f} MB")


def _median(costs: list[Cost]) -> float:
    return statistics.median(cost.cpu_s for cost in costs)


def _clean_environment(folder: Path) -> str:
    """The interpreter of a new environment with llm-tui and only what it needs."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(_ROOT)], check=True)
    return str(python)


if __name__ == "__main__":
    main()
