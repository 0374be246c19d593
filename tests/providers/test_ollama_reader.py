"""OllamaReader: parses the body of an Ollama response into chunks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.bodies import PROFILE, Answer, ndjson, read_body, read_with_every_split
from tests.wire.cutting import pieces
from tui.chat.chunk import ServerTiming, ToolCall, Usage
from tui.providers.ollama_reader import OllamaReader


def reader() -> OllamaReader:
    return OllamaReader(PROFILE, 1 << 20)


def line(content: str = "", **fields: Any) -> dict[str, Any]:
    thinking = {key: fields.pop(key) for key in ("thinking", "tool_calls") if key in fields}
    return {"model": "m", "message": {"role": "assistant", "content": content, **thinking}, "done": False, **fields}


DONE = line(done=True, done_reason="stop")
PNG = b"\x89PNG\r\n\x1a\n" + b"." * 20
PNG_TEXT = base64.b64encode(PNG).decode()


def test_chat_lines_are_joined_into_the_answer() -> None:
    body = ndjson(line(thinking="Hm"), line("Good "), line("evening ☕."), DONE)

    assert read_with_every_split(reader, body) == Answer(
        thinking="Hm", content="Good evening ☕.", finish_reason="stop", finished=True, ended=True
    )


def test_generate_lines_have_top_level_text() -> None:
    body = ndjson(
        {"thinking": "Hm", "response": ""}, {"response": "Good"}, {"response": "!", "done": True, "context": [1, 2, 3]}
    )

    assert read_with_every_split(reader, body) == Answer(thinking="Hm", content="Good!", finished=True, ended=True)


def test_one_line_may_carry_every_kind_of_content() -> None:
    call = {"function": {"name": "f", "arguments": {"x": 1}}}
    body = ndjson(line("Good", thinking="Hm", tool_calls=[call], done=True, done_reason="length"))

    assert read_with_every_split(reader, body) == Answer(
        "Good", "Hm", [ToolCall("f", {"x": 1})], finish_reason="length", finished=True, ended=True
    )


def test_stats_of_the_last_line_are_kept() -> None:
    figures = {
        "load_duration": 1_500_000_000,
        "prompt_eval_duration": 500_000_000,
        "eval_duration": 2_000_000_000,
        "prompt_eval_count": 9,
        "eval_count": 26,
    }
    answer = read_body(reader(), [ndjson(line("x"), DONE | figures)])

    assert answer.usage == Usage(9, 26)
    assert answer.timing == ServerTiming(load_s=1.5, prompt_s=0.5, answer_s=2.0, tokens_per_second=13.0)


@pytest.mark.parametrize(
    ("figures", "usage", "timing"),
    [
        ({}, None, None),
        ({"eval_count": 5}, Usage(None, 5), None),
        ({"prompt_eval_count": 9}, Usage(9, None), None),
        ({"prompt_eval_count": 9, "prompt_eval_cached_count": 7}, Usage(9, None, 7), None),
        ({"prompt_eval_count": 9, "prompt_eval_cached_count": 0}, Usage(9, None, 0), None),
        ({"prompt_eval_count": 9, "prompt_eval_cached_count": "7"}, Usage(9, None), None),
        ({"eval_duration": 10**9}, None, ServerTiming(answer_s=1.0)),
        ({"eval_count": "5", "eval_duration": None, "load_duration": -1}, None, None),
    ],
)
def test_missing_stats_are_unknown(figures: dict[str, Any], usage: Usage | None, timing: ServerTiming | None) -> None:
    answer = read_body(reader(), [ndjson(DONE | figures)])

    assert (answer.usage, answer.timing) == (usage, timing)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (line(done=True), None),
        (line(done=True, done_reason=""), None),
        (line(done=True, done_reason="unload"), "unload"),
        ({"done_reason": "stop", "message": {"content": ""}}, "stop"),
        ({"done_reason": "stop", "message": None}, "stop"),
        ({"done_reason": "odd \ud800", "done": True}, "odd \ufffd"),
        ({"status": "success"}, None),
    ],
)
def test_every_end_marker_finishes_the_answer(last: dict[str, Any], reason: str | None) -> None:
    body = json.dumps(last).encode() + b"\n"

    assert read_with_every_split(reader, body) == Answer(finish_reason=reason, finished=True, ended=True)


@pytest.mark.parametrize("last", [line(), line(done="true"), line(done=1), {"status": "verifying sha256 digest"}, {}])
def test_other_values_do_not_finish_the_answer(last: dict[str, Any]) -> None:
    answer = read_body(reader(), [ndjson(line("Hi"), last)])

    assert answer.content == "Hi"
    assert not answer.finished


def test_data_after_the_end_is_ignored() -> None:
    for after in (ndjson(line("more")), b"garbage", b"<html>\n", ndjson({"error": "late"})):
        assert read_with_every_split(reader, ndjson(line("Hi"), DONE) + after).content == "Hi"


@pytest.mark.parametrize("end", [b"", b"\r\n", b"  \n\n"])
def test_unstreamed_answer_needs_no_final_newline(end: bytes) -> None:
    body = ndjson(line("Hello", done=True, done_reason="stop")).rstrip() + end

    assert read_with_every_split(reader, body) == Answer("Hello", finish_reason="stop", finished=True, ended=True)


def test_unicode_line_separators_are_kept_as_text() -> None:
    text = "a\x85b\u2028c\u2029d\x0be\x0cf"

    assert read_with_every_split(reader, ndjson(line(text), DONE)).content == text


def test_surrogate_halves_are_joined_across_lines_or_replaced() -> None:
    body = b"".join(json.dumps(line(half)).encode() + b"\n" for half in ("a\ud83d", "\ude00b", "\ud83d"))
    thinking = json.dumps(line(thinking="x\ud83d", done=True)).encode()

    answer = read_with_every_split(reader, body + thinking)

    assert answer.content == "a😀b\ufffd"
    assert answer.thinking == "x\ufffd"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            {"id": "call_1", "function": {"index": 0, "name": "f", "arguments": {"x": 1}}},
            ToolCall("f", {"x": 1}, "call_1"),
        ),
        ({"function": {"name": "f", "arguments": {}}}, ToolCall("f", {})),
        ({"function": {"name": "f", "arguments": '{"x": 1}'}}, ToolCall("f", {"x": 1})),
        ({"function": {"name": "f", "arguments": "Paris"}}, ToolCall("f", "Paris")),
        ({"function": {"name": "f"}}, ToolCall("f", {})),
        ({"id": 7, "function": None}, ToolCall("", {})),
    ],
)
def test_complete_tool_calls_are_read(call: dict[str, Any], expected: ToolCall) -> None:
    answer = read_with_every_split(reader, ndjson(line(tool_calls=[call]), line(tool_calls=[call, None]), DONE))

    assert answer.tool_calls == [expected, expected]


# Errors


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"error": "unexpected EOF"}, "unexpected EOF"),
        ({"error": {"message": "unexpected EOF"}}, "unexpected EOF"),
        ({"StatusCode": 502, "Status": "502 Bad Gateway", "error": "upstream"}, "upstream"),
        ({"error": "boom", "done": True, "done_reason": "stop"}, "boom"),
        ({"error": {"code": 5}}, '{"code": 5}'),
        ({"message": "boom"}, "boom"),
        ({"Message": "boom", "id": "x"}, "boom"),
        ({"isError": True, "message": "boom"}, "boom"),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_stream_error_is_reported_after_earlier_text(error: dict[str, Any], message: str, end: bytes) -> None:
    answer = read_with_every_split(reader, ndjson(line("One", thinking="Hm")) + ndjson(error).rstrip() + end)

    assert (answer.content, answer.thinking) == ("One", "Hm")
    assert answer.error == ("stream_error", f"mine reported an error: {message}.")
    assert not answer.finished


def test_text_in_an_error_line_is_kept() -> None:
    answer = read_with_every_split(reader, ndjson(line("One") | {"error": "boom"}))

    assert answer.content == "One"
    assert answer.error == ("stream_error", "mine reported an error: boom.")


@pytest.mark.parametrize("error", [None, {}, "", [], False])
def test_empty_error_is_not_an_error(error: object) -> None:
    assert read_body(reader(), [ndjson(line("One") | {"error": error}, DONE)]).error is None


@pytest.mark.parametrize("bad", [b"not JSON", b"[1]", b'"text"', b"{broken}", b"[" * 200_000, b"<html>"])
def test_invalid_line_is_a_protocol_error_after_earlier_text(bad: bytes) -> None:
    answer = read_body(reader(), [ndjson(line("One")) + bad + b"\n" + ndjson(DONE)])

    assert answer.content == "One"
    assert answer.error is not None
    assert answer.error[0] == "protocol"


@pytest.mark.parametrize("bad", [b"not JSON", b"nul", b"<html>"])
def test_unterminated_invalid_line_is_a_protocol_error(bad: bytes) -> None:
    answer = read_with_every_split(reader, ndjson(line("One")) + bad)

    assert answer.error is not None
    assert answer.error[0] == "protocol"


def test_truncation_keeps_complete_lines_without_end_or_error() -> None:
    first, second = ndjson(line("One, ")), ndjson(line("two."))
    body = first + second + ndjson(DONE).rstrip()
    for cut in range(len(body)):
        answer = read_body(reader(), [body[:cut]])
        # The line ending may be missing: an object is complete with its last brace.
        whole = (cut >= len(first) - 1) + (cut >= len(first + second) - 1)
        assert answer == Answer(("", "One, ", "One, two.")[whole]), cut


def test_oversized_line_is_a_protocol_error() -> None:
    answer = read_body(OllamaReader(PROFILE, 100), [ndjson(line("x")), b'{"message":' + b"x" * 200])

    assert answer.content == "x"
    assert answer.error is not None
    assert "more than 100 bytes" in answer.error[1]


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n"])
def test_empty_body_is_an_empty_answer(body: bytes) -> None:
    assert read_with_every_split(reader, body) == Answer()


@pytest.mark.parametrize("odd", [None, 1, True, [], {}, [None], {"x": None}])
def test_nulls_and_wrong_types_are_ignored(odd: Any) -> None:
    body = ndjson(
        {"message": odd, "done_reason": odd},
        {"message": {"content": odd, "thinking": odd, "tool_calls": odd}},
        {"message": {"tool_calls": [odd]}},
        {"response": odd, "thinking": odd, "eval_count": odd, "eval_duration": odd, "status": odd},
        line("Hi"),
    )
    answer = read_with_every_split(reader, body)

    assert answer.content == "Hi"
    assert answer.error is None


def test_only_answer_content_counts_as_progress() -> None:
    reading = reader()
    for event, progressed in (
        (line(), False),
        ({"status": "pulling manifest"}, False),
        (line("x"), True),
        (line(thinking="x"), True),
        (line(tool_calls=[{}]), True),
        (DONE, False),
    ):
        reading.progressed = False
        list(reading.feed(ndjson(event)))
        assert reading.progressed is progressed


@given(st.binary(max_size=300), st.data())
def test_arbitrary_bytes_read_the_same_across_chunk_boundaries(body: bytes, data: st.DataObject) -> None:
    assert read_body(OllamaReader(PROFILE, 64), data.draw(pieces(body))) == read_body(OllamaReader(PROFILE, 64), [body])


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["message", "response", "done", "done_reason", "error", "thinking", "eval_count"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "stop", "\ud83d", "\ude00"]),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(
                        st.sampled_from(["content", "thinking", "tool_calls", "function", "name", "arguments"]),
                        inner,
                        max_size=3,
                    )
                ),
                max_leaves=6,
            ),
            max_size=4,
        ),
        max_size=5,
    ),
    st.data(),
)
def test_chunk_boundaries_do_not_change_the_answer(objects: list[dict[str, Any]], data: st.DataObject) -> None:
    body = b"".join(json.dumps(value).encode() + b"\n" for value in objects)
    answer = read_body(reader(), [body])

    assert read_body(reader(), data.draw(pieces(body))) == answer
    answer.encoded()


# Beyond the documents


@pytest.mark.parametrize("field", ["thinking", "reasoning", "reasoning_content"])
@pytest.mark.parametrize("thinking", ["Hm.", {"text": "Hm."}, ["Hm", "."]])
def test_thinking_may_have_another_name_and_shape(field: str, thinking: object) -> None:
    for more in ({}, {"reasoning_content": "Hm."}):
        chat = {"message": {"content": "", **more, field: thinking}}
        assert read_with_every_split(reader, ndjson(chat, line("Hi"), DONE)).thinking == "Hm."
        generate = {"response": "", **more, field: thinking}
        assert read_with_every_split(reader, ndjson(generate, {"response": "Hi", "done": True})).thinking == "Hm."


@pytest.mark.parametrize("content", [["Hi"], [{"type": "text", "text": "Hi"}], {"text": "Hi"}])
def test_content_may_be_parts_or_an_object(content: object) -> None:
    for event in ({"message": {"content": content}}, {"response": content}, {"content": content}):
        assert read_with_every_split(reader, ndjson(event, DONE)).content == "Hi"


@pytest.mark.parametrize("nulls", [{"content": None}, {"thinking": None, "tool_calls": None, "images": None}])
def test_null_fields_are_missing_fields(nulls: dict[str, None]) -> None:
    assert read_with_every_split(reader, ndjson({"message": nulls}, line("Hi") | nulls, DONE)).content == "Hi"


def test_last_line_that_repeats_the_whole_text_adds_nothing() -> None:
    parts = ("Hello ", "there, ", "world")
    whole = "".join(parts)
    chat = (*map(line, parts), line(whole, done=True))
    generate = (*({"response": part} for part in parts), {"response": whole, "done": True})

    for events in (chat, generate):
        assert read_with_every_split(reader, ndjson(*events)).content == whole
    assert read_with_every_split(reader, ndjson(line("ha"), line("ha"), line("haha", done=True))).content == "hahahaha"


def test_tool_calls_may_be_one_object_or_lack_function() -> None:
    for calls in ({"function": {"name": "f", "arguments": '{"x": 1}'}}, [{"name": "f", "arguments": {"x": 1}}]):
        assert read_with_every_split(reader, ndjson(line(tool_calls=calls), DONE)).tool_calls == [
            ToolCall("f", {"x": 1})
        ]


@pytest.mark.parametrize(
    "error",
    [
        {"code": 500, "message": "boom"},
        {"detail": "boom"},
        {"status": "error", "message": "boom"},
        {"errors": ["boom"]},
        {"success": False, "msg": "boom"},
    ],
)
def test_error_without_the_field_error_is_an_error(error: dict[str, object]) -> None:
    answer = read_with_every_split(reader, ndjson(line("One"), error, DONE))

    assert (answer.content, answer.error) == ("One", ("stream_error", "mine reported an error: boom."))


@pytest.mark.parametrize(
    "event",
    [
        {"message": {"content": "", "images": [PNG_TEXT]}},
        {"response": "", "image": PNG_TEXT},
        {"response": "", "images": [PNG_TEXT, PNG_TEXT]},
    ],
)
def test_images_of_an_answer_are_read_once(event: dict[str, object]) -> None:
    answer = read_with_every_split(reader, ndjson(event, event, line("Look"), DONE))

    assert (answer.content, answer.images, answer.unread) == ("Look", [PNG], "")


@pytest.mark.parametrize(
    "event", [{"message": {"content": "", "images": ["x"]}}, {"response": "", "images": ["x"]}, {"images": ["x"]}]
)
def test_answer_in_an_unknown_form_is_remembered(event: dict[str, object]) -> None:
    assert read_with_every_split(reader, ndjson(event, DONE)).unread == "images"
    assert read_with_every_split(reader, ndjson(event, line("Hi"), DONE)).unread == ""
    assert read_with_every_split(reader, ndjson(line("Hi"), event, DONE)).unread == ""


@pytest.mark.parametrize(("event", "unread"), [({"output": "Hi"}, "output"), ({"message": {"content": 5}}, "content")])
def test_unknown_field_in_place_of_the_text_is_remembered(event: dict[str, object], unread: str) -> None:
    assert read_with_every_split(reader, ndjson(event | {"done": True})).unread == unread


@pytest.mark.parametrize(
    "event",
    [
        {"model": "m", "created_at": "x", "response": "", "done": True, "done_reason": "load", "context": [1]},
        {"message": {"role": "assistant", "content": ""}, "done": True, "total_duration": 5},
        {"status": "success"},
        {"status": "pulling", "digest": "sha256:1", "total": 5, "completed": 5, "done": True},
    ],
)
def test_empty_answer_and_status_are_not_an_unknown_form(event: dict[str, object]) -> None:
    assert read_with_every_split(reader, ndjson(event)).unread == ""


def test_message_may_be_the_text_itself() -> None:
    body = ndjson({"message": "Hel", "done": False}, {"message": "lo", "done": True})

    assert read_with_every_split(reader, body).content == "Hello"


def test_lines_that_carry_nothing_are_ignored() -> None:
    body = b"null\n[]\n" + ndjson(line("a")) + b"ping\n\n" + ndjson(line("b"), DONE)

    assert read_with_every_split(reader, body).content == "ab"
