"""Inflater: packed bytes → what they unpack to, a bounded piece at a time."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import ProtocolBroken
from tui.providers.network.inflate import Inflater, inflater_for

TEXT = b'{"message":{"content":"Hello"},"done":false}\n' * 200


def unpacked(packed: bytes, *, most: int = 1000, size: int = 1 << 20) -> bytes:
    inflater = Inflater(most)
    pieces = [piece for at in range(0, len(packed), size) for piece in inflater.feed(packed[at : at + size])]
    assert all(0 < len(piece) <= most for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("most", [1, 100, len(TEXT), len(TEXT) + 1, 1 << 20])
def test_packed_bytes_unpack_to_what_they_were_however_they_come(
    pack: Callable[[bytes], bytes], size: int, most: int
) -> None:
    assert unpacked(pack(TEXT), most=most, size=size) == TEXT


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(1, 50))
def test_any_bytes_come_out_as_they_went_in(data: bytes, most: int, size: int) -> None:
    assert unpacked(gzip.compress(data), most=most, size=size) == data


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_body_may_be_several_packed_ones_in_a_row(size: int) -> None:
    assert unpacked(gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two"), size=size) == b"one two"


def test_each_flush_of_the_server_gives_what_it_flushed() -> None:
    packer = zlib.compressobj(wbits=31)
    inflater = Inflater(1000)
    for word in (b"one ", b"two ", b"three"):
        sent = packer.compress(word) + packer.flush(zlib.Z_SYNC_FLUSH)
        assert b"".join(inflater.feed(sent)) == word


def test_a_bomb_comes_in_pieces_and_not_at_once() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        length = sum(len(piece) for piece in Inflater(65_536).feed(bomb))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == 50_000_000
    assert peak < 2_000_000


def test_a_body_that_is_cut_gives_what_had_come() -> None:
    packed = gzip.compress(TEXT)
    assert TEXT.startswith(unpacked(packed[:-20]))
    assert unpacked(packed[:5]) == b""
    assert unpacked(b"") == b""


@pytest.mark.parametrize("garbage", [b"<html>", b"\x1f\x8b" + b"x" * 40, TEXT])
def test_what_is_not_packed_is_refused(garbage: bytes) -> None:
    with pytest.raises(ProtocolBroken, match="cannot be unpacked"):
        unpacked(garbage)


def test_what_breaks_in_the_middle_is_refused_after_what_came_before() -> None:
    pieces = Inflater(10).feed(gzip.compress(b"before it") + b"garbage")
    assert next(pieces) == b"before it"
    with pytest.raises(ProtocolBroken):
        next(pieces)


def test_what_stands_before_the_damage_is_given_although_it_came_in_the_same_piece() -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(b"before it") + packer.flush(zlib.Z_SYNC_FLUSH)
    pieces = Inflater(10).feed(packed + b"\xff" * 50)
    assert b"".join(itertools.islice(pieces, 9)) == b"before it"
    with pytest.raises(ProtocolBroken, match=r"cannot be unpacked: \w[\w ]*\.$"):
        next(pieces)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZIP ", "deflate"])
def test_gzip_and_deflate_can_be_unpacked(coding: str) -> None:
    assert isinstance(inflater_for(coding, 10), Inflater)


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_what_is_not_packed_needs_no_unpacking(coding: str) -> None:
    assert inflater_for(coding, 10) is None


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_a_coding_that_nobody_asked_for_is_named(coding: str) -> None:
    with pytest.raises(ProtocolBroken, match=coding):
        inflater_for(coding, 10)
