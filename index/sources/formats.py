"""Formats: which reader a file is for, by its name, and by its content where the name does not say.

A format that is added is a module of its own and a line here.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Protocol

import zstandard

from index.errors import ArticleError
from index.sources.jsonl import divide_jsonl
from index.sources.part import EndsEarlyError, Known, Part
from index.sources.record import Record
from index.sources.wire import read_wire

Reader = Callable[[BinaryIO, str, int], Iterator[Part]]
"""Divides an open file: its bytes, its path within its source, the size limit of an article in bytes."""

_BLOCK = 1 << 18
_GZIP_BLOCK = 1 << 12
_ZSTD_BLOCK = 1 << 8
"""Bytes handed to a decompressor at once. One of gzip's can stand for 1,032 bytes and four of Zstandard's for 128 KiB,
so that these stand for 4 MiB and 8 MiB at most."""


def divide_file(stream: BinaryIO, file: str, limit: int) -> Iterator[Part]:
    """Yield the parts of a file. Raises EndsEarlyError for one that is cut short, OSError for one that is broken."""
    name = PurePath(file).name.lower()
    for ending, reader in _BY_NAME.items():
        if name.endswith(ending) and name != ending:
            yield from reader(stream, file, limit)
            return
    if ending := PurePath(name).suffix:
        reason = f"no reader for {ending} files; there are readers for {', '.join(_BY_NAME)}"
        yield Known(Record(file, file, reason=reason))
    else:
        yield from _by_content(stream, file, limit, file)


def divide_stream(stream: BinaryIO, name: str, limit: int) -> Iterator[Part]:
    """Yield the parts of a stream, standard input or a pipe, which holds nothing if it is blank.

    ``name`` is what the account calls it. A wire text's id is the hash of its bytes, the only thing that tells it from
    the next one to come down a pipe.
    """
    yield from _by_content(stream, name, limit, None)


def _by_content(stream: BinaryIO, file: str, limit: int, identifier: str | None) -> Iterator[Part]:
    """Divide what is compressed or not, JSON lines or one wire text."""
    head = stream.read(_BLOCK)

    def blocks() -> Iterator[bytes]:
        yield head
        yield from _blocks(stream)

    if head.startswith(b"\x1f\x8b"):
        yield from divide_jsonl(_gunzipped(blocks()), file, limit)
    elif head.startswith(zstandard.FRAME_HEADER):
        yield from divide_jsonl(_unzstd(blocks()), file, limit)
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        yield from divide_jsonl(blocks(), file, limit)
    else:
        yield from _wire(blocks(), file, limit, identifier)


def _wire(blocks: Iterator[bytes], file: str, limit: int, identifier: str | None) -> Iterator[Part]:
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > limit:
            yield Known(Record(file, file, identifier, reason=f"over the size limit of {limit:,} bytes"))
            return
    if identifier is None:
        if not data.strip():
            return
        identifier = hashlib.blake2b(data, digest_size=8).hexdigest()
    yield WireText(file, identifier, bytes(data))


@dataclass(frozen=True, slots=True)
class WireText:
    """A part that is one wire text, a whole file."""

    file: str
    identifier: str
    data: bytes

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.data)

    def records(self) -> Iterator[Record]:
        """Yield its one record."""
        try:
            reading = read_wire(self.data, self.identifier)
        except ArticleError as error:
            yield Record(self.file, self.file, self.identifier, reason=str(error))
        else:
            yield Record(self.file, self.file, self.identifier, reading.article, warnings=reading.warnings)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


class _Decompressor(Protocol):
    """One member of gzip, one frame of Zstandard."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _gunzipped(blocks: Iterator[bytes]) -> Iterator[bytes]:
    return _decompressed(blocks, _GZIP_BLOCK, lambda: zlib.decompressobj(wbits=31))


def _unzstd(blocks: Iterator[bytes]) -> Iterator[bytes]:
    return _decompressed(blocks, _ZSTD_BLOCK, zstandard.ZstdDecompressor().decompressobj)


def _decompressed(blocks: Iterator[bytes], size: int, begin: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """Decompress members or frames one after the other, and the zeros that some tapes put behind them."""
    member, ended = begin(), False
    ready = bytearray()
    for block in blocks:
        for start in range(0, len(block), size):
            rest = block[start : start + size]
            while rest := rest.lstrip(b"\0") if ended else rest:
                try:
                    ready += member.decompress(rest)
                except (zlib.error, zstandard.ZstdError) as error:
                    yield bytes(ready)
                    raise EndsEarlyError(f"the compressed data is broken ({error})") from None
                ended, rest = member.eof, member.unused_data
                if ended:
                    member = begin()
            # Small pieces are no fewer to split into lines.
            if len(ready) >= _BLOCK:
                yield bytes(ready)
                ready.clear()
    yield bytes(ready)
    if not ended:
        raise EndsEarlyError("the compressed data is cut off")


_BY_NAME: dict[str, Reader] = {
    ".txt": lambda stream, file, limit: _wire(_blocks(stream), file, limit, file),
    ".jsonl": lambda stream, file, limit: divide_jsonl(_blocks(stream), file, limit),
    ".ndjson": lambda stream, file, limit: divide_jsonl(_blocks(stream), file, limit),
    ".jsonl.gz": lambda stream, file, limit: divide_jsonl(_gunzipped(_blocks(stream)), file, limit),
    ".jsonl.zst": lambda stream, file, limit: divide_jsonl(_unzstd(_blocks(stream)), file, limit),
}
