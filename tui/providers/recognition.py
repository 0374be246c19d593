"""Tells which server software answers at an address, by what it answers. Pure: no I/O.

Ports say little: a vLLM may listen on 8080, and a proxy on 11434. First comes the list of models, which every server
has under the same path; it mostly names the software. `paths_to_ask` says what else is worth asking, and `recognize`
decides. All paths are GET requests that are documented not to load or wake a model.

Sources: https://github.com/ollama/ollama/blob/main/docs/api.md, https://lmstudio.ai/docs/developer/rest,
https://github.com/ggml-org/llama.cpp/tree/master/tools/server, https://docs.vllm.ai, https://docs.sglang.ai,
https://localai.io, https://lemonade-server.ai/docs, https://docs.docker.com/ai/model-runner/api-reference,
https://github.com/LostRuins/koboldcpp, https://github.com/mostlygeek/llama-swap, https://jan.ai/docs/local-api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal

from tui.light_dataclass import dataclass
from tui.providers.json_values import mapping_in, text_in
from tui.providers.model_rows import model_rows

ServerType = Literal["ollama", "lmstudio", "openai", "llamacpp", "demo"]
"""The provider type that speaks to a server. `demo` is the demo server of llm-tui."""

MODEL_LIST: Final = "/v1/models"
"""What is asked first."""

_DOCKER: Final = "/engines/v1"
"""Where Docker Model Runner has its OpenAI API."""

_DOCKER_LIST: Final = f"{_DOCKER}/models"

_UNKNOWN: Final = (
    "/api/version",
    "/api/tags",
    "/api/v1/models",
    "/version",
    "/v1/health",
    "/.well-known/localai.json",
    "/api/extra/version",
    _DOCKER_LIST,
    "/running",
)
"""What is asked where the list of models does not name the software."""

_VERSION: Final = re.compile(r"v?(\d[\w.+-]{0,30})")
_BUILD: Final = re.compile(r"(b[1-9]\d{0,8})\b")
_KEY_WANTED: Final = re.compile(r"api.?key|token|authoriz|unauthoriz|credential", re.IGNORECASE)
_JAN_REFUSALS: Final = ("Missing authorization header", "Invalid or missing authorization token")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one GET request."""

    status: int

    server: str = ""
    """The header `Server`. Empty without one."""

    text: str = ""
    """The beginning of the body."""

    value: Any = None
    """The body, parsed as JSON. None if it is not JSON."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body as an object. Empty if it is not a JSON object, or not the answer of a success."""
        return self.value if isinstance(self.value, dict) and self.status == HTTPStatus.OK else {}

    @property
    def wants_key(self) -> bool:
        """Whether the request was refused for lack of an API key."""
        return self.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


_NO_ANSWER: Final = Answer(0)


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """Which software answers at an address."""

    type: ServerType

    software: str
    """Its name, as people write it: `vLLM`."""

    version: str = ""
    """Its version: `0.32.0`. Empty if it does not tell."""

    api_path: str = ""
    """Where its API is below the address, if not at the usual place: `/engines/v1`."""

    n_models: int | None = None
    """How many models it lists. None if that is not known."""

    needs_key: bool = False
    """Whether it refuses requests without an API key."""

    @property
    def label(self) -> str:
        """Name and version: `vLLM 0.32.0`."""
        return f"{self.software} {self.version}".strip()


def paths_to_ask(listed: Answer) -> tuple[str, ...]:
    """What else to ask a server.

    Args:
        listed: Its answer to the request for its models.
    """
    owners = _owners(listed)
    if _is_llama_cpp(listed, owners):
        return ("/props",)
    if "vllm" in owners:
        return ("/version",)
    if "sglang" in owners or _is_lm_studio_refusal(listed):
        return ()
    if "organization_owner" in owners:
        return ("/api/v1/models",)
    if "library" in owners:
        return ("/api/version", "/api/tags", "/api/extra/version")
    if "user" in owners:
        return (*_UNKNOWN, "/openapi.json")
    if listed.wants_key:
        # Few paths: each one that is refused may be logged as an attempt to break in.
        return ("/api/version", "/version", "/health", "/.well-known/localai.json", "/openapi.json")
    return _UNKNOWN


def recognize(answers: Mapping[str, Answer]) -> ServerIdentity | None:
    """Which software gave some answers. None if it is not a model server.

    Args:
        answers: By path. Paths that were not asked, or not answered in time, are missing.
    """

    def fields(path: str) -> Mapping[str, Any]:
        return answers.get(path, _NO_ANSWER).fields

    listed = answers.get(MODEL_LIST, _NO_ANSWER)
    owners, count = _owners(listed), _count(listed)
    if _is_llama_cpp(listed, owners):
        props = answers.get("/props", _NO_ANSWER)
        build = _BUILD.search(text_in(props.fields, "build_info"))
        return ServerIdentity(
            "llamacpp", "llama.cpp", build[1] if build else "", "", count, props.wants_key or listed.wants_key
        )
    if text_in(fields("/api/extra/version"), "result") == "KoboldCpp":
        return ServerIdentity("openai", "KoboldCpp", _version(fields("/api/extra/version")), "", count)
    docker = answers.get(_DOCKER_LIST, _NO_ANSWER)
    # A server that answers any path with its models is another one.
    if (n_docker := _count(docker)) is not None and docker.text != answers.get("/running", _NO_ANSWER).text:
        return ServerIdentity("openai", "Docker Model Runner", "", _DOCKER, n_docker)
    if "all_models_loaded" in (health := fields("/v1/health")):
        return ServerIdentity("openai", "Lemonade", _version(health), "", count)
    if mapping_in(local_ai := fields("/.well-known/localai.json"), "endpoints"):
        return ServerIdentity("openai", "LocalAI", _version(local_ai), "", count, listed.wants_key)
    if isinstance(fields("/running").get("running"), list):
        return ServerIdentity("openai", "llama-swap", _version(fields("/api/version")), "", count)
    return (
        _lm_studio(answers, listed, owners)
        or _python_server(answers, listed, owners)
        or _ollama(answers)
        or _other(answers, listed)
    )


def _lm_studio(answers: Mapping[str, Answer], listed: Answer, owners: frozenset[str]) -> ServerIdentity | None:
    if _is_lm_studio_refusal(listed):
        return ServerIdentity("lmstudio", "LM Studio", needs_key=True)
    if text_in(answers.get("/api/version", _NO_ANSWER).fields, "version").endswith("-demo"):
        return ServerIdentity("demo", "llm-tui demo", n_models=_count(listed))
    own = answers.get("/api/v1/models", _NO_ANSWER)
    rows = own.fields.get("models")
    has_own_list = isinstance(rows, list) and any(isinstance(row, dict) and "loaded_instances" in row for row in rows)
    refuses_politely = any("Unexpected endpoint or method" in answer.text for answer in answers.values())
    if has_own_list or refuses_politely or "organization_owner" in owners:
        return ServerIdentity("lmstudio", "LM Studio", n_models=_count(own) if has_own_list else _count(listed))
    return None


def _python_server(answers: Mapping[str, Answer], listed: Answer, owners: frozenset[str]) -> ServerIdentity | None:
    """vLLM or SGLang, which share a web server and most paths."""
    if "sglang" in owners:
        return ServerIdentity("openai", "SGLang", n_models=_count(listed))
    told = answers.get("/version", _NO_ANSWER).fields
    # Of vLLM only the API below /v1 needs the key.
    health = answers.get("/health")
    is_open_beside_its_api = listed.wants_key and health is not None and (health.status, health.text) == (200, "")
    if "vllm" in owners or (is_open_beside_its_api and told.keys() == {"version"}):
        return ServerIdentity("openai", "vLLM", _version(told), "", _count(listed), listed.wants_key)
    return None


def _ollama(answers: Mapping[str, Answer]) -> ServerIdentity | None:
    if not (version := _version(answers.get("/api/version", _NO_ANSWER).fields)):
        return None
    tags = answers.get("/api/tags")
    if tags is not None and _count(tags) is None and not tags.wants_key:
        return None
    listed = answers.get(MODEL_LIST, _NO_ANSWER)
    needs_key = listed.wants_key or (tags is not None and tags.wants_key)
    return ServerIdentity("ollama", "Ollama", version, "", None if tags is None else _count(tags), needs_key)


def _other(answers: Mapping[str, Answer], listed: Answer) -> ServerIdentity | None:
    """A server that says nothing of itself, but lists models or wants a key in the usual way."""
    title = text_in(mapping_in(answers.get("/openapi.json", _NO_ANSWER).fields, "info"), "title")
    count = _count(listed)
    if re.match(r"Jan\b", title) or listed.text.strip() in _JAN_REFUSALS:
        return ServerIdentity("openai", "Jan", "", "", count, listed.wants_key)
    if count is not None:
        return ServerIdentity("openai", "OpenAI-compatible server", n_models=count)
    is_api = isinstance(listed.value, dict) and bool({"error", "detail", "message"} & listed.value.keys())
    if listed.wants_key and is_api and _KEY_WANTED.search(listed.text):
        return ServerIdentity("openai", "OpenAI-compatible server", needs_key=True)
    return None


def _is_llama_cpp(listed: Answer, owners: frozenset[str]) -> bool:
    return listed.server.strip() == "llama.cpp" or "llamacpp" in owners


def _is_lm_studio_refusal(listed: Answer) -> bool:
    return listed.wants_key and "LM Studio" in listed.text


def _owners(listed: Answer) -> frozenset[str]:
    """Who owns the models, which is mostly the name of the software."""
    rows = model_rows(listed.value) if listed.status == HTTPStatus.OK else None
    return frozenset(text_in(row, "owned_by").lower() for row in rows or ())


def _count(listed: Answer) -> int | None:
    """How many models a list has. None if it is not a list of models."""
    if listed.status != HTTPStatus.OK or not isinstance(listed.value, dict | list):
        return None
    rows = model_rows(listed.value)
    return None if rows is None else len(rows)


def _version(fields: Mapping[str, Any]) -> str:
    found = _VERSION.fullmatch(text_in(fields, "version").strip())
    return found[1] if found else ""
