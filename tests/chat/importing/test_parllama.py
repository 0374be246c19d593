"""Importing parllama's chats."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.importing import read_all
from tui.chat.importing.report import Imported

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
URL = "data:image/png;base64," + base64.b64encode(PNG).decode()

SYSTEM = {"id": "m0", "role": "system", "content": "Be brief."}
PROMPT = {"id": "m1", "role": "user", "content": "Why?", "images": None}


def chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chat-1",
        "name": "About cats",
        "name_generated": True,
        "last_updated": "2026-02-14T10:00:00+00:00",
        "llm_config": {"class_name": "LlmConfig", "provider": "Ollama", "model_name": "llama3.2:latest"},
        "messages": list(messages),
    }


def imported(exported: dict[str, Any]) -> Imported:
    return read_all("chat-1.json", json.dumps(exported))


def test_chat_is_imported() -> None:
    answer = {"id": "m2", "role": "assistant", "content": "Because.", "thinking": "Hm."}
    found = imported(chat(SYSTEM, PROMPT, answer)).conversations[0]
    assert (found.title, found.created_at, found.model) == ("About cats", 1771063200, "llama3.2:latest")
    assert found.system_prompt == "Be brief."
    assert [(each.role, each.content, each.thinking, each.model) for each in found.path] == [
        ("user", "Why?", "", ""),
        ("assistant", "Because.", "Hm.", "llama3.2:latest"),
    ]


def test_chat_of_an_older_version_is_imported() -> None:
    exported = chat({"message_id": "m1", "role": "user", "content": "Why?"})
    del exported["llm_config"], exported["id"], exported["name"]
    exported |= {"session_id": "s", "session_name": "Old", "llm_model_name": "llama2"}
    found = imported(exported).conversations[0]
    assert (found.title, found.model, found.path[0].content) == ("Old", "llama2", "Why?")


def test_images_are_imported_and_the_rest_is_counted() -> None:
    prompt = {**PROMPT, "images": [URL, "/tmp/cat.png"], "documents": [{"name": "a.pdf"}]}
    answer = {"role": "assistant", "content": "", "tool_calls": [{}, {}]}
    found = imported(chat(prompt, answer, {"role": "tool", "content": "x"}))
    [message] = found.conversations[0].path
    assert [image.data for image in message.images] == [PNG]
    assert found.left_out == {
        "attached document": 1,
        "file that is not in the export": 1,
        "tool call": 2,
        "tool message": 1,
    }
