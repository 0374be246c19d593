"""The commands that can be typed in the plain chat."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest

from tui.errors import UsageError
from tui.plain.actions import PlainActions
from tui.plain.commands import BY_WORD, help_lines, parse_typed
from tui.plain.comparison import ModelComparison
from tui.plain.console import Console
from tui.plain.conversation_actions import ConversationActions
from tui.plain.keys import TypedKeys
from tui.plain.message_actions import MessageActions
from tui.plain.model_actions import ModelActions
from tui.plain.server_actions import ServerActions
from tui.runtime import Runtime
from tui.workspace.events import Events
from tui.workspace.library import Library
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_editor import ProviderEditor
from tui.workspace.thinking_option import Thinking
from tui.workspace.workspace import Workspace

WORKSPACE = Path(__file__).parents[2] / "tui" / "workspace"
WITH_ARGUMENT = {"attach", "clear_option"}
"""Commands that always have an argument: `tui.workspace.slash_commands` runs them."""


@pytest.fixture
def actions() -> PlainActions:
    """The commands, with nothing behind them: they are not run."""
    nothing = object()
    console, workspace = cast(Console, nothing), cast(Workspace, Namespace())
    return PlainActions(
        console,
        ConversationActions(console, workspace, cast(Library, nothing), cast(Events, nothing)),
        MessageActions(console, workspace, submit=lambda text, editing: None, take_unsent=str),
        ServerActions(
            cast(Runtime, nothing),
            console,
            workspace,
            cast(ProviderDirectory, nothing),
            cast(ModelCatalog, nothing),
            cast(ProviderEditor, nothing),
            cast(Thinking, nothing),
        ),
        models := ModelActions(console, workspace, cast(ModelCatalog, nothing), cast(ModelJobs, nothing), Events()),
        ModelComparison(console, workspace, models, until_said),
        lambda: None,
    )


async def until_said() -> None:
    """Nothing is said."""


class Namespace:
    """A workspace, and its editor, for tests that only look up a method."""

    @property
    def editor(self) -> Namespace:
        return self

    async def save_temporary(self) -> None:
        """Save nothing."""


def test_every_command_that_can_be_typed_does_something(actions: PlainActions) -> None:
    names = {command.bare or command.name for command in BY_WORD.values()}

    assert names - set(actions.by_name) == WITH_ARGUMENT


def test_notices_name_what_can_be_typed() -> None:
    keys = TypedKeys()
    sources = "".join(path.read_text() for path in WORKSPACE.glob("*.py"))
    names = set(re.findall(r"keys\.(?:label|press)\(['\"](\w+)", sources))

    assert "pick_model" in names
    for name in names:
        assert keys.label(name).startswith("/") or keys.label(name) in ("Ctrl+C", "Enter"), name
    assert keys.press("regenerate") == "Type /regenerate"
    assert keys.press("cancel_stream") == "Press Ctrl+C"


def test_help_names_every_command() -> None:
    text = "\n".join(help_lines())

    assert all(f"  {command.usage}: " in text for command in BY_WORD.values())


def test_commands_of_the_screen_cannot_be_typed() -> None:
    for word in ("copy", "theme", "notices"):
        with pytest.raises(UsageError, match=f"There is no command /{word}"):
            parse_typed(f"/{word}")
