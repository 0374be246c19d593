"""PickerModels: which models the picker lists and marks, without a screen."""

from __future__ import annotations

from pathlib import Path

from tests.workspace.model_servers import ListingProvider, OpenCatalog, open_catalog
from tui.chat.model_info import ModelInfo
from tui.ui.screens.picker_models import PickerModels
from tui.ui.widgets.model_rows import ModelRow
from tui.workspace.target import Target

EMBEDDING = ModelInfo("nomic", capabilities=frozenset({"embedding"}))
TINY, LARGE = Target("ollama", "tiny"), Target("ollama", "large")


async def listed(opened: OpenCatalog, current: Target, *, has_marks: bool = False) -> PickerModels:
    await opened.catalog.refresh("ollama")
    models = PickerModels(opened.catalog, opened.jobs, current, lambda _: "", has_marks=has_marks)
    models.collect()
    models.group(has_blanks=False)
    models.rows("")
    return models


async def test_model_in_use_is_listed_before_its_server_lists_it(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ListingProvider("ollama", "tiny")) as opened:
        models = await listed(opened, Target("ollama", "private"))

    assert [target.model for target in models.shown] == ["private", "tiny"]
    assert models.first_for_cursor("") == Target("ollama", "private")


async def test_filter_lists_what_fits_and_starts_at_the_top(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ListingProvider("ollama", "tiny", "large")) as opened:
        models = await listed(opened, TINY)
        rows = models.rows("lar")

    assert [row.target for row in rows if isinstance(row, ModelRow)] == models.shown == [LARGE]
    assert models.total == 2
    assert models.first_for_cursor("lar") is None


async def test_only_chat_models_are_offered_where_several_are_marked(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ListingProvider("ollama", "tiny", "large", EMBEDDING)) as opened:
        models = await listed(opened, TINY, has_marks=True)
        assert set(models.shown) == {TINY, LARGE}
        assert models.marked == [TINY]
        assert models.first_for_cursor("") == LARGE
        models.toggle_mark(LARGE)
        models.toggle_mark(TINY)
        assert models.marked == [LARGE]
        models.only_chat = False
        models.collect()
        models.group(has_blanks=False)
        models.rows("")

    assert Target("ollama", "nomic") in models.shown
