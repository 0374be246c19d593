"""FilterChain: several filters as one."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.ui.line_filters import FilterChain

BLACK = Color(0, 0, 0)


class Appends(LineFilter):
    """Appends a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [*segments, Segment(self.text)]


class AppendsMore(Appends):
    """Another kind of filter."""


def text_of(chain: FilterChain) -> str:
    return "".join(segment.text for segment in chain.apply([Segment("a")], BLACK))


def test_filters_are_applied_in_order() -> None:
    assert text_of(FilterChain([Appends("b"), AppendsMore("c")])) == "abc"
    assert text_of(FilterChain([])) == "a"


def test_chain_without_a_kind_of_filter_is_the_same_each_time() -> None:
    chain = FilterChain([Appends("b"), AppendsMore("c")])

    assert text_of(chain.without(AppendsMore)) == "ab"
    assert chain.without(AppendsMore) is chain.without(AppendsMore)


def test_chain_without_what_it_has_not_is_itself() -> None:
    chain = FilterChain([Appends("b")])

    assert chain.without(AppendsMore) is chain
