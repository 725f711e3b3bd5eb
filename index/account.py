"""The account: what was read, from where, and what became of it.

An SQLite file in the index folder, keyed by generation. Every row of an article says since which generation it holds
and until which; a commit writes the rows of the generation it is about to make before it makes it visible, and a
reader, or the next writer after a crash, takes no notice of what lies beyond the newest generation.

A file's row says what the file was when it was read and how many articles came of it. It is believed as long as that
many articles of the index are still the file's: whatever takes one away has the file read again.
"""

import datetime
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from index.account_rows import (
    ASKED,
    FILE,
    SEALED,
    Doings,
    Entry,
    Event,
    FileOutcome,
    Remark,
    Row,
    at_risk,
    chunked,
    entry_in,
    insert,
    lay_out,
    places_in,
)
from index.row_seals import Value, sealed, seals
from index.settings import LOG_DAYS, LOG_EVENTS
from index.sources import FileState

PATIENCE = 600
"""Seconds that a writer waits for who reads the account, as ``check`` and ``backup`` do from end to end."""

AT_ONCE = 10_000
"""Rows of articles in memory at once."""


class Account:
    """The account of an index at one generation, 0 for an index that is being made. For the holder of the lock."""

    def __init__(self, folder: Path, generation: int) -> None:
        """Open the file, made if there is none. Whatever is done with it raises DamagedIndexError or StorageError."""
        self._path = folder / FILE
        with self._at_risk(), ExitStack() as opened:
            self._connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
            opened.callback(self._connection.close)
            # Extra: the end of the journal lasts as well, or a power cut could take back a save that was committed.
            self._connection.execute("pragma synchronous = extra")
            lay_out(self._connection)
            self._numbers: dict[str, int] = {}
            self._forget_beyond(generation)
            self._run = (self._one("select max(number) from run")[0] or 0) + 1
            self._know()
            opened.pop_all()

    def _know(self) -> None:
        """Learn what is asked for every article of a run."""
        with self._at_risk():
            self._empty = len(self) == 0
            rows = self._connection.execute("select id from deletion where until is null")
            self._deletions = frozenset(identifier for (identifier,) in rows)

    def close(self) -> None:
        """Close the file; what was not saved is gone."""
        self._connection.close()

    def entry(self, identifier: str) -> Entry | None:
        """Return what is known of an article that is in the index."""
        if self._empty:
            return None
        query = "select id, source, file, origin, digest from entry where id = ? and until is null"
        with self._at_risk():
            row = self._connection.execute(query, (identifier,)).fetchone()
            return entry_in(row) if row else None

    def known(self, identifiers: Sequence[str]) -> dict[str, Entry]:
        """Return what is known of those of some articles that are in the index, by id."""
        found: dict[str, Entry] = {}
        if self._empty:
            return found
        with self._at_risk():
            for asked in chunked(identifiers, ASKED):
                rows = self._connection.execute(
                    "select id, source, file, origin, digest from entry where until is null"
                    f" and id in ({','.join('?' * len(asked))})",
                    asked,
                )
                found.update((row[0], entry_in(row)) for row in rows)
        return found

    def __len__(self) -> int:
        """Return how many articles there are."""
        return int(self._one("select count(*) from article where until is null")[0])

    def entries(self, source: str | None = None) -> Iterator[Entry]:
        """Yield the articles of the index, or of one source, by id."""
        where = "" if source is None else "and source = ?"
        with self._at_risk():
            yield from (
                entry_in(row)
                for row in self._connection.execute(
                    f"select id, source, file, origin, digest from entry where until is null {where} order by id",
                    () if source is None else (source,),
                )
            )

    @property
    def unhashed(self) -> bool:
        """Whether an earlier Backfile hashed contents in another way: none of the hashes is known then."""
        return bool(self._one("select digest from article where until is null limit 1") == (b"",))

    def learn(self, digests: Iterable[tuple[str, bytes]]) -> None:
        """Learn the hashes of articles' contents, which come with their ids. What an ended one was is not known."""
        unknown = "id = ?1 and until is null and digest = x''"
        seal = f"seal({SEALED['article'].replace('digest', '?2')})"
        with self._at_risk(), self._transaction():
            self._connection.executemany(f"update article set digest = ?2, seal = {seal} where {unknown}", digests)

    @property
    def deletes(self) -> bool:
        """Whether any article was taken out for good."""
        return bool(self._deletions)

    def deleted(self, identifier: str) -> bool:
        """Say whether an article was taken out for good."""
        return identifier in self._deletions

    def held(self, source: str) -> dict[str, int]:
        """Return how many articles each file of a source has in the index, those named like their file under ''."""
        with self._at_risk():
            rows = self._connection.execute(
                "select coalesce(file.text, ''), count(*) from article left join name as file"
                " on file.number = article.file where article.source = ? and until is null group by article.file",
                (self._known(source),),
            )
            return dict(rows.fetchall())

    def files(self, source: str, conditions: str, names: list[str]) -> Iterator[tuple[FileOutcome, int]]:
        """Yield what came of files of a source under the same conditions, in no order.

        With each comes how many articles of the index are named like it and its own.
        """
        number = self._known(source)
        with self._at_risk():
            rows = self._connection.execute(
                "select file.name, size, time, file.digest, articles, remarks, missing, article.id is not null"
                " from file"
                " left join article on article.id = file.name and until is null and article.source = file.source"
                " and article.file is null"
                f" where file.source = ? and conditions = ? and name in ({','.join('?' * len(names))})",
                (number, self._known(conditions), *names),
            )
            for name, size, time, digest, articles, remarks, missing, own in rows:
                yield FileOutcome(source, name, FileState(size, time, digest), articles, remarks, missing), own

    def file_names(self, source: str) -> list[str]:
        """Return the files of a source of which something is known."""
        with self._at_risk():
            rows = self._connection.execute("select name from file where source = ?", (self._known(source),))
            return [name for (name,) in rows]

    def remarks(self, source: str, file: str) -> Iterator[Remark]:
        """Yield what there was to say when a file was read, in order."""
        values = self._known(source), self._known(file), file
        with self._at_risk():
            yield from (
                Remark(*row)
                for row in self._connection.execute(
                    "select outcome, origin, id, reason from remark where source = ?1 and file = ?2 and run ="
                    " (select run from file where source = ?1 and name = ?3) order by rowid",
                    values,
                )
            )

    def firsts(self, source: str, file: str) -> set[tuple[str, str] | None]:
        """Return source and file of the articles that a file holds duplicates of.

        None is for one that is not there any more, and for one that was to stay deleted and is not.
        """
        number, known = self._known(source), self._known(file)
        with self._at_risk():
            rows = self._connection.execute(
                "select distinct entry.source, entry.file from remark left join entry on entry.id = remark.id"
                " and entry.until is null and not exists (select 1 from remark as missing"
                " where missing.id = remark.id and missing.outcome = 'missing')"
                " where remark.source = ?1 and remark.file = ?2 and remark.outcome = 'duplicate'"
                " union select null, null from remark where remark.source = ?1 and remark.file = ?2"
                " and remark.outcome = 'deleted' and not exists"
                " (select 1 from deletion where deletion.id = remark.id and until is null)",
                (number, known),
            )
            return {None if first is None else (first, place) for first, place in rows}

    def rows(self, query: str, *values: str) -> list[Any]:
        """Return what a query finds, for those who ask what is asked nowhere else."""
        with self._at_risk():
            return self._connection.execute(query, values).fetchall()

    def save(self, generation: int, at: str, doings: Doings) -> None:
        """Write what a run did, in one transaction that is on the disk when this returns.

        ``generation`` is the one about to be committed, or the present one where the run changed no article.
        """
        self._numbers.clear()
        many = self._connection.executemany
        with self._at_risk(), self._transaction():
            # When an article came is told by its row, which goes with it. The event is of this generation all the
            # same: it goes again if that never comes to be.
            columns = f"{generation:d}, run.at, entry.source, entry.origin, entry.id, 'added', ''"
            many(
                f"insert into event select {columns}, seal({columns}) from entry join run on run.number = entry.added"
                " where entry.id = ? and until is null",
                ((name,) for name in sorted(doings.gone)),
            )
            self._end(doings.gone, generation)
            for entries in filter(None, doings.put):
                rows = self._rows(entries, generation)
                self._end((entry[0] for entry in entries), generation)
                insert(self._connection, f"article ({SEALED['article']}, seal)", rows)
            # In this order: an article can be restored, taken in and deleted again in one run.
            many(
                "update deletion set until = ?1, seal = seal(id, since, ?1) where id = ?2 and until is null",
                [(generation, name) for name in doings.restored],
            )
            deleted = [sealed((name, generation, None)) for name in doings.deleted]
            insert(self._connection, "deletion", deleted)
            self._save_files(doings, generation)
            self._save_events(doings.events, generation, at)
            run = self._connection.execute
            run("insert or replace into run values (?, ?, ?, ?)", sealed((self._run, generation, at)))
            looks = [sealed((self._number(source), at)) for source in doings.looked]
            many("insert or replace into look values (?, ?, ?)", looks)
            # A row that ended before the previous generation began is history that no generation kept can need.
            run("delete from article where until is not null and until < ?", (generation - 1,))
        self._know()

    def _save_files(self, doings: Doings, generation: int) -> None:
        many = self._connection.executemany
        conditions = self._number(doings.conditions)
        drop_remarks = "delete from remark where source = ? and file = (select number from name where text = ?)"
        drop_file = "delete from file where source = ? and name = ?"
        files = iter(doings.files)
        while outcomes := list(islice(files, AT_ONCE)):
            for outcome in outcomes:
                if outcome.same and outcome.state:
                    place = self._number(outcome.source), outcome.file
                    many("update file set time = ? where source = ? and name = ?", [(outcome.state.time, *place)])
                    many(f"update file set seal = seal({SEALED['file']}) where source = ? and name = ?", [place])
            read = [(self._number(o.source), o) for o in outcomes if not o.same]
            places = [(source, outcome.file) for source, outcome in read]
            many(f"{drop_remarks} and run != {self._run}", places)
            many(drop_file, places)
            rows = [
                (source, o.file, state.size, state.time, state.digest, conditions, o.articles, 0, o.remarks)
                for source, o in read
                if (state := o.state)
            ]
            insert(self._connection, "file", [sealed((*row, self._run, generation)) for row in rows])
        remarks = (
            sealed((self._run, self._number(source), self._number(file), r.outcome, r.origin, r.id, r.reason))
            for source, file, r in doings.remarks
        )
        insert(self._connection, "remark", remarks)
        for entry in doings.missing:
            place = self._number(entry.source), entry.file
            counted = self._connection.execute(
                "update file set missing = missing + 1 where source = ? and name = ? and run = ?", (*place, self._run)
            )
            if counted.rowcount:
                row = self._run, place[0], self._number(entry.file), "missing", entry.origin, entry.id, "kept"
                insert(self._connection, "remark", [sealed(row)])
                many(f"update file set seal = seal({SEALED['file']}) where source = ? and name = ?", [place])
        forgotten = [(self._number(source), file) for source, file in doings.forgotten]
        many(drop_remarks, forgotten)
        many(drop_file, forgotten)

    def _save_events(self, events: Iterable[Event], generation: int, at: str) -> None:
        """Write events, all of them, and forget earlier ones that are too many of one article or too old."""
        run = self._connection.execute
        last = self._one("select max(rowid) from event")[0] or 0
        told = (sealed((generation, at, e.source, e.origin, e.id, e.outcome, e.reason)) for e in events)
        insert(self._connection, "event", told)
        kept = LOG_EVENTS.value()
        for key in ("id", "origin"):
            new = f"select distinct {key} from event where rowid > {last} and {key} is not null"
            new += "" if key == "id" else " and id is null"
            self._connection.executemany(
                f"delete from event where {key} = ?1 and rowid <= {last} and rowid <="
                f" (select rowid from event where {key} = ?1 order by rowid desc limit 1 offset {kept})",
                # Not all in memory: it is other rows that go.
                run(new),
            )
        before = datetime.datetime.fromisoformat(at) - datetime.timedelta(days=LOG_DAYS.value())
        # Times ascend: what is old enough comes first.
        run(
            "delete from event where rowid < (select coalesce(min(rowid), 0) from event where at >= ?)",
            (before.isoformat(timespec="seconds"),),
        )

    def _end(self, identifiers: Iterable[str], generation: int) -> None:
        """See that articles are there no longer from a generation on."""
        if self._empty:
            return
        identifiers = list(identifiers)
        many = self._connection.executemany
        many("delete from article where id = ? and since = ?", [(name, generation) for name in identifiers])
        many(
            "update article set until = ? where id = ? and until is null", [(generation, name) for name in identifiers]
        )

    def _rows(self, entries: Sequence[Entry | Row], generation: int) -> Iterator[tuple[Value, ...]]:
        """Return rows of articles but for ``until``, made a column at a time, in a fifth of what each took alone."""
        ids, sources, files, origins, digests, *_ = zip(*entries, strict=True)
        in_files, places = self._all_numbers(files, ids), places_in(files, origins)
        added, changed = self._came(ids, digests)
        since = [generation] * len(ids)
        columns = [ids, since, self._all_numbers(sources), in_files, places, digests, added, changed]
        return zip(*columns, seals(columns), strict=True)

    def _all_numbers(self, texts: Sequence[str], ids: Sequence[str] = ()) -> list[int | None]:
        """Return the numbers of names, None for one that is its article's id."""
        if texts.count(texts[0]) == len(texts) and texts[0] not in ids:
            # As it is mostly: what was read of one file.
            return [self._number(texts[0])] * len(texts)
        return [None if text == name else self._number(text) for text, name in zip_longest(texts, ids)]

    def _came(self, identifiers: Sequence[str], digests: Sequence[bytes]) -> tuple[list[int], list[int]]:
        """Return the runs in which articles came into the index, and in which their content did."""
        run = self._run
        if self._empty:
            runs = [run] * len(identifiers)
            return runs, runs
        known: dict[str, list[Any]] = {}
        for asked in chunked(identifiers, ASKED):
            query = "select id, added, changed, digest from article where until is null and id in"
            rows = self._connection.execute(f"{query} ({','.join('?' * len(asked))})", asked)
            known.update((name, told) for name, *told in rows)
        before = [known.get(name, (run, run, digest)) for name, digest in zip(identifiers, digests, strict=True)]
        changed = [last if was == now else run for (_, last, was), now in zip(before, digests, strict=True)]
        return [first for first, _, _ in before], changed

    def _number(self, text: str) -> int:
        """Return the number of a name, a new one if it has none."""
        if text not in self._numbers:
            number = self._known(text)
            if number == 0:
                number = (self._one("select max(number) from name")[0] or 0) + 1
                insert(self._connection, "name", [sealed((number, text))])
            self._numbers[text] = number
        return self._numbers[text]

    def _known(self, text: str) -> int:
        """Return the number of a name, 0 if it has none."""
        row = self._one("select number from name where text = ?", text)
        return int(row[0]) if row else 0

    def _forget_beyond(self, generation: int) -> None:
        """Take back what a run wrote that ended before its generation became visible."""
        run = self._connection.execute
        with self._transaction():
            for table in ("article", "deletion"):
                run(f"delete from {table} where since > ?", (generation,))
            run("update article set until = null where until > ?", (generation,))
            run("update deletion set until = null, seal = seal(id, since, null) where until > ?", (generation,))
            run("delete from event where generation > ?", (generation,))
            run("delete from file where generation > ?", (generation,))
            # The run's number is not given again: what it wrote may bear it.
            run(
                "update run set generation = ?1, seal = seal(number, ?1, at) where generation > ?1",
                (generation,),
            )

    def _one(self, query: str, *values: str) -> Any:
        with self._at_risk():
            return self._connection.execute(query, values).fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
            self._connection.execute("commit")
        except BaseException:
            # SQLite has rolled back by itself where the disk was full.
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            raise

    def _at_risk(self) -> AbstractContextManager[None]:
        return at_risk(self._path)
