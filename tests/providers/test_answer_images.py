"""Images of answers, in the forms in which servers send them."""

from __future__ import annotations

import base64

import pytest

from tui.chat.image import Image
from tui.providers import answer_images
from tui.providers.answer_images import AnswerImages

PNG = b"\x89PNG\r\n\x1a\n\xfb\xff" + bytes(20)
GIF = b"GIF89a" + b"." * 20
TEXT = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{TEXT}"


@pytest.mark.parametrize(
    "message",
    [
        {"images": [{"type": "image_url", "image_url": {"url": URL}}]},
        {"images": [{"image_url": URL}]},
        {"images": [URL, TEXT]},
        {"images": {"url": URL}},
        {"image": TEXT, "content": ""},
        {"content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": URL}}, "more"]},
        {"content": [{"type": "image", "source": "x", "data": TEXT}]},
        {"images": [{"b64_json": base64.urlsafe_b64encode(PNG).decode().rstrip("=")}]},
    ],
)
def test_image_is_found_in_every_form(message: dict[str, object]) -> None:
    images = AnswerImages()

    assert images.add_from(message)
    assert images.take() == (Image("image/png", PNG),)
    assert images.take() == ()
    assert not images.is_empty


@pytest.mark.parametrize(
    "message",
    [
        {"content": "text"},
        {"images": ["https://example.org/cat.png"]},
        {"images": ["x", 5, None, [[[[URL]]]]]},
        {"images": [base64.b64encode(b"text").decode()]},
        # Only the beginning of a file: nothing of it can be shown.
        {"images": [base64.b64encode(PNG[:12]).decode()]},
        {"images": None},
        {"content": [{"type": "text", "text": URL}]},
    ],
)
def test_anything_else_is_not_an_image(message: dict[str, object]) -> None:
    images = AnswerImages()

    assert not images.add_from(message)
    assert images.is_empty


def test_image_that_is_sent_again_counts_once() -> None:
    images = AnswerImages()
    images.add_from({"images": [URL]})

    assert images.add_from({"images": [URL, base64.b64encode(GIF).decode()]})
    assert [image.media_type for image in images.take()] == ["image/png", "image/gif"]


def test_images_are_left_out_beyond_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_images, "MAX_BYTES", len(PNG) + 5)
    monkeypatch.setattr(answer_images, "MAX_BASE64", len(TEXT))
    images = AnswerImages()

    images.add_from({"images": [TEXT, base64.b64encode(GIF).decode(), TEXT + TEXT]})

    assert len(images.take()) == 1
