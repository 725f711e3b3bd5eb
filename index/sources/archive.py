"""ZIP and tar: the files in an archive as if they lay in a folder of its name, read without unpacking to disk.

Names are only names, wherever they lead. Of a file no more is unpacked than may be read of it; an archive in an
archive, a file under a password and one that is broken are each accounted for, and stop nothing.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from index.sources.compression import Joined, blocks_of
from index.sources.part import EndsEarlyError, Known, Part, incomplete
from index.sources.record import Record
from index.sources.whole import Opened

Divide = Callable[[Opened], Iterator[Part]]

_ARCHIVES = (
    ".zip",
    ".tar",
    ".tgz",
    ".tbz2",
    ".tbz",
    ".tzst",
    ".tar.gz",
    ".tar.bz2",
    ".tar.zst",
    ".tar.xz",
    ".7z",
    ".rar",
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What reading an entry raises: broken, cut, packed in a way unknown here, under a password."""


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a file in an archive. Its records are of the archive's file, and their origin says which in it."""

    file: str
    part: Part

    @property
    def size(self) -> int:
        """About how many bytes it has."""
        return self.part.size

    @property
    def lasting(self) -> bool:
        """Whether what it holds no longer has not vanished."""
        return self.part.lasting

    def records(self) -> Iterator[Record]:
        """Yield what it holds. Raises EndsEarlyError."""
        for record in self.part.records():
            yield replace(record, file=self.file)


def divide_zip(opened: Opened, divide: Divide) -> Iterator[Part]:
    """Divide the files in a ZIP archive. Raises EndsEarlyError where its list of them is missing."""
    if opened.stream is None or not opened.stream.seekable():
        reason = "a ZIP archive has to be a file of its own: its list of contents stands at its end"
        yield Known(incomplete(opened.file, reason))
        return
    try:
        archive = zipfile.ZipFile(opened.stream)
    except _BROKEN as error:
        raise EndsEarlyError(f"the archive is broken ({error})") from None
    with archive:
        for entry in archive.infolist():
            if entry.is_dir() or _is_hidden(entry.filename):
                continue
            file = f"{opened.file}/{_shown(entry.filename)}"
            if entry.flag_bits & 1:
                yield Known(Record(opened.file, file, reason="it is under a password; unpack it and index the folder"))
                continue
            try:
                with archive.open(entry) as stream:
                    yield from _members(opened, file, cast("BinaryIO", stream), divide)
            except _BROKEN as error:
                yield Known(_broken(opened, file, error))


def divide_tar(opened: Opened, divide: Divide) -> Iterator[Part]:
    """Divide the files in a tar archive, from its beginning to its end. Raises EndsEarlyError where it is broken."""
    try:
        with tarfile.open(fileobj=cast("BinaryIO", Joined(opened.blocks)), mode="r|") as archive:
            for entry in archive:
                if not entry.isreg() or _is_hidden(entry.name):
                    continue
                file = f"{opened.file}/{_shown(entry.name)}"
                stream = archive.extractfile(entry)
                if stream is not None:
                    yield from _members(opened, file, cast("BinaryIO", stream), divide)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise EndsEarlyError(f"the archive is broken ({error})") from None


def _members(opened: Opened, file: str, stream: BinaryIO, divide: Divide) -> Iterator[Part]:
    """Yield the parts of one file in an archive."""
    if file.lower().endswith(_ARCHIVES):
        yield Known(Record(opened.file, file, reason="an archive in an archive; unpack it and index the folder"))
        return
    inner = Opened(blocks_of(stream), file, file, opened.limit, opened.manner)
    try:
        for part in divide(inner):
            yield Member(opened.file, part)
    except EndsEarlyError as error:
        yield Known(_broken(opened, file, error))


def _broken(opened: Opened, file: str, error: BaseException) -> Record:
    reason = f"ends early: {error}" if isinstance(error, EndsEarlyError) else f"cannot be unpacked: {error}"
    return Record(opened.file, file, reason=reason, failure=f"{file} {reason}")


def _is_hidden(name: str) -> bool:
    """As in a folder; and what a Mac adds to archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any((part.startswith(".") and part.strip(".")) or part == "__MACOSX" for part in parts)


def _shown(name: str) -> str:
    """Return a name as text that can be written down."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").lstrip("/")
