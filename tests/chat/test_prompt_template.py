"""Variables in saved prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.prompt_template import fill, variables_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("No variable.", ()),
        ("{{a}} then {{b}} and {{a}} again", ("a", "b")),
        ("{{ target  language }} = {{target language}}", ("target language",)),
        ("{{Straße}} {{name-of_it2}} {{_x}}", ("Straße", "name-of_it2", "_x")),
        ('{"a": {{value}}}', ("value",)),
        ("{{a}}{{b}}", ("a", "b")),
        ("```{{language}}\n{{code}}\n```", ("language", "code")),
    ],
)
def test_variables_are_found_once_in_order(text: str, names: tuple[str, ...]) -> None:
    assert variables_in(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "{{}}",
        "{{ }}",
        "{a}",
        "{{user.name}}",
        "{{#each items}}",
        "{{ f(x) }}",
        '{{"a": 1}}',
        "${{ matrix }}",
        "{{{raw}}}",
        "{{1st}}",
        "{{two\nlines}}",
        "{{open",
        "{ {a} }",
    ],
)
def test_other_double_braces_are_text(text: str) -> None:
    assert variables_in(text) == ()
    assert fill(text, {"a": "x", "raw": "x", "matrix": "x"}) == text


def test_every_place_of_a_variable_gets_its_value() -> None:
    assert fill("{{a}}, {{ a }} and {{b}}", {"a": "1", "b": "2"}) == "1, 1 and 2"


def test_value_with_braces_and_backslashes_stays_as_it_is() -> None:
    assert fill("{{a}} {{b}}", {"a": r"{{b}} \1 \g<0>", "b": "2"}) == r"{{b}} \1 \g<0> 2"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        (r"\{{a}} {{a}}", "{{a}} 1"),
        (r"\\{{a}}", r"\1"),
        (r"\\\{{a}}", r"\{{a}}"),
        (r"\{{ f(x) }} \n", r"\{{ f(x) }} \n"),
    ],
)
def test_backslash_makes_a_variable_text(text: str, filled: str) -> None:
    assert fill(text, {"a": "1"}) == filled


@given(st.lists(st.tuples(st.text(alphabet="ab \n.}", max_size=5), st.sampled_from(["x", "y z"]), st.text(max_size=8))))
def test_texts_between_variables_are_kept(parts: list[tuple[str, str, str]]) -> None:
    values = {name: value for _, name, value in parts}
    text = "".join(f"{before}{{{{{name}}}}}" for before, name, _ in parts)
    assert fill(text, values) == "".join(before + values[name] for before, name, _ in parts)
