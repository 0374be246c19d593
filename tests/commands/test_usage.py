"""`llm-tui usage`."""

from __future__ import annotations

import json

from tests.program import Program
from tui.chat.chunk import Usage
from tui.chat.conversation import Conversation
from tui.chat.message import AnswerStats, ChatMessage
from tui.chat.usage import AnswerFigures, summarize
from tui.commands.usage import usage_lines
from tui.store.conversations import ConversationStore

NOON = 1_764_500_000.0


def answers(*counts: tuple[str, int]) -> list[AnswerFigures]:
    """Answers, each given as its model and tokens."""
    return [AnswerFigures("ollama", model, NOON, 0, tokens, 0.5, 30.0) for model, tokens in counts]


async def test_prints_tables_or_json(program: Program) -> None:
    store = ConversationStore(program.data)
    stats = AnswerStats(Usage(1_000, 20, None), 0.5, 2.0, 40.0)
    prompt = ChatMessage("q", "user", "hi", created_at=NOON)
    answer = ChatMessage(
        "a", "assistant", "yes", "q", NOON, provider="ollama", model="\x1b[2Jllama", outcome="complete", stats=stats
    )
    store.add(Conversation("c").append(prompt, answer))
    store.close()

    table = await program.run("usage")
    assert (table.code, table.err) == (0, "")
    assert table.out.startswith("1 answer, ")
    assert "1,000 tokens of prompts, 20 of answers" in table.out
    assert "ollama          1    1,000      20  0.50 s     40" in table.out
    assert "\x1b" not in table.out
    assert "#" not in table.out
    report = json.loads((await program.run("usage", "--json")).out)
    assert report["total"]["completion_tokens"] == 20
    assert [row["provider"] for row in report["by_model"]] == ["ollama"]
    assert {"first_token_s", "tokens_per_second", "day"} <= set(report["by_day"][0])


async def test_missing_database_is_said_and_not_created(program: Program) -> None:
    table, report = await program.run("usage"), await program.run("usage", "--json")
    assert (table.code, table.out, report.code) == (0, "", 0)
    assert f"No conversations are saved in {program.data}." in table.err
    assert table.err == report.err
    assert json.loads(report.out)["total"]["answers"] == 0
    assert not program.data.exists()


def test_bars_compare_tokens_and_fit_the_terminal() -> None:
    lines = usage_lines(summarize(answers(("big", 800), ("half", 400), ("tiny", 1))), 90, " #")
    bars = {line.split()[0]: line.count("#") for line in lines if line.startswith(("big", "half", "tiny"))}
    assert bars == {"big": 24, "half": 12, "tiny": 1}
    assert max(map(len, lines)) <= 90


def test_narrow_terminal_has_no_bars() -> None:
    lines = usage_lines(summarize(answers(("big", 800))), 50, " #")
    assert not any("#" in line for line in lines)


def test_only_the_latest_days_are_in_the_table() -> None:
    days = [AnswerFigures("p", "m", NOON - 86_400 * back, 1, 1, None, None) for back in range(40)]
    lines = usage_lines(summarize(days), 80, "")
    assert lines[-1] == "(10 earlier days: see --json)"
