"""Backup: a copy of the newest generation as one tar, made while searches and runs go on.

    generation                      what it consists of, sealed: see below
    MAIN_....arrays                 its segments' files, as they are
    account.sqlite                  its account

``generation`` holds the manifest as the table of contents has it, behind what else it takes to write a table of
contents anew: no pickle is in an archive, and none is read from one. Whatever is in it is covered by a checksum.

The generation is pinned by opening its files, and its account copied before two commits have passed, since the rows
that it needs stay for so long.
"""

import json
import os
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from index.account import Account
from index.account_check import account_damage
from index.account_rows import FILE
from index.commit import sync
from index.errors import DamagedIndexError, StorageError
from index.generation import Generation, newest, read_toc
from index.manifest import FileEntry, entry_of, seal
from index.progress import Progress
from index.staged import account_folder

CONTENTS = "generation"
"""The name of the archive's first member."""

PAGES = 4_000
"""Pages of the account copied before a writer that waits gets its turn; 16 MB."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A generation whose files are open, whatever becomes of their names, and its account."""

    generation: Generation
    files: tuple[tuple[FileEntry, BinaryIO], ...]


def backup(folder: Path, to: BinaryIO, room: Path | None = None, progress: Progress | None = None) -> Generation:
    """Write the newest generation as a tar to a stream, and return it.

    ``room`` is a folder for the copy of the account, the system's own for temporary files unless told. Raises
    UnusableIndexError; what was written until then is no archive.
    """
    progress = progress or Progress("", quiet=True)
    with ExitStack() as opened:
        pinned = _pin(folder, opened, room)
        manifest = pinned.generation.manifest
        progress.expect(sum(entry.size for entry, _ in pinned.files))
        when = int(datetime.fromisoformat(manifest.committed).timestamp())
        sealed = seal(_contents(pinned), manifest)
        archive = tarfile.open(fileobj=to, mode="w|")  # noqa: SIM115 - it is closed below, come what may
        try:
            archive.addfile(_member(CONTENTS, len(sealed), when), BytesIO(sealed))
            for entry, stream in pinned.files:
                checked = _Checked(stream, progress.copied)
                archive.addfile(_member(entry.name, entry.size, when), checked)
                if checked.crc != entry.crc32:
                    raise DamagedIndexError(f"{entry.name} is damaged: its checksum is wrong. Run 'backfile check'.")
            archive.close()
        except OSError as error:
            raise StorageError(f"The backup cannot be written: {error.strerror or error}.") from error
        finally:
            # What was not written in order has to be let go, or it is tried again when the archive is collected.
            with suppress(OSError):
                archive.close()
        return pinned.generation


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a stream to a new file that has its name when it is whole and on the disk, and not before."""
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            with part.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
            sync(path.absolute().parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


def _pin(folder: Path, opened: ExitStack, room: Path | None) -> Pinned:
    """Open what is to be copied, all of it of one generation."""
    while True:
        # Before the generation: one that is restored brings an account of its own, and puts it in this one's place.
        at_first = _identity(folder / FILE)
        number = newest(folder)
        with ExitStack() as attempt:
            try:
                generation = read_toc(folder, number, any_analyzer=True)
                files = [
                    (entry, attempt.enter_context((folder / entry.name).open("rb")))
                    for entry in generation.manifest.files()
                ]
                account = _account(folder, generation, attempt, room)
            except (FileNotFoundError, DamagedIndexError, StorageError) as error:
                if newest(folder) != number or _identity(folder / FILE) != at_first:
                    continue
                if not isinstance(error, FileNotFoundError):
                    raise
                raise DamagedIndexError(f"{error.filename} is missing. Run 'backfile check'.") from None
            if newest(folder) < number + 2 and _identity(folder / FILE) == at_first:
                opened.push(attempt.pop_all())
                return Pinned(generation, (*files, account))


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of its name, None where there is none."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_dev, told.st_ino


def _account(folder: Path, generation: Generation, opened: ExitStack, room: Path | None) -> tuple[FileEntry, BinaryIO]:
    """Copy the account as it is at a generation."""
    path = account_folder(folder, generation.number) / FILE
    # Open, the copy needs no name any more, and none is left behind by a process that is killed.
    with tempfile.TemporaryDirectory(prefix=".backfile-", dir=room) as temporary:
        copy = Path(temporary)
        try:
            # Not read-only: what a killed run left half written is taken back by whoever opens the file next.
            with (
                closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=60)) as source,
                closing(sqlite3.connect(copy / FILE)) as target,
            ):
                source.backup(target, pages=PAGES, sleep=0.01)
        except sqlite3.OperationalError as error:
            raise StorageError(f"{path} cannot be copied: {error}.") from error
        except sqlite3.Error as error:
            raise DamagedIndexError(f"{path} cannot be copied ({error}). Run 'backfile check'.") from error
        with closing(Account(copy, generation.number)) as account:
            if len(account) != generation.manifest.articles:
                raise DamagedIndexError(
                    f"{path} tells of {len(account):,} articles, the index holds {generation.manifest.articles:,}. "
                    "Run 'backfile check'."
                )
        # A damaged one would not be restored.
        if wrong := account_damage(copy, generation.number):
            raise DamagedIndexError(f"{wrong[0]}.")
        return entry_of(copy / FILE), opened.enter_context((copy / FILE).open("rb"))


def _contents(pinned: Pinned) -> bytes:
    """Return what a table of contents says beside its manifest, and what the manifest does not: the account."""
    segments = [
        {"size": segment.doc_count_all(), "deleted": sorted(segment.deleted_docs())}
        for segment in pinned.generation.toc.segments
    ]
    account, _ = pinned.files[-1]
    return json.dumps({"segments": segments, "account": [account.size, account.crc32]}).encode()


def _member(name: str, size: int, when: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, when, 0o600
    return member


class _Checked:
    """A stream whose checksum is taken while it is read."""

    def __init__(self, stream: BinaryIO, told: Callable[[int], object]) -> None:
        self._stream, self._told = stream, told
        self.crc = 0

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._stream.read(size)
        self.crc = zlib.crc32(data, self.crc)
        self._told(len(data))
        return data
