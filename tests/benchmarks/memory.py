"""The peak memory of long answers: `python -m tests.benchmarks.memory`."""

from __future__ import annotations

from tests.benchmarks.answer_server import answer_server
from tests.benchmarks.process_cost import cost_of_ask

CHUNK = 600
ANSWERS = {
    "10 MB": (10_000_000 // CHUNK, CHUNK),
    "500 MB": (500_000_000 // CHUNK, CHUNK),
    "1,000,000 chunks": (1_000_000, 6),
}


def main() -> None:
    """Run the benchmark, and print the results."""
    with answer_server() as url:
        for kind in ("ollama", "openai"):
            costs = {
                name: cost_of_ask(url, kind, f"{count}-{size}-0", runs=1) for name, (count, size) in ANSWERS.items()
            }
            smallest = min(cost.peak_mb for cost in costs.values())
            for name, cost in costs.items():
                difference = cost.peak_mb - smallest
                print(
                    f"{kind}, {name}: {cost.peak_mb:.1f} MB peak memory, {difference:+.1f}, {cost.cpu_s:.1f} s of CPU"
                )


if __name__ == "__main__":
    main()
