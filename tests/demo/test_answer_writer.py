from tui.demo.answer_writer import MAX_TOKENS_PER_WRITE, Pace, TokenBudget


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_first_token_is_due_immediately_others_at_their_time() -> None:
    clock = Clock()
    tokens = iter("abcdef")
    pace = Pace(10, clock)

    assert pace.next_tokens(tokens) == ["a"]
    assert pace.seconds_left() == 100.1 - 100.0
    clock.now = 100.125
    assert pace.next_tokens(tokens) == ["b"]
    clock.now = 100.2
    assert pace.next_tokens(tokens) == ["c"]


def test_late_tokens_are_caught_up() -> None:
    clock = Clock()
    tokens = iter("abcdef")
    pace = Pace(10, clock)
    pace.next_tokens(tokens)

    clock.now = 100.35

    assert pace.seconds_left() == 0
    assert pace.next_tokens(tokens) == ["b", "c", "d"]


def test_waking_early_still_yields_a_token() -> None:
    clock = Clock()
    tokens = iter("ab")
    pace = Pace(10, clock)
    pace.next_tokens(tokens)

    clock.now = 100.0999

    assert pace.next_tokens(tokens) == ["b"]
    assert pace.next_tokens(tokens) == []


def test_full_speed_yields_batches_of_limited_size() -> None:
    tokens = iter("x" * (MAX_TOKENS_PER_WRITE + 1))
    pace = Pace(0, Clock())

    assert len(pace.next_tokens(tokens)) == MAX_TOKENS_PER_WRITE
    assert pace.seconds_left() == 0
    assert len(pace.next_tokens(tokens)) == 1


def test_budget_truncates_only_longer_answers() -> None:
    short, exact, unlimited = TokenBudget(2), TokenBudget(3), TokenBudget(None)

    assert list(short.spend("abc")) == ["a", "b"]
    assert list(exact.spend("abc")) == list(unlimited.spend("abc")) == ["a", "b", "c"]
    assert (short.finish_reason, exact.finish_reason, unlimited.finish_reason) == ("length", "stop", "stop")


def test_thinking_and_answer_share_one_budget() -> None:
    budget = TokenBudget(3)

    assert list(budget.spend("ab")) == ["a", "b"]
    assert list(budget.spend("cd")) == ["c"]
    assert budget.used == 3
