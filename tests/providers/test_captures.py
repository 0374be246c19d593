"""Every recorded response gives the expected answer over a real socket, for any chunk boundaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.captures import VARIABLE, Capture, read_captures
from tests.fault_server import FaultServer
from tests.providers.client import Outcome, chat_request, collect, provider_at
from tui.providers.answering import AnswerReader
from tui.providers.base import ignore_stage
from tui.providers.http import HTTPProvider
from tui.providers.ollama_reader import OllamaReader
from tui.providers.openai import OpenAIProvider

CAPTURES = read_captures()
if not CAPTURES:
    pytest.skip(f"{VARIABLE} is not set", allow_module_level=True)

MAX_BYTE_BY_BYTE = 20_000

each_capture = pytest.mark.parametrize("capture", CAPTURES, ids=str)

PATHS = {
    "ollama-chat": ("ollama", "/api/chat"),
    "ollama-generate": ("ollama", "/api/generate"),
    "ollama-pull": ("ollama", "/api/pull"),
    "openai-chat": ("openai", "/v1/chat/completions"),
}


def test_captures_cover_every_protocol() -> None:
    assert {capture.protocol for capture in CAPTURES} == set(PATHS)


async def outcome_of(capture: Capture, pieces: list[bytes], read_bytes: int = 65_536) -> Outcome:
    """The outcome of a capture that arrives in these pieces."""
    kind, path = PATHS[capture.protocol]
    async with (
        FaultServer(capture.served(pieces)) as server,
        provider_at(kind, server, read_bytes=read_bytes) as provider,
    ):
        # Call `answer` directly: no request uses some of these paths yet.
        assert isinstance(provider, HTTPProvider)
        outcome = await collect(
            provider.answer(path, dict, reader_for(provider), accept="*/*", model="m", on_stage=ignore_stage)
        )
        assert server.requests[0].target == path
    return outcome


def reader_for(provider: HTTPProvider) -> Callable[[], AnswerReader]:
    """A factory of answer readers. The request names no model, so the answer's model is not reported."""
    max_bytes = provider.options.max_event_bytes
    if isinstance(provider, OpenAIProvider):
        return lambda: provider.make_reader(chat_request(model=""))
    return lambda: OllamaReader(provider.profile, max_bytes)


def assert_expected(capture: Capture, outcome: Outcome) -> None:
    """Compare an outcome with the expected result."""
    expected, answer = capture.expected, outcome.answer
    if capture.may_be_refused and outcome.error is not None:
        return
    if capture.accepted_content and outcome.error is None:
        assert answer.content == capture.accepted_content
        return
    assert answer.content == expected["content"]
    assert answer.thinking == expected["thinking"]
    assert [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in answer.tool_calls] == expected[
        "tool_calls"
    ]
    assert answer.finish_reason == expected["finish_reason"]
    usage = answer.usage
    assert (usage and {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}) == expected[
        "usage"
    ]
    if expected["error"] is None:
        assert outcome.error is None
    else:
        assert outcome.kind in expected["error"].get("kind_any", [expected["error"]["kind"]])
        assert " ".join(expected["error"]["message"].split()) in str(outcome.error)


@each_capture
async def test_capture_gives_the_expected_answer(capture: Capture) -> None:
    assert_expected(capture, await outcome_of(capture, [capture.body]))


@each_capture
async def test_capture_in_pieces_gives_the_expected_answer(capture: Capture) -> None:
    # Small reads also split the headers and the sizes of HTTP chunks.
    assert_expected(capture, await outcome_of(capture, capture.in_pieces(), read_bytes=61))


@each_capture
async def test_capture_byte_by_byte_gives_the_expected_answer(capture: Capture) -> None:
    if len(capture.body) > MAX_BYTE_BY_BYTE:
        pieces = [capture.body[start : start + 7] for start in range(0, len(capture.body), 7)]
    else:
        pieces = capture.in_bytes()
    assert_expected(capture, await outcome_of(capture, pieces))


@each_capture
async def test_truncated_capture_gives_a_prefix_of_the_answer(capture: Capture) -> None:
    cut = replace(capture, complete=False)
    received = capture.body[: len(capture.body) // 2]
    outcome = await outcome_of(cut, [received])

    expected_content = capture.accepted_content or capture.expected["content"]
    assert expected_content.startswith(outcome.answer.content)
    assert capture.expected["thinking"].startswith(outcome.answer.thinking)
    # A server that ends every event with a finish reason may have been cut after any of them.
    if capture.status == 200 and b'"finish_reason":"' not in received:
        assert outcome.error is not None
