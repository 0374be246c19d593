"""Loads the settings and configures logging, as every command needs."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.commands.output import print_error
from tui.config.load import LoadedSettings, load
from tui.config.paths import config_location
from tui.errors import UsageError
from tui.limits import LOOKUP_S

if TYPE_CHECKING:
    from tui.commands.status_line import WorkProgress
    from tui.runtime import Runtime
    from tui.store.store_work import StoreWork


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


PATIENCE_S: Final = 5.0
"""How long a command that asks all providers waits for one that is silent."""


def command_runtime(
    loaded: LoadedSettings, data_folder: Path | None = None, *, lookup_s: float = LOOKUP_S, draws_bar: bool = True
) -> Runtime:
    """A runtime that says on stderr when it waits for the command of an API key, or opening conversations takes long.

    Args:
        loaded: The settings.
        data_folder: The folder of the saved conversations. None keeps them in memory only.
        lookup_s: See `TimeLimits.for_lookups`.
        draws_bar: Whether long work is a bar where stderr is a terminal.
    """
    # Imported here because not every command needs it.
    from tui.runtime import Runtime

    runtime = Runtime(loaded, os.environ, data_folder, lookup_s)
    runtime.on_key_wait = print_error
    runtime.on_store_wait = print_error
    runtime.on_store_work = StoreWorkReporter(draws_bar=draws_bar)
    return runtime


class StoreWorkReporter:
    """Shows long work on the file of the conversations on stderr."""

    def __init__(self, *, draws_bar: bool) -> None:
        """Args:
        draws_bar: Whether a bar is drawn where stderr is a terminal. If not, there is a line now and then.
        """
        self._draws_bar = draws_bar
        self._progress: WorkProgress | None = None

    def __call__(self, work: StoreWork) -> None:
        """Show a report."""
        # Imported here because most runs have no long work.
        from tui.commands.status_line import WorkProgress

        if self._progress is None:
            self._progress = WorkProgress(work.name, draws_bar=self._draws_bar)
        if work.state == "running":
            self._progress.update(work.fraction, "")
            return
        self._progress.clear()
        self._progress = None
        if work.state == "stopped":
            print_error("Stopped: the saved conversations are as they were.", "The next start upgrades them.")


def configure_logging(arguments: argparse.Namespace) -> None:
    """Log every request to `--log-file`. Does nothing without that option.

    Raises:
        UsageError: If the file cannot be written.
    """
    if not arguments.log_file:
        return
    path = Path(arguments.log_file)
    try:
        handler = LogFile(path.expanduser(), reports_at_once=arguments.command is not None)
    except (OSError, ValueError, RuntimeError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else str(cause).rstrip(".")
        raise UsageError(f"Cannot write the log file {path}: {reason}.", hint="Choose another --log-file.") from cause
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("tui")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)


class LogFile(logging.FileHandler):
    """A log file that reports the first failure to write it, and then stops logging."""

    def __init__(self, path: Path, *, reports_at_once: bool) -> None:
        """Args:
        path: The file, which is created or appended to.
        reports_at_once: Whether a failure is reported immediately. If not, as while the chat is on the screen, it is
            reported at the end.

        Raises:
            OSError: If the file cannot be opened.
        """
        self._path = path
        self._reports_at_once = reports_at_once
        self._failure: OSError | None = None
        super().__init__(path, encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. No-op after a failure."""
        if self._failure is None:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is the base class's
        """Report a failure to write. `logging` prints a traceback for each record instead."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._failure = error
        if self._reports_at_once:
            self._report(error)

    def flush(self) -> None:
        """Write what is buffered. No-op after a failure: it would fail again, and keep `close` from being called."""
        if self._failure is None:
            super().flush()

    def close(self) -> None:
        """Close the file."""
        # What could not be written before cannot be written now.
        with contextlib.suppress(OSError):
            super().close()
        if self._failure is not None and not self._reports_at_once:
            self._report(self._failure)
            self._failure = None

    def _open(self) -> TextIOWrapper:
        # Without the flag, opening a pipe blocks until a program reads it. Windows has no such flag.
        flag = getattr(os, "O_NONBLOCK", 0)
        return open(
            self._path,
            "a",
            encoding=self.encoding,
            errors=self.errors,
            opener=lambda path, flags: os.open(path, flags | flag, 0o666),
        )

    def _report(self, error: OSError) -> None:
        print_error(f"Cannot write the log file {self._path}: {error.strerror}.", "Nothing more is logged.")
