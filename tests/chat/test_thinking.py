"""Separating the thinking at the beginning of the content from the answer, at any split of the stream."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.chat import thinking
from tui.chat.thinking import SplitContent, ThinkingSplitter, split_thinking

HARMONY = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes."

contents = st.lists(
    st.sampled_from(["<think>", "<think>\n", "\n</think>\n", "<", "<thi", "</", "\n", " ", "Hm", "<b>", "```\n"]),
    max_size=8,
).map("".join)

marks = st.lists(
    st.sampled_from(
        [
            "<think>",
            "</think>",
            "<THINK a",
            ">",
            "</Think>",
            "<|END_THINKING|>",
            "<|START_RESPONSE|>",
            "<|END_RESPONSE|>",
            "analysis",
            "\n</think>\n",
            "[THINK]",
            "[/THINK]",
            "<|channel>thought\n",
            "<channel|>",
            "<|channel|>analysis",
            "<|channel|>final",
            "<|channel|>commentary",
            " to=f <|constrain|>json",
            "<|message|>",
            "<|end|>",
            "<|return|>",
            "<|start|>assistant",
            "<|",
            "\n",
            "    ",
            "```\n",
            "~~~~",
            "Hm",
        ]
    ),
    max_size=12,
).map("".join)


def split_in(*pieces: str) -> SplitContent:
    """The split of content that arrives in pieces."""
    splitter = ThinkingSplitter()
    thinking = answer = ""
    for part in [*(splitter.feed(piece) for piece in pieces), splitter.finish()]:
        if part.retracts:
            thinking, answer = thinking + answer, ""
        thinking += part.thinking
        answer += part.answer
    return SplitContent(thinking, answer)


def pieces_of(content: str, data: st.DataObject) -> list[str]:
    places = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=5)))
    return [content[start:stop] for start, stop in zip([0, *places], [*places, len(content)], strict=True)]


@pytest.mark.parametrize(
    ("content", "thinking", "answer"),
    [
        ("", "", ""),
        ("Yes.", "", "Yes."),
        ("  Yes.", "", "  Yes."),
        ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
        ("\n<think>\n\nHm.\nSo.</think>\n\nYes.\n", "Hm.\nSo.", "Yes.\n"),
        ("<think></think>Yes.", "", "Yes."),
        ("<think>\n</think>\n", "", ""),
        ("<think>a</think>b</think>c", "a", "b</think>c"),
        ("<think>a</think>b\n</think>\nc", "a", "b\n</think>\nc"),
        ("<think>a</think><think>b</think>c", "a\nb", "c"),
        ("<think>a</think>\n\n<think>b</think>\nc<think>d</think>", "a\nb", "c<think>d</think>"),
        ("<think>a</think> <THINKING>b</thinking>", "a\nb", ""),
        ("<think>a</think>[THINK]b[/THINK]c", "a\nb", "c"),
        ("<think>a</think> <thi", "a", " <thi"),
        ("<think>a</think>b\n<channel|>\nc", "a", "b\n<channel|>\nc"),
        ("<think>a</thin</think>b", "a</thin", "b"),
        ("<b>bold</b>", "", "<b>bold</b>"),
        ("The tag is <think>.", "", "The tag is <think>."),
        ("</think>Yes.", "", "</think>Yes."),
        ("<think>Hm", "Hm", ""),
        ("<think>Hm</thin", "Hm</thin", ""),
        ("<", "", "<"),
        (" <think", "", " <think"),
        # Other tags.
        ("<thinking>\nHm.\n</thinking>\n\nYes.", "Hm.\n", "Yes."),
        ("<thinking>a</think>b</thinking>c", "a</think>b", "c"),
        ("<thought>Hm.</thought>Yes.", "Hm.", "Yes."),
        ("<seed:think>Hm.</seed:think>Yes.", "Hm.", "Yes."),
        ("◁think▷Hm.◁/think▷Yes.", "Hm.", "Yes."),
        ("[THINK]Hm.[/THINK]Yes.", "Hm.", "Yes."),
        ("It writes [THINK]this[/THINK]. Yes.", "", "It writes [THINK]this[/THINK]. Yes."),
        ("`<thinking>` opens it.", "", "`<thinking>` opens it."),
        ("<thinker>", "", "<thinker>"),
        ("<reasoning>Hm.</reasoning>Yes.", "Hm.", "Yes."),
        ("<reason>Hm.</reason>Yes.", "Hm.", "Yes."),
        ("<reasonable>", "", "<reasonable>"),
        ("<THINK>Hm.</THINK>Yes.", "Hm.", "Yes."),
        ("<Think>Hm.</think>Yes.", "Hm.", "Yes."),
        ("<think>Hm.</THINK>Yes.", "Hm.", "Yes."),
        ("[think]Hm.[/think]Yes.", "", "[think]Hm.[/think]Yes."),
        ('<think effort="high">Hm.</think>Yes.', "Hm.", "Yes."),
        ('<Reasoning\tid="1/2" >Hm.</reasoning>Yes.', "Hm.", "Yes."),
        ("<think />Yes.", "", "<think />Yes."),
        ("<think of it\nas a tag>", "", "<think of it\nas a tag>"),
        pytest.param(f"<think {'a' * 120}>Hm.", "", f"<think {'a' * 120}>Hm.", id="long attributes"),
        # Cohere, and others with tokens around the answer.
        ("<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Hm.", "Yes."),
        ("<|START_THINKING|>Hm.<|END_THINKING|>Yes.", "Hm.", "Yes."),
        ("<|START_RESPONSE|>Yes.<|END_RESPONSE|> It ends.", "", "Yes.<|END_RESPONSE|> It ends."),
        (
            "<|begin_of_thought|>Hm.<|end_of_thought|>\n\n<|begin_of_solution|>Yes.<|end_of_solution|>\n",
            "Hm.",
            "Yes.",
        ),
        # Gemma.
        ("<|channel>thought\nHm.\n<channel|>Yes.", "Hm.\n", "Yes."),
        ("<|channel>thought\n<channel|>Yes.", "", "Yes."),
        ("<|channel>thought\na<channel|><|channel>thought\nb<channel|>Yes.", "a\nb", "Yes."),
        ("<|channel>other Yes.", "", "<|channel>other Yes."),
        # Harmony.
        (HARMONY, "Hm.", "Yes."),
        (f"<|start|>assistant{HARMONY}<|return|>", "Hm.", "Yes."),
        (f"{HARMONY}<|end|>\n", "Hm.", "Yes."),
        (f"{HARMONY} The mark <|end|> ends it.", "Hm.", "Yes. The mark <|end|> ends it."),
        ("<|channel|>analysis<|message|>Hm", "Hm", ""),
        ("<|channel|>analysis<|message|>a<|end|><|channel|>analysis<|message|>b<|end|>Yes.", "a\nb", "Yes."),
        ("<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|message|>b", "a", "b"),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>fin", "Hm.", ""),
        ("<|channel|>analysis<|message|>Hm.<|end|><|sta", "Hm.", ""),
        ("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", "{}", ""),
        (
            "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final<|message|>Yes.",
            "",
            "I look.\n\nYes.",
        ),
        (HARMONY.removeprefix("<|channel|>"), "Hm.", "Yes."),
        ("analysis<|message|>Hm", "Hm", ""),
        ("analysis of it", "", "analysis of it"),
        ("The analysis<|message|>Hm", "", "The analysis<|message|>Hm"),
        ("<|channel|> is a mark.", "", "<|channel|> is a mark."),
        ("<|channel|>final<|message|>Yes <|", "", "Yes <|"),
        pytest.param(f"<|channel|>{'a' * 400}<|message|>", "", f"<|channel|>{'a' * 400}<|message|>", id="long header"),
        ("<|channel|>?<|message|>", "", "<|channel|>?<|message|>"),
        # A lone closing tag.
        ("Hm.\n</think>\n\nYes.", "Hm.\n", "Yes."),
        ("</think>\n\nYes.", "", "Yes."),
        ("\nHm.\r\n  </think> \r\nYes.", "\nHm.\r\n  ", "Yes."),
        ("Hm.\n[/THINK]\nYes.", "Hm.\n", "Yes."),
        ("Hm.\n</thinking>\nYes.\n</thinking>\nNo.", "Hm.\n", "Yes.\n</thinking>\nNo."),
        ("```\ncode\n```\n</think>\nYes.", "```\ncode\n```\n", "Yes."),
        ("Hm.\n</THINK>\nYes.", "Hm.\n", "Yes."),
        ("Hm.\n</reasoning>\nYes.", "Hm.\n", "Yes."),
        ("Hm.\n<channel|>Yes.\n", "Hm.\n", "Yes.\n"),
        ("Hm.\n  <channel|>\n\nYes.", "Hm.\n  ", "Yes."),
        ("<channel|>Yes.", "", "Yes."),
        ("Hm.\n<|END_THINKING|>Yes.", "Hm.\n", "Yes."),
        ("Hm.\n<|end_of_thought|>Yes.\nNo.", "Hm.\n", "Yes.\nNo."),
        ("Yes.\n<channel|>", "", "Yes.\n"),
        ("Yes.\n<chan", "", "Yes.\n<chan"),
        ("It writes <channel|> there.", "", "It writes <channel|> there."),
        ("```\n<channel|>x\n```\nYes.", "", "```\n<channel|>x\n```\nYes."),
        ("Write\n    <channel|>x", "", "Write\n    <channel|>x"),
        ("Write\n<|channel>thought\n<channel|>x", "", "Write\n<|channel>thought\n<channel|>x"),
        ("Yes.\n</think>\n", "", "Yes.\n"),
        ("Yes.\n</think>", "", "Yes.\n"),
        ("Yes.\n</thin", "", "Yes.\n</thin"),
        ("Close it with </think>\nYes.", "", "Close it with </think>\nYes."),
        ("Write\n</think> alone.", "", "Write\n</think> alone."),
        ("Write\n    </think>\nYes.", "", "Write\n    </think>\nYes."),
        ("```xml\n</think>\n```\nYes.", "", "```xml\n</think>\n```\nYes."),
        ("````\n```\n</think>\n````\nYes.", "", "````\n```\n</think>\n````\nYes."),
        ("Write\n<think>\nHm.\n</think>\nYes.", "", "Write\n<think>\nHm.\n</think>\nYes."),
        (f"Hm.\n</think>{' ' * 80}\nYes.", "", f"Hm.\n</think>{' ' * 80}\nYes."),
    ],
)
def test_only_leading_marks_are_thinking_at_any_split(content: str, thinking: str, answer: str) -> None:
    assert split_thinking(content) == SplitContent(thinking, answer)
    assert split_in(*content) == SplitContent(thinking, answer)
    for cut in range(len(content) + 1):
        assert split_in(content[:cut], content[cut:]) == SplitContent(thinking, answer)


@given(contents | marks, st.data())
def test_result_does_not_depend_on_the_split(content: str, data: st.DataObject) -> None:
    assert split_in(*pieces_of(content, data)) == split_thinking(content)


@given(st.integers(4_070, 4_100), marks)
@example(4_070, "<|END_THINKING|>    \n</think>\n")
def test_result_does_not_depend_on_the_length(length: int, content: str) -> None:
    blank = "\n" * length

    assert split_thinking(blank + content) == split_in(*blank, *content)


@pytest.mark.parametrize(
    "partial",
    [
        "<",
        " <thin",
        "<think>Hm<",
        "<think>Hm</",
        "<think>\n",
        "<|",
        "<|channel|>analysis<|mess",
        "</think>",
        "</think>\n",
    ],
)
def test_possible_mark_is_held_back(partial: str) -> None:
    shown = ThinkingSplitter().feed(partial)

    assert "<" not in shown.thinking + shown.answer
    assert shown.answer == ""


@pytest.mark.parametrize("mark", ["<|end|>", "<|ret", "<|end|><|sta"])
def test_possible_end_of_a_channel_is_held_back(mark: str) -> None:
    assert ThinkingSplitter().feed(HARMONY + mark) == SplitContent("Hm.", "Yes.")


def test_lone_closing_tag_retracts_what_was_shown() -> None:
    splitter = ThinkingSplitter()

    assert splitter.feed("Hm.\n</thi") == SplitContent("", "Hm.\n")
    assert splitter.feed("nk>\n") == SplitContent("", "")
    assert splitter.feed("\n") == SplitContent("", "")
    assert splitter.feed("Yes.") == SplitContent("", "Yes.", retracts=True)


def test_held_back_text_is_returned_once() -> None:
    splitter = ThinkingSplitter()
    splitter.feed("<")

    assert splitter.finish() == SplitContent("", "<")
    assert splitter.finish() == SplitContent("", "")


@given(contents)
def test_only_tags_and_surrounding_newlines_are_removed(content: str) -> None:
    split = split_thinking(content)

    assert all(block in content for block in split.thinking.split("\n"))
    assert split.answer in content
    if not content.lstrip().startswith("<think>") and "</think>" not in content:
        assert split == SplitContent("", content)


@given(contents | marks | st.text("<>[]/|think ◁▷\n", max_size=20))
def test_large_content_without_marks_is_not_read(content: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thinking, "_LARGE", -1)
        assert split_thinking(content) == split_in(content)._replace(retracts=False)


def test_large_content_without_marks_is_its_own_answer() -> None:
    content = "some <b>words</b> [a](b)\n" * 10_000
    assert split_thinking(content).answer is content
