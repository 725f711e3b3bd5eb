"""Found files: what a walk through a source sees of each file without opening it, and whether it has been read before.

A file is the same as before if its size and its modification time are, else if its bytes have the same hash. A time
is not trusted that lay less than two seconds before the reading: the file may have been written again since, within
the same tick of its clock.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from xxhash import xxh3_128

from index.sources.record import Record

RACY = 2_000_000_000
"""Nanoseconds before its reading within which a file's modification time says nothing of its bytes."""

UNTRUSTED = -1
"""In the place of such a time."""


class Found(NamedTuple):
    """A file of a source: its path within it, its size in bytes, its modification time in nanoseconds.

    ``path`` is as the file system has it, ``file`` as text that can be printed and written down.
    """

    path: str
    file: str
    size: int
    time: int

    @classmethod
    def of(cls, path: str, status: os.stat_result) -> "Found":
        """Make one of a path and what the file system says of it."""
        return cls(path, path if path.isascii() else shown(path), status.st_size, status.st_mtime_ns)


def shown(path: Path | str) -> str:
    """Return a path as text that can be printed and written down, each its own, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file was when it was read: its size, its time or UNTRUSTED, and the hash of its bytes (16 bytes)."""

    size: int
    time: int
    digest: bytes

    def same_time(self, found: Found) -> bool:
        """Say whether a file is the same by size and time alone."""
        return found.time == self.time and found.size == self.size


class Familiar(Protocol):
    """What is known of a source's files from earlier runs, asked for by their number in order, once each."""

    def same(self, number: int) -> int:
        """Return how many files from a number on are the same by size and time, and what came of them holds."""
        ...

    def earlier(self, number: int) -> FileState | None:
        """Return what a file was if what came of it holds, None if it has to be read in any case."""
        ...


@dataclass(frozen=True, slots=True)
class Skipped:
    """In the place of the parts of files that have not changed. ``state`` is what one is now, where that is news."""

    files: tuple[str, ...]
    state: FileState | None = None

    @property
    def lasting(self) -> bool:
        """Never said here: what lasts is read each time."""
        return False

    @property
    def file(self) -> str:
        """The last of them."""
        return self.files[-1]

    @property
    def size(self) -> int:
        """About what it takes to hand it on."""
        return 64 * len(self.files)

    def records(self) -> Iterator[Record]:
        """Yield nothing: what they hold is known."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Ended:
    """Behind the last part of a file. ``state`` is what it was, None where not all of that could be read."""

    file: str
    state: FileState | None
    size = 64
    lasting = False

    def records(self) -> Iterator[Record]:
        """Yield nothing."""
        yield from ()


def state_of(stream: BinaryIO, now: int) -> FileState:
    """Return what an open file is, all of it hashed; ``now`` is the time before it was opened, in nanoseconds."""
    status = os.fstat(stream.fileno())
    time = status.st_mtime_ns if status.st_mtime_ns < now - RACY else UNTRUSTED
    # What ``open`` gives can be read into a buffer; its type does not say so.
    digest = hashlib.file_digest(cast("BufferedReader", stream), xxh3_128).digest()
    return FileState(status.st_size, time, digest)


def still(stream: BinaryIO, state: FileState) -> bool:
    """Say whether an open file is what it was, as far as its size and its time tell."""
    status = os.fstat(stream.fileno())
    return status.st_size == state.size and state.time in (UNTRUSTED, status.st_mtime_ns)
