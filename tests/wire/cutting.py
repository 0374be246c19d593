"""Ways to cut a stream of bytes into pieces."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st


def cuts(stream: bytes) -> Iterator[list[bytes]]:
    """The stream in two pieces, cut at every place, and in single bytes."""
    for cut in range(len(stream) + 1):
        yield [stream[:cut], stream[cut:]]
    yield [stream[at : at + 1] for at in range(len(stream))]


@st.composite
def pieces(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The stream in pieces, cut anywhere; some of them may be empty."""
    places = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[start:stop] for start, stop in zip([0, *places], [*places, len(stream)], strict=True)]
