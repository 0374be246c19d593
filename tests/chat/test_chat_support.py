"""Whether a model can chat."""

from __future__ import annotations

import pytest

from tui.chat.chat_support import chat_support
from tui.chat.model_info import ModelInfo, chat_models_first


@pytest.mark.parametrize(
    "name",
    [
        "text-embedding-3-small",
        "text-embedding-nomic-embed-text-v1.5",
        "textembedding-gecko",
        "nomic-embed-text:latest",
        "mxbai-embed-large",
        "Qwen3-Embedding-0.6B",
        "mistral-embed",
        "bge-m3",
        "BAAI/bge-large-en",
        "intfloat/e5-mistral-7b",
        "gte-qwen2",
        "all-minilm:l6-v2",
        "bge-reranker-v2",
        "Qwen3-Reranker-4B",
        "jina_rerank",
        "whisper-1",
        "faster-whisper-large-v3",
        "tts-1-hd",
        "gpt-4o-mini-tts",
        "xtts_v2",
        "gpt-4o-transcribe",
        "dall-e-3",
        "gpt-image-1",
        "stable-diffusion-xl",
        "flux.1-dev",
        "omni-moderation-latest",
        "mistral-ocr-2505",
        "davinci-002",
    ],
)
def test_name_of_another_kind_of_model_makes_chat_unlikely(name: str) -> None:
    assert chat_support(name, frozenset()) == "unlikely"


@pytest.mark.parametrize(
    "name",
    [
        "llama3.2:3b",
        "gpt-4o",
        "gpt-4o-audio-preview",
        "qwen2.5-vl",
        "story-whisperer-7b",
        "deepseek-r1",
        "phi-4-multimodal",
        "mistral-7b-instruct",
        "imagination-13b",
        "barking-dog",
        "text-davinci-chat",
        "clipper-8b",
        "watts-3b",
        "decisive",
        "",
    ],
)
def test_other_names_are_taken_for_chat_models(name: str) -> None:
    assert chat_support(name, frozenset()) == "yes"


@pytest.mark.parametrize(
    ("capabilities", "support"),
    [
        ({"completion"}, "yes"),
        ({"completion", "embedding"}, "yes"),
        ({"tool_use"}, "yes"),
        ({"vision", "tool_use"}, "yes"),
        ({"embedding"}, "no"),
        ({"embedding", "vision"}, "no"),
        ({"decision"}, "no"),
        ({"vision", "decision"}, "no"),
        ({"sings"}, "no"),
    ],
)
def test_reported_capabilities_override_the_name(capabilities: set[str], support: str) -> None:
    for name in ("m", "embed"):
        assert chat_support(name, frozenset(capabilities)) == support


def test_chat_models_come_first_otherwise_in_order() -> None:
    models = [
        ModelInfo("m", capabilities=frozenset({"embedding"})),
        *map(ModelInfo, ("tts-1", "b", "whisper-1", "a")),
    ]
    assert [model.name for model in chat_models_first(models)] == ["b", "a", "tts-1", "whisper-1", "m"]
