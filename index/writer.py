"""The writer: articles in, one commit out.

    with open_writer("backfile-index") as writer:    # commits on success, discards on error
        writer.add(Article(id="1", title="...", body="..."))

It keeps every rule of an article and of a run: what is rejected leaves nothing behind, an id seen before in the run
is a duplicate, unchanged content is not written again, what was deleted for good stays out.
"""

import datetime
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from index.account import Account, Entry, Event
from index.article import Article, check
from index.commit import commit, remove_leftovers
from index.errors import SettingError, StorageError
from index.generation import Generation, generations, open_generation
from index.language import detect
from index.lock import writer_lock
from index.manifest import IndexSettings
from index.merging import to_merge
from index.schema import article_schema, store
from index.segment_writer import SegmentWriter
from index.settings import MEMORY


class Outcome(Enum):
    """What became of an article that was handed to the writer."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    """It was taken out for good earlier, and stays out."""


@dataclass(frozen=True, slots=True)
class Addition:
    """The outcome for an article, and what had to be changed to take it in."""

    outcome: Outcome
    warnings: tuple[str, ...] = ()


@contextmanager
def open_writer(
    folder: Path | str, settings: IndexSettings | None = None, *, afresh: bool = False, memory: int | None = None
) -> Iterator["Writer"]:
    """Open an index for writing, made if there is none; commit at the end, or discard everything on an error.

    ``settings`` are for an index that is being made, or built ``afresh``: every article is then written again into
    one new segment, and only what is added or carried over is kept. ``memory`` is in megabytes. Raises
    LockedIndexError where another writer is at work, SettingError where the index has other settings,
    StorageError where the disk refuses.
    """
    folder = Path(folder)
    made = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with writer_lock(folder):
            remove_leftovers(folder)
            writer = Writer(folder, settings, afresh=afresh, memory=memory or MEMORY.value())
            try:
                yield writer
                writer.commit()
            finally:
                writer.close()
                if made and not generations(folder):
                    # A dry run, or one that failed, leaves no folder behind that looks like an index.
                    shutil.rmtree(folder)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StorageError(
            f"{folder} cannot be written: {reason}. Nothing of this run was kept; what was there before is unharmed."
        ) from error


class Writer:
    """An index open for writing, held by its lock. Made by ``open_writer``."""

    def __init__(self, folder: Path, settings: IndexSettings | None, *, afresh: bool, memory: int) -> None:
        self._folder = folder
        self._memory = memory
        self._before: Generation | None = open_generation(folder) if generations(folder) else None
        self._afresh = afresh or self._before is None
        if self._before is not None and settings and afresh:
            there = self._before.manifest.settings.time_zone
            if settings.time_zone != there and self._before.manifest.articles:
                raise SettingError(
                    f"The dates in {folder} are wall time in {there} and cannot be moved to {settings.time_zone}. "
                    "Index the sources into a new folder, and put it in the place of this one."
                )
        if self._before is not None and not afresh and settings not in (None, self._before.manifest.settings):
            raise SettingError(
                f"{folder} was made with {self._before.manifest.settings}. "
                "Leave the settings out, or build it anew with 'backfile reindex'."
            )
        self.settings = settings or (self._before.manifest.settings if self._before else IndexSettings())
        self._schema = article_schema(self.settings.language)
        self._kept = [] if self._afresh or self._before is None else list(self._before.toc.segments)
        self._segment: SegmentWriter | None = None
        self._deletions = 0
        self.account = Account(folder, self._before.number if self._before else 0)
        self._seen: set[str] = set()
        self._put: dict[str, Entry] = {}
        self._gone: set[str] = set()
        self._deleted: set[str] = set()
        self._restored: set[str] = set()
        self._events: list[Event] = []
        self._discarded = False
        self._done = False
        self._articles = 0

    def add(self, article: Article, *, source: str = "", file: str = "", origin: str = "") -> Addition:
        """Take an article in, or replace the one with its id.

        Raises ArticleError for an article that is rejected; nothing is left of it, and the writer goes on.
        """
        checked = check(article, self.settings.zone)
        article = checked.article
        if article.id in self._seen:
            return Addition(Outcome.DUPLICATE)
        self._seen.add(article.id)
        if article.id not in self._restored and self.account.deleted(article.id):
            return Addition(Outcome.DELETED)
        before = None if article.id in self._gone else self.account.entry(article.id)
        entry = Entry(article.id, source, file, origin, digest(article))
        same = before is not None and before.digest == entry.digest
        if before != entry:
            self._put[article.id] = entry
        if not same or self._afresh:
            self._write(article)
        if before is None:
            return Addition(Outcome.ADDED, checked.warnings)
        if not same:
            self._delete(article.id)
        return Addition(Outcome.UNCHANGED if same else Outcome.UPDATED, checked.warnings)

    def seen(self, identifier: str) -> bool:
        """Say whether an id has come up in this run."""
        return identifier in self._seen

    def remove(self, identifier: str, *, for_good: bool = False) -> bool:
        """Take an article out, and with ``for_good`` see that no later run brings it back. False if it is not there."""
        known = identifier in self._put or (identifier not in self._gone and self.account.entry(identifier) is not None)
        if for_good and not self.account.deleted(identifier):
            self._deleted.add(identifier)
        if known:
            self._put.pop(identifier, None)
            self._gone.add(identifier)
            self._delete(identifier)
        return known

    def restore(self, identifier: str) -> bool:
        """Let an article that was deleted for good be taken in again. False if it was not deleted."""
        known = self.account.deleted(identifier)
        if known:
            self._restored.add(identifier)
        return known

    def note(self, event: Event) -> None:
        """Put an event into the account."""
        self._events.append(event)

    def carry_over(self, left_out: set[str]) -> int:
        """Write every article of the index again that this run has not met, but for those ``left_out``.

        Only in an index built afresh. Returns how many there were.
        """
        carried = 0
        for segment in self._before.segments if self._before else ():
            for doc in segment.live.nonzero()[0]:
                identifier = segment.ids[doc]
                if identifier not in self._seen and identifier not in self._gone and identifier not in left_out:
                    self._write(segment.article(int(doc)))
                    carried += 1
        return carried

    def discard(self) -> None:
        """Commit nothing of this."""
        self._discarded = True

    def commit(self) -> int:
        """Make all of it visible at once, or nothing, and return how many articles there are then.

        What is added or removed after a commit is left alone: a writer commits once.
        """
        if not self._done:
            self._done = True
            self._articles = self._commit()
        return self._articles

    def _commit(self) -> int:
        before = self._before.manifest.articles if self._before else 0
        if self._discarded:
            return before
        changed = self._before is None or self._afresh or self._segment is not None or self._deletions > 0
        number = (self._before.number if self._before else 0) + changed
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

        def save() -> None:
            self.account.save(
                number,
                at,
                gone=self._gone,
                put=self._put.values(),
                deleted=self._deleted,
                restored=self._restored,
                events=self._events,
            )

        if not changed:
            save()
            return before
        return commit(self._folder, number, self._schema, self._segments(), self.settings, self._before, save).articles

    def close(self) -> None:
        """Let go of everything; what was not committed is discarded."""
        if self._segment is not None:
            self._segment.discard()
        self.account.close()
        if self._before is not None:
            self._before.close()

    def _segments(self) -> list[Any]:
        merging = to_merge([segment.doc_count() for segment in self._kept])
        for index in merging:
            if self._kept[index].doc_count():
                self._new_segment().merge(self._kept[index])
        kept = [segment for index, segment in enumerate(self._kept) if index not in merging]
        if self._segment is not None:
            kept.append(self._segment.finish())
            self._segment = None
        return kept

    def _write(self, article: Article) -> None:
        self._new_segment().add(article, self._language(article))

    def _language(self, article: Article) -> str:
        return article.language or detect(f"{article.title}\n{article.body}") or self.settings.language

    def _new_segment(self) -> SegmentWriter:
        if self._segment is None:
            self._segment = SegmentWriter(self._folder, self._schema, self._memory)
        return self._segment

    def _delete(self, identifier: str) -> None:
        if self._before is None or self._afresh:
            return
        for segment, stored in zip(self._before.segments, self._kept, strict=True):
            doc = segment.document(identifier)
            if doc is not None and not stored.is_deleted(doc):
                stored.delete_document(doc)
                self._deletions += 1


def digest(article: Article) -> bytes:
    """Return the hash by which an article's content is known to be unchanged."""
    return hashlib.blake2b(store(article).encode(), digest_size=16).digest()
