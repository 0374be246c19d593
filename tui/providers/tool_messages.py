"""Tools, tool calls and their results, as far as servers agree on their form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.tools import OfferedTool
from tui.wire.objects import JSONObject

_IMAGES_TEXT: Final = "The images that the tools above returned."


def tool_definitions(tools: Iterable[OfferedTool]) -> list[JSONObject]:
    """The value of `tools` in a request. The same for OpenAI-compatible servers and Ollama."""
    return [{"type": "function", "function": _function(tool)} for tool in tools]


def with_result_images_in_prompts(messages: Iterable[ChatMessage]) -> Iterator[ChatMessage]:
    """Messages with the images of tool results in a prompt after the results.

    OpenAI's API refuses images in a message of role `tool`, and most chat templates ignore them there.
    """
    images: list[Image] = []
    for message in messages:
        if message.role != "tool" and images:
            yield _prompt_with(images)
            images = []
        yield message
        if message.role == "tool":
            images.extend(message.images)
    if images:
        yield _prompt_with(images)


def _prompt_with(images: list[Image]) -> ChatMessage:
    return ChatMessage("images of tools", "user", _IMAGES_TEXT, images=tuple(images))


def _function(tool: OfferedTool) -> JSONObject:
    function: JSONObject = {"name": tool.name}
    if tool.spec.description:
        function["description"] = tool.spec.description
    # Some servers refuse a schema without these, which a tool without arguments may have.
    function["parameters"] = {"type": "object", "properties": {}, **tool.spec.schema}
    return function
