"""Compares `ask` with bare httpx, official clients and unstreamed answers: `python -m tests.benchmarks.streaming`."""

from __future__ import annotations

from importlib.util import find_spec

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.process_cost import Cost, cost_of_ask, lowest_cost_of

COUNTS = (20_000, 200_000)
CHUNK = 6
CHUNKS_PER_S = 2000


def main() -> None:
    """Run the benchmark, and print the results."""
    with answer_server() as url:
        for kind in ("ollama", "openai"):
            startup = cost_of_ask(url, kind, f"1-{CHUNK}-0")
            baseline_startup = _client_cost("baseline", kind, url, f"1-{CHUNK}-0")
            for count in COUNTS:
                model = f"{count}-{CHUNK}-0"
                ours, baseline = cost_of_ask(url, kind, model), _client_cost("baseline", kind, url, model)
                per_chunk = (ours.cpu_s - startup.cpu_s) / (baseline.cpu_s - baseline_startup.cpu_s)
                line = f"{kind}, {count:,} chunks: {ours.cpu_s:.2f} s of CPU, {ours.peak_mb:.0f} MB peak memory"
                line += f"; {per_chunk:.2f} x bare httpx per chunk"
                if find_spec(kind):
                    official = _client_cost("official", kind, url, model)
                    line += f"; {ours.cpu_s / official.cpu_s:.2f} x the official client"
                print(line, flush=True)
            model = f"{COUNTS[0]}-{CHUNK}-{CHUNKS_PER_S}"
            streamed = cost_of_ask(url, kind, model, runs=1)
            unstreamed = cost_of_ask(url, kind, model, "--no-stream", runs=1)
            ratio = streamed.wall_s / unstreamed.wall_s
            print(f"{kind}, {COUNTS[0]:,} chunks, {CHUNKS_PER_S:,} per second: {ratio:.2f} x the unstreamed answer")


def _client_cost(client_kind: str, kind: str, url: str, model: str) -> Cost:
    return lowest_cost_of(["-m", "tests.benchmarks.baseline_clients", client_kind, kind, url, model])


if __name__ == "__main__":
    main()
