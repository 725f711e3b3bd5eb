"""The commit: one rename makes a generation visible, and everything it names is on the disk by then.

Whoosh's own commit syncs nothing and removes the previous generation at once, so this one is Backfile's. In order:
the segments' files are synced, the table of contents with its manifest is written beside and synced, the folder with
the names of them all is synced, the table of contents renamed, the folder synced again, and the generation marked as
committed. A crash at any point leaves the old generation or the new one, and files that the next writer removes, as
each does at its start and its end with all that neither this generation nor the one before needs.
"""

import datetime
import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC

from index.errors import BackfileError
from index.generation import NAME, Generation, generations, mark_name, read_toc, restored_name, toc_name
from index.manifest import FEATURES, IndexSettings, Manifest, SegmentEntry, entry_of, seal
from index.segment import Segment, file_name

_OURS = re.compile(rf"_?{NAME}[_.].*")


def commit(
    folder: Path,
    number: int,
    schema: Any,
    segments: Sequence[Any],
    settings: IndexSettings,
    before: Generation | None,
    account: Callable[[], None],
    review: Callable[[Generation], bool] | None = None,
) -> Manifest | None:
    """Make ``segments`` (Whoosh's, their files written and closed) the generation ``number`` of an index.

    ``account`` is called when all but the table of contents is safe, and has to make itself safe. ``review`` is shown
    the generation before that; where it says no, nothing is committed, and None returned. Raises OSError.
    """
    known = {entry.name: entry for entry in before.manifest.segments} if before else {}
    manifest = Manifest(
        generation=number,
        committed=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        articles=sum(segment.doc_count() for segment in segments),
        settings=settings,
        segments=tuple(known.get(segment.segment_id()) or _entry(folder, segment) for segment in segments),
    )
    toc = TOC(schema, list(segments), number)
    if review is not None:
        opened = tuple(Segment(folder, segment) for segment in segments)
        if not review(Generation(folder, manifest, toc, opened)):
            return None
    publish(folder, manifest, toc, account)
    return manifest


def publish(folder: Path, manifest: Manifest, toc: Any, account: Callable[[], None]) -> None:
    """Make a generation visible whose files are written, ``account`` being called right before. Raises OSError."""
    number = manifest.generation
    sealed = seal(_toc_bytes(toc, number), manifest)
    account()
    beside = folder / (toc_name(number) + ".new")
    with beside.open("wb") as stream:
        stream.write(sealed)
        stream.flush()
        os.fsync(stream.fileno())
    # The names of the files that it needs have to last before its own may.
    sync(folder)
    beside.rename(folder / toc_name(number))
    sync(folder)
    # Not before: a mark that outlasts its table of contents says that this was lost. Without one all works as well.
    with suppress(OSError):
        (folder / mark_name(number)).touch()


def remove_leftovers(folder: Path) -> None:
    """Remove what neither the newest generation nor the one before needs. Only the holder of the lock may."""
    numbers = generations(folder)
    kept = set(map(mark_name, numbers[-1:]))
    for number in numbers[-2:]:
        kept |= {toc_name(number), restored_name(number)}
        try:
            kept.update(entry.name for entry in read_toc(folder, number, any_analyzer=True).manifest.files())
        except (BackfileError, FileNotFoundError):
            # What a damaged table of contents needs is not known: nothing is removed until it is gone.
            return
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in kept:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entry(folder: Path, segment: Any) -> SegmentEntry:
    path = folder / file_name(segment.segment_id())
    return SegmentEntry(segment.segment_id(), FEATURES, (entry_of(path),))


def _toc_bytes(toc: Any, number: int) -> bytes:
    storage = RamStorage()
    toc.write(storage, NAME)
    written: bytes = storage.files[toc_name(number)]
    return written
