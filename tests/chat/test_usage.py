"""Usage of many answers."""

from __future__ import annotations

from tui.chat.dates import format_time
from tui.chat.usage import AnswerFigures, summarize

MORNING = 1_764_500_000.0


def figures(model: str, provider: str = "ollama", at: float = MORNING) -> AnswerFigures:
    return AnswerFigures(provider, model, at, 10, 5, 1.0, 20.0)


def test_answers_are_grouped_by_model_provider_and_day() -> None:
    report = summarize([figures("a"), figures("a"), figures("a", "lmstudio"), figures("b", at=MORNING - 86_400 * 3)])
    assert [(row.provider, row.model, row.answers) for row in report.by_model] == [
        ("ollama", "a", 2),
        ("lmstudio", "a", 1),
        ("ollama", "b", 1),
    ]
    assert [(row.provider, row.answers) for row in report.by_provider] == [("ollama", 3), ("lmstudio", 1)]
    days = [format_time(MORNING - 86_400 * 3), format_time(MORNING)]
    assert [(row.day, row.answers) for row in report.by_day] == [(days[0], 1), (days[1], 3)]
    assert (report.total.answers, report.total.prompt_tokens, report.total.completion_tokens) == (4, 40, 20)


def test_time_and_speed_are_medians_of_known_values() -> None:
    times = [(0.5, 10.0), (0.7, None), (60.0, 30.0), (None, 50.0)]
    report = summarize(AnswerFigures("p", "m", MORNING, None, None, first, speed) for first, speed in times)
    assert (report.total.first_token_s, report.total.tokens_per_second) == (0.7, 30.0)


def test_unreported_tokens_are_not_counted_as_zero() -> None:
    nothing = AnswerFigures("p", "m", 0.0, None, None, None, None)
    report = summarize([nothing, figures("m", "p")])
    assert (report.total.answers, report.total.answers_with_tokens, report.total.tokens) == (2, 1, 15)
    assert summarize([nothing]).total.first_token_s is None
    assert report.by_day[0].day == ""


def test_report_of_no_answers_is_empty() -> None:
    report = summarize([])
    assert (report.total.answers, report.by_model, report.by_day) == (0, (), ())
