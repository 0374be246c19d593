"""The keys that do something in the model picker now, the most important first: a narrow window shows only those."""

from __future__ import annotations

from collections.abc import Iterator, Set

from tui.chat.model_info import ModelAction
from tui.ui.widgets.key_bar import KeyHint
from tui.ui.widgets.model_rows import ModelRow


def model_hints(
    row: ModelRow | None, actions: Set[ModelAction], *, least: int, most: int, only_chat: bool
) -> Iterator[KeyHint]:
    """The keys.

    Args:
        row: The model at the cursor. None if there is none.
        actions: What its server can do.
        least: The smallest number of models to choose.
        most: The largest number.
        only_chat: Whether models that may not chat are left out.
    """
    if most > 1:
        yield KeyHint("Tab", f"mark {least} to {most}", "tab")
        yield KeyHint("Enter", "continue", "enter")
    elif row is None or row.can_be_used:
        yield KeyHint("Enter", "use", "enter")
    if row is not None:
        yield from _row_hints(row, actions)
    if most == 1:
        yield KeyHint("Tab", "all" if only_chat else "only chat", "tab")
    yield KeyHint("Esc", "close", "escape", is_kept=True)


def _row_hints(row: ModelRow, actions: Set[ModelAction]) -> Iterator[KeyHint]:
    job, entry = row.job, row.entry
    if job is not None:
        stop = "stop" if job.can_be_stopped else "stop following"
        yield KeyHint("Alt+C", stop if job.is_active else "dismiss", "alt+c")
    # One thing at a time is done with a model.
    is_free = entry.is_listed and (job is None or not job.is_active)
    if "unload" in actions and entry.info.loaded and is_free:
        yield KeyHint("Alt+U", "unload", "alt+u")
    elif "load" in actions and is_free and not entry.info.is_remote:
        yield KeyHint("Alt+L", "load", "alt+l")
    if "pull" in actions:
        again = job is not None and job.action == "pull" and not job.is_active
        follow = job is not None and job.state == "unfollowed"
        yield KeyHint("Alt+P", "follow" if follow else "pull again" if again else "pull", "alt+p")
    if "delete" in actions and is_free:
        yield KeyHint("Alt+D", "delete", "alt+d")
    yield KeyHint("Alt+I", "details", "alt+i")
    yield KeyHint("Alt+F", "unmark" if entry.is_favourite else "favourite", "alt+f")
    if "copy" in actions and is_free:
        yield KeyHint("Alt+Y", "copy", "alt+y")
