"""Models found by what a user types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.model_info import ModelInfo
from tui.workspace.model_entry import ModelEntry
from tui.workspace.model_search import ModelFilter, find_models, matched_letters
from tui.workspace.target import Target

VISION = ModelInfo("gemma3:12b", capabilities=frozenset({"completion", "vision"}))
NAMED = ModelInfo("org/m-7", display_name="Marvellous 7B")


def entry(provider: str, info: ModelInfo | str) -> ModelEntry:
    model = ModelInfo(info) if isinstance(info, str) else info
    return ModelEntry(Target(provider, model.name), model, "")


ENTRIES = [
    entry("ollama", "Qwen3:8b"),
    entry("ollama", "qwen3:14b"),
    entry("ollama", "codellama"),
    entry("ollama", "nomic-embed-text"),
    entry("ollama", VISION),
    entry("lmstudio", "llama-3"),
    entry("lmstudio", "qwen2.5-coder"),
    entry("lmstudio", NAMED),
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("QWEN 8B", ["Qwen3:8b"]),
        ("llama", ["llama-3", "codellama"]),
        ("qc", ["qwen2.5-coder"]),
        ("lmstudio q", ["qwen2.5-coder"]),
        ("see", ["gemma3:12b"]),
        ("vision", ["gemma3:12b"]),
        ("marv", ["org/m-7"]),
        # What may not chat is last, however well it matches.
        ("em", ["gemma3:12b", "nomic-embed-text"]),
        ("nothing like it", []),
    ],
)
def test_filter_ranks_names_providers_and_abilities(typed: str, found: list[str]) -> None:
    assert [each.target.model for each in ModelFilter(ENTRIES).find(typed)] == found


def test_blank_filter_keeps_the_order() -> None:
    assert ModelFilter(ENTRIES).find("  ") == ENTRIES


@given(st.text("q3l:b so", min_size=1, max_size=8))
def test_filtering_letter_by_letter_finds_the_same(typed: str) -> None:
    filter_ = ModelFilter(ENTRIES)
    for end in range(len(typed) + 1):
        assert filter_.find(typed[:end]) == ModelFilter(ENTRIES).find(typed[:end])
    # And back.
    for end in reversed(range(len(typed))):
        assert filter_.find(typed[:end]) == ModelFilter(ENTRIES).find(typed[:end])


def test_matched_letters_are_those_of_all_words() -> None:
    name = "Qwen3:8b"
    assert "".join(sorted(name[at] for at in matched_letters("8 qw", name))) == "8Qw"
    assert matched_letters("zz", name) == frozenset()
    # The small form of this letter is two letters.
    assert matched_letters("x", "İx") == frozenset()


NAMES = {
    "ollama": ("qwen3:8b", "qwen3:14b", "llama3", "shared"),
    "lmstudio": ("mistral-small", "llama-guard", "shared", "only/here"),
    "far": ("gpt-5", "only/there", "mistral-large"),
}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("shared", ["ollama/shared"]),
        ("lmstudio/shared", ["lmstudio/shared"]),
        ("gpt-5", ["far/gpt-5"]),
        # The provider in use comes first, also for parts of names.
        ("llama", ["ollama/llama3"]),
        ("GUARD", ["lmstudio/llama-guard"]),
        ("qwen3", ["ollama/qwen3:8b", "ollama/qwen3:14b"]),
        ("mistral", ["lmstudio/mistral-small", "far/mistral-large"]),
        ("14", ["ollama/qwen3:14b"]),
        ("q8", ["ollama/qwen3:8b"]),
        ("ml", ["lmstudio/mistral-small", "far/mistral-large"]),
        ("gpt5", ["far/gpt-5"]),
        ("unknown", []),
    ],
)
def test_name_is_found_over_all_providers(wanted: str, found: list[str]) -> None:
    assert [f"{target.provider}/{target.model}" for target in find_models(wanted, "ollama", NAMES)] == found


def test_exact_name_of_two_other_providers_is_ambiguous() -> None:
    assert len(find_models("shared", "far", NAMES)) == 2
