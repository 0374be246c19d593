"""Regular expressions that are compiled when they are first used.

Compiling all of them took a thirtieth of the time to the first paint, which needs few.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern with all methods of `re.compile(pattern, flags)`, compiled with the first call of one."""
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))


class _LazyPattern:
    def __init__(self, pattern: Any, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(*self._source), name)
        # The next access finds it as an attribute, and costs no more than with a compiled pattern.
        setattr(self, name, value)
        return value
