"""Run the whole catalogue, and print the outcomes as a Markdown table."""

from __future__ import annotations

import asyncio

import pytest

from tests.providers.client import Outcome
from tests.providers.faults import FAULT_CASES, Fault, run_fault
from tests.providers.wire_formats import WireFormat


def _row(fault: Fault, wire: WireFormat, outcome: Outcome) -> str:
    answer = outcome.answer
    parts = {"text": answer.content, "thinking": answer.thinking, "calls": answer.tool_calls}
    partial = ", ".join(f"{name} {_short(value)}" for name, value in parts.items() if value)
    requests = 0 if fault.script is None else 1 if outcome.stopped else outcome.attempts
    cells = (fault.title, wire.name, outcome.kind or "-", partial or "-", str(requests), f"{outcome.seconds:.3f}")
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:30]}… ({len(text):,} characters)"


def _print_table() -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        print("| fault | wire | kind | partial | requests | seconds |\n| --- | --- | --- | --- | --- | --- |")
        for fault, wire in FAULT_CASES:
            print(_row(fault, wire, asyncio.run(run_fault(fault, wire))), flush=True)


if __name__ == "__main__":
    _print_table()
