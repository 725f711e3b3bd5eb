"""The writer: articles in, one commit out.

    with open_writer("backfile-index") as writer:    # commits on success, discards on error
        writer.add(Article(id="1", title="...", body="..."))

It keeps every rule of an article and of a run: what is rejected leaves nothing behind, an id seen before in the run
is a duplicate, unchanged content is not written again, what was deleted for good stays out.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain, compress
from pathlib import Path
from typing import Any

from index.account import Account
from index.account_rows import FILE, Doings, Entry, Event, FileOutcome, Remark
from index.article import Article, check
from index.articles import Articles, as_columns
from index.carrying import stored_articles
from index.codec import ArraySegment
from index.commit import commit, remove_leftovers
from index.errors import DamagedIndexError, UnusableIndexError, VersionError
from index.generation import (
    Generation,
    Review,
    check_sound,
    generations,
    last_settings,
    newest,
    open_generation,
    salvage,
)
from index.holding import disk, held
from index.ledger import Ids
from index.manifest import IndexSettings, check_settings
from index.merging import in_few
from index.schema import article_schema, digest
from index.segment import Segment
from index.segment_process import SegmentProcess
from index.segment_writer import SegmentWriter
from index.settings import MAX_ARTICLE_BYTES, MEMORY
from index.settling import Addition, Outcome, Settling, addition
from index.sources import PLAIN, READERS
from index.staged import settle
from index.worker import Met, Task
from index.workers import Workers

_WRITTEN = (Outcome.ADDED, Outcome.UPDATED)


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
    ``review``, where it is set, may hold a commit back. ``apart`` is whether to index in a process beside this one.
    """

    def __init__(self, folder: Path, settings: IndexSettings | None, *, afresh: bool, memory: int) -> None:
        self._folder = folder
        self._memory = memory
        self._number = max(generations(folder), default=0)
        self._afresh = afresh or not self._number
        self._at_once = afresh
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
                held_before = self._before.manifest.articles if self._before else 0
                check_settings(folder, there, settings, held_before, afresh=self._afresh)
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
            if self._before and self.account.unhashed:
                self.account.learn(chain.from_iterable(map(Segment.digests, self._before.segments)))
            self._opened = opened.pop_all()
        self._schema = article_schema(self.settings.language)
        self._kept = [] if self._afresh or self._before is None else list(self._before.toc.segments)
        self._segment: SegmentWriter | SegmentProcess | None = None
        self._deletions = 0
        self._included: list[ArraySegment] = []
        self._unwanted: dict[int, set[str]] = {}
        self._settling = Settling(self.account, folder)
        self._carried = Ids(folder)
        self.review: Review | None = None
        self.manner = PLAIN
        self.apart = False
        self._discarded = False
        self._commits = 0
        self._done = False
        self._articles = 0

    def add(self, article: Article, *, source: str = "", file: str = "", origin: str = "") -> Addition:
        """Take an article in, or replace the one with its id.

        Raises ArticleError for one that is rejected; nothing is left of it, and the writer goes on.
        """
        checked = check(article, self._zone)
        (outcome,) = self.add_all(as_columns([checked], [origin]), source=source, file=file)
        return addition(outcome, checked.warnings)

    def add_all(self, articles: Articles, *, source: str, file: str) -> list[Outcome]:
        """Take in articles that keep every rule, or replace those with their ids, and say what became of each."""
        outcomes = self._settle(articles.ids, articles.origins, articles.digests, source, file)
        kept = [at for at, outcome in enumerate(outcomes) if self._is_written(outcome)]
        if kept:
            with disk(self._folder):
                self._new_segment().add(articles if len(kept) == len(articles) else articles.at(kept))
        return outcomes

    def adopt(self, met: Met, worker: int, *, source: str, file: str) -> list[Outcome]:
        """Take in articles that a worker has met, and perhaps written already: see ``include``."""
        outcomes = self._settle(met.ids, met.origins, met.digests, source, file)
        for identifier, outcome, written in zip(met.ids, outcomes, met.written, strict=True):
            if written and not self._is_written(outcome):
                self._unwanted.setdefault(worker, set()).add(identifier)
        return outcomes

    def _is_written(self, outcome: Outcome) -> bool:
        return outcome in _WRITTEN or (outcome is Outcome.UNCHANGED and self._afresh)

    def hire(self, count: int) -> Workers:
        """Start workers on this index, each with its share of the memory."""
        look_up = not self._afresh and len(self.account) > 0
        return Workers(count, Task(self._folder, self.settings, max(self._memory // count, 1), look_up, count))

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
            self._unwanted = {}

    def _settle(
        self, ids: Sequence[str], origins: Sequence[str], digests: Sequence[bytes], source: str, file: str
    ) -> list[Outcome]:
        """Say what becomes of articles that keep every rule; old versions go."""
        self._check_open()
        with disk(self._folder):
            outcomes = self._settling.settle(ids, source, file, origins, digests)
            for identifier, outcome in zip(ids, outcomes, strict=True):
                if outcome is Outcome.UPDATED:
                    self._delete_committed(identifier)
        return outcomes

    def leave(self, source: str, files: Sequence[str], missing: Collection[str]) -> list[Entry]:
        """Take the articles of files that have not changed as met; see ``Settling.leave``."""
        with self._writing():
            return self._settling.leave(source, files, missing)

    def left(self, source: str) -> Collection[str]:
        """Return the files of a source that were left as they are."""
        return self._settling.left(source)

    def first(self, identifier: str) -> str:
        """Return where the article is that takes precedence over a duplicate."""
        return self._settling.first(identifier)

    def not_seen(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield those of some articles whose ids have not come up in this run."""
        return self._settling.not_seen(entries)

    def remove(self, identifier: str, *, for_good: bool = False) -> bool:
        """Take an article out, and with ``for_good`` see that no later run brings it back. False if it is not there."""
        with self._writing():
            if self._settling.entry(identifier) is None:
                return False
            written = self._settling.remove(identifier, for_good=for_good) or identifier in self._carried
            if written and self._segment is not None:
                self._segment.remove(identifier)
            self._delete_committed(identifier)
            return True

    def restore(self, identifier: str) -> bool:
        """Let an article that was deleted for good be taken in again. False if it was not deleted."""
        with self._writing():
            return self._settling.restore(identifier)

    def note(self, event: Event) -> None:
        """Put an event into the account."""
        self._settling.note(event)

    def remark(self, source: str, file: str, remark: Remark) -> None:
        """Put into the account what there is to say of a record of a file."""
        self._settling.remark(source, file, remark)

    def end(self, outcome: FileOutcome) -> None:
        """Put into the account what came of a file."""
        self._settling.end(outcome)

    def carry_over(self, step: Callable[[float, int], None] = lambda *_: None, workers: int = 0) -> int:
        """Write again, in an index built afresh, what this run has neither met nor removed; return how many.

        ``workers`` processes do it, one of them in part; ``step`` is told which share has been done, and how many
        articles with that.
        """
        carried = 0
        segments = self._before.segments if self._before else ()
        stored = sum(segment.count for segment in segments)
        with self._writing():
            parts = stored_articles(segments, self._carries())
            if workers < 2:
                self.apart = workers == 1
                for part in parts:
                    self._new_segment().add(part.articles())
                    carried += len(part.ids)
                    step(carried / stored, len(part.ids))
                return carried
            with self.hire(workers) as hired:
                for done in hired.read((len(part.ids), part) for part in parts):
                    carried += done.given
                    step(carried / stored, done.given)
                self.include(hired.finish())
        return carried

    def _carries(self) -> Callable[[list[str], list[bytes]], list[bool]]:
        """Return what says of stored articles whether to carry them over, and remembers that they were."""
        all_known = self._before is not None and len(self.account) == self._before.manifest.articles

        def wanted(identifiers: list[str], stored: list[bytes]) -> list[bool]:
            chosen = [not met for met in self._settling.met(identifiers)]
            if not all_known:
                known = self.account.known(identifiers)
                for name, article in compress(zip(identifiers, stored, strict=True), chosen):
                    if name not in known:  # The account was lost: where the article came from is not known any more.
                        self._settling.put(Entry(name, "", "", "", digest(article)))
            self._carried.add_all(list(compress(identifiers, chosen)))
            return chosen

        return wanted

    def lost(self) -> Iterator[Entry]:
        """Yield what the account knows of the articles that this run has neither met, removed nor carried over."""
        return self._settling.lost(self._carried)

    def discard(self) -> None:
        """Commit nothing of this; with a ``review`` it is built for that all the same."""
        self._discarded = True

    def commit_so_far(self) -> None:
        """Make what was done up to here visible and go on; an index that is built afresh is one commit."""
        if self._discarded or self._at_once:
            return
        with self._writing():
            self._commit(self._settling.doings(self.conditions))
            self._settling.saved()
            self._number = newest(self._folder)
            self._before = open_generation(self._folder)
            self._afresh = False
            self._kept = list(self._before.toc.segments)
            self._deletions = 0
            self._included = []
            self._unwanted = {}
            self._commits += 1
            remove_leftovers(self._folder)

    def commit(
        self, looked: Iterable[str] = (), forgotten: Iterable[tuple[str, str]] = (), missing: Iterable[Entry] = ()
    ) -> int:
        """Make all of it visible at once, or nothing, and return how many articles there are then.

        Whatever is added or removed afterwards is a ValueError. The rest is for the account: see ``Doings``.
        """
        if not self._done:
            with self._writing():
                self._done = True
                self._articles = self._commit(self._settling.doings(self.conditions, looked, forgotten, missing))
        return self._articles

    def _commit(self, doings: Doings) -> int:
        before = self._before.manifest.articles if self._before else 0
        earlier, review = self._before, self.review
        reviewed = (lambda made: review(earlier, made) and not self._discarded) if review and earlier else None
        if self._discarded and not reviewed:
            return before
        if self._afresh:
            self._settling.only(self._carried)
        changed = self._afresh or self._segment is not None or bool(self._included) or self._deletions > 0
        number = self._number + changed
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

        save: Callable[[], None] = partial(self.account.save, number, at, doings)
        if isinstance(self._segment, SegmentProcess) and self._segment.end() and not reviewed:
            # While it sorts. An account that is ahead of its index is taken back by who opens it next.
            save()
            save = _saved
        if not changed:
            save()
            return before
        made = commit(self._folder, number, self._schema, self._segments(), self.settings, self._before, save, reviewed)
        return made.articles if made else before

    @property
    def kept_so_far(self) -> str:
        """What is there of a run that ends here without a commit, in words."""
        return "What was read is in, and nothing was taken out" if self._commits else "Nothing was changed"

    @property
    def conditions(self) -> str:
        """What beside its bytes the outcome of a file depends on: files read under others are read again."""
        of_archive = f"{READERS} {self.settings.time_zone} {self.settings.language} {MAX_ARTICLE_BYTES.value()}"
        return of_archive if self.manner == PLAIN else f"{of_archive} {self.manner}"

    def close(self) -> None:
        """Let go of everything; what was not committed is discarded."""
        self._done = True
        if self._segment is not None:
            self._segment.discard()
        self._settling.close()
        self._opened.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._check_open()
        with disk(self._folder):
            yield

    def _check_open(self) -> None:
        if self._done:
            raise ValueError("this writer has committed, or is closed")

    def _segments(self) -> list[Any]:
        written = [*self._included, *(self._segment.finish() if self._segment else ())]
        self._segment = None
        # Half: of what the run took, the allocator has not given everything back.
        return in_few(self._folder, self._before, self._kept, written, self._memory * 500_000)

    def _new_segment(self) -> SegmentWriter | SegmentProcess:
        if self._segment is None:
            weight, language = self.settings.title_weight, self.settings.language
            here = partial(SegmentWriter, self._folder, self._memory, weight, language)
            apart = partial(SegmentProcess, self._folder, self._memory, self.settings, here)
            self._segment = apart() if self.apart else here()
        return self._segment

    def _delete_committed(self, identifier: str) -> None:
        if self._before is None or self._afresh:
            return
        for segment, stored in zip(self._before.segments, self._kept, strict=True):
            doc = segment.document(identifier)
            if doc is not None and not stored.is_deleted(doc):
                stored.delete_document(doc)
                self._deletions += 1


def _saved() -> None:
    """Save nothing."""
