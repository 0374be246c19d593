"""The prompts of tool servers as slash commands: `/server:prompt`, with arguments behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.chat.visible_text import visible_line
from tui.errors import UsageError
from tui.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from tui.chat.tool_servers import PromptSpec

_COMMAND: Final = lazy_pattern(r"/([A-Za-z0-9_-]{1,64}):(\S+)(?:\s+(\S.*?))?\s*")


class ServerPromptCommand(NamedTuple):
    """A slash command that stands for a prompt of a tool server."""

    server: str
    name: str
    arguments: str
    """As typed. May be empty."""


def parse_server_prompt(typed: str, servers: Sequence[str]) -> ServerPromptCommand | None:
    """The prompt of a server that a text names. None for any other text.

    Args:
        typed: What was typed.
        servers: The tool servers.
    """
    found = _COMMAND.fullmatch(typed)
    if found is None or found[1] not in servers:
        return None
    return ServerPromptCommand(found[1], found[2], found[3] or "")


def usage(spec: PromptSpec) -> str:
    """How a prompt is typed: `/server:review code=… [style=…]`."""
    arguments = [f"{each.name}=…" if each.is_required else f"[{each.name}=…]" for each in spec.arguments]
    return visible_line(" ".join([f"/{spec.server}:{spec.name}", *arguments]))


def prompt_arguments(spec: PromptSpec, typed: str) -> dict[str, str]:
    """The arguments of a prompt. One that has a single argument accepts its value alone.

    Args:
        spec: The prompt.
        typed: What was typed behind its name: `code=x style="short and clear"`.

    Raises:
        UsageError: If an argument is missing or unknown.
    """
    # Imported when a prompt has arguments, not for the first paint.
    import shlex

    names = [each.name for each in spec.arguments]
    hint = f"Type it like {usage(spec)}."
    if len(names) == 1 and typed and not typed.startswith(f"{names[0]}="):
        return {names[0]: typed}
    try:
        words = shlex.split(typed)
    except ValueError as cause:
        raise UsageError(f"The arguments of /{spec.server}:{spec.name} have an open quote.", hint=hint) from cause
    given = {}
    for word in words:
        name, has_value, value = word.partition("=")
        if not has_value or name not in names:
            raise UsageError(f"{word} is not an argument of /{spec.server}:{spec.name}.", hint=hint)
        given[name] = value
    missing = [each.name for each in spec.arguments if each.is_required and each.name not in given]
    if missing:
        raise UsageError(f"/{spec.server}:{spec.name} needs {', '.join(missing)}.", hint=hint)
    return given
