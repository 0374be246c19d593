"""Use of the context window, and detection of truncated conversations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.chat.chunk import ToolCall, Usage
from tui.chat.context import ContextUse, context_use, may_not_fit, was_cut
from tui.chat.message import AnswerStats, ChatMessage


def turns(*counts: tuple[int | None, int | None] | None, models: str = "") -> list[ChatMessage]:
    """Turns with the given token counts of prompt and answer. None for an answer without counts."""
    path = []
    for index, count in enumerate(counts):
        usage = Usage(*count) if count else None
        model = models[index] if models else "m"
        path.append(ChatMessage(f"q{index}", "user", "?"))
        path.append(ChatMessage(f"a{index}", "assistant", "!", model=model, stats=AnswerStats(usage=usage)))
    return path


def test_context_use_is_the_last_count_of_the_server() -> None:
    assert context_use([], 100) is None
    assert context_use(turns(None), 100) is None
    assert context_use(turns((None, 5)), 100) is None
    assert context_use(turns((10, 5), (30, 5)), 100) == ContextUse(35, 100)
    assert context_use(turns((10, 5), None), None) == ContextUse(15, None)
    assert context_use(turns((10, None)), 100) == ContextUse(10, 100)


@pytest.mark.parametrize(
    ("answer", "used"),
    [
        (ChatMessage("a", "assistant", "", thinking="Hm."), 100),
        (ChatMessage("a", "assistant", "<think>Hm."), 100),
        (ChatMessage("a", "assistant", "Yes.", thinking="Hm, but so."), 127),
        (ChatMessage("a", "assistant", "[THINK]Hm.[/THINK]Yes."), 118),
        (ChatMessage("a", "assistant", "Yes."), 200),
    ],
)
def test_context_use_leaves_out_thinking(answer: ChatMessage, used: int) -> None:
    counted = replace(answer, stats=AnswerStats(Usage(100, 100)))

    assert context_use([counted], None) == ContextUse(used)


def test_share_is_known_if_the_window_is() -> None:
    assert ContextUse(30).share is None
    assert not ContextUse(30).is_nearly_full
    assert ContextUse(30, 60).share == 0.5
    assert not ContextUse(84, 100).is_nearly_full
    assert ContextUse(85, 100).is_nearly_full


def test_prompt_may_not_fit_if_it_exceeds_the_window() -> None:
    assert not may_not_fit(None, "x" * 10_000)
    assert not may_not_fit(ContextUse(90), "x" * 10_000)
    assert not may_not_fit(ContextUse(90, 100), "x" * 40)
    assert may_not_fit(ContextUse(90, 100), "x" * 44)


@pytest.mark.parametrize(
    ("counts", "window", "cut"),
    [
        ([(256, 5)], 256, True),
        ([(255, 5)], 256, False),
        ([(256, 5)], None, False),
        ([None], 256, False),
        ([], 256, False),
        ([(105, 8), (248, 8)], 256, False),
        ([(248, 8), (248, 8)], 256, True),
        ([(253, 8), (251, 8)], 256, True),
        ([(253, 8), None, (251, 8)], 256, True),
        ([(150, 8), (148, 8)], 256, False),
        ([(5000, 8), (200, 8)], 256, True),
    ],
)
def test_token_counts_reveal_a_truncated_conversation(
    counts: list[tuple[int, int] | None], window: int | None, cut: bool
) -> None:
    assert was_cut(turns(*counts), window) is cut


def test_counts_of_different_models_are_not_compared() -> None:
    assert not was_cut(turns((250, 8), (248, 8), models="ab"), 256)


def test_context_use_counts_calls_and_results_that_no_server_has_counted() -> None:
    calls = (ToolCall("look", {}),)
    answer = ChatMessage("a", "assistant", "", thinking="123456", tool_calls=calls, stats=AnswerStats(Usage(100, 20)))
    result = ChatMessage("t", "tool", "x" * 400, "a")

    assert context_use([answer, result], None) == ContextUse(100 + 10 + 100)


def test_shorter_prompt_after_a_tool_loop_was_not_cut() -> None:
    def answer(id_: str, tokens: int, parent_id: str) -> ChatMessage:
        return ChatMessage(id_, "assistant", "!", parent_id, stats=AnswerStats(Usage(tokens, 1)))

    path = [
        ChatMessage("q", "user", "?"),
        answer("a", 70, "q"),
        ChatMessage("t", "tool", "x", "a"),
        answer("b", 95, "t"),
        ChatMessage("r", "user", "?", "b"),
        answer("c", 90, "r"),
    ]
    assert not was_cut(path, 100)
    assert was_cut([*path[:-1], answer("c", 70, "r")], 100)
