"""Finds the base path of an API in an address that a user pasted. Pure.

Users paste what a server's documentation shows: the host, the base URL for a client library, or an endpoint's URL.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from tui.providers.network.address import ServerAddress

_VERSION: Final = re.compile(r"v\d+(?:[._]\d+)*(?:[a-z]+\d*)?", re.IGNORECASE)
"""One segment of a path that is a version: `v1`, `v4`, `v1beta`, `v1.2`."""

_DOCKER_PORT: Final = 12434
"""The port of Docker Model Runner, whose OpenAI API is not at the usual path."""

_CHAT_ENDPOINT: Final = re.compile(r"/chat/completions$", re.IGNORECASE)
_OTHER_ENDPOINT: Final = re.compile(r"/(?:completions|embeddings|models|responses)$", re.IGNORECASE)
_AFTER_VERSION: Final = re.compile(r"(?P<base>.*/v\d[^/]*)/(?:chat|messages|models/[^/]+)$", re.IGNORECASE)
"""Names that are endpoints only right after a version: elsewhere they may be the name of an application."""

_MODEL_LIST: Final = re.compile(r"/models$", re.IGNORECASE)
_DEPLOYMENT: Final = re.compile(r"/deployments/[^/]+$", re.IGNORECASE)


def openai_api_path(address: ServerAddress) -> str:
    """The path before `/chat/completions` on an OpenAI-compatible server.

    The version `/v1` is added only if the address does not say which path to use: if no segment is a version, the
    path does not include an endpoint, and neither the path nor the query is Azure's, where the version is in the query.
    """
    path = address.path
    if not path and address.port == _DOCKER_PORT:
        return "/engines/v1"
    base = _CHAT_ENDPOINT.sub("", path)
    if base != path:
        return base
    if _DEPLOYMENT.search(path) or any(name.lower() == "api-version" for name, _ in parse_qsl(address.query)):
        return path
    if any(_VERSION.fullmatch(segment.partition(";")[0]) for segment in path.split("/")):
        return _AFTER_VERSION.sub(r"\g<base>", _OTHER_ENDPOINT.sub("", path))
    base = _MODEL_LIST.sub("", path)
    return base if base != path else f"{path}/v1"
