"""PromptBox: what is typed, pasted, recalled and sent, in an app that holds nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui.ui.widgets.pasted import PastedTexts
from tui.ui.widgets.prompt_box import PromptBox

LONG = "lorem ipsum\n" * 1000
"""Longer than what is shown as it is."""


class Written(App[None]):
    """A prompt, and what was sent."""

    CSS = "PromptBox { dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        box = PromptBox("enter", "ctrl+j,shift+enter,alt+enter")
        box.submit = self.sent.append
        yield box


class Writing:
    """A hand at the prompt."""

    def __init__(self, app: Written, pilot: Pilot[None]) -> None:
        self.box = app.query_one(PromptBox)
        self.sent = app.sent
        self.press = pilot.press
        self._pilot = pilot

    async def type(self, text: str) -> None:
        """Type a text as fast as a terminal can send it."""
        for character in text:
            self.box.post_message(events.Key("space" if character == " " else character, character))
        await self._pilot.pause()

    async def paste(self, text: str) -> None:
        self.box.post_message(events.Paste(text))
        await self._pilot.pause()

    @property
    def height(self) -> int:
        return self.box.outer_size.height


@contextlib.asynccontextmanager
async def writing(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Writing]:
    app = Written()
    async with app.run_test(size=size) as pilot:
        yield Writing(app, pilot)


async def test_cursor_does_not_blink() -> None:
    async with writing() as hand:
        assert not hand.box.cursor_blink


async def test_enter_sends_the_text_and_clears_the_box() -> None:
    async with writing() as hand:
        await hand.type("hello world")
        await hand.press("enter")
        assert hand.sent == ["hello world"]
        assert hand.box.text == ""


@pytest.mark.parametrize("blank", ["", "  ", "\n\n \n"])
async def test_blank_text_is_not_sent(blank: str) -> None:
    async with writing() as hand:
        await hand.paste(blank)
        await hand.press("enter")
        assert hand.sent == []
        assert hand.box.text == blank


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_new_line_keys_do_not_send(key: str) -> None:
    async with writing() as hand:
        await hand.type("one")
        await hand.press(key)
        await hand.type("two")
        assert hand.sent == []
        await hand.press("enter")
        assert hand.sent == ["one\ntwo"]


async def test_letters_and_enter_keep_their_order() -> None:
    async with writing() as hand:
        for letter in "first":
            hand.box.post_message(events.Key(letter, letter))
        hand.box.post_message(events.Key("enter", "\r"))
        await hand.type("second")
        assert hand.box.text == "second"
        await hand.press("enter")
        assert hand.sent == ["first", "second"]


async def test_height_follows_the_lines_up_to_a_limit() -> None:
    async with writing() as hand:
        assert hand.height == 3
        await hand.press("ctrl+j", "ctrl+j")
        assert hand.height == 5
        await hand.press(*["ctrl+j"] * 30)
        assert hand.height == 9
        assert hand.box.cursor_location == (32, 0)
        # The cursor's line is in view.
        assert hand.box.scroll_offset.y > 0
        await hand.type("x")
        await hand.press("enter")
        assert hand.height == 3


async def test_height_follows_wrapped_lines() -> None:
    async with writing(size=(30, 24)) as hand:
        await hand.type("word " * 12)
        assert hand.height > 4
        assert "\n" not in hand.box.text


async def test_common_editing_keys_work() -> None:
    async with writing() as hand:
        await hand.type("one two three")
        await hand.press("ctrl+w")
        assert hand.box.text == "one two "
        await hand.press("ctrl+a", "X", "ctrl+e", "Y")
        assert hand.box.text == "Xone two Y"
        await hand.press("ctrl+left", "ctrl+k")
        assert hand.box.text == "Xone two "
        await hand.press("ctrl+underscore")
        assert hand.box.text == "Xone two Y"
        await hand.press("ctrl+y")
        assert hand.box.text == "Xone two "
        await hand.press("ctrl+u")
        assert hand.box.text == ""


async def test_up_recalls_older_prompts_and_down_newer_ones() -> None:
    async with writing() as hand:
        hand.box.earlier_prompts = lambda: ["latest", "two\nlines", "oldest"]
        shown = []
        for key in ("up", "up", "up", "up", "down", "down", "down", "down"):
            await hand.press(key)
            shown.append(hand.box.text)
        assert shown == ["latest", "two\nlines", "oldest", "oldest", "two\nlines", "latest", "", ""]


async def test_recall_does_not_replace_typed_or_edited_text() -> None:
    async with writing() as hand:
        hand.box.earlier_prompts = lambda: ["latest", "older"]
        await hand.type("mine")
        await hand.press("up", "down")
        assert hand.box.text == "mine"
        await hand.press("ctrl+u", "up")
        assert hand.box.text == "latest"
        # What was changed is the user's own.
        await hand.type("!")
        await hand.press("up", "down")
        assert hand.box.text == "latest!"


async def test_up_and_down_move_between_lines_of_the_draft() -> None:
    async with writing() as hand:
        hand.box.earlier_prompts = lambda: ["latest"]
        await hand.paste("one\ntwo")
        await hand.press("up")
        assert hand.box.cursor_location == (0, 3)
        await hand.press("down")
        assert hand.box.cursor_location == (1, 3)


async def test_recall_without_history_leaves_the_box_empty() -> None:
    async with writing() as hand:
        await hand.press("up", "down", "up")
        assert hand.box.text == ""


@pytest.mark.parametrize("recalled", ["carriage\r\nreturns", "an \x1b[31mescape", "\u202eturned", LONG, LONG + "\r"])
async def test_recall_skips_past_unprintable_prompt(
    recalled: str,
) -> None:
    async with writing() as hand:
        hand.box.earlier_prompts = lambda: [recalled, "older"]
        await hand.press("up", "up")
        assert hand.box.text == "older"
        await hand.press("down", "down")
        assert hand.box.text == ""


async def test_paste_inserts_at_the_cursor_or_replaces_the_selection() -> None:
    async with writing() as hand:
        await hand.type("ac")
        await hand.press("left")
        await hand.paste("\none\ttwo\r\nthree\rb")
        assert hand.box.text == "a\none\ttwo\nthree\nbc"
        hand.box.select_all()
        await hand.paste("all new")
        assert hand.box.text == "all new"
        assert hand.box.cursor_location == (0, 7)
        await hand.press("ctrl+underscore")
        assert hand.box.text == "a\none\ttwo\nthree\nbc"


async def test_newline_in_a_paste_does_not_send() -> None:
    async with writing() as hand:
        await hand.paste("rm -rf /\n")
        assert hand.sent == []
        assert hand.box.text == "rm -rf /\n"


async def test_paste_is_stripped_of_control_characters() -> None:
    async with writing() as hand:
        await hand.paste("\x1b]52;c;aGk=\x07\x9b2J\u202e")
        assert "\x1b" not in hand.box.text
        assert "\x9b" not in hand.box.text
        assert "\u202e" not in hand.box.text


async def test_long_paste_is_folded_on_screen_and_sent_in_full() -> None:
    async with writing() as hand:
        await hand.type("sum up: ")
        await hand.paste(LONG)
        await hand.type(" please")
        assert hand.box.text == "sum up: [pasted #1: 1,001 lines] please"
        assert hand.box.full_text == f"sum up: {LONG} please"
        await hand.press("enter")
        assert hand.sent == [f"sum up: {LONG} please"]


async def test_several_long_pastes_have_separate_placeholders() -> None:
    async with writing() as hand:
        await hand.paste("a" * 5000)
        await hand.paste("b" * 5000)
        assert hand.box.text == "[pasted #1: 5,000 characters][pasted #2: 5,000 characters]"
        await hand.press("enter")
        assert hand.sent == ["a" * 5000 + "b" * 5000]


async def test_changed_placeholder_is_sent_as_text() -> None:
    async with writing() as hand:
        await hand.paste("a" * 5000)
        await hand.press("backspace")
        await hand.press("enter")
        assert hand.sent == ["[pasted #1: 5,000 characters"]


async def test_ten_megabyte_paste_is_folded_and_sent_in_full() -> None:
    text = "0123456789abcde\n" * 655_360
    async with writing() as hand:
        await hand.paste(text)
        assert hand.box.text == "[pasted #1: 655,361 lines]"
        assert hand.height == 3
        await hand.type("?")
        await hand.press("enter")
        assert hand.sent == [text + "?"]


async def test_undo_restores_a_replaced_long_paste() -> None:
    async with writing() as hand:
        await hand.paste("a" * 5000)
        hand.box.replace_text("from the editor")
        await hand.press("ctrl+underscore")
        await hand.press("enter")
        assert hand.sent == ["a" * 5000]


async def test_undo_keeps_recalled_long_prompts_apart() -> None:
    async with writing() as hand:
        hand.box.earlier_prompts = lambda: ["b" * 5000, "a" * 5000]
        await hand.press("up", "up")
        assert hand.box.full_text == "a" * 5000
        await hand.press("ctrl+underscore")
        assert hand.box.full_text == "b" * 5000


async def test_undo_does_not_restore_a_sent_prompt() -> None:
    async with writing() as hand:
        await hand.type("secret")
        await hand.press("enter", "ctrl+underscore")
        assert hand.box.text == ""


async def test_long_recalled_prompt_is_folded_and_sent_in_full() -> None:
    async with writing() as hand:
        hand.box.earlier_prompts = lambda: [LONG, "short"]
        await hand.press("up")
        assert hand.box.text == "[pasted #1: 1,001 lines]"
        await hand.press("enter")
        assert hand.sent == [LONG]


async def test_two_thousand_lines_stay_editable() -> None:
    async with writing() as hand:
        hand.box.load_text("line\n" * 2000)
        await hand.press("ctrl+end", "x", "ctrl+j")
        assert hand.height == 9


def test_folding_a_text_twice_gives_the_same_placeholder() -> None:
    pasted = PastedTexts()
    assert pasted.fold("abc") == pasted.fold("abc") == "[pasted #1: 3 characters]"
    assert pasted.fold("xyz") == "[pasted #2: 3 characters]"


async def test_restored_text_is_put_before_the_draft() -> None:
    async with writing() as hand:
        hand.box.restore("first")
        assert hand.box.text == "first"
        await hand.type("!")
        assert hand.box.text == "first!"
        hand.box.restore("a" * 5000)
        await hand.type("?")
        assert hand.box.full_text == "a" * 5000 + "\nfirst!?"


async def test_alt_with_a_letter_types_nothing() -> None:
    async with writing() as hand:
        await hand.type("ab")
        # As terminals send them: the key, and the letter that it would be without.
        for key, character in (("alt+s", "s"), ("alt+n", "n"), ("alt+b", "b")):
            hand.box.post_message(events.Key(key, character))
        await hand.type("c")
        assert sorted(hand.box.text) == ["a", "b", "c"]


async def test_folded_paste_is_expanded_and_folded_again_by_undo() -> None:
    async with writing() as hand:
        await hand.type("see ")
        await hand.paste(LONG)
        folded = hand.box.text
        assert "[pasted #1" in folded
        await hand.press("alt+v")
        assert hand.box.text == "see " + LONG
        # Back to one line from a thousand.
        await hand.press("ctrl+underscore")
        assert hand.box.text == folded
        assert hand.box.full_text == "see " + LONG
        await hand.press("ctrl+y")
        assert hand.box.text == "see " + LONG


async def test_typed_placeholder_is_not_expanded() -> None:
    async with writing() as hand:
        await hand.type("[pasted #1: 3 lines]")
        await hand.press("alt+v")
        assert hand.box.text == "[pasted #1: 3 lines]"


async def test_very_long_paste_is_not_expanded() -> None:
    async with writing() as hand:
        await hand.paste("x" * 200_001)
        folded = hand.box.text
        await hand.press("alt+v")
        assert hand.box.text == folded


async def test_pasted_image_path_becomes_a_mention() -> None:
    async with writing() as hand:
        hand.box.image_in = lambda text: "@/a/cat.png " if text.endswith(".png") else None
        await hand.paste("/a/cat.png")
        assert hand.box.text == "@/a/cat.png "
        await hand.paste("hello")
        assert hand.box.text == "@/a/cat.png hello"


async def test_keys_and_letters_sent_at_once_keep_their_order() -> None:
    async with writing() as hand:
        await hand.type("old")
        for key in ("ctrl+u", "n", "e", "w", "left", "left", "x", "end", "backspace", "enter", "y", "ctrl+underscore"):
            hand.box.post_message(events.Key(key, key if len(key) == 1 else None))
        await hand.press("a")
        assert hand.sent == ["nxe"]
        assert hand.box.text == "a"
