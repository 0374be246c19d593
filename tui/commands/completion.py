"""`llm-tui completion bash|zsh|fish`: a completion script for a shell, made from the parser of the command line.

The scripts know commands, options and choices. Names of providers, models and conversations change: the scripts ask
`llm-tui completion --values KIND` for them, which reads the config and the saved conversations, and asks no server.
Names come from servers and files. Only those are offered that no shell interprets, and no script expands them.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tui.chat.formatting import truncate
from tui.chat.safe_text import safe_line
from tui.commands.arguments import parser
from tui.commands.output import print_text
from tui.commands.parser_outline import Argument, Command, commands_of
from tui.config.load import load
from tui.config.paths import config_location, data_folder
from tui.errors import LlmTuiError, UsageError

_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]*")
"""A name that means the same to every shell, unquoted."""

_MAX_CONVERSATIONS: Final = 200
_MAX_MODELS: Final = 200
_MAX_TITLE: Final = 60

_DYNAMIC: Final = ("provider", "model", "conversation", "tool-server")
"""The kinds of values that `--values` prints."""


def run_completion(arguments: argparse.Namespace) -> int:
    """Print a script, or values for one."""
    if arguments.values is not None:
        for value, about in _values(arguments.values, arguments):
            print_text(f"{value}\t{about}" if about else value)
        return 0
    if arguments.shell is None:
        raise UsageError("Which shell?", hint="For example `llm-tui completion bash`.")
    print_text(script_for(arguments.shell).rstrip("\n"))
    return 0


def script_for(shell: str) -> str:
    """The completion script for `bash`, `zsh` or `fish`."""
    commands = commands_of(parser())
    writers: dict[str, Callable[[tuple[Command, ...]], Iterator[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    return "".join(f"{line}\n" for line in writers[shell](commands))


def _values(kind: str, arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Values of a kind, each with a description that may be empty. None if they cannot be read."""
    try:
        return [(value, about) for value, about in _found_values(kind, arguments) if _SAFE.fullmatch(value)]
    except LlmTuiError:
        # A message would appear in the middle of the line that is being typed.
        return []


def _found_values(kind: str, arguments: argparse.Namespace) -> Iterable[tuple[str, str]]:
    settings = load(config_location(os.environ, arguments.config).path, os.environ, {}).settings
    if kind == "provider":
        return [(name, "") for name, provider in settings.providers.items() if provider.enabled]
    if kind == "tool-server":
        return [("all", ""), *((name, "") for name, server in settings.mcp.items() if server.enabled)]
    models = {provider.model: "" for provider in settings.providers.values() if provider.model}
    # Imported here because only these two kinds need SQLite.
    from tui.store.conversations import FILE_NAME, ConversationStore

    folder = data_folder(os.environ, arguments.data_dir)
    if not (folder / FILE_NAME).exists():
        return models.items() if kind == "model" else [("latest", "")]
    store = ConversationStore(folder)
    try:
        if kind == "model":
            for provider, model in (*store.favourites(), *store.recent_models(_MAX_MODELS)):
                models.setdefault(model, safe_line(provider))
            return models.items()
        recent = store.recent(_MAX_CONVERSATIONS)
        titles = [(each.id, truncate(safe_line(each.title), _MAX_TITLE)) for each in recent]
        return [("latest", titles[0][1] if titles else ""), *titles]
    finally:
        store.close()


def _key(command: Command) -> str:
    return " ".join(command.path)


def _value_of(argument: Argument) -> str:
    """How a script writes what can be given: `choice:a b`, `file`, `provider`, …"""
    return f"choice:{' '.join(argument.choices)}" if argument.kind == "choice" else argument.kind


def _tables(commands: tuple[Command, ...], name: str, describe: Callable[[Command], str]) -> Iterator[str]:
    """The function `_llm_tui_NAME PATH`, which sets the variables for a command: the same in bash and zsh."""
    yield f"_llm_tui_{name}() {{"
    yield '    case "$1" in'
    for command in commands:
        valued = [f"{' '.join(option.names)}" for option in command.options if option.metavar]
        yield f'    "{_key(command)}")'
        yield f"        valued=' {' '.join(valued)} '"
        yield f"        below=' {' '.join(command.commands)} '"
        yield f"        rest='{_rest_of(command)}'"
        yield describe(command)
        yield "        ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield f"_llm_tui_{name}_value() {{"
    yield '    case "$1|$2" in'
    for command in commands:
        for at, positional in enumerate(command.positionals, 1):
            yield f"    \"{_key(command)}|{at}\") kind='{_value_of(positional)}' ;;"
        for option in command.options:
            if option.metavar:
                patterns = "|".join(f'"{_key(command)}|{option_name}"' for option_name in option.names)
                yield f"    {patterns}) kind='{_value_of(option)}' ;;"
    yield "    *) kind='' ;;"
    yield "    esac"
    yield "}"
    yield ""


def _rest_of(command: Command) -> str:
    """The position from which the last positional argument repeats. Empty if it does not."""
    positionals = command.positionals
    return str(len(positionals)) if positionals and positionals[-1].repeats else ""


_WALK: Final = """\
    # Which command it is, and how many positional arguments there are before the word that is completed.
    local chain='' at=0 previous='' kind='' word
    local valued below rest opts
    # The options that say where the values are.
    local -a where
    where=()
    _llm_tui_{name} ''
    for word in "${{before[@]}}"; do
        if [[ -n $previous ]]; then
            [[ $previous == --config || $previous == --data-dir ]] && where+=("$previous" "${{word/#\\~\\//$HOME/}}")
            previous=''
        elif [[ $word == --config=* || $word == --data-dir=* ]]; then
            where+=("${{word%%=*}}")
            word=${{word#*=}}
            where+=("${{word/#\\~\\//$HOME/}}")
        elif [[ $word == -* ]]; then
            [[ $valued == *" $word "* ]] && previous=$word
        elif [[ $below == *" $word "* ]]; then
            chain="${{chain:+$chain }}$word"
            at=0
            _llm_tui_{name} "$chain"
        else
            at=$((at + 1))
        fi
    done
    if [[ -z $previous && $current == --*=* && $valued == *" ${{current%%=*}} "* ]]; then
        previous=${{current%%=*}}
        current=${{current#*=}}
    fi
    if [[ -n $previous ]]; then
        _llm_tui_{name}_value "$chain" "$previous"
    elif [[ $current != -* ]]; then
        at=$((at + 1))
        [[ -n $rest && $at -gt $rest ]] && at=$rest
        _llm_tui_{name}_value "$chain" "$at"
    fi"""


def _bash(commands: tuple[Command, ...]) -> Iterator[str]:
    yield "# Completion of llm-tui for bash. To use it now:  source <(llm-tui completion bash)"
    yield "# For every shell:  llm-tui completion bash > ~/.local/share/bash-completion/completions/llm-tui"
    yield ""

    def describe(command: Command) -> str:
        names = [name for option in command.options for name in option.names if name.startswith("--")]
        return f"        opts='{' '.join(names)}'"

    yield from _tables(commands, "bash", describe)
    yield """\
_llm_tui_bash_add() {
    # Never `compgen -W`: it would expand names as shell code.
    local value about
    while IFS=$'\\t' read -r value about; do
        [[ -n $value && $value == "$current"* ]] && COMPREPLY+=("$value")
    done
}

_llm_tui_bash_values() {
    "${COMP_WORDS[0]}" completion --values "$kind" "${where[@]}" 2> /dev/null
}

_llm_tui_bash_add_conversations() {
    local value about typed=${current,,}
    local -a titles=() by_title=() titles_by_title=()
    while IFS=$'\\t' read -r value about; do
        if [[ $value == "$current"* ]]; then
            COMPREPLY+=("$value") titles+=("$about")
        elif [[ $value != latest && ${about,,} == "$typed"* ]]; then
            by_title+=("$value") titles_by_title+=("$about")
        fi
    done < <(_llm_tui_bash_values)
    # What is typed of a title becomes an id only if it means one conversation.
    if [[ ${#COMPREPLY[@]} == 0 && (${#by_title[@]} == 1 || $COMP_TYPE == 63) ]]; then
        COMPREPLY=("${by_title[@]}") titles=("${titles_by_title[@]}")
    fi
    compopt -o nosort 2> /dev/null
    # Titles are only listed by a second Tab and never inserted, because the shell would interpret them.
    [[ $COMP_TYPE == 63 ]] || return 0
    local at
    for at in "${!COMPREPLY[@]}"; do
        COMPREPLY[at]+="  ${titles[at]}"
    done
}

_llm_tui() {
    # From the line, because bash splits words at colons, which names of models have.
    local line=${COMP_LINE:0:COMP_POINT}
    local -a before
    read -r -a before <<< "$line"
    local current=''
    if [[ $line != *[[:space:]] && ${#before[@]} -gt 0 ]]; then
        current=${before[${#before[@]}-1]}
        unset 'before[${#before[@]}-1]'
    fi
    before=("${before[@]:1}")
    local word_typed=$current
    COMPREPLY=()"""
    yield _WALK.format(name="bash")
    yield """\
    case "$kind" in
    choice:*) _llm_tui_bash_add < <(printf '%s\\n' ${kind#choice:}) ;;
    file) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    folder) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    conversation) _llm_tui_bash_add_conversations ;;
    provider | model | tool-server) _llm_tui_bash_add < <(_llm_tui_bash_values) ;;
    esac
    if [[ -z $previous ]]; then
        if [[ $current == -* ]]; then
            _llm_tui_bash_add < <(printf '%s\\n' $opts)
        elif [[ $at == 1 ]]; then
            _llm_tui_bash_add < <(printf '%s\\n' $below)
        fi
    fi
    # Bash replaces only what follows the last equals sign, and the last colon.
    if [[ $current != "$word_typed" && $COMP_WORDBREAKS != *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]/#/$previous=}")
    fi
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local prefix=${current%"${current##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi
}

complete -F _llm_tui llm-tui"""


def _zsh(commands: tuple[Command, ...]) -> Iterator[str]:
    yield "#compdef llm-tui"
    yield "# Completion of llm-tui for zsh. To use it now:  source <(llm-tui completion zsh)"
    yield "# For every shell:  llm-tui completion zsh > a folder of $fpath, as _llm-tui"
    yield ""
    helps = {command.path: command.help for command in commands}

    def describe(command: Command) -> str:
        options = [_described(name, option.help) for option in command.options for name in option.names]
        below = [_described(name, helps[(*command.path, name)]) for name in command.commands]
        return f"        opts=({' '.join(options)})\n        described=({' '.join(below)})"

    yield from _tables(commands, "zsh", describe)
    yield """\
_llm_tui_zsh_values() {
    local -a values ids titles
    local value about
    while IFS=$'\\t' read -r value about; do
        # Without a description, zsh would show a line of its own for it.
        values+=("${value//:/\\\\:}${about:+:${about//:/\\\\:}}")
        if [[ $1 == conversation && $value != latest && ${(L)about} == ${(L)current}* ]]; then
            ids+=($value)
            titles+=("$value  $about")
        fi
    done < <(command $words[1] completion --values $1 $where 2> /dev/null)
    _describe -V -t $1 $1 values && return
    # What is typed is the beginning of a title.
    if [[ -n $current && $#ids -gt 0 ]]; then
        compstate[insert]=menu
        compadd -U -l -V titles -d titles -a ids
    fi
}

_llm_tui() {
    local -a before described opts choices
    local current=$words[CURRENT]
    before=("${(@)words[2,CURRENT-1]}")
    [[ $CURRENT -le 2 ]] && before=()"""
    yield _WALK.format(name="zsh").replace("local valued below rest opts", "local valued below rest")
    yield """\
    [[ $current != "$words[CURRENT]" ]] && compset -P '*='
    case $kind in
    choice:*) choices=(${=kind#choice:}); _describe -t values value choices ;;
    file) _files ;;
    folder) _files -/ ;;
    provider | model | conversation | tool-server) _llm_tui_zsh_values $kind ;;
    esac
    if [[ -z $previous ]]; then
        if [[ $current == -* ]]; then
            _describe -o -t options option opts
        elif [[ $at == 1 ]]; then
            _describe -t commands command described
        fi
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _llm_tui "$@"
else
    compdef _llm_tui llm-tui
fi"""


def _described(name: str, about: str) -> str:
    return _quoted(f"{name}:{about}")


def _fish(commands: tuple[Command, ...]) -> Iterator[str]:
    yield "# Completion of llm-tui for fish. To use it now:  llm-tui completion fish | source"
    yield "# For every shell:  llm-tui completion fish > ~/.config/fish/completions/llm-tui.fish"
    yield ""
    yield "function __llm_tui_where"
    yield "    # The options that say where the values are."
    yield "    set -l name ''"
    yield "    for word in (commandline -opc)[2..-1]"
    yield '        if test -n "$name"'
    yield "            printf '%s\\n' $name (string replace -r '^~/' $HOME/ -- $word)"
    yield "            set name ''"
    yield "        else if string match -q -r -- '^--(config|data-dir)=' $word"
    yield "            set -l parts (string split -m 1 = -- $word)"
    yield "            printf '%s\\n' $parts[1] (string replace -r '^~/' $HOME/ -- $parts[2])"
    yield "        else if contains -- $word --config --data-dir"
    yield "            set name $word"
    yield "        end"
    yield "    end"
    yield "end"
    yield ""
    yield "function __llm_tui_at"
    yield "    # Whether the command is $argv[1], and the next word its positional argument $argv[2], if that is given."
    yield "    set -l path ''"
    yield "    set -l at 1"
    yield "    set -l skip 0"
    yield "    for word in (commandline -opc)[2..-1]"
    yield "        if test $skip = 1"
    yield "            set skip 0"
    yield "        else if string match -q -- '-*' $word"
    yield '            contains -- "$path|$word" $__llm_tui_valued; and set skip 1'
    yield '        else if contains -- (string trim -- "$path $word") $__llm_tui_commands'
    yield '            set path (string trim -- "$path $word")'
    yield "            set at 1"
    yield "        else"
    yield "            set at (math $at + 1)"
    yield "        end"
    yield "    end"
    yield '    test "$path" = "$argv[1]"; or return 1'
    yield "    test (count $argv) -lt 2; and return 0"
    yield '    test $at = $argv[2]; or begin; test "$argv[3]" = more; and test $at -gt $argv[2]; end'
    yield "end"
    yield ""
    paths = [_quoted(_key(command)) for command in commands if command.path]
    yield f"set -g __llm_tui_commands {' '.join(paths)}"
    valued = [
        _quoted(f"{_key(command)}|{name}")
        for command in commands
        for option in command.options
        if option.metavar
        for name in option.names
    ]
    yield f"set -g __llm_tui_valued {' '.join(valued)}"
    yield ""
    yield "complete -c llm-tui -f"
    helps = {command.path: command.help for command in commands}
    for command in commands:
        where = _quoted(_key(command))
        for name in command.commands:
            about = _quoted(helps[(*command.path, name)])
            yield f'complete -c llm-tui -n "__llm_tui_at {where} 1" -a {name} -d {about}'
        for at, positional in enumerate(command.positionals, 1):
            more = " more" if positional.repeats else ""
            yield f'complete -c llm-tui -n "__llm_tui_at {where} {at}{more}" {_fish_values(positional)}'
        for option in command.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            values = f" {_fish_values(option)}" if option.metavar else ""
            yield f'complete -c llm-tui -n "__llm_tui_at {where}" {names} -d {_quoted(option.help)}{values}'


def _fish_values(argument: Argument) -> str:
    """The options of fish's `complete` for the value of an argument."""
    if argument.kind == "choice":
        return f"-x -a {_quoted(' '.join(argument.choices))}"
    if argument.kind == "file":
        return "-r -F"
    if argument.kind == "folder":
        return "-x -a '(__fish_complete_directories)'"
    if argument.kind in _DYNAMIC:
        return f"-k -x -a '(llm-tui completion --values {argument.kind} (__llm_tui_where) 2>/dev/null)'"
    return "-x"


def _quoted(text: str) -> str:
    """A text in single quotes, for any of the shells. It must not contain a quote or a backslash."""
    return "'" + text.replace("\\", "").replace("'", "’") + "'"
