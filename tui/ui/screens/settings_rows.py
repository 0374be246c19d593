"""The rows of the settings screen: the settings, and what else can be done there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.content import Content

from tui.chat.formatting import truncate
from tui.chat.safe_text import safe_line
from tui.workspace.settings_editor import SettingRow, SettingsEditor
from tui.workspace.settings_list import setting_rank, text_rank

_ORIGIN_CELLS: Final = 13
_MIN_VALUE_CELLS: Final = 14

_CHOSEN_FROM_LISTS: Final = {"theme": "choose_theme", "provider": "choose_provider"}
"""Settings whose values are chosen from a list, and the actions that show it."""

_MAX_QUOTED: Final = 60
"""Characters of a system prompt that are shown."""

_PROVIDERS: Final = "Providers"
_FILE: Final = "File"


class Row(NamedTuple):
    """A row of the list. All texts are safe to show."""

    group: str
    title: str
    value: str
    """Its value in words. May be empty."""

    origin: str
    """Where the value comes from. Empty without a value."""

    about: str
    """A sentence about it."""

    facts: str
    """The key in the file, the default, what is allowed, and when a change takes effect."""

    setting: SettingRow | None = None
    """The setting of the row. None for something that Enter does."""

    action: str = ""
    """What Enter does: the name of an action, or of a command behind a slash."""

    word: str = ""
    """What Enter does, in a word or two."""

    reset_key: str = ""
    """The key that resetting removes, of a row without a setting. Empty if it cannot be reset."""


def all_rows(editor: SettingsEditor) -> list[Row]:
    """The settings, and what can be done beside them, group by group."""
    rows = [setting_row(each) for each in editor.rows]
    path = safe_line(str(editor.path))
    extra = [
        _action("Chat", "Saved prompts", "Write, edit and delete prompts that / sends.", "/saved_prompts", "prompts/"),
        _action("Tools", "Tool servers", "Which tool servers and tools are on in the conversation.", "/tools", "[mcp]"),
        _action(
            _PROVIDERS, "Providers", "Add, edit, test, disable and remove providers.", "/providers", "[providers]"
        )._replace(value=f"{len(editor.providers)} enabled"),
        _action(_PROVIDERS, "Find servers", "Look for model servers on this machine.", "/find_servers", "[providers]"),
        _action(_FILE, "Edit the file", "Open it in $VISUAL or $EDITOR, and use what changed.", "edit_file", path),
        _action(
            _FILE, "Reset all settings", "Use the defaults again. Providers and tool servers stay.", "reset_all", path
        )._replace(word="reset"),
    ]
    at_provider = next(at for at, each in enumerate(rows) if each.action == "choose_provider")
    if provider := editor.prompted_provider:
        row = _action(
            "Chat",
            "System prompt",
            f"Sent before each conversation with {safe_line(provider)}.",
            "edit_system_prompt",
            f"{safe_line(editor.system_prompt_key)} · default none",
        )
        text = safe_line(truncate(editor.system_prompt, _MAX_QUOTED))
        origin = "yours" if text else "default"
        rows.insert(
            at_provider + 1,
            row._replace(value=text or "none", origin=origin, word="edit", reset_key=editor.system_prompt_key),
        )
    if provider := editor.start_provider:
        row = _action(
            "Chat",
            "Model at start",
            f"Model of new conversations with {safe_line(provider)}.",
            "choose_model",
            f"{safe_line(editor.start_model_key)} · default the last one used",
        )
        model = safe_line(editor.start_model) or "the last one used"
        origin = "yours" if editor.is_start_model_set else "default"
        rows.insert(
            at_provider + 1,
            row._replace(value=model, origin=origin, word="choose", reset_key=editor.start_model_key),
        )
    groups = list(dict.fromkeys(row.group for row in rows))
    groups.insert(groups.index("Tools"), _PROVIDERS)
    return sorted([*rows, *extra], key=lambda row: [*groups, _FILE].index(row.group))


def _action(group: str, title: str, about: str, action: str, facts: str) -> Row:
    return Row(group, title, "", "", about, facts, None, action, "open")


def setting_row(row: SettingRow) -> Row:
    """The row of a setting."""
    setting, value, origin = row
    action = _CHOSEN_FROM_LISTS.get(setting.key, "")
    word = "choose" if action else "press a key" if setting.command else "edit"
    allowed = "" if action else allowed_values(row)
    facts = (setting.key, f"default {setting.words(setting.default)}", allowed, setting.rule.effect)
    about = "Its key, or several." if setting.command else setting.rule.about
    text = safe_line(setting.words(value))
    if setting.rule.types == (bool,):
        text = f"[{'x' if value else ' '}] {text}"
    elif setting.choices:
        text = f"‹ {text} ›"
    return Row(setting.group, setting.title, text, origin, about, " · ".join(filter(None, facts)), row, action, word)


def allowed_values(row: SettingRow) -> str:
    """The valid values, shorter than in the messages about invalid ones."""
    rule = row.setting.rule
    if rule.minimum is not None and rule.maximum is not None:
        zero = f", 0: {rule.zero}" if rule.zero else ""
        return f"{rule.minimum:,g} to {rule.maximum:,} {rule.unit}{zero}"
    return "" if row.setting.command or rule.types == (bool,) else rule.allowed


def found_rows(typed: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that have the typed words, the best in front. A key as it stands in the file finds its own row."""
    words = typed.casefold().split()
    if exact := [row for row in rows if row.setting is not None and row.setting.setting.key == typed.strip()]:
        return exact
    ranked = [(rank, at, row) for at, row in enumerate(rows) if (rank := _rank(words, row)) is not None]
    return [row for *_, row in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(words: Sequence[str], row: Row) -> int | None:
    if row.setting is not None:
        return setting_rank(words, row.setting.setting)
    return text_rank(words, f"{row.title} {row.group}", row.about)


def row_content(row: Row, width: int, *, in_group: bool) -> Content:
    """Name, value, and where the value comes from."""
    origin_look = "$dim" if row.origin == "default" else "$accent" if row.origin == "yours" else "$warning"
    rest = max(_MIN_VALUE_CELLS, width - _ORIGIN_CELLS)
    name_cells = max(12, rest * 6 // 10)
    name = Content(row.title)
    if not in_group:
        name = Content.assemble((f"{row.group}: ", "$dim"), row.title)
    name = name.truncate(name_cells - 1, ellipsis=True)
    value = Content(row.value).truncate(max(4, rest - name_cells - 1), ellipsis=True)
    return Content.assemble(
        name.pad_right(name_cells - name.cell_length),
        value.pad_right(rest - name_cells - value.cell_length),
        Content.styled(row.origin, origin_look),
    )
