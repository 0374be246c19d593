"""What a tool server is doing and offers besides tools. Everything but its name is foreign text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from tui.chat.chunk import JSONValue
from tui.chat.image import Image
from tui.light_dataclass import dataclass

ServerStatus = Literal["down", "starting", "up", "failed"]
"""`down` was not needed yet, or was closed; it is started when it is needed. `failed` is tried again then."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a tool server is doing."""

    name: str
    """The name of the server's table in the config."""

    status: ServerStatus = "down"

    reason: str = ""
    """What failed, in one sentence: its start, or, if it is up, the last list of what it offers. Usually empty."""

    hint: str = ""
    """What to do about it. Usually empty."""

    log: Path | None = None
    """The file with what the server wrote to stderr. None for a server over HTTP, or without a data folder."""

    log_lines: tuple[str, ...] = ()
    """The last lines that a failed server wrote to stderr."""

    version: str = ""
    """The protocol version in use. Empty if the server is not up."""

    instructions: str = ""
    """The server's advice on its tools, for a model. May be empty."""


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """An argument of a server's prompt."""

    name: str
    description: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """A prompt that a server offers."""

    server: str
    name: str
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerContent:
    """The text of a prompt or a resource, with its images."""

    text: str
    """Cut to a size, with a word about it."""

    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """A resource that a server offers, or a template of the addresses of resources."""

    server: str
    uri: str
    """The address; for a template with variables in braces: `file:///{path}`."""

    name: str = ""
    description: str = ""
    media_type: str = ""
    """Empty if the server does not say."""

    is_template: bool = False


@dataclass(frozen=True, slots=True)
class Elicitation:
    """A server's question to the user, in the middle of a call."""

    server: str
    message: str

    schema: Mapping[str, Any] = field(default_factory=dict)
    """The JSON schema of the answer: an object with strings, numbers, booleans and choices. Empty with a `url`."""

    url: str = ""
    """An address that the server asks the user to visit. Nothing is opened. Usually empty."""

    n_calls: int = 1
    """How many calls of the server run where the question is shown. It does not say for which of them it asks."""


@dataclass(frozen=True, slots=True)
class ElicitationAnswer:
    """The user's answer to a server's question."""

    action: Literal["accept", "decline", "cancel"]
    """`decline` refuses the question; `cancel` closes it without an answer."""

    content: Mapping[str, JSONValue] = field(default_factory=dict)
    """The answers by name. Only with `accept`."""
