"""How frames reach the terminal: the cells that changed, and scrolling by the terminal itself.

`frame_updates` stands between Textual and the terminal's driver. `differ` knows what the terminal shows. It asks
`scrolling` whether rows have only moved, translates painted strips to `cells`, and writes with `sequence_writer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.config.settings import TerminalUpdates
    from tui.ui.frames.frame_updates import FrameUpdates


def frame_updates(mode: TerminalUpdates, environ: Mapping[str, str]) -> FrameUpdates | None:
    """What reduces frames to their changes. None if this version of Textual lacks what that needs: it is private there.

    Args:
        mode: How frames are sent.
        environ: Names the terminal.
    """
    try:
        from tui.ui.frames.frame_updates import FrameUpdates
    except ImportError:
        return None
    return FrameUpdates(mode, environ)
