"""The writer: articles in, one commit out.

    with open_writer("backfile-index") as writer:    # commits on success, discards on error
        writer.add(Article(id="1", title="...", body="..."))

It keeps every rule of an article and of a run: what is rejected leaves nothing behind, an id seen before in the run
is a duplicate, unchanged content is not written again, what was deleted for good stays out.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from index.account import FILE, Account, Entry, Event
from index.article import Article, check
from index.codec import ArraySegment
from index.commit import commit
from index.errors import DamagedIndexError, SettingError, StorageError, UnusableIndexError, VersionError
from index.generation import Generation, Review, check_sound, generations, last_settings, open_generation, salvage
from index.holding import disk, held
from index.ledger import Ids, Ledger
from index.manifest import IndexSettings
from index.merging import to_merge
from index.schema import article_schema, digest, restore, store
from index.segment import Segment
from index.segment_writer import SegmentWriter, merge_segments
from index.settings import MEMORY
from index.staged import settle
from index.worker import Reading, Task
from index.workers import Workers


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


_PLAIN = {outcome: Addition(outcome) for outcome in Outcome}
_WRITTEN = (Outcome.ADDED, Outcome.UPDATED)


def _addition(outcome: Outcome, warnings: tuple[str, ...]) -> Addition:
    untold = not warnings or outcome in (Outcome.DUPLICATE, Outcome.DELETED)
    return _PLAIN[outcome] if untold else Addition(outcome, warnings)


@contextmanager
def open_writer(
    folder: Path | str, settings: IndexSettings | None = None, *, afresh: bool = False, memory: int | None = None
) -> Iterator["Writer"]:
    """Open an index for writing, made if there is none; commit at the end, or discard everything on an error.

    ``settings`` are for an index that is being made, or built ``afresh``: every article is then written again into
    one new segment, and only what is added or carried over is kept. That is also the way out of an index that is
    damaged or of another version: ``Writer.unreadable`` then says what there is nothing to carry over from.
    ``memory`` is in megabytes. Raises LockedIndexError where another writer is at work, SettingError where the index
    has other settings, DamagedIndexError and VersionError, StorageError where the disk refuses.
    """
    folder = Path(folder)
    memory = memory or MEMORY.value()
    with held(folder) as opened:
        with disk(folder):
            writer = Writer(folder, settings, afresh=afresh, memory=memory)
            opened.callback(writer.close)
        yield writer
        writer.commit()


class Writer:
    """An index open for writing, held by its lock. Made by ``open_writer``.

    ``settings`` are the index's; ``account`` is as the last commit left it; ``unreadable`` is why the index that is
    being built afresh could not be opened, None where it could: then only what is sound of it is carried over.
    ``review``, where it is set, may hold a commit back.
    """

    def __init__(self, folder: Path, settings: IndexSettings | None, *, afresh: bool, memory: int) -> None:
        self._folder = folder
        self._memory = memory
        self._number = max(generations(folder), default=0)
        self._afresh = afresh or not self._number
        self._before: Generation | None = None
        self.unreadable: UnusableIndexError | None = None
        with ExitStack() as opened:
            if self._number:
                try:
                    before = open_generation(folder, any_analyzer=afresh)
                    if afresh:
                        # Damaged bytes written again would pass for sound ones.
                        check_sound(before)
                    self._before = before
                except (DamagedIndexError, VersionError) as error:
                    if not afresh:
                        raise
                    self.unreadable = error
                    self._before = salvage(folder)
            there = last_settings(folder)
            if there and settings and settings != there:
                self._check_settings(there, settings)
            self.settings = settings or there or IndexSettings()
            self._zone = self.settings.zone
            settle(folder, self._number)
            self.account = Account(folder, self._number)
            opened.callback(self.account.close)
            if self._before and not afresh and len(self.account) != self._before.manifest.articles:
                raise DamagedIndexError(
                    f"{folder / FILE} tells of {len(self.account):,} articles, the index holds "
                    f"{self._before.manifest.articles:,}. Build it anew with 'backfile reindex'."
                )
            self._opened = opened.pop_all()
        self._schema = article_schema(self.settings.language)
        self._kept = [] if self._afresh or self._before is None else list(self._before.toc.segments)
        self._segment: SegmentWriter | None = None
        self._deletions = 0
        self._included: list[ArraySegment] = []
        self._unwanted: dict[int, set[str]] = {}
        self._seen = Ids()
        self._ledger = Ledger(folder)
        self._gone: set[str] = set()
        self._deleted: set[str] = set()
        self._restored: set[str] = set()
        self.review: Review | None = None
        self._discarded = False
        self._done = False
        self._articles = 0

    def add(self, article: Article, *, source: str = "", file: str = "", origin: str = "") -> Addition:
        """Take an article in, or replace the one with its id.

        Raises ArticleError for an article that is rejected; nothing is left of it, and the writer goes on.
        """
        checked = check(article, self._zone)
        article = checked.article
        self._check_open()
        stored = store(article)
        outcome = self._settle(Entry(article.id, source, file, origin, digest(stored)))
        if outcome in _WRITTEN or (outcome is Outcome.UNCHANGED and self._afresh):
            try:
                self._new_segment().add(article, article.language, stored)
            except OSError as error:
                raise StorageError.of(self._folder, error) from error
        return _addition(outcome, checked.warnings)

    def adopt(self, reading: Reading, worker: int, *, source: str = "") -> Addition:
        """Take in an article that a worker has read, and perhaps written already: see ``include``."""
        self._check_open()
        assert reading.digest is not None
        outcome = self._settle(Entry(reading.id, source, reading.file, reading.origin, reading.digest))
        if reading.written and outcome not in _WRITTEN and not (outcome is Outcome.UNCHANGED and self._afresh):
            self._unwanted.setdefault(worker, set()).add(reading.id)
        return _addition(outcome, reading.warned)

    def hire(self, count: int) -> Workers:
        """Start workers on this index, each with its share of the memory."""
        look_up = not self._afresh and len(self.account) > 0
        return Workers(count, Task(self._folder, self.settings, max(self._memory // count, 1), look_up))

    def include(self, segments: Sequence[Sequence[ArraySegment]]) -> None:
        """Take in the segments that each worker wrote, but for the articles that were not to stay."""
        with self._writing():
            for worker, written in enumerate(segments):
                opened = [Segment(self._folder, segment) for segment in written]
                for identifier in self._unwanted.get(worker, ()):
                    for segment, reader in zip(written, opened, strict=True):
                        if (doc := reader.document(identifier)) is not None:
                            segment.delete_document(doc)
                self._included += [segment for segment in written if segment.doc_count()]

    def _settle(self, entry: Entry) -> Outcome:
        """Say what becomes of an article that keeps every rule; the account learns of it, and an old version goes."""
        if not self._seen.add(entry.id):
            return Outcome.DUPLICATE
        if self._is_deleted(entry.id):
            return Outcome.DELETED
        before = None if entry.id in self._gone else self.account.entry(entry.id)
        if before != entry:
            self._ledger.put(entry)
        if before is None:
            return Outcome.ADDED
        if before.digest == entry.digest:
            return Outcome.UNCHANGED
        with disk(self._folder):
            self._delete(entry.id)
        return Outcome.UPDATED

    def seen(self, identifier: str) -> bool:
        """Say whether an id has come up in this run."""
        return identifier in self._seen

    def remove(self, identifier: str, *, for_good: bool = False) -> bool:
        """Take an article out, and with ``for_good`` see that no later run brings it back. False if it is not there."""
        with self._writing():
            if self._entry(identifier) is None:
                return False
            if for_good:
                self._deleted.add(identifier)
            self._ledger.drop(identifier)
            self._gone.add(identifier)
            self._seen.discard(identifier)
            self._delete(identifier)
            return True

    def restore(self, identifier: str) -> bool:
        """Let an article that was deleted for good be taken in again. False if it was not deleted."""
        with self._writing():
            if known := self._is_deleted(identifier):
                (self._deleted.remove if identifier in self._deleted else self._restored.add)(identifier)
            return known

    def note(self, event: Event) -> None:
        """Put an event into the account."""
        self._ledger.note(event)

    def carry_over(self, step: Callable[[int], None] = lambda _: None) -> int:
        """Write again, in an index built afresh, what this run has neither met nor removed; return how many."""
        carried = 0
        with self._writing():
            for segment in self._before.segments if self._before else ():
                for doc, stored in segment.stored_articles():
                    identifier = segment.id_of(doc)
                    if identifier in self._seen or identifier in self._gone:
                        continue
                    article = restore(identifier, stored)
                    if self.account.entry(identifier) is None:
                        # The account was lost: where the article came from is not known any more.
                        self._ledger.put(Entry(identifier, "", "", "", digest(stored)))
                    self._new_segment().add(article, article.language, stored)
                    carried += 1
                    step(0)
        return carried

    def lost(self) -> Iterator[Entry]:
        """Yield what the account knows of the articles that this run has neither met, removed nor carried over."""
        known = (self._seen, self._gone, self._segment or ())
        yield from (entry for entry in self.account.entries() if not any(entry.id in ids for ids in known))

    def discard(self) -> None:
        """Commit nothing of this; with a ``review`` it is built for that all the same."""
        self._discarded = True

    def commit(self) -> int:
        """Make all of it visible at once, or nothing, and return how many articles there are then.

        A writer commits once: whatever is added or removed after that is a ValueError.
        """
        if not self._done:
            with self._writing():
                self._done = True
                self._articles = self._commit()
        return self._articles

    def _commit(self) -> int:
        before = self._before.manifest.articles if self._before else 0
        reviewed = self._reviewed(self._before)
        if self._discarded and not reviewed:
            return before
        if self._afresh:
            self._gone.update(entry.id for entry in self.lost())
        changed = self._afresh or self._segment is not None or bool(self._included) or self._deletions > 0
        number = self._number + changed
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

        def save() -> None:
            self.account.save(
                number,
                at,
                gone=self._gone,
                put=self._ledger.entries(),
                deleted=self._deleted,
                restored=self._restored,
                events=self._ledger.events(),
            )

        if not changed:
            save()
            return before
        made = commit(self._folder, number, self._schema, self._segments(), self.settings, self._before, save, reviewed)
        return made.articles if made else before

    def _reviewed(self, before: Generation | None) -> Callable[[Generation], bool] | None:
        review = self.review
        return (lambda made: review(before, made) and not self._discarded) if review and before else None

    def close(self) -> None:
        """Let go of everything; what was not committed is discarded."""
        self._done = True
        if self._segment is not None:
            self._segment.discard()
        self._ledger.close()
        self._opened.close()

    def _check_settings(self, there: IndexSettings, wanted: IndexSettings) -> None:
        if not self._afresh:
            raise SettingError(
                f"{self._folder} was made for the time zone {there.time_zone}, the language {there.language} and a "
                f"title weight of {there.title_weight:g}. Leave these out, or build it anew with 'backfile reindex'."
            )
        if wanted.time_zone != there.time_zone and self._before and self._before.manifest.articles:
            raise SettingError(
                f"The dates in {self._folder} are wall time in {there.time_zone} and cannot be moved to "
                f"{wanted.time_zone}. Index the sources into a new folder, and put it in the place of this one."
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._check_open()
        with disk(self._folder):
            yield

    def _check_open(self) -> None:
        if self._done:
            raise ValueError("this writer has committed, or is closed")

    def _is_deleted(self, identifier: str) -> bool:
        return identifier in self._deleted or (identifier not in self._restored and self.account.deleted(identifier))

    def _entry(self, identifier: str) -> Entry | None:
        """Return what is known of an article at this point of the run."""
        entry = self._ledger.entry(identifier)
        return entry if entry or identifier in self._gone else self.account.entry(identifier)

    def _segments(self) -> list[Any]:
        # Half: of what the run took, the allocator has not given everything back.
        memory = self._memory * 500_000
        written = [*self._included, *(self._segment.finish() if self._segment else ())]
        self._segment = None
        if len(written) > 1:
            # Of 200,000 short articles, five segments took two to four times as long to search as one, and merging
            # them a fifth of the time of indexing.
            written = [merge_segments(self._folder, written, memory)]
        segments = [*self._kept, *written]
        merging = to_merge([segment.doc_count() for segment in segments])
        if self._before:
            before = {segment.segment_id() for segment in self._kept}
            check_sound(self._before, before & {segments[index].segment_id() for index in merging})
        kept = [segment for index, segment in enumerate(segments) if index not in merging]
        parts = [segments[index] for index in merging if segments[index].doc_count()]
        return [*kept, merge_segments(self._folder, parts, memory)] if parts else kept

    def _new_segment(self) -> SegmentWriter:
        if self._segment is None:
            self._segment = SegmentWriter(
                self._folder, self._memory, self.settings.title_weight, self.settings.language
            )
        return self._segment

    def _delete(self, identifier: str) -> None:
        if self._segment is not None:
            self._segment.remove(identifier)
        if self._before is None or self._afresh:
            return
        for segment, stored in zip(self._before.segments, self._kept, strict=True):
            doc = segment.document(identifier)
            if doc is not None and not stored.is_deleted(doc):
                stored.delete_document(doc)
                self._deletions += 1
