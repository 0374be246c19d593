import pytest

from tui.demo.guide import guide_text
from tui.demo.models import MODELS


@pytest.mark.parametrize(
    ("prompt", "heading"),
    [
        ("What are the keys?", "# Keys"),
        ("PROVIDERS", "# Providers"),
        ("how do I start ollama?", "# With Ollama"),
        ("and lm studio?", "# With LM Studio"),
        ("LM-Studio", "# With LM Studio"),
        ("where is the config?", "# Settings"),
        ("can I use it in scripts", "# Without a screen"),
        ("llm-tui ask", "# Without a screen"),
        ("show me markdown", "# A heading"),
        ("what about errors", "# When something goes wrong"),
        ("models", "# The demo models"),
        ("hello", "# Welcome to llm-tui"),
        ("monkey", "# Welcome to llm-tui"),
        ("", "# Welcome to llm-tui"),
    ],
)
def test_guide_answers_by_keyword(prompt: str, heading: str) -> None:
    assert guide_text(prompt).startswith(f"{heading}\n")


@pytest.mark.parametrize("prompt", ["", "keys", "markdown", "models", "errors"])
def test_guide_says_that_it_is_not_a_model(prompt: str) -> None:
    assert "not a model" in guide_text(prompt)


@pytest.mark.parametrize("prompt", ["hello", "models"])
def test_guide_names_the_other_models(prompt: str) -> None:
    text = guide_text(prompt)

    for model in MODELS:
        assert model.name in ("guide", "lorem-2000-0") or f"`{model.name}`" in text


def test_markdown_sample_has_every_block_type() -> None:
    text = guide_text("markdown")

    for block in ("# ", "## ", "### ", "- ", "  - ", "1. ", "- [x] ", "> ", "> > ", "| :--- |", "```python\n", "---\n"):
        assert f"\n{block}" in f"\n{text}"
