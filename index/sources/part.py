"""Parts: what a source is divided into, each read on its own, in this process or in another.

Parts in order hold the records in order. Dividing costs little beside reading: lines are not looked at, only counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from index.sources.record import Record


class EndsEarlyError(Exception):
    """A file has less in it than was written to it."""


class Part(Protocol):
    """A part of a source; it can be pickled."""

    @property
    def file(self) -> str:
        """The path within the source."""
        ...

    @property
    def size(self) -> int:
        """About how many bytes it has."""
        ...

    @property
    def lasting(self) -> bool:
        """Whether its file holds only the newest of what it held: then what it holds no longer has not vanished."""
        ...

    def records(self) -> Iterator[Record]:
        """Yield what it holds. Raises EndsEarlyError in the place of a last record that was cut."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A part that needs no reading: a record, mostly of what went wrong."""

    record: Record
    size = 0
    lasting = False

    @property
    def file(self) -> str:
        """The record's file."""
        return self.record.file

    def records(self) -> Iterator[Record]:
        """Yield the record."""
        yield self.record


def read_part(part: Part) -> Iterator[Record]:
    """Yield the records of a part; where it ends early, a record says so, and that its source is not complete."""
    try:
        yield from part.records()
    except EndsEarlyError as error:
        yield incomplete(part.file, f"ends early: {error}")


def incomplete(file: str, problem: str) -> Record:
    """Return the record of a file of which not all could be read."""
    return Record(file, file, reason=problem, failure=f"{file} {problem}")
