"""Values as short text: durations, rates, sizes, answer statistics. Both front ends use these."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from tui.chat.nesting import TOO_DEEP, is_too_deep
from tui.chat.safe_text import safe_line
from tui.lazy_pattern import lazy_pattern
from tui.on_demand import json

if TYPE_CHECKING:
    from tui.chat.chunk import Usage
    from tui.chat.message import AnswerStats, ChatMessage

_MARKS: Final = lazy_pattern(
    r"^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+|^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[-: \t]*$|\*\*|~~|`+"
    r"|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)|!?\[(?=[^\]]*\]\()|\]\([^()\s]*\)|[ \t]*\|[ \t]*",
    re.MULTILINE,
)
"""Marks of Markdown, also where the text begins or ends within what they enclose."""

_MAX_SIZE: Final = 10**18
"""Larger sizes are not real, and too large integers cannot be converted to a float."""


def format_stats(message: ChatMessage) -> str:
    """The statistics of an answer: `length · 318 tokens · 36 tok/s · 11.2 s`. Empty when none are known."""
    stats = message.stats
    parts = []
    # The calls themselves say that the answer ended with calls.
    expected = "tool_calls" if message.tool_calls else "stop"
    if message.finish_reason and message.finish_reason not in ("stop", expected):
        parts.append(safe_line(message.finish_reason))
    if stats.usage and stats.usage.completion_tokens is not None:
        parts.append(format_count(stats.usage.completion_tokens, "token"))
    if stats.tokens_per_second is not None:
        parts.append(f"{format_rate(stats.tokens_per_second)} tok/s")
    if stats.total_s is not None:
        parts.append(format_seconds(stats.total_s))
    return " · ".join(parts)


def format_timing(stats: AnswerStats) -> list[str]:
    """The known times and the rate of an answer: `42 tok/s`, `first token 0.41 s`, `total 3.2 s`."""
    parts = []
    if stats.tokens_per_second is not None:
        parts.append(f"{format_rate(stats.tokens_per_second)} tok/s")
    if stats.first_token_s is not None:
        parts.append(f"first token {format_seconds(stats.first_token_s)}")
    if stats.total_s is not None:
        parts.append(f"total {format_seconds(stats.total_s)}")
    return parts


def model_label(name: str) -> str:
    """A model's name for people, safe to show. Of the path of a file, only the name of the file: `SmolLM2.Q4_1`.

    A llama-server that is not told another name uses the path that it was started with; others use that of a folder.
    """
    is_path = name.startswith(("/", "~/")) or name[1:3] == ":\\" or name.casefold().endswith(".gguf")
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2] if is_path else name
    return safe_line(last[: -len(".gguf")] if last.casefold().endswith(".gguf") else last) or safe_line(name)


def format_prompt_tokens(usage: Usage) -> str:
    """The tokens of a prompt, with those that the server had cached: `26 tokens, 20 cached`, `? tokens`."""
    tokens = format_count(usage.prompt_tokens, "token")
    return tokens if usage.cached_prompt_tokens is None else f"{tokens}, {usage.cached_prompt_tokens:,} cached"


def format_count(count: int | None, noun: str) -> str:
    """A number of things: `1 token`, `1,234 tokens`. `? tokens` where the number is None."""
    return f"{'?' if count is None else f'{count:,}'} {noun}{'' if count == 1 else 's'}"


def format_seconds(seconds: float) -> str:
    """A duration: `0.42 s`, `12 s`, `3 min 20 s`. One that is not a finite number is `? s`."""
    if not math.isfinite(seconds):
        return "? s"
    # Each limit is where rounding would reach the next form: 9.96 is "10 s", not "10.0 s".
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def format_rate(per_second: float) -> str:
    """A rate: `8.4`, `120`."""
    return f"{per_second:.1f}" if per_second < 19.95 else f"{per_second:,.0f}"


def format_size(size_bytes: int) -> str:
    """A size: `34 kB`, `4.7 GB`."""
    value = float(min(size_bytes, _MAX_SIZE))
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit in ("B", "kB") or value >= 99.95 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def format_json(value: object, indent: int | None = None) -> str:
    """A JSON value as text. One that is nested too deeply is named as such.

    Args:
        value: The value.
        indent: Spaces for each level. None for one line.
    """
    return json.dumps(TOO_DEEP if is_too_deep(value) else value, ensure_ascii=False, indent=indent)


def truncate(text: str, limit: int) -> str:
    """The text on one line, truncated with an ellipsis if it has more than `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def without_marks(text: str) -> str:
    """A part of a Markdown text as it reads without marks: for a line in a list, where nothing is rendered."""
    return _MARKS.sub(lambda found: " " if "|" in found[0] else "", text)
