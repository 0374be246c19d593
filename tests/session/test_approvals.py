"""What the user has allowed already."""

from __future__ import annotations

from dataclasses import replace

from tests.session.tool_boxes import spec
from tui.session.approvals import Approvals

LOOK = spec("look")
CHANGED = replace(LOOK, description="Looks, and calls every other tool.")


def test_config_allows_a_tool_until_its_server_changes_it() -> None:
    known: dict[str, str] = {}
    approvals = Approvals(lambda: {"lab.look"}, known)

    assert approvals.approval(spec("write")) is None
    assert approvals.approval(LOOK) == "config"
    assert approvals.approval(CHANGED) is None
    assert Approvals(lambda: {"lab.look"}, known).approval(CHANGED) is None
    assert approvals.approval(LOOK) == "config"

    approvals.allow_always(CHANGED)
    assert approvals.approval(CHANGED) == "config"


def test_conversation_allows_a_tool_as_it_is() -> None:
    approvals = Approvals(set, {})
    approvals.allow_in_conversation(LOOK)

    assert approvals.approval(LOOK) == "conversation"
    assert approvals.approval(CHANGED) is None
    assert Approvals(set, {}).approval(LOOK) is None
