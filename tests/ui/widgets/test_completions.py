"""The list of completions: what is shown where space is short."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.content import Content

from tests.ui.themed_app import ThemedApp
from tui.ui.widgets.completions import Completions, keep_end
from tui.workspace.completion import Candidate

LONG = "/tmp/a-folder-with-a-long-name/another-folder/the-file-itself.md"


class CompletionsApp(ThemedApp):
    """A list of completions."""

    def compose(self) -> ComposeResult:
        yield Completions()


@pytest.mark.parametrize(
    ("text", "width", "kept"),
    [("abc", 3, "abc"), ("abcd", 3, "…cd"), ("日本語", 4, "…語"), ("abc", 1, "…"), ("", 0, "")],
)
def test_end_of_a_text_is_kept(text: str, width: int, kept: str) -> None:
    assert keep_end(text, width) == kept


@pytest.mark.parametrize(
    ("columns", "shown"), [(100, f" {LONG}  169 B"), (50, "/the-file-itself.md  169 B"), (24, "the-file-itself.md  …")]
)
async def test_name_of_a_file_is_seen_in_any_width(columns: int, shown: str) -> None:
    app = CompletionsApp()
    async with app.run_test(size=(columns, 10)) as pilot:
        widget = app.query_one(Completions)
        widget.show([Candidate(f"@{LONG}", LONG, "169 B", has_name_last=True), Candidate("@b", "b", "1 kB")])
        await pilot.pause()
        rendered = widget.render()
        assert isinstance(rendered, Content)
        assert rendered.plain.splitlines()[0].rstrip().endswith(shown)
