"""Reading: the records of the sources, in their order, one after the other into the index and the counts of a run.

Files that have not changed since an earlier run are not read: what came of them then comes of them again.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from index.account_rows import Event, FileOutcome, Remark
from index.article import MAX_ID_BYTES
from index.articles import Articles
from index.familiar import FamiliarFiles, LeftFiles
from index.intake import read_articles
from index.processors import processors, spare
from index.progress import Progress
from index.settings import COMMIT_MEGABYTES, COMMIT_MINUTES, WORKERS
from index.settling import Outcome
from index.sources import Ended, Part, Record, Skipped, Source
from index.worker import Met
from index.writer import Writer

MAX_REJECTIONS = 1_000
"""Rejections and duplicates told one by one; all of them are counted, and all are in the account."""

WORTH_A_PROCESS = 4_000_000
"""Bytes to be read from which a process is started to index what this one reads: it takes 0.3 s to begin."""

WORTH_SHARING = 150_000_000
"""Bytes to be read from which several processes read a share each: what each has written is put together by one."""

SHARED_FROM = 3
"""Workers from which records are shared. Of 226 MB of JSON lines on two cores one process took 23.2 s, one that reads
and one that indexes 16.8 s, two that share 18.2 s."""

PAGE_WEIGHT = 12
"""How many bytes of records take as long as one of a page, whose words have to be found first; at the least."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken in, and why."""

    origin: str
    reason: str


@dataclass(slots=True)
class Run:
    """The counts of a run in progress, and what must not vanish because it could not be read.

    ``missing`` are the articles that skipped files did not hold any more when they were read, and that were kept, by
    source; ``left`` how many articles of each source are in skipped files, these included. ``read_files`` are those
    read to their end, by source, where the index held articles of it.
    """

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    duplicates: int = 0
    warnings: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unread_ids: set[str] = field(default_factory=set)
    unread_files: set[tuple[str, str]] = field(default_factory=set)
    missing: dict[str, set[str]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    read_files: dict[str, set[str]] = field(default_factory=dict)


class _Place(NamedTuple):
    """Where a part comes from, and what came of its files in an earlier run, where they are skipped."""

    source: Source
    file: str
    position: int
    mark: Ended | Skipped | None
    left: LeftFiles | None


class Reader:
    """Reads sources into a writer, and counts. ``familiar`` are the sources' files that are known, by source key.

    ``met``, where it is given, is told of every record that has an id: its id, source and file.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        familiar: dict[str, FamiliarFiles],
        writer: Writer,
        progress: Progress,
        met: Callable[[str, str, str], None] | None = None,
    ) -> None:
        self.run = Run()
        self._sources = sources
        self._familiar = familiar
        self._writer = writer
        self._progress = progress
        self._met = met
        self._articles = self._remarks = 0
        self._failed = False
        self._commit_bytes = COMMIT_MEGABYTES.value() * 1_000_000
        self._commit_seconds = COMMIT_MINUTES.value() * 60
        self._committed = time.monotonic()
        self._committed_at = 0
        self._due = False

    def read(self, workers: int | None) -> Run:
        """Read all of them, in ``workers`` processes where that pays: 0 is one a core, None the setting's number."""
        unread = {True: 0, False: 0}
        for source in self._sources:
            # How long a stream is nobody knows; the process is not started before it is known to be of some length.
            size = unread_bytes(source, self._familiar) if source.complete else WORTH_A_PROCESS
            unread[source.holds_records] += size
        count = processes(workers, unread[True], PAGE_WEIGHT * unread[False])
        if count > 1:
            self._read_by_workers(count)
        else:
            self._writer.apart = count == 1
            self._read()
        for source in self._sources:
            self.run.failures += source.failures
        return self.run

    def _parts(self) -> Iterator[tuple[_Place, Part]]:
        """Divide the sources, saying of each part where it comes from."""
        done = 0
        for source in self._sources:
            familiar = self._familiar.get(source.key)
            for part in source.parts(familiar):
                mark = part if isinstance(part, Ended | Skipped) else None
                left = familiar.skip() if familiar and isinstance(part, Skipped) else None
                yield _Place(source, source.file, done + source.position, mark, left), part
            done += source.position

    def _read(self) -> None:
        """Read in this process."""
        for place, part in self._parts():
            for found in read_articles(part, self._writer.settings.zone):
                if isinstance(found, Record):
                    self._take(found, place)
                else:
                    outcomes = self._writer.add_all(found, source=place.source.key, file=place.file)
                    self._count(found, outcomes, place)
                # While a part is worked on, its source may stand at the part's end already.
                self._progress.step(place.position, 1 if isinstance(found, Record) else len(found))
            self._mark(place)
            if self._is_time(place.position):
                self._commit(place.position)

    def _read_by_workers(self, count: int) -> None:
        """Read in other processes, and take in what they have read in the order of the sources."""
        parts = self._parts()
        # A commit wants all that was handed out taken in, so workers live from one to the next.
        while (first := next(parts, None)) is not None:
            position = first[0].position
            with self._writer.hire(count) as workers:
                for place, worker, met in workers.read(self._until_commit(chain([first], parts))):
                    position = place.position
                    for found in met:
                        if isinstance(found, Record):
                            self._take(found, place)
                        else:
                            outcomes = self._writer.adopt(found, worker, source=place.source.key, file=place.file)
                            self._count(found, outcomes, place)
                        self._progress.step(position, 1 if isinstance(found, Record) else len(found.ids))
                    self._mark(place)
                self._progress.say("Sorting")
                self._writer.include(workers.finish())
            if self._due:
                self._commit(position)

    def _until_commit(self, parts: Iterator[tuple[_Place, Part]]) -> Iterator[tuple[_Place, Part]]:
        for place, part in parts:
            yield place, part
            if self._is_time(place.position):
                self._due = True
                return

    def _is_time(self, position: int) -> bool:
        return (
            position - self._committed_at >= self._commit_bytes
            or time.monotonic() - self._committed >= self._commit_seconds
        )

    def _commit(self, position: int) -> None:
        """Make what was read so far visible: a run that is interrupted goes on from here."""
        self._progress.say("Committing")
        self._writer.commit_so_far()
        self._progress.say("Indexing")
        self._committed, self._committed_at, self._due = time.monotonic(), position, False

    def _take(self, record: Record, place: _Place) -> None:
        """Count a record that was not taken in."""
        place.source.met(record)
        if self._met and record.id is not None:
            self._met(record.id, place.source.key, place.file)
        self._failed |= bool(record.failure)
        if record.reason:
            self._remark(place, Remark("rejected", record.origin, record.id, record.reason))
        for warning in record.warnings:
            self._remark(place, Remark("warned", record.origin, record.id, warning))

    def _count(self, found: Articles | Met, outcomes: Sequence[Outcome], place: _Place) -> None:
        """Count what became of articles, and tell of all that were not just taken in, in their order."""
        if self._met:
            for identifier in found.ids:
                self._met(identifier, place.source.key, place.file)
        run = self.run
        added, unchanged = outcomes.count(Outcome.ADDED), outcomes.count(Outcome.UNCHANGED)
        self._articles += added + unchanged
        run.read += added + unchanged
        run.added += added
        run.unchanged += unchanged
        if added + unchanged == len(outcomes) and not found.warned:
            return
        for at, outcome in enumerate(outcomes):
            warned = found.warned.get(at, ())
            if outcome in (Outcome.ADDED, Outcome.UNCHANGED) and not warned:
                continue
            identifier, origin = found.ids[at], found.origins[at]
            self._tell_of(identifier, origin, outcome, place)
            if outcome not in (Outcome.DUPLICATE, Outcome.DELETED):
                for warning in warned:
                    self._remark(place, Remark("warned", origin, identifier, warning))

    def _tell_of(self, identifier: str, origin: str, outcome: Outcome, place: _Place) -> None:
        match outcome:
            case Outcome.UPDATED:
                self._articles += 1
                self.run.read += 1
                self.run.updated += 1
                self._writer.note(
                    Event(place.source.key, origin, identifier, "updated", "replaced: its content has changed")
                )
            case Outcome.DELETED:
                self._remark(place, Remark("deleted", origin, identifier, "it was deleted for good"))
            case Outcome.DUPLICATE:
                first = self._writer.first(identifier)
                reason = f"duplicate: the id {identifier!r} came before{first and f', in {first}'}"
                self._remark(place, Remark("duplicate", origin, identifier, reason))

    def _remark(self, place: _Place, remark: Remark) -> None:
        """Keep what there is to say of a record, and count it."""
        self._remarks += 1
        source = place.source.key
        self._writer.remark(source, place.file, remark)
        if remark.outcome != "deleted":
            self._writer.note(Event(source, remark.origin, remark.id, remark.outcome, remark.reason))
        self._tell(source, place.file, remark)

    def _tell(self, source: str, file: str, remark: Remark) -> None:
        run = self.run
        run.read += remark.outcome != "warned"
        match remark.outcome:
            case "warned":
                run.warnings += 1
                return
            case "deleted":
                run.unchanged += 1
                return
            case "duplicate":
                run.duplicates += 1
            case "rejected":
                run.rejected += 1
                if remark.id and _could_be_an_id(remark.id):
                    run.unread_ids.add(remark.id)
                else:
                    run.unread_files.add((source, file))
        if len(run.rejections) < MAX_REJECTIONS:
            run.rejections.append(Rejection(remark.origin, remark.reason))

    def _mark(self, place: _Place) -> None:
        """Close the account of a file that was read to its end, or that is skipped."""
        source, mark = place.source.key, place.mark
        if isinstance(mark, Ended):
            # What ends early may have been told by a record alone, read in another process.
            state = None if self._failed else mark.state
            self._writer.end(FileOutcome(source, mark.file, state, self._articles, self._remarks))
            if state and source in self._familiar and self._familiar[source].articles:
                self.run.read_files.setdefault(source, set()).add(mark.file)
        elif isinstance(mark, Skipped) and place.left is not None:
            self._repeat(place.left)
            if mark.state is not None:
                self._writer.end(FileOutcome(source, mark.file, mark.state, same=True))
        if mark is not None:
            self._articles = self._remarks = 0
            self._failed = False

    def _repeat(self, left: LeftFiles) -> None:
        """Let come of files again what came of them before."""
        run, source, file = self.run, left.source, left.files[-1]
        remarks = list(self._writer.account.remarks(source, file)) if left.remarks or left.missing else []
        missing = {remark.id for remark in remarks if remark.outcome == "missing" and remark.id}
        moved = self._writer.leave(source, left.files, missing)
        run.missing.setdefault(source, set()).update(missing)
        run.left[source] += left.articles + left.missing
        run.read += left.articles - len(moved)
        run.unchanged += left.articles - len(moved)
        for before in moved:
            reason = f"duplicate: the id {before.id!r} came before, in {self._writer.first(before.id)}"
            remark = Remark("duplicate", before.origin, before.id, reason)
            # Not for the file, which is read again the next time, but for whoever asks for what has this id.
            self._writer.remark(source, before.file, remark)
            self._tell(source, before.file, remark)
        for remark in remarks:
            if remark.outcome != "missing":
                self._tell(source, file, remark)


def processes(workers: int | None, records: int, pages: int = 0) -> int:
    """Return how many processes beside this one pay for a number of bytes; ``workers`` as in ``Reader.read``.

    Several share what is to be read, one indexes what this one reads. ``pages`` are bytes, too, by their weight.
    """
    count = (WORKERS.value() if workers is None else workers) or processors()
    shared = pages if count < SHARED_FROM else records + pages
    if count > 1 and shared >= WORTH_SHARING:
        return count
    return 1 if spare(1) and records + pages >= WORTH_A_PROCESS else 0


def unread_bytes(source: Source, familiar: Mapping[str, FamiliarFiles]) -> int:
    """Return how many bytes of a source are to be read, where that is known."""
    return familiar[source.key].unread if source.key in familiar else source.total


def _could_be_an_id(identifier: str) -> bool:
    """An id that breaks the rules says nothing of which article in the index it stands for."""
    return identifier.isprintable() and len(identifier.encode()) <= MAX_ID_BYTES
