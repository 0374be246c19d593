"""Lists of models in every known shape."""

from __future__ import annotations

import pytest

from tui.providers.model_rows import model_rows


@pytest.mark.parametrize(
    "listed",
    [
        {"object": "list", "data": [{"id": "a"}, {"id": "b"}]},
        {"models": [{"id": "a"}, {"id": "b"}]},
        {"data": None, "models": [{"id": "a"}, {"id": "b"}]},
        {"data": [], "models": [{"id": "a"}, {"id": "b"}]},
        {"data": "none", "models": [{"id": "a"}, {"id": "b"}]},
        [{"id": "a"}, {"id": "b"}],
        ["a", "b"],
        {"data": ["a", {"id": "b"}]},
        {"data": [{"name": "a"}, {"model": "b"}]},
        {"data": [{"key": "a"}, {"id": None, "name": "b"}]},
        {"data": [{"id": "a", "name": "The A"}, {"id": "", "name": "b"}]},
        [{"id": None}, {}, None, 5, "", " ", {"id": "\t"}, {"id": ["x"]}, "a", ["c"], "b"],
        ["a", "b", "a", {"id": "b"}],
        {"result": [{"id": "a"}, {"id": "b"}]},
        {"items": ["a", "b"]},
        {"model_list": [{"model_name": "x", "id": "a"}, "b"]},
        {"data": {"models": [{"id": "a"}, {"id": "b"}]}},
        {"result": {"data": {"items": ["a", "b"]}}},
        {"data": {"a": {}, "b": {"size": 1}}},
        {"models": {"first": {"id": "a"}, "b": {"id": None}}},
        {"data": {"models": {"a": {}, "b": {}}}},
        {"data": {"a": 5}, "models": ["a", "b"]},
        {"data": {"models": []}, "models": ["a", "b"]},
    ],
)
def test_names_are_found_in_every_known_shape(listed: object) -> None:
    rows = model_rows(listed)
    assert rows is not None
    assert [row["id"] for row in rows] == ["a", "b"]


def test_first_row_with_a_name_is_kept_whole() -> None:
    assert model_rows([{"name": "a", "size": 1}, {"name": "a", "size": 2}]) == [{"id": "a", "name": "a", "size": 1}]


@pytest.mark.parametrize(
    "listed", [[], {"data": []}, {"data": None}, {"models": None}, {"data": [], "models": []}, {"data": {"models": []}}]
)
def test_empty_list_is_a_list(listed: object) -> None:
    assert model_rows(listed) == []


@pytest.mark.parametrize(
    "listed",
    [
        None,
        5,
        "a",
        {},
        {"data": {}},
        {"data": "a"},
        {"rows": ["a"]},
        {"data": {"id": "a"}},
        {"data": {"error": {}}},
        {"data": {"data": {"data": {"data": ["a"]}}}},
        [5],
        [{"a": 1}],
        {"data": [{}]},
    ],
)
def test_anything_else_is_not_a_list_of_models(listed: object) -> None:
    assert model_rows(listed) is None
