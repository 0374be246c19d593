"""OpenAIReader: parses the body of an OpenAI-style response into chunks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.bodies import PROFILE, Answer, delta, read_body, read_with_every_split, sse
from tests.wire.cutting import pieces
from tui.chat.chunk import ServerTiming, ToolCall, Usage
from tui.chat.turn import ServerActivity
from tui.providers.openai_reader import OpenAIReader

DONE = "[DONE]"
STOP = delta(finish="stop")


def reader() -> OpenAIReader:
    return OpenAIReader("m", PROFILE, 1 << 20)


def answer_to(*events: object) -> Answer:
    """The answer in these events, split at any byte."""
    return read_with_every_split(reader, sse(*events))


def whole(**fields: Any) -> dict[str, Any]:
    """An answer that is one object, as from a server that does not stream."""
    message = {"role": "assistant", "content": "Hello", **fields.pop("message", {})}
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        **fields,
    }


def test_stream_deltas_are_joined_into_the_answer() -> None:
    events = (delta("", role="assistant"), delta("Good "), delta("evening ☕."), STOP, DONE)

    assert answer_to(*events) == Answer("Good evening ☕.", finish_reason="stop", finished=True, ended=True)


# Framing


@pytest.mark.parametrize(
    "body",
    [
        sse(delta("Hi"), STOP, DONE).replace(b"data: ", b"data:"),
        sse(delta("Hi"), STOP, DONE).replace(b"\n", b"\r\n"),
        sse(delta("Hi"), STOP, DONE).replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + sse(delta("Hi"), STOP, DONE),
        b"\n\n" + sse(delta("Hi"), STOP, DONE),
        b": OPENROUTER PROCESSING\n\n:\n\n" + sse(delta("Hi")) + b": ping - now\n\n" + sse(STOP, DONE),
        b"id: 1\nretry: 10\nx-trace: 7\n" + sse(delta("Hi"), STOP, DONE),
        b"event: message\n" + sse(delta("Hi"), STOP, DONE),
        b"event: ping\ndata: {}\n\nevent: ping\ndata: now\n\n" + sse(delta("Hi"), STOP, DONE),
        b"data: \n\n" + sse(delta("Hi"), STOP, DONE),
        sse(delta("Hi"), STOP, " [DONE] "),
        sse(json.dumps(delta("Hi"), indent=1).replace("\n", "\ndata: "), STOP, DONE),
        sse(delta("Hi"), STOP, DONE) + sse(delta("more")) + b"garbage",
    ],
)
def test_event_formatting_does_not_change_the_answer(body: bytes) -> None:
    assert read_with_every_split(reader, body) == Answer("Hi", finish_reason="stop", finished=True, ended=True)


def test_unicode_line_separators_are_kept_as_text() -> None:
    text = "a\x85b\u2028c\u2029d\x0be\x0cf"

    assert answer_to(delta(text), DONE).content == text


def test_surrogate_halves_are_joined_across_events_or_replaced() -> None:
    texts = ("a\ud83d", "\ude00b", "\ud83d")
    events = [json.dumps(delta(text, reasoning=text)) for text in texts]

    answer = answer_to(*events, DONE)

    assert answer.content == answer.thinking == "a😀b\ufffd"


@pytest.mark.parametrize("ending", [b"data: [DONE]", b"data: [DONE]\n", b"data:[DONE]\r\n"])
def test_last_event_may_omit_the_blank_line(ending: bytes) -> None:
    assert read_with_every_split(reader, sse(delta("Hi")) + ending).finished


def test_unterminated_event_counts_if_its_json_is_complete() -> None:
    answer = read_with_every_split(reader, sse(delta("One, ")) + sse(delta("two.", finish="stop")).rstrip())

    assert answer == Answer("One, two.", finish_reason="stop", finished=True)


def test_truncation_keeps_complete_events_without_end_or_error() -> None:
    first, second = sse(delta("One, ")), sse(delta("two."))
    body = first + second + sse(STOP).rstrip()
    for cut in range(len(body)):
        answer = read_body(reader(), [body[:cut]])
        whole_events = (cut >= len(first) - 2) + (cut >= len(first + second) - 2)
        assert answer == Answer(("", "One, ", "One, two.")[whole_events]), cut


def test_oversized_event_is_a_protocol_error_after_earlier_text() -> None:
    answer = read_body(OpenAIReader("m", PROFILE, 200), [sse(delta("Hi")), b"data: " + b"x" * 300])

    assert answer.content == "Hi"
    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert "more than 200 bytes" in answer.error[1]


@pytest.mark.parametrize(
    "bad", ["not JSON", "[1]", "Number of choices must be greater than 0.", "[" * 200_000, '{"a": ' + "9" * 5_000 + "}"]
)
def test_invalid_event_is_a_protocol_error_after_earlier_text(bad: str) -> None:
    answer = read_body(reader(), [sse(delta("Hi"), bad, DONE)])

    assert answer.content == "Hi"
    assert answer.error is not None
    assert answer.error[0] == "protocol"


@pytest.mark.parametrize("body", [b"", b"\n\n", b": only\n\n: comments\n\n", b"event: ping\n\n", b"\xef\xbb\xbf"])
def test_body_without_events_is_an_empty_answer(body: bytes) -> None:
    assert read_with_every_split(reader, body) == Answer()


# Chunks


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [], "prompt_filter_results": []},
        {"choices": "text"},
        {"choices": [None, 1, "x", []]},
        {"choices": [{}]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {}}]},
        {"choices": [{"delta": []}]},
        {"choices": [{"delta": {"content": None}}]},
        {"choices": [{"delta": {"content": 5}}]},
        {"choices": [{"delta": {"content": {}}}]},
        {"choices": [{"delta": {"content": [None, 1, {"type": "text"}, {"type": "thinking"}]}}]},
        {"choices": [{"delta": {"reasoning": None, "reasoning_content": 5}}]},
        {"choices": [{"delta": {"tool_calls": None}}]},
        {"choices": [{"delta": {"tool_calls": []}}]},
        {"choices": [{"delta": {"role": "assistant", "refusal": None}, "logprobs": None, "finish_reason": None}]},
        {"choices": [{"delta": {}, "finish_reason": ""}]},
        {"choices": [{"delta": {}, "finish_reason": 5}]},
        {"choices": [{"delta": {"content": "other"}, "index": 1}]},
        {"usage": None, "timings": None, "stats": None, "x_groq": None, "error": None},
        {"usage": [], "timings": 5, "stats": "x", "x_groq": {"usage": None}, "error": {}},
        {"model": None},
        {"model": ""},
        {"model": "m"},
        {"obfuscation": "xyz", "p": "ab", "created": 1e18},
        {"choices": [{"delta": {}}], "prompt_progress": {"total": 9, "processed": 3}},
    ],
)
def test_malformed_chunk_fields_are_ignored(odd: dict[str, Any]) -> None:
    assert answer_to(odd, delta("Hi"), odd, STOP, odd, DONE) == Answer(
        "Hi", finish_reason="stop", finished=True, ended=True
    )


@pytest.mark.parametrize(
    ("progress", "doing"),
    [
        ({"total": 8, "cache": 1, "processed": 2, "time_ms": 5}, ServerActivity("reading", 0.25)),
        ({"total": 8, "processed": 80}, ServerActivity("reading", 1.0)),
        ({"total": 8}, ServerActivity("reading", 0.0)),
        ({"total": 0, "processed": 0}, None),
        ({"total": None, "processed": 3}, None),
        ([5], None),
    ],
)
def test_prompt_progress_is_reported_as_activity_not_as_answer(progress: object, doing: ServerActivity | None) -> None:
    reading = reader()
    chunk = {"choices": [{"delta": {"role": "assistant", "content": None}}], "prompt_progress": progress}

    assert list(reading.feed(sse(chunk))) == []
    assert (reading.activity, reading.progressed) == (doing, False)


def test_only_the_first_choice_is_read() -> None:
    def choice(index: int, text: str, finish: str | None = None) -> dict[str, Any]:
        return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]}

    answer = answer_to(choice(1, "x"), choice(0, "a"), choice(1, "y", "length"), choice(0, "b", "stop"), DONE)

    assert (answer.content, answer.finish_reason) == ("ab", "stop")


def test_message_beside_a_delta_is_not_counted_twice() -> None:
    def both(text: str, so_far: str) -> dict[str, Any]:
        return {"choices": [{"delta": {"content": text}, "message": {"content": so_far}, "finish_reason": None}]}

    assert answer_to(both("a", "a"), both("b", "ab"), both("", "ab"), DONE).content == "ab"


def test_message_is_read_when_a_chunk_has_no_delta() -> None:
    assert answer_to({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}).content == "Hi"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_is_read_from_both_reasoning_fields(field: str) -> None:
    answer = answer_to(delta(None, **{field: "Hm"}), delta(None, **{field: "."}), delta("Yes"), DONE)

    assert (answer.thinking, answer.content) == ("Hm.", "Yes")


def test_thinking_in_both_fields_is_counted_once() -> None:
    both = delta(None, reasoning_content="Hm", reasoning="Hm", reasoning_details=[{"text": "Hm"}])

    assert answer_to(both, DONE).thinking == "Hm"


def test_typed_content_parts_yield_text_and_thinking() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}, {"type": "text", "text": "."}]},
        {"type": "thinking", "thinking": "So"},
        {"type": "text", "text": "Yes"},
        {"type": "text", "text": "!"},
    ]

    answer = answer_to({"choices": [{"delta": {"content": parts}}]}, DONE)

    assert (answer.thinking, answer.content) == ("Hm.So", "Yes!")


@pytest.mark.parametrize(
    ("named", "reported"), [("m", None), ("other", "other"), ("odd \ud800", "odd \ufffd"), ("", None)]
)
def test_model_is_reported_once_and_only_if_it_differs(named: str, reported: str | None) -> None:
    event = json.dumps({"model": named, "choices": [{"delta": {"content": "x"}}]})
    reading = reader()
    models = [chunk.model for chunk in reading.feed(sse({"model": ""}, event, event))]

    assert models == [reported, None]


def test_model_is_not_reported_when_none_was_requested() -> None:
    reading = OpenAIReader("", PROFILE, 1 << 20)

    assert [chunk.model for chunk in reading.feed(sse(delta("x") | {"model": "any"}))] == [None]


# Tool calls


def called(*fragments: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return delta(None, finish=finish, tool_calls=list(fragments))


def test_tool_call_fragments_are_joined_and_emitted_at_the_end() -> None:
    events = (
        called({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}),
        called({"index": 0, "function": {"arguments": '{"x"'}}),
        called({"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}),
        called({"index": 0, "function": {"arguments": ": 1}"}}),
        delta(finish="tool_calls"),
        DONE,
    )

    assert answer_to(*events) == Answer(
        tool_calls=[ToolCall("f", {"x": 1}, "a"), ToolCall("g", {}, "b")],
        finish_reason="tool_calls",
        finished=True,
        ended=True,
    )


def test_truncated_tool_calls_are_emitted_with_partial_arguments() -> None:
    answer = answer_to(called({"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x": "Par'}}))

    assert answer.tool_calls == [ToolCall("f", '{"x": "Par', "a")]
    assert not answer.finished


def test_tool_calls_are_emitted_for_any_finish_reason() -> None:
    event = called({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}, finish="stop")

    assert answer_to(event, DONE).tool_calls == [ToolCall("f", {}, "a")]


# Ends, token counts and timings


@pytest.mark.parametrize(
    ("events", "reason", "finished"),
    [
        ((delta("Hi"), DONE), None, True),
        ((delta("Hi"), STOP), "stop", True),
        ((delta("Hi", finish="length"),), "length", True),
        ((delta("Hi", finish="eos_token"), DONE), "eos_token", True),
        ((delta("Hi", finish="odd \ufffd"), DONE), "odd \ufffd", True),
        ((delta("", finish=""), delta("Hi", finish=""), STOP, DONE), "stop", True),
        ((delta("Hi"), STOP, {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {}}, DONE), "stop", True),
        ((delta("", finish="stop"), delta("Hi"), DONE), "stop", True),
        ((delta("Hi"),), None, False),
        ((delta("Hi"), {"choices": []}), None, False),
        ((DONE,), None, True),
    ],
)
def test_finish_reason_or_done_marks_the_answer_finished(
    events: tuple[object, ...], reason: str | None, finished: bool
) -> None:
    answer = answer_to(*events)

    assert answer.finish_reason == reason
    assert answer.finished is finished
    assert answer.ended is (DONE in events)
    assert answer.error is None


@pytest.mark.parametrize(
    ("events", "usage"),
    [
        ((STOP, {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}), Usage(5, 2)),
        ((STOP | {"usage": {"prompt_tokens": 5, "completion_tokens": 2}},), Usage(5, 2)),
        ((STOP, {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}, {"usage": None}), Usage(5, 2)),
        ((STOP, {"x_groq": {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}}), Usage(5, 2)),
        (
            (
                delta("a") | {"usage": {"prompt_tokens": 5, "completion_tokens": 1}},
                STOP | {"usage": {"prompt_tokens": 5, "completion_tokens": 2}},
            ),
            Usage(5, 2),
        ),
        ((STOP, {"usage": {"completion_tokens": 2, "prompt_tokens": None}}), Usage(None, 2)),
        ((STOP, {"usage": {}}), None),
        ((STOP,), None),
    ],
)
def test_latest_token_counts_are_kept_from_any_location(events: tuple[object, ...], usage: Usage | None) -> None:
    assert answer_to(*events, DONE).usage == usage


@pytest.mark.parametrize(
    ("figures", "timing"),
    [
        (
            {"timings": {"prompt_ms": 500, "predicted_ms": 2000.0, "predicted_per_second": 13.5}},
            ServerTiming(prompt_s=0.5, answer_s=2.0, tokens_per_second=13.5),
        ),
        ({"timings": {"predicted_per_second": 13.5}}, ServerTiming(tokens_per_second=13.5)),
        (
            {"stats": {"generation_time": 2.0, "tokens_per_second": 13.5, "stop_reason": "eosFound"}},
            ServerTiming(answer_s=2.0, tokens_per_second=13.5),
        ),
        ({"stats": {}, "timings": {}}, None),
    ],
)
def test_server_timing_is_kept(figures: dict[str, Any], timing: ServerTiming | None) -> None:
    assert answer_to(delta("Hi"), STOP | figures, DONE).timing == timing


def test_only_answer_content_counts_as_progress() -> None:
    reading = reader()
    for body, progressed in (
        (b": comment\n\n", False),
        (sse(delta("", role="assistant")), False),
        (sse({"choices": [], "usage": {"prompt_tokens": 1}}), False),
        (sse(delta("x")), True),
        (sse(delta(None, reasoning="x")), True),
        (sse(called({"index": 0})), True),
        (sse(STOP), False),
    ):
        reading.progressed = False
        list(reading.feed(body))
        assert reading.progressed is progressed, body


# Errors


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (sse({"error": {"message": "boom", "type": "server_error", "code": None}}), "boom"),
        (sse({"error": {"message": "boom"}, "choices": []}), "boom"),
        (
            sse({"error": {"message": "boom", "code": 502}, "choices": [{"delta": {}, "finish_reason": "error"}]}),
            "boom",
        ),
        (sse({"choices": [{"delta": {}, "error": {"message": "boom"}, "finish_reason": None}]}), "boom"),
        (
            sse({"choices": [{"delta": {}, "finish_reason": "error"}]}),
            "the answer ended with an unspecified error",
        ),
        (sse({"error": "boom"}), "boom"),
        (sse({"error": {"code": 5}}), '{"code": 5}'),
        (sse({"object": "error", "message": "boom", "code": 400}), "boom"),
        (b"event: error\n" + sse({"error": {"message": "boom"}}), "boom"),
        (b"event: error\n" + sse({"message": "boom"}), "boom"),
        (b"event: error\n" + sse("boom"), "boom"),
        (b"event: error\ndata: boom", "boom"),
        (b'event: error\ndata: {"message": "boom"}\n', "boom"),
        (b'error: {"message": "boom", "code": 500}\n\n', "boom"),
        (b"error: boom\n\n", "boom"),
        (b'{"error": {"message": "boom"}}\n\n', "boom"),
        (b'{"error": {"message": "boom"}}', "boom"),
    ],
)
@pytest.mark.parametrize("after", [b"", b"\n", b"\n\n" + sse(DONE)])
def test_stream_error_is_reported_after_earlier_text(error: bytes, message: str, after: bytes) -> None:
    answer = read_with_every_split(reader, sse(delta("One", reasoning="Hm")) + error + after)

    assert (answer.content, answer.thinking) == ("One", "Hm")
    assert answer.error == ("stream_error", f"mine reported an error: {message}.")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (b'{\n "error": {\n  "message": "boom"\n }\n}\n', "boom"),
        (b"upstream gave up\n", "upstream gave up"),
    ],
)
def test_ignored_lines_are_quoted_when_the_answer_is_truncated(lines: bytes, message: str) -> None:
    answer = read_with_every_split(reader, sse(delta("One")) + lines)

    assert answer.content == "One"
    assert answer.error == ("stream_error", f"mine reported an error: {message}.")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "boom"}}', "boom"),
        (b'{"error":"Unexpected endpoint or method. (POST /chat/completions)"}', "Unexpected endpoint or method"),
        (b'{\n  "error": {\n    "message": "boom"\n  }\n}\n', "boom"),
        (b'{"error": {"message": "boom"}}\n\ndata: [DONE]\n\n', "boom"),
        (b'{"object": "error", "message": "boom"}', "boom"),
        (b'event: error\ndata: {"message": "Failed to load model"}\n\n', "Failed to load model"),
        (b"error:\n\n", "without a message"),
    ],
)
def test_error_body_instead_of_a_stream_is_reported(body: bytes, message: str) -> None:
    answer = read_with_every_split(reader, body)

    assert answer.error is not None
    assert answer.error[0] == "stream_error"
    assert message in answer.error[1]


def test_error_after_the_finish_reason_is_reported() -> None:
    answer = answer_to(delta("One", finish="stop"), {"error": {"message": "boom"}}, DONE)

    assert answer.content == "One"
    assert answer.error == ("stream_error", "mine reported an error: boom.")


def test_text_in_an_error_event_is_kept() -> None:
    answer = answer_to(delta("One", finish="error") | {"error": {"message": "boom"}})

    assert answer.content == "One"
    assert answer.finish_reason is None
    assert answer.error == ("stream_error", "mine reported an error: boom.")


@pytest.mark.parametrize("error", [None, {}, "", [], False])
def test_empty_error_is_not_an_error(error: object) -> None:
    assert answer_to(delta("Hi") | {"error": error}, DONE).error is None


@pytest.mark.parametrize("begins", [b"", sse(delta("Hi"))])
def test_html_in_a_stream_is_a_protocol_error_and_is_not_shown(begins: bytes) -> None:
    answer = read_with_every_split(reader, begins + b"<html><p>secret</p></html>\n")

    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert "web page" in answer.error[1]
    assert "secret" not in answer.error[1]


@pytest.mark.parametrize(
    "body", [b"Internal Server Error", b"upstream connect error\nreset reason: overflow\n", b"[1]\n"]
)
def test_plain_text_body_is_quoted_in_a_protocol_error(body: bytes) -> None:
    answer = read_body(reader(), [body])

    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert body.split()[0].decode() in answer.error[1]


def test_ignored_lines_are_harmless_in_a_complete_answer() -> None:
    body = b"x-trace: 1\n" * 100 + sse(delta("Hi")) + b"stray\n" + sse(STOP)

    assert read_with_every_split(reader, body) == Answer("Hi", finish_reason="stop", finished=True)


def test_only_the_first_ignored_lines_are_kept() -> None:
    reading = reader()
    for _ in range(1000):
        list(reading.feed(b"stray\n"))
    list(reading.feed(b"x" * 900_000 + b"\n"))

    assert len(reading._unknown_lines) == 40


# Unstreamed answers


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(whole()).encode(),
        json.dumps(whole(), indent=2).encode() + b"\n",
        b"\xef\xbb\xbf \r\n" + json.dumps(whole()).encode(),
        json.dumps(whole()).encode() + b"\n\n" + sse(DONE),
        json.dumps(whole()).encode() + json.dumps(whole()).encode(),
        json.dumps(whole(error=None)).encode(),
    ],
)
def test_single_json_object_is_the_whole_answer(body: bytes) -> None:
    assert read_with_every_split(reader, body) == Answer("Hello", finish_reason="stop", finished=True, ended=True)


def test_single_json_object_carries_every_answer_field() -> None:
    message = {
        "reasoning_content": "Hm",
        "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": '{"x": 1}'}}],
    }
    value = whole(message=message, model="other", usage={"prompt_tokens": 5, "completion_tokens": 2})

    assert read_with_every_split(reader, json.dumps(value).encode()) == Answer(
        "Hello",
        "Hm",
        [ToolCall("f", {"x": 1}, "a")],
        finish_reason="stop",
        usage=Usage(5, 2),
        model="other",
        finished=True,
        ended=True,
    )


def test_complete_object_ends_the_answer_before_the_body_ends() -> None:
    reading = reader()
    list(reading.feed(json.dumps(whole()).encode()))

    assert reading.ended


def test_large_object_is_parsed_at_the_end_of_the_body() -> None:
    value = whole(message={"content": "x" * 100_000})
    body = json.dumps(value).encode()
    reading = reader()
    assert not any(reading.feed(body))

    answer = Answer()
    for chunk in reading.finish():
        answer.add(chunk)
    assert answer.content == "x" * 100_000
    assert list(reading.finish()) == []


@pytest.mark.parametrize("after", [b"\n\n" + sse(DONE), b"garbage"])
def test_bytes_after_a_large_object_are_ignored(after: bytes) -> None:
    body = json.dumps(whole(message={"content": "x" * 100_000})).encode() + after
    for cut in (0, 50_000, len(body) - 5, len(body)):
        assert read_body(reader(), [body[:cut], body[cut:]]).content == "x" * 100_000


def test_object_of_exactly_the_maximum_size_is_accepted() -> None:
    body = json.dumps(whole()).encode()

    assert read_body(OpenAIReader("m", PROFILE, len(body)), [body]).content == "Hello"
    assert read_body(OpenAIReader("m", PROFILE, len(body) - 1), [body]).error is not None


def test_oversized_object_is_a_protocol_error() -> None:
    answer = read_body(OpenAIReader("m", PROFILE, 100), [b'{"choices":', b" " * 200])

    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert "more than 100 bytes" in answer.error[1]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"message": "Hi"}',
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"models": []}',
    ],
)
def test_object_without_an_answer_is_a_protocol_error(body: bytes) -> None:
    answer = read_with_every_split(reader, body)

    assert answer.content == ""
    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert not answer.finished


@pytest.mark.parametrize("body", [b"{", b'{"choices": [{"message": {"content": "Hi"}', b"{" * 200_000, b"{not JSON}"])
def test_incomplete_object_is_a_protocol_error(body: bytes) -> None:
    answer = read_body(reader(), [body])

    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert answer == read_body(reader(), [body[:1], body[1:]])


# Arbitrary input


@given(st.binary(max_size=300), st.data())
def test_arbitrary_bytes_do_not_crash_the_reader(body: bytes, data: st.DataObject) -> None:
    read_body(OpenAIReader("m", PROFILE, 64), data.draw(pieces(body))).encoded()


fields = st.sampled_from(
    ("choices", "delta", "message", "content", "reasoning", "tool_calls", "function", "arguments", "index", "id")
) | st.sampled_from(
    ("finish_reason", "usage", "error", "model", "x_groq", "timings", "prompt_tokens", "type", "text", "thinking")
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "stop", "error", "\ud83d", "\ude00"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(fields, inner, max_size=3),
    max_leaves=8,
)
choices = st.lists(
    st.fixed_dictionaries(
        {"delta": st.dictionaries(fields, json_values, max_size=3)}, optional={"finish_reason": json_values}
    ),
    max_size=2,
)
events = st.dictionaries(fields, json_values, max_size=3) | st.fixed_dictionaries({"choices": choices})


@given(st.lists(events | st.sampled_from([DONE, ": comment", ""]), max_size=6), st.data())
def test_chunk_boundaries_do_not_change_the_answer(events: list[Any], data: st.DataObject) -> None:
    body = sse(*(event if isinstance(event, str) else json.dumps(event) for event in events))
    answer = read_body(reader(), [body])

    assert read_body(reader(), data.draw(pieces(body))) == answer
    answer.encoded()


# What only some servers send


@pytest.mark.parametrize(
    ("comment", "doing"),
    [
        (b": keepalive 25/100\n\n", ServerActivity("reading", 0.25)),
        (b": keepalive 300/100\n\n", ServerActivity("reading", 1.0)),
        (b": keepalive 1/0\n\n", None),
        (b": keepalive\n\n", None),
        (b":\n\n", None),
    ],
)
def test_prompt_progress_in_comments_is_reported_as_activity(comment: bytes, doing: ServerActivity | None) -> None:
    reading = reader()
    assert list(reading.feed(comment)) == []
    assert reading.activity == doing

    reading.activity = None
    list(reading.feed(sse(delta("Hi")) + comment))
    assert reading.activity is None


def test_long_data_urls_in_content_are_not_text() -> None:
    image = f"![](data:image/png;base64,{'QUJD' * 2_000})"

    assert read_body(reader(), [sse(delta(image), STOP, DONE)]).content == "![](data:image/png;base64,…)"
    assert read_body(reader(), [json.dumps(whole(message={"content": image})).encode()]).content == (
        "![](data:image/png;base64,…)"
    )


def test_answer_id_is_reported_once_with_the_first_text_if_wanted() -> None:
    body = sse({"id": "c1", **delta("")}, {"id": "c1", **delta("a")}, {"id": "c2", **delta("b")}, DONE)
    wanted = OpenAIReader("m", PROFILE, 1 << 20, reports_id=True)

    assert [chunk.answer_id for chunk in wanted.feed(body)] == ["c1", None]
    assert [chunk.answer_id for chunk in reader().feed(body)] == [None, None]


def test_unusable_answer_id_is_not_reported() -> None:
    wanted = OpenAIReader("m", PROFILE, 1 << 20, reports_id=True)

    assert [chunk.answer_id for chunk in wanted.feed(sse({"id": 5, **delta("a")}, delta("b")))] == [None, None]


@pytest.mark.parametrize(
    ("figures", "cached"),
    [
        ({"usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}}, 4),
        ({"usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 0}}, "timings": {"cache_n": 7}}, 0),
        ({"usage": {"prompt_tokens": 9}, "timings": {"cache_n": 7}}, 7),
        ({"timings": {"cache_n": 7}}, 7),
        ({"usage": {"prompt_tokens": 9, "prompt_tokens_details": None}}, None),
    ],
)
def test_cached_tokens_of_the_prompt_are_kept(figures: dict[str, Any], cached: int | None) -> None:
    usage = answer_to(delta("Hi"), {"choices": [], **figures}, DONE).usage

    assert usage is not None
    assert usage.cached_prompt_tokens == cached


def test_rate_of_an_unmeasured_token_is_unknown() -> None:
    answer = answer_to(delta("Hi"), STOP, {"choices": [], "timings": {"predicted_per_second": 0.0}}, DONE)

    assert answer.timing == ServerTiming()


# Images


PNG = b"\x89PNG\r\n\x1a\n" + bytes(4_000)
PNG_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
IMAGE = {"type": "image_url", "image_url": {"url": PNG_URL}}


@pytest.mark.parametrize(
    "events",
    [
        (delta("Look"), delta("", images=[IMAGE]), STOP, DONE),
        (delta("Look", images=[IMAGE]), delta("", images=[IMAGE]), STOP, DONE),
        (delta("Look"), {"choices": [{"message": {"images": [IMAGE]}, "finish_reason": "stop"}]}, DONE),
        ({"choices": [{"delta": {"content": [{"type": "text", "text": "Look"}, IMAGE]}}]}, STOP, DONE),
    ],
)
def test_images_of_an_answer_are_read_once(events: tuple[object, ...]) -> None:
    answer = read_body(reader(), [sse(*events)])

    assert (answer.content, answer.images, answer.unread) == ("Look", [PNG], "")
    assert answer.finish_reason == "stop"


def test_answer_may_be_an_image_alone() -> None:
    stream = read_body(reader(), [sse(delta("", images=[IMAGE]), STOP, DONE)])
    assert (stream.images, stream.unread, stream.finished) == ([PNG], "", True)

    body = json.dumps(whole(message={"content": None, "images": [IMAGE]})).encode()
    assert read_body(reader(), [body]) == Answer("", finish_reason="stop", images=[PNG], finished=True, ended=True)


def test_image_in_the_text_is_taken_out() -> None:
    for events in ((delta(f"![x]({PNG_URL})"), STOP, DONE), (delta(f"![x]({PNG_URL}"), delta(")"), STOP, DONE)):
        answer = read_body(reader(), [sse(*events)])
        assert (answer.content, answer.images) == ("![x](data:image/png;base64,…)", [PNG])


def test_image_at_the_end_of_the_text_comes_with_the_last_chunk() -> None:
    assert read_body(reader(), [sse(delta(PNG_URL), STOP, DONE)]).images == [PNG]
