"""PastedTexts: long texts are folded to placeholders, and unfolded."""

from __future__ import annotations

from tui.ui.widgets.pasted import PastedTexts


def test_folded_text_is_unfolded_within_other_text() -> None:
    pasted = PastedTexts()
    placeholder = pasted.fold("one\ntwo")

    assert placeholder == "[pasted #1: 2 lines]"
    assert pasted.unfold(f"see {placeholder}!") == "see one\ntwo!"


def test_single_line_is_measured_in_characters() -> None:
    assert PastedTexts().fold("x" * 12_345) == "[pasted #1: 12,345 characters]"


def test_texts_of_equal_size_have_different_placeholders() -> None:
    pasted = PastedTexts()
    first, second = pasted.fold("aaa"), pasted.fold("bbb")

    assert pasted.unfold(f"{second}{first}") == "bbbaaa"


def test_placeholder_may_occur_twice() -> None:
    pasted = PastedTexts()
    placeholder = pasted.fold("text")

    assert pasted.unfold(f"{placeholder} {placeholder}") == "text text"


def test_changed_or_typed_placeholder_is_plain_text() -> None:
    pasted = PastedTexts()
    placeholder = pasted.fold("text")

    for text in (
        placeholder.replace("1", "2", 1),
        placeholder[:-1],
        "[pasted #9: 2 lines]",
        placeholder.replace("4", "5"),
    ):
        assert pasted.unfold(text) == text


def test_placeholder_inside_a_pasted_text_is_not_unfolded() -> None:
    pasted = PastedTexts()
    first = pasted.fold("secret")
    second = pasted.fold(f"it said {first}")

    assert pasted.unfold(second) == f"it said {first}"


def test_unfolded_size_is_that_of_the_unfolded_text() -> None:
    pasted = PastedTexts()
    first, second = pasted.fold("x" * 5_000), pasted.fold("one\ntwo")

    for text in ("", "plain", first, f"a {first} b {second}{first}", "[pasted #9: 3 lines]", first[:-1]):
        assert pasted.unfolded_size(text) == len(pasted.unfold(text))
