"""Stored articles: JSON in compressed blocks, so that a page of hits decompresses little.

Articles of one archive say much the same in much the same words. A sample of them is the dictionary that every block
of a segment is compressed with: small blocks then take hardly more than large ones, and each is read in an instant.
"""

import mmap
import tempfile
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Self

import numpy as np
import zstandard

from index.arrays import Array, ArrayWriter, Spool, narrow

BLOCK = 3_000
"""Bytes of JSON after which a block is closed; an article of more has one to itself.

Articles are read in 6.5 us each then, of blocks of 2,000 bytes, with which an index is 0.8% larger, in 5.3.
"""

WAY = zstandard.ZstdCompressionParameters(
    window_log=21,
    hash_log=19,
    chain_log=18,
    search_log=1,
    min_match=5,
    target_length=1,
    strategy=zstandard.STRATEGY_DFAST,
)
"""How blocks are compressed: as level 3 of zstd does it, with tables for a large dictionary.

Of 200,000 short articles it makes 36.7 MB in 0.52 s. Level 5, with blocks of 2,000 bytes and half the dictionary, makes
36.6 in 0.87, and level 3 itself 38.9 in 0.51.
"""

PASSING_WAY = zstandard.ZstdCompressionParameters.from_level(1)
"""For a segment that is merged before anybody reads it; it has no dictionary either."""

AT_ONCE = 256
"""Blocks compressed in one call: three quarters of the time that one takes each, and the interpreter is not asked for
34,000 times while others work with it."""

DICTIONARY = 800_000
"""The most bytes that a dictionary takes, uncompressed. With half of it 200,000 short articles take 1.4% more, with
twice as much they take as much."""

DICTIONARY_LEVEL = 5
"""The dictionary itself is compressed once, and well."""

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

    def __init__(self, sample: Sequence[bytes], way: zstandard.ZstdCompressionParameters = WAY) -> None:
        self._at, self._first = [0], [0]
        self._packed = b""
        dictionary = _trained(sample)
        if dictionary:
            self._packed = zstandard.ZstdCompressor(DICTIONARY_LEVEL).compress(dictionary.as_bytes())
            dictionary.precompute_compress(compression_params=way)
        self._compressor = zstandard.ZstdCompressor(compression_params=way, dict_data=dictionary)

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


class Packing:
    """Articles, in document order, on their way into blocks in a thread, beside what else is done.

    Compressing leaves the interpreter to others: it is half the time of a merge, a sixth of indexing. Where no
    processor is left for the thread, ``wait``: 200,000 articles take 1.1 s of processor time beside others, and 0.75
    alone. ``sample`` are some of the articles. Raises OSError.
    """

    def __init__(
        self,
        folder: Path,
        articles: Iterable[bytes],
        sample: Iterable[bytes] = (),
        way: zstandard.ZstdCompressionParameters = WAY,
    ) -> None:
        self._spool = Spool(folder, np.dtype(np.uint8))
        self._thread = ThreadPoolExecutor(1)
        self._arrays = self._thread.submit(self._pack, articles, sample, way)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self) -> None:
        """Return when all of it is packed, or nothing more can be."""
        wait([self._arrays])

    def write(self, writer: ArrayWriter) -> None:
        """Write the arrays, when all of it is packed."""
        arrays = self._arrays.result()
        writer.bytes("stored", self._spool.pieces())
        writer.put(arrays)

    def close(self) -> None:
        """Let go of thread and file."""
        self._thread.shutdown()
        # What did not reach a full disk is not wanted any more.
        with suppress(OSError):
            self._spool.close()

    def _pack(
        self, articles: Iterable[bytes], sample: Iterable[bytes], way: zstandard.ZstdCompressionParameters
    ) -> dict[str, Array]:
        packer = Packer([*sample], way)
        for blocks in packer.pack(articles):
            self._spool.append(np.frombuffer(blocks, dtype=np.uint8))
        return packer.arrays()


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
        # With k and d given there is no search for better ones, which takes four times as long. With accel it takes
        # half as long, and the blocks are 0.2 to 0.5% larger.
        return zstandard.train_dictionary(min(room, DICTIONARY), [*sample], k=400, d=8, accel=10)
    except zstandard.ZstdError:
        # A few long articles are no sample.
        return None
