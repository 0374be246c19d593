"""Examples of each command, as `--help` and the manual page show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "": (
        ("llm-tui", "chat"),
        ("llm-tui --continue", "reopen the latest conversation"),
        ('git diff | llm-tui ask "Write a commit message:"', "one answer, in a pipe"),
        ("llm-tui doctor", "check the setup"),
    ),
    "ask": (
        ('llm-tui ask "Why is the sky blue?"', "one answer, as it is written"),
        ("llm-tui ask --attach report.md 'Sum this up'", "with a file"),
        ("llm-tui ask 'Name three colours' --model llama3.2 --option temperature=0", "with a model and an option"),
        ("llm-tui ask 'And a fourth?' --continue", "go on with the latest conversation"),
        ("llm-tui ask Hello --json | jq -r 'select(.type == \"content\").text'", "one object per line"),
    ),
    "models": (
        ("llm-tui models", "all models of all providers"),
        ("llm-tui models --json | jq -r '.[] | select(.loaded).name'", "the names of those in memory"),
        ("llm-tui models pull llama3.2", "download one"),
    ),
    "models show": (("llm-tui models show llama3.2", "size, context, abilities"),),
    "models pull": (
        ("llm-tui models pull llama3.2", "Ctrl+C stops it, and the next pull continues"),
        ("llm-tui models pull llama3.2 --json", "one object per line, for scripts"),
    ),
    "models rm": (("llm-tui models rm llama3.2 --yes", "without a question"),),
    "models copy": (("llm-tui models copy llama3.2 mine", "a second name"),),
    "models load": (("llm-tui models load llama3.2 --context-length 16384", "with a larger context"),),
    "models unload": (("llm-tui models unload llama3.2", "free its memory"),),
    "doctor": (("llm-tui doctor --json | jq '.[] | select(.ok | not)'", "only what fails"),),
    "config": (
        ("llm-tui config init", "write a file with every key, commented"),
        ('$EDITOR "$(llm-tui config path)"', "edit it"),
    ),
    "export": (
        ("llm-tui export latest > latest.md", "one conversation, as Markdown"),
        ("llm-tui export cats --format html > cats.html", "by words of its title"),
        ("llm-tui export --all backup --format json", "all of them; import reads them again"),
    ),
    "import": (
        ("llm-tui import ~/Downloads/chatgpt-export.zip", "from ChatGPT or Claude"),
        ("llm-tui import ~/.lmstudio/conversations", "from LM Studio"),
        ("llm-tui import backup", "what export --all has written"),
    ),
    "delete": (
        ("llm-tui delete latest", "one conversation"),
        ("llm-tui delete --older-than 365", "those that were not used for a year"),
        ("llm-tui delete --all", "everything"),
    ),
    "usage": (
        ("llm-tui usage", "tables by model, provider and day"),
        ("llm-tui usage --json | jq .total.completion_tokens", "one figure"),
    ),
    "completion": (
        ("source <(llm-tui completion bash)", "in this shell"),
        ("llm-tui completion fish > ~/.config/fish/completions/llm-tui.fish", "in every fish"),
    ),
    "serve": (
        ("llm-tui serve", "then open http://127.0.0.1:8000/"),
        ("llm-tui serve --host 192.168.1.5 --allow-remote", "for every machine that reaches the address"),
    ),
    "demo": (("llm-tui demo --port 11500", "try it with curl"),),
}
"""Command lines, each with what it does, by the words of the command."""


def examples_text(command: str) -> str:
    """The examples of a command, as lines that start with two spaces. Empty if there are none."""
    return "\n".join(f"  {line}\n      {about}" for line, about in EXAMPLES.get(command, ()))
