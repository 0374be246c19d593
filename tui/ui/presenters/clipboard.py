"""Copies text, and says where it went."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.ui.notices import Notices
from tui.ui.screens.dialog import ask
from tui.ui.worker_tasks import start_worker
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.ui.markdown.render import CodeBlock


class ClipboardPresenter:
    """Copies to the terminal, and to the system's clipboard where there is one."""

    def __init__(self, screen: Screen[None], workspace: Workspace, notices: Notices) -> None:
        """Args:
        screen: Has the terminal and the workers.
        workspace: Has the last answer.
        notices: Confirms the copy.
        """
        self._screen = screen
        self._workspace = workspace
        self._notices = notices

    def copy(self, text: str, label: str) -> None:
        """Copy a text.

        Args:
            text: The text to copy; may be empty.
            label: What it is, for the confirmation: `the message`.
        """
        if not text:
            self._notices.notify("Nothing to copy.")
            return
        # Imported when something is first copied, not for the first paint.
        from tui.ui.clipboard import copy_to_terminal

        copy_to_terminal(self._screen.app, text)
        start_worker(self._screen, partial(self._copy_to_system, text, label), "clipboard", exclusive=False)

    def copy_last_answer(self) -> None:
        """Copy the last answer, as its source, without thinking."""
        current = self._workspace.current
        path = () if current is None else current.session.conversation.path
        answers = [message.text for message in path if message.role == "assistant"]
        self.copy(answers[-1] if answers else "", "the last answer")

    async def copy_code(self, blocks: list[CodeBlock]) -> None:
        """Copy a code block; of several, the one that the user chooses."""
        if not blocks:
            self._notices.notify("No code to copy.")
        elif len(blocks) == 1:
            self.copy(blocks[0].code, "the code block")
        else:
            from tui.ui.screens.code_picker import CodePicker

            chosen = await ask(self._screen, CodePicker(blocks))
            if chosen is not None:
                self.copy(blocks[chosen].code, f"code block {chosen + 1}")

    async def _copy_to_system(self, text: str, label: str) -> None:
        from tui.ui.clipboard import copy_to_system

        where = await copy_to_system(text, os.environ)
        count = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
        self._notices.notify(f"Copied {label} ({count}) {where}.")
