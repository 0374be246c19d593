"""The outcome of every fault in the catalogue, on every wire on which it can occur."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.providers.faults import EVERY_MEETING, SHORT_S, Fault, meet
from tests.providers.wires import Wire
from tui.providers.network import clocks


@pytest.fixture(autouse=True)
def little_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is over is not waited for as long as it would be."""
    monkeypatch.setattr(clocks, "DRAIN_TIMEOUT_S", SHORT_S)


@pytest.mark.parametrize(("fault", "wire"), EVERY_MEETING, ids=str)
async def test_fault_has_the_expected_outcome(fault: Fault, wire: Wire) -> None:
    outcome = await meet(fault, wire)
    answer, kept = outcome.answer, fault.kept

    assert outcome.kind == fault.kind, outcome.error
    assert (answer.content, answer.thinking) == (kept.content, kept.thinking)
    assert answer.tool_calls == kept.tool_calls
    assert (answer.finish_reason, answer.model) == (kept.finish_reason, kept.model)
    if not outcome.stopped:
        assert outcome.tries == fault.tries
    told = f"{outcome.error} {outcome.error.hint}" if outcome.error else ""
    for words in fault.says:
        assert words in told
    for words in fault.hides:
        assert words not in told


def test_fault_catalogue_has_no_duplicates() -> None:
    twice = [str(pair) for pair, count in Counter((str(f), str(w)) for f, w in EVERY_MEETING).items() if count > 1]
    assert twice == []
