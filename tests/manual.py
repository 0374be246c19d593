"""The manual page, from the parser of the command line. `python -m tests.docs` writes it to `tui/man/llm-tui.1`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tui.commands.arguments import parser
from tui.commands.examples import EXAMPLES
from tui.commands.parser_outline import Argument, Command, commands_of

_ENVIRONMENT: Final = (
    ("LLM_TUI_CONFIG", "The config file, unless --config names one."),
    ("LLM_TUI_DATA_DIR", "The folder of the conversations, unless --data-dir names one."),
    ("LLM_TUI_DEBUG", "1 prints tracebacks of internal errors."),
    ("OLLAMA_HOST", "The address of Ollama, unless the config has one."),
    (
        "OLLAMA_API_KEY, LM_API_TOKEN, OPENAI_API_KEY, OPENROUTER_API_KEY",
        "API keys, each only for the server that documents it.",
    ),
    ("NO_COLOR", "Not empty: no colours."),
)

_EXIT_CODES: Final = (
    ("0", "Success."),
    ("1", "The provider or the stream failed, or something was not done."),
    ("2", "Bad usage, a bad config, or a file that cannot be read."),
    ("130", "Interrupted with Ctrl+C."),
)

_SHARED: Final = frozenset({"--help", "--config", "--data-dir", "--log-file"})
"""Options that every command has. They are described once, for the program."""


def manual_page() -> str:
    """The page, as roff with the macros of man(7)."""
    return "".join(f"{line}\n" for line in _lines(commands_of(parser())))


def _lines(commands: tuple[Command, ...]) -> Iterator[str]:
    program, *others = commands
    yield '.\\" Generated from the parser of the command line by `python -m tests.docs`.'
    yield '.TH LLM\\-TUI 1 "" "llm\\-tui" "User Commands"'
    yield ".SH NAME"
    yield "llm\\-tui \\- chat with language models that you run yourself"
    yield ".SH SYNOPSIS"
    for command in commands:
        yield from _synopsis(command)
    yield ".SH DESCRIPTION"
    yield _text(program.description)
    yield _text(program.epilog)
    yield ".SH OPTIONS"
    for option in program.options:
        yield from _argument(option)
    yield ".SH COMMANDS"
    for command in others:
        yield f".SS {_text(' '.join(command.path))}"
        yield _text(command.description or f"{command.help[:1].upper()}{command.help[1:]}.")
        for argument in (*command.positionals, *command.options):
            if not _SHARED & set(argument.names):
                yield from _argument(argument)
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
        ("EXIT STATUS", _EXIT_CODES),
        ("ENVIRONMENT", _ENVIRONMENT),
    )
    for title, rows in sections:
        yield f".SH {title}"
        for name, about in rows:
            yield from (".TP", f".B {_text(name)}", _text(about))
    yield ".SH FILES"
    yield _text("llm-tui config path prints where the config file is, and llm-tui doctor where the conversations are.")
    yield ".SH EXAMPLES"
    for examples in EXAMPLES.values():
        for line, about in examples:
            yield from (".TP", f".B {_text(line)}", _text(f"{about[:1].upper()}{about[1:]}."))


def _synopsis(command: Command) -> Iterator[str]:
    words = [f"\\fB{_text(' '.join(('llm-tui', *command.path)))}\\fR"]
    if any(not _SHARED & set(option.names) for option in command.options):
        words.append("[\\fIOPTION\\fR ...]")
    for each in command.positionals:
        dots = " ..." if each.repeats else ""
        words.append(
            f"[\\fI{_text(each.metavar)}\\fR{dots}]" if each.is_optional else f"\\fI{_text(each.metavar)}\\fR{dots}"
        )
    yield " ".join(words)
    yield ".br"


def _argument(argument: Argument) -> Iterator[str]:
    yield ".TP"
    value = f" \\fI{_text(argument.metavar)}\\fR" if argument.metavar else ""
    if argument.names:
        yield ", ".join(f"\\fB{_text(name)}\\fR{value}" for name in argument.names)
    else:
        yield f"\\fI{_text(argument.metavar)}\\fR"
    about = argument.help or "See above."
    yield _text(f"{about[:1].upper()}{about[1:].rstrip('.')}.")


def _text(text: str) -> str:
    """Text in roff: backslashes and minus signs are escaped, and no line is taken for a request."""
    escaped = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
