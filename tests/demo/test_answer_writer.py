from tui.demo.answer_writer import TOKENS_AT_ONCE, Budget, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_due_at_its_time_and_the_first_at_once() -> None:
    clock = Clock()
    tokens = iter("abcdef")
    pace = Pace(10, clock)

    assert pace.take(tokens) == ["a"]
    assert pace.seconds_left() == 100.1 - 100.0
    clock.now = 100.125
    assert pace.take(tokens) == ["b"]
    clock.now = 100.2
    assert pace.take(tokens) == ["c"]


def test_what_is_late_is_caught_up_with() -> None:
    clock = Clock()
    tokens = iter("abcdef")
    pace = Pace(10, clock)
    pace.take(tokens)

    clock.now = 100.35

    assert pace.seconds_left() == 0
    assert pace.take(tokens) == ["b", "c", "d"]


def test_waking_early_still_takes_a_token() -> None:
    clock = Clock()
    tokens = iter("ab")
    pace = Pace(10, clock)
    pace.take(tokens)

    clock.now = 100.0999

    assert pace.take(tokens) == ["b"]
    assert pace.take(tokens) == []


def test_full_speed_takes_many_at_once_but_not_all() -> None:
    tokens = iter("x" * (TOKENS_AT_ONCE + 1))
    pace = Pace(0, Clock())

    assert len(pace.take(tokens)) == TOKENS_AT_ONCE
    assert pace.seconds_left() == 0
    assert len(pace.take(tokens)) == 1


def test_a_budget_ends_an_answer_that_is_longer_and_no_other() -> None:
    short, exact, unlimited = Budget(2), Budget(3), Budget(None)

    assert list(short.spend("abc")) == ["a", "b"]
    assert list(exact.spend("abc")) == list(unlimited.spend("abc")) == ["a", "b", "c"]
    assert (short.finish_reason, exact.finish_reason, unlimited.finish_reason) == ("length", "stop", "stop")


def test_thinking_and_answer_share_one_budget() -> None:
    budget = Budget(3)

    assert list(budget.spend("ab")) == ["a", "b"]
    assert list(budget.spend("cd")) == ["c"]
    assert budget.used == 3
