"""Formats: which reader a file is for, by its name, and by its content where the name does not say.

A format that is added is a module of its own and a line here.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import BinaryIO

import zstandard

from index.errors import ArticleError
from index.sources.jsonl import EndsEarlyError, read_jsonl
from index.sources.record import Record
from index.sources.wire import read_wire

Reader = Callable[[BinaryIO, str, int], Iterator[Record]]
"""Reads an open file: its bytes, its path within its source, the size limit of an article in bytes."""

_BLOCK = 1 << 18


def read_file(stream: BinaryIO, file: str, limit: int) -> Iterator[Record]:
    """Yield the records of a file. Raises EndsEarlyError for one that is cut short, OSError for one that is broken."""
    name = PurePath(file).name.lower()
    for ending, reader in _BY_NAME.items():
        if name.endswith(ending) and name != ending:
            yield from reader(stream, file, limit)
            return
    if "." in name.removeprefix("."):
        ending = name[name.rindex(".") :]
        yield Record(file, file, reason=f"no reader for {ending} files; there are readers for {', '.join(_BY_NAME)}")
    else:
        yield from read_stream(stream, file, limit)


def read_stream(stream: BinaryIO, file: str, limit: int) -> Iterator[Record]:
    """Yield the records of a stream whose name says nothing: compressed or not, JSON lines or one wire text."""
    head = stream.read(_BLOCK)

    def blocks() -> Iterator[bytes]:
        yield head
        yield from _blocks(stream)

    if head.startswith(b"\x1f\x8b"):
        yield from read_jsonl(_gunzipped(blocks()), file, limit)
    elif head.startswith(zstandard.FRAME_HEADER):
        yield from read_jsonl(_unzstd(blocks()), file, limit)
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        yield from read_jsonl(blocks(), file, limit)
    else:
        yield from _wire(blocks(), file, limit)


def _wire(blocks: Iterator[bytes], file: str, limit: int) -> Iterator[Record]:
    data = b""
    for block in blocks:
        data += block
        if len(data) > limit:
            yield Record(file, file, file, reason=f"over the size limit of {limit:,} bytes")
            return
    try:
        reading = read_wire(data, file)
    except ArticleError as error:
        yield Record(file, file, file, reason=str(error))
    else:
        yield Record(file, file, file, reading.article, warnings=reading.warnings)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _gunzipped(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip members one after the other."""
    member = zlib.decompressobj(wbits=31)
    fresh = False
    for block in blocks:
        while block:
            try:
                yield member.decompress(block)
            except zlib.error as error:
                raise EndsEarlyError(f"the compressed data is broken ({error})") from None
            fresh = member.eof
            block = member.unused_data.lstrip(b"\0") if member.eof else b""
            if member.eof:
                member = zlib.decompressobj(wbits=31)
    if not fresh:
        raise EndsEarlyError("the compressed data is cut off")


def _unzstd(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress Zstandard frames one after the other."""
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    fresh = False
    for block in blocks:
        while block:
            try:
                yield frame.decompress(block)
            except zstandard.ZstdError as error:
                raise EndsEarlyError(f"the compressed data is broken ({error})") from None
            fresh = frame.eof
            block = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame = decompressor.decompressobj()
    if not fresh:
        raise EndsEarlyError("the compressed data is cut off")


_BY_NAME: dict[str, Reader] = {
    ".txt": lambda stream, file, limit: _wire(_blocks(stream), file, limit),
    ".jsonl": lambda stream, file, limit: read_jsonl(_blocks(stream), file, limit),
    ".ndjson": lambda stream, file, limit: read_jsonl(_blocks(stream), file, limit),
    ".jsonl.gz": lambda stream, file, limit: read_jsonl(_gunzipped(_blocks(stream)), file, limit),
    ".jsonl.zst": lambda stream, file, limit: read_jsonl(_unzstd(_blocks(stream)), file, limit),
}
