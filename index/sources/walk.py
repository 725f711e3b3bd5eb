"""A walk: the files in a folder and in those beneath it, in order of name, hidden ones left alone.

It may be confined to some of them, which then come in the same order, and are left alone for the same reasons.
"""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.sources.found import Found, shown


@dataclass(frozen=True, slots=True)
class _Named:
    """What ``os.scandir`` would give of a path, whether it is there or not."""

    path: str

    @property
    def name(self) -> str:
        return os.path.basename(self.path)  # noqa: PTH119 - a Path would have to be made first

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return Path(self.path).is_dir() and (follow_symlinks or not Path(self.path).is_symlink())

    def is_file(self) -> bool:
        return Path(self.path).is_file()

    def stat(self) -> os.stat_result:
        return Path(self.path).stat()


_Entry = os.DirEntry[str] | _Named


def paths_within(root: Path, paths: Collection[str]) -> tuple[str, ...]:
    """Return which of some real paths are in a folder, or are it, by their paths within it and in the walk's order.

    Those within another of them are left out; the folder itself is ``""``.
    """
    start = str(root).rstrip(os.sep) + os.sep
    inside = [path[len(start) :] for path in paths if path.startswith(start)]
    inside += [""] if str(root) in paths else []
    kept: list[str] = []
    for path in sorted(inside, key=lambda path: Path(path).parts):
        if not kept or not (path == kept[-1] or kept[-1] == "" or path.startswith(kept[-1] + os.sep)):
            kept.append(path)
    return tuple(kept)


class Walk:
    """A walk through a folder; ``leave_out`` is one that is no part of it. What cannot be read is told to ``fail``."""

    def __init__(self, root: Path, leave_out: Path | None, fail: Callable[[str], None]) -> None:
        self._root = str(root)
        self._leave_out = None if leave_out is None else str(leave_out)
        self._fail = fail

    def all(self) -> Iterator[Found]:
        """Yield every file."""
        return self._walk(self._inside(self._root))

    def only(self, paths: Collection[str]) -> Iterator[Found]:
        """Yield the files at some paths and beneath them; see ``paths_within``."""
        if "" in paths:
            return self.all()
        return self._walk(iter([entry for path in paths if (entry := self._named(path))]))

    def _walk(self, entries: Iterator[_Entry]) -> Iterator[Found]:
        waiting = [entries]
        beneath = len(self._root.rstrip(os.sep)) + 1
        while waiting:
            entry = next(waiting[-1], None)
            if entry is None:
                waiting.pop()
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(self._inside(entry.path))
            else:
                try:
                    status = entry.stat()
                except OSError as error:
                    self._fail(f"{shown(entry.path)} cannot be read: {error.strerror}")
                else:
                    yield Found.of(entry.path[beneath:], status)

    def _named(self, path: str) -> _Named | None:
        """Return what is at a path if the walk would come there."""
        entry = _Named(self._root)
        for name in Path(path).parts:
            entry = _Named(os.path.join(entry.path, name))  # noqa: PTH118
            try:
                os.lstat(entry.path)
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError as error:
                # What is there cannot be told, which is not to say that it is gone.
                self._fail(f"{shown(entry.path)} cannot be read: {error.strerror}")
                return None
            if not self._wanted(entry):
                return None
        return entry

    def _inside(self, folder: str) -> Iterator[_Entry]:
        try:
            with os.scandir(folder) as entries:
                return iter(sorted(filter(self._wanted, entries), key=lambda entry: entry.name))
        except OSError as error:
            self._fail(f"{shown(folder)} cannot be read: {error.strerror}")
            return iter(())

    def _wanted(self, entry: _Entry) -> bool:
        """Files, and folders that are no links: those can go in circles."""
        if entry.name.startswith("."):
            return False
        try:
            if entry.is_dir(follow_symlinks=False):
                return entry.path != self._leave_out
            return entry.is_file()
        except OSError:
            # A link to itself.
            return False
