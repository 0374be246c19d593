"""`ask` against the floor, the official clients and the answer in one piece: `python -m tests.benchmarks.streaming`."""

from __future__ import annotations

from importlib.util import find_spec

from tests.benchmarks.feeder import feeder
from tests.benchmarks.measuring import Cost, cheapest_of, cost_of_ask

COUNTS = (20_000, 200_000)
CHUNK = 6
PACE = 2000


def main() -> None:
    """Measure, and print."""
    with feeder() as url:
        for kind in ("ollama", "openai"):
            start = cost_of_ask(url, kind, f"1-{CHUNK}-0")
            floor_start = _peer("floor", kind, url, f"1-{CHUNK}-0")
            for count in COUNTS:
                model = f"{count}-{CHUNK}-0"
                ours, floor = cost_of_ask(url, kind, model), _peer("floor", kind, url, model)
                per_chunk = (ours.cpu_s - start.cpu_s) / (floor.cpu_s - floor_start.cpu_s)
                line = f"{kind}, {count:,} chunks: {ours.cpu_s:.2f} s of CPU, {ours.peak_mb:.0f} MB at most"
                line += f"; {per_chunk:.2f} x the floor per chunk"
                if find_spec(kind):
                    official = _peer("official", kind, url, model)
                    line += f"; {ours.cpu_s / official.cpu_s:.2f} x the official client"
                print(line, flush=True)
            paced = f"{COUNTS[0]}-{CHUNK}-{PACE}"
            streamed = cost_of_ask(url, kind, paced, runs=1)
            whole = cost_of_ask(url, kind, paced, "--no-stream", runs=1)
            print(
                f"{kind}, {COUNTS[0]:,} chunks, {PACE:,} a second: {streamed.wall_s / whole.wall_s:.2f} x in one piece"
            )


def _peer(how: str, kind: str, url: str, model: str) -> Cost:
    return cheapest_of(["-m", "tests.benchmarks.peers", how, kind, url, model])


if __name__ == "__main__":
    main()
