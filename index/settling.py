"""Settling: what becomes of each article that a run meets, and what the account has to be told of it.

An article is met when it is read, or with the file that holds it, where that has not changed and is left as it is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import repeat
from pathlib import Path

from index.account import Account
from index.account_rows import Doings, Entry, Event, FileOutcome, Remark
from index.ledger import Ids, Ledger


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


def addition(outcome: Outcome, warnings: tuple[str, ...]) -> Addition:
    """Return what is told of an article that was handed over: warnings only of one that is in the index now."""
    untold = not warnings or outcome in (Outcome.DUPLICATE, Outcome.DELETED)
    return _PLAIN[outcome] if untold else Addition(outcome, warnings)


class Settling:
    """A run's articles so far, against an account. What it does is saved with ``doings`` at each commit."""

    def __init__(self, account: Account, folder: Path) -> None:
        self._account = account
        self._seen = Ids(folder)
        self._ledger = Ledger(folder)
        self._left: dict[str, set[str]] = {}
        self._missing = Ids(folder)
        self._gone: set[str] = set()
        self._deleted: set[str] = set()
        self._restored: set[str] = set()

    def settle(
        self, ids: Sequence[str], source: str, file: str, origins: Sequence[str], digests: Sequence[bytes]
    ) -> list[Outcome]:
        """Say what becomes of articles of a file that keep every rule, in their order."""
        fresh = self._seen.add_all(ids)
        known = self._account.known(ids)
        if all(fresh) and not known and not self._deleted and not self._account.deletes:
            self._ledger.put_all(ids, source, file, origins, digests)
            return [Outcome.ADDED] * len(ids)
        entries = map(Entry, ids, repeat(source), repeat(file), origins, digests)
        return [self._settle(entry, known, new=new) for entry, new in zip(entries, fresh, strict=True)]

    def _settle(self, entry: Entry, known: Mapping[str, Entry], *, new: bool) -> Outcome:
        if not new:
            return Outcome.DUPLICATE
        if self._is_deleted(entry.id):
            return Outcome.DELETED
        before = None if entry.id in self._gone else known.get(entry.id)
        if before is not None and (before.file != entry.file or before.source != entry.source):
            if self._is_left(before):
                return Outcome.DUPLICATE
            self._ledger.move(before)
        if before != entry:
            self._ledger.put(entry)
        if before is None:
            return Outcome.ADDED
        return Outcome.UNCHANGED if before.digest == entry.digest else Outcome.UPDATED

    def leave(self, source: str, files: Sequence[str], missing: Collection[str]) -> list[Entry]:
        """Take the articles of files that have not changed as met, without looking at them.

        ``missing`` are those that are theirs in the account, and that they do not hold. Returns those that another
        file had first, as they were.
        """
        self._left.setdefault(source, set()).update(files)
        for identifier in missing:
            self._missing.add(identifier)
        return [entry for entry in self._ledger.moved(source, files) if entry.id not in missing]

    def left(self, source: str) -> Collection[str]:
        """Return the files of a source that were left as they are."""
        return self._left.get(source, ())

    def not_seen(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield those of some articles whose ids have not come up in what was read."""
        return self._seen.without(entries)

    def first(self, identifier: str) -> str:
        """Return where the article is that takes precedence over a duplicate, as a person would look for it."""
        entry = self.entry(identifier)
        return entry.origin if entry else ""

    def entry(self, identifier: str) -> Entry | None:
        """Return what is known of an article at this point of the run."""
        entry = self._ledger.entry(identifier)
        return entry if entry or identifier in self._gone else self._account.entry(identifier)

    def remove(self, identifier: str, *, for_good: bool) -> bool:
        """Forget an article that is there, and say whether it has come up in what was read."""
        seen = identifier in self._seen
        if for_good:
            self._deleted.add(identifier)
        self._ledger.drop(identifier)
        self._gone.add(identifier)
        self._seen.discard(identifier)
        return seen

    def restore(self, identifier: str) -> bool:
        """Let an article that was deleted for good be taken in again. False if it was not deleted."""
        known = self._is_deleted(identifier)
        if identifier in self._deleted:
            self._deleted.remove(identifier)
        elif known:
            self._restored.add(identifier)
        return known

    def met(self, identifiers: Sequence[str]) -> list[bool]:
        """Say of each of some ids whether it has come up in what was read, or its article was removed in this run."""
        seen = zip(identifiers, self._seen.holds(identifiers), strict=True)
        return [held or identifier in self._gone for identifier, held in seen]

    def lost(self, there: Ids) -> Iterator[Entry]:
        """Yield the articles of the account that have neither been seen nor removed, and are not ``there``."""
        for entry in there.without(self.not_seen(self._account.entries())):
            if entry.id not in self._gone:
                yield entry

    def only(self, there: Ids) -> None:
        """Let all articles go that have not been seen and are not ``there``."""
        self._gone.update([entry.id for entry in self.lost(there)])

    def put(self, entry: Entry) -> None:
        """Tell of an article without settling it."""
        self._ledger.put(entry)

    def note(self, event: Event) -> None:
        """Tell of an event."""
        self._ledger.note(event)

    def remark(self, source: str, file: str, remark: Remark) -> None:
        """Tell of a record of a file."""
        self._ledger.remark(source, file, remark)

    def end(self, outcome: FileOutcome) -> None:
        """Tell what came of a file."""
        self._ledger.end(outcome)

    def doings(
        self,
        conditions: str,
        looked: Iterable[str] = (),
        forgotten: Iterable[tuple[str, str]] = (),
        missing: Iterable[Entry] = (),
    ) -> Doings:
        """Return all of it for the account."""
        return Doings(
            gone=self._gone,
            put=self._ledger.entries(),
            deleted=self._deleted,
            restored=self._restored,
            events=self._ledger.events(),
            files=self._ledger.files(),
            remarks=self._ledger.remarks(),
            conditions=conditions,
            looked=looked,
            forgotten=forgotten,
            missing=missing,
        )

    def saved(self) -> None:
        """Go on after a commit."""
        self._ledger.clear()
        for done in (self._gone, self._deleted, self._restored):
            done.clear()

    def close(self) -> None:
        """Forget everything."""
        self._ledger.close()

    def _is_left(self, entry: Entry) -> bool:
        return entry.file in self._left.get(entry.source, ()) and entry.id not in self._missing

    def _is_deleted(self, identifier: str) -> bool:
        return identifier in self._deleted or (identifier not in self._restored and self._account.deleted(identifier))
