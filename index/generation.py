"""A generation: one committed state of an index, opened whole or not at all.

A reader pins its generation: every file is opened at once, and the writer leaves the files of the newest two alone.

A generation is visible by its table of contents. When that is safe, an empty file beside it marks the generation as
committed: should the table of contents be lost, nobody takes the generation before, in which what was deleted since
is still there, for the newest.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC

from index.errors import DamagedIndexError, MissingIndexError, StorageError, UnusableIndexError
from index.manifest import FileEntry, IndexSettings, Manifest, entry_of, unseal
from index.segment import Segment

NAME = "MAIN"
_REMEDY = "Build the index anew with 'backfile reindex SOURCE'."
_VISIBLE = re.compile(rf"_{NAME}_([0-9]+)\.(?:toc|committed)")


@dataclass(frozen=True, slots=True)
class Generation:
    """The table of contents of a generation, its manifest, and its segments opened for reading."""

    folder: Path
    manifest: Manifest
    toc: Any
    segments: tuple[Segment, ...] = field(default=())

    @property
    def number(self) -> int:
        """Which one it is; the next commit's is one higher."""
        return self.manifest.generation


Review = Callable[[Generation, Generation], bool]
"""Is shown the newest generation and one that is not committed yet, and says whether that may take its place."""


def toc_name(number: int) -> str:
    """Return the file name of a generation's table of contents."""
    return f"_{NAME}_{number}.toc"


def mark_name(number: int) -> str:
    """Return the name of the empty file that says that a generation was committed."""
    return f"_{NAME}_{number}.committed"


def restored_name(number: int) -> str:
    """Return the name of the folder in which a restored generation's account waits to take its place."""
    return f"_{NAME}_{number}.restored"


def generations(folder: Path) -> list[int]:
    """Return the numbers of the generations that were committed to a folder, ascending."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  # each request asks, and a Path for each file takes its time
        return sorted({int(match[1]) for name in names if (match := _VISIBLE.fullmatch(name))})
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError as error:
        raise StorageError(f"{folder} cannot be read: {error.strerror}.") from None


def newest(folder: Path) -> int:
    """Return the number of the newest generation. Raises MissingIndexError where there is none."""
    numbers = generations(folder)
    if not numbers:
        raise MissingIndexError(f"There is no index in {folder}. Make one with 'backfile index SOURCE'.")
    return numbers[-1]


def read_toc(folder: Path, number: int, *, any_analyzer: bool = False) -> Generation:
    """Read and check the table of contents of a generation, without opening its segments."""
    name = toc_name(number)
    try:
        sealed = (folder / name).read_bytes()
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise StorageError(f"{folder / name} cannot be read: {error.strerror}.") from None
    toc, manifest = unseal(sealed, name, any_analyzer=any_analyzer)
    if manifest.generation != number:
        raise DamagedIndexError(f"{name} holds generation {manifest.generation}: it was renamed. Put the folder back.")
    storage = RamStorage()
    storage.files[name] = toc
    # Unpickled only now that its checksum is known to be right.
    return Generation(folder, manifest, TOC.read(storage, NAME, gen=number))


def last_settings(folder: Path) -> IndexSettings | None:
    """Return the settings of the newest generation of which they can be read, however damaged the rest of it is."""
    for number in reversed(generations(folder)):
        try:
            return read_toc(folder, number, any_analyzer=True).manifest.settings
        except (UnusableIndexError, FileNotFoundError):
            continue
    return None


def open_generation(folder: Path, number: int | None = None, *, any_analyzer: bool = False) -> Generation:
    """Open a generation, the newest unless told, with every file it needs.

    Sizes are checked; checksums are for ``damage`` to check. ``any_analyzer`` is for one who is after the articles
    alone. Raises UnusableIndexError.
    """
    while True:
        wanted = newest(folder) if number is None else number
        try:
            return _open(folder, wanted, any_analyzer)
        except (FileNotFoundError, DamagedIndexError) as error:
            # Two commits may have passed since the newest was found, and its files be gone: then there is a newer one.
            if number is None and newest(folder) != wanted:
                continue
            if isinstance(error, DamagedIndexError):
                raise
            if (folder / mark_name(wanted)).exists():
                raise DamagedIndexError(_lost(folder, wanted)) from None
            raise MissingIndexError(f"There is no generation {wanted} in {folder}.") from None


def _lost(folder: Path, number: int) -> str:
    """Say that the table of contents of the newest generation is not there, and what to do."""
    back = ""
    if (folder / toc_name(number - 1)).exists():
        back = f", or remove {mark_name(number)} to go back to generation {number - 1}, before the last commit"
    return (
        f"{folder / toc_name(number)} is missing, and with it what the last commit made visible. Put it back, restore "
        f"a backup with 'backfile restore FILE --replace', build the index anew with 'backfile reindex SOURCE'{back}."
    )


def _open(folder: Path, number: int, any_analyzer: bool) -> Generation:
    generation = read_toc(folder, number, any_analyzer=any_analyzer)
    _check_sizes(folder, generation.manifest.files())
    try:
        segments = tuple(Segment(folder, entry) for entry in generation.toc.segments)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise StorageError(f"{folder} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # damaged bytes can raise anything
        check_sound(generation)
        raise DamagedIndexError(
            f"The index in {folder} cannot be read ({type(error).__name__}: {error}). {_REMEDY}"
        ) from error
    return Generation(folder, generation.manifest, generation.toc, segments)


def salvage(folder: Path) -> Generation | None:
    """Open what is sound of the newest generation: the segments every byte of which is as it was written.

    None where not even the table of contents is.
    """
    try:
        generation = read_toc(folder, newest(folder), any_analyzer=True)
    except (UnusableIndexError, FileNotFoundError):
        return None
    sound = [entry for entry in generation.toc.segments if not damage(generation, {entry.segment_id()})]
    return replace(generation, segments=tuple(Segment(folder, entry) for entry in sound))


def damage(
    generation: Generation, segments: Collection[str] | None = None, told: Callable[[int], object] = lambda _: None
) -> list[str]:
    """Return what is wrong with the files of a generation, every byte of them read; empty when all is sound.

    ``segments`` names those whose files are to be read, all of them unless told; ``told`` is told of bytes read.
    """
    wrong = []
    for entry in generation.manifest.files(segments):
        try:
            found = entry_of(generation.folder / entry.name, told)
        except OSError as error:
            wrong.append(f"{entry.name} cannot be read: {error.strerror}")
            continue
        if found.size != entry.size:
            wrong.append(f"{entry.name} has {found.size:,} bytes, {entry.size:,} were written")
        elif found.crc32 != entry.crc32:
            wrong.append(f"{entry.name} is damaged: its checksum is wrong")
    return wrong


def check_sound(generation: Generation, segments: Collection[str] | None = None) -> None:
    """Raise DamagedIndexError where ``damage`` finds any."""
    wrong = damage(generation, segments)
    if wrong:
        raise DamagedIndexError(f"{'; '.join(wrong)}. {_REMEDY}")


def _check_sizes(folder: Path, entries: Iterable[FileEntry]) -> None:
    for entry in entries:
        try:
            size = (folder / entry.name).stat().st_size
        except FileNotFoundError:
            raise DamagedIndexError(f"{folder / entry.name} is missing. {_REMEDY}") from None
        if size != entry.size:
            raise DamagedIndexError(f"{folder / entry.name} has {size:,} bytes, {entry.size:,} were written. {_REMEDY}")
