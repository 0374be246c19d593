"""Completion scripts, run in the shells that are installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs import ROOT
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.commands.arguments import parser
from tui.commands.completion import script_for
from tui.commands.examples import EXAMPLES
from tui.commands.parser_outline import commands_of
from tui.store.conversations import ConversationStore

BASH = """
source {script}
COMP_LINE={line}
COMP_TYPE=${{COMP_TYPE:-9}}
COMP_POINT=${{#COMP_LINE}}
read -r -a COMP_WORDS <<< "$COMP_LINE"
_llm_tui
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

ZSH = """
compdef() {{}}
compset() {{}}
_describe() {{ print -rl -- ${{(P)argv[-1]}} }}
_files() {{ print FILES $@ }}
source {script}
line={line}
words=(${{=line}})
[[ $line == *' ' ]] && words+=('')
CURRENT=$#words
_llm_tui
"""

FISH = """
source {script}
complete -C {line}
"""

TEMPLATES = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@pytest.fixture(params=[name for name in TEMPLATES if shutil.which(name)])
def shell(request: pytest.FixtureRequest) -> str:
    """The name of a shell."""
    name: str = request.param
    return name


async def completed(shell: str, program: Program, folder: Path, line: str, **more: str) -> set[str]:
    """What a shell offers at the end of a line, without descriptions. `more` are variables of the environment."""
    script = folder / f"script.{shell}"
    script.write_text(script_for(shell))
    # The scripts call the program by the name in the line.
    (folder / "llm-tui").write_text(f'#!/bin/sh\nexport PYTHONPATH={ROOT}\nexec {sys.executable} -m tui "$@"\n')
    (folder / "llm-tui").chmod(0o755)
    environment = program.environment({"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), **more})
    process = await asyncio.create_subprocess_exec(
        *(shell, *(["-f"] if shell == "zsh" else [])),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        cwd=folder,
    )
    text = TEMPLATES[shell].format(script=script, line=f"'{line}'")
    out, err = await process.communicate(text.encode())
    assert err == b""
    separator = ":" if shell == "zsh" else "\t"
    lines = out.decode().replace("\\:", "\0").splitlines()
    return {found for each in lines if (found := each.split(separator)[0].replace("\0", ":"))}


def save(program: Program, *models: str) -> None:
    """Save a conversation with each model; its id is `c` and a number."""
    store = ConversationStore(program.data)
    for number, model in enumerate(models):
        prompt = ChatMessage(f"q{number}", "user", "It's $(touch pwned) `new`: cats", created_at=number + 1.0)
        store.add(Conversation(f"c{number}", model=model, provider="ollama").append(prompt))
    store.close()


async def test_commands_options_and_choices_are_offered(shell: str, program: Program, tmp_path: Path) -> None:
    commands = await completed(shell, program, tmp_path, "llm-tui ")
    assert {"ask", "models", "export", "completion"} <= commands
    assert {"show", "pull"} <= await completed(shell, program, tmp_path, "llm-tui --config x models ")
    assert {"--context-length", "--json"} <= await completed(shell, program, tmp_path, "llm-tui models load a --")
    assert await completed(shell, program, tmp_path, "llm-tui export --format ") == {"md", "json", "html"}
    assert await completed(shell, program, tmp_path, "llm-tui config ") == {"path", "show", "init"}


async def test_names_of_providers_models_and_conversations_are_offered(
    shell: str, program: Program, tmp_path: Path
) -> None:
    program.configure('[providers.mine]\ntype = "openai"\nbase_url = "http://127.0.0.1:1"\n')
    save(program, "llama:1b", "llama:3b")
    providers = await completed(shell, program, tmp_path, "llm-tui ask hello --provider ")
    assert providers == {"ollama", "lmstudio", "demo", "mine"}
    assert await completed(shell, program, tmp_path, "llm-tui models show ") == {"llama:1b", "llama:3b"}
    assert await completed(shell, program, tmp_path, "llm-tui export ") == {"latest", "c0", "c1"}


async def test_value_behind_an_equals_sign_is_completed(shell: str, program: Program, tmp_path: Path) -> None:
    offered = await completed(shell, program, tmp_path, "llm-tui ask hello --provider=l")
    assert "lmstudio" in {each.removeprefix("--provider=") for each in offered}


async def test_conversations_of_the_named_folder_are_offered(shell: str, program: Program, tmp_path: Path) -> None:
    save(program, "a", "b")
    other = tmp_path / "other"
    store = ConversationStore(other)
    store.add(Conversation("elsewhere").append(ChatMessage("q", "user", "hi", created_at=1.0)))
    store.close()
    for option in ("--data-dir ", "--data-dir="):
        offered = await completed(shell, program, tmp_path, f"llm-tui {option}{other} export ")
        assert offered == {"latest", "elsewhere"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
async def test_bash_lists_titles_and_finds_conversations_by_them(program: Program, tmp_path: Path) -> None:
    store = ConversationStore(program.data)
    for name, title in (("c1", "About cats"), ("c2", "About dogs"), ("c3", "Birds")):
        prompt = ChatMessage(f"q-{name}", "user", "hi", created_at=1.0)
        store.add(Conversation(name, title=title).append(prompt))
    store.close()
    assert await completed("bash", program, tmp_path, "llm-tui export bir") == {"c3"}
    # What is typed must not be replaced by what the ids have in common.
    assert await completed("bash", program, tmp_path, "llm-tui export abo") == set()
    listed = await completed("bash", program, tmp_path, "llm-tui export abo", COMP_TYPE="63")
    assert listed == {"c1  About cats", "c2  About dogs"}
    # A title is never inserted.
    assert await completed("bash", program, tmp_path, "llm-tui delete c") == {"c1", "c2", "c3"}


async def test_hostile_names_are_neither_run_nor_offered(shell: str, program: Program, tmp_path: Path) -> None:
    save(program, "$(touch${IFS}pwned)", "`touch pwned`", "a;b", "\x1b[2J", "-rf", "fine")
    assert await completed(shell, program, tmp_path, "llm-tui ask --model ") == {"fine"}
    assert not (tmp_path / "pwned").exists()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
async def test_bash_replaces_only_what_follows_a_colon(program: Program, tmp_path: Path) -> None:
    save(program, "llama:1b", "llama:3b", "qwen:3b")
    assert await completed("bash", program, tmp_path, "llm-tui ask --model llama:") == {"1b", "3b"}


async def test_values_are_empty_where_the_config_is_broken(program: Program) -> None:
    program.configure("provider = [")
    result = await program.run("completion", "--values", "model")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert not program.data.exists()


async def test_shell_has_to_be_named(program: Program) -> None:
    result = await program.run("completion")
    assert (result.code, result.out) == (2, "")
    assert "Which shell?" in result.err
    assert (await program.run("completion", "bash")).out == script_for("bash")


def test_every_command_has_examples() -> None:
    assert {" ".join(command.path) for command in commands_of(parser())} == set(EXAMPLES)


def test_help_shows_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["models", "pull", "--help"])
    assert "examples:\n  llm-tui models pull llama3.2\n" in capsys.readouterr().out
