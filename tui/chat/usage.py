"""Tokens, times and speeds of many answers, by model, provider and day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import NamedTuple

from tui.chat.dates import format_time
from tui.light_dataclass import dataclass
from tui.on_demand import statistics


class AnswerFigures(NamedTuple):
    """What is known of one answer. None is what is unknown."""

    provider: str
    model: str
    created_at: float
    """Seconds since the epoch. 0 if unknown."""

    prompt_tokens: int | None
    completion_tokens: int | None
    first_token_s: float | None
    """Seconds from sending to the first text or thinking, measured by llm-tui."""

    tokens_per_second: float | None
    """As reported by the server, else measured by llm-tui."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The figures of a group of answers."""

    provider: str
    """Empty if the group is not of one provider."""

    model: str
    """Empty if the group is not of one model."""

    day: str
    """The local day, such as `2026-11-30`. Empty if the group is not of one day, or the day is unknown."""

    answers: int

    answers_with_tokens: int
    """Answers whose server reported tokens. The tokens are those of these answers."""

    prompt_tokens: int
    completion_tokens: int
    first_token_s: float | None
    """The median. None if it is not known of any answer."""

    tokens_per_second: float | None
    """The median. None if it is not known of any answer."""

    @property
    def tokens(self) -> int:
        """The tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The usage of all saved answers. The rows with the most answers come first; days are in order."""

    total: UsageRow
    by_model: tuple[UsageRow, ...]
    by_provider: tuple[UsageRow, ...]
    by_day: tuple[UsageRow, ...]


def summarize(answers: Iterable[AnswerFigures]) -> UsageReport:
    """The report of some answers, each of which is read once. Medians, because loading a model takes many times longer.

    Args:
        answers: The answers, in any order.
    """
    total = _Group()
    models: dict[tuple[str, str], _Group] = {}
    providers: dict[str, _Group] = {}
    days: dict[str, _Group] = {}
    for answer in answers:
        total.add(answer)
        models.setdefault((answer.provider, answer.model), _Group()).add(answer)
        providers.setdefault(answer.provider, _Group()).add(answer)
        days.setdefault(format_time(answer.created_at), _Group()).add(answer)
    return UsageReport(
        total.row(),
        _most_used(group.row(provider, model) for (provider, model), group in models.items()),
        _most_used(group.row(provider) for provider, group in providers.items()),
        tuple(days[day].row(day=day) for day in sorted(days)),
    )


@dataclass(slots=True)
class _Group:
    """Sums over answers, and the values whose median is wanted."""

    answers: int = 0
    answers_with_tokens: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    first_tokens_s: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)

    def add(self, answer: AnswerFigures) -> None:
        self.answers += 1
        if answer.prompt_tokens is not None or answer.completion_tokens is not None:
            self.answers_with_tokens += 1
            self.prompt_tokens += answer.prompt_tokens or 0
            self.completion_tokens += answer.completion_tokens or 0
        if answer.first_token_s is not None:
            self.first_tokens_s.append(answer.first_token_s)
        if answer.tokens_per_second is not None:
            self.speeds.append(answer.tokens_per_second)

    def row(self, provider: str = "", model: str = "", day: str = "") -> UsageRow:
        return UsageRow(
            provider,
            model,
            day,
            self.answers,
            self.answers_with_tokens,
            self.prompt_tokens,
            self.completion_tokens,
            statistics.median(self.first_tokens_s) if self.first_tokens_s else None,
            statistics.median(self.speeds) if self.speeds else None,
        )


def _most_used(rows: Iterable[UsageRow]) -> tuple[UsageRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.answers, row.provider, row.model)))
