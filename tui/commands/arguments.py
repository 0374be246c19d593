"""The command-line parser."""

from __future__ import annotations

import argparse
import contextlib
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, NoReturn

from tui.errors import UsageError

_MAX_PORT: Final = 65_535
_MAX_ROUNDS: Final = 1000
_MAX_DAYS: Final = 36_500
_MAX_CONTEXT: Final = 100_000_000

_EPILOG: Final = (
    "Without a command, llm-tui opens the chat. "
    "Exit codes: 0 success, 1 failure, 2 bad usage or config, 130 interrupted."
)


class _Parser(argparse.ArgumentParser):
    """A parser that raises a UsageError instead of printing its usage."""

    def __init__(self, **arguments: Any) -> None:
        # Else argparse asks for the width of the terminal with each argument that is added.
        width = shutil.get_terminal_size().columns - 2
        super().__init__(allow_abbrev=False, formatter_class=partial(argparse.HelpFormatter, width=width), **arguments)

    def format_help(self) -> str:
        """The help, with examples below."""
        # Imported here because most runs print no help.
        from tui.commands.examples import examples_text

        examples = examples_text(self.prog.partition(" ")[2])
        return f"{super().format_help()}\nexamples:\n{examples}\n" if examples else super().format_help()

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=f"See `{self.prog} --help`.")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command line.

    Raises:
        UsageError: If it is not valid.
    """
    # The parsers of all commands would take as long as a third of the modules of `ask`.
    if not any(word.startswith("-") and "h" in word for word in argv):
        # An error may list the commands.
        with contextlib.suppress(UsageError):
            return parser([word for word in argv if word in _COMMANDS]).parse_args(argv)
    return parser().parse_args(argv)


def parser(commands: Collection[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the command line.

    Args:
        commands: The commands that it knows. None for all.
    """
    shared = _shared_options()
    root = _Parser(prog="llm-tui", description="Chat with language models that you run yourself.", epilog=_EPILOG)
    root.set_defaults(config=None, data_dir=None, log_file=None, command=None)
    for option in ("--config FILE", "--data-dir DIR", "--log-file FILE"):
        name, metavar = option.split()
        root.add_argument(name, metavar=metavar, help=_help_of(shared, name))
    root.add_argument("--provider", metavar="NAME", help="provider to use")
    root.add_argument("--model", metavar="NAME", help="model to use")
    root.add_argument("--continue", dest="resume", action="store_true", help="reopen the latest conversation")
    root.add_argument("--plain", action="store_true", help="chat line by line: for screen readers and dumb terminals")
    root.add_argument("--version", "-V", action="store_true", help="print the version and exit")
    below = root.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, title="commands")
    for name, (about, add_arguments) in _COMMANDS.items():
        if commands is None or name in commands:
            add_arguments(below.add_parser(name, parents=[shared], help=about))
    return root


def _shared_options() -> _Parser:
    """The options that can be given before or after the command.

    SUPPRESS keeps a default of the command's parser from overwriting a value given before the command.
    """
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--config", metavar="FILE", help="use this config file")
    shared.add_argument("--data-dir", metavar="DIR", help="store conversations in this folder")
    shared.add_argument("--log-file", metavar="FILE", help="log every request (secrets redacted)")
    return shared


def _add_ask(ask: argparse.ArgumentParser) -> None:
    ask.description = "Stream one answer to standard output. Piped standard input is appended to the prompt."
    ask.add_argument("prompt", nargs="?", metavar="PROMPT", help="the text to answer; may be piped in instead")
    ask.add_argument("--provider", metavar="NAME", help="provider to use")
    ask.add_argument("--model", metavar="NAME", help="model to use")
    ask.add_argument("--system", metavar="TEXT", help="system prompt")
    ask.add_argument("--image", metavar="FILE", action="append", default=[], help="attach an image (repeatable)")
    ask.add_argument(
        "--attach", metavar="FILE", action="append", default=[], help="attach a text file or an image (repeatable)"
    )
    ask.add_argument(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="such as temperature=0.2 (repeatable)"
    )
    ask.add_argument("--no-stream", action="store_true", help="request the whole answer at once")
    ask.add_argument("--endpoint", choices=["chat", "generate"], default="chat", help="generate: Ollama only")
    ask.add_argument("--think", metavar="VALUE", help="off, on, or one of the model's levels, such as low")
    ask.add_argument("--thinking", choices=["show", "hide"], help="default: show on a terminal, hide in a pipe")
    ask.add_argument("--schema", metavar="FILE", help="a JSON schema that the answer must fit")
    ask.add_argument("--tools", metavar="NAME[,NAME]", help="tool servers of the config that the model may use; or all")
    ask.add_argument(
        "--allow-tool",
        metavar="SERVER.TOOL",
        action="append",
        default=[],
        help="a tool that runs without asking (repeatable)",
    )
    ask.add_argument(
        "--max-tool-rounds",
        type=_rounds,
        metavar="N",
        help="answers with tool calls in one turn",
    )
    ask.add_argument("--stats", action="store_true", help="print tokens and times to standard error")
    ask.add_argument("--json", action="store_true", help="output one JSON object per line")
    ask.add_argument("--save", action="store_true", help="save as a conversation")
    ask.add_argument(
        "--continue",
        dest="resume",
        action="store_true",
        default=argparse.SUPPRESS,
        help="continue the latest conversation and save it",
    )


def _add_models(models: _Parser) -> None:
    models.add_argument("--provider", metavar="NAME", help="only this provider")
    models.add_argument("--json", action="store_true", help="output JSON")
    _add_model_actions(models)


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="output JSON")


def _add_config(config: argparse.ArgumentParser) -> None:
    config.add_argument("action", choices=["path", "show", "init"])


def _add_export(export: argparse.ArgumentParser) -> None:
    export.description = "Print a conversation, or write all of them to files."
    export.add_argument(
        "conversation", nargs="?", metavar="CONVERSATION", help="its id, id prefix, title words, or `latest`"
    )
    export.add_argument("--format", choices=["md", "json", "html"], default="md", help="the format; default: md")
    export.add_argument("--list", action="store_true", help="list the conversations, latest first")
    export.add_argument("--all", metavar="FOLDER", help="write every conversation to a file in this folder")
    export.add_argument("--overwrite", action="store_true", help="with --all: replace files that have another content")


def _add_import(importing: argparse.ArgumentParser) -> None:
    importing.description = (
        "Import conversations: JSON exports of llm-tui; exports of Open WebUI, ChatGPT and Claude; files of LM Studio "
        "and parllama; the databases of oterm, elia and Open WebUI. The content of a file decides which it is. Nothing "
        "is imported twice, and nothing is overwritten."
    )
    importing.add_argument(
        "files", nargs="+", metavar="FILE", help="a file, a ZIP archive, or a folder of JSON files; - is standard input"
    )


def _add_usage(usage: argparse.ArgumentParser) -> None:
    usage.description = "Show the usage of all saved answers, as servers reported it."
    _add_json(usage)


def _add_completion(completion: argparse.ArgumentParser) -> None:
    completion.description = (
        "Print a script that completes the command line of llm-tui. Its first lines say how to use it."
    )
    completion.add_argument("shell", nargs="?", choices=["bash", "zsh", "fish"], help="the shell")
    completion.add_argument(
        "--values", choices=["provider", "model", "conversation", "tool-server"], help=argparse.SUPPRESS
    )


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.description = (
        "Serve the chat to a browser on this machine. Each page runs a chat of its own. Needs the extra `web`."
    )
    serve.add_argument("--provider", metavar="NAME", help="provider to use")
    serve.add_argument("--model", metavar="NAME", help="model to use")
    serve.add_argument("--port", type=_port, default=8000, metavar="N", help="port to listen on; 0: any; default: 8000")
    serve.add_argument("--host", default="127.0.0.1", metavar="HOST", help="address to listen on; default: 127.0.0.1")
    serve.add_argument(
        "--allow-remote",
        action="store_true",
        help="allow a --host that other machines reach; anyone who can reach it can use llm-tui and read everything",
    )


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--port", type=_port, default=0, metavar="N", help="port to listen on; default: any free port")


def _add_delete(delete: argparse.ArgumentParser) -> None:
    delete.description = "Delete saved conversations for good, after a question. Their text is overwritten on the disk."
    delete.add_argument(
        "conversation", nargs="?", metavar="CONVERSATION", help="its id, id prefix, title words, or `latest`"
    )
    delete.add_argument(
        "--older-than", type=_days, metavar="DAYS", help="those that were not used for so long, except pinned ones"
    )
    delete.add_argument("--all", action="store_true", help="all, and backups of older versions of the database")
    delete.add_argument("--yes", action="store_true", help="do not ask")


def _add_model_actions(models: _Parser) -> None:
    """The actions of `llm-tui models`. Their options can be given before or after the action."""
    models.description = "Without an action, list the models of each provider."
    common = _shared_options()
    common.add_argument("model", metavar="NAME", help="the model")
    common.add_argument("--provider", metavar="NAME", help="default: the one that has the model")
    common.add_argument("--json", action="store_true", help="output JSON")
    actions = models.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser, title="actions")
    for name, about in (
        ("show", "show what the server reports about a model"),
        ("pull", "download a model; a download that was stopped continues"),
        ("rm", "delete a model from the server's disk"),
        ("copy", "give a model another name besides its own"),
        ("load", "load a model into memory"),
        ("unload", "remove a model from memory"),
    ):
        action = actions.add_parser(name, parents=[common], help=about)
        if name == "rm":
            action.add_argument("--yes", action="store_true", help="do not ask")
        elif name == "copy":
            action.add_argument("new_name", metavar="NEW_NAME", help="the other name")
        elif name == "load":
            action.add_argument(
                "--context-length",
                type=_context_length,
                default=0,
                metavar="N",
                help="tokens; default: the provider's context_length, else the server's choice",
            )


def _rounds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_ROUNDS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of answers (1 to {_MAX_ROUNDS:,})")
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_DAYS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days (1 to {_MAX_DAYS:,})")
    return int(text)


def _context_length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_CONTEXT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of tokens (1 to {_MAX_CONTEXT:,})")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to {_MAX_PORT})")
    return int(text)


def _help_of(shared: argparse.ArgumentParser, name: str) -> str:
    return next(str(action.help) for action in shared._actions if name in action.option_strings)  # noqa: SLF001


_COMMANDS: Final[Mapping[str, tuple[str, Callable[[_Parser], None]]]] = {
    "ask": ("stream one answer to standard output", _add_ask),
    "models": ("list the models of each provider, or manage them", _add_models),
    "doctor": ("check the setup and suggest fixes", _add_json),
    "config": ("show the config path, effective settings, or write a template", _add_config),
    "export": ("export conversations", _add_export),
    "import": ("import conversations from files", _add_import),
    "delete": ("delete conversations for good", _add_delete),
    "usage": ("show tokens and speed by model, provider and day", _add_usage),
    "completion": ("print a completion script for a shell", _add_completion),
    "serve": ("open the chat in a browser", _add_serve),
    "demo": ("run only the built-in demo server", _add_demo),
}
"""The commands, with one line about each and what adds its arguments."""
