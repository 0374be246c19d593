"""What servers send, as our values."""

from __future__ import annotations

import json

import pytest
from mcp import types

from tui.tools.results import resource_content, tool_result, tool_spec


def result(*texts: str, structured: object = None) -> types.CallToolResult:
    content = [types.TextContent(type="text", text=text) for text in texts]
    return types.CallToolResult(content=list(content), structured_content=structured)


@pytest.mark.parametrize(
    ("texts", "structured", "text"),
    [
        (['{"a": 1}'], {"a": 1}, '{"a": 1}'),
        (['{\n  "a": 1\n}'], {"a": 1}, '{\n  "a": 1\n}'),
        (["hello"], {"result": "hello"}, "hello"),
        (["5"], {"result": "5"}, "5"),
        (["5"], {"result": 5}, "5"),
        (["a", "b"], {"result": ["a", "b"]}, "a\nb"),
        (["1", "2"], {"result": [1, 2]}, "1\n2"),
        ([], {"a": "ä"}, '{"a": "ä"}'),
        (["in short"], {"a": 1}, 'in short\n{"a": 1}'),
        ([], None, "(The tool returned nothing.)"),
        ([""], None, "(The tool returned nothing.)"),
    ],
)
def test_structured_content_is_said_once(texts: list[str], structured: object, text: str) -> None:
    assert tool_result(result(*texts, structured=structured), 1000).text == text


def test_nesting_that_json_cannot_read_is_text() -> None:
    deep = "[" * 100_000

    assert tool_result(result(deep, structured={"a": 1}), 10**6).text == deep + '\n{"a": 1}'


def test_text_at_the_limit_is_not_cut() -> None:
    assert tool_result(result("x" * 100), 100).text == "x" * 100
    assert tool_result(result("x" * 101), 100).text.endswith("[Cut by llm-tui: the first 100 of 101 characters.]")


def test_lone_surrogates_are_replaced() -> None:
    text = tool_result(result("a\ud800ä"), 100).text

    assert text.encode()
    assert text.startswith("a\ufffd")
    assert text.endswith("ä")


def test_error_and_its_text_are_kept() -> None:
    failed = types.CallToolResult(content=[types.TextContent(type="text", text="no")], is_error=True)

    assert tool_result(failed, 100).is_error
    assert tool_result(failed, 100).text == "no"


def test_image_of_another_type_is_not_passed_on() -> None:
    block = types.ImageContent(type="image", data="PHN2Zz4=", mime_type="image/svg+xml")
    converted = tool_result(types.CallToolResult(content=[block]), 100)

    assert converted.images == ()
    assert converted.text == "[data: image/svg+xml, 5 bytes, not shown]"


def test_long_description_is_cut() -> None:
    tool = types.Tool(name="x", description="d" * 20_000, input_schema={"type": "object"})

    assert len(tool_spec("s", tool).description) < 10_100


def test_fingerprint_covers_everything_the_server_says() -> None:
    tools = [
        types.Tool(name="x", description="d", input_schema={"type": "object"}),
        types.Tool(name="y", description="d", input_schema={"type": "object"}),
        types.Tool(name="x", description="e", input_schema={"type": "object"}),
        types.Tool(name="x", description="d", input_schema={"type": "object", "properties": {}}),
        types.Tool(
            name="x",
            description="d",
            input_schema={"type": "object"},
            annotations=types.ToolAnnotations(read_only_hint=True),
        ),
    ]
    prints = [tool_spec("s", tool).fingerprint for tool in tools]

    assert len(set(prints)) == len(prints)
    assert tool_spec("other", tools[0]).fingerprint not in prints
    reordered = types.Tool.model_validate(json.loads(tools[3].model_dump_json(by_alias=True)))
    assert tool_spec("s", reordered).fingerprint == prints[3]


def test_resource_without_a_type_is_described() -> None:
    read = types.ReadResourceResult(contents=[types.BlobResourceContents(uri="test://x", blob="AAEC")])

    assert resource_content(read, 100).text == "[test://x: unknown type, 3 bytes, not shown]"
