"""How commands are run where there are no keys: by typing them."""

from __future__ import annotations

from typing import Final

from tui.plain.commands import BY_TYPED_NAME
from tui.workspace.keys import Keys

_OTHERS: Final = {"send": "Enter", "cancel_stream": "Ctrl+C", "copy_or_stop": "Ctrl+C"}


class TypedKeys(Keys):
    """What is typed for each command, in place of its keys."""

    def __init__(self) -> None:
        super().__init__({})

    def label(self, name: str) -> str:
        """What is typed for a command: `/model`. Empty if it cannot be typed."""
        command = BY_TYPED_NAME.get(name)
        return _OTHERS.get(name) or (f"/{command.slash}" if command is not None else "")

    def press(self, name: str) -> str:
        """How a command is run, as the beginning of a sentence: `Type /regenerate`."""
        return f"{'Press' if name in _OTHERS else 'Type'} {self.label(name)}"
