"""Indexing: an index brought in step with its sources, built afresh, or rid of an article.

Each takes effect in one commit. The rules for what is read are the writer's; here are those for what is not there
any more: only articles of a source that was named and read to its end can vanish, none whose new version could not be
read, and never more than half of a source's articles without being told so.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.account import Event
from index.article import MAX_ID_BYTES
from index.errors import ArticleError, MissingIndexError, SourceError, VanishingError
from index.generation import generations
from index.manifest import IndexSettings
from index.progress import Progress
from index.settings import MAX_ARTICLE_BYTES, WORKERS
from index.sources import STANDARD_INPUT, Manner, Part, Record, Source
from index.writer import Addition, Outcome, Writer, open_writer

MAX_REJECTIONS = 1_000
"""Rejections and duplicates told one by one; all of them are counted, and all are in the account."""


WORTH_WORKERS = 12_000_000
"""Bytes of sources below which starting workers costs more than they save: two took 6.2 s instead of 5.6 for 7 MB of
compressed JSON lines, and 29.5 s instead of 46.2 for 37 MB."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken in, and why."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. read = added + updated + unchanged + rejected + duplicates."""

    read: int
    added: int
    updated: int
    unchanged: int
    deleted: int
    rejected: int
    duplicates: int
    articles: int
    warnings: int
    seconds: float
    rejections: tuple[Rejection, ...]
    failures: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as ``--json`` prints it."""
        return asdict(self)


@dataclass(slots=True)
class _Run:
    """The counts of a run in progress, and what must not vanish because it could not be read."""

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


def index(
    folder: Path,
    names: Sequence[str],
    *,
    settings: IndexSettings | None = None,
    afresh: bool = False,
    allow_deletes: bool = False,
    keep_missing: bool = False,
    dry_run: bool = False,
    memory: int | None = None,
    workers: int | None = None,
    quiet: bool = True,
    manner: Manner | None = None,
) -> Report:
    """Bring an index in step with sources: files, folders, addresses, or ``-`` for standard input.

    ``afresh`` builds all of it anew, with the articles of other sources as they are stored; where the index is
    damaged these are lost, and the report's failures say so. ``workers`` are processes, 0 for one a core; what comes of
    it does not depend on them. Raises VanishingError where more than half of a source's
    articles would go, SourceError where none of the sources is there.
    """
    began = time.monotonic()
    sources = _sources(names, folder, manner or Manner())
    if all(source.problem for source in sources):
        problems = "; ".join(f"{source.name} {source.problem}" for source in sources)
        raise SourceError(f"{problems}. Nothing was changed.")
    run = _Run()
    with (
        open_writer(folder, settings, afresh=afresh, memory=memory) as writer,
        Progress("Indexing", sum(source.total for source in sources), quiet=quiet) as progress,
    ):
        count = _workers(workers, sources)
        if count > 1:
            _read_by_workers(sources, writer, count, run, progress)
        else:
            _read(sources, writer, run, progress)
        for source in sources:
            run.failures += source.failures
        vanished = set() if keep_missing else _vanished(sources, writer, run, allow_deletes)
        _remove(vanished, writer, run)
        if afresh:
            progress.say("Writing the articles of other sources")
            writer.carry_over()
            run.failures += _lost(sources, writer)
        progress.say("Committing")
        if dry_run:
            writer.discard()
        articles = writer.commit()
    return _report(run, articles, time.monotonic() - began)


def rebuild(
    folder: Path, *, settings: IndexSettings | None = None, memory: int | None = None, dry_run: bool = False
) -> Report:
    """Build an index afresh from the articles stored in it.

    Raises MissingIndexError where there is none, DamagedIndexError where it cannot be read, SettingError for another
    time zone: wall time is all that is stored of a date.
    """
    if not generations(folder):
        raise MissingIndexError(f"There is no index in {folder} to build anew. Name a SOURCE to build it from.")
    began = time.monotonic()
    with open_writer(folder, settings, afresh=True, memory=memory) as writer:
        if writer.unreadable:
            raise writer.unreadable
        run = _Run()
        run.read = run.unchanged = writer.carry_over()
        if dry_run:
            writer.discard()
        articles = writer.commit()
    return _report(run, articles, time.monotonic() - began)


def delete(folder: Path, identifiers: Iterable[str], *, undo: bool = False) -> list[str]:
    """Take articles out for good, or with ``undo`` let them be taken in again. Returns the ids that are not there."""
    if not generations(folder):
        raise MissingIndexError(f"There is no index in {folder}. Make one with 'backfile index SOURCE'.")
    unknown = []
    with open_writer(folder) as writer:
        for identifier in identifiers:
            if not (writer.restore(identifier) if undo else writer.remove(identifier, for_good=True)):
                unknown.append(identifier)
            else:
                writer.note(Event("", "", identifier, "restored" if undo else "deleted", "by command"))
    return unknown


def _sources(names: Sequence[str], index_folder: Path, manner: Manner) -> list[Source]:
    """Return what the names stand for, once each."""
    standard_input = sys.stdin.buffer if sys.stdin else None
    limit = MAX_ARTICLE_BYTES.value()
    sources = [Source(name, limit, standard_input, index_folder, manner) for name in names]
    return list({source.key: source for source in reversed(sources)}.values())[::-1]


def _lost(sources: Sequence[Source], writer: Writer) -> list[str]:
    """Say which other sources had articles in an index that cannot be read."""
    if writer.unreadable is None:
        return []
    read = {source.key for source in sources}
    unnamed = {"": "unknown sources", STANDARD_INPUT: "standard input"}
    lost = Counter(
        unnamed.get(entry.source, entry.source)
        for entry in writer.account.entries()
        if entry.source not in read and not writer.seen(entry.id)
    )
    return [f"the damaged index took articles of {source} with it, {count:,} in all" for source, count in lost.items()]


def _workers(wanted: int | None, sources: Sequence[Source]) -> int:
    """Return how many processes share the work, 1 for none but this."""
    count = (WORKERS.value() if wanted is None else wanted) or (os.cpu_count() or 1)
    return count if sum(source.total for source in sources) >= WORTH_WORKERS else 1


def _read(sources: Sequence[Source], writer: Writer, run: _Run, progress: Progress) -> None:
    """Read sources in this process."""
    done = 0
    for source in sources:
        for record in source.records():
            reason, addition = record.reason, None
            if record.article is not None:
                try:
                    addition = writer.add(record.article, source=source.key, file=record.file, origin=record.origin)
                except ArticleError as error:
                    reason = str(error)
            _take(record, source.key, reason, addition, writer, run)
            progress.step(done + source.position)
        done += source.total


def _read_by_workers(sources: Sequence[Source], writer: Writer, count: int, run: _Run, progress: Progress) -> None:
    """Read sources in other processes, and take in what they have read in the order of the sources."""

    def parts() -> Iterator[tuple[tuple[Source, int], Part]]:
        done = 0
        for source in sources:
            for part in source.parts():
                yield (source, done + source.position), part
            done += source.total

    with writer.hire(count) as workers:
        for (source, position), worker, readings in workers.read(parts()):
            for reading in readings:
                record = Record(
                    reading.file, reading.origin, reading.record_id, None, "", reading.warnings, reading.failure
                )
                source.met(record)
                addition = None if reading.digest is None else writer.adopt(reading, worker, source=source.key)
                _take(record, source.key, reading.reason, addition, writer, run)
                progress.step(position)
        progress.say("Sorting")
        writer.include(workers.finish())


def _take(record: Record, source: str, reason: str, addition: Addition | None, writer: Writer, run: _Run) -> None:
    """Count what became of a record: it was taken in, or there is a reason why not."""
    run.read += 1
    warnings = record.warnings
    if addition is not None:
        warnings += addition.warnings
        _count(record, source, addition.outcome, writer, run)
    if reason:
        run.rejected += 1
        _tell(record, source, "rejected", reason, writer, run)
        if record.id and _could_be_an_id(record.id):
            run.unread_ids.add(record.id)
        else:
            run.unread_files.add((source, record.file))
    for warning in warnings:
        run.warnings += 1
        writer.note(Event(source, record.origin, record.id, "warned", warning))


def _count(record: Record, source: str, outcome: Outcome, writer: Writer, run: _Run) -> None:
    match outcome:
        case Outcome.ADDED:
            run.added += 1
        case Outcome.UPDATED:
            run.updated += 1
        case Outcome.UNCHANGED | Outcome.DELETED:
            run.unchanged += 1
        case Outcome.DUPLICATE:
            run.duplicates += 1
            _tell(record, source, "duplicate", f"duplicate: the id {record.id!r} came before", writer, run)


def _tell(record: Record, source: str, outcome: Any, reason: str, writer: Writer, run: _Run) -> None:
    writer.note(Event(source, record.origin, record.id, outcome, reason))
    if len(run.rejections) < MAX_REJECTIONS:
        run.rejections.append(Rejection(record.origin, reason))


def _vanished(sources: Sequence[Source], writer: Writer, run: _Run, allow_deletes: bool) -> set[str]:
    """Return the ids of the articles whose sources hold them no longer."""
    vanished: set[str] = set()
    for source in sources:
        if not source.complete:
            continue
        entries = list(writer.account.entries(source.key))
        gone = [
            entry.id
            for entry in entries
            if not writer.seen(entry.id)
            and entry.id not in run.unread_ids
            and (source.key, entry.file) not in run.unread_files
            and entry.file not in source.lasting
        ]
        if len(gone) * 2 > len(entries) and not allow_deletes:
            raise VanishingError(
                f"{source.name} no longer holds {len(gone):,} of the {len(entries):,} articles that came from it. "
                "Nothing was changed. If they are meant to go, say --allow-deletes."
            )
        vanished.update(gone)
    return vanished


def _remove(vanished: set[str], writer: Writer, run: _Run) -> None:
    for identifier in sorted(vanished):
        writer.remove(identifier)
        writer.note(Event("", "", identifier, "vanished", "its source holds it no longer"))
        run.deleted += 1


def _could_be_an_id(identifier: str) -> bool:
    """An id that breaks the rules says nothing of which article in the index it stands for."""
    return identifier.isprintable() and len(identifier.encode()) <= MAX_ID_BYTES


def _report(run: _Run, articles: int, seconds: float) -> Report:
    return Report(
        read=run.read,
        added=run.added,
        updated=run.updated,
        unchanged=run.unchanged,
        deleted=run.deleted,
        rejected=run.rejected,
        duplicates=run.duplicates,
        articles=articles,
        warnings=run.warnings,
        seconds=round(seconds, 3),
        rejections=tuple(run.rejections),
        failures=tuple(run.failures),
    )
