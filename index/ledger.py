"""The ledger: what a run has done so far and the account has to be told of when it ends, in memory that does not grow.

What is beyond the first few thousand goes to files without a name, which are gone with the process whatever becomes of
it; ids take 16 bytes each there.
"""

import mmap
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.account_rows import Entry, Event, FileOutcome, Remark, Row
from index.entry_blocks import entry_of, merge_entries, pack_entries, unpack_entries
from index.errors import StorageError
from index.sources import FileState

KEPT_IDS = 50_000
"""Ids kept in a set, about 5 MB; those before them stand in sorted arrays that are mapped from the disk."""

MERGED_IDS = 1 << 16
"""Ids of the longest of several arrays that are merged at a time, about 5 MB."""

LOOKED_UP = 1_000
"""Articles whose ids are looked up at a time."""

KEPT = 10_000
"""Entries, events and the like kept in memory, about 6 MB."""

_SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
create table block (first text, entries blob);
create table entry (id text, source text, file text, origin text, digest blob);
create table event (source text, origin text, id text, outcome text, reason text);
create table file (source text, file text, size integer, time integer, digest blob, articles integer, remarks integer,
    same integer);
create table remark (source text, file text, outcome text, origin text, id text, reason text);
create table moved (id text, source text, file text, origin text, digest blob);
create index moved_file on moved (source, file);
"""


class Ids:
    """The ids that have come up in a run. Raises OSError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recent: set[bytes] = set()
        self._gone: set[bytes] = set()
        self._runs: list[npt.NDArray[np.bytes_]] = []

    def __contains__(self, identifier: str) -> bool:
        return self.holds([identifier])[0]

    def without(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield those of some articles whose ids have not come up, looked up many at a time: six times as fast."""
        coming = iter(entries)
        while some := list(islice(coming, LOOKED_UP)):
            for entry, held in zip(some, self.holds([entry.id for entry in some]), strict=True):
                if not held:
                    yield entry

    def holds(self, identifiers: Sequence[str]) -> list[bool]:
        """Say of each of some ids whether it has come up."""
        keys = _keys(identifiers)
        in_runs = self._in_runs(keys).tolist()
        return [key in self._recent or (old and key not in self._gone) for key, old in zip(keys, in_runs, strict=True)]

    def add(self, identifier: str) -> bool:
        """Take an id in, and say whether it had not come up before."""
        return self.add_all([identifier])[0]

    def add_all(self, identifiers: Sequence[str]) -> list[bool]:
        """Take ids in, one after the other, and say of each whether it had not come up before."""
        keys = _keys(identifiers)
        new, in_runs = set(keys), self._in_runs(keys)
        if len(new) == len(keys) and self._recent.isdisjoint(new) and not in_runs.any():
            self._recent |= new
            self._gone -= new
            added = [True] * len(keys)
        else:
            added = [self._add(key, old) for key, old in zip(keys, in_runs.tolist(), strict=True)]
        self._grow()
        return added

    def _add(self, key: bytes, old: bool) -> bool:
        """Take a key in; ``old`` is whether it is in a run, forgotten or not."""
        if key in self._recent or (old and key not in self._gone):
            return False
        self._recent.add(key)
        self._gone.discard(key)
        return True

    def discard(self, identifier: str) -> None:
        """Forget an id."""
        (key,) = _keys([identifier])
        self._recent.discard(key)
        if self._runs:
            self._gone.add(key)

    def _in_runs(self, keys: Sequence[bytes]) -> npt.NDArray[np.bool_]:
        """Say of each of some keys whether it is in a run, forgotten or not."""
        wanted, found = np.array(keys, dtype="S16"), np.zeros(len(keys), dtype=np.bool_)
        for run in self._runs:
            found |= run.take(run.searchsorted(wanted), mode="clip") == wanted
        return found

    def _grow(self) -> None:
        """Put what has come in since the last time into a sorted run, with the runs that are not longer."""
        if len(self._recent) < KEPT_IDS:
            return
        merged = [np.sort(np.array(list(self._recent), dtype="S16"))]
        self._recent = set()
        while self._runs and len(self._runs[-1]) <= sum(map(len, merged)):
            merged.append(self._runs.pop())
        self._runs.append(self._written(merged))

    def _written(self, runs: Sequence[npt.NDArray[np.bytes_]]) -> npt.NDArray[np.bytes_]:
        """Return runs, the longest last, as one."""
        cuts = runs[-1][MERGED_IDS::MERGED_IDS]
        pieces = zip(*(np.split(run, run.searchsorted(cuts)) for run in runs), strict=True)
        # In the index's own folder: what is called temporary may be memory.
        with tempfile.TemporaryFile(dir=self._folder) as stream:
            for piece in pieces:
                stream.write(np.sort(np.concatenate(piece), kind="stable").tobytes())
            stream.flush()
            return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), dtype="S16")


class Ledger:
    """What a run has to tell, for one thread. Raises StorageError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "_MAIN_run.sqlite"
        self._entries: dict[str, Row] = {}
        self._events: list[Event] = []
        self._files: list[FileOutcome] = []
        self._remarks: list[tuple[str, str, Remark]] = []
        self._moved: dict[tuple[str, str], list[Entry]] = {}
        self._any_moved = False
        self._kept = 0
        self._file: sqlite3.Connection | None = None
        self._runs = 0
        self._indexed = False

    def put(self, entry: Entry) -> None:
        """Keep the entry of an article, in the place of one with its id."""
        self._entries[entry.id] = (*entry, self._runs)
        self._grow()

    def put_all(
        self, ids: Sequence[str], source: str, file: str, origins: Sequence[str], digests: Sequence[bytes]
    ) -> None:
        """Keep the entries of articles of a file, in the place of those with their ids."""
        rows = zip(ids, repeat(source), repeat(file), origins, digests, repeat(self._runs))
        self._entries.update(zip(ids, rows, strict=True))
        self._grow(len(ids))

    def note(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)
        self._grow()

    def remark(self, source: str, file: str, remark: Remark) -> None:
        """Keep a remark on a file."""
        self._remarks.append((source, file, remark))
        self._grow()

    def end(self, outcome: FileOutcome) -> None:
        """Keep what came of a file."""
        self._files.append(outcome)
        self._grow()

    def move(self, before: Entry) -> None:
        """Keep what was known of an article that another file has had first."""
        self._any_moved = True
        self._moved.setdefault((before.source, before.file), []).append(before)
        self._grow()

    def drop(self, identifier: str) -> None:
        """Forget the entry of an article."""
        self._entries.pop(identifier, None)
        if self._file is not None:
            self._look_up()
            self._run("delete from entry where id = ?", identifier)

    def entry(self, identifier: str) -> Entry | None:
        """Return the entry of an article."""
        kept = self._entries.get(identifier)
        entry = entry_of(kept) if kept else None
        if entry is None and self._file is not None:
            self._look_up()
            row = self._run("select * from entry where id = ? order by rowid desc", identifier).fetchone()
            entry = Entry._make(row) if row else None
        return entry

    def entries(self) -> Iterator[Sequence[Entry | Row]]:
        """Yield every entry, or its row, by id, in runs."""
        if self._file is None:
            if self._entries:
                yield sorted(self._entries.values())
            return
        self._spill()
        if not self._indexed:
            yield from merge_entries(self._run("select first, entries from block order by first"), self._runs)
            return
        rows = self._run("select id, source, file, origin, digest from entry order by id, rowid")
        last: list[tuple[str, str, str, str, bytes]] = []
        while found := rows.fetchmany(KEPT):
            # Of several of an id the last one counts, and the last id may go on.
            latest = {row[0]: row for row in chain(last, found)}
            last = [latest.popitem()[1]]
            yield list(map(Entry._make, latest.values()))
        yield list(map(Entry._make, last))

    def events(self) -> Iterator[Event]:
        """Yield every event, as they came."""
        if self._file is not None:
            yield from (Event(*row) for row in self._run("select * from event order by rowid"))
        yield from self._events

    def files(self) -> Iterator[FileOutcome]:
        """Yield what came of every file, as they came."""
        if self._file is not None:
            rows = self._run("select * from file order by rowid")
            for source, file, size, time, digest, articles, remarks, same in rows:
                state = None if size is None else FileState(size, time, digest)
                yield FileOutcome(source, file, state, articles, remarks, same=bool(same))
        yield from self._files

    def remarks(self) -> Iterator[tuple[str, str, Remark]]:
        """Yield every remark with source and file, as they came."""
        if self._file is not None:
            for source, file, *remark in self._run("select * from remark order by rowid"):
                yield source, file, Remark(*remark)
        yield from self._remarks

    def moved(self, source: str, files: Iterable[str]) -> list[Entry]:
        """Return the articles of files that another has had first, as they were and came."""
        found: list[Entry] = []
        if not self._any_moved:
            return found
        for file in files:
            if self._file is not None:
                rows = self._run("select * from moved where source = ? and file = ? order by rowid", source, file)
                found += map(Entry._make, rows)
            found += self._moved.get((source, file), ())
        return found

    def clear(self) -> None:
        """Forget what a commit has saved; which articles have moved is for the whole run."""
        for kept in (self._entries, self._events, self._files, self._remarks):
            kept.clear()
        if self._file is not None:
            for table in ("block", "entry", "event", "file", "remark"):
                self._run(f"delete from {table}")

    def close(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.close()

    def _grow(self, more: int = 1) -> None:
        """Write to the file what is in memory, when that is much."""
        self._kept += more
        if self._kept >= KEPT:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._open()
        if self._indexed:
            self._run_all("insert into entry values (?, ?, ?, ?, ?)", list(map(entry_of, self._entries.values())))
        elif self._entries:
            self._run_all("insert into block values (?, ?)", [*pack_entries(self._entries.values())])
            self._runs += 1
        events = [(e.source, e.origin, e.id, e.outcome, e.reason) for e in self._events]
        self._run_all("insert into event values (?, ?, ?, ?, ?)", events)
        files = [
            (f.source, f.file, *((s.size, s.time, s.digest) if s else (None,) * 3), f.articles, f.remarks, f.same)
            for f, s in ((outcome, outcome.state) for outcome in self._files)
        ]
        self._run_all("insert into file values (?, ?, ?, ?, ?, ?, ?, ?)", files)
        remarks = [(source, file, r.outcome, r.origin, r.id, r.reason) for source, file, r in self._remarks]
        self._run_all("insert into remark values (?, ?, ?, ?, ?, ?)", remarks)
        moved = [entry for gone in self._moved.values() for entry in gone]
        self._run_all("insert into moved values (?, ?, ?, ?, ?)", moved)
        for kept in (self._entries, self._events, self._files, self._remarks, self._moved):
            kept.clear()
        self._kept = 0

    def _open(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
            self._file = sqlite3.connect(self._path, isolation_level=None)
            self._file.executescript(_SCHEMA)
            self._path.unlink()
        except (sqlite3.Error, OSError) as error:
            raise StorageError.of(self._path, error) from error

    def _look_up(self) -> None:
        """Be ready to look single entries up, which most runs never do: rows for it take four times as long."""
        if self._indexed:
            return
        for (block,) in self._run("select entries from block order by rowid"):
            self._run_all("insert into entry values (?, ?, ?, ?, ?)", unpack_entries(block))
        self._run("delete from block")
        self._run("create index entry_id on entry (id)")
        self._indexed = True

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


def _keys(identifiers: Sequence[str]) -> list[bytes]:
    """Return the 16 bytes at most that each id is known by: a short one's own, the hash of another."""
    own = [identifier.encode("utf-8", "surrogatepass") for identifier in identifiers]
    # NumPy takes zeros at the end of a string for padding: no key may end in one.
    return [text + b"!" if len(text) < 16 else blake2b(text, digest_size=15).digest() + b"." for text in own]
