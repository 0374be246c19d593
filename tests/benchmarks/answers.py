"""Generates long answers in Markdown: deterministic, in tokens of about four characters, with numbered markers.

The marker `w00128` is token number 128. Once it is on the screen, all tokens before it have been processed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache

MARKER = re.compile(r"w(\d{5})(?!\d)")

_TOKEN_LENGTH = 4
_PROSE = """
    the of and to in is that for it as was on be at by this from or an are server model answer token stream screen
    buffer parser latency between without measure window because therefore usually quickly rendered question
    conversation context memory a little evening river mountain light paper garden
"""
_WORDS = _PROSE.split()
_PLACEHOLDER = "@"
"""Replaced by a numbered marker."""

_CYCLE = 4
"""The structure of sections repeats after this many, so that all parts of a long answer cost the same."""


class _Generators:
    """The seeded random generators of an answer: one for its structure, one for its words."""

    def __init__(self) -> None:
        self.shape = random.Random(0)
        self.words = random.Random(1)

    def start_section(self, section: int) -> None:
        """Seed the structure of a section."""
        self.shape.seed(section % _CYCLE)


@cache
def markdown_tokens(count: int) -> tuple[str, ...]:
    """The given number of tokens of an answer. The first and the last are markers."""
    rng = _Generators()
    tokens: list[str] = []
    number = 0
    while len(tokens) < count:
        number += 1
        for part in re.split(f"({_PLACEHOLDER})", _section(rng, number)):
            if part == _PLACEHOLDER:
                tokens.append(f"w{len(tokens):05d}")
            else:
                tokens.extend(part[start : start + _TOKEN_LENGTH] for start in range(0, len(part), _TOKEN_LENGTH))
    return (*tokens[: count - 2], "\n\n", f"w{count - 1:05d}")[:count]


def marker_positions(tokens: tuple[str, ...]) -> list[int]:
    """The positions of the markers."""
    return [position for position, token in enumerate(tokens) if MARKER.fullmatch(token)]


def message_text(number: int, lines: int) -> str:
    """A short message of a conversation, with a marker in its last line."""
    rng = _Generators()
    rng.words.seed(number)
    paragraphs = [" ".join(_words(rng, 14)).replace(_PLACEHOLDER, "so") for _ in range(lines)]
    return "\n\n".join([*paragraphs, f"- **Message** w{number:05d}"])


def _section(rng: _Generators, number: int) -> str:
    rng.start_section(number)
    shape = rng.shape
    parts = [
        f"{_PLACEHOLDER} {_sentence(rng)} {_sentence(rng)}",
        f"{'#' * shape.randint(1, 3)} {number}. {' '.join(_words(rng, 4))}",
        " ".join(_sentence(rng) for _ in range(shape.randint(2, 6))),
        "\n".join(_items(rng)),
        "\n".join(_code(rng)),
        " ".join(_sentence(rng) for _ in range(shape.randint(1, 4))),
    ]
    if number % 2:
        parts.append("\n".join(_table(rng)))
    if number % _CYCLE == 3:
        parts.append("\n".join(f"> {_sentence(rng)}" for _ in range(2)))
    if number % _CYCLE == 0:
        parts.append("\n".join(f"{at}. {_sentence(rng)}" for at in range(1, 6)))
    return "\n\n".join(parts) + "\n\n"


def _words(rng: _Generators, count: int) -> Iterator[str]:
    for at in range(count):
        word = rng.words.choice(_WORDS)
        yield _PLACEHOLDER if at % 7 == 5 else word


def _sentence(rng: _Generators) -> str:
    words = list(_words(rng, rng.shape.randint(8, 18)))
    index = rng.shape.randrange(5)
    markup = rng.shape.choice(("**{}**", "*{}*", "`{}`", "[{}](https://example.org/page)", "{}", "{}"))
    words[index] = markup.format(words[index])
    return " ".join(words).capitalize() + "."


def _items(rng: _Generators) -> Iterator[str]:
    for _ in range(rng.shape.randint(3, 7)):
        yield f"- {_sentence(rng)}"
        if rng.shape.random() < 0.3:
            yield f"  - {' '.join(_words(rng, 6))}"


def _code(rng: _Generators) -> Iterator[str]:
    yield "```python"
    for _ in range(rng.shape.randint(2, 5)):
        name, other = rng.words.choice(_WORDS), rng.words.choice(_WORDS)
        yield f"def {name}_{other}(value: int = {rng.words.randint(1, 99)}) -> str:"
        yield f'    """Give the {other} of {_PLACEHOLDER}."""'
        yield f"    if value > {rng.words.randint(1, 99)}:  # {_PLACEHOLDER}"
        yield f'        return f"{name} {{value!r}}"'
        yield f"    return {other}(value + 1)"
        yield ""
    yield "```"


def _table(rng: _Generators) -> Iterator[str]:
    yield "| name | description | value |"
    yield "| --- | --- | ---: |"
    for _ in range(rng.shape.randint(3, 8)):
        value = rng.words.randint(1, 9999) / 10
        yield f"| {rng.words.choice(_WORDS)} | {_PLACEHOLDER} {' '.join(_words(rng, 4))} | {value} |"
