"""OpenAIReader: bodies beyond the standard. Nothing is lost, doubled, or called complete when it is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.bodies import PROFILE, Answer, delta, read_body, read_with_every_split, sse
from tui.chat.chunk import ToolCall, Usage
from tui.providers.openai_reader import OpenAIReader

DONE = "[DONE]"
STOP = delta(finish="stop")
HELLO = "Hello there, world"


def reader() -> OpenAIReader:
    return OpenAIReader("m", PROFILE, 1 << 20)


def answer_to(*events: object) -> Answer:
    """What events come to, wherever they are cut."""
    return read_with_every_split(reader, sse(*events))


def choice(index: object, finish: str | None = None, **fields: object) -> dict[str, Any]:
    return {"choices": [{"index": index, "finish_reason": finish, **fields}]}


# Framing


def lines(*events: object) -> bytes:
    """Events that one newline separates instead of a blank line."""
    return sse(*events).replace(b"\n\n", b"\n")


@pytest.mark.parametrize(
    "body",
    [
        lines(delta("a"), delta("b"), STOP, DONE),
        lines(delta("a"), delta("b"), STOP, DONE).replace(b"\n", b"\r\n"),
        lines(delta("a"), delta("b"), STOP, DONE).replace(b"data: ", b"data:"),
        lines(delta("a"), delta("b"), STOP),
        lines(delta("a"), delta("b"), STOP) + b"[DONE]\n",
        lines(delta("a"), delta("b")) + sse(STOP, DONE),
        sse(delta("a"), delta("b")) + lines(STOP, DONE) + b"\n",
        lines(delta("a")) + b": comment\n" + lines(delta("b"), STOP, DONE),
        b"".join(b"id: %d\n" % i + lines(e) for i, e in enumerate((delta("a"), delta("b"), STOP, DONE))),
        b"".join(b"event: message\n" + lines(e) for e in (delta("a"), delta("b"), STOP, DONE)),
        lines({}, delta("a"), {"usage": None}, delta("b"), STOP, DONE),
    ],
)
def test_events_may_lack_blank_lines(body: bytes) -> None:
    answer = read_with_every_split(reader, body)

    assert (answer.content, answer.finish_reason, answer.finished, answer.error) == ("ab", "stop", True, None)


def test_text_without_blank_lines_is_not_held_until_the_end() -> None:
    reading = reader()
    list(reading.feed(lines(delta("a"))))

    assert [chunk.content for chunk in reading.feed(lines(delta("b")))] == ["a", "b"]
    assert [chunk.content for chunk in reading.feed(lines(delta("c")))] == ["c"]
    list(reading.feed(lines(DONE)))
    assert reading.ended


def test_error_without_blank_lines_comes_after_the_text_before_it() -> None:
    answer = read_with_every_split(reader, lines(delta("a"), {"error": {"message": "boom"}}, DONE))

    assert answer.content == "a"
    assert answer.error == ("stream_error", "mine reported an error: boom.")


def test_event_over_several_lines_stays_one_event() -> None:
    body = b"data: " + json.dumps(delta("a"), indent=1).encode().replace(b"\n", b"\ndata: ") + b"\n\n"

    assert read_with_every_split(reader, body * 2 + sse(STOP, DONE)).content == "aa"


@pytest.mark.parametrize(
    "line",
    [
        "null", "[]", "[ ]", "{}", "ping", "PING", '"ping"', "pong", "keep-alive", "keepalive", "heartbeat", "true",
        "17", '""', " ", "",
    ],
)  # fmt: skip
def test_lines_that_carry_nothing_are_ignored(line: str) -> None:
    answer = answer_to(line, delta("a"), line, delta("b"), line, STOP, line, DONE)

    assert answer == Answer("ab", finish_reason="stop", finished=True, ended=True)


@pytest.mark.parametrize(
    "line", ["upstream connect error", '"some words"', "[1]", '[{"choices": []}, null]', "pinging"]
)
def test_other_lines_are_a_protocol_error(line: str) -> None:
    answer = read_body(reader(), [sse(delta("a"), line, DONE)])

    assert answer.content == "a"
    assert answer.error is not None
    assert answer.error[0] == "protocol"


def test_error_event_is_an_error_even_without_data_of_its_own() -> None:
    answer = read_with_every_split(reader, sse(delta("a")) + b"event: error\ndata: null\n\n")

    assert answer.error is not None
    assert answer.error[0] == "stream_error"


@pytest.mark.parametrize(
    "end",
    [
        b"[DONE]\n\n",
        b"[DONE]",
        b"  [DONE]\n",
        b'"[DONE]"\n',
        b"DONE\n",
        b"data: DONE\n\n",
        b"data: [done]\n\n",
        b'data: "[DONE]"\n\n',
        b"data: '[DONE]'\n\n",
        sse("[END]"),
        sse("<|endoftext|>"),
        sse("<|im_end|>"),
        sse("<|end_of_text|>"),
        b"<|eot_id|>\n",
        sse("</s>"),
        b"data:[DONE]",
        b"event: done\ndata: {}\n\n",
        b"event: done\ndata: [DONE]\n\n",
        b"event: done\ndata:\n\n",
        b"event: done\ndata: finished\n\n",
        b"event: [DONE]\n\n",
        b"event: end\n\n",
        b"event: Complete\ndata: {}",
        sse({"done": True}),
        sse({"type": "done"}),
        sse({"event": "done", "id": "x"}),
    ],
)
def test_end_may_be_written_in_another_way(end: bytes) -> None:
    answer = read_with_every_split(reader, sse(delta("Hi")) + end)

    assert (answer.content, answer.finish_reason, answer.finished, answer.error) == ("Hi", None, True, None)


@pytest.mark.parametrize("end", [b"event: done\n\n", b"event: done\ndata: {}\n\n", b"[DONE]\n"])
def test_end_is_known_before_the_body_ends(end: bytes) -> None:
    reading = reader()
    list(reading.feed(sse(delta("Hi")) + end))

    assert reading.finished


def test_last_event_named_done_is_read() -> None:
    body = sse(delta("Hi")) + b"event: done\n" + sse({"usage": {"prompt_tokens": 1, "completion_tokens": 2}})

    assert read_with_every_split(reader, body) == Answer("Hi", usage=Usage(1, 2), finished=True)


@pytest.mark.parametrize("tail", [b"", b"event: ping\n\n", b"DONE2\n\n", b"data: {}\n\n"])
def test_answer_without_an_end_is_not_finished(tail: bytes) -> None:
    assert not read_body(reader(), [sse(delta("Hi")) + tail]).finished


# One chunk a line, without `data:`


def ndjson(*events: object) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_lines_of_json_are_read_as_they_arrive() -> None:
    body = ndjson(delta("a"), delta("b"), delta("c", finish="stop"))
    assert read_with_every_split(reader, body) == Answer("abc", finish_reason="stop", finished=True)
    assert read_with_every_split(reader, body.rstrip()) == Answer("abc", finish_reason="stop", finished=True)
    assert read_with_every_split(reader, body + b"[DONE]\nmore").ended
    assert read_with_every_split(reader, ndjson(delta("a")) + b"null\n\ndata: " + ndjson(STOP)).content == "a"

    reading = reader()
    assert [chunk.content for chunk in reading.feed(ndjson(delta("a"), delta("b")))] == ["a", "b"]


def test_lines_of_json_with_a_finish_reason_each_are_read_to_the_end() -> None:
    body = ndjson(delta("a", finish="stop"), delta("b", finish="stop"))

    assert read_with_every_split(reader, body) == Answer("ab", finish_reason="stop", finished=True)


def test_cut_lines_of_json_are_not_a_finished_answer() -> None:
    body = ndjson(delta("a"), delta("b", finish="stop"))

    assert read_body(reader(), [body[:-4]]) == Answer("a")


# Text


@pytest.mark.parametrize(
    "content",
    [
        [HELLO],
        ["Hello", " there,", " world"],
        [{"type": "text", "text": HELLO}],
        [{"type": "output_text", "text": "Hello "}, "there, world"],
        {"type": "text", "text": HELLO},
        {"text": {"value": HELLO, "annotations": []}},
        {"parts": [{"text": "Hello"}, " there, world"]},
        {"content": [{"text": HELLO}]},
        [[[HELLO]]],
        [None, 5, {"type": "image_url", "image_url": {"url": "x"}}, HELLO],
    ],
)
def test_content_may_be_parts_or_an_object(content: object) -> None:
    assert answer_to({"choices": [{"delta": {"content": content}}]}, STOP, DONE).content == HELLO
    whole = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    assert read_with_every_split(reader, json.dumps(whole).encode()).content == HELLO


@pytest.mark.parametrize(
    "fields",
    [
        {"delta": HELLO},
        {"delta": [{"content": "Hello there,"}, " world"]},
        {"message": [HELLO]},
        {"delta": {"text": HELLO}},
        {"delta": {"refusal": HELLO}},
        {"delta": {"content": None, "refusal": HELLO}},
        {"delta": {"content": "Hello there,", "refusal": " world", "role": "x"}, "index": None},
        {"delta": {"content": HELLO, "refusal": HELLO, "thinking": None}},
        {"delta": {"audio": {"id": "a", "transcript": HELLO}}},
        {"message": {"content": HELLO}},
        {"message": HELLO},
        {"text": HELLO},
        {"delta": None, "text": HELLO},
        {"delta": {}, "message": {"content": HELLO}},
        {"content": HELLO},
    ],
)
def test_text_may_be_in_another_field(fields: dict[str, object]) -> None:
    assert answer_to({"choices": [fields]}, STOP, DONE).content == HELLO


def test_too_deeply_nested_content_is_not_read() -> None:
    content: object = "deep"
    for _ in range(50):
        content = [content]

    assert answer_to({"choices": [{"delta": {"content": content}}]}, DONE).unread == "content"


# Choices


def texts(index: object, *parts: str) -> list[object]:
    return [choice(index, delta={"content": part}) for part in parts]


@pytest.mark.parametrize("index", [0, 1, 7, "0", "1", None])
def test_only_choice_is_read_whatever_its_index(index: object) -> None:
    assert answer_to(*texts(index, "a", "b", "c"), choice(index, "stop", delta={}), DONE).content == "abc"
    assert answer_to(*texts(index, "a"), DONE).content == "a"
    assert answer_to(choice(index, "stop", delta={"content": "a"})).content == "a"
    assert answer_to(*texts(index, "a"), choice(index, "stop", delta={"content": "b"}), DONE).content == "ab"
    assert answer_to(*texts(index, "a"), choice(0, "stop", delta={}), DONE) == Answer(
        "a", finish_reason="stop", finished=True, ended=True
    )


def test_text_may_be_in_a_later_choice_of_the_event() -> None:
    empty: dict[str, object] = {"index": 0, "delta": {}}
    first, second = ({"index": 1, "delta": {"content": text}} for text in "ab")

    assert answer_to({"choices": [empty, first]}, {"choices": [empty, second]}, STOP, DONE).content == "ab"
    as_text = {"choices": [empty, {"index": 1, "delta": "a", "finish_reason": "stop"}]}
    assert answer_to(as_text, DONE).content == "a"


@pytest.mark.parametrize("first", [0, 1])
def test_one_of_several_choices_is_read(first: int) -> None:
    def both(a: str, b: str) -> dict[str, Any]:
        rows = [{"index": 0, "delta": {"content": a}}, {"index": 1, "delta": {"content": b}}]
        return {"choices": rows[first:] + rows[:first]}

    assert answer_to(both("a", "x"), both("b", "y"), STOP, DONE).content == "ab"
    assert (
        answer_to(*texts(1, "x"), *texts(2, "y"), *texts(0, "a"), *texts(1, "x"), *texts(0, "b"), DONE).content == "ab"
    )
    assert answer_to(*texts(1, "x"), *texts(2, "y"), *texts(1, "z"), DONE).content == "xz"


@pytest.mark.parametrize(
    "indexes", [(0, 1, 2), (1, 2, 3), (1, 0, 0), (5, 4, 3), ("0", "1", "1"), (0, 1, 0), (0, 0, 1), (1, 1, 2)]
)
@pytest.mark.parametrize("end", [(), (DONE,)])
def test_text_whose_index_changes_is_read_to_the_end(indexes: tuple[object, ...], end: tuple[str, ...]) -> None:
    first, second, last = indexes
    texts_then_stop = (*texts(first, "Hello"), *texts(second, " world"), choice(last, "stop", delta={}))
    expected = Answer("Hello world", finish_reason="stop", ended=bool(end), finished=True)

    assert answer_to(*texts_then_stop, *end) == expected
    assert answer_to(*texts(first, "Hello"), choice(second, "stop", delta={"content": " world"}), *end) == expected


def test_text_whose_index_changes_stays_in_order() -> None:
    events = (*texts(1, "a"), *texts(2, "b"), *texts(2, "c"), *texts(3, "d"), choice(3, "stop", delta={}), DONE)

    assert answer_to(*events).content == "abcd"


def test_first_piece_of_another_answer_is_not_joined_to_choice_0() -> None:
    assert answer_to(*texts(1, "x"), *texts(0, "a"), *texts(0, "b"), STOP, DONE).content == "ab"


def test_calls_whose_index_changes_are_read() -> None:
    calls = [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]

    answer = answer_to(*texts(0, "a"), choice(1, delta={"tool_calls": calls}), choice(2, "tool_calls", delta={}), DONE)

    assert (answer.content, answer.tool_calls) == ("a", [ToolCall("f", {}, None)])


@pytest.mark.parametrize("first", [0, 1])
def test_answers_one_after_the_other_are_not_joined(first: int) -> None:
    def stop(index: int) -> dict[str, Any]:
        return choice(index, "stop", delta={})

    second = first + 1
    assert answer_to(*texts(first, "a"), stop(first), *texts(second, "x"), stop(second), DONE).content == "a"
    assert answer_to(*texts(first, "a"), *texts(second, "x"), stop(first), stop(second), DONE).content == "a"
    assert answer_to(*texts(first, "a"), *texts(second, "x"), *texts(first, "b"), *texts(second, "y")).content == "ab"


def test_choices_may_be_an_object() -> None:
    value = {"choices": {"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}}

    assert answer_to(value, DONE).content == "Hi"


def test_finish_reason_in_every_chunk_does_not_end_the_text() -> None:
    assert answer_to(*(delta(text, finish="stop") for text in ("a", "b", "c")), DONE).content == "abc"


def test_finish_reason_in_every_chunk_is_not_the_end() -> None:
    reading = reader()
    body = sse(*(delta(text, finish="stop") for text in ("a", "b", "c")))
    list(reading.feed(body))

    assert not reading.finished
    list(reading.finish(interrupted=True))
    assert not reading.finished
    list(reading.finish())
    assert reading.finished
    assert read_with_every_split(reader, body) == Answer("abc", finish_reason="stop", finished=True)
    assert read_with_every_split(reader, body + sse(DONE)).ended


@pytest.mark.parametrize(
    "end", [b"event: done\n\n", b"event: done\ndata: {}\n\n", sse({"done": True}), sse({"type": "done"})]
)
def test_end_of_an_earlier_phase_is_not_the_end(end: bytes) -> None:
    assert not read_body(reader(), [end]).finished
    reading = reader()
    list(reading.feed(end + sse({"choices": []})))
    assert not reading.finished


# Summaries


def whole(content: str, **fields: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"content": content, **fields}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("last", "content"),
    [
        (whole(HELLO), HELLO),
        (whole(" " + HELLO + "\n"), HELLO),
        (whole(HELLO[:8]), HELLO),
        (whole(HELLO + "!"), HELLO + "!"),
        (whole(""), HELLO),
        (whole("!"), HELLO + "!"),
        ({"choices": [{"delta": {}, "message": {"content": HELLO}, "finish_reason": "stop"}]}, HELLO),
        ({"choices": [{"delta": {"content": ""}, "message": {"content": HELLO}, "finish_reason": "stop"}]}, HELLO),
        ({"choices": [{"text": HELLO, "finish_reason": "stop"}]}, HELLO),
        (delta(HELLO, finish="stop"), HELLO),
        (delta(HELLO + "!", finish="stop"), HELLO + "!"),
        (choice(0, "stop", delta={"content": [{"text": HELLO}]}), HELLO),
        (delta("Hello", finish="stop"), HELLO + "Hello"),
        (delta("Hello there, World", finish="stop"), HELLO + "Hello there, World"),
        (delta(HELLO), HELLO),
        (choice(0, delta={"content": [{"text": HELLO}]}), HELLO),
    ],
)
def test_last_event_that_repeats_the_whole_text_adds_only_what_is_new(last: dict[str, Any], content: str) -> None:
    events = (delta("Hello"), delta(" there,"), delta(" world"), last)

    assert answer_to(*events, DONE).content == content
    assert answer_to(*events, STOP, DONE).content == content


def test_repeat_after_the_finish_reason_is_not_text() -> None:
    assert answer_to(delta("Hello there,"), delta(" world"), STOP, delta(HELLO), DONE).content == HELLO


def test_thinking_that_is_repeated_at_the_end_is_read_once() -> None:
    events = [delta(None, reasoning=text) for text in ("I think", " about it", "I think about it")]

    assert answer_to(*events, delta("Hi"), STOP, DONE).thinking == "I think about it"


def test_text_after_a_repeat_shows_that_it_belongs_to_the_answer() -> None:
    events = [delta(text) for text in ("Hello", " there,", " world", HELLO)]

    assert answer_to(*events, delta("!"), STOP, DONE).content == HELLO * 2 + "!"
    assert answer_to(*events, delta("!", finish="stop"), DONE).content == HELLO * 2 + "!"


def test_long_text_is_recognized_when_it_is_repeated() -> None:
    parts = [f"{i} " * 20 for i in range(40)]

    assert answer_to_large(parts, "".join(parts)) == "".join(parts)
    assert answer_to_large(parts, "x" + "".join(parts[1:])) == "".join(parts) + "x" + "".join(parts[1:])


def answer_to_large(parts: list[str], last: str) -> str:
    return read_body(reader(), [sse(*map(delta, parts), delta(last, finish="stop"), DONE)]).content


@pytest.mark.parametrize(
    ("events", "content"),
    [
        ([delta("ha"), delta("ha"), delta("haha"), STOP], "hahahaha"),
        ([delta("ha"), delta("ha", finish="stop")], "haha"),
        ([delta("so "), delta("so "), delta("so so ", finish="stop")], "so so so so "),
        ([delta(HELLO), delta(HELLO, finish="stop")], HELLO * 2),
        ([{"choices": [{"message": {"content": text}}]} for text in ("ha", "ha", "ha")], "hahaha"),
        ([{"choices": [{"message": {"content": text}, "finish_reason": "stop"}]} for text in ("Hel", "lo")], "Hello"),
    ],
)
def test_text_that_repeats_itself_is_kept(events: list[object], content: str) -> None:
    assert answer_to(*events, DONE).content == content


def test_message_after_deltas_supplies_what_they_lacked() -> None:
    call = {"id": "a", "index": 0, "function": {"name": "f", "arguments": '{"x": 1}'}}
    thinking = delta(None, reasoning="Hm, well.")
    last = whole(HELLO, reasoning="Hm, well.", tool_calls=[call])

    assert answer_to(thinking, last, DONE) == Answer(
        HELLO, "Hm, well.", [ToolCall("f", {"x": 1}, "a")], finish_reason="stop", finished=True, ended=True
    )
    assert answer_to(delta(None, tool_calls=[call]), thinking, last, DONE).tool_calls == [ToolCall("f", {"x": 1}, "a")]


# Thinking


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm."},
        {"thinking": "Hm."},
        {"thought": "Hm."},
        {"reasoning_content": {"text": "Hm."}},
        {"reasoning": {"content": [{"text": "Hm"}, "."]}},
        {"reasoning": {"type": "summary", "summary": "Hm."}},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm."}]},
        {"reasoning_details": {"text": "Hm."}},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}, {"text": "Hm."}]},
        {"reasoning": "Hm.", "reasoning_content": "Hm."},
        {"reasoning": "Hm.", "reasoning_details": [{"text": "Hm."}]},
        {"reasoning": None, "reasoning_content": "", "reasoning_details": [{"text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
        {"content": [{"type": "reasoning", "text": "Hm."}], "reasoning": "Hm."},
        {"content": [{"thought": True, "text": "Hm."}]},
        {"reasoning_text": "Hm."},
        {"thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "x"}]},
        {"reasoning_content": "Hm.", "thinking_blocks": [{"type": "thinking", "thinking": "Hm."}]},
        {"reasoning_details": [{"text": "Hm."}], "thinking_blocks": [{"thinking": "Hm."}]},
    ],
)
def test_thinking_is_read_once_in_any_shape(fields: dict[str, object]) -> None:
    answer = answer_to({"choices": [{"delta": fields}]}, delta("4"), STOP, DONE)

    assert (answer.thinking, answer.content) == ("Hm.", "4")


@pytest.mark.parametrize("first", [{"reasoning": "Hm."}, {"reasoning_details": [{"text": "Hm."}]}])
@pytest.mark.parametrize("second", [{"reasoning": "Hm."}, {"reasoning_details": [{"text": "Hm."}]}])
def test_thinking_repeated_in_an_event_of_its_own_is_read_once(
    first: dict[str, object], second: dict[str, object]
) -> None:
    answer = answer_to(choice(0, delta=first), choice(0, delta=second), delta("4"), DONE)

    assert answer.thinking == ("Hm." if first != second else "Hm.Hm.")


def test_settings_of_thinking_are_not_thinking() -> None:
    event = delta(None, reasoning={"effort": "high"}, thinking=True, thought=False)

    assert answer_to(event, delta("4"), DONE) == Answer("4", finished=True, ended=True)


# Tool calls


@pytest.mark.parametrize(
    "part",
    [
        {"function_call": {"name": "f", "arguments": '{"x": 1}'}},
        {"tool_calls": {"function": {"name": "f", "arguments": '{"x": 1}'}}},
        {"tool_calls": {"name": "f", "arguments": '{"x": 1}'}},
        {"tool_calls": [{"index": "0", "name": "f", "arguments": {"x": 1}}]},
    ],
)
@pytest.mark.parametrize("field", ["delta", "message"])
def test_tool_calls_may_have_other_shapes(field: str, part: dict[str, object]) -> None:
    answer = answer_to({"choices": [{"index": 0, field: part}]}, STOP, DONE)

    assert answer.tool_calls == [ToolCall("f", {"x": 1})]
    assert answer.unread == ""


def test_function_call_in_pieces_that_repeat_the_name_is_one_call() -> None:
    pieces = ('{"x"', ": 1", "}")
    events = [delta(None, function_call={"name": "f", "arguments": piece}) for piece in pieces]

    assert answer_to(*events, STOP, DONE).tool_calls == [ToolCall("f", {"x": 1})]


# Errors


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"code": 500, "message": "boom", "success": False}, "boom"),
        ({"code": "500", "message": "boom"}, "boom"),
        ({"code": "InvalidParameter", "message": "boom", "request_id": "x"}, "boom"),
        ({"code": -1, "msg": "boom"}, "boom"),
        ({"success": False, "msg": "boom"}, "boom"),
        ({"ok": False, "reason": "boom"}, "boom"),
        ({"detail": "boom"}, "boom"),
        ({"detail": [{"loc": ["body"], "msg": "boom"}]}, "boom"),
        ({"status": "error", "message": "boom"}, "boom"),
        ({"status": 503, "message": "boom"}, "boom"),
        ({"type": "invalid_request_error", "message": "boom"}, "boom"),
        ({"errors": [{"message": "boom"}]}, "boom"),
        ({"error_code": 17, "error_msg": "boom"}, "boom"),
        ({"errorMessage": "boom"}, "boom"),
        ({"base_resp": {"status_code": 1004, "status_msg": "boom"}}, "boom"),
        ({"choices": None, "base_resp": {"status_code": 1004, "status_msg": "boom"}}, "boom"),
        ({"choices": [], "code": 500, "message": "boom"}, "boom"),
        ({"fault": {"faultstring": "boom"}}, "boom"),
        ({"isError": True, "message": "boom"}, "boom"),
        ({"is_error": 1, "Message": "boom"}, "boom"),
        ({"result": "error", "message": "boom"}, "boom"),
        ({"state": "FAILED", "reason": "boom"}, "boom"),
        ({"ret": 1, "msg": "boom"}, "boom"),
        ({"retCode": "-3", "msg": "boom"}, "boom"),
        ({"Code": 500, "Message": "boom"}, "boom"),
        ({"Success": "false", "Msg": "boom"}, "boom"),
        ({"error_description": "boom"}, "boom"),
        ({"success": False, "trace": "x1"}, '{"success": false, "trace": "x1"}'),
    ],
)
def test_error_without_the_field_error_is_an_error(error: dict[str, object], said: str) -> None:
    for before, content in (([], ""), ([delta("One")], "One")):
        answer = answer_to(*before, error, DONE)
        assert answer.content == content
        assert answer.error == ("stream_error", f"mine reported an error: {said}.")
    body = read_with_every_split(reader, json.dumps(error).encode())
    assert body.error is not None
    assert said in body.error[1]


@pytest.mark.parametrize(
    "harmless",
    [
        {"code": 0, "message": "success"},
        {"code": "0", "msg": "ok"},
        {"code": 200, "msg": "ok"},
        {"code": "ok", "message": "fine"},
        {"code": "Success"},
        {"code": True, "message": "fine"},
        {"status": "processing", "message": "please wait"},
        {"type": "status", "message": "loading the model"},
        {"base_resp": {"status_code": 0, "status_msg": ""}},
        {"error_code": 0, "error_msg": "", "errors": [], "detail": None, "errcode": "0"},
        {"success": True, "ok": True},
        {"ret": 0, "msg": "fine"},
        {"isError": False, "message": "fine"},
        {"result": "success", "message": "fine"},
        {"event": "ping"},
    ],
)
def test_notices_do_not_end_the_answer(harmless: dict[str, object]) -> None:
    answer = answer_to(harmless, delta("a"), harmless, STOP, harmless, DONE)

    assert answer == Answer("a", finish_reason="stop", finished=True, ended=True)


@pytest.mark.parametrize(
    "error", [{"message": "boom"}, {"Message": "boom"}, {"msg": "boom", "request_id": "x", "created": 1}]
)
@pytest.mark.parametrize("end", [(), (DONE,), (STOP, DONE)])
def test_bare_message_after_text_is_an_error(error: dict[str, object], end: tuple[object, ...]) -> None:
    answer = answer_to(delta("One"), error, *end)

    assert (answer.content, answer.error) == ("One", ("stream_error", "mine reported an error: boom."))


@pytest.mark.parametrize("notice", [{"message": "", "id": "x"}, {"id": "x"}, {"message": "hm", "progress": 5}])
def test_other_objects_after_text_are_not_errors(notice: dict[str, object]) -> None:
    assert answer_to(delta("One"), notice, DONE) == Answer("One", finished=True, ended=True)


def test_error_fields_beside_choices_are_not_errors() -> None:
    assert answer_to(delta("a") | {"code": 500, "detail": "x", "message": "y"}, STOP, DONE).error is None


def test_text_of_json_that_is_no_answer_is_quoted() -> None:
    answer = read_with_every_split(reader, b'{"message": "please sign in."}')

    assert answer.error == ("protocol", "mine sent JSON that is not an answer: please sign in.")


PARTS = [{"type": "output_text", "text": HELLO}]


@pytest.mark.parametrize(
    "body",
    [
        {"response": HELLO},
        {"text": HELLO},
        {"text": ["Hello there,", " world"]},
        {"content": HELLO, "stop": True},
        {"content": [{"type": "text", "text": HELLO}], "role": "assistant"},
        {"output": HELLO},
        {"output": [{"type": "message", "content": PARTS}], "status": "completed"},
        {"output_text": HELLO, "output": [{"content": PARTS}]},
        {"candidates": [{"content": {"parts": [{"text": HELLO}]}}]},
        {"generated_text": HELLO},
        {"choices": [HELLO]},
        {"choices": ["Hello there,", " world"]},
        {"choices": [], "response": HELLO},
        {"message": {"role": "assistant", "content": HELLO}, "done": True},
        {"message": {"role": "assistant", "content": HELLO}},
    ],
)
def test_whole_answer_in_another_shape_is_read(body: dict[str, object]) -> None:
    answer = read_with_every_split(reader, json.dumps(body).encode())

    assert answer == Answer(HELLO, finished=True, ended=True)


def test_thinking_of_another_shape_is_read() -> None:
    output = [{"type": "reasoning", "summary": [{"text": "Hm"}]}, {"type": "message", "content": PARTS}]
    assert read_body(reader(), [json.dumps({"output": output}).encode()]) == Answer(
        HELLO, "Hm", finished=True, ended=True
    )
    assert read_body(reader(), [b'{"response": "Hi", "thinking": "Hm", "done": true}']) == Answer(
        "Hi", "Hm", finished=True, ended=True
    )


@pytest.mark.parametrize("separator", [b"\n", b"\n\ndata: "])
@pytest.mark.parametrize("as_message", [True, False])
def test_events_of_ollama_are_read(separator: bytes, as_message: bool) -> None:
    def event(text: str, **fields: object) -> bytes:
        part = {"message": {"role": "assistant", "content": text}} if as_message else {"response": text}
        return json.dumps({"model": "m", "done": False, **part, **fields}).encode()

    prefix = separator.removeprefix(b"\n\n").strip()
    body = (
        prefix + separator.join((event("Hello"), event(" world"), event("", done=True, done_reason="stop"))) + b"\n\n"
    )

    answer = read_with_every_split(reader, body)
    assert (answer.content, answer.error, answer.finished) == ("Hello world", None, True)
    cut = read_with_every_split(reader, prefix + separator.join((event("Hello"), event(" world"))) + b"\n\n")
    assert (cut.content, cut.finished) == ("Hello world", False)
    assert not read_body(reader(), [event("Hello")]).finished


def test_call_in_an_answer_of_ollama_is_read() -> None:
    message = {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]}

    answer = read_body(reader(), [json.dumps({"message": message, "done": True}).encode()])

    assert answer.tool_calls == [ToolCall("f", {"x": 1}, None)]


@pytest.mark.parametrize(
    "body", ["[]", "[[]]", '""', "{}", '{"result": 5}', '{"choices": []}', '{"choices": [5]}', '{"data": {"a": "b"}}']
)
def test_json_without_an_answer_is_quoted(body: str) -> None:
    answer = read_with_every_split(reader, body.encode())

    assert answer.error is not None
    assert answer.error[0] == "protocol"
    assert body in answer.error[1]


@pytest.mark.parametrize("token", ["<|start|>", "<|vendor|>"])
def test_special_token_that_is_not_an_end_is_quoted(token: str) -> None:
    answer = answer_to(delta("Hi"), token, DONE)

    assert answer.error is not None
    assert token in answer.error[1]


# Answers that are not understood


@pytest.mark.parametrize(
    ("events", "unread"),
    [
        ([{"result": {"response": "hi"}}], '{"result": {"response": "hi"}}'),
        ([delta("", role="assistant", images=[{"url": "x"}])], "images"),
        ([delta("", images=["x"], video="y")], "images, video"),
        ([{"choices": [{"message": {"content": [{"type": "image_url"}]}}]}], "content"),
        ([{"message": "please wait"}, {"result": "x"}], '{"message": "please wait"}'),
        ([{"output": "x"}, delta(None, images=["x"])], '{"output": "x"}'),
        ([choice(0, output="hi")], "output"),
        ([choice(0, delta={"content": 5})], "content"),
        ([choice(0, delta={"content": True})], "content"),
        ([choice(0, message={"content": True})], "content"),
        ([choice(0, message=7)], "message"),
        ([{"choices": [], "content": "hi"}], '{"choices": [], "content": "hi"}'),
        ([{"choices": ["hi"], "text": "ho"}], '{"choices": ["hi"], "text": "ho"}'),
        ([{"choices": "hi"}], '{"choices": "hi"}'),
    ],
)
def test_answer_in_an_unknown_form_is_remembered(events: list[object], unread: str) -> None:
    answer = answer_to(*events, STOP, DONE)

    assert (answer.content, answer.unread, answer.finished) == ("", unread, True)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [delta("", role="assistant", annotations=[{"x": 1}], reasoning_details=[{"data": "x"}])],
        [{"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}],
        [{"usage": {"prompt_tokens": 1}, "timings": {"a": 1}}],
        [{"choices": [], "prompt_filter_results": [{"x": 1}]}, choice(0, delta={}, content_filter_results={"x": 1})],
        [choice(0, delta={"content": False, "images": []}, logprobs={"content": []}, native_finish_reason="stop")],
        [{"output": "x"}, delta("Hi")],
        [delta(None, images=["x"]), delta("Hi")],
        [delta("Hi"), {"output": "x"}, delta(None, images=["x"])],
        [delta(None, tool_calls=[{"function": {"name": "f"}}]), {"output": "x"}],
        [*texts(1, "Hi"), {"output": "x"}],
        [{"output": "x"}, *texts(1, "Hi")],
    ],
)
def test_empty_answer_and_extra_data_are_not_an_unknown_form(events: list[object]) -> None:
    assert answer_to(*events, DONE).unread == ""


# Usage


@pytest.mark.parametrize(
    "events",
    [
        [{"usage": {"input_tokens": 3, "output_tokens": 2}}],
        [{"choices": [{"index": 0, "delta": {}, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]}],
        [{"usage": {"input_tokens": 3}}, {"usage": {"output_tokens": 2}}],
        [{"usage": {"input_tokens": 3, "output_tokens": 1}}, {"usage": {"output_tokens": 2}}],
        [{"usage": {"prompt_tokens": 3, "completion_tokens": 2, "input_tokens": 9, "output_tokens": 9}}],
        [{"usage": {"prompt_tokens": None, "input_tokens": 3, "output_tokens": 2}}],
    ],
)
def test_usage_may_have_other_names_and_places(events: list[object]) -> None:
    assert answer_to(delta("Hi"), *events, STOP, DONE).usage == Usage(3, 2)
