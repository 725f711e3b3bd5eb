"""The account: what was read, from where, and what became of it.

An SQLite file in the index folder, keyed by generation. Every row says since which generation it holds and until
which; a commit writes the rows of the generation it is about to make before it makes it visible, and a reader, or the
next writer after a crash, takes no notice of what lies beyond the newest generation.

A row is kept short, since there is one for every article: sources and files are numbers of ``name``, a file that is
named like its article is null, and so is an origin that is the file; ``file:7`` is the number 7. The view ``entry``
spells it out.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from index.errors import DamagedIndexError, StorageError

FILE = "account.sqlite"

VERSION = 2
"""Goes up with the schema. Of a file of another version only what was deleted for good and the events are kept."""

PATIENCE = 600
"""Seconds that a writer waits for who reads the account, as ``check`` and ``backup`` do from end to end."""

AT_ONCE = 10_000
"""Rows of articles in memory at once."""

_SCHEMA = """
create table if not exists name (number integer primary key, text text not null unique);
create table if not exists article (
    id text not null, since integer not null, until integer, source integer not null, file integer, origin,
    digest blob not null, primary key (id, since)
) without rowid;
create view if not exists entry as
    select id, source.text as source, coalesce(file.text, id) as file,
        case typeof(origin) when 'null' then coalesce(file.text, id)
            when 'integer' then coalesce(file.text, id) || ':' || origin else origin end as origin,
        digest, until
    from article join name as source on source.number = article.source
        left join name as file on file.number = article.file;
create table if not exists deletion (id text not null, since integer not null, until integer);
create index if not exists deletion_id on deletion (id);
create table if not exists event (
    generation integer not null, at text not null, source text not null, origin text not null, id text,
    outcome text not null, reason text not null
);
create index if not exists event_id on event (id);
"""

_REMEDY = f"Without {FILE}, 'backfile reindex' makes it anew: the articles stay, but deletions for good are forgotten"

Outcome = Literal["rejected", "duplicate", "warned", "deleted", "restored", "vanished"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of the index: the source it belongs to, the file and place it was read from, its content's hash."""

    id: str
    source: str
    file: str
    origin: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """Something a run has to tell of a record, other than that it was taken in."""

    source: str
    origin: str
    id: str | None
    outcome: Outcome
    reason: str


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
            if self._one("pragma user_version")[0] != VERSION:
                self._connection.executescript(f"drop table if exists article; pragma user_version = {VERSION}")
            self._connection.executescript(_SCHEMA)
            self._numbers: dict[str, int] = {}
            self._forget_beyond(generation)
            # Both are asked for every article of a run, and do not change within it.
            self._empty = len(self) == 0
            rows = self._connection.execute("select id from deletion where until is null")
            self._deletions = frozenset(identifier for (identifier,) in rows)
            opened.pop_all()

    def close(self) -> None:
        """Close the file; what was not saved is gone."""
        self._connection.close()

    def entry(self, identifier: str) -> Entry | None:
        """Return what is known of an article that is in the index."""
        if self._empty:
            return None
        row = self._one("select id, source, file, origin, digest from entry where id = ? and until is null", identifier)
        return Entry(*row) if row else None

    def __len__(self) -> int:
        """Return how many articles there are."""
        return int(self._one("select count(*) from article where until is null")[0])

    def entries(self, source: str | None = None) -> Iterator[Entry]:
        """Yield the articles of the index, or of one source, by id."""
        where = "" if source is None else "and source = ?"
        with self._at_risk():
            yield from (
                Entry(*row)
                for row in self._connection.execute(
                    f"select id, source, file, origin, digest from entry where until is null {where} order by id",
                    () if source is None else (source,),
                )
            )

    def deleted(self, identifier: str) -> bool:
        """Say whether an article was taken out for good."""
        return identifier in self._deletions

    def save(
        self,
        generation: int,
        at: str,
        *,
        gone: Iterable[str],
        put: Iterable[Entry],
        deleted: Iterable[str],
        restored: Iterable[str],
        events: Iterable[Event],
    ) -> None:
        """Write what a run did, in one transaction that is on the disk when this returns.

        ``generation`` is the one about to be committed, or the present one where the run changed no article. What is
        put comes in the order of ids, so that pages are filled.
        """
        self._numbers.clear()
        run = self._connection.execute
        many = self._connection.executemany
        with self._at_risk(), self._transaction():
            self._end(gone, generation)
            put = iter(put)
            while entries := list(islice(put, AT_ONCE)):
                self._end([entry.id for entry in entries], generation)
                many(
                    "insert into article values (?, ?, null, ?, ?, ?, ?)",
                    [self._row(entry, generation) for entry in entries],
                )
            # In this order: an article can be restored, taken in and deleted again in one run.
            many(
                "update deletion set until = ? where id = ? and until is null",
                [(generation, name) for name in restored],
            )
            many("insert into deletion values (?, ?, null)", [(name, generation) for name in deleted])
            many(
                "insert into event values (?, ?, ?, ?, ?, ?, ?)",
                ((generation, at, e.source, e.origin, e.id, e.outcome, e.reason) for e in events),
            )
            # A row that ended before the previous generation began is history that no generation kept can need.
            run("delete from article where until is not null and until < ?", (generation - 1,))

    def _end(self, identifiers: Iterable[str], generation: int) -> None:
        """See that articles are there no longer from a generation on."""
        identifiers = list(identifiers)
        many = self._connection.executemany
        many("delete from article where id = ? and since = ?", [(name, generation) for name in identifiers])
        many(
            "update article set until = ? where id = ? and until is null", [(generation, name) for name in identifiers]
        )

    def _row(self, entry: Entry, generation: int) -> tuple[str, int, int, int | None, str | int | None, bytes]:
        """Return the values of an article's row: id, since, source, file, origin, digest."""
        origin: str | int | None = entry.origin
        start, _, number = entry.origin.rpartition(":")
        if entry.origin == entry.file:
            origin = None
        elif start == entry.file and _is_number(number):
            origin = int(number)
        file = None if entry.file == entry.id else self._number(entry.file)
        return entry.id, generation, self._number(entry.source), file, origin, entry.digest

    def _number(self, text: str) -> int:
        """Return the number of a name, a new one if it has none."""
        if text not in self._numbers:
            self._connection.execute("insert or ignore into name (text) values (?)", (text,))
            self._numbers[text] = self._one("select number from name where text = ?", text)[0]
        return self._numbers[text]

    def _forget_beyond(self, generation: int) -> None:
        """Take back what a run wrote that ended before its generation became visible."""
        run = self._connection.execute
        with self._transaction():
            for table in ("article", "deletion"):
                run(f"delete from {table} where since > ?", (generation,))
                run(f"update {table} set until = null where until > ?", (generation,))
            run("delete from event where generation > ?", (generation,))

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

    @contextmanager
    def _at_risk(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"{self._path} cannot be used: {error}. The index is as its last commit left it."
            ) from error
        except sqlite3.DatabaseError as error:
            raise DamagedIndexError(
                f"{self._path} cannot be read ({error}). Remove it and run 'backfile reindex': the articles stay, "
                "but what was deleted for good is forgotten."
            ) from error


def known_digest(connection: sqlite3.Connection, identifier: str) -> bytes | None:
    """Return the content's hash of an article that is in the index, for one who only reads the file."""
    row = connection.execute("select digest from article where id = ? and until is null", (identifier,)).fetchone()
    return bytes(row[0]) if row else None


def _is_number(text: str) -> bool:
    """Say whether a text is a number as it is written again: digits, none of them a leading nought, of 63 bits."""
    return text.isascii() and text.isdigit() and text == text.lstrip("0") and len(text) < 19


def account_damage(folder: Path, generation: int, articles: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return what is wrong with the account of a generation; empty when all is sound.

    ``articles`` are the ids and content hashes of what the generation holds, by id.
    Every value is read, but SQLite seals none: one that changed into another of its kind, as a letter in a reason,
    is not noticed.
    """
    path = folder / FILE
    if not path.exists():
        return [f"{FILE} is missing. {_REMEDY}"]
    try:
        # Not read-only: what a run that was killed left half written is taken back by whoever opens the file next.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=60)) as connection:
            ((problem,),) = connection.execute("pragma integrity_check(1)")
            for table in ("article", "deletion", "event"):
                deque(connection.execute(f"select * from {table}"), maxlen=0)
            query = "select id, digest from article where since <= ? and (until is null or until > ?) order by id"
            told = connection.execute(query, (generation, generation))
            more, missing, other = _differences(((name, bytes(content)) for name, content in told), articles)
    except (sqlite3.Error, UnicodeError) as error:
        return [f"{FILE} cannot be read ({error}). {_REMEDY}"]
    if problem != "ok":
        return [f"{FILE} is damaged ({' '.join(problem.split())}). {_REMEDY}"]
    if more or missing or other:
        return [
            f"{FILE} tells of other articles than the index holds: {more:,} too many, {missing:,} missing, "
            f"{other:,} with another content. {_REMEDY}"
        ]
    return []


def _differences(told: Iterable[tuple[str, bytes]], held: Iterable[tuple[str, bytes]]) -> tuple[int, int, int]:
    """Count, of two lists by id, what only the first has, what only the second has, and what is not the same."""
    more = missing = other = 0
    told, held = iter(told), iter(held)
    left, right = next(told, None), next(held, None)
    while left or right:
        if right is None or (left is not None and left[0] < right[0]):
            more += 1
            left = next(told, None)
        elif left is None or right[0] < left[0]:
            missing += 1
            right = next(held, None)
        else:
            other += left[1] != right[1]
            left, right = next(told, None), next(held, None)
    return more, missing, other
