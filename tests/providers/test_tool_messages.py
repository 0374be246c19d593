"""Tools, calls, results and schemas in the requests of each kind of provider."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from tests.providers.bodies import delta, ndjson, sse
from tests.providers.client import ask, chat_request, provider_at
from tui.chat.chunk import ToolCall
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.chat.tool_outcome import ToolOutcome
from tui.chat.tools import OfferedTool, ToolSpec
from tui.errors import ServerUnreachable
from tui.providers.unavailable import UnavailableProvider

AT = "http://server.test"
ANSWERS = {
    "ollama": httpx.Response(200, content=ndjson({"message": {"content": "Hello"}, "done": True})),
    "openai": httpx.Response(200, content=sse(delta("Hello"), "[DONE]"), headers={"Content-Type": "text/event-stream"}),
}

PICTURE = Image("image/png", b"\x89PNG", "cat.png")
LOOK = OfferedTool("lab_look", ToolSpec("lab", "look", "Looks.", {"properties": {"at": {"type": "number"}}}))
BARE = OfferedTool("bare", ToolSpec("lab", "bare", "", {}))
ROUND = (
    ChatMessage("q", "user", "What?"),
    ChatMessage(
        "a",
        "assistant",
        "Let me see.",
        thinking="Hm.",
        tool_calls=(ToolCall("lab_look", {"at": 1}, "c1"), ToolCall("bare", {}, "c2")),
    ),
    ChatMessage("t", "tool", "A cat.", tool=ToolOutcome("c1", "lab_look"), images=(PICTURE,)),
    ChatMessage("u", "tool", "ok", tool=ToolOutcome("c2", "bare"), images=(PICTURE,)),
)
IN_PROMPT = "The images that the tools above returned."
DATA = "iVBORw=="


async def body_of(kind: str, request: ChatRequest, models: Any = None) -> Any:
    with respx.mock(assert_all_called=False) as router:
        listed = models or {"data": [{"id": "m"}]}
        router.get(url__startswith=AT).mock(return_value=httpx.Response(200, json=listed))
        route = router.post(url__startswith=AT).mock(return_value=ANSWERS["ollama" if kind == "ollama" else "openai"])
        async with provider_at(kind, AT) as provider:
            outcome = await ask(provider, request)
        assert outcome.answer.content == "Hello"
        return json.loads(route.calls.last.request.content)


async def test_ollama_gets_calls_with_objects_and_results_with_names() -> None:
    body = await body_of("ollama", chat_request(*ROUND))

    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "c1", "function": {"name": "lab_look", "arguments": {"at": 1}}},
                {"id": "c2", "function": {"name": "bare", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "A cat.", "tool_name": "lab_look", "tool_call_id": "c1"},
        {"role": "tool", "content": "ok", "tool_name": "bare", "tool_call_id": "c2"},
        {"role": "user", "content": IN_PROMPT, "images": [DATA, DATA]},
    ]


@pytest.mark.parametrize("kind", ["openai", "lmstudio", "llamacpp"])
async def test_openai_servers_get_calls_with_text_and_results_with_ids(kind: str) -> None:
    body = await body_of(kind, chat_request(*ROUND))

    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}}
    thinking = {"reasoning_content": "Hm."} if kind == "llamacpp" else {}
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            **thinking,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "lab_look", "arguments": '{"at": 1}'}},
                {"id": "c2", "type": "function", "function": {"name": "bare", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "A cat."},
        {"role": "tool", "tool_call_id": "c2", "content": "ok"},
        {"role": "user", "content": [{"type": "text", "text": IN_PROMPT}, image, image]},
    ]


async def test_llama_server_is_recognized_before_thinking_is_sent_back() -> None:
    listed = {"data": [{"id": "m", "owned_by": "llamacpp"}]}
    body = await body_of("openai", chat_request(*ROUND), listed)

    assert body["messages"][1]["reasoning_content"] == "Hm."


async def test_answer_without_text_has_no_content() -> None:
    messages = (ROUND[0], replace(ROUND[1], content="", thinking=""), *ROUND[2:])

    assert (await body_of("openai", chat_request(*messages)))["messages"][1]["content"] is None
    assert "thinking" not in (await body_of("ollama", chat_request(*messages)))["messages"][1]


async def test_images_are_sent_before_the_next_answer() -> None:
    messages = (*ROUND, ChatMessage("b", "assistant", "A cat."), ChatMessage("r", "user", "Sure?"))
    body = await body_of("openai", chat_request(*messages))

    roles = [message["role"] for message in body["messages"]]
    assert roles == ["user", "assistant", "tool", "tool", "user", "assistant", "user"]


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio", "llamacpp"])
async def test_tools_are_offered_with_complete_schemas(kind: str) -> None:
    body = await body_of(kind, replace(chat_request(ROUND[0]), tools=(LOOK, BARE)))

    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "lab_look",
                "description": "Looks.",
                "parameters": {"type": "object", "properties": {"at": {"type": "number"}}},
            },
        },
        {"type": "function", "function": {"name": "bare", "parameters": {"type": "object", "properties": {}}}},
    ]


async def test_schema_of_the_answer_is_sent() -> None:
    request = replace(chat_request(ROUND[0]), schema={"type": "object"})

    assert (await body_of("ollama", request))["format"] == {"type": "object"}
    assert (await body_of("openai", request))["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}},
    }


@pytest.mark.parametrize(
    ("capabilities", "problem"),
    [
        (["completion"], "m cannot call tools. It is offered none."),
        (["completion", "tools"], ""),
        ([], ""),
    ],
)
async def test_ollama_tells_which_models_can_call_tools(capabilities: list[str], problem: str) -> None:
    with respx.mock:
        respx.post(f"{AT}/api/show").mock(return_value=httpx.Response(200, json={"capabilities": capabilities}))
        async with provider_at("ollama", AT) as provider:
            assert await provider.tools_problem("m") == problem


@pytest.mark.parametrize("kind", ["openai", "lmstudio", "llamacpp"])
async def test_other_servers_are_offered_tools_without_being_asked(kind: str) -> None:
    async with provider_at(kind, AT) as provider:
        assert await provider.tools_problem("m") == ""


async def test_unavailable_provider_has_no_problem_with_tools() -> None:
    assert await UnavailableProvider("gone", ServerUnreachable("gone")).tools_problem("m") == ""
