"""Typed text → a prompt with the files and the resources of tool servers that it names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from tui.lazy_pattern import lazy_pattern
from tui.workspace.prompt import Prompt
from tui.workspace.slash_parser import without_slash

if TYPE_CHECKING:
    from tui.chat.tool_servers import ServerContent

_RESOURCE: Final = lazy_pattern(r"(?<!\S)@([A-Za-z0-9_-]{1,64}):(\S*[^\s.,;:!?)\]}'\"])")

ReadResource = Callable[[str, str], Awaitable["ServerContent"]]
"""Reads the resource of a tool server: the server, and the address."""


async def attach_files(typed: str, servers: tuple[str, ...] = (), read_resource: ReadResource | None = None) -> Prompt:
    """Read the files that a text names with `@`, and the resources that it names with `@server:address`.

    Args:
        typed: The text as the user typed it.
        servers: The tool servers whose resources can be read.
        read_resource: Reads a resource. None if there are no tool servers.

    Raises:
        LlmTuiError: When a file or resource cannot be read, or is nothing that a model accepts.
    """
    text = without_slash(typed)
    if "@" not in text:
        return Prompt(text, typed=typed if text != typed else "")
    # Imported when a file is named, not for the first paint.
    from tui.files.mentions import read_mentions

    resources = dict.fromkeys(resources_in(text, servers))
    contents = {}
    if read_resource is not None:
        contents = {resource: await read_resource(*resource) for resource in resources}
        text = _RESOURCE.sub(lambda found: found[0][1:] if found.groups() in contents else found[0], text)
    # What came from a server is not searched for names of files.
    prompt = await asyncio.to_thread(read_mentions, text)
    text, images = prompt.text, prompt.images
    if contents:
        from tui.chat.fences import fenced

        parts = [f"{server}:{uri}:\n\n{fenced(each.text, '')}" for (server, uri), each in contents.items() if each.text]
        text = "\n\n".join([text.rstrip(), *parts])
        images += tuple(image for each in contents.values() for image in each.images)
    return Prompt(text, images, typed if text != typed else "")


def resources_in(typed: str, servers: tuple[str, ...]) -> list[tuple[str, str]]:
    """The resources that a text names: server and address of each."""
    return [(found[1], found[2]) for found in _RESOURCE.finditer(typed) if found[1] in servers]
