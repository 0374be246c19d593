"""InputSplitter: pastes come whole, keys come as they are, however the bytes were cut."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if sys.platform == "win32":
    pytest.skip("Windows' consoles send keys in another way", allow_module_level=True)

from tui.ui.terminal import InputSplitter, Pasted

BEGINS, ENDS = "\x1b[200~", "\x1b[201~"


def split(*pieces: str) -> list[str | Pasted]:
    """What comes of pieces, keys that follow each other joined."""
    splitter = InputSplitter()
    found: list[str | Pasted] = []
    for part in [*(part for piece in pieces for part in splitter.feed(piece)), splitter.flush()]:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return found


def test_a_paste_comes_whole_between_the_keys_around_it() -> None:
    assert split(f"ab{BEGINS}one\ntwo{ENDS}cd") == ["ab", Pasted("one\ntwo"), "cd"]


def test_an_escape_sequence_inside_a_paste_is_no_key() -> None:
    assert split(f"{BEGINS}\x1b[A\x1b\r{BEGINS}\x03{ENDS}") == [Pasted(f"\x1b[A\x1b\r{BEGINS}\x03")]


def test_a_paste_that_is_not_whole_yet_waits() -> None:
    splitter = InputSplitter()

    assert list(splitter.feed(f"{BEGINS}half")) == []
    assert splitter.flush() == ""
    assert list(splitter.feed(f" more{ENDS}")) == [Pasted("half more")]


@pytest.mark.parametrize("keys", ["\x1b", "\x1b[", "\x1bO", "\x1b[A", "\x1b[20~"])
def test_what_begins_like_a_paste_and_is_none_is_keys_at_once_or_when_nothing_follows(keys: str) -> None:
    assert split(keys) == [keys]


@pytest.mark.parametrize("held", ["\x1b", "\x1b[", "\x1b[2", "\x1b[27;3;1"])
def test_what_may_be_the_beginning_of_more_is_held_until_nothing_follows(held: str) -> None:
    splitter = InputSplitter()

    assert list(splitter.feed(f"a{held}")) == ["a"]
    assert splitter.is_holding
    assert splitter.flush() == held
    assert not splitter.is_holding
    assert splitter.flush() == ""


@pytest.mark.parametrize("keys", ["a", "\x1bb", "\x1b[A", "\x1b[13;3u", "\x1b[<35;10;10M"])
def test_whole_keys_are_not_held_back(keys: str) -> None:
    splitter = InputSplitter()

    assert list(splitter.feed(keys)) == [keys]
    assert not splitter.is_holding


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("\x1b\r", "\x1b[13;3u"),
        ("\x1b[27;2;13~", "\x1b[13;2u"),
        ("\x1b[27;3;13~", "\x1b[13;3u"),
        ("\r", "\r"),
    ],
)
def test_enter_with_alt_and_shift_is_understood_from_every_terminal(sent: str, meant: str) -> None:
    assert split(f"a{sent}b") == [f"a{meant}b"]


def test_ten_megabytes_are_one_paste() -> None:
    text = "lorem ipsum\n" * 900_000
    stream = f"{BEGINS}{text}{ENDS}"

    assert split(*(stream[at : at + 65_536] for at in range(0, len(stream), 65_536))) == [Pasted(text)]


# Keys as terminals send them, and what comes of them.
KEYS = st.sampled_from(["a", "ж", "\r", "\t", "\x1bb", "\x1b[A", "\x1b[1;2A", "\x1b[2~", "\x1b[20~", "\x1b[13;3u"]) | (
    st.sampled_from(["\x1b\r", "\x1b[27;2;13~", "\x1b[27;3;13~", "\x1b[27;5;13~"])
)
MEANT = {"\x1b\r": "\x1b[13;3u", "\x1b[27;2;13~": "\x1b[13;2u", "\x1b[27;3;13~": "\x1b[13;3u"} | {
    "\x1b[27;5;13~": "\x1b[13;5u"
}
PASTES = st.text("ab\x1b[201~\n\r", max_size=8).filter(lambda text: ENDS not in f"{text}{ENDS[:-1]}").map(Pasted)


@settings(derandomize=True, deadline=None)
@given(st.lists(KEYS | PASTES, max_size=6), st.data())
def test_the_same_comes_of_it_wherever_it_was_cut(parts: list[str | Pasted], data: st.DataObject) -> None:
    stream = "".join(f"{BEGINS}{part.text}{ENDS}" if isinstance(part, Pasted) else part for part in parts)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    found = split(*(stream[start:stop] for start, stop in zip([0, *places], [*places, len(stream)], strict=True)))

    meant: list[str | Pasted] = []
    for part in parts:
        if isinstance(part, str) and meant and isinstance(meant[-1], str):
            meant[-1] += MEANT.get(part, part)
        else:
            meant.append(part if isinstance(part, Pasted) else MEANT.get(part, part))
    assert found == meant
