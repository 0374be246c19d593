"""PromptBox: typing, pasting, recalling, undoing and sending, in an app of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual import events
from textual.app import ComposeResult
from textual.pilot import Pilot

from tests.ui.themed_app import ThemedApp
from tui.ui.widgets.pasted import PastedTexts
from tui.ui.widgets.prompt_box import PromptBox

LONG = "lorem ipsum\n" * 1000
"""A text that is long enough to be folded."""


class PromptApp(ThemedApp):
    """A prompt box, with the texts that were sent."""

    CSS = "PromptBox { dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        box = PromptBox()
        box.submit = self.sent.append
        yield box


class RunningBox:
    """A running prompt box, with its keyboard."""

    def __init__(self, app: PromptApp, pilot: Pilot[None]) -> None:
        self.box = app.query_one(PromptBox)
        self.sent = app.sent
        self.press = pilot.press
        self._pilot = pilot

    async def type(self, text: str) -> None:
        """Type a text as fast as a terminal sends it."""
        for character in text:
            self.box.post_message(events.Key("space" if character == " " else character, character))
        await self._pilot.pause()

    async def paste(self, text: str) -> None:
        self.box.post_message(events.Paste(text))
        await self._pilot.pause()

    @property
    def height(self) -> int:
        return self.box.outer_size.height


@pytest.fixture
def size() -> tuple[int, int]:
    """Columns and lines of the terminal."""
    return (80, 24)


@pytest.fixture
async def prompt(size: tuple[int, int]) -> AsyncIterator[RunningBox]:
    """The running prompt box."""
    app = PromptApp()
    async with app.run_test(size=size) as pilot:
        yield RunningBox(app, pilot)


async def test_cursor_does_not_blink(prompt: RunningBox) -> None:
    assert not prompt.box.cursor_blink


async def test_enter_sends_the_text_and_clears_the_box(prompt: RunningBox) -> None:
    await prompt.type("hello world")
    await prompt.press("enter")
    assert prompt.sent == ["hello world"]
    assert prompt.box.text == ""


@pytest.mark.parametrize("blank", ["", "  ", "\n\n \n"])
async def test_blank_text_is_not_sent(blank: str, prompt: RunningBox) -> None:
    await prompt.paste(blank)
    await prompt.press("enter")
    assert prompt.sent == []
    assert prompt.box.text == blank


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_new_line_keys_do_not_send(key: str, prompt: RunningBox) -> None:
    await prompt.type("one")
    await prompt.press(key)
    await prompt.type("two")
    assert prompt.sent == []
    await prompt.press("enter")
    assert prompt.sent == ["one\ntwo"]


async def test_letters_and_enter_keep_their_order(prompt: RunningBox) -> None:
    for letter in "first":
        prompt.box.post_message(events.Key(letter, letter))
    prompt.box.post_message(events.Key("enter", "\r"))
    await prompt.type("second")
    assert prompt.box.text == "second"
    await prompt.press("enter")
    assert prompt.sent == ["first", "second"]


async def test_height_follows_the_lines_up_to_a_limit(prompt: RunningBox) -> None:
    assert prompt.height == 1
    await prompt.press("ctrl+j", "ctrl+j")
    assert prompt.height == 3
    await prompt.press(*["ctrl+j"] * 30)
    assert prompt.height == 9
    assert prompt.box.cursor_location == (32, 0)
    # The line of the cursor is visible.
    assert prompt.box.scroll_offset.y > 0
    await prompt.type("x")
    await prompt.press("enter")
    assert prompt.height == 1


@pytest.mark.parametrize("size", [(30, 24)])
async def test_height_follows_wrapped_lines(prompt: RunningBox) -> None:
    await prompt.type("word " * 12)
    assert prompt.height > 2
    assert "\n" not in prompt.box.text


async def test_common_editing_keys_work(prompt: RunningBox) -> None:
    await prompt.type("one two three")
    await prompt.press("ctrl+w")
    assert prompt.box.text == "one two "
    await prompt.press("ctrl+a", "X", "ctrl+e", "Y")
    assert prompt.box.text == "Xone two Y"
    await prompt.press("ctrl+left", "ctrl+k")
    assert prompt.box.text == "Xone two "
    await prompt.press("ctrl+underscore")
    assert prompt.box.text == "Xone two Y"
    await prompt.press("ctrl+y")
    assert prompt.box.text == "Xone two "
    await prompt.press("ctrl+u")
    assert prompt.box.text == ""


async def test_up_recalls_older_prompts_and_down_newer_ones(prompt: RunningBox) -> None:
    prompt.box.earlier_prompts = lambda: ["latest", "two\nlines", "oldest"]
    shown = []
    for key in ("up", "up", "up", "up", "down", "down", "down", "down"):
        await prompt.press(key)
        shown.append(prompt.box.text)
    assert shown == ["latest", "two\nlines", "oldest", "oldest", "two\nlines", "latest", "", ""]


async def test_recall_does_not_replace_typed_or_edited_text(prompt: RunningBox) -> None:
    prompt.box.earlier_prompts = lambda: ["latest", "older"]
    await prompt.type("mine")
    await prompt.press("up", "down")
    assert prompt.box.text == "mine"
    await prompt.press("ctrl+u", "up")
    assert prompt.box.text == "latest"
    # An edited recalled prompt counts as typed text.
    await prompt.type("!")
    await prompt.press("up", "down")
    assert prompt.box.text == "latest!"


async def test_up_and_down_move_between_lines_of_the_draft(prompt: RunningBox) -> None:
    prompt.box.earlier_prompts = lambda: ["latest"]
    await prompt.paste("one\ntwo")
    await prompt.press("up")
    assert prompt.box.cursor_location == (0, 3)
    await prompt.press("down")
    assert prompt.box.cursor_location == (1, 3)


async def test_recall_without_history_leaves_the_box_empty(prompt: RunningBox) -> None:
    await prompt.press("up", "down", "up")
    assert prompt.box.text == ""


@pytest.mark.parametrize("recalled", ["carriage\r\nreturns", "an \x1b[31mescape", "\u202eturned", LONG, LONG + "\r"])
async def test_recall_skips_past_unprintable_prompt(
    recalled: str,
    prompt: RunningBox,
) -> None:
    prompt.box.earlier_prompts = lambda: [recalled, "older"]
    await prompt.press("up", "up")
    assert prompt.box.text == "older"
    await prompt.press("down", "down")
    assert prompt.box.text == ""


async def test_paste_inserts_at_the_cursor_or_replaces_the_selection(prompt: RunningBox) -> None:
    await prompt.type("ac")
    await prompt.press("left")
    await prompt.paste("\none\ttwo\r\nthree\rb")
    assert prompt.box.text == "a\none\ttwo\nthree\nbc"
    prompt.box.select_all()
    await prompt.paste("all new")
    assert prompt.box.text == "all new"
    assert prompt.box.cursor_location == (0, 7)
    await prompt.press("ctrl+underscore")
    assert prompt.box.text == "a\none\ttwo\nthree\nbc"


async def test_newline_in_a_paste_does_not_send(prompt: RunningBox) -> None:
    await prompt.paste("rm -rf /\n")
    assert prompt.sent == []
    assert prompt.box.text == "rm -rf /\n"


async def test_paste_is_stripped_of_control_characters(prompt: RunningBox) -> None:
    await prompt.paste("\x1b]52;c;aGk=\x07\x9b2J\u202e")
    assert "\x1b" not in prompt.box.text
    assert "\x9b" not in prompt.box.text
    assert "\u202e" not in prompt.box.text


async def test_long_paste_is_folded_on_screen_and_sent_in_full(prompt: RunningBox) -> None:
    await prompt.type("sum up: ")
    await prompt.paste(LONG)
    await prompt.type(" please")
    assert prompt.box.text == "sum up: [pasted #1: 1,001 lines] please"
    assert prompt.box.full_text == f"sum up: {LONG} please"
    await prompt.press("enter")
    assert prompt.sent == [f"sum up: {LONG} please"]


async def test_several_long_pastes_have_separate_placeholders(prompt: RunningBox) -> None:
    await prompt.paste("a" * 5000)
    await prompt.paste("b" * 5000)
    assert prompt.box.text == "[pasted #1: 5,000 characters][pasted #2: 5,000 characters]"
    await prompt.press("enter")
    assert prompt.sent == ["a" * 5000 + "b" * 5000]


async def test_changed_placeholder_is_sent_as_text(prompt: RunningBox) -> None:
    await prompt.paste("a" * 5000)
    await prompt.press("backspace")
    await prompt.press("enter")
    assert prompt.sent == ["[pasted #1: 5,000 characters"]


async def test_ten_megabyte_paste_is_folded_and_sent_in_full(prompt: RunningBox) -> None:
    text = "0123456789abcde\n" * 655_360
    await prompt.paste(text)
    assert prompt.box.text == "[pasted #1: 655,361 lines]"
    assert prompt.height == 1
    await prompt.type("?")
    await prompt.press("enter")
    assert prompt.sent == [text + "?"]


async def test_undo_restores_a_replaced_long_paste(prompt: RunningBox) -> None:
    await prompt.paste("a" * 5000)
    prompt.box.replace_text("from the editor")
    await prompt.press("ctrl+underscore")
    await prompt.press("enter")
    assert prompt.sent == ["a" * 5000]


async def test_undo_keeps_recalled_long_prompts_apart(prompt: RunningBox) -> None:
    prompt.box.earlier_prompts = lambda: ["b" * 5000, "a" * 5000]
    await prompt.press("up", "up")
    assert prompt.box.full_text == "a" * 5000
    await prompt.press("ctrl+underscore")
    assert prompt.box.full_text == "b" * 5000


async def test_undo_does_not_restore_a_sent_prompt(prompt: RunningBox) -> None:
    await prompt.type("secret")
    await prompt.press("enter", "ctrl+underscore")
    assert prompt.box.text == ""


async def test_long_recalled_prompt_is_folded_and_sent_in_full(prompt: RunningBox) -> None:
    prompt.box.earlier_prompts = lambda: [LONG, "short"]
    await prompt.press("up")
    assert prompt.box.text == "[pasted #1: 1,001 lines]"
    await prompt.press("enter")
    assert prompt.sent == [LONG]


async def test_two_thousand_lines_stay_editable(prompt: RunningBox) -> None:
    prompt.box.load_text("line\n" * 2000)
    await prompt.press("ctrl+end", "x", "ctrl+j")
    assert prompt.height == 9


def test_folding_a_text_twice_gives_the_same_placeholder() -> None:
    pasted = PastedTexts()
    assert pasted.fold("abc") == pasted.fold("abc") == "[pasted #1: 3 characters]"
    assert pasted.fold("xyz") == "[pasted #2: 3 characters]"


async def test_restored_text_is_put_before_the_draft(prompt: RunningBox) -> None:
    prompt.box.restore("first")
    assert prompt.box.text == "first"
    await prompt.type("!")
    assert prompt.box.text == "first!"
    prompt.box.restore("a" * 5000)
    await prompt.type("?")
    assert prompt.box.full_text == "a" * 5000 + "\nfirst!?"


async def test_alt_with_a_letter_types_nothing(prompt: RunningBox) -> None:
    await prompt.type("ab")
    # Terminals send the key together with its letter.
    for key, character in (("alt+s", "s"), ("alt+n", "n"), ("alt+b", "b")):
        prompt.box.post_message(events.Key(key, character))
    await prompt.type("c")
    assert sorted(prompt.box.text) == ["a", "b", "c"]


async def test_folded_paste_is_expanded_and_folded_again_by_undo(prompt: RunningBox) -> None:
    await prompt.type("see ")
    await prompt.paste(LONG)
    folded = prompt.box.text
    assert "[pasted #1" in folded
    await prompt.press("alt+v")
    assert prompt.box.text == "see " + LONG
    # From a thousand lines back to one.
    await prompt.press("ctrl+underscore")
    assert prompt.box.text == folded
    assert prompt.box.full_text == "see " + LONG
    await prompt.press("ctrl+y")
    assert prompt.box.text == "see " + LONG


async def test_typed_placeholder_is_not_expanded(prompt: RunningBox) -> None:
    await prompt.type("[pasted #1: 3 lines]")
    await prompt.press("alt+v")
    assert prompt.box.text == "[pasted #1: 3 lines]"


async def test_very_long_paste_is_not_expanded(prompt: RunningBox) -> None:
    await prompt.paste("x" * 200_001)
    folded = prompt.box.text
    await prompt.press("alt+v")
    assert prompt.box.text == folded


async def test_pasted_image_path_becomes_a_mention(prompt: RunningBox) -> None:
    prompt.box.image_in = lambda text: "@/a/cat.png " if text.endswith(".png") else None
    await prompt.paste("/a/cat.png")
    assert prompt.box.text == "@/a/cat.png "
    await prompt.paste("hello")
    assert prompt.box.text == "@/a/cat.png hello"


async def test_keys_and_letters_in_one_burst_keep_their_order(prompt: RunningBox) -> None:
    await prompt.type("old")
    for key in ("ctrl+u", "n", "e", "w", "left", "left", "x", "end", "backspace", "enter", "y", "ctrl+underscore"):
        prompt.box.post_message(events.Key(key, key if len(key) == 1 else None))
    await prompt.press("a")
    assert prompt.sent == ["nxe"]
    assert prompt.box.text == "a"


async def test_vi_keys_edit_and_enter_sends_from_both_modes(prompt: RunningBox) -> None:
    prompt.box.use_vi(True)
    await prompt.type("one two three")
    await prompt.press("escape", "b", "d", "b", "u")
    assert (prompt.box.text, prompt.box.mode) == ("one two three", "normal")
    await prompt.press("ctrl+r", "enter")
    assert prompt.sent == ["one three"]
    await prompt.type("dd")
    await prompt.press("enter")
    assert prompt.sent == ["one three", "dd"]


async def test_vi_keys_move_between_lines_and_earlier_prompts(prompt: RunningBox) -> None:
    prompt.box.use_vi(True)
    prompt.box.earlier_prompts = lambda: ("latest", "older")
    await prompt.press("escape", "2", "k")
    assert prompt.box.text == "older"
    await prompt.press("d", "d", "i", *"abc", "ctrl+j", "x", "escape", "k", "$")
    assert prompt.box.cursor_location == (0, 2)
    await prompt.press("j", "r", "z")
    assert prompt.box.text == "abc\nz"


async def test_undo_of_vi_keys_reverts_one_change(prompt: RunningBox) -> None:
    prompt.box.use_vi(True)
    await prompt.type("one two three four")
    await prompt.press("escape", "0", "d", "w", "d", "w", "x")
    await prompt.press("u")
    assert prompt.box.text == "three four"
    await prompt.press("2", "u")
    assert prompt.box.text == "one two three four"


async def test_readline_keys_are_kept_in_insert_mode_of_vi(prompt: RunningBox) -> None:
    prompt.box.use_vi(True)
    await prompt.type("one two")
    await prompt.press("ctrl+w", "ctrl+a", "X")
    assert prompt.box.text == "Xone "
    await prompt.press("escape", "q")
    prompt.box.use_vi(False)
    await prompt.type("q")
    assert (prompt.box.text, prompt.box.mode) == ("qXone ", None)
