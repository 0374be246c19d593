"""Hypothesis strategies for messages and conversations."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from tui.chat.chunk import JSONObject, JSONValue, ToolCall, Usage
from tui.chat.conversation import Conversation, ToolChoice
from tui.chat.image import Image
from tui.chat.message import AnswerStats, ChatMessage, Failure, Outcome, Role
from tui.chat.tool_outcome import Approval, ToolOutcome
from tui.errors import ErrorKind

MAX_INTEGER = 2**63 - 1

texts = st.text()
names = st.frozensets(texts, max_size=3)
json_values: st.SearchStrategy[JSONValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts, inside, max_size=3),
    max_leaves=8,
)
json_objects: st.SearchStrategy[JSONObject] = st.dictionaries(texts, json_values, max_size=3)
seconds = st.none() | st.floats(min_value=0, max_value=1e9)
counts = st.none() | st.integers(min_value=0, max_value=MAX_INTEGER)
usages = st.none() | st.builds(Usage, counts, counts, counts).filter(lambda usage: usage != Usage())

tool_outcomes = st.builds(
    ToolOutcome,
    call_id=texts.filter(bool),
    name=texts,
    full_name=texts,
    approval=st.sampled_from(get_args(Approval)),
    is_error=st.booleans(),
    links=st.lists(texts, max_size=2).map(tuple),
    seconds=st.floats(min_value=0, max_value=1e9),
)

messages = st.builds(
    ChatMessage,
    id=st.just("m"),
    role=st.sampled_from(get_args(Role)),
    content=texts,
    parent_id=st.none(),
    created_at=st.floats(min_value=0, max_value=1e11),
    thinking=texts,
    tool_calls=st.lists(st.builds(ToolCall, texts, json_objects | texts, st.none() | texts), max_size=3).map(tuple),
    tool=st.none() | tool_outcomes,
    images=st.lists(st.builds(Image, st.just("image/png"), st.binary(), texts), max_size=3).map(tuple),
    provider=texts,
    model=texts,
    finish_reason=st.none() | texts,
    outcome=st.sampled_from(get_args(Outcome)),
    failure=st.none()
    | st.builds(Failure, st.sampled_from(get_args(ErrorKind)), texts, texts, st.none() | st.integers(100, 599)),
    stats=st.builds(AnswerStats, usages, seconds, seconds, seconds),
    options=json_objects,
)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """A conversation with branches and without streaming answers."""
    drawn = draw(st.lists(messages.filter(lambda message: message.outcome != "streaming"), max_size=5))
    conversation = Conversation(
        "c",
        draw(texts),
        draw(st.floats(min_value=0, max_value=1e11)),
        draw(texts),
        draw(texts),
        system_prompt=draw(st.none() | texts),
        options=draw(json_objects),
        tools=ToolChoice(draw(names), draw(names)),
    )
    for number, message in enumerate(drawn):
        parent_id = draw(st.sampled_from([None, *conversation.messages]))
        title = conversation.title
        conversation = conversation.append(replace(message, id=f"m{number}", parent_id=parent_id))
        conversation = replace(conversation, title=title)
    return conversation.at(draw(st.sampled_from([None, *conversation.messages])))
