"""A disk that remembers what was synced, and what a power cut at any point may leave of it.

``recorded`` watches a folder while something is written there. Around each call that syncs a file or a folder or
changes a name it notes what stands in every file; a file is as it was when it was last synced, and a name as it was
when its folder was, until they are synced again. SQLite does its own writing where Python cannot watch, so its files
count as being on the disk as they are seen: between its transactions.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

SYNCS = ("fsync", "fdatasync")
NAMINGS = ("rename", "replace", "link", "unlink", "remove", "mkdir", "rmdir")


@dataclass(frozen=True)
class Naming:
    """A name that came or went in a folder: ``old`` is gone and ``new`` is this file's, where they are given."""

    file: int
    old: str | None
    new: str | None

    def happen(self, names: dict[str, int]) -> None:
        """Do it to the names of a disk."""
        if self.old is not None:
            names.pop(self.old, None)
        if self.new is not None:
            names[self.new] = self.file

    @property
    def folder(self) -> str:
        """The folder that has to be synced for this to last."""
        return str(Path(self.new or self.old or "").parent)


@dataclass(frozen=True)
class Point:
    """The disk at one point: names and contents that last, names not yet synced, contents as written.

    A folder's content is None. ``before`` says which call comes next.
    """

    before: str
    names: dict[str, int]
    namings: tuple[Naming, ...]
    synced: dict[int, bytes | None]
    written: dict[int, bytes | None]

    def left(self, draw: random.Random | None, *, names: bool = True, contents: bool = True) -> dict[str, bytes | None]:
        """Return what a power cut may leave: all unsynced names and contents or none; with ``draw`` some by chance."""
        found = dict(self.names)
        for naming in self.namings:
            if names if draw is None else draw.random() < 0.5:
                naming.happen(found)
        left = {}
        for name, file in sorted(found.items()):
            synced, written = self.synced.get(file, b""), self.written[file]
            if synced is None or written is None or synced == written:
                left[name] = written
            elif draw is None:
                left[name] = written if contents else synced
            else:
                left[name] = torn(draw, synced, written)
        return {name: data for name, data in left.items() if _reached(name, left)}


def _reached(name: str, left: dict[str, bytes | None]) -> bool:
    return all(str(parent) in (".", name) or str(parent) in left for parent in Path(name).parents)


def torn(draw: random.Random, synced: bytes, written: bytes) -> bytes:
    """Return what may be left of a file that was not synced: nothing new, all, a part, or its length without it."""
    cut = draw.randrange(len(written) + 1)
    return draw.choice([synced, written, written[:cut], written[:cut] + bytes(len(written) - cut)])


def lay_out(left: dict[str, bytes | None], folder: Path) -> Path:
    """Write what a power cut has left into a folder."""
    folder.mkdir()
    for name, data in left.items():
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)
    return folder


@dataclass
class Recording:
    """What happened below a folder: the points at which the power may fail, the last of them when all was done."""

    root: Path
    points: list[Point] = field(default_factory=list)
    _files: dict[int, int] = field(default_factory=dict)
    _now: dict[str, int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _namings: list[Naming] = field(default_factory=list)
    _synced: dict[int, bytes | None] = field(default_factory=dict)
    _written: dict[int, bytes | None] = field(default_factory=dict)
    _count: int = 0

    def begin(self) -> None:
        """Take what is there now for synced."""
        self.look()
        for name in [naming.new for naming in self._namings if naming.new]:
            self._names[name] = self._now[name]
        self._namings.clear()
        self._synced = dict(self._written)

    def look(self) -> None:
        """Note the names and contents there are."""
        there: dict[str, int] = {}
        files: dict[int, int] = {}
        for path in sorted(self.root.rglob("*")):
            name, inode = str(path.relative_to(self.root)), path.stat().st_ino
            known = self._files.get(inode)
            if known is None:
                known = self._count = self._count + 1
            files[inode] = there[name] = known
            self._written[known] = None if path.is_dir() else path.read_bytes()
            if path.is_dir():
                self._synced[known] = None
            if ".sqlite" in name:
                self._synced[known] = self._written[known]
        for name, file in there.items():
            if self._now.get(name) != file:
                self._happened(Naming(file, None, name))
        for name in self._now.keys() - there.keys():
            self._happened(Naming(self._now[name], name, None))
        self._files, self._now = files, there

    def cut_before(self, call: str) -> None:
        """Note that the power may fail here."""
        self.look()
        written = {file: self._written[file] for file in {*self._names.values(), *(n.file for n in self._namings)}}
        self.points.append(Point(call, dict(self._names), tuple(self._namings), dict(self._synced), written))

    def sync(self, handle: int) -> None:
        """Note that a file or a folder is on the disk now."""
        inode = os.fstat(handle).st_ino
        file = self._files.get(inode)
        folder = "." if inode == self.root.stat().st_ino else None
        if file is not None:
            self._synced[file] = self._written[file]
            folder = next(name for name, known in self._now.items() if known == file)
        for naming in [naming for naming in self._namings if naming.folder == folder]:
            naming.happen(self._names)
            self._namings.remove(naming)

    def name(self, call: str, paths: list[str]) -> None:
        """Note a change of names that was just made."""
        if call in ("rename", "replace") and paths[0] in self._now:
            file = self._now.pop(paths[0])
            self._now[paths[1]] = file
            self._namings.append(Naming(file, paths[0], paths[1]))

    def _happened(self, naming: Naming) -> None:
        if ".sqlite" in (naming.new or naming.old or ""):
            naming.happen(self._names)
        else:
            self._namings.append(naming)


@contextmanager
def recorded(root: Path) -> Iterator[Recording]:
    """Watch what is written below a folder, by this thread of this process."""
    recording = Recording(root)
    recording.begin()

    def watch(call: str, note: Callable[[Any], None]) -> Callable[..., Any]:
        real = getattr(os, call)

        def watched(*arguments: Any, **more: Any) -> Any:
            paths = [str(path) for path in arguments if isinstance(path, str | os.PathLike)]
            below = [os.path.relpath(path, root) for path in paths if Path(path).is_relative_to(root)]
            said = f"{call} {' -> '.join(below)}"
            recording.cut_before(said)
            result = real(*arguments, **more)
            note(below if call in NAMINGS else arguments[0])
            recording.cut_before(f"what follows {said}")
            return result

        return watched

    with pytest.MonkeyPatch.context() as patched:
        for call in SYNCS:
            patched.setattr(os, call, watch(call, recording.sync))
        for call in NAMINGS:
            patched.setattr(os, call, watch(call, partial(recording.name, call)))
        yield recording
    recording.cut_before("the end")
