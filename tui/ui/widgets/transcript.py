"""The transcript: the message log of a conversation, and the search in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui.chat.conversation import Conversation
from tui.ui.markdown.lines import Line
from tui.ui.widgets.message_log import MessageLog

if TYPE_CHECKING:
    from tui.ui.widgets.search_bar import SearchBar


class Transcript(Vertical):
    """Shows one conversation. Owns the search."""

    DEFAULT_CSS = """
    Transcript { height: 1fr; }
    """

    class SearchClosed(Message):
        """Posted when the user closed the search from its own field."""

    class SearchCounted(Message):
        """Posted when `search_count` changed."""

    def __init__(self, *, text_width: int = 0) -> None:
        """Args:
        text_width: Cells of text in a line. 0 for all there are.
        """
        super().__init__()
        self.log_ = MessageLog(text_width)
        self._search_bar: SearchBar | None = None
        self._text_width = text_width
        self.cover_composer: Callable[[bool], None] = lambda _: None
        """Called with True when the search takes the place of the composer, and with False when it is closed."""

    @property
    def search_count(self) -> str:
        """How many hits the search has. Empty without a search."""
        return "" if self._search_bar is None else self._search_bar.count

    def compose(self) -> ComposeResult:
        """The log; the search bar is mounted below it when it is opened."""
        yield self.log_

    def show(self, conversation: Conversation, welcome: Callable[[int], list[Line]]) -> bool:
        """Show a conversation, unless it is shown already. Returns whether that was new.

        Args:
            conversation: The conversation.
            welcome: Returns the lines to show while it is empty, for a width in cells.
        """
        if self.log_.shows(conversation):
            return False
        self.close_search()
        self.log_.show(conversation, welcome)
        return True

    def use_text_width(self, text_width: int) -> None:
        """Use another width of the text. See `__init__`."""
        self._text_width = text_width
        self.log_.use_text_width(text_width)

    # Scrolling.

    def page_up(self) -> None:
        """Scroll up by a page."""
        self.log_.scroll_page_up(animate=False)

    def page_down(self) -> None:
        """Scroll down by a page."""
        self.log_.scroll_page_down(animate=False)

    def scroll_to_start(self) -> None:
        """Go to the first message."""
        self.log_.scroll_home(animate=False)

    # Search.

    async def open_search(self) -> None:
        """Open the search, or go back to it."""
        if self._search_bar is None:
            # Imported when it is first used: the input widget costs time at start.
            from tui.ui.widgets.search_bar import SearchBar

            self._search_bar = SearchBar(self._text_width)
            await self.mount(self._search_bar, after=self.log_)
        # At once: letters typed right behind the key are meant for it.
        self._search_bar.edit()
        self.cover_composer(True)

    def show_found(self, message_id: str, words: tuple[str, ...]) -> None:
        """Go to a message that was found in another search.

        Args:
            message_id: The message. Nothing happens if the log does not show it.
            words: The words to mark. Empty for none.
        """
        self.close_search()
        self.log_.select(message_id)
        if words:
            self.log_.search_words(words)

    def close_search(self) -> bool:
        """Close the search, and remove its marks. False when there was nothing to close."""
        bar, self._search_bar = self._search_bar, None
        if bar is not None:
            bar.remove()
            self.cover_composer(False)
        return self.log_.end_search() or bar is not None

    def on_search_bar_query_changed(self, message: SearchBar.QueryChanged) -> None:
        """Search for the new text."""
        message.stop()
        self.log_.search(message.text)

    def on_search_bar_hit_requested(self, message: SearchBar.HitRequested) -> None:
        """Go to another hit."""
        message.stop()
        self.log_.go_to_hit(message.by)

    def on_search_bar_closed(self, message: SearchBar.Closed) -> None:
        """Close the search; the view stays where it is."""
        message.stop()
        if self.close_search():
            self.post_message(self.SearchClosed())

    def on_search_bar_count_changed(self, message: SearchBar.CountChanged) -> None:
        """Tell that the number of hits is another."""
        message.stop()
        self.post_message(self.SearchCounted())

    @on(MessageLog.SearchProgressed)
    def _handle_progress(self, message: MessageLog.SearchProgressed) -> None:
        message.stop()
        if self._search_bar is not None:
            self._search_bar.show_count(message.count.at, message.count.total, is_done=message.is_done)
