"""Keys wait for what opened because of the key before them, and no longer."""

from __future__ import annotations

import math

import pytest

from tests.ui.running import StartApp
from tui.ui import input_queue
from tui.ui.screens.dialog import Dialog


@pytest.mark.parametrize("key", ["ctrl+p", "f4", "f2", "ctrl+g", "alt+s"])
async def test_keys_go_to_a_dialog_as_soon_as_it_is_there(
    start_app: StartApp, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    # Without a limit, a hold that does not end by itself lasts for ever.
    monkeypatch.setattr(input_queue, "_MAX_HOLD_S", math.inf)
    app = await start_app()
    await app.press(key)
    await app.until(lambda: isinstance(app.screen, Dialog))
    await app.until(lambda: app.app._input.is_idle)
