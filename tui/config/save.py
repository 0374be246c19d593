"""Saves changed values in place, after a check that the edited text has exactly the wanted values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tui.config import edit, files
from tui.config.document import Document, parse_toml, read_document
from tui.config.load import settings_from
from tui.config.secret import Secret
from tui.config.settings import default_of
from tui.config.tables import Table, drop_empty, leaves, same_value, value_at, with_name, with_value, without
from tui.config.toml_text import KeyPath, key_path, printable
from tui.errors import ConfigError


def save_changes(path: Path, changes: Mapping[str, object], renamed: Mapping[str, str] | None = None) -> None:
    """Write some values to the config file, and leave everything else in it unchanged.

    The file is read again, so changes made to it in the meantime are kept. A
    default is not written if the file does not have the key.

    Args:
        path: The config file. It is created if missing.
        changes: New values by dotted key. None removes the key. A table replaces the whole table.
        renamed: New names of tables by their dotted keys of before. What changes in them has the new names.

    Raises:
        ConfigError: If the file cannot be read or written, or a value is invalid. Then nothing was written.
    """
    document = read_document(path)
    settings_from(document, {})
    data, text = document.data, document.text
    for table, name in (renamed or {}).items():
        data, text = with_name(data, key_path(table), name), edit.with_name(text, key_path(table), name)
    edits = dict(_edits(data, changes))
    if not edits and text == document.text:
        return
    wanted = drop_empty(_apply_edits(data, edits))
    text = _edit_text(text, edits) if document.exists else _new_text(wanted)
    _check(path, text, wanted)
    files.replace(path, _encoded(path, document.byte_order_mark + text))


def _edits(data: Table, changes: Mapping[str, object]) -> Iterator[tuple[KeyPath, Any]]:
    """The changes as single values, without those that change nothing. None removes the key."""
    for key, value in changes.items():
        for path, leaf in _single_values(data, key_path(key), _plain(value)).items():
            current = value_at(data, path)
            if not same_value(current, leaf) and not (current is None and same_value(_plain(default_of(path)), leaf)):
                yield path, leaf


def _single_values(data: Table, path: KeyPath, value: Any) -> dict[KeyPath, Any]:
    if not isinstance(value, dict):
        return {path: value}
    before = value_at(data, path)
    removed = ((*path, *inner) for inner, _ in leaves(before)) if isinstance(before, dict) else ()
    return dict.fromkeys(removed) | {(*path, *inner): leaf for inner, leaf in leaves(value)}


def _plain(value: object) -> Any:
    """A value of the settings as a TOML value."""
    match value:
        case Secret():
            return value.reveal()
        case tuple():
            return list(value)
        case Mapping():
            return {name: _plain(item) for name, item in value.items()}
        case _:
            return value


def _apply_edits(data: Table, edits: Mapping[KeyPath, Any]) -> Table:
    for path, value in edits.items():
        data = without(data, [path]) if value is None else with_value(data, path, value)
    return data


def _edit_text(text: str, edits: Mapping[KeyPath, Any]) -> str:
    for path, value in edits.items():
        text = edit.without_key(text, path) if value is None else edit.with_value(text, path, value)
    return text


def _new_text(data: Table) -> str:
    import tomli_w

    return tomli_w.dumps(data)


def _check(path: Path, text: str, wanted: Table) -> None:
    """Raise an error if the text does not have the wanted values, or could not be loaded again."""
    unsafe = ConfigError(
        f"{printable(str(path))} cannot be edited automatically; nothing was saved.",
        hint="Change it in an editor.",
    )
    try:
        data = parse_toml(text, path)
    except ConfigError as cause:
        raise unsafe from cause
    if not same_value(drop_empty(data), wanted):
        raise unsafe
    # Without the text, because error messages would name lines of a file that was never written.
    settings_from(Document(path, data=data), {})


def _encoded(path: Path, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as cause:
        raise ConfigError(
            f"A value for {printable(str(path))} contains an incomplete character; nothing was saved.",
            hint="Enter the value again.",
        ) from cause
