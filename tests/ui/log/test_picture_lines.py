"""Images of messages in the log: captions, and pictures once they are decoded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from rich.style import Style
from textual.strip import Strip

from tests.ui.pictures.images import file_of, flag
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.tool_outcome import ToolOutcome
from tui.ui.log.entries import AnswerEntry, Entry, PromptEntry, ToolEntry
from tui.ui.log.paint import Painter
from tui.ui.log.picture_line import PictureLine
from tui.ui.log.scrollback import Scrollback
from tui.ui.pictures.gallery import Gallery
from tui.ui.text_column import text_column

FLAG = Image("image/png", file_of(flag(20, 8)), "flag.png")
BROKEN = Image("image/png", b"\x89PNG\r\n\x1a\n", "broken\x1b[2J.png")
TOOL = ToolOutcome("c1", "draw", "test.draw", approval="once")

MESSAGES = [
    ChatMessage("q", "user", "Look", images=(FLAG, BROKEN)),
    ChatMessage("a", "assistant", "Here", images=(FLAG, BROKEN)),
    ChatMessage("t", "tool", "[image]", images=(FLAG, BROKEN), tool=TOOL),
]


async def shown(entry: Entry) -> list[str]:
    """The lines of an entry once its images are decoded; `#` for each cell of a picture."""
    tasks: list[asyncio.Task[None]] = []

    def start(work: Callable[[], Coroutine[None, None, None]]) -> None:
        tasks.append(asyncio.create_task(work()))

    gallery = Gallery(start, lambda _: None, "blocks", {})
    gallery.use("blocks", "all")
    scrollback = Scrollback()
    scrollback.gallery = lambda: gallery
    scrollback.show([entry])
    scrollback.resize(60, 20)
    scrollback.measure(0)
    await asyncio.gather(*tasks)
    entry.show_pictures()
    scrollback.measure(0)
    return [
        line.text + "#" * (line.columns if isinstance(line, PictureLine) else 0)
        for line in (scrollback.line(y)[0] for y in range(scrollback.total))
    ]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.role)
async def test_picture_is_shown_below_its_caption(message: ChatMessage) -> None:
    makers: dict[str, Callable[[ChatMessage], Entry]] = {"user": PromptEntry, "assistant": AnswerEntry}
    entry = makers.get(message.role, ToolEntry)(message)
    entry.unfolded = message.role == "tool"

    lines = [line.strip() for line in await shown(entry)]

    at = lines.index("▾ flag.png · image/png · 85 B".replace("85", str(len(FLAG.data))))
    assert lines[at + 1 : at + 5] == ["#" * 20] * 4
    assert lines[at + 5].startswith("▸ broken␛[2J.png · image/png · 8 B · The image is broken")


def test_without_a_gallery_there_are_captions_only() -> None:
    entry = PromptEntry(MESSAGES[0])

    assert not any(isinstance(line, PictureLine) for line in entry.lines(60))
    assert sum("image/png" in line.text for line in entry.lines(60)) == 2


async def test_painted_picture_stands_right_of_the_gutter() -> None:
    entry = PromptEntry(ChatMessage("q", "user", "Look", images=(FLAG,)))
    await shown(entry)
    line = next(line for line in entry.lines(60) if isinstance(line, PictureLine))
    column = text_column(66, 0)

    strip = Painter(lambda *_: Style()).strip(line, 66, column)

    assert strip.cell_length == 66
    red = [at for at in range(66) if _ground(strip.crop(at, at + 1)) == (255, 0, 0)]
    assert red == list(range(column.left + 2, column.left + 22))


def _ground(cell: Strip) -> tuple[int, ...] | None:
    style = next(iter(cell)).style
    colour = None if style is None else style.bgcolor
    return None if colour is None or colour.triplet is None else tuple(colour.triplet)
