"""A long answer in Markdown, the same each time, in tokens of some four characters; every few of them are numbered.

`w00128` is the token with that number. Where it stands on a screen, all before it has been taken in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache

MARKER = re.compile(r"w(\d{5})(?!\d)")

_SIZE = 4
_PROSE = """
    the of and to in is that for it as was on be at by this from or an are server model answer token stream screen
    buffer parser latency between without measure window because therefore usually quickly rendered question
    conversation context memory a little evening river mountain light paper garden
"""
_WORDS = _PROSE.split()
_NUMBERED = "@"
"""Stands in a text where a numbered token is to be."""


_CYCLE = 4
"""Sections after which they look alike again, if with other words: each tenth of a long answer is as hard as any."""


class _Lots:
    """What is left to chance in an answer, the same each time: how its parts are built, and of which words."""

    def __init__(self) -> None:
        self.shape = random.Random(0)
        self.words = random.Random(1)

    def begin(self, section: int) -> None:
        """Have a section built as the one before it in the cycle was."""
        self.shape.seed(section % _CYCLE)


@cache
def markdown_tokens(count: int) -> tuple[str, ...]:
    """So many tokens of an answer. The first and the last are numbered."""
    lots = _Lots()
    tokens: list[str] = []
    number = 0
    while len(tokens) < count:
        number += 1
        for part in re.split(f"({_NUMBERED})", _section(lots, number)):
            if part == _NUMBERED:
                tokens.append(f"w{len(tokens):05d}")
            else:
                tokens.extend(part[at : at + _SIZE] for at in range(0, len(part), _SIZE))
    return (*tokens[: count - 2], "\n\n", f"w{count - 1:05d}")[:count]


def numbered_in(tokens: tuple[str, ...]) -> list[int]:
    """The numbers of the tokens that are numbered."""
    return [at for at, token in enumerate(tokens) if MARKER.fullmatch(token)]


def message_text(number: int, lines: int) -> str:
    """A short message of a conversation, with its number in its last line."""
    lots = _Lots()
    lots.words.seed(number)
    paragraphs = [" ".join(_words(lots, 14)).replace(_NUMBERED, "so") for _ in range(lines)]
    return "\n\n".join([*paragraphs, f"- **Message** w{number:05d}"])


def _section(lots: _Lots, number: int) -> str:
    lots.begin(number)
    shape = lots.shape
    parts = [
        f"{_NUMBERED} {_sentence(lots)} {_sentence(lots)}",
        f"{'#' * shape.randint(1, 3)} {number}. {' '.join(_words(lots, 4))}",
        " ".join(_sentence(lots) for _ in range(shape.randint(2, 6))),
        "\n".join(_items(lots)),
        "\n".join(_code(lots)),
        " ".join(_sentence(lots) for _ in range(shape.randint(1, 4))),
    ]
    if number % 2:
        parts.append("\n".join(_table(lots)))
    if number % _CYCLE == 3:
        parts.append("\n".join(f"> {_sentence(lots)}" for _ in range(2)))
    if number % _CYCLE == 0:
        parts.append("\n".join(f"{at}. {_sentence(lots)}" for at in range(1, 6)))
    return "\n\n".join(parts) + "\n\n"


def _words(lots: _Lots, count: int) -> Iterator[str]:
    for at in range(count):
        word = lots.words.choice(_WORDS)
        yield _NUMBERED if at % 7 == 5 else word


def _sentence(lots: _Lots) -> str:
    words = list(_words(lots, lots.shape.randint(8, 18)))
    at = lots.shape.randrange(5)
    look = lots.shape.choice(("**{}**", "*{}*", "`{}`", "[{}](https://example.org/page)", "{}", "{}"))
    words[at] = look.format(words[at])
    return " ".join(words).capitalize() + "."


def _items(lots: _Lots) -> Iterator[str]:
    for _ in range(lots.shape.randint(3, 7)):
        yield f"- {_sentence(lots)}"
        if lots.shape.random() < 0.3:
            yield f"  - {' '.join(_words(lots, 6))}"


def _code(lots: _Lots) -> Iterator[str]:
    yield "```python"
    for _ in range(lots.shape.randint(2, 5)):
        name, other = lots.words.choice(_WORDS), lots.words.choice(_WORDS)
        yield f"def {name}_{other}(value: int = {lots.words.randint(1, 99)}) -> str:"
        yield f'    """Give the {other} of {_NUMBERED}."""'
        yield f"    if value > {lots.words.randint(1, 99)}:  # {_NUMBERED}"
        yield f'        return f"{name} {{value!r}}"'
        yield f"    return {other}(value + 1)"
        yield ""
    yield "```"


def _table(lots: _Lots) -> Iterator[str]:
    yield "| name | what it is | figure |"
    yield "| --- | --- | ---: |"
    for _ in range(lots.shape.randint(3, 8)):
        figure = lots.words.randint(1, 9999) / 10
        yield f"| {lots.words.choice(_WORDS)} | {_NUMBERED} {' '.join(_words(lots, 4))} | {figure} |"
