"""Variables in saved prompts: `Translate to {{language}}`.

A variable is a name in double braces: letters, digits, `_`, `-` and blanks, beginning with a letter or `_`. What else
stands in double braces is text, as `{{ user.name }}`, `${{ matrix }}` and `{{{raw}}}` in code are. A backslash in front
makes any of them text: `\\{{language}}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.lazy_pattern import lazy_pattern

_VARIABLE: Final = lazy_pattern(r"(?<![{$\\])(\\*)\{\{[ \t]*((?!\d)\w[\w-]*(?:[ \t]+[\w-]+)*)[ \t]*\}\}")


def variables_in(text: str) -> tuple[str, ...]:
    """The names of the variables in a text, each once, in the order of the text."""
    return tuple(dict.fromkeys(_name(found) for found in _VARIABLE.finditer(text) if not _is_escaped(found)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with values in place of its variables, and without the backslashes that made some of them text.

    Args:
        text: The text.
        values: The value of each variable. Braces in it stay as they are. A variable without a value stays too.
    """

    def replacement(found: re.Match[str]) -> str:
        backslashes = found[1][: len(found[1]) // 2]
        variable = found[0][len(found[1]) :]
        return backslashes + (variable if _is_escaped(found) else values.get(_name(found), variable))

    return _VARIABLE.sub(replacement, text)


def _name(found: re.Match[str]) -> str:
    return " ".join(found[2].split())


def _is_escaped(found: re.Match[str]) -> bool:
    return len(found[1]) % 2 == 1
