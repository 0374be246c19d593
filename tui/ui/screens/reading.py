"""Reading a conversation: scrolling, searching, copying, following links."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual import on, work

from tui.ui.notices import Notices
from tui.ui.screens.layout import ChatLayout
from tui.ui.widgets.message_log import MessageLog

if TYPE_CHECKING:
    from tui.ui.widgets.search_bar import SearchBar


class ReadingScreen(ChatLayout):
    """What can be done with what was said, whoever it was said to."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Args:
        keys: `[keys]` of the config file.
        """
        super().__init__(keys)
        self._notices = Notices(self)
        self._search_bar: SearchBar | None = None
        self._log.below_key = self._shown("scroll_end")

    # Scrolling.

    def action_page_up(self) -> None:
        """Scroll the log up."""
        self._log.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        """Scroll the log down."""
        self._log.scroll_page_down(animate=False)

    def action_scroll_top(self) -> None:
        """Go to the beginning of the log."""
        self._log.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """Go to the end of the log, and follow it."""
        self._log.follow()

    # Searching.

    async def action_search(self) -> None:
        """Search in this conversation."""
        if self._search_bar is None:
            # Not there before it is wanted: nobody waits at the start for what is seldom used.
            from tui.ui.widgets.search_bar import SearchBar

            self._search_bar = SearchBar()
            await self.query_one("#conversation").mount(self._search_bar, after=self._log)
        self._search_bar.focus()
        self._search_bar.select_all()

    def close_search(self) -> bool:
        """End the search, and go back to the prompt. Gives whether there was one."""
        bar, self._search_bar = self._search_bar, None
        if bar is not None:
            bar.remove()
            self._log.end_search()
            self._prompt.focus()
        return bar is not None

    def on_search_bar_wanted(self, message: SearchBar.Wanted) -> None:
        """Look for what is written now."""
        self._log.search(message.text)

    def on_search_bar_stepped(self, message: SearchBar.Stepped) -> None:
        """Go to another hit."""
        self._log.go_to_hit(message.by)

    def on_search_bar_closed(self) -> None:
        """Go back to the prompt; what was found stays in view."""
        self.close_search()

    @on(MessageLog.Searched)
    def _show_count(self, message: MessageLog.Searched) -> None:
        if self._search_bar is not None:
            self._search_bar.show_count(message.count.at, message.count.total, is_done=message.is_done)

    # Taking.

    @on(MessageLog.CopyWanted)
    def _copy(self, message: MessageLog.CopyWanted) -> None:
        self.copy(message.text, message.what)

    @on(MessageLog.CodeWanted)
    @work(group="copy", exclusive=True)
    async def _copy_code(self, message: MessageLog.CodeWanted) -> None:
        """Copy a message's code block; where there are several, the one that the user means."""
        blocks = message.blocks
        if not blocks:
            self._notices.say("There is no code to copy.")
        elif len(blocks) == 1:
            self.copy(blocks[0].code, "the code block")
        else:
            from tui.ui.screens.code_picker import CodePicker

            chosen = await self.app.push_screen_wait(CodePicker(blocks))
            if chosen is not None:
                self.copy(blocks[chosen].code, f"code block {chosen + 1}")

    def copy(self, text: str, what: str) -> None:
        """Copy a text, and say which way it went.

        Args:
            text: It. May be empty: then there is nothing to copy.
            what: What it is: `the message`.
        """
        if not text:
            self._notices.say("There is nothing to copy.")
            return
        from tui.ui.clipboard import copy_to_terminal

        copy_to_terminal(self.app, text)
        self._say_copied(text, what)

    @work(group="clipboard")
    async def _say_copied(self, text: str, what: str) -> None:
        from tui.ui.clipboard import copy_to_system

        where = await copy_to_system(text, os.environ)
        count = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
        self._notices.say(f"Copied {what} ({count}) {where}.")

    async def action_toggle_mouse(self) -> None:
        """Leave the mouse to the terminal, so that it selects as it always does; or take it back."""
        await self.run_action("app.toggle_mouse")

    @on(MessageLog.LinkWanted)
    def _show_link(self, message: MessageLog.LinkWanted) -> None:
        from tui.ui.screens.link import LinkScreen

        def open_it(opens: bool | None) -> None:
            if opens:
                self.app.open_url(message.address)

        self.app.push_screen(LinkScreen(message.address), open_it)
