"""Bold text in themes of 16 colours."""

from __future__ import annotations

import pytest

from tests.program import Program
from tests.ui.running import StartApp
from tui.demo.server import DemoServer


@pytest.mark.parametrize(("theme", "is_coloured"), [("ansi-light", False), ("ansi-dark", True), ("daylight", True)])
async def test_no_coloured_text_is_bold_on_a_light_ground_with_16_colours(
    program: Program, demo: DemoServer, start_app: StartApp, theme: str, is_coloured: bool
) -> None:
    program.use_server(demo.url)
    program.config.write_text(f'theme = "{theme}"\n{program.config.read_text()}')
    app = await start_app(model="echo")
    app.prompt.insert("# One\n\n**two**\n\n```py\nx\n```")
    await app.press("enter")
    await app.answered()
    await app.press("tab", "k")
    bold = [
        (segment.text, segment.style.color)
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if segment.style is not None and segment.style.bold and segment.text.strip()
    ]
    assert any(color is not None and not color.is_default for _, color in bold) == is_coloured
    # What is bold in the terminal's own colour stays bold.
    assert any("two" in text for text, _ in bold)
