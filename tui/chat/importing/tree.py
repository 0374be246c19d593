"""Builds a conversation from the message tree of another program."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.chat.conversation import Conversation, title_from
from tui.chat.importing.values import Unusable, list_in, text_in
from tui.chat.message import ChatMessage
from tui.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the exported tree."""

    parent: str | None
    """The exported id of the parent. None, or an unknown id, for a root."""

    messages: tuple[ChatMessage, ...] = ()
    """Its messages, each the parent of the next; their ids are ignored. Empty if it has none to import."""

    thinking: str = ""
    """Thinking that belongs to the next answer below."""

    @classmethod
    def of(cls, parent: str | None, message: ChatMessage | None) -> Node:
        """A node of one message, or of none that can be imported."""
        return cls(parent, () if message is None else (message,))


def parents_of(nodes: Mapping[str, Mapping[str, Any]], parent_key: str, children_key: str) -> dict[str, str | None]:
    """The parent of each exported node. Some exports have only `children`, some only `parent`.

    Args:
        nodes: The exported nodes by id.
        parent_key: The key of a node's parent.
        children_key: The key of the list of a node's children.
    """
    parents: dict[str, str | None] = {}
    for name, node in nodes.items():
        for child in list_in(node, children_key):
            if isinstance(child, str) and child != name:
                parents.setdefault(child, name)
    for name, node in nodes.items():
        parent = text_in(node, parent_key)
        if parent in nodes or name not in parents:
            parents[name] = parent or None
    return parents


def linear(messages: Iterable[ChatMessage | None]) -> dict[str, Node]:
    """The nodes of a conversation without versions, named by their position.

    Args:
        messages: The messages in order. None for one that cannot be imported.
    """
    return {str(at): Node.of(str(at - 1) if at else None, message) for at, message in enumerate(messages)}


def build_conversation(
    source: str,
    conversation_id: str,
    nodes: Mapping[str, Node],
    head: str | None,
    *,
    title: str,
    created_at: float,
    updated_at: float,
    now: Callable[[], float],
    model: str = "",
    system_prompt: str | None = None,
) -> Conversation:
    """A conversation from an exported tree.

    Nodes without a message are left out, and their children are attached to the
    message above. Two answers in a row, and two results of one call, are joined if the first has no other child.
    New ids are derived from the exported ones, so that the same export always
    gives the same ids.

    Args:
        source: The name of the other program.
        conversation_id: The exported id of the conversation.
        nodes: The tree by exported ids, in any order.
        head: The exported id of the last node on the path.
        title: The title. Empty to make one from the first prompt.
        created_at: When the conversation began, in seconds since the epoch. 0 if unknown.
        updated_at: When it was changed last. 0 if unknown.
        now: The present time. Messages without a time get that of the message above, or of the conversation, or this.
        model: The model of the conversation. Empty if unknown.
        system_prompt: The system prompt.

    Raises:
        Unusable: If the tree has no messages.
    """

    def id_of(name: str) -> str:
        named = "\x1f".join((source, conversation_id, name))
        return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:24]

    message_ids: dict[str | None, str | None] = {None: None}
    """The new id of each node, or of the nearest message above it."""
    pending_thinking: dict[str | None, str] = {}
    """Thinking of nodes without a message, for the next answer below."""
    messages: dict[str, ChatMessage] = {}
    child_counts: dict[str | None, int] = {}
    known_times = (each.created_at for node in nodes.values() for each in node.messages if each.created_at)
    began_at = created_at or updated_at or min(known_times, default=0.0) or now()
    for name in _parents_first(nodes):
        node = nodes[name]
        parent = node.parent if node.parent in message_ids else None
        parent_id = message_ids[parent]
        thinking = "\n\n".join(filter(None, (pending_thinking.get(parent, ""), node.thinking)))
        if not node.messages:
            message_ids[name], pending_thinking[name] = parent_id, thinking
            continue
        for left, message in zip(range(len(node.messages) - 1, -1, -1), node.messages, strict=True):
            above = messages.get(parent_id or "")
            sent_at = message.created_at or (began_at if above is None else above.created_at)
            # Children of the node follow its last message.
            id_ = id_of(f"{name}\x1f{left}" if left else name)
            message = replace(message, id=id_, parent_id=parent_id, created_at=sent_at)
            if thinking and message.role == "assistant":
                message = replace(message, thinking="\n\n".join(filter(None, (thinking, message.thinking))))
                thinking = ""
            messages[id_] = message
            child_counts[parent_id] = child_counts.get(parent_id, 0) + 1
            parent_id = id_
        message_ids[name] = parent_id
    if not messages:
        raise Unusable("it has no messages")
    joined_into = _join(messages, child_counts)
    head_id = message_ids.get(head)
    last = joined_into.get(head_id or "", head_id) or next(reversed(messages))
    first = next((message.content for message in messages.values() if message.role == "user"), "")
    return Conversation(
        id=id_of(""),
        title=" ".join(title.split()) or title_from(first),
        created_at=created_at or min(message.created_at for message in messages.values()),
        model=model or next((message.model for message in reversed(messages.values()) if message.model), ""),
        messages=messages,
        head_id=last,
        system_prompt=system_prompt,
    )


def _parents_first(nodes: Mapping[str, Node]) -> list[str]:
    """The node ids, parents before children. In a cycle, the first node found comes first."""
    done: dict[str, None] = {}
    for name in nodes:
        ancestors: dict[str, None] = {}
        current: str | None = name
        while current is not None and current in nodes and current not in done and current not in ancestors:
            ancestors[current] = None
            current = nodes[current].parent
        for each in reversed(ancestors):
            done[each] = None
    return list(done)


def _join(messages: dict[str, ChatMessage], child_counts: Mapping[str | None, int]) -> dict[str, str]:
    """Join consecutive answers, and consecutive results of one call, in place.

    Returns:
        The id of the joined message for each removed one.
    """
    joined_into: dict[str, str] = {}
    for message in tuple(messages.values()):
        parent_id = joined_into.get(message.parent_id or "", message.parent_id)
        parent = messages.get(parent_id or "")
        is_only_child = child_counts.get(message.parent_id) == 1
        if parent is not None and is_only_child and _belongs_together(parent, message):
            messages[parent.id] = replace(
                message,
                id=parent.id,
                parent_id=parent.parent_id,
                content="\n\n".join(filter(None, (parent.content, message.content))),
                thinking="\n\n".join(filter(None, (parent.thinking, message.thinking))),
                tool_calls=(*parent.tool_calls, *message.tool_calls),
                created_at=parent.created_at,
            )
            joined_into[message.id] = parent.id
            del messages[message.id]
        elif parent_id != message.parent_id:
            messages[message.id] = replace(message, parent_id=parent_id)
    return joined_into


def _belongs_together(parent: ChatMessage, message: ChatMessage) -> bool:
    if parent.tool is not None and message.tool is not None:
        return parent.tool.call_id == message.tool.call_id
    return parent.role == message.role == "assistant"
