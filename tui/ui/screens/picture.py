"""Shows pictures as large as the screen allows, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets._toast import Toast

from tui.chat.formatting import format_size
from tui.chat.image import Image
from tui.chat.safe_text import safe_line
from tui.errors import UsageError
from tui.ui.pictures.gallery import Gallery
from tui.ui.pictures.picture import CellSize, Picture
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import KeyLine

if TYPE_CHECKING:
    from tui.ui.pictures.inline import InlinePicture


class PictureArea(Widget):
    """A picture in the middle of an area."""

    DEFAULT_CSS = """
    PictureArea { height: 1fr; width: 1fr; background: $ground; color: $second; }
    """

    def __init__(self, gallery: Gallery) -> None:
        """Args:
        gallery: Decodes the pictures.
        """
        super().__init__()
        self._gallery = gallery
        self._image: Image | None = None
        self._picture: Picture | None = None
        self._inline: InlinePicture | None = None
        """The picture in the terminal's own format, which is drawn over blank cells. None for cells."""
        self._words = ""
        """What is shown in place of a picture; safe to show."""

    @property
    def text(self) -> str:
        """What is shown in place of a picture. Empty while there is a picture."""
        return "" if self._picture is not None else self._words

    def show(self, image: Image) -> None:
        """Show an image, or why it cannot be shown."""
        self._image = image
        self.look_again()

    def look_again(self) -> None:
        """Show the picture if it is decoded by now."""
        if self._image is None or not self.size:
            return
        gallery, most = self._gallery, CellSize(*self.size)
        self._picture = gallery.picture(self._image, most)
        problem = gallery.problem(self._image, most) or gallery.reason_against
        self._words = "…" if problem is None else safe_line(f"{problem} {problem.hint}")
        had_inline, self._inline = self._inline is not None, None
        if self._picture is not None and gallery.may_draw_inline:
            self.run_worker(self._make_inline(self._image, most), "inline picture", exclusive=True)
        if had_inline:
            # The terminal knows nothing of what it drew: all cells are written again.
            self.call_later(self.run_action, "app.repaint_screen")
        self.refresh()

    async def _make_inline(self, image: Image, most: CellSize) -> None:
        try:
            picture = await self._gallery.inline(image, most)
        except UsageError:
            # Its cells are shown.
            return
        if image is self._image:
            self._inline = picture
            self.refresh()

    def _draw_inline(self) -> None:
        """Draw the picture over the blank cells, unless that would hide a notice. It is drawn when that is gone."""
        if self._inline is None or not self.screen.is_active:
            return
        (columns, rows), area = self._inline.cells, self.region
        x, y = area.x + max(0, area.width - columns) // 2, area.y + max(0, area.height - rows) // 2
        covered = Region(x, y, columns, rows)
        if not any(toast.region.overlaps(covered) for toast in self.screen.query(Toast)):
            self._gallery.draw(self._inline, x, y)

    def on_resize(self) -> None:
        """Show the picture in another size."""
        self.look_again()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part. They erase what the terminal drew there."""
        if self._inline is not None:
            self.call_after_refresh(self._draw_inline)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """A row of the picture, or of the words in its place."""
        width, height = self.size
        ground = self.rich_style
        picture = self._picture
        if self._inline is not None:
            return Strip.blank(width, ground)
        if picture is None:
            lines = Content(self._words).wrap(max(1, min(60, width - 4)))
            at = y - (height - len(lines)) // 2
            shown = lines[at].plain if 0 <= at < len(lines) else ""
            row, cells = [Segment(shown, ground)], Content(shown).cell_length
        else:
            at, cells = y - (height - picture.size.rows) // 2, picture.size.columns
            is_within = 0 <= at < picture.size.rows
            in_graphics = self._gallery.in_graphics and self.screen.is_active
            row = picture.row(at, in_graphics=in_graphics) if is_within else []
        strip = Strip([Segment(" " * ((width - cells) // 2), ground), *row])
        return strip.adjust_cell_length(width, ground)


class PictureScreen(Dialog[None]):
    """Shows pictures on the whole screen."""

    BINDINGS: ClassVar = [
        Binding("escape,q,v,enter", "dismiss(None)", show=False),
        Binding("left,k,up,pageup", "go(-1)", show=False),
        Binding("right,j,down,pagedown,space", "go(1)", show=False),
        Binding("o", "open", show=False),
        Binding("s", "save", show=False),
    ]
    DEFAULT_CSS = """
    PictureScreen { align: left top; background: $ground; }
    PictureScreen #title { height: 1; padding: 0 2; background: $panel; color: $second; text-wrap: nowrap;
        text-overflow: ellipsis; }
    PictureScreen KeyLine { dock: bottom; background: $panel; padding: 0 2; }
    """

    def __init__(
        self,
        images: Sequence[Image],
        number: int,
        gallery: Gallery,
        open_image: Callable[[Image], None],
        save_image: Callable[[Image], None],
    ) -> None:
        """Args:
        images: The images, at least one.
        number: Which of them is shown first, from 0.
        gallery: Decodes the pictures.
        open_image: Opens an image in another program.
        save_image: Saves an image.
        """
        super().__init__()
        self._images = images
        self._number = number
        self._open_image = open_image
        self._save_image = save_image
        self.area = PictureArea(gallery)
        self._title = Static("", id="title", markup=False)

    def compose(self) -> ComposeResult:
        """Which image it is, the picture, and the keys."""
        yield self._title
        yield self.area
        others = [("←→", "other picture", "")] if len(self._images) > 1 else []
        yield KeyLine([*others, ("o", "open in another program", "o"), ("s", "save", "s"), ("Esc", "close", "escape")])

    def on_mount(self) -> None:
        """Show the first image."""
        self.action_go(0)

    def show_again(self) -> None:
        """Show the picture if it is decoded by now."""
        self.area.look_again()

    def action_go(self, by: int) -> None:
        """Show another image."""
        self._number = (self._number + by) % len(self._images)
        image = self._images[self._number]
        parts = [image.name or "picture", image.media_type, format_size(len(image.data))]
        if len(self._images) > 1:
            parts.append(f"{self._number + 1} of {len(self._images)}")
        self._title.update(Content(safe_line(" · ".join(parts))))
        self.area.show(image)

    def action_open(self) -> None:
        """Open the image in another program."""
        self._open_image(self._images[self._number])

    def action_save(self) -> None:
        """Save the image."""
        self._save_image(self._images[self._number])

    async def on_click(self, event: events.Click) -> None:
        """A click on the picture closes it."""
        if self.area.region.contains(event.screen_x, event.screen_y):
            self.dismiss(None)
