"""The keys of vi, without a widget. What is expected was compared with Vim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.ui.widgets.vi_keys import Effect, ViKeys

ESC = "\x1b"
TWO_LINES = "one two\n  three four"


class Editor:
    """A text with a cursor, edited with the keys of vi from normal mode."""

    def __init__(self, text: str, cursor: int = 0) -> None:
        self.vi = ViKeys()
        self.text = text
        self.cursor = cursor
        self.commands: list[tuple[str, int]] = []
        self.press(ESC)

    def press(self, *keys: str) -> Editor:
        for key in keys:
            effect = self.vi.press("escape" if key == ESC else key, self.text, self.cursor)
            if effect is None:
                if self.vi.mode == "insert":
                    self.text = self.text[: self.cursor] + key + self.text[self.cursor :]
                    self.cursor += 1
                continue
            if effect.edit is not None:
                start, end, new = effect.edit
                self.text = self.text[:start] + new + self.text[end:]
            if effect.command:
                self.commands.append((effect.command, effect.times))
            self.cursor = effect.cursor
        return self

    @property
    def shown(self) -> str:
        """The text with `|` in front of the cursor."""
        return f"{self.text[: self.cursor]}|{self.text[self.cursor :]}"


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("l", "o|ne two\n  three four"),
        ("99l", "one tw|o\n  three four"),
        ("lllhh", "o|ne two\n  three four"),
        ("w", "one |two\n  three four"),
        ("2w", "one two\n  |three four"),
        ("3wb", "one two\n  |three four"),
        ("9b", "|one two\n  three four"),
        ("e", "on|e two\n  three four"),
        ("3e", "one two\n  thre|e four"),
        ("$", "one tw|o\n  three four"),
        ("$0", "|one two\n  three four"),
        ("G", "one two\n  |three four"),
        ("G0", "one two\n|  three four"),
        ("G0^", "one two\n  |three four"),
        ("Ggg", "|one two\n  three four"),
        ("2gg", "one two\n  |three four"),
        ("2$", "one two\n  three fou|r"),
    ],
)
def test_motions(keys: str, shown: str) -> None:
    assert Editor(TWO_LINES).press(*keys).shown == shown


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("abc", "x", "|bc"),
        ("abc", "$x", "a|b"),
        ("abc", "9x", "|"),
        ("abc", "$X", "a|c"),
        ("", "x", "|"),
        ("one two", "dw", "|two"),
        ("one two\nthree", "wdw", "one| \nthree"),
        ("one two\nthree", "d9w", "|"),
        ("one two three", "d2w", "|three"),
        ("one two three", "2dw", "|three"),
        ("one two three", "de", "| two three"),
        ("one two", "wdb", "|two"),
        ("one two", "wD", "one| "),
        ("one two", "wd0", "|two"),
        ("a\nb\nc", "dd", "|b\nc"),
        ("a\nb\nc", "2dd", "|c"),
        ("a\nb\nc", "Gdd", "a\n|b"),
        ("a\nb\nc", "dj", "|c"),
        ("a\nb\nc", "Gdk", "|a"),
        ("a\nb", "dk", "|a\nb"),
        ("a\nb\nc", "dG", "|"),
        ("a\n  b\n  c", "2Gdd", "a\n  |c"),
        ("one two", f"cwX{ESC}", "|X two"),
        ("one two three", f"c2wX{ESC}", "|X three"),
        ("one two", f"ccX{ESC}", "|X"),
        ("one two", f"wCX{ESC}", "one |X"),
        ("one two", f"sX{ESC}", "|Xne two"),
        ("a\nb", f"SX{ESC}", "|X\nb"),
        ("abc", "rX", "|Xbc"),
        ("abc", "2rX", "X|Xc"),
        ("abc", "9rX", "|abc"),
        ("abc", ["l", "r", "enter"], "a\n|c"),
        ("abc", f"r{ESC}x", "|bc"),
    ],
)
def test_changes(text: str, keys: str | list[str], shown: str) -> None:
    assert Editor(text).press(*keys).shown == shown


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (f"iX{ESC}", "|X  ab\nc"),
        (f"aX{ESC}", " |X ab\nc"),
        (f"IX{ESC}", "  |Xab\nc"),
        (f"AX{ESC}", "  ab|X\nc"),
        (f"oX{ESC}", "  ab\n|X\nc"),
        (f"OX{ESC}", "|X\n  ab\nc"),
        ("A", "  ab|\nc"),
    ],
)
def test_insert_mode_begins_where_it_should(keys: str, shown: str) -> None:
    assert Editor("  ab\nc").press(*keys).shown == shown


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("ab", "xp", "b|a"),
        ("ab", "xP", "|ab"),
        ("ab", "x3p", "baa|a"),
        ("a\nb", "yyp", "a\n|a\nb"),
        ("a\nb", "yyP", "|a\na\nb"),
        ("a\nb", "ddp", "b\n|a"),
        ("a\nb", "Gyyggp", "a\n|b\nb"),
        ("one two", "yw$p", "one twoone| "),
        ("one two", "wyb", "|one two"),
        ("a\nb", "Gyk", "|a\nb"),
        ("a", "p", "|a"),
        ("a\nb", "yGp", "a\n|a\nb\nb"),
    ],
)
def test_deleted_and_copied_text_is_put(text: str, keys: str, shown: str) -> None:
    assert Editor(text).press(*keys).shown == shown


def test_lines_and_history_are_left_to_the_editor() -> None:
    editor = Editor("a\nb").press("3", "j", "k", "u", "2", "ctrl+r")
    assert editor.commands == [("down", 3), ("up", 1), ("undo", 1), ("redo", 2)]


def test_escape_goes_to_normal_mode_and_then_means_nothing_here() -> None:
    vi = ViKeys()
    assert vi.press("escape", "ab", 2) is not None
    assert vi.mode == "normal"
    assert vi.press("escape", "ab", 1) is None


@pytest.mark.parametrize("begun", ["d", "2", "g", "r", "2d3"])
def test_escape_drops_what_was_begun(begun: str) -> None:
    editor = Editor("one two three")
    editor.press(*begun)
    assert editor.vi.press("escape", editor.text, editor.cursor) is not None
    assert editor.press("x").text == "ne two three"


@pytest.mark.parametrize("key", ["enter", "ctrl+a", "f5", "pageup", "alt+b"])
def test_other_keys_keep_their_meaning_in_normal_mode(key: str) -> None:
    editor = Editor("one")
    assert editor.vi.press(key, editor.text, 0) is None
    editor.press("d")
    assert editor.vi.press(key, editor.text, 0) is None
    assert editor.press("w").text == "one"


def test_letters_without_a_meaning_do_nothing_in_normal_mode() -> None:
    assert Editor("one two").press("w", "q", "d", "q", "Z", ";").shown == "one |two"


@pytest.mark.parametrize("start", [":", "/", "?", "d:", "2/", "v:"])
@pytest.mark.parametrize("end", [ESC, "enter"])
def test_line_behind_colon_or_slash_does_nothing(start: str, end: str) -> None:
    editor = Editor("one two").press(*start, *"xdwi", "left", "space", "backspace")
    assert (editor.vi.mode, editor.vi.waits_for_character) == ("command", True)
    assert editor.press(end).vi.mode == "normal"
    assert editor.press("x").shown == "|ne two"


def test_line_ends_without_its_first_character_and_with_other_keys() -> None:
    editor = Editor("one").press(":", "a", "backspace", "backspace")
    assert editor.vi.mode == "normal"
    editor.press(":")
    assert editor.vi.press("f5", editor.text, editor.cursor) is None
    assert editor.press("x").shown == "|ne"


def test_slash_begins_a_command_of_the_prompt_if_it_is_empty() -> None:
    editor = Editor("").press("/", "n")
    assert (editor.shown, editor.vi.mode) == ("/n|", "insert")


KEYS = [*":/hlwbe0^$gGxdDycCiaIAoOpPrsSXY123jkZ (", ESC, "enter", "ctrl+r", "left", "delete"]


@given(st.text(alphabet="ab_( \n", max_size=20), st.lists(st.sampled_from(KEYS), max_size=30))
def test_cursor_stays_on_the_text_whatever_is_pressed(text: str, keys: list[str]) -> None:
    editor = Editor(text)
    for key in keys:
        if len(key) > 1 and editor.vi.mode == "insert":
            continue
        editor.press(key)
        assert 0 <= editor.cursor <= len(editor.text)
    editor.press(ESC, ESC)
    line = editor.text[: editor.cursor].rpartition("\n")[2] + editor.text[editor.cursor :].partition("\n")[0]
    assert not line or editor.text[editor.cursor : editor.cursor + 1] not in ("", "\n")


CALL = "x = f(a, [b, 'c d'])"


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("aXbXcX d", "fX", "a|XbXcX d"),
        ("aXbXcX d", "2fX", "aXb|XcX d"),
        ("aXbXcX d", "9fX", "|aXbXcX d"),
        ("aXbXcX d", "tX", "|aXbXcX d"),
        ("aXbXcX d", "tX;", "aX|bXcX d"),
        ("aXbXcX d", "$FX", "aXbXc|X d"),
        ("aXbXcX d", "$TX", "aXbXcX| d"),
        ("aXbXcX d", "fX;;", "aXbXc|X d"),
        ("aXbXcX d", "fX2;,", "aXb|XcX d"),
        ("aXbXcX d", "f 0,", "|aXbXcX d"),
        ("aXbXcX d", "dfX", "|bXcX d"),
        ("aXbXcX d", "d2tX", "|XcX d"),
        ("aXbXcX d", "$dFX", "aXbXc|d"),
        ("aXbXcX d", "fXd;", "a|cX d"),
        ("aXbXcX d", "cfXy" + ESC, "|ybXcX d"),
        # Only within the line, and never a motion without the character.
        ("one\ntwo", "ft", "|one\ntwo"),
        ("one\ntwo", "dft", "|one\ntwo"),
        (";", ";", "|;"),
    ],
)
def test_characters_are_found_in_the_line(text: str, keys: str, shown: str) -> None:
    assert Editor(text).press(*keys).shown == shown


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("one two  three", "wdiw", "one |  three"),
        ("one two  three", "wdaw", "one |three"),
        ("one two", "wdaw", "on|e"),
        ("one two  three", "d2aw", "|three"),
        ("one two  three", "2diw", "|two  three"),
        ("one two", "fed3aw", "on|e two"),
        ("f(x)", "daw", "|(x)"),
        ("", "ciwx" + ESC, "|x"),
        (CALL, "fbdi(", "x = f(|)"),
        (CALL, "fbda(", "x = |f"),
        (CALL, "fbdi[", "x = f(a, [|])"),
        (CALL, "fb2di]", "x = f(a, [|b, 'c d'])"),
        (CALL, "fbdib", "x = f(|)"),
        (CALL, "di(", "x = f(|)"),
        (CALL, "fdci'e" + ESC, "x = f(a, [b, '|e'])"),
        (CALL, "di'", "x = f(a, [b, '|'])"),
        (CALL, "da'", "x = f(a, [b,|])"),
        ("f(\n  a\n)", "jdi(", "f(|)"),
        ('a "b \\" c" d', 'fbdi"', 'a "|" d'),
        ("no quote", 'di"', "|no quote"),
        ("no bracket )", "$di(", "no bracket |)"),
        ("a\nb\n\n\nc", "dip", "|\n\nc"),
        ("a\nb\n\n\nc", "dap", "|c"),
        ("a\n\nb", "Gdap", "|a"),
        ("a\n\nb", "Gcipc" + ESC, "a\n\n|c"),
        ("a\n\nb", "2dap", "|"),
        ("a", "3dap", "|a"),
    ],
)
def test_text_objects(text: str, keys: str, shown: str) -> None:
    keys = keys.replace("j", "")
    editor = Editor(text, text.find("a") if text.startswith("f(\n") else 0)
    assert editor.press(*keys).shown == shown


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("abcdef", "x.", "|cdef"),
        ("abcdef", "x3.", "|ef"),
        ("one two three", "dw.", "|three"),
        ("one two three", "cwx" + ESC + "w.", "x |x three"),
        ("one two three", "ciwxy" + ESC + "2w.", "xy two x|y"),
        ("a b", "Ac" + ESC + ".", "a bc|c"),
        ("a", "ob" + ESC + ".", "a\nb\n|b"),
        ("a", "Ob" + ESC + ".", "|b\nb\na"),
        ("aXbXc", "dfX.", "|c"),
        ("abc", "rx.l.", "x|xc"),
        ("abcd", "vld.", "|"),
        ("a\nb\nc", "Vd.", "|c"),
        ("abc", "ylp.", "aa|abc"),
        # Moving and copying change nothing.
        ("one two", "xwyw.", "ne |wo"),
        ("abc", ".", "|abc"),
    ],
)
def test_last_change_is_repeated(text: str, keys: str, shown: str) -> None:
    assert Editor(text).press(*keys).shown == shown


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("one two", "vld", "|e two"),
        ("one two", "vwd", "|wo"),
        ("one two", "wvhhd", "on|wo"),
        ("one two", "vey$p", "one twoon|e"),
        ("one two", "vecx" + ESC, "|x two"),
        ("one two", "viwd", "| two"),
        ("one two", "vlod", "|e two"),
        ("one two", "vlohd", "|e two"),
        ("one two", "yiwwviwp", "one on|e"),
        ("a\nbc\nd", "v$d", "|bc\nd"),
        ("a\nbc\nd", "Vd", "|bc\nd"),
        ("a\nbc\nd", "vjd", "|c\nd"),
        ("a\nbc\nd", "VjcX" + ESC, "|X\nd"),
        ("a\nbc\nd", "vD", "|bc\nd"),
        ("a\nbc\nd", "yyGVp", "a\nbc\n|a"),
        ("a\nbc", "vipd", "|"),
        ("one two", "v" + ESC + "x", "|ne two"),
        ("one two", "vvx", "|ne two"),
        ("aXbX", "v2fXd", "|"),
    ],
)
def test_visual_mode(text: str, keys: str, shown: str) -> None:
    editor = Editor(text).press(*keys)
    assert editor.shown == shown
    assert editor.vi.mode == "normal"


def test_selection_follows_the_cursor() -> None:
    vi = ViKeys()
    vi.press("escape", "one\ntwo", 5)
    assert vi.press("v", "one\ntwo", 5) == Effect(5, selection=(5, 6))
    # The widget has the cursor behind the selection.
    assert vi.press("l", "one\ntwo", 6) == Effect(6, selection=(5, 7))
    assert vi.press("b", "one\ntwo", 7) == Effect(4, selection=(6, 4))
    assert vi.press("V", "one\ntwo", 4) == Effect(4, selection=(7, 4))
    assert vi.press("escape", "one\ntwo", 4) == Effect(4)
    assert vi.mode == "normal"
