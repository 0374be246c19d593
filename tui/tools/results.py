"""Turns what a tool server sends into our values. Everything in them is foreign text."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcp import types

from tui.chat.image import Image
from tui.chat.tool_servers import PromptArgument, PromptSpec, ResourceSpec, ServerContent
from tui.chat.tools import ToolResult, ToolSpec

_IMAGE_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_NOTHING: Final = "(The tool returned nothing.)"
_MAX_DESCRIPTION: Final = 10_000
_MAX_LINKS: Final = 100


def tool_spec(server: str, tool: types.Tool) -> ToolSpec:
    """A tool of a server."""
    hints = tool.annotations
    return ToolSpec(
        server,
        tool.name,
        _cut(tool.description or "", _MAX_DESCRIPTION),
        tool.input_schema,
        read_only=hints.read_only_hint if hints else None,
        destructive=hints.destructive_hint if hints else None,
    )


def prompt_spec(server: str, prompt: types.Prompt) -> PromptSpec:
    """A prompt of a server."""
    arguments = tuple(
        PromptArgument(argument.name, argument.description or "", is_required=bool(argument.required))
        for argument in prompt.arguments or ()
    )
    return PromptSpec(server, prompt.name, _cut(prompt.description or prompt.title or "", _MAX_DESCRIPTION), arguments)


def resource_spec(server: str, resource: types.Resource | types.ResourceTemplate) -> ResourceSpec:
    """A resource of a server, or a template."""
    is_template = isinstance(resource, types.ResourceTemplate)
    uri = resource.uri_template if isinstance(resource, types.ResourceTemplate) else resource.uri
    return ResourceSpec(
        server,
        str(uri),
        resource.title or resource.name,
        _cut(resource.description or "", _MAX_DESCRIPTION),
        resource.mime_type or "",
        is_template,
    )


def tool_result(result: types.CallToolResult, max_chars: int) -> ToolResult:
    """The result of a call, as text for the model and images for those that can see.

    Args:
        result: The result.
        max_chars: The limit of the text.
    """
    content = _Content()
    for block in result.content:
        content.add(block)
    if result.structured_content is not None and not _says(content.plain_texts, result.structured_content):
        content.texts.append(_json(result.structured_content))
    return ToolResult(
        content.text(max_chars) or _NOTHING,
        is_error=result.is_error,
        images=tuple(content.images),
        links=tuple(dict.fromkeys(content.links))[:_MAX_LINKS],
    )


def prompt_content(result: types.GetPromptResult, max_chars: int) -> ServerContent:
    """The messages of a prompt, as one text."""
    content = _Content()
    for message in result.messages:
        content.add(message.content)
    return ServerContent(content.text(max_chars, separator="\n\n"), tuple(content.images))


def resource_content(result: types.ReadResourceResult, max_chars: int) -> ServerContent:
    """The parts of a resource, as one text."""
    content = _Content()
    for part in result.contents:
        if isinstance(part, types.TextResourceContents):
            content.texts.append(part.text)
        else:
            content.add_data(part.mime_type or "", part.blob, str(part.uri))
    return ServerContent(content.text(max_chars), tuple(content.images))


class _Content:
    """Gathers texts, images and links of blocks."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.plain_texts: list[str] = []
        """The texts that are not our words about something else."""
        self.images: list[Image] = []
        self.links: list[str] = []

    def add(self, block: Any) -> None:
        """Add a block of a result or a prompt."""
        match block:
            case types.TextContent():
                self.texts.append(block.text)
                self.plain_texts.append(block.text)
            case types.ImageContent() | types.AudioContent():
                self.add_data(block.mime_type, block.data, "")
            case types.EmbeddedResource():
                part = block.resource
                if isinstance(part, types.TextResourceContents):
                    self.texts.append(f"[{part.uri}]\n{part.text}")
                else:
                    self.add_data(part.mime_type or "", part.blob, str(part.uri))
            case types.ResourceLink():
                self.links.append(str(block.uri))
                self.texts.append(f"[link: {block.title or block.name} {block.uri}]")
            case _:
                self.texts.append(f"[content of an unknown type: {type(block).__name__}]")

    def add_data(self, media_type: str, data: str, name: str) -> None:
        """Add binary data: an image that models can see, or words about anything else."""
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            self.texts.append(f"[{name or media_type}: damaged data]")
            return
        kind = media_type.partition(";")[0].strip().lower()
        if kind in _IMAGE_TYPES:
            self.images.append(Image(kind, content, name))
            self.texts.append(f"[image: {name or kind}]")
        else:
            self.texts.append(f"[{name or 'data'}: {media_type or 'unknown type'}, {len(content)} bytes, not shown]")

    def text(self, max_chars: int, separator: str = "\n") -> str:
        """All texts, cut to a size."""
        return _cut(separator.join(text for text in self.texts if text), max_chars)


def _cut(text: str, max_chars: int) -> str:
    """A text that is not too long, with a word about what was cut."""
    # JSON can contain halves of surrogate pairs, which can be neither saved nor sent.
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if not text.isascii() else text
    if len(text) <= max_chars:
        return text
    return f"{text[:max_chars]}\n[Cut by llm-tui: the first {max_chars:,} of {len(text):,} characters.]"


def _says(texts: Sequence[str], structured: object) -> bool:
    """Whether texts say the same as a structured result, which servers often send in addition."""
    if not texts:
        return False
    said: list[object] = [list(texts), [_parsed(text) for text in texts]]
    if len(texts) == 1:
        said += [texts[0], _parsed(texts[0])]
    # The SDK's server wraps what is not an object.
    wrapped = (
        structured["result"] if isinstance(structured, Mapping) and structured.keys() == {"result"} else structured
    )
    return structured in said or wrapped in said


def _parsed(text: str) -> object:
    """A text as JSON; the text itself if it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
