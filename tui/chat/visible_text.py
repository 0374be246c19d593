"""Shows a text exactly: what is invisible gets a name, and letters that look like others are pointed out.

For texts that the user has to judge, such as the arguments of a tool call. `safe_text` makes a text harmless for the
terminal; here nothing may be hidden from the reader either.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from tui.chat.safe_text import is_blank, safe_line, safe_text
from tui.lazy_pattern import lazy_pattern

_MAX_MARKS: Final = 2
"""Marks on one letter that are shown as they are: some scripts need two."""

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
_MARKS: Final = frozenset({"Mn", "Me"})
_PLAIN: Final = lazy_pattern(r"[\n -~]*")

_BRACKETS: Final = frozenset("⟨⟩")
"""What stands around names. In the text itself they are named too, so that a text cannot imitate a name."""

_WORD: Final = lazy_pattern(r"[^\W\d_]+")

_LATIN_LOOKALIKES: Final = frozenset(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝһӏ"  # Cyrillic
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαινυρ"  # Greek
    "ՕՍԼօսո"  # Armenian
)
_SIGNS: Final[dict[str, str]] = {
    **dict.fromkeys("∕⁄⧸╱", "/"),
    **dict.fromkeys("⧵∖╲", "\\"),
    **dict.fromkeys("‐‑−", "-"),
    **dict.fromkeys("ꓸ․", "."),
    **dict.fromkeys("ǃ", "!"),
    **dict.fromkeys("∶ꓽ", ":"),
    **dict.fromkeys("ǀ∣", "|"),
}
"""Signs that look like those of file names, addresses and commands."""


_READABLE_FORMATS: Final = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Signs of Arabic and other scripts that can be seen, though their category is that of invisible ones."""

_JOINERS: Final = frozenset("\u00ad\u200c\u200d\u200e\u200f\ufe0e\ufe0f")
"""What ordinary text has between characters: hyphens, joiners, marks of direction, and the two looks of emoji."""

_EMOJI_JOINER: Final = "\ufe0f\u200d"
"""Joins an emoji that needs a sign for its look to another one."""

_EMPTY_BRAILLE: Final = "\u2800"
"""The space of plots."""

_IGNORABLE: Final = range(0xE0000, 0xE1000)
"""Code points that are never drawn, among them the tags that repeat ASCII."""


class Piece(NamedTuple):
    """A part of a text."""

    text: str
    is_name: bool = False
    """Whether it is the name of a character that cannot be seen, in place of the character."""


def visible_pieces(text: str) -> list[Piece]:
    """The text with a name for every character that cannot be seen: `⟨U+202E⟩`. Only newlines stay as they are."""
    if _PLAIN.fullmatch(text):
        return [Piece(text)] if text else []
    pieces: list[Piece] = []
    plain: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        if not _is_hidden(character) and marks <= _MAX_MARKS:
            plain.append(character)
            continue
        if plain:
            pieces.append(Piece("".join(plain)))
            plain = []
        pieces.append(Piece(_name(character), is_name=True))
    return [*pieces, Piece("".join(plain))] if plain else pieces


def readable_pieces(text: str) -> list[Piece]:
    """The text, safe to print, with a name for what models read in it and people do not see.

    For what a tool server says. Spaces, and single joiners between characters that can be seen, stay as they are: texts
    of the web are full of them.
    """
    if text.isascii():
        return [Piece(safe_text(text))] if text else []
    text = text.replace("\r\n", "\n")
    pieces: list[Piece] = []
    start = 0
    for at, character in enumerate(text):
        if not _is_unseen(character) or (character in _JOINERS and _is_between_seen(text, at)):
            continue
        if start < at:
            pieces.append(Piece(safe_text(text[start:at])))
        pieces.append(Piece(_name(character), is_name=True))
        start = at + 1
    return [*pieces, Piece(safe_text(text[start:]))] if start < len(text) else pieces


def readable_line(text: str) -> str:
    """`readable_pieces` on one line, for descriptions and addresses."""
    return safe_line("".join(piece.text for piece in readable_pieces(text)))


def visible_line(text: str) -> str:
    """`visible_pieces` as one line of text, for names."""
    return "".join(piece.text for piece in visible_pieces(text)).replace("\n", "⟨U+000A⟩")


def lookalikes(text: str) -> list[str]:
    """The words and signs that look like others, each with its characters: `раypal: U+0440 U+0430`. Each once.

    Words of Latin letters with letters of other scripts among them; words whose letters all look like Latin ones,
    unless the text has other words of that script; letters and signs in other shapes, such as wide ones.
    """
    if text.isascii():
        return []
    found: dict[str, None] = {}
    words = list(dict.fromkeys(_WORD.findall(text)))
    scripts_in_use = {
        _script(character) for word in words for character in word if character not in _LATIN_LOOKALIKES
    } - {"LATIN"}
    for word in words:
        others = [character for character in word if _script(character) != "LATIN"]
        has_latin = len(others) < len(word)
        alike = [character for character in others if character in _LATIN_LOOKALIKES]
        is_disguised = len(alike) == len(word) and not {_script(each) for each in alike} & scripts_in_use
        shapes = [character for character in word if _is_other_shape(character)]
        if (has_latin and alike) or is_disguised:
            found[f"{word}: {_codes(alike)}"] = None
        elif shapes:
            found[f"{word}: {_codes(shapes)}"] = None
    for sign in dict.fromkeys(text):
        if sign in _SIGNS or (not sign.isalpha() and _is_other_shape(sign)):
            meant = _SIGNS.get(sign) or unicodedata.normalize("NFKC", sign)
            found[f"{sign}: U+{ord(sign):04X}, not {meant}"] = None
    return list(found)


def _name(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"


def _is_unseen(character: str) -> bool:
    """Whether a character of a safe text shows nothing, not even space."""
    if character.isascii() or character.isspace() or character == _EMPTY_BRAILLE or character in _READABLE_FORMATS:
        return False
    return unicodedata.category(character) == "Cf" or ord(character) in _IGNORABLE or is_blank(character)


def _is_between_seen(text: str, at: int) -> bool:
    """Whether a place is behind a character that can be seen, and not before one that cannot."""
    if text[at : at + 2] == _EMOJI_JOINER:
        return _is_between_seen(text, at + 1)
    before = at - 2 if text[max(0, at - 1) : at + 1] == _EMOJI_JOINER else at - 1
    if before < 0 or text[before].isspace() or _is_unseen(text[before]):
        return False
    after = text[at + 1 : at + 2]
    return not after or not _is_unseen(after)


def _is_hidden(character: str) -> bool:
    if character in " \n":
        return False
    if character in _BRACKETS or unicodedata.category(character) in _HIDDEN:
        return True
    return is_blank(character)


def _is_other_shape(character: str) -> bool:
    """Whether a character is an ASCII one in another shape: wide, bold, in a circle."""
    return (
        not character.isascii()
        and not _is_hidden(character)
        and re.fullmatch(r"[!-~]+", unicodedata.normalize("NFKC", character)) is not None
        and unicodedata.decomposition(character).startswith(("<wide>", "<font>", "<circle>", "<square>"))
    )


def _script(character: str) -> str:
    """The script of a letter: `LATIN`, `CYRILLIC`. Empty if it has no name."""
    return unicodedata.name(character, "").partition(" ")[0]


def _codes(characters: list[str]) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(characters))
