"""The pictures of the conversation: shown in the log, viewed, opened in another program, saved, pasted."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from tui.chat.formatting import format_count
from tui.chat.image import Image
from tui.errors import UsageError
from tui.runtime import Runtime
from tui.ui.notices import ERROR_SECONDS, Notices
from tui.ui.screens.dialog import ask
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.message_log import MessageLog
from tui.ui.worker_tasks import start_worker
from tui.workspace.events import SettingsChanged

if TYPE_CHECKING:
    from tui.ui.pictures.gallery import Gallery
    from tui.ui.pictures.terminal_graphics import Colours
    from tui.ui.screens.picture import PictureScreen

_KEEP_PASTED_S: Final = 30 * 86_400
"""How long pictures from the clipboard are kept. What was sent is saved with its conversation."""


class PicturesPresenter:
    """Owns the gallery, and the files that other programs open."""

    def __init__(
        self,
        screen: Screen[None],
        runtime: Runtime,
        log: MessageLog,
        composer: Composer,
        notices: Notices,
        write: Callable[[str], None],
    ) -> None:
        """Args:
        screen: Has the workers and the terminal.
        runtime: Has the settings and the data folder.
        log: Shows the conversation.
        composer: Gets what is pasted.
        notices: Confirms what was done.
        write: Sends a sequence to the terminal.
        """
        self._screen = screen
        self._runtime = runtime
        self._log = log
        self._composer = composer
        self._notices = notices
        self._write = write
        self._gallery: Gallery | None = None
        self._viewer: PictureScreen | None = None
        """The viewer, while it is open."""
        self._opened: Path | None = None
        """The folder with what other programs were told to open. None before the first."""
        log.use_gallery(self.gallery)

    def gallery(self) -> Gallery:
        """The decoded pictures. Made with the first image of the program, not for the first paint."""
        if self._gallery is None:
            from tui.ui.pictures.gallery import Gallery

            self._gallery = Gallery(
                lambda work: start_worker(self._screen, work, "pictures", exclusive=False),
                lambda sequences: self._write("".join(sequences)),
                self._runtime.settings.images,
                os.environ,
            )
            self._gallery.use(self._runtime.settings.images, self._colours)
            self._gallery.on_change = self._show_again
        return self._gallery

    def read_response(self, response: str, cell_pixels: tuple[int, int] | None) -> None:
        """Learn what the terminal can.

        Args:
            response: The terminal's response to a question of the gallery.
            cell_pixels: Width and height of a cell in pixels. None if the terminal does not tell.
        """
        if self._gallery is not None:
            self._gallery.read(response, cell_pixels)

    def handle_settings_changed(self, _: SettingsChanged) -> None:
        """Show pictures as the settings say."""
        if self._gallery is not None:
            self._gallery.use(self._runtime.settings.images, self._colours)

    def send_again(self) -> None:
        """The terminal may have lost what was sent."""
        if self._gallery is not None:
            self._gallery.resend()

    def close(self) -> None:
        """The program ends: the terminal forgets the pictures, and files for other programs are deleted."""
        if self._gallery is not None:
            self._gallery.close()
        if self._opened is not None:
            shutil.rmtree(self._opened, ignore_errors=True)

    # What the user asks for.

    async def view(self, images: Sequence[Image] = (), number: int = 0) -> None:
        """Show pictures on the whole screen.

        Args:
            images: The images. Empty for those of the selected message, else of the last one that has some.
            number: Which of them to show first, from 0.
        """
        images = images or self._log.target_images
        if not images:
            self._notices.notify("There are no pictures here.")
            return
        from tui.ui.screens.picture import PictureScreen

        self._viewer = PictureScreen(
            images,
            number,
            self.gallery(),
            lambda image: self._run(partial(self._open, image)),
            lambda image: self._run(partial(self._save, [image])),
        )
        try:
            await ask(self._screen, self._viewer)
        finally:
            self._viewer = None

    async def open(self) -> None:
        """Open the picture of the message in another program; of several, the one that the user chooses."""
        images = self._log.target_images
        if len(images) == 1:
            await self._open(images[0])
        else:
            await self.view(images)

    async def save(self) -> None:
        """Save the pictures of the message in the working folder."""
        images = self._log.target_images
        if images:
            await self._save(images)
        else:
            self._notices.notify("There are no pictures here.")

    async def paste(self) -> None:
        """Attach the picture in the clipboard; paste text if there is none."""
        from tui.ui.clipboard_picture import read_clipboard_picture

        try:
            data = await read_clipboard_picture(os.environ)
        except UsageError:
            # Copied in this program.
            if not self._screen.app.clipboard:
                raise
            data = None
        if data is None:
            if not self._screen.app.clipboard:
                self._notices.notify("There is no picture in the clipboard. The terminal's own key pastes text.")
            self._composer.box.action_paste()
            return
        from tui.chat.image_type import media_type_of
        from tui.files.images import delete_pasted, write_pasted
        from tui.files.mentions import mention_of

        image = Image(media_type_of(data) or "", data, "pasted.png")
        folder = self._runtime.data_folder or self._private_folder()
        await asyncio.to_thread(delete_pasted, folder, time.time() - _KEEP_PASTED_S)
        path = await asyncio.to_thread(write_pasted, image, folder)
        box = self._composer.box
        row, column = box.cursor_location
        # A mention begins a word.
        is_in_word = column > 0 and not box.document.get_line(row)[column - 1].isspace()
        box.insert(f"{' ' if is_in_word else ''}{mention_of(str(path))} ")

    def _private_folder(self) -> Path:
        """A folder that only the user can read, and that is deleted at the end."""
        if self._opened is None:
            self._opened = Path(tempfile.mkdtemp(prefix="llm-tui-"))
        return self._opened

    async def _open(self, image: Image) -> None:
        from tui.files.images import write_image
        from tui.ui.system_viewer import open_file, viewer_command

        # First: nothing is written that cannot be opened.
        viewer_command(os.environ)
        folder = await asyncio.to_thread(self._private_folder)
        path = await asyncio.to_thread(partial(write_image, image, folder, is_private=True))
        self._notices.notify(f"Opening {path.name}.")
        await open_file(path, os.environ)

    async def _save(self, images: Sequence[Image]) -> None:
        from tui.files.images import write_image

        paths = [await asyncio.to_thread(write_image, image, Path.cwd()) for image in images]
        saved = paths[0] if len(paths) == 1 else f"{format_count(len(paths), 'picture')} in {paths[0].parent}"
        self._notices.notify(f"Saved {saved}.", ERROR_SECONDS)

    # Internals.

    @property
    def _colours(self) -> Colours:
        app = self._screen.app
        if app.no_color or self._runtime.settings.ascii:
            return 0
        system = app.console.color_system
        return "all" if system == "truecolor" else 256 if system == "256" else 0

    def _show_again(self) -> None:
        gallery = self.gallery()
        self._log.show_pictures(in_graphics=gallery.in_graphics)
        if self._viewer is not None:
            self._viewer.show_again()

    def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            with self._notices.reporting_errors():
                await work()

        start_worker(self._screen, run, "picture", exclusive=False)
