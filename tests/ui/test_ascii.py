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


MARKDOWN = """\
- a
  - b
    - c
- [ ] d
- [x] e
1. f

> quote

> [!TIP]
> alert

| g | h |
|---|--:|
| i | 1 |

---

note[^1] *j* **k** `l` [m](https://example.org)

[^1]: n

```py
o = 1
```
"""


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


async def test_marks_in_prompts_and_answers_are_ascii(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    program.config.write_text(f"ascii = true\n{program.config.read_text()}")
    app = await start_app(model="echo", size=(80, 100))
    app.prompt.insert(MARKDOWN)
    await app.press("enter")
    await app.answered()
    shown = screen_text(app)
    assert sorted(set(shown) - set(string.printable)) == []
    for line in ("* a", "  . b", "    - c", "[ ] d", "[x] e", "| quote", "note[1]"):
        assert line in shown
