"""Compares llm-tui with other terminal clients, each in its own environment: `python -m tests.benchmarks.peers`.

Installs the latest versions with pip, into a cache folder. All clients run on a terminal of 120x40, one after the
other, against one server. `--only NAME` selects clients, `--quick` uses fewer runs. Prints a table for the README.
Takes 25 minutes on an idle machine, or 12 with `--quick`. Linux only, like `screen`.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.peer_clients import CLIENTS, LLM_TUI, RAW_LOOP, Client, Place, install, version
from tests.benchmarks.peer_measurements import MODELS, ROWS, ClientBenchmark, Row
from tests.benchmarks.process_cost import cost_of

_SHELL = "one short answer from the shell: CPU s"
_LLM = "llm"
_SHORT_ANSWER = "10-6-0"
"""An answer of ten tokens at full speed; see `answer_server`."""
_FAILURES = (SystemExit, OSError, subprocess.SubprocessError)


class Results:
    """The cells of the table, and why some are missing."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        """By client, in the order of the columns."""
        self.cells: dict[tuple[str, str], str] = {}
        """By row and client."""
        self.notes: list[str] = []

    def add(self, client: str, row: Row) -> None:
        """Store and print a value."""
        name, value = row
        self.cells[name, client] = value
        print(f"{client} | {name} | {value}", flush=True)

    def add_failure(self, client: str, rows: Sequence[str], error: BaseException) -> None:
        """Mark the rows as having no value, and add a note with the reason."""
        lines = str(error).strip().splitlines() or [type(error).__name__]
        self.notes.append(f"{client}: {lines[0]}")
        print("\n".join([f"{client} | failed", *lines]), flush=True)
        for row in rows:
            self.cells.setdefault((row, client), f"none [{len(self.notes)}]")

    def table(self) -> str:
        """The table in Markdown, and the notes."""
        heads = [f"{name} {number}".strip() for name, number in self.versions.items()]
        lines = [f"| | {' | '.join(heads)} |", f"| --- |{' --- |' * len(heads)}"]
        for row in (*ROWS, _SHELL):
            values = [self.cells.get((row, client), "") for client in self.versions]
            lines.append(f"| {row} | {' | '.join(values)} |")
        return "\n".join([*lines, "", *(f"[{number}] {note}" for number, note in enumerate(self.notes, start=1))])


def main() -> None:
    """Run the benchmark, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers")
    parser.add_argument(
        "--quick", action="store_true", help="fewer runs, and at most 60 s instead of 180 s for 20,000 tokens"
    )
    parser.add_argument(
        "--environments",
        type=Path,
        metavar="FOLDER",
        default=platformdirs.user_cache_path("llm-tui-benchmarks"),
        help="where to install the clients; default: %(default)s",
    )
    names = [client.name for client in CLIENTS]
    parser.add_argument("--only", action="append", choices=[*names, _LLM], default=[], help="repeatable")
    arguments = parser.parse_args()
    clients = [client for client in CLIENTS if not arguments.only or client.name in arguments.only]
    with_llm = not arguments.only or _LLM in arguments.only
    environments: Path = arguments.environments
    requirements = {client.environment: client.requirements for client in clients}
    if with_llm:
        requirements |= {"llm-tui": LLM_TUI.requirements, _LLM: (_LLM,)}
    for name, names_of_packages in requirements.items():
        print(f"Installing {name}", flush=True)
        if errors := install(environments / name, names_of_packages):
            print(f"pip failed, so an older version or none is used: {errors}", flush=True)
    results = Results()
    started_at = time.monotonic()
    began = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory() as folder, answer_server(*MODELS) as url:
        for client in clients:
            _measure(client, environments, url, Path(folder), results, quick=arguments.quick)
        if with_llm:
            _measure_shell(environments, url, Path(folder), results, runs=2 if arguments.quick else 5)
    took = f"to {os.getloadavg()[0]:.1f} at the end, {(time.monotonic() - started_at) / 60:.0f} minutes"
    print(f"\n{_machine(environments)}\n{began} {took}\n\n{results.table()}")


def _measure(client: Client, environments: Path, url: str, folder: Path, results: Results, *, quick: bool) -> None:
    """Measure one client. What fails is noted, and does not stop the run."""
    environment = environments / client.environment
    number = version(environment, client.distribution)
    results.versions[client.name] = number if client.has_screen else ""
    benchmark = ClientBenchmark(client, environment, url, folder / client.name.replace(" ", "-"), quick=quick)
    phases = benchmark.phases()
    try:
        if not number:
            raise SystemExit("It could not be installed.")
        benchmark.warm_up()
    except _FAILURES as error:
        results.add_failure(client.name, [row for rows, _ in phases for row in rows], error)
        return
    for rows, measure in phases:
        try:
            for row in measure():
                results.add(client.name, row)
        except _FAILURES as error:
            results.add_failure(client.name, rows, error)


def _measure_shell(environments: Path, url: str, folder: Path, results: Results, *, runs: int) -> None:
    """`llm-tui ask` and `llm` as whole processes, beside an import of httpx."""
    place = Place(environments / "llm-tui", folder / "shell", url, _SHORT_ANSWER)
    place.home.mkdir()
    LLM_TUI.configure(place)
    (place.home / "extra-openai-models.yaml").write_text(
        f"- model_id: bench\n  model_name: {_SHORT_ANSWER}\n  api_base: {url}/v1\n"
    )
    llm = Place(environments / _LLM, place.home, url, _SHORT_ANSWER)
    variables = {**place.variables, **LLM_TUI.variables(place), "LLM_USER_PATH": str(place.home)}
    ask = [place.script("llm-tui"), "ask", "hi", "--model", _SHORT_ANSWER]
    number = version(llm.environment, _LLM)
    commands = (
        ("llm-tui", LLM_TUI.name, place.python, ask),
        ("import httpx", RAW_LOOP.name, place.python, ["-c", "import httpx"]),
        (f"llm {number}", LLM_TUI.name, llm.python, [llm.script("llm"), "--no-log", "-m", "bench", "hi"]),
    )
    for name, column, python, arguments in commands:
        try:
            costs = [cost_of(arguments, program=python, **variables) for _ in range(runs + 1)]
        except _FAILURES as error:
            results.add_failure(name, [], error)
            continue
        # The first run compiles the modules.
        cpu_s = statistics.median(cost.cpu_s for cost in costs[1:])
        value = f"{cpu_s:.2f}" if name == column else f"{name}: {cpu_s:.2f}"
        others = results.cells.get((_SHELL, column))
        results.add(column, (_SHELL, f"{others} ({value})" if others else value))


def _machine(environments: Path) -> str:
    """The processor, the interpreter and the version of Textual."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = models[0].partition(":")[2].strip() if models else platform.machine()
    textual = version(environments / "llm-tui", "textual")
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {processor}, {platform.system()}, {python}, Textual {textual}"


if __name__ == "__main__":
    main()
