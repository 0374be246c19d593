"""Imports conversations behind the screen, and asks whether to stop that."""

from __future__ import annotations

from typing import Final

from textual.screen import Screen

from tui.ui.screens.dialog import ask
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.worker_tasks import start_worker
from tui.workspace.events import Events, ImportsChanged
from tui.workspace.imports import IMPORT_USAGE, Imports

_READING_S: Final = 8.0
"""How long it is shown which files can be imported, in seconds."""


class ImportPresenter:
    """Runs the command `import`, and shows the progress in the sidebar."""

    def __init__(
        self, screen: Screen[None], imports: Imports, events: Events, sidebar: Sidebar, composer: Composer
    ) -> None:
        """Args:
        screen: The question opens above it.
        imports: Runs the imports.
        events: Tell how far they are.
        sidebar: Shows that.
        composer: The command is typed there.
        """
        self._screen = screen
        self._imports = imports
        self._events = events
        self._composer = composer
        events.subscribe(ImportsChanged, lambda _: sidebar.show_imports(imports.files))

    def run(self, name: str = "") -> None:
        """Import a file. Without one, ask whether to stop, or begin to type the command.

        Args:
            name: The file. May be empty.

        Raises:
            UsageError: If there is no such file.
        """
        if name:
            self._imports.start(name)
            self._events.notify(
                f"Importing {self._imports.files[-1].label}. /import tells how far it is, and stops it."
            )
        elif self._imports.files:
            start_worker(self._screen, self._ask_to_stop, "import question")
        else:
            self._composer.focus_box()
            self._composer.box.insert("/import ")
            self._events.notify(IMPORT_USAGE, _READING_S)

    async def _ask_to_stop(self) -> None:
        from tui.ui.screens.question import QuestionScreen

        file = self._imports.files[0]
        part = "" if file.fraction is None else f", {file.state} of the file"
        text = f"{file.count} read{part}. What is imported stays; importing the file again adds the rest."
        question = QuestionScreen(f"Stop importing {file.label}?", text, "stop", "go on")
        if await ask(self._screen, question) and file in self._imports.files[:1]:
            self._imports.stop()
