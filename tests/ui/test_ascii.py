"""Drawing with ASCII characters only."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.ascii import to_ascii


@given(st.text())
def test_text_keeps_its_width_and_characters_of_other_scripts(text: str) -> None:
    converted = to_ascii(text)

    assert cell_len(converted) == cell_len(text)
    assert all(after in (before, *string.printable) for before, after in zip(text, converted, strict=True))


def screen_text(app: RunningApp) -> str:
    """What is painted, all widgets together."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_no_screen_has_other_characters_and_answers_stay(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    program.config.write_text(f"ascii = true\n{program.config.read_text()}")
    app = await start_app(model="echo")
    await app.ask_and_wait("→ ● ∴ $x^2$")
    shown = screen_text(app)
    assert "$x^2$" in shown
    assert "→ ● ∴" in shown
    assert sorted(set(shown.replace("→ ● ∴", "")) - set(string.printable)) == []
    for key in ("f1", "f2", "f3", "ctrl+p"):
        await app.press(key)
        await app.pilot.pause(0.2)
        assert sorted(set(screen_text(app).replace("→ ● ∴", "")) - set(string.printable)) == [], key
        await app.press("escape")
