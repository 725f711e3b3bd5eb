"""Stored articles: JSON in compressed blocks, so that a page of hits decompresses little.

Articles of one archive say much the same in much the same words. A sample of them is the dictionary that every block
of a segment is compressed with: small blocks then take hardly more than large ones, and each is read in an instant.
"""

import mmap
import tempfile
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path

import numpy as np
import zstandard

from index.arrays import Array, ArrayWriter, narrow

BLOCK = 2_000
"""Bytes of JSON after which a block is closed; an article of more has one to itself.

In the midst of a request an article is read in 17 us; of blocks of 1,000 bytes, with which an index is 1 or 2% larger,
it is in 14.
"""

LEVEL = 5
"""Of 200,000 short articles, in blocks of 8,000 bytes, level 5 makes 35.0 MB in 2.4 s, 7 makes 33.7 in 3.5, 9 makes
33.4 in 5.7, 3 makes 37.3 in 1.0; a page of hits takes the same to read."""

AT_ONCE = 256
"""Blocks compressed in one call: three quarters of the time that one takes each, and the interpreter is not asked for
34,000 times while others work with it."""

PASSING_LEVEL = 1
"""For a segment that is merged before anybody reads it; it has no dictionary either."""

DICTIONARY = 400_000
"""The most bytes that a dictionary takes, uncompressed."""

SAMPLE = 8
"""A dictionary is made from a sample this many times its size."""

SHARE = 6
"""At most this part of the articles is the sample, so that a dictionary does not take what it saves."""

LEAST = 4_000
"""Bytes below which a dictionary does not pay."""


_PIECE = 1 << 18


class Stash:
    """Stored articles waiting on the disk until their order is known, in a file without a name."""

    def __init__(self, folder: Path) -> None:
        # In the index's own folder: what is called temporary may be memory.
        self._stream = tempfile.TemporaryFile(dir=folder, buffering=_PIECE)  # noqa: SIM115
        self._ends = array("Q", [0])

    def add(self, articles: bytes, sizes: Sequence[int]) -> None:
        """Put articles, one behind the other, behind those that are there."""
        self._stream.write(articles)
        self._ends.extend(accumulate(sizes, initial=self._ends.pop()))

    @property
    def size(self) -> int:
        """How many bytes the articles have."""
        return self._ends[-1]

    def read(self, places: Iterable[int]) -> Iterator[bytes]:
        """Yield the articles at some places."""
        self._stream.flush()
        ends = self._ends
        if not self.size:
            # Nothing cannot be mapped.
            return
        # A call for each would let go of the interpreter each time, and wait for it.
        with mmap.mmap(self._stream.fileno(), self.size, access=mmap.ACCESS_READ) as articles:
            for place in places:
                yield articles[ends[place] : ends[place + 1]]

    def close(self) -> None:
        """Let go of the file."""
        # What did not reach a full disk is not wanted any more.
        with suppress(OSError):
            self._stream.close()


class Packer:
    """Compresses articles in document order, each without a line break and none empty; ``sample`` are some of them."""

    def __init__(self, sample: Sequence[bytes], level: int = LEVEL) -> None:
        self._at, self._first = [0], [0]
        self._packed = b""
        dictionary = _trained(sample)
        if dictionary:
            self._packed = zstandard.ZstdCompressor(level=level).compress(dictionary.as_bytes())
            dictionary.precompute_compress(level=level)
        self._compressor = zstandard.ZstdCompressor(level=level, dict_data=dictionary)

    def pack(self, articles: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the blocks of all articles, many in a row; ``arrays`` then says where they are."""
        blocks: list[bytes | bytearray | memoryview] = []
        block: list[bytes] = []
        held = 0
        for article in articles:
            if block and (held >= BLOCK or len(article) >= BLOCK):
                blocks.append(self._close(block))
                block, held = [], 0
                if len(blocks) == AT_ONCE:
                    yield self._packed_together(blocks)
                    blocks = []
            block.append(article)
            held += len(article)
        if block:
            blocks.append(self._close(block))
        if blocks:
            yield self._packed_together(blocks)

    def arrays(self) -> dict[str, Array]:
        """Return the arrays beside the blocks: where each begins, its first document, and the dictionary."""
        return {
            "stored.at": narrow(np.array(self._at, dtype=np.uint64)),
            "stored.doc": narrow(np.array(self._first, dtype=np.uint64)),
            "stored.dictionary": np.frombuffer(self._packed, dtype=np.uint8),
        }

    def _close(self, block: Sequence[bytes]) -> bytes:
        self._first.append(self._first[-1] + len(block))
        return b"\n".join(block)

    def _packed_together(self, blocks: list[bytes | bytearray | memoryview]) -> bytes:
        segments = self._compressor.multi_compress_to_buffer(blocks)
        packed = [segments[number].tobytes() for number in range(len(segments))]
        self._at.extend(accumulate(map(len, packed), initial=self._at.pop()))
        return b"".join(packed)


@contextmanager
def storing(
    writer: ArrayWriter, articles: Iterable[bytes], sample: Iterable[bytes] = (), level: int = LEVEL
) -> Iterator[None]:
    """Write the arrays of stored articles, in document order, beside what is done within.

    Compressing leaves the interpreter to others: it is half the time of a merge, a tenth of indexing.
    """
    spool = writer.spool("stored", np.uint8)

    def store() -> dict[str, Array]:
        packer = Packer([*sample], level)
        for blocks in packer.pack(articles):
            spool.append(np.frombuffer(blocks, dtype=np.uint8))
        return packer.arrays()

    with ThreadPoolExecutor(1) as beside:
        arrays = beside.submit(store)
        yield
        writer.put(arrays.result())


class Stored:
    """The stored articles of a segment; safe for several threads."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._at, self._first = arrays["stored.at"], arrays["stored.doc"]
        self._blocks = arrays["stored"].data
        self._packed = arrays["stored.dictionary"]
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._content: zstandard.ZstdCompressionDict | None = None

    def __getitem__(self, doc: int) -> bytes:
        # In the array's own type: any other would have all of it converted.
        number = int(self._first.searchsorted(self._first.dtype.type(doc), side="right")) - 1
        block = self._text(number)
        at = 0
        for _ in range(doc - self._first.item(number)):
            at = block.index(b"\n", at) + 1
        end = block.find(b"\n", at)
        return block[at:] if end < 0 else block[at:end]

    def __iter__(self) -> Iterator[bytes]:
        """Every article, in document order; one block is held at a time."""
        for number in range(len(self._at) - 1):
            yield from self._text(number).split(b"\n")

    def some(self, step: int) -> Iterator[bytes]:
        """The articles of every so many blocks."""
        for number in range(0, len(self._at) - 1, step):
            yield from self._text(number).split(b"\n")

    @property
    def size(self) -> int:
        """How many bytes the articles have, uncompressed and roughly."""
        return (len(self._at) - 1) * BLOCK

    def _text(self, number: int) -> bytes:
        """Return a block: articles with a line break between."""
        return self._decompressor().decompress(self._blocks[self._at.item(number) : self._at.item(number + 1)])

    def _decompressor(self) -> zstandard.ZstdDecompressor:
        """Return the thread's own: one is not for several threads, and making one takes longer than using it."""
        found: zstandard.ZstdDecompressor | None = getattr(self._threads, "decompressor", None)
        if found is None:
            with self._lock:
                if self._content is None and len(self._packed):
                    content = zstandard.ZstdDecompressor().decompress(self._packed.tobytes())
                    self._content = zstandard.ZstdCompressionDict(content)
            found = zstandard.ZstdDecompressor(dict_data=self._content)
            self._threads.decompressor = found
        return found


def sample_step(size: int) -> int:
    """Return which part of ``size`` bytes of articles is a sample: every article, every second..."""
    return max(SHARE, -(-size // (SAMPLE * DICTIONARY)))


def _trained(sample: Sequence[bytes]) -> zstandard.ZstdCompressionDict | None:
    """Return a dictionary for articles like a sample, None where it would not pay."""
    room = sum(map(len, sample)) // SAMPLE
    if room < LEAST:
        return None
    try:
        # With both parameters given there is no search for better ones, which takes four times as long.
        return zstandard.train_dictionary(min(room, DICTIONARY), [*sample], k=200, d=8)
    except zstandard.ZstdError:
        # A few long articles are no sample.
        return None
