"""Write only what changed, in place, and only when what comes out is what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tui.config import edit, files
from tui.config.document import Document, parsed, read_document
from tui.config.load import settings_from
from tui.config.secret import Secret
from tui.config.settings import default_of
from tui.config.tables import Table, leaves, same, value_at, with_value, without, without_empty
from tui.config.toml_text import KeyPath, key_path, printable
from tui.errors import ConfigError


def save_changes(path: Path, changes: Mapping[str, object]) -> None:
    """Write some values to the config file, and leave everything else in it as it is.

    The file is read anew, so what was written to it meanwhile stays. A value
    that is its key's default and stands nowhere in the file is not written.

    Args:
        path: The config file. It is made when there is none.
        changes: New values by dotted key. None removes the key. A table replaces the whole table.

    Raises:
        ConfigError: When the file cannot be read or written, or a value is not allowed. Then nothing was written.
    """
    document = read_document(path)
    settings_from(document, {})
    steps = dict(_steps(document.data, changes))
    if not steps:
        return
    wanted = without_empty(_with_steps(document.data, steps))
    text = _edited(document.text, steps) if document.exists else _new_text(wanted)
    _check(path, text, wanted)
    files.replace(path, _encoded(path, document.mark + text))


def _steps(data: Table, changes: Mapping[str, object]) -> Iterator[tuple[KeyPath, Any]]:
    """The changes value by value, without those that change nothing. None removes the key."""
    for key, value in changes.items():
        for path, leaf in _value_by_value(data, key_path(key), _plain(value)).items():
            now = value_at(data, path)
            if not same(now, leaf) and not (now is None and same(_plain(default_of(path)), leaf)):
                yield path, leaf


def _value_by_value(data: Table, path: KeyPath, value: Any) -> dict[KeyPath, Any]:
    if not isinstance(value, dict):
        return {path: value}
    before = value_at(data, path)
    gone = ((*path, *inner) for inner, _ in leaves(before)) if isinstance(before, dict) else ()
    return dict.fromkeys(gone) | {(*path, *inner): leaf for inner, leaf in leaves(value)}


def _plain(value: object) -> Any:
    """A value of the settings as TOML has it."""
    match value:
        case Secret():
            return value.reveal()
        case tuple():
            return list(value)
        case Mapping():
            return {name: _plain(item) for name, item in value.items()}
        case _:
            return value


def _with_steps(data: Table, steps: Mapping[KeyPath, Any]) -> Table:
    for path, value in steps.items():
        data = without(data, [path]) if value is None else with_value(data, path, value)
    return data


def _edited(text: str, steps: Mapping[KeyPath, Any]) -> str:
    for path, value in steps.items():
        text = edit.without_key(text, path) if value is None else edit.with_value(text, path, value)
    return text


def _new_text(data: Table) -> str:
    import tomli_w

    return tomli_w.dumps(data)


def _check(path: Path, text: str, wanted: Table) -> None:
    """Refuse a text that does not say what is wanted, or that could not be loaded again."""
    unsafe = ConfigError(
        f"{printable(str(path))} is written in a way that cannot be edited safely, so nothing was saved.",
        hint="Change it in an editor.",
    )
    try:
        data = parsed(text, path)
    except ConfigError as cause:
        raise unsafe from cause
    if not same(without_empty(data), wanted):
        raise unsafe
    # Without its text, because the lines in complaints would be those of a file that nobody can look at.
    settings_from(Document(path, data=data), {})


def _encoded(path: Path, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as cause:
        raise ConfigError(
            f"Half a character cannot be saved in {printable(str(path))}.", hint="Write the value again."
        ) from cause
