"""The gallery decodes in the background, keeps pictures up to a bound, and sends them to terminals with graphics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

import pytest

from tests.ui.pictures.images import file_of, flag
from tui.chat.image import Image
from tui.ui.pictures import decoding
from tui.ui.pictures import gallery as gallery_module
from tui.ui.pictures.gallery import Gallery
from tui.ui.pictures.picture import CellSize, Picture

MOST = CellSize(20, 10)
KITTY = ("\x1b_Gi=1;OK\x1b\\", "\x1bP>|kitty(0.35.2)\x1b\\")


def image(width: int = 8, height: int = 8) -> Image:
    return Image("image/png", file_of(flag(width, height)), "flag.png")


class Program:
    """Runs the work of a gallery, and records what it writes."""

    def __init__(self, **environ: str) -> None:
        self.written: list[str] = []
        self.changes = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.gallery = Gallery(self._start, self._write, "auto", {"TERM": "xterm-256color", **environ})
        self.gallery.use("auto", "all")
        self.gallery.on_change = self._count

    def _start(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._tasks.append(asyncio.create_task(work()))

    def _write(self, sequences: Sequence[str]) -> None:
        self.written.extend(sequences)

    def _count(self) -> None:
        self.changes += 1

    async def idle(self) -> None:
        """Wait until everything is decoded."""
        while self._tasks:
            await self._tasks.pop()

    async def picture(self, wanted: Image) -> Picture:
        """Ask for a picture until it is there."""
        assert self.gallery.picture(wanted, MOST) is None
        await self.idle()
        picture = self.gallery.picture(wanted, MOST)
        assert picture is not None
        return picture

    @property
    def sent(self) -> int:
        """How many pictures the terminal got."""
        return sum("a=T" in each for each in self.written)


async def test_picture_is_there_once_it_is_decoded() -> None:
    program = Program()

    picture = await program.picture(image())

    assert picture.size == (8, 4)
    assert program.changes == 1
    assert program.gallery.picture(image(), MOST) is picture
    assert program.sent == 0


async def test_image_is_decoded_once_however_often_it_is_asked_for() -> None:
    program = Program()
    for _ in range(3):
        program.gallery.picture(image(), MOST)

    await program.idle()

    assert program.changes == 1


async def test_broken_image_has_a_reason_and_is_not_tried_again() -> None:
    program, broken = Program(), Image("image/png", b"\x89PNG\r\n\x1a\n...")
    program.gallery.picture(broken, MOST)
    await program.idle()

    problem = program.gallery.problem(broken, MOST)
    assert problem is not None
    assert "broken" in str(problem)
    assert program.gallery.picture(broken, MOST) is None
    await program.idle()
    assert program.changes == 1


async def test_old_pictures_are_dropped_when_they_take_too_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    program, first = Program(), image(10, 10)
    monkeypatch.setattr(gallery_module, "_MAX_BYTES", 400)
    picture = await program.picture(first)
    assert picture.bytes == 300

    await program.picture(image(8, 8))

    assert program.gallery.picture(first, MOST) is None
    await program.idle()


@pytest.mark.parametrize(("mode", "colours"), [("off", "all"), ("auto", 0)])
async def test_nothing_is_decoded_where_nothing_is_shown(mode: str, colours: object) -> None:
    program = Program()
    program.gallery.use(mode, colours)  # type: ignore[arg-type]

    assert program.gallery.picture(image(), MOST) is None
    await program.idle()

    assert program.changes == 1
    assert program.written == []
    assert program.gallery.reason_against is not None


async def test_without_pillow_there_is_a_sentence_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program()
    monkeypatch.setattr(gallery_module, "is_available", lambda: False)
    program.gallery.picture(image(), MOST)
    await program.idle()

    assert program.gallery.picture(image(), MOST) is None
    reason = program.gallery.reason_against
    assert reason is not None
    assert "llm-tui[images]" in reason.hint
    assert program.gallery.problem(image(), MOST) is None


async def test_terminal_is_asked_with_the_first_picture_only() -> None:
    program = Program()
    assert program.written == []
    await program.picture(image())
    asked = len(program.written)
    await program.picture(image(9, 9))

    assert asked > 0
    assert len(program.written) == asked


async def test_terminal_with_graphics_gets_the_pictures() -> None:
    program = Program()
    await program.picture(image())
    for response in KITTY:
        program.gallery.read(response)

    # What was half blocks is asked for again.
    picture = await program.picture(image())

    assert program.gallery.in_graphics
    number = picture.number
    assert number
    assert program.sent == 1
    program.gallery.close()
    assert program.written[-1] == f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\"


async def test_blocks_stay_blocks_whatever_the_terminal_can() -> None:
    program = Program()
    program.gallery.use("blocks", "all")
    for response in KITTY:
        program.gallery.read(response)
    await program.picture(image())

    assert program.written == []


async def test_terminal_forgets_the_oldest_of_many_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_module, "_MAX_SENT", 2)
    program = Program()
    for response in KITTY:
        program.gallery.read(response)

    first, second, third = [await program.picture(image(size, size)) for size in (4, 6, 8)]

    assert first.number == 0
    assert second.number
    assert third.number
    assert sum("a=d" in each for each in program.written) == 1


async def test_pictures_are_sent_again_on_demand() -> None:
    program = Program()
    for response in KITTY:
        program.gallery.read(response)
    await program.picture(image())

    program.gallery.resend()
    await program.picture(image())

    assert program.sent == 2


async def test_pictures_go_through_tmux() -> None:
    program = Program(TMUX="x", KITTY_WINDOW_ID="1")
    program.gallery.read(KITTY[0])
    await program.picture(image())

    assert all(each.startswith("\x1bPtmux;") for each in program.written if "a=T" in each)
    assert program.sent == 1


def test_huge_images_are_sent_no_larger_than_they_are_shown() -> None:
    data = gallery_module._encode(file_of(flag(800, 400)), CellSize(10, 5), (10, 20))

    assert decoding.size_of(data) == (100, 50)
