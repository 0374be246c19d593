"""Rendering a Markdown document that grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.ui.markdown.documents import (
    FEW,
    MANY,
    large_outlines,
    markdown,
    outlines,
    pieces,
    strange_text,
    streamed,
    whole,
)
from tui.ui.markdown.containers import Container
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line

any_markdown = st.one_of(markdown, outlines, strange_text)


def texts(document: MarkdownDocument, width: int = 40) -> list[str]:
    return [line.text.rstrip() for line in document.lines(width)]


def test_blocks_are_spaced_but_tight_items_are_not() -> None:
    source = "# a\nb\n- c\n- d\n\n- e\n\n1. f\n2. g\n```\nh\n```"

    assert texts(MarkdownDocument(source)) == [
        "a", "", "b", "", "• c", "• d", "", "• e", "", "1. f", "2. g", "", "", "  h",
    ]  # fmt: skip


def test_open_text_is_shown_once_unambiguous() -> None:
    document = MarkdownDocument(finished=False)
    shown = []
    for character in "a **b**\n\n- c":
        document.append(character)
        shown.append(" / ".join(texts(document)))

    assert shown == ["a", "a", "a", "a", "a b", "a b", "a b", "a b", "a b", "a b", "a b", "a b /  / • c"]


def code_texts(document: MarkdownDocument) -> list[str]:
    return [block.code for block in document.code_blocks()]


def test_code_blocks_come_from_closed_fences() -> None:
    document = MarkdownDocument("```py\nx\n```\n\n- y\n\n~~~\nz", finished=False)
    assert code_texts(document) == ["x"]
    document.finish()
    assert code_texts(document) == ["x", "z"]


def test_finish_twice_changes_nothing() -> None:
    document = MarkdownDocument("a")
    document.finish()

    assert texts(document) == ["a"]


def test_closed_lines_are_identical_objects() -> None:
    document = MarkdownDocument("a\n\nb", finished=False)
    first = list(document.lines(40))
    document.append(" and more")

    assert document.lines(40)[0] is first[0]
    assert document.stable_lines() == 1


def test_width_change_lays_out_again() -> None:
    document = MarkdownDocument("one two three\n\n---")
    assert texts(document, 5) == ["one", "two", "three", "", "─────"]
    assert texts(document, 20) == ["one two three", "", "─" * 20]


def test_dropped_lines_are_rendered_again() -> None:
    document = MarkdownDocument("# a\n\n- b\n- c\n\nd", finished=False)
    before = list(document.lines(40))
    document.drop_lines()
    assert document.stable_lines() == 0

    assert list(document.lines(40)) == before


@pytest.mark.parametrize("source", ["a\r\nb\r\n\r\nc", "# a\r\n- b\r\n- c\r\n", "```\r\na\r\n```\r\n"])
def test_crlf_may_be_split_between_chunks(source: str) -> None:
    for cut in range(len(source) + 1):
        parts = [(source[:cut], True), (source[cut:], True)]
        assert streamed(parts, 40) == whole(source.replace("\r\n", "\n"), 40)


@pytest.mark.parametrize(
    "text",
    ["a" + "\u0301" * 40 + "b", "a" + "\u0e34\u064b" * 40, "👨\u200d" * 60 + "a", "👩🏻\u200d❤\ufe0f\u200d" * 40],
)
def test_excess_combining_marks_are_limited_across_chunks(text: str) -> None:
    assert streamed([(character, False) for character in text], 40) == whole(text, 40)


@MANY
@given(any_markdown, st.data(), st.sampled_from([1, 2, 5, 12, 20, 40, 80]))
def test_streamed_document_equals_whole_document(source: str, data: st.DataObject, width: int) -> None:
    assert streamed(data.draw(pieces(source)), width) == whole(source, width)


@FEW
@given(large_outlines(), st.data(), st.sampled_from([12, 40, 80]))
def test_large_blocks_do_not_depend_on_chunking(source: str, data: st.DataObject, width: int) -> None:
    assert streamed(data.draw(pieces(source)), width) == whole(source, width)


@FEW
@given(large_outlines(), st.data())
def test_reused_lines_are_identical_objects(source: str, data: st.DataObject) -> None:
    document = MarkdownDocument(finished=False)
    before: list[Line] = []
    for part, _ in data.draw(pieces(source)):
        document.append(part)
        lines = document.lines(40)
        assert all(one is other for one, other in zip(lines[: document.reused], before[: document.reused], strict=True))
        before = list(lines)


@MANY
@given(any_markdown, st.data(), st.sampled_from([5, 20, 80]))
def test_stable_lines_never_change(source: str, data: st.DataObject, width: int) -> None:
    promised: list[Line] = []
    document = MarkdownDocument(finished=False)
    for part, _ in data.draw(pieces(source)):
        document.append(part)
        lines = document.lines(width)
        assert lines[: len(promised)] == promised
        promised = lines[: document.stable_lines()]
    document.finish()

    assert document.lines(width)[: len(promised)] == promised


@MANY
@given(any_markdown, st.data(), st.integers(2, 40))
def test_lines_never_exceed_width_while_streaming(source: str, data: st.DataObject, width: int) -> None:
    document = MarkdownDocument(finished=False)
    for part, _ in data.draw(pieces(source)):
        document.append(part)
        assert all(line.width <= width for line in document.lines(width))


HUGE = {
    "heading": "# " + "word **bold** " * 700,
    "word": "# " + "x" * 9_000,
    "items on one line": "- " * 2_000 + "a",
    "numbers on one line": "1. " * 3_000 + "a",
    "quotes on one line": "> " * 4_000 + "a",
    "nested quotes": "\n".join("> " * depth + "a" for depth in range(1, 150)),
    "nested items": "\n".join("  " * depth + "- a" for depth in range(150)),
    "wide table": "| a " * 900 + "|\n" + "|---" * 900 + "|\n" + "| 1 " * 900 + "|",
    "wide row": "| a | b |\n|---|---|\n| " + "word " * 4_000 + "| x |\n| 1 | 2 |",
    "indented code": "    x = 1\n" * 900,
    "item with empty first line": "-\n" + "  more text\n" * 900,
    "underlined heading": "some words\n" * 900 + "===",
    "lazy setext lines": "> a\n" + "b\n===\n" * 1_500,
}


@pytest.mark.parametrize("marker", ["- ", "> ", "1. ", "> - "])
@pytest.mark.parametrize("count", [60, 300])
@pytest.mark.parametrize("after", ["# end", "end", "", "- end"])
def test_text_after_deeply_nested_markers_is_not_lost(marker: str, count: int, after: str) -> None:
    shown = " ".join(texts(MarkdownDocument(f"{marker * count}word\n{after}\n\nlast"), 200))

    assert "word" in shown
    assert after.lstrip("#- ") in shown
    assert shown.endswith("last")


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("after", ["", "\n\nend", "\n# end"])
def test_huge_block_is_complete_and_does_not_depend_on_chunking(name: str, after: str) -> None:
    source = HUGE[name] + after
    parts = [(source[at : at + 701], True) for at in range(0, len(source), 701)]
    lines = streamed(parts, 60)

    assert lines == whole(source, 60)
    shown = "".join(line.text for line in lines)
    for word in ("word", "bold", "end", "some", "x = 1"):
        assert shown.count(word) >= source.count(word), word


def test_growing_huge_line_reuses_its_lines() -> None:
    document = MarkdownDocument("# " + "word " * 4_000, finished=False)
    count = len(document.lines(40))
    document.append("and more")
    document.lines(40)

    assert document.reused == count - 1


def feed_in_slices(text: str, width: int = 40) -> MarkdownDocument:
    """An open document that was laid out after every 2,000 characters."""
    document = MarkdownDocument(finished=False)
    for at in range(0, len(text), 2_000):
        document.append(text[at : at + 2_000])
        document.lines(width)
    return document


@pytest.fixture
def parsed_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of characters of each text that markdown-it parses."""
    sizes: list[int] = []
    parse = MarkdownIt.parse

    def counted(parser: MarkdownIt, source: str) -> list[Token]:
        sizes.append(len(source))
        return parse(parser, source)

    monkeypatch.setattr(MarkdownIt, "parse", counted)
    return sizes


@pytest.mark.parametrize("prefix", ["> ", "> > - > ", "> " * 12, "- > " * 8])
def test_end_of_nested_container_keeps_its_lines(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = prefix + "word\n" + "more words\n" * 5_000
    document = feed_in_slices(text)
    prefixed: list[Line] = []
    prefix_line = Container.prefixed

    def counted(container: Container, line: Line, *, first: bool) -> Line:
        prefixed.append(line)
        return prefix_line(container, line, first=first)

    with monkeypatch.context() as patch:
        patch.setattr(Container, "prefixed", counted)
        document.finish()
        lines = list(document.lines(40))

    assert len(prefixed) < len(lines)
    assert lines == whole(text, 40)


@pytest.mark.parametrize("blocks", ["a\n\n", "# a\n", "- b\n", "```\nc\n```\n"])
def test_lines_kept_at_the_end_of_a_block_follow_others(blocks: str) -> None:
    text = blocks * 3 + "> - word\n" + "more words\n" * 1_000 + "\n"
    document = feed_in_slices(text)
    document.append(blocks)
    document.lines(40)
    document.finish()

    assert document.lines(40) == whole(text + blocks, 40)


def test_closed_block_is_laid_out_for_the_new_width() -> None:
    text = "> - word\n" + "more words\n" * 1_000
    document = feed_in_slices(text)
    document.finish()

    assert document.lines(30) == whole(text, 30)


def repr_start(text: str) -> str:
    return repr(text[:12])


@pytest.mark.parametrize(
    "text",
    [
        ">" * 5_000 + " a\n" + "b\n" * 5_000,
        "> " * 17 + "a\n" + "b\n" * 2_000,
        "1. " * 10_000,
        "1) - > " * 5_000,
        "> - > - " * 5_000,
        "\t".join("-+*" * 4_000),
        ">" * 30_000 + "a\n" + "b\n" * 1_000,
    ],
    ids=repr_start,
)
def test_large_block_that_is_nested_too_deep_is_plain_text(text: str, parsed_sizes: list[int]) -> None:
    document = feed_in_slices(text)
    document.finish()
    words = "".join("".join(line.text for line in document.lines(40)).split())

    assert words == "".join(text.split())
    assert sum(parsed_sizes) < 3 * len(text)
    assert document.lines(40) == whole(text, 40)


def test_large_item_that_starts_with_rule_is_no_plain_text() -> None:
    assert "•" in texts(MarkdownDocument("* " + "-" * 30 + "\n" + "  **word**\n" * 500))[0]


def test_deep_lines_of_a_large_quote_are_parsed_only_once(parsed_sizes: list[int]) -> None:
    text = "".join(">" * depth + " a\n" for depth in range(1, 300))
    feed_in_slices(text).finish()

    assert sum(parsed_sizes) < 8 * len(text)


def test_containers_without_fences_are_not_parsed_for_code(parsed_sizes: list[int]) -> None:
    document = MarkdownDocument("> word\n" * 500)
    document.lines(40)
    parsed_sizes.clear()

    assert document.code_blocks() == []
    assert parsed_sizes == []


@pytest.mark.parametrize("opening", ["```", "~~~", "```py", "- ```", "> ```"])
@pytest.mark.parametrize("blanks", ["\n", "\n\n", "\n\n\n \n"])
def test_open_fence_without_code_can_end(opening: str, blanks: str) -> None:
    document = MarkdownDocument(finished=False)
    for part in (f"Text\n\n{opening}", blanks):
        document.append(part)
        document.lines(20)
    document.finish()

    assert document.lines(20)[0].text == "Text"
