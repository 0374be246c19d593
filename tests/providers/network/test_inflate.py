"""Tests of Inflater."""

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


def inflate(compressed: bytes, *, max_piece_bytes: int = 1000, size: int = 1 << 20) -> bytes:
    inflater = Inflater(max_piece_bytes)
    pieces = [piece for at in range(0, len(compressed), size) for piece in inflater.feed(compressed[at : at + size])]
    assert all(0 < len(piece) <= max_piece_bytes for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("max_piece_bytes", [1, 100, len(TEXT), len(TEXT) + 1, 1 << 20])
def test_compressed_text_is_restored_at_any_piece_size(
    compress: Callable[[bytes], bytes], size: int, max_piece_bytes: int
) -> None:
    assert inflate(compress(TEXT), max_piece_bytes=max_piece_bytes, size=size) == TEXT


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(1, 50))
def test_any_bytes_are_restored(data: bytes, max_piece_bytes: int, size: int) -> None:
    assert inflate(gzip.compress(data), max_piece_bytes=max_piece_bytes, size=size) == data


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_body_may_consist_of_several_gzip_members(size: int) -> None:
    assert inflate(gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two"), size=size) == b"one two"


def test_flushed_data_is_available_immediately() -> None:
    compressor = zlib.compressobj(wbits=31)
    inflater = Inflater(1000)
    for word in (b"one ", b"two ", b"three"):
        sent = compressor.compress(word) + compressor.flush(zlib.Z_SYNC_FLUSH)
        assert b"".join(inflater.feed(sent)) == word


def test_compression_bomb_is_inflated_in_bounded_memory() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        length = sum(len(piece) for piece in Inflater(65_536).feed(bomb))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == 50_000_000
    assert peak < 2_000_000


def test_truncated_body_gives_the_received_part() -> None:
    compressed = gzip.compress(TEXT)
    assert TEXT.startswith(inflate(compressed[:-20]))
    assert inflate(compressed[:5]) == b""
    assert inflate(b"") == b""


@pytest.mark.parametrize("garbage", [b"<html>", b"\x1f\x8b" + b"x" * 40, TEXT])
def test_data_that_is_not_compressed_is_refused(garbage: bytes) -> None:
    with pytest.raises(ProtocolBroken, match="cannot be decompressed"):
        inflate(garbage)


def test_garbage_after_a_member_is_refused_after_its_content() -> None:
    pieces = Inflater(10).feed(gzip.compress(b"before it") + b"garbage")
    assert next(pieces) == b"before it"
    with pytest.raises(ProtocolBroken):
        next(pieces)


def test_data_before_damage_in_the_same_piece_is_kept() -> None:
    compressor = zlib.compressobj(wbits=31)
    compressed = compressor.compress(b"before it") + compressor.flush(zlib.Z_SYNC_FLUSH)
    pieces = Inflater(10).feed(compressed + b"\xff" * 50)
    assert b"".join(itertools.islice(pieces, 9)) == b"before it"
    with pytest.raises(ProtocolBroken, match=r"cannot be decompressed: \w[\w ]*\.$"):
        next(pieces)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP ", "deflate"])
def test_gzip_and_deflate_are_supported(encoding: str) -> None:
    assert isinstance(inflater_for(encoding, 10), Inflater)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_identity_needs_no_inflater(encoding: str) -> None:
    assert inflater_for(encoding, 10) is None


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_unsupported_encoding_is_named(encoding: str) -> None:
    with pytest.raises(ProtocolBroken, match=encoding):
        inflater_for(encoding, 10)
