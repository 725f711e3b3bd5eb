"""What is read as a whole: a file that is one article, or one feed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from index.errors import ArticleError
from index.sources.manner import Manner
from index.sources.part import Known, Part
from index.sources.record import Reading, Record

Read = Callable[[bytes, str, Manner], Reading]
"""Reads bytes as the article of an id. Raises ArticleError where there is none in them."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file or stream that is to be divided.

    ``file`` is its path within its source, as the account has it, ``identifier`` the id of an article that is a whole
    file, None on a stream. ``limit`` is in bytes an article. ``stream`` is the file itself, None where it is not at
    hand: compressed, or in an archive.
    """

    blocks: Iterable[bytes]
    file: str
    identifier: str | None
    limit: int
    manner: Manner
    stream: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A part that is one article, a whole file, and what reads it."""

    file: str
    identifier: str
    data: bytes
    manner: Manner
    read: Read
    lasting = False

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.data)

    def records(self) -> Iterator[Record]:
        """Yield its one record."""
        try:
            reading = self.read(self.data, self.identifier, self.manner)
        except ArticleError as error:
            yield Record(self.file, self.file, self.identifier, reason=str(error))
        else:
            yield Record(self.file, self.file, self.identifier, reading.article, warnings=reading.warnings)


def divide_whole(opened: Opened, read: Read) -> Iterator[Part]:
    """Yield a file as one part, or why it cannot be. On a stream its id is its hash, and there is none if it is blank.

    The hash is the only thing that tells what comes down a pipe from the next.
    """
    data, identifier = gather(opened), opened.identifier
    if data is None:
        yield Known(Record(opened.file, opened.file, identifier, reason=over(opened.limit)))
        return
    if identifier is None:
        if not data.strip():
            return
        identifier = hashlib.blake2b(data, digest_size=8).hexdigest()
    yield Whole(opened.file, identifier, data, opened.manner, read)


def gather(opened: Opened) -> bytes | None:
    """Return all bytes of a file, or None where there are more than the limit."""
    data = bytearray()
    for block in opened.blocks:
        data += block
        if len(data) > opened.limit:
            return None
    return bytes(data)


def over(limit: int) -> str:
    """Return the reason why something is rejected that is larger than it may be."""
    return f"over the size limit of {limit:,} bytes"
