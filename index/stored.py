"""Stored articles: JSON in compressed blocks of a few, so that a page of hits decompresses little.

Of the text of Reuters-21578, single articles compress to 0.68, blocks of 4 to 0.56, of 16 to 0.50, of 64 to 0.45; one
article is read in 38, 54, 122 and 197 microseconds (two slow cores, so the ratios matter).
"""

import threading
from collections.abc import Sequence
from itertools import accumulate, pairwise
from struct import unpack_from

import numpy as np
import zstandard

from index.arrays import Array, narrow

BLOCK = 16
"""Articles in a block."""

LEVEL = 3


def pack_stored(articles: Sequence[bytes]) -> dict[str, Array]:
    """Return the arrays of stored articles in document order."""
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    blocks = []
    for start in range(0, len(articles), BLOCK):
        block = articles[start : start + BLOCK]
        lengths = np.fromiter(map(len, block), dtype=np.uint32, count=len(block))
        blocks.append(compressor.compress(lengths.tobytes() + b"".join(block)))
    at = np.zeros(len(blocks) + 1, dtype=np.uint64)
    np.cumsum(np.fromiter(map(len, blocks), dtype=np.uint64, count=len(blocks)), out=at[1:])
    return {"stored.at": narrow(at), "stored": np.frombuffer(b"".join(blocks), dtype=np.uint8)}


class _Zstandard(threading.local):
    """One decompressor a thread, since it keeps a state: making one takes nearly as long as a block does."""

    def __init__(self) -> None:
        self.decompressor = zstandard.ZstdDecompressor()


_zstandard = _Zstandard()


class Stored:
    """The stored articles of a segment of ``size`` documents."""

    def __init__(self, arrays: dict[str, Array], size: int) -> None:
        self._at = arrays["stored.at"]
        self._blocks = arrays["stored"]
        self._size = size

    def __getitem__(self, doc: int) -> bytes:
        number, within = divmod(doc, BLOCK)
        data, lengths = self._block(number)
        start = 4 * len(lengths) + sum(lengths[:within])
        return data[start : start + lengths[within]]

    def all(self) -> list[bytes]:
        """Return every article, in document order."""
        articles = []
        for number in range(len(self._at) - 1):
            data, lengths = self._block(number)
            ends = list(accumulate(lengths, initial=4 * len(lengths)))
            articles += [data[start:end] for start, end in pairwise(ends)]
        return articles

    def _block(self, number: int) -> tuple[bytes, tuple[int, ...]]:
        """Return a block as it was before it was compressed, and the lengths that it begins with."""
        packed = self._blocks[int(self._at[number]) : int(self._at[number + 1])]
        data = _zstandard.decompressor.decompress(packed.tobytes())
        return data, unpack_from(f"<{min(BLOCK, self._size - number * BLOCK)}I", data)
