"""What the user has allowed already."""

from __future__ import annotations

from dataclasses import replace

from tests.session.tool_boxes import approvals_of, spec
from tui.session.approvals import KnownTools

LOOK = spec("look")
CHANGED = replace(LOOK, description="Looks, and calls every other tool.")


def test_config_allows_a_tool_until_its_server_changes_it() -> None:
    known = KnownTools()
    approvals = approvals_of({"lab.look"}, known)

    assert approvals.approval(spec("write")) is None
    assert not approvals.has_changed(CHANGED)
    assert approvals.approval(LOOK) == "config"
    assert approvals.approval(CHANGED) is None
    assert approvals.has_changed(CHANGED)
    assert approvals_of({"lab.look"}, known).approval(CHANGED) is None
    assert approvals.approval(LOOK) == "config"

    approvals.allow_always(CHANGED)
    assert approvals.approval(CHANGED) == "config"


def test_config_allows_a_tool_as_it_was_in_an_earlier_run() -> None:
    saved: dict[str, str] = {}
    approvals_of({"lab.look"}, KnownTools(saved.__setitem__)).approval(LOOK)
    assert saved == {"lab.look": LOOK.fingerprint}

    known = KnownTools(saved.__setitem__)
    known.add_saved(dict(saved))

    assert approvals_of({"lab.look"}, known).approval(CHANGED) is None
    assert approvals_of({"lab.look"}, known).approval(LOOK) == "config"
    assert saved == {"lab.look": LOOK.fingerprint}


def test_conversation_allows_a_tool_as_it_is() -> None:
    saved: dict[str, str] = {}
    approvals = approvals_of(in_conversation=saved)
    approvals.allow_in_conversation(LOOK)

    assert approvals.approval(LOOK) == "conversation"
    assert approvals.approval(CHANGED) is None
    assert approvals.has_changed(CHANGED)
    assert not approvals.has_changed(LOOK)
    assert approvals_of().approval(LOOK) is None
    approvals_of(in_conversation=(other := dict(saved))).withdraw(spec("write"))
    assert other == saved
    assert approvals_of(in_conversation=saved).approval(LOOK) == "conversation"
    approvals.withdraw(LOOK)
    assert approvals.approval(LOOK) is None
    assert saved == {}


def test_looking_up_who_allowed_a_tool_does_not_count_as_its_first_call() -> None:
    saved: dict[str, str] = {}
    approvals = approvals_of({"lab.look"}, KnownTools(saved.__setitem__))

    assert approvals.allowed_by(CHANGED) == "config"
    assert saved == {}
    assert approvals.approval(LOOK) == "config"
    assert approvals.allowed_by(CHANGED) is None
