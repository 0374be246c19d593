"""Splits byte streams into pieces, as a network would."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st


def splits(stream: bytes) -> Iterator[list[bytes]]:
    """Yield the stream split in two at every position, then as single bytes."""
    for cut in range(len(stream) + 1):
        yield [stream[:cut], stream[cut:]]
    yield [stream[at : at + 1] for at in range(len(stream))]


@st.composite
def pieces(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The stream split at random positions; some pieces may be empty."""
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
