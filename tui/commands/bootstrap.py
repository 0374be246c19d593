"""Loads the settings and configures logging, as every command needs."""

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
    """Load the settings of this run. Prints warnings about the config file to stderr.

    Raises:
        ConfigError: If the config file cannot be used.
    """
    location = config_location(os.environ, arguments.config)
    overrides = {"provider": arguments.provider} if getattr(arguments, "provider", None) else {}
    loaded = load(location.path, os.environ, overrides)
    if arguments.config and not loaded.exists:
        print_error(f"{location.path} does not exist; using defaults.", "`llm-tui config init` writes a template.")
    for warning in loaded.warnings:
        print_error(warning)
    return loaded


def configure_logging(arguments: argparse.Namespace) -> None:
    """Log every request to `--log-file`. Does nothing without that option.

    Raises:
        UsageError: If the file cannot be written.
    """
    if not arguments.log_file:
        return
    try:
        handler = logging.FileHandler(Path(arguments.log_file).expanduser(), encoding="utf-8")
    except OSError as cause:
        raise UsageError(
            f"Cannot write the log file {arguments.log_file}: {cause.strerror}.", hint="Choose another --log-file."
        ) from cause
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("tui")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
