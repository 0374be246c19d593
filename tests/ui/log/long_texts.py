"""Texts of any length, each of one kind of block, with words that differ from line to line."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

_WORDS = (
    *("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "**dog**", "and", "then", "returns", "`value`"),
    *("or", "*null*", "when", "a", "string", "is", "12"),
)


def _words(rng: random.Random, most: int = 20) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(1, most)))


_UNITS: dict[str, tuple[str, Callable[[random.Random, int], str]]] = {
    "list": ("", lambda rng, _: f"- {_words(rng)}\n"),
    "list with code": ("", lambda rng, at: f"- ```py\n  x = {at}\n\n  {_words(rng)}\n  ```\n"),
    "nested list": ("", lambda rng, _: f"- {_words(rng)}\n  {_words(rng)}\n  - {_words(rng)}\n    - {_words(rng)}\n"),
    "loose list": ("", lambda rng, _: f"- {_words(rng)}\n\n  {_words(rng)}\n\n"),
    "numbers": ("", lambda rng, at: f"{at}. {_words(rng)}\n"),
    "ones": ("above\n\n3. three\n", lambda rng, _: f"1. {_words(rng)}\n"),
    "quote": ("", lambda rng, at: f"> {_words(rng)}\n" + ">\n" * (at % 5 == 0)),
    "alert": ("> [!WARNING]\n", lambda rng, at: f"> {_words(rng)}\n" + ">\n" * (at % 5 == 0)),
    "table": ("| a | b | c |\n|---|---|---|\n", lambda rng, at: f"| row {at} | {at * 37} | {_words(rng, 6)} |\n"),
    "code": ("```python\n", lambda rng, at: f"def f_{at}(x):\n    return x + {at}  # {_words(rng, 5)}\n\n"),
    "paragraph": ("", lambda rng, _: f"{_words(rng)} "),
    "lines": ("", lambda rng, _: f"{_words(rng)}\n"),
    "blocks": (
        "",
        lambda rng, at: [
            f"## {_words(rng, 4)}\n\n",
            f"{_words(rng, 80)}\n\n",
            f"- {_words(rng)}\n- {_words(rng)}\n\n",
            f"1. {_words(rng)}\n   ```python\n   x = {at}\n   ```\n\n",
            f"```sh\n{_words(rng)}\n```\n\n",
            f"> {_words(rng)}\n\n",
            f"| a | b |\n|---|---|\n| {_words(rng, 3)} | {at} |\n\n",
        ][at % 7],
    ),
}
KINDS = tuple(_UNITS)


def long_text(kind: str, size: int) -> str:
    """A text of at least so many characters."""
    text, unit = _UNITS[kind]
    rng = random.Random(kind)
    parts = [text]
    for at in count(1):
        if size <= 0:
            break
        parts.append(unit(rng, at))
        size -= len(parts[-1])
    return "".join(parts)
