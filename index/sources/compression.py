"""Compressed files: blocks of one -> blocks of what is in it, a few megabytes at most at a time."""

import bz2
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import BinaryIO, Protocol, cast

import zstandard
from isal import isal_zlib

from index.sources.part import EndsEarlyError

BLOCK = 1 << 18
"""Bytes read at once."""

_GZIP_BLOCK = 1 << 12
_ZSTD_BLOCK = 1 << 8
"""Bytes handed to a decompressor at once. One of gzip's can stand for 1,032 bytes and four of Zstandard's for 128 KiB,
so that these stand for 4 MiB and 8 MiB at most."""

# Its type is that of an instance to who reads isal's stubs.
_BROKEN = (cast("type[Exception]", isal_zlib.error), zstandard.ZstdError)

Decompress = Callable[[Iterable[bytes]], Iterator[bytes]]


def blocks_of(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what a stream holds."""
    while block := stream.read(BLOCK):
        yield block


def gunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip has packed. Raises EndsEarlyError."""
    return _ahead(_decompressed(blocks, _GZIP_BLOCK, lambda: isal_zlib.decompressobj(wbits=31)))


def unzstd(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what Zstandard has packed. Raises EndsEarlyError."""
    return _ahead(_decompressed(blocks, _ZSTD_BLOCK, zstandard.ZstdDecompressor().decompressobj))


def bunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what bzip2 has packed: 40 bytes can stand for 45 MB, so it is asked for a block at a time."""
    file = bz2.BZ2File(cast("BinaryIO", Joined(blocks)))
    try:
        while block := file.read(BLOCK):
            yield block
    except EOFError:
        raise EndsEarlyError("the compressed data is cut off") from None
    except (OSError, ValueError) as error:
        raise EndsEarlyError(f"the compressed data is broken ({error})") from None


BY_ENDING: dict[str, Decompress] = {".gz": gunzipped, ".zst": unzstd, ".bz2": bunzipped}
BY_CONTENT: dict[bytes, Decompress] = {b"\x1f\x8b": gunzipped, zstandard.FRAME_HEADER: unzstd, b"BZh": bunzipped}
"""Packers by the bytes that their files begin with."""


class Joined:
    """Blocks as a file that is read once, from its beginning to its end."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._ready = bytearray()

    def read(self, size: int = -1) -> bytes:
        """Return the next ``size`` bytes, fewer at the end; all of them if it is negative."""
        while size < 0 or len(self._ready) < size:
            block = next(self._blocks, None)
            if block is None:
                break
            self._ready += block
        size = len(self._ready) if size < 0 else size
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield blocks, from the third on each fetched while the one before is worked on: a tenth of indexing's time."""
    yield from islice(blocks, 2)
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = beside.submit(next, blocks, None)
            yield block


class _Decompressor(Protocol):
    """One member of gzip, one frame of Zstandard."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _decompressed(blocks: Iterable[bytes], size: int, begin: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """Decompress members or frames one after the other, and the zeros that some tapes put behind them."""
    member, ended = begin(), False
    ready = bytearray()
    for block in blocks:
        for start in range(0, len(block), size):
            rest = block[start : start + size]
            while rest := rest.lstrip(b"\0") if ended else rest:
                try:
                    ready += member.decompress(rest)
                except _BROKEN as error:
                    yield bytes(ready)
                    raise EndsEarlyError(f"the compressed data is broken ({error})") from None
                ended, rest = member.eof, member.unused_data
                if ended:
                    member = begin()
            # Small pieces are no fewer to split into lines.
            if len(ready) >= BLOCK:
                yield bytes(ready)
                ready.clear()
    yield bytes(ready)
    if not ended:
        raise EndsEarlyError("the compressed data is cut off")
