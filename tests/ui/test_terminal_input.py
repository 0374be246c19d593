"""InputReader finds keys, reports and pastes in input that is cut anywhere, and never types a part of a sequence."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.ui.terminal_input import InputReader, Pasted

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
AT_ONCE, SOON, LATE, MUCH_LATER = 0.0, 0.03, 0.15, 1.0
"""Seconds between two pieces. A lone Escape is a key before `LATE`; everything is given up by `MUCH_LATER`."""


def read(*pieces: str | float) -> list[str | Pasted]:
    """The result for pieces of input and the times between them, in seconds. Consecutive text is joined."""
    reader, now = InputReader(), 100.0
    found: list[str | Pasted] = []

    def take(parts: Iterable[str | Pasted]) -> None:
        for part in parts:
            is_text = isinstance(part, str) and not part.startswith("\x1b")
            if is_text and found and isinstance(before := found[-1], str) and not before.startswith("\x1b"):
                found[-1] = f"{before}{part}"
            elif part:
                found.append(part)

    for piece in [*pieces, 10.0]:
        if isinstance(piece, str):
            take(reader.feed(piece, now))
            continue
        now += piece
        while (deadline := reader.deadline) is not None and deadline <= now:
            take(reader.expire())
    return found


def typed(*pieces: str | float) -> str:
    """The text that is typed for pieces of input."""
    return "".join(part for part in read(*pieces) if isinstance(part, str) and not part.startswith("\x1b"))


def test_paste_is_separated_from_surrounding_keys() -> None:
    assert read(f"ab{PASTE_START}one\ntwo{PASTE_END}cd") == ["ab", Pasted("one\ntwo"), "cd"]


def test_escape_sequence_inside_paste_is_text() -> None:
    assert read(f"{PASTE_START}\x1b[A\x1b\r{PASTE_START}\x03{PASTE_END}") == [Pasted(f"\x1b[A\x1b\r{PASTE_START}\x03")]


def test_incomplete_paste_waits() -> None:
    assert read(f"{PASTE_START}half", 5.0, f" more{PASTE_END}") == [Pasted("half more")]


@pytest.mark.parametrize("cut", range(1, len(PASTE_END)))
def test_end_of_paste_may_be_late(cut: int) -> None:
    assert read(f"{PASTE_START}a{PASTE_END[:cut]}", MUCH_LATER, PASTE_END[cut:], "b") == [Pasted("a"), "b"]


def test_ten_megabytes_are_one_paste() -> None:
    text = "lorem ipsum\n" * 900_000
    stream = f"{PASTE_START}{text}{PASTE_END}"

    assert read(*(stream[at : at + 65_536] for at in range(0, len(stream), 65_536))) == [Pasted(text)]


@pytest.mark.parametrize(
    "keys",
    ["\x1b", "\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bb", "\x1b[A", "\x1bOP", "\x1b[20~", "\x1b[[A"],
)
def test_key_is_one_sequence(keys: str) -> None:
    assert read(keys) == [keys]


def test_escape_before_another_sequence_is_a_key() -> None:
    assert read("\x1b\x1b[<35;10;10M\x1b") == ["\x1b", "\x1b[<35;10;10M", "\x1b"]


@pytest.mark.parametrize("keys", ["a", "\x1bb", "\x1b[A", "\x1b[13;3u", "\x1b[<35;10;10M", "\x1b[7$", "\x1b]4;1;x\x07"])
def test_complete_sequence_does_not_wait(keys: str) -> None:
    reader = InputReader()

    assert list(reader.feed(keys, 0.0)) == [keys]
    assert reader.deadline is None


def test_lone_escape_waits_longer_than_thirty_milliseconds_and_less_than_sixty() -> None:
    reader = InputReader()

    assert list(reader.feed("\x1b", 1.0)) == []
    assert reader.deadline is not None
    assert 1.03 < reader.deadline < 1.05
    assert reader.expire() == ["\x1b"]
    assert reader.deadline is None


@pytest.mark.parametrize("text", ["[", "[x", "]", "O", "Oh no", "P", "Pardon", "_", "[link](x)", "[1] one", "A", "é"])
@pytest.mark.parametrize("gap", [LATE, 0.2, MUCH_LATER])
def test_text_typed_behind_escape_is_not_lost(text: str, gap: float) -> None:
    assert read("\x1b", gap, text) == ["\x1b", text]


@pytest.mark.parametrize("gap", [0.06, 0.2])
def test_letters_typed_one_by_one_behind_escape_are_not_lost(gap: float) -> None:
    assert read("\x1b", 0.2, "[", gap, "A", gap, "]") == ["\x1b", "[A]"]


@pytest.mark.parametrize("text", ["[A", "OH", "[[A", "[M !!"])
def test_what_looks_like_a_key_is_text_after_some_seconds_or_before_text(text: str) -> None:
    assert read("\x1b", 5.0, text) == ["\x1b", text]
    assert read("\x1b", MUCH_LATER, f"{text} ok") == ["\x1b", f"{text} ok"]


@pytest.mark.parametrize("gap", [0.25, 0.6, MUCH_LATER])
@pytest.mark.parametrize(
    ("start", "rest"),
    [
        *(("\x1b", rest) for rest in ("[A", "[3~", "[1;5A", "[15~", "OH", "[[A", "[M !!", "[Z", "[0n")),
        *(("\x1b[", rest) for rest in ("A", "Z", "I", "3~", "1;5A", "[A", "M !!", "0n")),
        *(("\x1bO", rest) for rest in "AHP"),
        ("\x1b[[", "A"),
        ("\x1b[1;", "5A"),
        ("\x1b[M", " !!"),
        ("\x1b[0", "n"),
    ],
)
def test_rest_of_a_key_that_arrives_alone_is_not_typed(start: str, rest: str, gap: float) -> None:
    assert typed("a", start, gap, rest, 0.3, "ok") == "aok"
    assert typed("a", start, gap, f"{rest}\x1b[B", 0.3, "A") == "aA"


@pytest.mark.parametrize("gap", [0.06, 0.1, LATE])
@pytest.mark.parametrize("sequence", ["\x1b[A", "\x1b[1;5A", "\x1b[3~", "\x1bOH", "\x1b[0n", "\x1b[M !!"])
def test_late_rest_in_single_characters_is_not_typed(sequence: str, gap: float) -> None:
    pieces = [part for character in sequence for part in (character, gap)]
    assert typed("a", *pieces, "ok") == "aok"


@pytest.mark.parametrize("text", ["A", "I am", "[a", "[x", "[about](x)", "[A](x)", "Oh", "Or", "OK", "1", "~"])
def test_ordinary_text_behind_escape_is_typed(text: str) -> None:
    for gap in (0.25, MUCH_LATER):
        assert read("\x1b", gap, text) == ["\x1b", text]


@pytest.mark.parametrize("key", ["\x1b[", "\x1bO"])
def test_second_letter_behind_an_unfinished_key_is_typed(key: str) -> None:
    assert read(key, MUCH_LATER, "x", 0.1, "A") == [key, "xA"]
    assert read(key, MUCH_LATER, "A", 0.1, "A") == [key, "A"]
    assert read(key, 5.0, "A") == [key, "A"]
    assert read(key, MUCH_LATER, "All") == [key, "All"]


@pytest.mark.parametrize("text", ["z", "é", "\r", "z\r", "[z"])
def test_text_behind_alt_and_an_opening_character_is_typed(text: str) -> None:
    for key in ("\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b_"):
        assert read(key + text) == [key, text]
        assert read(key, MUCH_LATER, text) == [key, text]


def test_text_behind_a_sequence_that_never_ends_is_typed() -> None:
    assert typed("a\x1b[20", MUCH_LATER, "z") == "az"
    assert typed("a\x1b]11;rgb:1e", MUCH_LATER, "hello") == "ahello"
    assert typed("a\x1bP>|term", MUCH_LATER, "hello", "\r") == "ahello\r"


@pytest.mark.parametrize("start", ["\x1b[<65;2", "\x1b]11;rgb:1e", "\x1bP>|term", "\x1b_Gi=31"])
def test_enter_ends_an_unfinished_sequence(start: str) -> None:
    assert typed(start, "\r") == "\r"
    assert read(start, "\x1b[A")[-1] == "\x1b[A"


def test_long_string_is_dropped_without_being_kept() -> None:
    reader = InputReader()
    for piece in ("\x1b]52;c;", *["QUJD" * 10_000] * 5, "\x1b"):
        assert list(reader.feed(piece, 0.0)) == []
    assert len(reader._unfinished) < 10_000
    assert [part for part in reader.feed("\\ok", 0.0) if part == "ok"] == ["ok"]


REPORTS = [
    "\x1b[<65;28;12M",
    "\x1b[<0;1;1m",
    "\x1b[<0;-1;12m",
    "\x1b[<35;10;-3M",
    "\x1b[35;-1;10M",
    "\x1b[35;10;10M",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b]4;1;rgba:cdcd/0000/0000/ffff\x1b\\",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x1bP>|term 3.4\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1bP!|00000000\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b[?62;22c",
    "\x1b[>41;354;0c",
    "\x1b[24;80R",
    "\x1b[?1u",
    "\x1b[?2026;2$y",
    "\x1b[8;24;80t",
    "\x1b[4;480;800t",
    "\x1b[48;24;80;480;800t",
    "\x1b[?997;1n",
    "\x1b[0n",
    "\x1b[3n",
]
STRINGS = [
    *(f"\x1b{opening}hello world\x1b\\" for opening in ("]l", "]L", "]", "P", "_", "^", "X")),
    "\x1b]lhello\x07",
    "\x1b^hello\x9c",
]
"""Strings that begin like Alt and a key, and text."""

KEYS = [
    "\x1b[A",
    "\x1b[1;5A",
    "\x1b[2~",
    "\x1b[20~",
    "\x1b[13;3u",
    "\x1b[97;;97u",
    "\x1bOP",
    "\x1b[I",
    "\x1b[O",
    "\x1b[Z",
    "\x1b[M !!",
]
SHORT_KEYS = ["\x1bb", "\x1bs", "\x1b\r"]


@pytest.mark.parametrize("sequence", [*REPORTS, *STRINGS, *KEYS])
@pytest.mark.parametrize("gap", [AT_ONCE, SOON])
def test_sequence_cut_for_a_moment_is_whole(sequence: str, gap: float) -> None:
    for cut in range(1, len(sequence)):
        assert read(sequence[:cut], gap, sequence[cut:], "ok") == [sequence, "ok"], cut


@pytest.mark.parametrize("sequence", [*REPORTS, *KEYS])
def test_late_rest_of_a_sequence_is_not_typed(sequence: str) -> None:
    for cut in range(1, len(sequence)):
        assert typed("a", sequence[:cut], LATE, sequence[cut:], "ok") == "aok", cut


@pytest.mark.parametrize("sequence", REPORTS)
def test_rest_of_a_report_is_not_typed_however_late(sequence: str) -> None:
    for cut in range(1, len(sequence)):
        for gap in (0.2, MUCH_LATER, 30.0):
            assert typed("a", sequence[:cut], gap, f"{sequence[cut:]}ok") == "aok", (cut, gap)


@pytest.mark.parametrize("opening", ["]", "P", "_", "^", "X"])
def test_text_behind_alt_and_the_start_of_a_string_is_not_lost(opening: str) -> None:
    key = f"\x1b{opening}"
    assert read(key, 0.1, "l", 0.1, "o", 0.1, "\x1b") == [key, "lo", "\x1b"]
    assert read(f"{key}lo\x1b") == [key, "lo", "\x1b"]
    assert read(f"{key}lo\x1b[A\r") == [key, "lo", "\x1b[A", "\r"]
    assert read(f"{key}\x07") == [key, "\x07"]
    assert read(f"{key}{'lo ' * 5_000}") == [key, "lo " * 5_000]
    assert read("\x1b", LATE, opening, LATE, "lo") == ["\x1b", f"{opening}lo"]


@pytest.mark.parametrize("gap", [LATE, MUCH_LATER])
@pytest.mark.parametrize("opening", ["]", "P", "_", "^", "X"])
def test_rest_of_a_string_with_its_end_is_not_typed(opening: str, gap: float) -> None:
    assert typed("\x1b", gap, f"{opening}hello\x1b\\ok") == "ok"
    assert typed(f"\x1b{opening}", gap, "hello\x1b\\ok") == "ok"


@pytest.mark.parametrize(
    ("sequence", "meaning"),
    [
        ("\x9d11;rgb:0/0/0\x9c", "\x1b]11;rgb:0/0/0\x9c"),
        ("\x9b?6c", "\x1b[?6c"),
        ("\x9bA", "\x1b[A"),
        ("\x8fP", "\x1bOP"),
        ("\x90>|term\x9c", "\x1bP>|term\x9c"),
        *((f"{opening}hello\x9c", f"\x1b{chr(ord(opening) - 0x40)}hello\x9c") for opening in "\x98\x9d\x9e\x9f"),
    ],
)
def test_sequence_may_begin_with_one_control_character(sequence: str, meaning: str) -> None:
    for cut in range(len(sequence)):
        assert read("a", sequence[:cut], SOON, sequence[cut:], "ok") == ["a", meaning, "ok"], cut


def test_late_rest_may_be_in_pieces() -> None:
    assert typed("\x1b", LATE, "]11;rgb:1e", MUCH_LATER, "1e/1e1e/1e1e\x1b", LATE, "\\ok") == "ok"
    assert typed("\x1b", 0.06, "[", 0.06, "<65;28;12M", "ok") == "ok"
    assert typed("\x1b[<6", MUCH_LATER, "5;28", MUCH_LATER, ";12M", "ok") == "ok"


@pytest.mark.parametrize("cut", range(1, len(PASTE_START)))
@pytest.mark.parametrize("gap", [LATE, MUCH_LATER])
def test_paste_whose_start_was_cut_is_a_paste(cut: int, gap: float) -> None:
    assert read(PASTE_START[:cut], gap, f"{PASTE_START[cut:]}a\rb{PASTE_END}c")[-2:] == [Pasted("a\rb"), "c"]


PASTES = (
    st.text("ab\x1b[201~\n\r", max_size=8).filter(lambda text: PASTE_END not in f"{text}{PASTE_END[:-1]}").map(Pasted)
)
PARTS = st.lists(st.sampled_from(["a", "ж", "\r", "[", "ok", *SHORT_KEYS, *KEYS, *REPORTS]) | PASTES, max_size=6)


def stream_of(parts: Iterable[str | Pasted]) -> str:
    return "".join(f"{PASTE_START}{part.text}{PASTE_END}" if isinstance(part, Pasted) else part for part in parts)


@settings(derandomize=True, deadline=None)
@given(PARTS, st.data())
def test_result_does_not_depend_on_how_input_is_cut(parts: list[str | Pasted], data: st.DataObject) -> None:
    stream = stream_of(parts)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces: list[str | float] = []
    for start, stop in zip([0, *places], [*places, len(stream)], strict=True):
        pieces += [data.draw(st.sampled_from([AT_ONCE, SOON])), stream[start:stop]]

    assert "".join(map(str, read(*pieces))) == "".join(map(str, parts))


@settings(derandomize=True, deadline=None)
@given(PARTS, st.data())
def test_late_rest_changes_neither_text_nor_pastes(parts: list[str | Pasted], data: st.DataObject) -> None:
    cut_key = data.draw(st.sampled_from([*KEYS, *REPORTS]))
    before, after = stream_of(parts), stream_of(data.draw(PARTS))
    cut = data.draw(st.integers(1, len(cut_key) - 1))
    gap = data.draw(st.sampled_from([AT_ONCE, SOON, LATE] if cut_key in KEYS else [AT_ONCE, SOON, LATE, MUCH_LATER]))

    found = read(before + cut_key[:cut], gap, cut_key[cut:] + after)
    whole = read(before, 1.0, after)
    kept = [part for part in found if part not in (cut_key, cut_key[:cut])]
    expected = [part for part in whole if part not in (cut_key, cut_key[:cut])]
    assert "".join(map(str, kept)) == "".join(map(str, expected))


@settings(derandomize=True, deadline=None)
@given(st.lists(st.text("\x1b[]OP_GM<?>;0123uAR~$\x07\\\r\x00é ", max_size=6) | st.floats(0, 2), max_size=12))
def test_no_input_is_repeated_or_invented(pieces: list[str | float]) -> None:
    found = "".join(part if isinstance(part, str) else f"{PASTE_START}{part.text}" for part in read(*pieces))
    stream = iter(re.sub("\x00", "", "".join(piece for piece in pieces if isinstance(piece, str))))
    assert all(character in stream for character in found.replace("\x00", ""))
