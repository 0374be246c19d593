"""A minimal Textual app with one input: `python -m tests.benchmarks.bare_input`."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input


class BareInput(App[None]):
    """One input."""

    def compose(self) -> ComposeResult:
        yield Input()


if __name__ == "__main__":
    BareInput().run()
