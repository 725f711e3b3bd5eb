"""A source: a file, a folder or a stream, and the records it holds, in an order that is always the same."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from index.sources.address import is_address, open_address
from index.sources.formats import divide_file, divide_stream
from index.sources.manner import PLAIN, Manner
from index.sources.part import EndsEarlyError, Known, Part, incomplete, read_part
from index.sources.record import Record

STANDARD_INPUT = "-"


class Source:
    """A source named on the command line. It is read once.

    ``key`` is what its articles belong to: the real path, so that it is the same source from any folder. ``total`` is
    its size in bytes where that is known. ``complete`` says, once it has been read, whether all of it was there, so
    that what was not met has vanished; ``failures`` say what was not. ``lasting`` are files, feeds, of which that never
    holds. ``problem`` is the reason why there is nothing
    to read at all. ``leave_out`` is a folder that is not part of it: the index, which may lie in what it indexes.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        standard_input: BinaryIO | None = None,
        leave_out: Path | None = None,
        manner: Manner = PLAIN,
    ) -> None:
        self._limit = limit
        self._manner = manner
        self._standard_input = standard_input
        self._leave_out = leave_out and Path(os.path.realpath(leave_out))
        self._root = _root(name)
        self._open: BinaryIO | None = None
        self._done = 0
        self.name = "standard input" if name == STANDARD_INPUT else _shown(name)
        self.key = name if name == STANDARD_INPUT or is_address(name) else _shown(self._root)
        self.lasting: set[str] = set()
        self.problem, self._streams = self._look()
        self.complete = not self._streams
        self.failures: list[str] = []
        self.total = 0 if self._streams else sum(size for _, size in self._files())

    @property
    def position(self) -> int:
        """Bytes read so far, of ``total``."""
        return self._done + (self._open.tell() if self._open is not None else 0)

    def records(self) -> Iterator[Record]:
        """Yield every record. What cannot be read is a record with a reason, and never ends the rest."""
        for part in self.parts():
            for record in read_part(part):
                self.met(record)
                yield record

    def parts(self) -> Iterator[Part]:
        """Divide it, for whoever reads the parts elsewhere and has every record ``met`` afterwards, in order."""
        if self.problem is not None:
            self._fail(f"{self.name} {self.problem}")
        elif self._streams:
            yield from self._divide_stream()
        else:
            self.complete = True
            self.failures.clear()
            for path, size in self._files():
                yield from self._divide(path, path.name if path == self._root else str(path.relative_to(self._root)))
                self._done += size

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
        return None, not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)

    def _divide_stream(self) -> Iterator[Part]:
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

    def _divide(self, path: Path, name: str) -> Iterator[Part]:
        file = _shown(name)
        with _guarded(file) as troubles, path.open("rb") as stream:
            self._open = stream
            try:
                for part in divide_file(stream, file, self._limit, self._manner):
                    if part.lasting:
                        self.lasting.add(part.file)
                    yield part
            finally:
                self._open = None
        yield from troubles

    def _fail(self, failure: str) -> None:
        self.complete = False
        self.failures.append(failure)

    def _files(self) -> Iterator[tuple[Path, int]]:
        """Yield the files with their sizes in bytes, folders walked in order of name, hidden ones left alone."""
        if self.problem is not None:
            return
        waiting = [self._root]
        while waiting:
            path = waiting.pop()
            try:
                if path.is_dir():
                    inside = sorted(path.iterdir(), key=lambda entry: entry.name, reverse=True)
                    waiting += [entry for entry in inside if self._wanted(entry)]
                else:
                    yield path, path.stat().st_size
            except OSError as error:
                self._fail(f"{_shown(path)} cannot be read: {error.strerror}")

    def _wanted(self, path: Path) -> bool:
        """Files, and folders that are no links: those can go in circles."""
        if path.name.startswith(".") or path == self._leave_out:
            return False
        return path.is_file() or (path.is_dir() and not path.is_symlink())


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


def _shown(path: Path | str) -> str:
    """Return a path as text that can be printed and written down, each its own, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
