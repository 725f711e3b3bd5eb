"""Indexing: an index brought in step with its sources, perhaps built afresh, or rid of an article.

Each takes effect in one commit. The rules for what is read are the writer's; here are those for what is not there
any more: only articles of a source that was named and read to its end can vanish, none whose new version could not be
read, and never more than half of a source's articles without being told so.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.account import Account
from index.account_rows import Entry, Event
from index.changed import ChangedFiles, Changes
from index.errors import MissingIndexError, SourceError, VanishingError
from index.familiar import FamiliarFiles
from index.generation import Review, generations
from index.losses import losses
from index.manifest import IndexSettings
from index.progress import Progress
from index.reading import Reader, Rejection, Run, processes, unread_bytes
from index.settings import MAX_ARTICLE_BYTES
from index.sources import PLAIN, Manner, Source
from index.space import make_room, size
from index.writer import Writer, open_writer


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


def index(
    folder: Path,
    names: Sequence[str],
    *,
    settings: IndexSettings | None = None,
    afresh: bool = False,
    review: Review | None = None,
    allow_deletes: bool = False,
    keep_missing: bool = False,
    dry_run: bool = False,
    memory: int | None = None,
    workers: int | None = None,
    quiet: bool = True,
    manner: Manner = PLAIN,
    changes: Changes | None = None,
) -> Report:
    """Bring an index in step with sources: files, folders, addresses, or ``-`` for standard input.

    ``afresh`` builds all of it anew, with the articles of other sources as they are stored; ``review`` may then hold
    it back (see ``Writer``). ``workers`` are processes, 0 for one a core; what comes
    of it does not depend on them. ``manner`` says how sources are to be read. With ``changes`` nothing but what they
    tell of is looked at.
    Raises WidenedError where what becomes of these does not depend on them alone, VanishingError where more than half
    of a source's articles would go, SourceError where none of the sources is there, DamagedIndexError where articles of
    other sources would be lost with a damaged index.
    """
    began = time.monotonic()
    sources = _sources(names, folder, manner, changes)
    if all(source.problem for source in sources):
        problems = "; ".join(f"{source.name} {source.problem}" for source in sources)
        raise SourceError(f"{problems}. Nothing was changed.")
    with open_writer(folder, settings, afresh=afresh, memory=memory) as writer:
        writer.manner = manner
        if dry_run:
            writer.discard()
        few = ChangedFiles(folder, writer.account, sources, changes) if changes else None
        skipped: dict[str, set[str]] = {}
        known = {
            source.key: FamiliarFiles(writer.account, source, writer.conditions, skipped)
            for source in sources
            if not afresh and not few
        }
        total = sum(unread_bytes(source, known) for source in sources)
        with Progress("Indexing", total, quiet=quiet) as progress:
            if afresh:
                writer.review = review
                if review and writer.unreadable:
                    raise writer.unreadable
                progress.tell(make_room(folder, total))
            run = Reader(sources, known, writer, progress, few.met if few else None).read(workers)
            vanishing = _vanished(sources, known, few, writer, run, allow_deletes, keep_missing)
            _remove(vanishing.gone, writer, run)
            if afresh:
                progress.say("Writing the articles of other sources")
                writer.carry_over(workers=processes(workers, size(folder)))
                run.failures += losses(writer, allow_deletes)
            progress.say("Committing")
            looked = [] if few else [source.key for source in sources]
            articles = writer.commit(looked, _forgotten(sources, few or writer.account), vanishing.missing)
    return report(run, articles, time.monotonic() - began)


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


def _sources(names: Sequence[str], index_folder: Path, manner: Manner, changes: Changes | None) -> list[Source]:
    """Return what the names stand for, once each."""
    standard_input = sys.stdin.buffer if sys.stdin else None
    limit, only = MAX_ARTICLE_BYTES.value(), changes.paths if changes else None
    sources = [Source(name, limit, standard_input, index_folder, manner, only) for name in names]
    return list({source.key: source for source in reversed(sources)}.values())[::-1]


@dataclass(frozen=True, slots=True)
class _Vanishing:
    """The articles that go, and those that stay though the file they came from holds them no longer."""

    gone: list[str]
    missing: list[Entry]


def _vanished(
    sources: Sequence[Source],
    known: Mapping[str, FamiliarFiles],
    few: ChangedFiles | None,
    writer: Writer,
    run: Run,
    allow_deletes: bool,
    keep_missing: bool,
) -> _Vanishing:
    """Tell the articles whose sources hold them no longer."""
    found = _Vanishing([], [])
    for source in sources:
        key, left = source.key, writer.left(source.key)
        if few:
            held, not_met = few.held(key), few.not_met(key, writer)
        else:
            held = known[key].articles if key in known else sum(writer.account.held(key).values())
            not_met = _not_met(key, held, writer, run)
        gone = []
        for entry in not_met:
            unread = entry.id in run.unread_ids or (key, entry.file) in run.unread_files
            if source.complete and not keep_missing and not unread and entry.file not in source.lasting:
                gone.append(entry.id)
            elif entry.file not in left and entry.file in run.read_files.get(key, ()):
                found.missing.append(entry)
        if len(gone) * 2 > held and not allow_deletes:
            raise VanishingError(
                f"{source.name} no longer holds {len(gone):,} of the {held:,} articles that came from it. "
                f"{writer.kept_so_far}. If they are meant to go, say --allow-deletes."
            )
        found.gone.extend(gone)
    return found


def _not_met(source: str, held: int, writer: Writer, run: Run) -> Iterator[Entry]:
    """Return the articles of a source, ``held`` in all, that have not come up."""
    left, missing = writer.left(source), run.missing.get(source, set())
    if run.left[source] == held:
        # Files of which nothing was read hold them all: no need to look at each.
        entries: Iterable[Entry | None] = map(writer.account.entry, missing)
    else:
        entries = writer.account.entries(source)
    return writer.not_seen(entry for entry in entries if entry and (entry.file not in left or entry.id in missing))


def _remove(vanished: Sequence[str], writer: Writer, run: Run) -> None:
    for identifier in sorted(vanished):
        writer.remove(identifier)
        writer.note(Event("", "", identifier, "vanished", "its source holds it no longer"))
        run.deleted += 1


def _forgotten(sources: Sequence[Source], known: Account | ChangedFiles) -> Iterator[tuple[str, str]]:
    """Yield the files of sources that are known and not there any more, by source and file."""
    for source in sources:
        if source.complete:
            gone = set(known.file_names(source.key)).difference(found.file for found in source.files)
            yield from ((source.key, file) for file in gone)


def report(run: Run, articles: int, seconds: float) -> Report:
    """Return what is told of a run that has ended."""
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
