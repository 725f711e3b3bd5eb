"""The ledger: what a run has done so far and the account has to be told of when it ends, in memory that does not grow.

Ids are kept as hashes, 16 bytes each; the rest beyond the first few thousand goes to a file without a name, which is
gone with the process whatever becomes of it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from index.account import Entry, Event
from index.errors import StorageError

KEPT_IDS = 100_000
"""Ids kept in a set, about 10 MB; those before them stand in a sorted array."""

KEPT = 10_000
"""Entries and events kept in memory, about 6 MB."""

_SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
create table entry (id text primary key, source text, file text, origin text, digest blob) without rowid;
create table event (source text, origin text, id text, outcome text, reason text);
"""


class Ids:
    """The ids that have come up in a run."""

    def __init__(self) -> None:
        self._recent: set[bytes] = set()
        self._gone: set[bytes] = set()
        self._sorted = np.zeros(0, dtype="S16")

    def __contains__(self, identifier: str) -> bool:
        return self._holds(_hash(identifier))

    def add(self, identifier: str) -> bool:
        """Take an id in, and say whether it had not come up before."""
        key = _hash(identifier)
        if self._holds(key):
            return False
        self._recent.add(key)
        self._gone.discard(key)
        if len(self._recent) >= KEPT_IDS:
            recent = np.array(list(self._recent), dtype="S16")
            self._sorted = np.unique(np.concatenate([self._sorted, recent]))
            self._recent.clear()
        return True

    def discard(self, identifier: str) -> None:
        """Forget an id."""
        key = _hash(identifier)
        self._recent.discard(key)
        if len(self._sorted):
            self._gone.add(key)

    def _holds(self, key: bytes) -> bool:
        if key in self._recent:
            return True
        if not len(self._sorted) or key in self._gone:
            return False
        at = int(self._sorted.searchsorted(np.bytes_(key)))
        return at < len(self._sorted) and bool(self._sorted[at] == np.bytes_(key))


class Ledger:
    """Entries of articles and events of a run, for one thread. Raises StorageError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "_MAIN_run.sqlite"
        self._entries: dict[str, Entry] = {}
        self._events: list[Event] = []
        self._file: sqlite3.Connection | None = None

    def put(self, entry: Entry) -> None:
        """Keep the entry of an article, in the place of one with its id."""
        self._entries[entry.id] = entry
        self._spill()

    def note(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)
        self._spill()

    def drop(self, identifier: str) -> None:
        """Forget the entry of an article."""
        self._entries.pop(identifier, None)
        if self._file is not None:
            self._run("delete from entry where id = ?", identifier)

    def entry(self, identifier: str) -> Entry | None:
        """Return the entry of an article."""
        entry = self._entries.get(identifier)
        if entry is None and self._file is not None:
            row = self._run("select * from entry where id = ?", identifier).fetchone()
            entry = Entry(*row) if row else None
        return entry

    def entries(self) -> Iterator[Entry]:
        """Yield every entry, by id."""
        if self._file is None:
            yield from sorted(self._entries.values(), key=lambda entry: entry.id)
            return
        self._spill(all_of_it=True)
        yield from (Entry(*row) for row in self._run("select * from entry order by id"))

    def events(self) -> Iterator[Event]:
        """Yield every event, as they came."""
        if self._file is not None:
            yield from (Event(*row) for row in self._run("select * from event order by rowid"))
        yield from self._events

    def close(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.close()

    def _spill(self, all_of_it: bool = False) -> None:
        """Write to the file what is in memory, when that is much."""
        if len(self._entries) + len(self._events) < KEPT and not all_of_it:
            return
        if self._file is None:
            self._open()
        entries = [(e.id, e.source, e.file, e.origin, e.digest) for e in self._entries.values()]
        self._run_all("insert or replace into entry values (?, ?, ?, ?, ?)", entries)
        events = [(e.source, e.origin, e.id, e.outcome, e.reason) for e in self._events]
        self._run_all("insert into event values (?, ?, ?, ?, ?)", events)
        self._entries.clear()
        self._events.clear()

    def _open(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
            self._file = sqlite3.connect(self._path, isolation_level=None)
            self._file.executescript(_SCHEMA)
            self._path.unlink()
        except (sqlite3.Error, OSError) as error:
            raise StorageError.of(self._path, error) from error

    def _run(self, query: str, *values: str) -> sqlite3.Cursor:
        assert self._file is not None
        try:
            return self._file.execute(query, values)
        except sqlite3.Error as error:
            raise StorageError.of(self._path, error) from error

    def _run_all(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        assert self._file is not None
        try:
            self._file.execute("begin")
            self._file.executemany(query, rows)
            self._file.execute("commit")
        except sqlite3.Error as error:
            raise StorageError.of(self._path, error) from error


def _hash(identifier: str) -> bytes:
    # NumPy takes zeros at the end of a string for padding: no key may end in one.
    return blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=15).digest() + b"."
