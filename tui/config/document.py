"""The config file on disk: its text and its data."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Final

from tui.config.bounded_read import TooLarge, read_bounded
from tui.config.tables import Table, is_deeper
from tui.config.toml_text import KeyPath, printable
from tui.errors import ConfigError
from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass

_BOM: Final = "\ufeff"
_MAX_BYTES: Final = 4 * 2**20
_MAX_DEPTH: Final = 50
_FIX_HINT: Final = "Fix the file in an editor."
_POSITION: Final = lazy_pattern(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A config file that was read, or does not exist."""

    path: Path

    text: str = field(default="", repr=False)
    """The text without a byte order mark. Empty if the file does not exist, or was not written yet."""

    data: Table = field(default_factory=dict, repr=False)
    """The text parsed to nested tables."""

    exists: bool = False

    byte_order_mark: str = ""
    """The byte order mark at the start of the file. Usually empty."""

    def location(self, path: KeyPath) -> str:
        """Where a key is, as the start of a message: `config.toml:7:`. Without the line if it is unknown."""
        line = self.line(path)
        return f"{printable(str(self.path))}:" + ("" if line is None else f"{line}:")

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of its table if the key is missing. None if unknown."""
        # Imported here because only errors need line numbers, so a normal start does not load the module.
        from tui.config.outline import parse_outline

        return parse_outline(self.text).line(path)


def read_document(path: Path, *, must_exist: bool = False) -> Document:
    """Read the config file.

    Args:
        path: The path of the file.
        must_exist: Whether a missing file is an error, because the user named it.

    Raises:
        ConfigError: If it cannot be read, or is not valid UTF-8 and TOML.
    """
    try:
        text = read_bounded(path, _MAX_BYTES).decode()
    except FileNotFoundError as cause:
        if must_exist:
            raise ConfigError(
                f"The config file {printable(str(path))} does not exist.",
                hint="Check --config or LLM_TUI_CONFIG. `llm-tui config init` writes a template.",
            ) from cause
        return Document(path)
    except TooLarge as cause:
        raise ConfigError(
            f"The config file {printable(str(path))} is larger than {_MAX_BYTES // 2**20} MiB.",
            hint="Use another file with --config.",
        ) from cause
    except UnicodeDecodeError as cause:
        line = cause.object.count(b"\n", 0, cause.start) + 1
        raise ConfigError(
            f"{printable(str(path))}:{line}: not valid UTF-8 (byte {cause.object[cause.start]:#04x}).",
            hint="Save the file as UTF-8.",
        ) from cause
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise ConfigError(
            f"Cannot read the config file {printable(str(path))}: {reason}.",
            hint="Check its type and permissions, or use another file with --config.",
        ) from cause
    byte_order_mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    return Document(path, text, parse_toml(text, path), exists=True, byte_order_mark=byte_order_mark)


def parse_toml(text: str, path: Path) -> Table:
    """Parse a TOML text.

    Args:
        text: The text.
        path: The path of its file, for error messages.

    Raises:
        ConfigError: If it is not valid TOML, or nested too deeply.
    """
    import tomllib

    too_deep = ConfigError(f"{printable(str(path))}: arrays or tables are nested too deeply.", hint=_FIX_HINT)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise too_deep from None
    except ValueError as cause:
        # Usually a TOMLDecodeError, but a plain ValueError for a number with thousands of digits.
        message = str(cause)
        position = _POSITION.search(message)
        if position is None:
            line = ""
        elif position["line"] is None:
            line, message = f"{text.rstrip().count(chr(10)) + 1}:", message[: position.start()]
        else:
            line, message = f"{position['line']}:", f"{message[: position.start()]} (column {position['column']})"
        raise ConfigError(
            f"{printable(str(path))}:{line} invalid TOML: {printable(message)}.", hint=_FIX_HINT
        ) from cause
    if is_deeper(data, _MAX_DEPTH):
        raise too_deep
    return data
