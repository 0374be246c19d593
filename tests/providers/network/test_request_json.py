"""The body of a request as JSON."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given

from tests.strategies import json_objects
from tui.chat.chunk import JSONObject
from tui.freed_memory import LARGE
from tui.providers.network.request_json import encode_json

LARGE_TEXTS = {
    "quotes": '"\\\n\x00é犬🙂' * 200_000,
    "pairs": "a" + "\ud83d\ude00" * 600_000,
    "halves": "\ud83d." * 600_000,
}


@given(json_objects)
def test_is_what_json_makes_of_it(body: JSONObject) -> None:
    body = {key: value for key, value in body.items() if key != "messages"}
    assert json.loads(encode_json(body)) == json.loads(json.dumps(body))


@pytest.mark.parametrize("name", LARGE_TEXTS)
def test_large_texts_are_the_same_as_short_ones(name: str) -> None:
    text = LARGE_TEXTS[name]
    body = {
        "model": "llama",
        "messages": [
            {"role": "user", "content": "short", "images": ("aGk=",)},
            {"role": "assistant", "content": text},
            {"role": "user", "content": [{"type": "text", "text": text}]},
        ],
    }
    expected = json.dumps(body, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert encode_json(body).decode() == expected


def test_large_text_is_not_copied_as_text() -> None:
    body = {"messages": [{"role": "user", "content": "x" * 20 * LARGE}]}
    tracemalloc.start()
    try:
        encoded = encode_json(body)
        _, highest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A buffer that grows has some room at its end.
    assert highest < 1.5 * len(encoded)
