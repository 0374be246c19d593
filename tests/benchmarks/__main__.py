"""All benchmarks, one after the other: `python -m tests.benchmarks`. Takes about half an hour on an idle machine.

Each is a program of its own: `python -m tests.benchmarks.NAME`. `--only NAME` selects some. `--with-peers` also runs
`peers`, which installs other clients.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

BENCHMARKS = {
    "screen": "the app on a terminal, against Textual's `MarkdownStream` and a raw loop",
    "large_answers": "opening an answer of any size, and other widths of the terminal",
    "large_memory": "the memory of answers of up to 100 MB, and of very long lines",
    "background_answers": "eight answers that stream behind the screen, against one",
    "ask_start": "the whole process of `ask`, against `import httpx`",
    "find": "search in a long conversation, and keys beside it",
    "cancelling": "from Esc to the closed connection",
    "streaming": "`ask`, against bare httpx and official clients",
    "memory": "peak memory of `ask`",
    "store": "saved conversations by the thousand",
    "model_picker": "the list of thousands of models",
    "freezes": "the longest frame of difficult texts",
}
OPTIONAL = {"peers": "other terminal clients, each in its own environment"}
"""Run only if they are asked for."""


def main() -> None:
    """Run the benchmarks. Each prints its rows; exits with 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", action="append", choices=BENCHMARKS | OPTIONAL, default=[], help="repeatable")
    parser.add_argument("--with-peers", action="store_true", help="also install other clients, and compare with them")
    arguments = parser.parse_args()
    selected = arguments.only or list(BENCHMARKS)
    if arguments.with_peers:
        selected.append("peers")
    failed = []
    for name, what in (BENCHMARKS | OPTIONAL).items():
        if name in selected:
            print(f"\n## {name}: {what}\n", flush=True)
            if subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode:
                failed.append(name)
    if failed:
        raise SystemExit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
