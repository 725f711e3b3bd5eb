"""A source: a file, a folder or a stream, and the records it holds, in an order that is always the same."""

import os
import re
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from index.sources.address import is_address, open_address
from index.sources.formats import divide_file, divide_stream
from index.sources.found import Ended, Familiar, FileState, Found, Skipped, shown, state_of, still
from index.sources.manner import PLAIN, Manner
from index.sources.part import EndsEarlyError, Known, Part, incomplete, read_part
from index.sources.record import Record
from index.sources.walk import Walk, paths_within

STANDARD_INPUT = "-"

_RECORDS = re.compile(r"\.(?:jsonl|ndjson|csv|tsv|tab)(?:\.\w+)?$", re.IGNORECASE)


class Source:
    """A source named on the command line. It is read once.

    ``key`` is what its articles belong to: the real path, so that it is the same source from any folder. ``complete``
    says, once it has been read, whether all of it was there, so that what was not met has vanished; ``failures`` say
    what was not. ``lasting`` are files, feeds, of which that never holds. ``problem`` is the reason why there is
    nothing to read at all. ``file`` is the file that is being read, by its path within the source. ``leave_out`` is a
    folder that is not part of it: the index, which may lie in what it indexes. ``only`` are real paths of files and
    folders outside of which nothing is looked at; ``changed`` then says which of them are in it, by their paths within
    it, those within another left out, a folder itself as ``""``.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        standard_input: BinaryIO | None = None,
        leave_out: Path | None = None,
        manner: Manner = PLAIN,
        only: Collection[str] | None = None,
    ) -> None:
        self._limit = limit
        self._manner = manner
        self._standard_input = standard_input
        self._leave_out = leave_out and Path(os.path.realpath(leave_out))
        self._root = _root(name)
        self._open: BinaryIO | None = None
        self._done = 0
        self.file = ""
        self._root_is_file = False
        self.name = "standard input" if name == STANDARD_INPUT else shown(name)
        self.key = name if name == STANDARD_INPUT or is_address(name) else shown(self._root)
        self.lasting: set[str] = set()
        self.problem, self._streams = self._look()
        self.complete = not self._streams
        self.failures: list[str] = []
        self._only = None if only is None else paths_within(self._root, only)
        own = self._root.name if self._root_is_file else ""
        self.changed = self._only and tuple(shown(path or own) for path in self._only)

    @cached_property
    def files(self) -> list[Found]:
        """The files in it, folders walked once, in order of name, hidden ones left alone."""
        return [] if self.problem is not None or self._streams else list(self._walk())

    @cached_property
    def total(self) -> int:
        """Its size in bytes, where that is known."""
        return sum(found.size for found in self.files)

    @property
    def holds_records(self) -> bool:
        """Whether all its files are, by name, records in lines: those are read in no time."""
        return all(_RECORDS.search(found.file) for found in self.files)

    @property
    def position(self) -> int:
        """Bytes read so far, of ``total`` without the files that are skipped."""
        return self._done + (self._open.tell() if self._open is not None else 0)

    def records(self) -> Iterator[Record]:
        """Yield every record. What cannot be read is a record with a reason, and never ends the rest."""
        for part in self.parts():
            for record in read_part(part):
                self.met(record)
                yield record

    def parts(self, familiar: Familiar | None = None) -> Iterator[Part]:
        """Divide it, for whoever reads the parts elsewhere and has every record ``met`` afterwards, in order.

        Behind the parts of each file comes its end, in the place of those of a file that is ``familiar`` and has not
        changed that it was skipped.
        """
        if self.problem is not None:
            self._fail(f"{self.name} {self.problem}")
        elif self._streams:
            yield from self._divide_stream()
        else:
            number = 0
            while number < len(self.files):
                same = familiar.same(number) if familiar else 0
                if same:
                    skipped = self.files[number : number + same]
                    self.file = skipped[-1].file
                    yield Skipped(tuple(found.file for found in skipped))
                    number += same
                    continue
                found = self.files[number]
                self.file = found.file
                yield from self._divide(found, familiar.earlier(number) if familiar else None)
                self._done += found.size
                number += 1
            self.complete = not self.failures

    def met(self, record: Record) -> None:
        """Take notice of what a record says of the source as a whole."""
        if record.failure:
            self._fail(record.failure)

    def _look(self) -> tuple[str | None, bool]:
        """Return what stands against reading it, and whether it is a stream, of which nothing can have vanished."""
        if is_address(self.key):
            return None, True
        if self.key == STANDARD_INPUT:
            return (None if self._standard_input else "is closed"), True
        try:
            mode = self._root.stat().st_mode
        except FileNotFoundError:
            return "is not there", False
        except OSError as error:
            return f"cannot be read: {error.strerror}", False
        self._root_is_file = stat.S_ISREG(mode)
        return None, not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)

    def _divide_stream(self) -> Iterator[Part]:
        self.file = self.name
        address = self.key if is_address(self.key) else None
        with _guarded(self.name) as troubles, self._stream() as stream:
            yield from divide_stream(stream, self.name, self._limit, self._manner, address)
        yield from troubles

    def _stream(self) -> AbstractContextManager[BinaryIO]:
        if is_address(self.key):
            return open_address(self.key)
        if self._standard_input and self.key == STANDARD_INPUT:
            return nullcontext(self._standard_input)
        return self._root.open("rb")

    def _divide(self, found: Found, earlier: FileState | None) -> Iterator[Part]:
        file, state = found.file, None
        now = time.time_ns()
        with _guarded(file) as troubles, self._path(found).open("rb") as stream:
            self._open = stream
            try:
                # Before it is read: should it be written meanwhile, the hash is of what it was, and it is read again.
                state = state_of(stream, now)
                if earlier and (earlier.size, earlier.digest) == (state.size, state.digest):
                    yield Skipped((file,), state)
                    return
                stream.seek(0)
                for part in divide_file(stream, file, self._limit, self._manner):
                    if part.lasting:
                        self.lasting.add(file)
                    yield part
                # A feed is read each time: what it holds no longer would else seem to have vanished the next time.
                if file in self.lasting or not still(stream, state):
                    state = None
            finally:
                self._open = None
        yield from troubles
        yield Ended(file, None if troubles else state)

    def _path(self, found: Found) -> Path:
        return self._root.parent / found.path if self._root_is_file else self._root / found.path

    def _fail(self, failure: str) -> None:
        self.complete = False
        self.failures.append(failure)

    def _walk(self) -> Iterator[Found]:
        if self._root_is_file:
            if self._only == ():
                return
            try:
                status = self._root.stat()
            except OSError as error:
                self._fail(f"{shown(self._root)} cannot be read: {error.strerror}")
            else:
                yield Found.of(self._root.name, status)
            return
        walk = Walk(self._root, self._leave_out, self._fail)
        yield from walk.all() if self._only is None else walk.only(self._only)


@contextmanager
def _guarded(file: str) -> Iterator[list[Part]]:
    """Gather what goes wrong with a file, as parts that say so."""
    troubles: list[Part] = []
    try:
        yield troubles
    except EndsEarlyError as error:
        troubles.append(Known(incomplete(file, f"ends early: {error}")))
    except OSError as error:
        troubles.append(Known(incomplete(file, f"cannot be read: {error.strerror or error}")))


def _root(name: str) -> Path:
    """Return the real path of a source; a pipe that a shell opened as /dev/fd/63 has none."""
    real = os.path.realpath(name)
    return Path(real if os.path.exists(real) else os.path.abspath(name))  # noqa: PTH100, PTH110 - these never raise
