"""Pictures in the chat: shown in the log, viewed, opened, saved, and pasted."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.program import Program
from tests.ui.pictures.images import RED, file_of, flag
from tests.ui.programs import Programs
from tests.ui.running import RunningApp, StartApp
from tui.chat.conversation import Conversation
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.demo.server import DemoServer
from tui.store.conversations import ConversationStore
from tui.ui.screens.picture import PictureScreen

PNG = file_of(flag(20, 8))
IMAGES = (Image("image/png", PNG, "flag.png"), Image("image/png", b"\x89PNG\r\n\x1a\n", "broken.png"))

pytestmark = pytest.mark.usefixtures("work_folder")


def save_conversation(program: Program) -> None:
    """Save a conversation whose prompt has two images."""
    program.data.mkdir()
    store = ConversationStore(program.data)
    prompt = ChatMessage("q", "user", "Look", created_at=1.0, images=IMAGES)
    store.add(
        Conversation("c", created_at=1.0, provider="server", model="echo").append(
            prompt, ChatMessage("a", "assistant", "A flag.", "q", created_at=1.0, model="echo")
        )
    )
    store.close()


@pytest.fixture
async def app(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app with that conversation."""
    save_conversation(program)
    program.use_server(demo.url)
    return await start_app(resume=True)


def red_cells(app: RunningApp) -> int:
    """How many cells of the topmost screen have a red ground."""
    strips = app.screen._compositor.render_strips()
    return sum(
        segment.cell_length
        for strip in strips
        for segment in strip
        if segment.style is not None and segment.style.bgcolor is not None
        if segment.style.bgcolor.triplet is not None and tuple(segment.style.bgcolor.triplet) == RED
    )


async def test_pictures_are_shown_viewed_and_saved(app: RunningApp, work_folder: Path) -> None:
    await app.until(lambda: red_cells(app) == 40)
    assert "▸ broken.png · image/png · 8 B · The image is broken" in app.log.text
    await app.press("tab", "k", "k")
    assert "v picture" in app.key_hints
    await app.press("v")
    await app.until(lambda: isinstance(app.screen, PictureScreen) and red_cells(app) == 40)
    await app.press("s")
    await app.until(lambda: app.has_notice("Saved"))
    assert (work_folder / "flag.png").read_bytes() == PNG
    await app.press("right")
    screen = app.screen
    assert isinstance(screen, PictureScreen)
    await app.until(lambda: "The image is broken" in screen.area.text)
    await app.press("escape", "escape")
    # Without a selection, the last message with pictures is meant.
    await app.press("tab", "s")
    await app.until(lambda: app.has_notice("2 pictures"))
    assert (work_folder / "flag-2.png").exists()


async def test_picture_opens_in_another_program(app: RunningApp, programs: Programs, tmp_path: Path) -> None:
    programs.add("xdg-open", f"import shutil; shutil.copy(sys.argv[1], {str(tmp_path / 'opened.png')!r})")
    await app.press("tab", "o")
    # There are two.
    await app.until(lambda: isinstance(app.screen, PictureScreen))
    await app.press("o")
    opened = tmp_path / "opened.png"
    await app.until(lambda: opened.exists() and opened.read_bytes() == PNG)
    folder = app.chat.parts.pictures._opened
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0
    await app.close()
    assert not folder.exists()


async def test_terminal_with_sixels_draws_the_picture_in_the_viewer(app: RunningApp) -> None:
    written: list[str] = []
    app.chat.parts.pictures._write = written.append
    await app.until(lambda: red_cells(app) == 40)
    app.chat.parts.pictures.read_response("\x1b[?62;4c", (10, 20))
    await app.press("tab", "k", "k", "v")
    await app.until(lambda: any("\x1bP0;1;0q" in each for each in written))
    # 20 x 8 pixels are 2 x 1 cells, in the middle of the 120 x 38 below the title.
    drawn = next(each for each in written if "\x1bP0;1;0q" in each)
    assert drawn.startswith('\x1b7\x1b[20;60H\x1bP0;1;0q"1;1;20;8#')
    # The cells below it are blank, and the log has none of it.
    assert red_cells(app) == 0
    await app.press("escape")
    await app.until(lambda: red_cells(app) == 40)


async def test_setting_turns_pictures_off_at_once(app: RunningApp) -> None:
    await app.until(lambda: red_cells(app) == 40)
    await app.workspace.change_settings({"images": "off"})
    await app.until(lambda: red_cells(app) == 0)
    assert "▸ flag.png · image/png" in app.log.text


async def test_picture_in_the_clipboard_is_attached(app: RunningApp, programs: Programs) -> None:
    programs.add("xclip", f"sys.stdout.buffer.write({PNG!r})")
    await app.press("ctrl+v")
    await app.type("what is it?")
    assert app.prompt.text.endswith("pasted.png what is it?")
    # A terminal pastes nothing for its own key when there is only a picture.
    app.app.post_message(events.Paste(""))
    await app.until(lambda: "pasted-2.png" in app.prompt.text)
    await app.press("enter")
    await app.answered()
    assert [image.name for image in app.session.conversation.path[-2].images] == ["pasted.png", "pasted-2.png"]


async def test_text_is_pasted_where_there_is_no_picture(app: RunningApp, programs: Programs) -> None:
    programs.add("xclip", "sys.exit(1)")
    app.app.copy_to_clipboard("a text")
    await app.press("ctrl+v")
    await app.until(lambda: app.prompt.text == "a text")
