"""Restore: an index made of a backup, or put in the place of another one, in one step.

An archive may come from anyone. Nothing of it is unpickled or run: its members are read in their order, and only those
that its sealed first member names, each a plain file of the size and checksum told there. They are written under names
of this index's own choosing, the table of contents is written anew, and all of it is looked through, as ``check`` does,
before it becomes visible.
"""

import json
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from whoosh.index import TOC

from index.account_rows import FILE
from index.backup import CONTENTS
from index.checking import account_faults, segment_faults
from index.codec import ArraySegment
from index.commit import publish, sync
from index.errors import BackfileError, BackupError, DamagedIndexError, ExistingIndexError
from index.generation import NAME, Generation, generations
from index.holding import disk, held
from index.manifest import FileEntry, Manifest, SegmentEntry, unseal
from index.progress import Progress
from index.schema import article_schema
from index.segment import Segment, file_name
from index.staged import settle, staged

MOST_CONTENTS = 1 << 28
"""Bytes that the first member may have: it is held in memory. 20 million deleted articles have room in it."""

_BLOCK = 1 << 20


def restore(folder: Path, stream: BinaryIO, *, replacing: bool = False, progress: Progress | None = None) -> Manifest:
    """Make a backup the newest generation of an index, and return its manifest.

    ``replacing`` is for a folder in which there is an index: what it holds goes, when all of the backup is safe.
    Raises ExistingIndexError without it, BackupError for what is no sound backup, VersionError for one that another
    version has made, LockedIndexError, StorageError. The folder is then as it was.
    """
    progress = progress or Progress("", quiet=True)
    with held(folder), disk(folder):
        before = max(generations(folder), default=0)
        if before and not replacing:
            raise ExistingIndexError(
                f"There is an index in {folder}. Restore into another folder with --index, or say --replace to have "
                "the backup in its place."
            )
        settle(folder, before)
        members = _members(stream)
        with _reading():
            contents = _contents(next(members, None))
        number = max(before, contents.manifest.generation)
        # A reader knows by the number that there is something new.
        number += number == before
        ready = staged(folder, number)
        ready.mkdir(mode=0o700)
        with _reading():
            progress.expect(sum(entry.size for entry, _ in contents.files.values()))
            _unpack(members, contents, folder, ready, progress)
        progress.say("Looking through it")
        generation = _opened(folder, contents, number)
        _look_through(generation, ready)
        publish(folder, generation.manifest, generation.toc, lambda: sync(ready))
        # It is restored by now; what cannot be moved yet, the next writer moves.
        with suppress(OSError):
            settle(folder, number)
        return generation.manifest


@dataclass(frozen=True, slots=True)
class _Contents:
    """What an archive consists of. ``files`` are its members with the names that they get here."""

    manifest: Manifest
    segments: tuple[ArraySegment, ...]
    files: dict[str, tuple[FileEntry, str]]


Member = tuple[tarfile.TarInfo, BinaryIO]


def _members(stream: BinaryIO) -> Iterator[Member]:
    """Yield the members of an archive, plain files all of them."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.type == tarfile.REGTYPE and not member.sparse else None
            if content is None:
                raise BackupError(f"The backup holds {member.name!r}, which is no plain file. Nothing was changed.")
            yield member, content  # type: ignore[misc]  # a file for reading bytes


@contextmanager
def _reading() -> Iterator[None]:
    """Say what is wrong with an archive that cannot be read: damaged headers can raise anything."""
    try:
        yield
    except (OSError, BackfileError):
        raise
    except Exception as error:
        raise _unsound(f"{error}") from error


def _contents(member: Member | None) -> _Contents:
    """Read the first member, which says what the others are."""
    if member is None or member[0].name != CONTENTS or member[0].size > MOST_CONTENTS:
        raise _unsound("it does not begin as one")
    try:
        written, manifest = unseal(member[1].read(), CONTENTS, any_analyzer=True)
        told = json.loads(written)
        segments, files = [], {}
        for entry, one in zip(manifest.segments, told["segments"], strict=True):
            segment = ArraySegment(NAME, _count(one["size"], 1 << 40))
            for doc in one["deleted"]:
                segment.delete_document(_count(doc, segment.doc_count_all() - 1))
            (file,) = entry.files
            files[file.name] = (file, file_name(segment.segment_id()))
            segments.append(segment)
        size, crc = told["account"]
        files[FILE] = (FileEntry(FILE, _count(size, 1 << 60), crc), FILE)
    except (DamagedIndexError, ValueError, LookupError, TypeError) as error:
        raise _unsound(f"what it says of itself cannot be read, {error}") from error
    if len(files) != len(segments) + 1:
        raise _unsound("it names a file twice")
    return _Contents(manifest, tuple(segments), files)


def _count(number: Any, most: int) -> int:
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError("a number is out of range")
    return number


def _unpack(members: Iterator[Member], contents: _Contents, folder: Path, ready: Path, progress: Progress) -> None:
    """Write the files, and wait until they are on the disk."""
    missing = dict(contents.files)
    for member, content in members:
        if member.name not in missing:
            raise BackupError(f"The backup holds {member.name!r}, which is no part of it. Nothing was changed.")
        entry, name = missing.pop(member.name)
        path = (ready if entry.name == FILE else folder) / name
        size = crc = 0
        with path.open("xb") as stream:
            while member.size == entry.size and (block := content.read(_BLOCK)):
                size += len(block)
                crc = zlib.crc32(block, crc)
                stream.write(block)
                progress.copied(len(block))
            stream.flush()
            os.fsync(stream.fileno())
        if (size, crc) != (entry.size, entry.crc32):
            raise _unsound(f"{entry.name} is cut short, or its checksum is wrong")
    if missing:
        raise _unsound(f"it ends before {next(iter(missing))}")


def _opened(folder: Path, contents: _Contents, number: int) -> Generation:
    """Open the restored generation, its segments under their new names."""
    try:
        segments = tuple(Segment(folder, segment) for segment in contents.segments)
    except OSError:
        raise
    except Exception as error:  # bytes made to mislead can raise anything
        raise _unsound(f"a segment cannot be read, {error}") from error
    entries = tuple(
        _renamed(entry, segment, contents)
        for entry, segment in zip(contents.manifest.segments, contents.segments, strict=True)
    )
    manifest = replace(contents.manifest, generation=number, segments=entries)
    schema = article_schema(manifest.settings.language)
    return Generation(folder, manifest, TOC(schema, [*contents.segments], number), segments)


def _renamed(entry: SegmentEntry, segment: ArraySegment, contents: _Contents) -> SegmentEntry:
    (file,) = entry.files
    return replace(entry, name=segment.segment_id(), files=(replace(file, name=contents.files[file.name][1]),))


def _look_through(generation: Generation, ready: Path) -> None:
    """See that what was restored is an index."""
    try:
        with closing(sqlite3.connect(ready / FILE)) as connection:
            connection.execute("pragma trusted_schema = off")
            strange = "select name from sqlite_master where type = 'trigger' or sql like 'create virtual%' limit 1"
            if connection.execute(strange).fetchone():
                raise BackupError("The backup's account holds more than an account does. Nothing was changed.")
    except (sqlite3.Error, UnicodeError) as error:
        raise _unsound(f"its account cannot be read, {error}") from error
    wrong = segment_faults(generation) or account_faults(generation, ready)
    if wrong:
        raise _unsound("; ".join(wrong))


def _unsound(why: str) -> BackupError:
    return BackupError(f"This is no sound backup: {why}. Nothing was changed.")
