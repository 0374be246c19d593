"""Taking images out of the text of answers."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import pieces
from tui.providers import data_urls
from tui.providers.answer_images import AnswerImages
from tui.providers.data_urls import DataURLShortener

LONG = "QUJD" * 2_000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(5_000)
PNG_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
IMAGE = f"![x](data:image/png;base64,{LONG}) done"


def shortened(*texts: str) -> str:
    return read(*texts)[0]


def read(*texts: str) -> tuple[str, list[bytes]]:
    """What is shown of a text, and the images in it."""
    images = AnswerImages()
    shortener = DataURLShortener(images)
    shown = "".join(map(shortener.feed, texts)) + shortener.finish()
    return shown, [image.data for image in images.take()]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (IMAGE, "![x](data:image/png;base64,…) done"),
        (f"{IMAGE} {IMAGE}", "![x](data:image/png;base64,…) done ![x](data:image/png;base64,…) done"),
        (f"data:;base64,{LONG}", "data:;base64,…"),
        ("url(data:image/gif;base64,R0lGOD==) x", "url(data:image/gif;base64,R0lGOD==) x"),
        ("data:image/gif;base64,R0lGOD==", "data:image/gif;base64,R0lGOD=="),
        ("a;base64,;base64,;base64 b", "a;base64,;base64,;base64 b"),
        (LONG, LONG),
        ("", ""),
    ],
)
def test_only_long_data_is_left_out(text: str, shown: str) -> None:
    assert shortened(text) == shown
    assert shortened(*text) == shown


@given(st.data())
def test_result_does_not_depend_on_the_pieces(data: st.DataObject) -> None:
    parts = [part.decode() for part in data.draw(pieces(f"a;base{IMAGE};base64,ab c".encode()))]

    assert shortened(*parts) == "a;base![x](data:image/png;base64,…) done;base64,ab c"


@given(st.data())
def test_image_is_whole_however_the_text_was_cut(data: st.DataObject) -> None:
    text = f"Here: ![a cat]({PNG_URL}) and {PNG_URL}. Done"

    shown, images = read(*[part.decode() for part in data.draw(pieces(text.encode()))])

    assert shown == "Here: ![a cat](data:image/png;base64,…) and data:image/png;base64,…. Done"
    assert images == [PNG]


def test_image_at_the_end_of_the_text_is_found() -> None:
    assert read(PNG_URL)[1] == [PNG]


def test_other_data_is_not_an_image() -> None:
    assert read(IMAGE)[1] == []


def test_more_data_than_an_image_has_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_urls, "MAX_BASE64", 50_000)
    images = AnswerImages()
    shortener = DataURLShortener(images)
    start = base64.b64encode(PNG[:-2]).decode()
    assert shortener.feed(f"data:;base64,{start}") == "data:;base64,…"
    assert "".join(shortener.feed("A" * 1_000) for _ in range(100)) == ""
    assert shortener._long == []
    assert shortener.finish() == ""
    assert images.is_empty
