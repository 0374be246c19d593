"""What every command needs first: the settings, the log file, the runtime."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from tui.commands.output import print_error
from tui.config.load import LoadedSettings, load
from tui.config.paths import config_location
from tui.errors import UsageError


def load_settings(arguments: argparse.Namespace) -> LoadedSettings:
    """The settings that hold for this run. Warnings about the file go to stderr.

    Raises:
        ConfigError: When the file cannot be used.
    """
    place = config_location(os.environ, arguments.config)
    overrides = {"provider": arguments.provider} if getattr(arguments, "provider", None) else {}
    loaded = load(place.path, os.environ, overrides)
    if arguments.config and not loaded.exists:
        print_error(f"{place.path} does not exist yet, so the defaults hold.", "`llm-tui config init` writes one.")
    for warning in loaded.warnings:
        print_error(warning)
    return loaded


def configure_logging(arguments: argparse.Namespace) -> None:
    """Begin the account of every request, where one is wanted.

    Raises:
        UsageError: When the file cannot be written.
    """
    if not arguments.log_file:
        return
    try:
        handler = logging.FileHandler(Path(arguments.log_file).expanduser(), encoding="utf-8")
    except OSError as cause:
        raise UsageError(
            f"The log file {arguments.log_file} cannot be written: {cause.strerror}.", hint="Name another --log-file."
        ) from cause
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("tui")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
