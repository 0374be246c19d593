"""Messages of another program's tree → a conversation of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui.chat.conversation import Conversation, title_from
from tui.chat.importing.values import Unusable
from tui.chat.message import ChatMessage


@dataclass(frozen=True, slots=True)
class Node:
    """One place in the other's tree."""

    parent: str | None
    """The place before it, by the other's id. One that there is not is none."""

    message: ChatMessage | None
    """What was said there; its ids do not matter. None where there is nothing to keep."""

    thinking: str = ""
    """What was thought there on the way to the next answer."""


def build_conversation(
    source: str,
    conversation_id: str,
    nodes: Mapping[str, Node],
    head: str | None,
    *,
    title: str,
    created_at: float,
    model: str = "",
    system_prompt: str | None = None,
) -> Conversation:
    """A conversation from a tree.

    Places with nothing to keep are left out: what followed them follows what
    stands before. Two answers in a row, where nothing else follows the first,
    are one. Ids come of the other's, so that the same export gives the same.

    Args:
        source: The other program.
        conversation_id: The other's id.
        nodes: The tree, in any order.
        head: Where the other's path ends.
        title: Its title. Empty makes one of the first prompt.
        created_at: When it began, in seconds since the epoch. 0 where that is not known.
        model: The model that it was held with.
        system_prompt: What the model was told first.

    Raises:
        Unusable: When nothing was said in it.
    """

    def id_of(name: str) -> str:
        named = "\x1f".join((source, conversation_id, name))
        return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:24]

    stands_for: dict[str | None, str | None] = {None: None}
    """Which of ours each place is, or is left out for."""
    thought: dict[str | None, str] = {}
    """What was thought on the way to a place."""
    messages: dict[str, ChatMessage] = {}
    followers: dict[str | None, int] = {}
    for name in _from_the_root(nodes):
        node = nodes[name]
        parent = node.parent if node.parent in stands_for else None
        before = stands_for[parent]
        thinking = "\n\n".join(filter(None, (thought.get(parent, ""), node.thinking)))
        if node.message is None:
            stands_for[name], thought[name] = before, thinking
            continue
        said = replace(node.message, id=id_of(name), parent_id=before)
        if thinking and said.role == "assistant":
            said = replace(said, thinking="\n\n".join(filter(None, (thinking, said.thinking))))
        stands_for[name] = said.id
        messages[said.id] = said
        followers[before] = followers.get(before, 0) + 1
    if not messages:
        raise Unusable("nothing was said in it")
    became = _join_answers(messages, followers)
    head_id = stands_for.get(head)
    last = became.get(head_id or "", head_id) or next(reversed(messages))
    first = next((said.content for said in messages.values() if said.role == "user"), "")
    return Conversation(
        id=id_of(""),
        title=" ".join(title.split()) or title_from(first),
        created_at=created_at or min(said.created_at for said in messages.values()),
        model=model or next((said.model for said in reversed(messages.values()) if said.model), ""),
        messages=messages,
        head_id=last,
        system_prompt=system_prompt,
    )


def _from_the_root(nodes: Mapping[str, Node]) -> list[str]:
    """The places, each after the one before it. Where they go round in a circle, the first of them begins it."""
    done: dict[str, None] = {}
    for name in nodes:
        way: dict[str, None] = {}
        at: str | None = name
        while at is not None and at in nodes and at not in done and at not in way:
            way[at] = None
            at = nodes[at].parent
        for each in reversed(way):
            done[each] = None
    return list(done)


def _join_answers(messages: dict[str, ChatMessage], followers: Mapping[str | None, int]) -> dict[str, str]:
    """Make one answer of two in a row. Gives which message is now which."""
    became: dict[str, str] = {}
    for said in tuple(messages.values()):
        parent_id = became.get(said.parent_id or "", said.parent_id)
        before = messages.get(parent_id or "")
        alone = followers.get(said.parent_id) == 1
        if before is not None and alone and before.role == said.role == "assistant":
            messages[before.id] = replace(
                said,
                id=before.id,
                parent_id=before.parent_id,
                content="\n\n".join(filter(None, (before.content, said.content))),
                thinking="\n\n".join(filter(None, (before.thinking, said.thinking))),
                created_at=before.created_at,
            )
            became[said.id] = before.id
            del messages[said.id]
        elif parent_id != said.parent_id:
            messages[said.id] = replace(said, parent_id=parent_id)
    return became
