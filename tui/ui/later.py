"""What is loaded when: modules that the first picture and the first key do not need, in the order of their loading.

    exec → `cli`, settings → `ui.app`, header, prompt, key bar → first picture → `load_rest` → the rest is mounted
    → the provider is searched; in threads: `httpx` with the first provider, SQLite with the store → Markdown, Pygments

Each step is short, and keys are handled between two steps: a thread would hold the GIL while it executes a module.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Final

LATER: Final = (
    "tui.chat.message",
    "tui.chat.conversation",
    "tui.workspace.archive",
    "tui.chat.turn",
    "tui.workspace.open_conversation",
    "tui.workspace.events",
    "tui.workspace.conversation_tools",
    "tui.workspace.provider_directory",
    "tui.workspace.titles",
    "tui.workspace.turns",
    "tui.workspace.workspace",
    "tui.ui.screens.dialog",
    "tui.ui.log.line_stack",
    "tui.ui.markdown.lexers",
    "tui.ui.log.paint",
    "tui.ui.log.entry_lines",
    "tui.ui.log.answer_entry",
    "tui.ui.log.prompt_entry",
    "tui.ui.log.scrollback",
    "tui.ui.log.log_search",
    "tui.ui.log.turn_log",
    "tui.ui.widgets.line_view",
    "tui.ui.widgets.message_log",
    "tui.workspace.model_catalog",
    "tui.workspace.model_jobs",
    "tui.ui.widgets.sidebar_lists",
    "tui.ui.widgets.sidebar",
    "tui.workspace.provider_editor",
    "tui.ui.presenters.turn",
    "tui.workspace.saved_prompts",
    "tui.ui.presenters.dialogs",
    "tui.ui.presenters.tools",
    "tui.workspace.slash_commands",
    "tui.workspace.submission",
    "tui.ui.chat_actions",
    "tui.workspace.completer",
    "tui.ui.presenters.transcript",
    "tui.ui.presenters.live_settings",
    "tui.ui.presenters.sidebar",
    "tui.workspace.chat_services",
    "tui.ui.screens.chat_parts",
)


async def load_rest() -> None:
    """Load what the chat needs behind its first picture."""
    for name in LATER:
        import_module(name)
        await asyncio.sleep(0)
