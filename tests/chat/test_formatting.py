"""Values as short text."""

from __future__ import annotations

import pytest

from tui.chat.formatting import model_label, without_marks


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("## A **b** *c* `d` ~~e~~", "A b c d e"),
        ("- a\n> b\n1. c", "a\nb\n1. c"),
        ("see [here](https://example.org) ![cat](cat.png)", "see here cat"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", " a b \n \n 1 2 "),
        ("2 * 3 a_b #tag x[1] **half", "2 * 3 a_b #tag x[1] half"),
    ],
)
def test_excerpt_reads_without_marks(text: str, shown: str) -> None:
    assert without_marks(text) == shown


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("qwen3:8b", "qwen3:8b"),
        ("meta-llama/Llama-3", "meta-llama/Llama-3"),
        ("/srv/models/SmolLM2.Q4_1.gguf", "SmolLM2.Q4_1"),
        ("models/SmolLM2.Q4_1.gguf", "SmolLM2.Q4_1"),
        ("C:\\models\\SmolLM2.GGUF", "SmolLM2"),
        ("/srv/models/tiny-hf/", "tiny-hf"),
        ("/", "/"),
        ("evil\x1b[31m", "evil␛[31m"),
        ("", ""),
    ],
)
def test_label_of_a_model_is_the_name_of_its_file(name: str, label: str) -> None:
    assert model_label(name) == label
