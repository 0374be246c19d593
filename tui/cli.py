"""The entry point: runs one command or the app, and turns errors into exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui import gc_tuning
from tui.errors import INTERRUPTED_EXIT_CODE, LlmTuiError, UsageError

if TYPE_CHECKING:
    import argparse

    from tui.config.settings import Settings

_WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What textual-serve sets for an app that it runs for a browser."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program. Returns its exit code.

    Args:
        argv: The arguments without the program's name. None is the arguments of the process.
    """
    if argv is not None:
        return _main(argv)
    gc_tuning.collect_rarely()
    code = _main(sys.argv[1:])
    gc_tuning.skip_last_collections()
    return code


def _main(argv: Sequence[str]) -> int:
    _fill_closed_descriptors()
    if list(argv) in (["--version"], ["-V"]):
        # Before any other import, because scripts call this often.
        from tui import __version__

        if sys.stdout is not None:
            print(f"llm-tui {__version__}")
            return 0
    try:
        from tui.commands.arguments import parse

        if sys.stdout is None:
            from tui.commands.output import check_stdout

            check_stdout()
        arguments = parse(argv)
        code = _run(arguments)
        _flush()
    except LlmTuiError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    except BrokenPipeError:
        return _discard_stdout()
    # Users see a traceback only if they ask for it.
    except Exception as error:
        if os.environ.get("LLM_TUI_DEBUG") == "1":
            raise
        return _fail_unexpectedly(error)
    return code


def _fill_closed_descriptors() -> None:
    """Open the null device for each closed standard stream.

    Otherwise the next file that is opened, such as the database, would become standard output or standard error, to
    which libraries write.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _run(arguments: argparse.Namespace) -> int:
    """Run the command. Imports only its own module."""
    match arguments.command:
        case "ask":
            from tui.commands.ask import run_ask

            return run_ask(arguments)
        case "models":
            if arguments.action is not None:
                from tui.commands.model_actions import run_model_action

                return run_model_action(arguments)
            from tui.commands.models import run_models

            return run_models(arguments)
        case "config":
            from tui.commands.config import run_config

            return run_config(arguments)
        case "doctor":
            from tui.commands.doctor import run_doctor

            return run_doctor(arguments, _screen_problems)
        case "export":
            from tui.commands.export import run_export

            return run_export(arguments)
        case "import":
            from tui.commands.importing import run_import

            return run_import(arguments)
        case "delete":
            from tui.commands.delete import run_delete

            return run_delete(arguments)
        case "completion":
            from tui.commands.completion import run_completion

            return run_completion(arguments)
        case "serve":
            from tui.commands.serve import run_serve

            return run_serve(arguments)
        case "usage":
            from tui.commands.usage import run_usage

            return run_usage(arguments)
        case "demo":
            from tui.commands.demo import run_demo

            return run_demo(arguments)
        case _:
            return _run_app(arguments)


def _screen_problems(settings: Settings) -> dict[str, list[str]]:
    """What is wrong with the settings of the screen, by setting. Passed on, as commands do not import the screen."""
    from tui.ui.settings_check import key_problems, theme_problems

    return {"theme": list(theme_problems(settings)), "keys": list(key_problems(settings))}


def _run_app(arguments: argparse.Namespace) -> int:
    import asyncio

    from tui.commands.bootstrap import configure_logging, load_settings
    from tui.config.paths import data_folder
    from tui.runtime import Runtime

    is_in_browser = os.environ.get("TEXTUAL_DRIVER") == _WEB_DRIVER
    if arguments.plain or (os.environ.get("TERM") == "dumb" and not is_in_browser):
        return _run_plain(arguments)
    # A closed standard stream is None.
    if not is_in_browser and (sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise UsageError("The chat needs a terminal.", hint='Use `llm-tui ask "…"` or `llm-tui --plain` without one.')
    loaded = load_settings(arguments)
    configure_logging(arguments)
    # Textual reads this when imported: how many ms it waits after Escape for the rest of an escape sequence.
    os.environ.setdefault("ESCDELAY", "20")
    if not is_in_browser and (sys.stderr is None or not sys.stderr.isatty()):
        # Textual draws on stderr. With errors redirected to a file, the chat must still appear.
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]  # declared final, but Textual reads it later
    gc_tuning.pause_gc()
    from tui.ui.app import run

    runtime = Runtime(loaded, os.environ, data_folder(os.environ, arguments.data_dir))
    return asyncio.run(run(runtime, model=arguments.model or "", resume=arguments.resume))


def _run_plain(arguments: argparse.Namespace) -> int:
    from tui.commands.bootstrap import command_runtime, configure_logging, load_settings
    from tui.config.paths import data_folder
    from tui.plain.app import run_plain

    loaded = load_settings(arguments)
    configure_logging(arguments)
    folder = data_folder(os.environ, arguments.data_dir)
    is_asked_for = arguments.plain
    return run_plain(
        lambda: command_runtime(loaded, folder, draws_bar=False),
        model=arguments.model or "",
        resume=arguments.resume,
        reason="" if is_asked_for else "TERM is dumb, so this is the plain chat.",
    )


def _fail(error: LlmTuiError) -> int:
    if os.environ.get("LLM_TUI_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    _print_error(str(error), error.hint)
    return error.exit_code


def _print_error(message: str, hint: str) -> None:
    """Print one line on stderr: what failed, and what to do."""
    from tui.commands.output import print_error

    print_error(message, hint)


def _flush() -> None:
    """Flush stdout, while a failure to write can still be reported."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _fail_unexpectedly(error: Exception) -> int:
    """Report an internal error, or that the output cannot be written, which any command may run into."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        from tui.commands.output import output_failed

        _discard_stdout()
        return _fail(output_failed(error))
    _print_error(f"Internal error: {type(error).__name__}: {error}.", "Set LLM_TUI_DEBUG=1 for a traceback.")
    return 1


def _discard_stdout() -> int:
    """Redirect stdout to the null device, because Python reports an error if its flush at exit fails."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
