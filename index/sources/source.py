"""A source: a file, a folder or standard input, and the records it holds, in an order that is always the same."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.sources.formats import read_file, read_stream
from index.sources.jsonl import EndsEarlyError
from index.sources.record import Record

STANDARD_INPUT = "-"


class Source:
    """A source named on the command line. It is read once.

    ``key`` is what its articles belong to: the real path, so that it is the same source from any folder. ``total`` is
    its size in bytes where that is known, ``done`` how much of it has been read. ``complete`` says, once it has been
    read, whether all of it was there, so that what was not met has vanished; ``failures`` say what was not.
    """

    def __init__(self, name: str, limit: int, standard_input: BinaryIO | None = None) -> None:
        self.name = name
        self.complete = True
        self.failures: list[str] = []
        self.done = 0
        self._limit = limit
        self._standard_input = standard_input
        self._open: BinaryIO | None = None
        self._streams = name == STANDARD_INPUT
        self.key = name if self._streams else os.path.realpath(name)
        self.total = 0 if self._streams else sum(size for _, size in self._files())
        if self._streams:
            self.complete = False

    @property
    def exists(self) -> bool:
        """Whether there is anything of that name."""
        return self._streams or Path(self.key).exists()

    @property
    def position(self) -> int:
        """Bytes read so far, of ``total``."""
        return self.done + (self._open.tell() if self._open is not None and not self._streams else 0)

    def records(self) -> Iterator[Record]:
        """Yield every record. What cannot be read is a record with a reason, and never ends the rest."""
        if self._streams:
            assert self._standard_input is not None
            yield from self._guarded(read_stream(self._standard_input, "standard input", self._limit), "standard input")
            return
        if not self.exists:
            self._fail(f"{self.name} is not there")
            return
        self.failures.clear()
        self.complete = True
        root = Path(self.key)
        for path, size in self._files():
            file = path.name if path == root else path.relative_to(root).as_posix()
            # A name that is not UTF-8 would give an id that cannot be written down.
            file = os.fsencode(file).decode("utf-8", "replace")
            yield from self._read(path, file)
            self.done += size

    def _read(self, path: Path, file: str) -> Iterator[Record]:
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                # A pipe gives what it gives once; nothing can be said to have vanished from it.
                self.complete = False
            with path.open("rb") as stream:
                self._open = stream if stream.seekable() else None
                yield from self._guarded(read_file(stream, file, self._limit), file)
        except OSError as error:
            yield self._unreadable(file, error)
        finally:
            self._open = None

    def _guarded(self, records: Iterator[Record], file: str) -> Iterator[Record]:
        try:
            yield from records
        except EndsEarlyError as error:
            self._fail(f"{file} ends early: {error}")
            yield Record(file, file, reason=f"ends early: {error}")
        except OSError as error:
            yield self._unreadable(file, error)

    def _unreadable(self, file: str, error: OSError) -> Record:
        self._fail(f"{file} cannot be read: {error.strerror or error}")
        return Record(file, file, reason=f"cannot be read: {error.strerror or error}")

    def _fail(self, failure: str) -> None:
        self.complete = False
        self.failures.append(failure)

    def _files(self) -> Iterator[tuple[Path, int]]:
        """Yield the files with their sizes in bytes, folders walked in order of name, hidden ones left alone."""
        root = Path(self.key)
        if not root.is_dir():
            if root.exists():
                yield root, root.stat().st_size
            return
        waiting = [root]
        while waiting:
            folder = waiting.pop()
            try:
                if folder.is_dir():
                    inside = sorted(folder.iterdir(), key=lambda path: path.name, reverse=True)
                    waiting += [path for path in inside if not path.name.startswith(".") and _wanted(path)]
                else:
                    yield folder, folder.stat().st_size
            except OSError as error:
                self._fail(f"{folder} cannot be read: {error.strerror}")


def _wanted(path: Path) -> bool:
    """Files, and folders that are no links: those can go in circles."""
    return path.is_file() or (path.is_dir() and not path.is_symlink())
