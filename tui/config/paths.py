"""The paths of the config file and of the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tui.errors import ConfigError

_APP: Final = "llm-tui"


class ConfigLocation(NamedTuple):
    """The path of the config file."""

    path: Path
    is_explicit: bool
    """Whether the user named the file. If so, it must exist; the file at the default path may be missing."""


def config_location(environ: Mapping[str, str], flag: str | None = None) -> ConfigLocation:
    """The path of the config file: `--config`, else `LLM_TUI_CONFIG`, else the platform's default.

    Args:
        environ: The environment's variables.
        flag: The value of `--config`. None if it was not given.

    Raises:
        ConfigError: If a `~` stands for a home folder that does not exist.
    """
    explicit = flag or environ.get("LLM_TUI_CONFIG")
    if explicit:
        return ConfigLocation(_expanded(explicit), is_explicit=True)
    # Imported here because platformdirs takes as long to import as all of our own config modules.
    from platformdirs import user_config_path

    return ConfigLocation(user_config_path(_APP, appauthor=False) / "config.toml", is_explicit=False)


def data_folder(environ: Mapping[str, str], flag: str | None = None) -> Path:
    """The folder of the conversations: `--data-dir`, else `LLM_TUI_DATA_DIR`, else the platform's default.

    Args:
        environ: The environment's variables.
        flag: The value of `--data-dir`. None if it was not given.

    Raises:
        ConfigError: If a `~` stands for a home folder that does not exist.
    """
    explicit = flag or environ.get("LLM_TUI_DATA_DIR")
    if explicit:
        return _expanded(explicit)
    from platformdirs import user_data_path

    return user_data_path(_APP, appauthor=False)


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as cause:
        raise ConfigError(f"The home folder in {text!r} does not exist.", hint="Give the full path.") from cause
