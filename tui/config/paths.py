"""Where config and data live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tui.errors import ConfigError

_APP: Final = "llm-tui"


class ConfigPlace(NamedTuple):
    """The config file's place."""

    path: Path
    is_named: bool
    """Whether the user named it. A file that was named must be there; one at the usual place need not."""


def config_place(environ: Mapping[str, str], flag: str | None = None) -> ConfigPlace:
    """Where the config file is: as `--config` says, else as `LLM_TUI_CONFIG` does, else at the platform's place.

    Args:
        environ: The environment's variables.
        flag: What `--config` says. None when it was not given.

    Raises:
        ConfigError: When a `~` stands for nobody's home.
    """
    named = flag or environ.get("LLM_TUI_CONFIG")
    if named:
        return ConfigPlace(_expanded(named), is_named=True)
    # platformdirs takes as long to import as all of our own configuration.
    from platformdirs import user_config_path

    return ConfigPlace(user_config_path(_APP, appauthor=False) / "config.toml", is_named=False)


def data_folder(environ: Mapping[str, str], flag: str | None = None) -> Path:
    """The folder of the conversations: as `--data-dir` says, else as `LLM_TUI_DATA_DIR` does, else the platform's.

    Args:
        environ: The environment's variables.
        flag: What `--data-dir` says. None when it was not given.

    Raises:
        ConfigError: When a `~` stands for nobody's home.
    """
    named = flag or environ.get("LLM_TUI_DATA_DIR")
    if named:
        return _expanded(named)
    from platformdirs import user_data_path

    return user_data_path(_APP, appauthor=False)


def _expanded(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError as cause:
        raise ConfigError(f"{named!r} is in a home that does not exist.", hint="Write the whole path.") from cause
