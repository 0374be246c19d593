"""The outcome of every fault in the catalogue, in every wire format in which it can occur."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.providers.faults import FAULT_CASES, Fault, run_fault
from tests.providers.faults.fault import SHORT_TIMEOUT_S
from tests.providers.wire_formats import WireFormat
from tui.providers.network import clocks


@pytest.fixture(autouse=True)
def short_drain_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "DRAIN_TIMEOUT_S", SHORT_TIMEOUT_S)


@pytest.mark.parametrize(("fault", "wire"), FAULT_CASES, ids=str)
async def test_fault_has_the_expected_outcome(fault: Fault, wire: WireFormat) -> None:
    outcome = await run_fault(fault, wire)
    answer, expected = outcome.answer, fault.expected_answer

    assert outcome.kind == fault.error_kind, outcome.error
    assert (answer.content, answer.thinking) == (expected.content, expected.thinking)
    assert answer.tool_calls == expected.tool_calls
    assert (answer.finish_reason, answer.model) == (expected.finish_reason, expected.model)
    if not outcome.stopped:
        assert outcome.attempts == fault.attempts
    error_text = f"{outcome.error} {outcome.error.hint}" if outcome.error else ""
    for words in fault.expected_words:
        assert words in error_text
    for words in fault.forbidden_words:
        assert words not in error_text


def test_fault_catalogue_has_no_duplicates() -> None:
    duplicates = [str(pair) for pair, count in Counter((str(f), str(w)) for f, w in FAULT_CASES).items() if count > 1]
    assert duplicates == []
