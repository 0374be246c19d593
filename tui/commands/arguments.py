"""What the command line may say."""

from __future__ import annotations

import argparse
from typing import Any, Final, NoReturn

from tui.errors import UsageError

_LAST_PORT: Final = 65_535

_EPILOG: Final = "Without a command, it opens the chat. Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted."


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, as everybody else's here."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(allow_abbrev=False, **arguments)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=f"`{self.prog} --help` says what can be said.")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    # Where an option stands both before and after the command, the one after it must not be undone by a default.
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--config", metavar="FILE", help="use this config file")
    shared.add_argument("--data-dir", metavar="DIR", help="keep conversations there")
    shared.add_argument("--log-file", metavar="FILE", help="write an account of every request, without secrets")
    root = _Parser(prog="llm-tui", description="Chat with language models that you run yourself.", epilog=_EPILOG)
    root.set_defaults(config=None, data_dir=None, log_file=None, command=None)
    for option in ("--config FILE", "--data-dir DIR", "--log-file FILE"):
        name, metavar = option.split()
        root.add_argument(name, metavar=metavar, help=_help_of(shared, name))
    root.add_argument("--provider", metavar="NAME", help="open this provider")
    root.add_argument("--model", metavar="NAME", help="with this model")
    root.add_argument("--continue", dest="resume", action="store_true", help="reopen the latest conversation")
    root.add_argument("--version", "-V", action="store_true", help="print the version")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, title="commands")
    _add_ask(commands.add_parser("ask", parents=[shared], help="one answer, streamed to standard output"))
    models = commands.add_parser("models", parents=[shared], help="what each provider offers")
    models.add_argument("--provider", metavar="NAME", help="this provider only")
    models.add_argument("--json", action="store_true", help="as JSON")
    doctor = commands.add_parser("doctor", parents=[shared], help="check everything, and say what to do")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    config = commands.add_parser("config", parents=[shared], help="where it is, what holds, a file to begin with")
    config.add_argument("action", choices=["path", "show", "init"])
    export = commands.add_parser("export", parents=[shared], help="a conversation to standard output")
    export.add_argument(
        "conversation",
        nargs="?",
        metavar="CONVERSATION",
        help="its id, the beginning of it, words of its title, `latest`",
    )
    export.add_argument("--format", choices=["md", "json", "html"], default="md", help="md by default")
    export.add_argument("--list", action="store_true", help="list the conversations, the latest first")
    importing = commands.add_parser("import", parents=[shared], help="conversations from files, ours and others'")
    importing.description = "Takes in conversations: exported by llm-tui as JSON, by Open WebUI, by ChatGPT."
    importing.add_argument("files", nargs="+", metavar="FILE", help="JSON, or ChatGPT's ZIP; - is standard input")
    demo = commands.add_parser("demo", parents=[shared], help="only the built-in demo server, in the foreground")
    demo.add_argument("--port", type=_port, default=0, metavar="N", help="listen there; 0 takes a free one")
    return root


def _add_ask(ask: argparse.ArgumentParser) -> None:
    ask.description = "One answer, streamed as it arrives. Standard input, when piped, is appended to the prompt."
    ask.add_argument("prompt", nargs="?", metavar="PROMPT")
    ask.add_argument("--provider", metavar="NAME")
    ask.add_argument("--model", metavar="NAME")
    ask.add_argument("--system", metavar="TEXT", help="a system prompt")
    ask.add_argument("--image", metavar="FILE", action="append", default=[], help="a picture; several times")
    ask.add_argument(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="such as temperature=0.2; several times"
    )
    ask.add_argument("--no-stream", action="store_true", help="ask for the whole answer at once")
    ask.add_argument("--endpoint", choices=["chat", "generate"], default="chat", help="generate is for Ollama only")
    ask.add_argument("--thinking", choices=["show", "hide"], help="by default shown on a terminal, hidden in a pipe")
    ask.add_argument("--stats", action="store_true", help="figures on standard error at the end")
    ask.add_argument("--json", action="store_true", help="one JSON object a line")
    ask.add_argument("--save", action="store_true", help="keep it as a conversation")
    ask.add_argument(
        "--continue",
        dest="resume",
        action="store_true",
        default=argparse.SUPPRESS,
        help="go on with the latest conversation, and keep it",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: one is a number from 0 to {_LAST_PORT}")
    return int(text)


def _help_of(shared: argparse.ArgumentParser, name: str) -> str:
    return next(str(action.help) for action in shared._actions if name in action.option_strings)  # noqa: SLF001
