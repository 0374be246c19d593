"""The images of a message as lines: a caption for each, and the picture where the terminal can show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.chat.image import Image
from tui.chat.safe_text import safe_line
from tui.ui.log.entry_lines import HINT, own_run
from tui.ui.log.picture_line import PICTURE_LINK, PictureLine
from tui.ui.markdown.lines import Line, Look, wrap
from tui.ui.pictures.picture import CellSize
from tui.workspace.labels import image_label

if TYPE_CHECKING:
    from tui.ui.pictures.gallery import Gallery

_MOST_COLUMNS: Final = 64
_MOST_ROWS: Final = 16
_MOST_ROWS_WHERE_TIGHT: Final = 9


def image_lines(images: Sequence[Image], gallery: Gallery | None, width: int, *, is_tight: bool) -> list[Line]:
    """The lines of images. A picture that is not decoded yet, or cannot be shown, is only a caption.

    Args:
        images: The images of a message.
        gallery: Decodes them. None shows only captions.
        width: Cells per line.
        is_tight: Whether there are few lines on the screen.
    """
    most = CellSize(max(1, min(width, _MOST_COLUMNS)), _MOST_ROWS_WHERE_TIGHT if is_tight else _MOST_ROWS)
    lines: list[Line] = []
    for number, image in enumerate(images):
        picture = problem = None
        if gallery is not None:
            picture, problem = gallery.picture(image, most), gallery.problem(image, most)
        look = HINT._replace(link=f"{PICTURE_LINK}{number}")
        caption = [own_run(f"{'▾' if picture else '▸'} {image_label(image)}", look)]
        if problem is not None:
            caption.append(own_run(f" · {safe_line(str(problem))}", Look("warning")))
        lines += wrap(caption, width)
        if picture is not None:
            lines += [PictureLine(picture=picture, row=row, number=number) for row in range(picture.size.rows)]
    return lines
