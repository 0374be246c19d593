"""Which server software is recognized by its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tui.providers.recognition import MODEL_LIST, Answer, ServerIdentity, paths_to_ask, recognize


def answer(value: Any = None, status: int = 200, server: str = "", text: str = "") -> Answer:
    """An answer with a JSON body, or a text."""
    return Answer(status, server, text or ("" if value is None else json.dumps(value)), value)


def models(owner: str = "", *names: str) -> Answer:
    """OpenAI's list of models."""
    rows = [{"id": name, "object": "model", "owned_by": owner} for name in (names or ("m",))]
    return answer({"object": "list", "data": rows})


EMPTY = answer({"object": "list", "data": []})
NOT_FOUND = answer({"error": "not found"}, 404)
LM_STUDIO_REFUSAL = answer(
    {"error": {"message": "An LM Studio API token is required", "code": "invalid_api_key"}}, status=401
)
UNEXPECTED = answer({"error": "Unexpected endpoint or method. (GET /x)"})
LLAMA_CPP = answer(models("llamacpp").value, server="llama.cpp")
OWN_LIST = answer({"models": [{"key": name, "loaded_instances": []} for name in "abc"]})
LOCAL_AI = answer({"version": "v3.9.0", "endpoints": {"models": "/v1/models"}})
UNAUTHORIZED = answer({"error": "Unauthorized"}, 401)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            {
                MODEL_LIST: models("library"),
                "/api/version": answer({"version": "0.40.2"}),
                "/api/tags": answer({"models": [{"name": "a"}, {"name": "b"}]}),
            },
            ServerIdentity("ollama", "Ollama", "0.40.2", n_models=2),
        ),
        (
            {
                MODEL_LIST: answer({"object": "list", "data": None}),
                "/api/version": answer({"version": "0.9.3"}),
                "/api/tags": answer({"models": []}),
            },
            ServerIdentity("ollama", "Ollama", "0.9.3", n_models=0),
        ),
        # The list came too late.
        (
            {MODEL_LIST: models("library"), "/api/version": answer({"version": "0.9.3"})},
            ServerIdentity("ollama", "Ollama", "0.9.3"),
        ),
        # Behind a proxy that wants a key.
        (
            {MODEL_LIST: UNAUTHORIZED, "/api/version": answer({"version": "0.9.3"})},
            ServerIdentity("ollama", "Ollama", "0.9.3", needs_key=True),
        ),
        (
            {MODEL_LIST: models("x"), "/api/version": answer({"version": "0.9.3"}), "/api/tags": UNAUTHORIZED},
            ServerIdentity("ollama", "Ollama", "0.9.3", needs_key=True),
        ),
        (
            {MODEL_LIST: models("organization_owner", "a", "b"), "/api/v1/models": OWN_LIST},
            ServerIdentity("lmstudio", "LM Studio", n_models=3),
        ),
        ({MODEL_LIST: models("organization_owner", "a")}, ServerIdentity("lmstudio", "LM Studio", n_models=1)),
        (
            {MODEL_LIST: EMPTY, "/api/v1/models": UNEXPECTED, "/.well-known/localai.json": UNEXPECTED},
            ServerIdentity("lmstudio", "LM Studio", n_models=0),
        ),
        ({MODEL_LIST: LM_STUDIO_REFUSAL}, ServerIdentity("lmstudio", "LM Studio", needs_key=True)),
        (
            {MODEL_LIST: LLAMA_CPP, "/props": answer({"build_info": "b11434-0c1e570"})},
            ServerIdentity("llamacpp", "llama.cpp", "b11434", n_models=1),
        ),
        # A proxy may replace the header `Server`.
        ({MODEL_LIST: models("llamacpp")}, ServerIdentity("llamacpp", "llama.cpp", n_models=1)),
        (
            {MODEL_LIST: LLAMA_CPP, "/props": answer({"build_info": "b0-unknown"})},
            ServerIdentity("llamacpp", "llama.cpp", n_models=1),
        ),
        # With --api-key the list of models stays open.
        (
            {MODEL_LIST: LLAMA_CPP, "/props": answer({"error": {}}, 401)},
            ServerIdentity("llamacpp", "llama.cpp", n_models=1, needs_key=True),
        ),
        ({MODEL_LIST: answer({"error": {}}, 503, "llama.cpp")}, ServerIdentity("llamacpp", "llama.cpp")),
        (
            {MODEL_LIST: models("vllm"), "/version": answer({"version": "0.32.0"})},
            ServerIdentity("openai", "vLLM", "0.32.0", n_models=1),
        ),
        ({MODEL_LIST: models("vllm")}, ServerIdentity("openai", "vLLM", n_models=1)),
        (
            {MODEL_LIST: UNAUTHORIZED, "/version": answer({"version": "0.32.0"}), "/health": answer()},
            ServerIdentity("openai", "vLLM", "0.32.0", needs_key=True),
        ),
        ({MODEL_LIST: models("sglang")}, ServerIdentity("openai", "SGLang", n_models=1)),
        (
            {
                MODEL_LIST: models("koboldcpp"),
                "/api/version": answer({"version": "0.7.0"}),
                "/api/extra/version": answer({"result": "KoboldCpp", "version": "1.99"}),
                "/api/tags": answer({"models": [{"name": "a"}]}),
            },
            ServerIdentity("openai", "KoboldCpp", "1.99", n_models=1),
        ),
        (
            {
                MODEL_LIST: NOT_FOUND,
                "/engines/v1/models": models("docker"),
                "/api/version": answer({"version": "0.1.0"}),
            },
            ServerIdentity("openai", "Docker Model Runner", "", "/engines/v1", 1),
        ),
        (
            dict.fromkeys((MODEL_LIST, "/engines/v1/models", "/running", "/version"), models("", "a")),
            ServerIdentity("openai", "OpenAI-compatible server", n_models=1),
        ),
        (
            {
                MODEL_LIST: models("lemonade", "a"),
                "/v1/health": answer({"status": "ok", "all_models_loaded": [], "version": "9.1.0"}),
                "/api/version": answer({"version": "0.1.0"}),
            },
            ServerIdentity("openai", "Lemonade", "9.1.0", n_models=1),
        ),
        (
            {
                MODEL_LIST: models("", "a"),
                "/.well-known/localai.json": LOCAL_AI,
                "/version": answer({"version": "v3.9.0"}),
            },
            ServerIdentity("openai", "LocalAI", "3.9.0", n_models=1),
        ),
        (
            {MODEL_LIST: UNAUTHORIZED, "/.well-known/localai.json": LOCAL_AI},
            ServerIdentity("openai", "LocalAI", "3.9.0", needs_key=True),
        ),
        (
            {
                MODEL_LIST: models("llama-swap"),
                "/running": answer({"running": []}),
                "/api/version": answer({"version": "170"}),
            },
            ServerIdentity("openai", "llama-swap", "170", n_models=1),
        ),
        (
            {MODEL_LIST: answer(status=401, text="Missing authorization header")},
            ServerIdentity("openai", "Jan", needs_key=True),
        ),
        (
            {MODEL_LIST: models("user"), "/openapi.json": answer({"info": {"title": "Jan API Server Endpoints"}})},
            ServerIdentity("openai", "Jan", n_models=1),
        ),
        ({MODEL_LIST: models("me", "a", "b")}, ServerIdentity("openai", "OpenAI-compatible server", n_models=2)),
        (
            {MODEL_LIST: answer({"detail": "Invalid API key"}, 401)},
            ServerIdentity("openai", "OpenAI-compatible server", needs_key=True),
        ),
        (
            {MODEL_LIST: models("x"), "/api/version": answer({"version": "0.0.0-demo"})},
            ServerIdentity("demo", "llm-tui demo", n_models=1),
        ),
    ],
)
def test_software_is_recognized_by_its_answers(answers: dict[str, Answer], expected: ServerIdentity) -> None:
    assert recognize(answers) == expected


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {MODEL_LIST: NOT_FOUND},
        {MODEL_LIST: answer(text="<html>Jenkins</html>")},
        {MODEL_LIST: answer(status=401, text="<html>Sign in with a token</html>")},
        {MODEL_LIST: answer({"message": "Log in"}, 403)},
        {MODEL_LIST: NOT_FOUND, "/version": answer({"version": "1.2"})},
        # Some other program with a version.
        {MODEL_LIST: NOT_FOUND, "/api/version": answer({"version": "1.2"}), "/api/tags": NOT_FOUND},
        {MODEL_LIST: NOT_FOUND, "/api/version": answer({"version": ["1.2"]})},
        {MODEL_LIST: NOT_FOUND, "/api/version": answer({"version": "1.2\x1b[2J"})},
        {MODEL_LIST: answer([1, 2]), "/running": answer({"running": True}), "/openapi.json": answer({"info": []})},
    ],
)
def test_other_programs_are_not_model_servers(answers: dict[str, Answer]) -> None:
    assert recognize(answers) is None


@pytest.mark.parametrize(
    ("listed", "paths"),
    [
        (answer(models("x").value, server="llama.cpp"), ("/props",)),
        (models("vllm"), ("/version",)),
        (models("sglang"), ()),
        (LM_STUDIO_REFUSAL, ()),
        (models("organization_owner"), ("/api/v1/models",)),
        (models("library"), ("/api/version", "/api/tags", "/api/extra/version")),
        (UNAUTHORIZED, ("/api/version", "/version", "/health", "/.well-known/localai.json", "/openapi.json")),
    ],
)
def test_known_servers_are_asked_little(listed: Answer, paths: tuple[str, ...]) -> None:
    assert paths_to_ask(listed) == paths


@pytest.mark.parametrize("listed", [NOT_FOUND, EMPTY, models("user"), models("me"), answer(text="<html>")])
def test_no_path_can_load_a_model(listed: Answer) -> None:
    """A GET request with a model in its query loads it in llama.cpp, and `/slots` wakes one that sleeps."""
    paths = paths_to_ask(listed)

    assert len(paths) >= 9
    assert not any("?" in path or "slots" in path or "upstream" in path for path in paths)


def test_label_is_name_and_version() -> None:
    assert ServerIdentity("openai", "vLLM", "0.32.0").label == "vLLM 0.32.0"
    assert ServerIdentity("lmstudio", "LM Studio").label == "LM Studio"
