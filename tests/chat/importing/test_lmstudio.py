"""Importing LM Studio's conversations."""

from __future__ import annotations

import json
from typing import Any

from tests.importing import read_all
from tui.chat.chunk import Usage
from tui.chat.importing.report import Imported

STATS = {
    "stopReason": "eosFound",
    "tokensPerSecond": 40.5,
    "timeToFirstTokenSec": 0.25,
    "totalTimeSec": 3,
    "promptTokensCount": 12,
    "predictedTokensCount": 34,
}


def text(value: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": value}]


def user(*versions: str, selected: int = 0) -> dict[str, Any]:
    made = [{"type": "singleStep", "role": "user", "content": text(each)} for each in versions]
    return {"versions": made, "currentlySelected": selected}


def assistant(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"versions": [{"type": "multiStep", "role": "assistant", "steps": list(steps)}], "currentlySelected": 0}


def block(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "contentBlock", "content": text(value), **more}


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "About cats",
        "createdAt": 1736789912980,
        "messages": list(messages),
        "usePerChatPredictionConfig": True,
        "perChatPredictionConfig": {"fields": [{"key": "llm.prediction.systemPrompt", "value": "Be brief."}]},
        "lastUsedModel": {"identifier": "qwen3-8b"},
        **more,
    }


def imported(exported: dict[str, Any]) -> Imported:
    return read_all("x.conversation.json", json.dumps(exported))


def test_prompts_thinking_answers_and_stats_are_imported() -> None:
    thinking = block("Hm.", style={"type": "thinking", "ended": True})
    answer = block("Because.", genInfo={"identifier": "qwen3-4b", "stats": STATS})
    [found] = imported(chat(user("Why?"), assistant(thinking, answer))).conversations
    assert (found.title, found.created_at, found.model) == ("About cats", 1736789912.98, "qwen3-8b")
    assert found.system_prompt == "Be brief."
    prompt, message = found.path
    assert (prompt.role, prompt.content, prompt.created_at) == ("user", "Why?", found.created_at)
    assert (message.content, message.thinking, message.model) == ("Because.", "Hm.", "qwen3-4b")
    assert (message.finish_reason, message.outcome) == ("stop", "complete")
    assert message.stats.usage == Usage(12, 34)
    assert (message.stats.first_token_s, message.stats.total_s, message.stats.tokens_per_second) == (0.25, 3.0, 40.5)


def test_what_follows_belongs_to_the_selected_version() -> None:
    found = imported(chat(user("One", "Two", selected=1), assistant(block("Yes.")))).conversations[0]
    assert [message.content for message in found.path] == ["Two", "Yes."]
    assert [message.content for message in found.siblings(found.path[0].id)] == ["One", "Two"]


def test_selection_that_does_not_exist_is_the_last_version() -> None:
    found = imported(chat(user("One", "Two", selected=7), assistant(block("Yes.")))).conversations[0]
    assert [message.content for message in found.path] == ["Two", "Yes."]


def test_stopped_answer_is_marked() -> None:
    stats = {"stopReason": "userStopped", "promptTokensCount": True, "tokensPerSecond": "fast", "totalTimeSec": -1}
    answer = imported(chat(user("Why?"), assistant(block("Bec", genInfo={"stats": stats})))).conversations[0].path[-1]
    assert (answer.outcome, answer.finish_reason, answer.content) == ("cancelled", None, "Bec")
    assert answer.stats.usage is None
    assert (answer.stats.total_s, answer.stats.tokens_per_second) == (None, None)


def test_tools_files_and_unknown_parts_are_counted() -> None:
    prompt = user("Why?")
    prompt["versions"][0]["content"].append({"type": "file", "fileIdentifier": "x"})
    parts = [{"type": "toolCallRequest"}, {"type": "toolCallResult"}, {"type": "hologram"}]
    step = {"type": "contentBlock", "content": parts}
    found = imported(chat(prompt, assistant(step, block("Done.")), {"versions": [{"role": "system"}]}))
    assert [message.content for message in found.conversations[0].path] == ["Why?", "Done."]
    assert found.left_out == {
        "file that is not in the export": 1,
        "tool call": 1,
        "tool message": 1,
        "content of type hologram": 1,
        "message of role system": 1,
    }


def test_older_files_have_text_as_content_and_one_system_prompt() -> None:
    answer = {"versions": [{"type": "singleStep", "role": "assistant", "content": "Yes."}]}
    exported = chat(user("Why?"), answer, perChatPredictionConfig={}, systemPrompt="Old.")
    found = imported(exported).conversations[0]
    assert (found.path[-1].content, found.path[-1].model, found.system_prompt) == ("Yes.", "", "Old.")


def test_conversation_without_messages_is_refused() -> None:
    assert imported(chat()).refused == ["conversation 1: it has no messages"]
