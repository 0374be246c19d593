"""The config file as it is on disk: its text, and the data in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tui.config.tables import Table, is_deeper
from tui.config.toml_text import KeyPath, printable
from tui.errors import ConfigError

_BOM: Final = "\ufeff"
_MOST_DEPTH: Final = 50
_CORRECT: Final = "Correct it in an editor."
_PLACE: Final = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A config file that could be read, or the lack of one."""

    path: Path

    text: str = field(default="", repr=False)
    """What is in it, without a byte order mark. Empty when there is no file, or the data is not written yet."""

    data: Table = field(default_factory=dict, repr=False)
    """The same as nested tables."""

    exists: bool = False

    mark: str = ""
    """The byte order mark that it begins with. Mostly empty."""

    def place(self, path: KeyPath) -> str:
        """Where a key is, to begin a complaint with: `config.toml:7:`. Without the line where that is not known."""
        line = self.line(path)
        return f"{printable(str(self.path))}:" + ("" if line is None else f"{line}:")

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of the table that lacks it. None where that is not known."""
        # Only what is wrong is looked for, so mostly nothing is, and start-up need not pay for it.
        from tui.config.outline import outlined

        return outlined(self.text).line(path)


def read_document(path: Path, *, must_exist: bool = False) -> Document:
    """The config file.

    Args:
        path: Where it is.
        must_exist: Whether its absence is a mistake, because the user named it.

    Raises:
        ConfigError: When it cannot be read, is not UTF-8 or no TOML.
    """
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError as cause:
        if must_exist:
            raise ConfigError(
                f"There is no config file {printable(str(path))}.",
                hint="Correct --config or LLM_TUI_CONFIG; `llm-tui config init` writes a file to start from.",
            ) from cause
        return Document(path)
    except UnicodeDecodeError as cause:
        line = cause.object.count(b"\n", 0, cause.start) + 1
        raise ConfigError(
            f"{printable(str(path))}:{line}: byte {cause.object[cause.start]:#04x} is no UTF-8, as TOML must be.",
            hint="Save the file as UTF-8.",
        ) from cause
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise ConfigError(
            f"The config file {printable(str(path))} cannot be read: {reason}.",
            hint="Check what it is and who may read it, or name another with --config.",
        ) from cause
    mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    return Document(path, text, parsed(text, path), exists=True, mark=mark)


def parsed(text: str, path: Path) -> Table:
    """The data in a TOML text.

    Raises:
        ConfigError: When it is no TOML.
    """
    import tomllib

    too_deep = ConfigError(f"{printable(str(path))}: arrays or tables are nested too deeply.", hint=_CORRECT)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise too_deep from None
    except ValueError as cause:
        # Mostly a TOMLDecodeError, but a bare ValueError for a number of thousands of digits.
        message = str(cause)
        place = _PLACE.search(message)
        if place is None:
            where = ""
        elif place["line"] is None:
            where, message = f"{text.rstrip().count(chr(10)) + 1}:", message[: place.start()]
        else:
            where, message = f"{place['line']}:", f"{message[: place.start()]} (column {place['column']})"
        raise ConfigError(
            f"{printable(str(path))}:{where} this is no TOML: {printable(message)}.", hint=_CORRECT
        ) from cause
    if is_deeper(data, _MOST_DEPTH):
        raise too_deep
    return data
