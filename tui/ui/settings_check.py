"""What is wrong with the settings of the screen: the theme and the keys. Used by the app and by `llm-tui doctor`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.theme import BUILTIN_THEMES

from tui.chat.safe_text import safe_line
from tui.config.settings import Settings
from tui.on_demand import difflib
from tui.ui.key_bindings import conflicts
from tui.ui.theme.themes import AUTO, our_themes
from tui.workspace.commands import BY_NAME
from tui.workspace.keys import NEEDED, Keys, key_label, unknown_names, without_needed_key


def theme_problems(settings: Settings) -> Iterator[str]:
    """A sentence if the theme does not exist."""
    names = [AUTO, *(theme.name for theme in our_themes()), *BUILTIN_THEMES]
    if settings.theme not in names:
        yield f"Unknown theme {settings.theme!r}.{_similar(settings.theme, names)}"


def key_problems(settings: Settings) -> Iterator[str]:
    """A sentence for each unknown action, unknown key, key of two actions, and missing key in `[keys]`."""
    for name in unknown_names(settings.keys):
        yield f"[keys] has an unknown action {name!r}.{_similar(name, BY_NAME)}"
    for name in without_needed_key(settings.keys):
        default = key_label(BY_NAME[name].keys)
        yield f"[keys] {name} is empty: it keeps its default key, {default}, because {NEEDED[name]}."
    yield from map(safe_line, conflicts(Keys(settings.keys)))


def _similar(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f" Did you mean {near[0]!r}?" if near else ""
