"""The messages of a request, for every shape of a conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.chunk import JSONObject, ToolCall
from tui.chat.image import Image
from tui.chat.message import ChatMessage, Failure
from tui.chat.tool_outcome import ToolOutcome
from tui.session.history import NO_ANSWER, messages_to_send

PICTURE = Image("image/png", b"a", "a.png")
OTHER_PICTURE = Image("image/png", b"b", "b.png")
NEW = ChatMessage("new", "user", "new")


def question(text: str, *images: Image) -> ChatMessage:
    return ChatMessage(f"q {text}", "user", text, images=images)


def answer(text: str, **fields: object) -> ChatMessage:
    return replace(ChatMessage(f"a {text}", "assistant", text), **fields)  # type: ignore[arg-type]  # accepts any field


def sent(*history: ChatMessage, system_prompt: str = "", prompt: ChatMessage = NEW) -> list[tuple[str, str]]:
    """Role and text of each message of a request."""
    return [(message.role, message.content) for message in messages_to_send(system_prompt, history, prompt)]


STOPPED = Failure("cancelled", "You stopped this answer.")


@pytest.mark.parametrize(
    "without_text",
    [
        answer(""),
        answer(" \n"),
        answer("", thinking="Hm"),
        answer("\n", thinking="Hm"),
        answer("", thinking="Hm", outcome="cancelled", failure=STOPPED),
        answer("", outcome="cancelled", failure=STOPPED),
        answer("", tool_calls=(ToolCall("f", {}),)),
        answer("<think>Hm</think>"),
        answer("<think>Hm"),
        answer("<think>\n\n</think>\n\n"),
        answer("[THINK]Hm[/THINK]"),
        answer("<|channel|>analysis<|message|>Hm<|end|>"),
        answer("<|channel>thought\nHm<channel|>"),
        answer("\n</think>\n"),
        answer("<think>Hm</think><think>So</think>"),
        answer("<THINK>Hm</THINK>\u200b"),
        answer("\u200b\u200b"),
        answer("\ufeff"),
        answer("\u00ad \u2060\u00a0\u3164"),
    ],
)
def test_answer_without_text_is_left_out_and_prompts_are_joined(without_text: ChatMessage) -> None:
    assert sent(question("one"), without_text) == [("user", "one\n\nnew")]
    assert sent(question("one"), answer("two"), question("three"), without_text) == [
        ("user", "one"),
        ("assistant", "two"),
        ("user", "three\n\nnew"),
    ]


def test_images_of_joined_prompts_are_kept_in_order() -> None:
    (message,) = messages_to_send("", [question("one", PICTURE), answer("")], question("two", OTHER_PICTURE))

    assert (message.id, message.content) == ("q two", "one\n\ntwo")
    assert message.images == (PICTURE, OTHER_PICTURE)


def test_prompt_with_only_an_image_is_kept() -> None:
    messages = messages_to_send("", [question("", PICTURE), answer("A cat.")], NEW)

    assert [(message.content, message.images) for message in messages] == [
        ("", (PICTURE,)),
        ("A cat.", ()),
        ("new", ()),
    ]


def test_blank_prompt_is_left_out_and_answers_are_joined() -> None:
    assert sent(question("one"), answer("two"), question(" "), answer("three")) == [
        ("user", "one"),
        ("assistant", "two\n\nthree"),
        ("user", "new"),
    ]


def test_new_prompt_is_sent_even_if_it_is_blank() -> None:
    assert sent(prompt=question("")) == [("user", "")]


def test_images_of_answers_are_not_sent() -> None:
    drawn = answer("", images=(PICTURE,))
    captioned = answer("A cat.", images=(PICTURE,))
    messages = messages_to_send("", [question("one"), drawn, question("two"), captioned], NEW)

    assert [message.content for message in messages] == ["one\n\ntwo", "A cat.", "new"]
    assert not any(message.images for message in messages)


def test_system_messages_come_first_as_one() -> None:
    assert sent(
        question("one"),
        ChatMessage("s", "system", "Be kind."),
        answer("two"),
        ChatMessage("s", "system", "Be brief."),
        ChatMessage("s", "system", " "),
        system_prompt="Be brief.",
    ) == [("system", "Be brief.\n\nBe kind."), ("user", "one"), ("assistant", "two"), ("user", "new")]


def test_blank_system_prompt_is_left_out() -> None:
    assert sent(system_prompt=" \n") == [("user", "new")]


def test_answers_before_the_first_prompt_are_left_out() -> None:
    assert sent(answer("Welcome!"), question("one"), answer("two")) == [
        ("user", "one"),
        ("assistant", "two"),
        ("user", "new"),
    ]


def test_partial_answer_is_the_last_message_without_thinking() -> None:
    messages = messages_to_send("", [question("one"), answer("")], NEW, answer("<think>Hm</think>\nHel"))

    assert [(message.role, message.content) for message in messages] == [("user", "one\n\nnew"), ("assistant", "Hel")]


def test_text_that_resembles_thinking_is_sent_unchanged() -> None:
    prompt = question("<think>What is this?")

    assert sent(prompt, answer("The tag <think>.")) == [
        ("user", "<think>What is this?"),
        ("assistant", "The tag <think>."),
        ("user", "new"),
    ]


words = st.text("ab", min_size=1, max_size=3)
blanks = st.sampled_from(["", " ", "\n\n", "\t"])
thinking_only = st.sampled_from(
    ["<think>ab", "<think>ab</think>\n", "[THINK]ab[/THINK]", "<|channel>thought\nab<channel|>"]
)
histories = st.lists(
    st.builds(
        ChatMessage,
        id=st.just("m"),
        role=st.sampled_from(["user", "assistant", "system"]),
        content=words | blanks | thinking_only | words.map("<think>hm</think>\n{}".format),
        thinking=st.sampled_from(["", "hm"]),
        images=st.sampled_from([(), (PICTURE,)]),
        tool_calls=st.sampled_from([(), (ToolCall("f", {}),)]),
        failure=st.sampled_from([None, STOPPED]),
    ),
    max_size=8,
)


@given(blanks | words, histories, words, st.sampled_from([(), (OTHER_PICTURE,)]))
def test_every_history_is_acceptable_to_strict_servers(
    system_prompt: str, history: list[ChatMessage], text: str, images: tuple[Image, ...]
) -> None:
    prompt = question(text, *images)
    messages = messages_to_send(system_prompt, history, prompt)

    assert all(message.content.strip() or message.images for message in messages)
    roles = [message.role for message in messages]
    if roles[0] == "system":
        assert messages[0].content.startswith(system_prompt.strip())
        roles = roles[1:]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    assert messages[-1].id == prompt.id
    assert messages[-1].content.endswith(text)
    prompts = [message for message in (*history, prompt) if message.role == "user"]
    sent_prompts = [message for message in messages if message.role == "user"]
    assert [word for each in sent_prompts for word in each.content.split()] == [
        word for each in prompts for word in each.content.split()
    ]
    assert sum(len(each.images) for each in sent_prompts) == sum(len(each.images) for each in prompts)
    if not any(message.role == "user" and "<" in message.content for message in history):
        assert not any(
            "<" in message.content or "THINK" in message.content for message in messages if message.role == "assistant"
        )


@given(histories, words, words)
def test_next_request_is_longer_so_that_it_does_not_look_cut(history: list[ChatMessage], text: str, later: str) -> None:
    first = messages_to_send("", history, question(text))
    second = messages_to_send("", [*history, question(text), answer("", thinking="hm")], question(later))

    assert sum(len(message.content) for message in second) > sum(len(message.content) for message in first)


# Tool calls.


def call(id_: str | None, name: str = "look", arguments: JSONObject | str = "{") -> ToolCall:
    return ToolCall(name, arguments, id_)


def result(id_: str, text: str = "cat", **fields: object) -> ChatMessage:
    message = ChatMessage(f"r {id_}", "tool", text, tool=ToolOutcome(id_, "look"))
    return replace(message, **fields)  # type: ignore[arg-type]  # accepts any field


def test_calls_with_results_are_sent_as_servers_accept_them() -> None:
    calling = answer(
        "So.", thinking="Hm", tool_calls=(call("a", "look up"), call("b", arguments={"at": 1}), call(None))
    )
    messages = messages_to_send("", [question("one"), calling, result("b", " "), result("a"), answer("two")], NEW)

    assert [message.role for message in messages] == ["user", "assistant", "tool", "tool", "assistant", "user"]
    assert messages[1].tool_calls == (ToolCall("look_up", {}, "a"), ToolCall("look", {"at": 1}, "b"))
    assert messages[1].thinking == ""
    assert [message.content for message in messages[2:4]] == ["cat", "(no output)"]
    assert [message.tool.name for message in messages[2:4] if message.tool] == ["look_up", "look"]


@pytest.mark.parametrize(
    "results",
    [
        (),
        (result("other"),),
        (result("a", outcome="streaming"),),
        (replace(result("a"), tool=None),),
        (answer("x"), result("a")),
    ],
)
def test_calls_without_results_are_left_out(results: tuple[ChatMessage, ...]) -> None:
    history = [question("one"), answer("two", tool_calls=(call("a"),)), *results]

    assert not any(message.tool_calls or message.role == "tool" for message in messages_to_send("", history, NEW))


def test_results_without_an_answer_are_followed_by_a_word_about_it() -> None:
    failed = result("a", "", outcome="failed", failure=Failure("interrupted", "llm-tui ended."))
    assert sent(question("one"), answer("", tool_calls=(call("a"),)), failed, answer("")) == [
        ("user", "one"),
        ("assistant", ""),
        ("tool", "llm-tui ended."),
        ("assistant", NO_ANSWER),
        ("user", "new"),
    ]


def test_answers_before_a_round_are_joined_with_it() -> None:
    history = [question("one"), answer("two"), answer("three", tool_calls=(call("a"),)), result("a"), answer("four")]

    assert [(role, text) for role, text in sent(*history)][1:3] == [("assistant", "two\n\nthree"), ("tool", "cat")]
    assert sent(*history[2:]) == [("user", "new")]
