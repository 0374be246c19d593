"""The command line → one command or the app. Here is the last `except`, and here exit codes are made."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.errors import LlmTuiError, UsageError

if TYPE_CHECKING:
    import argparse

INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; give its exit code.

    Args:
        argv: The arguments, without the program's name. None takes the process's own.
    """
    argv = sys.argv[1:] if argv is None else argv
    if list(argv) in (["--version"], ["-V"]):
        # Before anything is imported: somebody's script waits for it.
        from tui import __version__

        print(f"llm-tui {__version__}")
        return 0
    try:
        from tui.commands.arguments import parser

        arguments = parser().parse_args(argv)
        code = _run(arguments)
        _flush()
    except LlmTuiError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _leave_closed_pipe()
    # The last resort: whoever only wants an answer is not shown our insides.
    except Exception as error:
        if os.environ.get("LLM_TUI_DEBUG") == "1":
            raise
        return _break(error)
    return code


def _run(arguments: argparse.Namespace) -> int:
    """Hand over to the command, importing only that one."""
    match arguments.command:
        case "ask":
            from tui.commands.ask import run_ask

            return run_ask(arguments)
        case "models":
            from tui.commands.models import run_models

            return run_models(arguments)
        case "config":
            from tui.commands.config import run_config

            return run_config(arguments)
        case "doctor":
            from tui.commands.doctor import run_doctor

            return run_doctor(arguments)
        case "export":
            from tui.commands.export import run_export

            return run_export(arguments)
        case "import":
            from tui.commands.importing import run_import

            return run_import(arguments)
        case "demo":
            from tui.commands.demo import run_demo

            return run_demo(arguments)
        case _:
            return _run_app(arguments)


def _run_app(arguments: argparse.Namespace) -> int:
    import asyncio

    from tui.commands.bootstrap import configure_logging, load_settings
    from tui.config.paths import data_folder
    from tui.runtime import Runtime

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The chat needs a terminal.", hint='Without one, use `llm-tui ask "…"`.')
    loaded = load_settings(arguments)
    configure_logging(arguments)
    # Textual reads it when it is imported: milliseconds that an Escape waits for what may follow it.
    os.environ.setdefault("ESCDELAY", "20")
    if sys.stderr is None or not sys.stderr.isatty():
        # Textual draws there. Whoever sends errors to a file wants to see the chat all the same.
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]  # final for who reads it, and we do not
    from tui.ui import gc_tuning

    gc_tuning.pause_gc()
    from tui.ui.app import run

    runtime = Runtime(loaded, os.environ, data_folder(os.environ, arguments.data_dir))
    return asyncio.run(run(runtime, model=arguments.model or "", resume=arguments.resume))


def _fail(error: LlmTuiError) -> int:
    if os.environ.get("LLM_TUI_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    _print_error(str(error), error.hint)
    return error.exit_code


def _print_error(message: str, hint: str) -> None:
    """One line on stderr: what went wrong, and what to do."""
    from tui.commands.output import print_error

    print_error(message, hint)


def _flush() -> None:
    """See out what was printed, here where it can still be said that it cannot be written."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _break(error: Exception) -> int:
    """Say what nobody foresaw; and that what was printed cannot be written, which anybody may meet who prints."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        from tui.commands.output import output_failed

        _leave_closed_pipe()
        return _fail(output_failed(error))
    _print_error(f"Something broke inside llm-tui: {type(error).__name__}: {error}.", "LLM_TUI_DEBUG=1 shows where.")
    return 1


def _leave_closed_pipe() -> int:
    """Redirect stdout to devnull after a closed pipe: Python would report an error when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
