"""The rows of the account: what they tell, and how they are laid out.

A row is kept short, since there is one for every article: sources and files are numbers of ``name``, a file that is
named like its article is null, and so is an origin that is the file; ``file:7`` is the number 7. The view ``entry``
spells it out. The last column of every table is a checksum of the others but for an article's ``until``, which is
written later.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Literal, NamedTuple

from index.errors import DamagedIndexError, StorageError, VersionError
from index.row_seals import Value, former_seal, seal
from index.sources import FileState

FILE = "account.sqlite"

VERSION = 8
"""Goes up with the schema and the seals, past what is one flipped bit away from a version that is taken over: 2 to 4.

Of a file of a version before 2 only what was deleted for good and the events are kept.
"""

SCHEMA = """
create table if not exists name (number integer primary key, text text not null unique, seal integer not null);
create table if not exists run (number integer primary key, generation integer not null, at text not null,
    seal integer not null);
create table if not exists look (source integer primary key, at text not null, seal integer not null);
create table if not exists article (
    id text not null, since integer not null, until integer, source integer not null, file integer, origin,
    digest blob not null, added integer not null, changed integer not null, seal integer not null,
    primary key (id, since)
) without rowid;
create view if not exists entry as
    select id, source.text as source, coalesce(file.text, id) as file,
        case typeof(origin) when 'null' then coalesce(file.text, id)
            when 'integer' then coalesce(file.text, id) || ':' || origin else origin end as origin,
        digest, added, changed, since, until
    from article join name as source on source.number = article.source
        left join name as file on file.number = article.file;
create table if not exists file (
    source integer not null, name text not null, size integer not null, time integer not null, digest blob not null,
    conditions integer not null, articles integer not null, missing integer not null, remarks integer not null,
    run integer not null, generation integer not null, seal integer not null, primary key (source, name)
) without rowid;
create table if not exists remark (
    run integer not null, source integer not null, file integer not null, outcome text not null, origin text not null,
    id text, reason text not null, seal integer not null
);
create index if not exists remark_file on remark (source, file);
create index if not exists remark_id on remark (id);
create table if not exists deletion (id text not null, since integer not null, until integer, seal integer not null);
create index if not exists deletion_id on deletion (id);
create table if not exists event (
    generation integer not null, at text not null, source text not null, origin text not null, id text,
    outcome text not null, reason text not null, seal integer not null
);
create index if not exists event_id on event (id);
create index if not exists event_origin on event (origin);
"""

SEALED = {
    "name": "number, text",
    "run": "number, generation, at",
    "look": "source, at",
    "article": "id, since, source, file, origin, digest, added, changed",
    "file": "source, name, size, time, digest, conditions, articles, missing, remarks, run, generation",
    "remark": "run, source, file, outcome, origin, id, reason",
    "deletion": "id, since, until",
    "event": "generation, at, source, origin, id, outcome, reason",
}
"""The columns of each table that its seal is of, in the order in which they are sealed."""

_RESEALED = {3: {"deletion": "id, since"}, 4: {}}
"""Versions whose tables were the same and whose seals were others: the columns they were of, where those differ."""

ASKED = 500
"""Articles asked for at once, fewer than any SQLite's limit of variables."""

_TOGETHER = 40
"""Rows that one statement inserts, whose values are no more than that either."""

Outcome = Literal["added", "updated", "rejected", "duplicate", "warned", "deleted", "restored", "vanished", "missing"]


class Entry(NamedTuple):
    """An article of the index: the source it belongs to, the file and place it was read from, its content's hash."""

    id: str
    source: str
    file: str
    origin: str
    digest: bytes


Row = tuple[str, str, str, str, bytes, int]
"""What an entry holds, and the number of the run that it is of. Of entries with one id that of the last run counts.

To make an Entry of each takes a tenth of the time in which 200,000 are saved.
"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something a run has to tell of a record, other than that it was taken in as new."""

    source: str
    origin: str
    id: str | None
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What there is to say of a record of a file other than that its article is in the index.

    ``missing`` is an article of the index that the file holds no longer and that was kept.
    """

    outcome: Outcome
    origin: str
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What came of a file: how many articles of the index it holds, and how many remarks there are.

    ``state`` is None for a file of which not all could be read: nothing is known of it then. ``missing`` articles are
    counted as the file's, were not in it, and have been kept. ``same`` says that the state alone is news.
    """

    source: str
    file: str
    state: FileState | None
    articles: int = 0
    remarks: int = 0
    missing: int = 0
    same: bool = False


@dataclass(frozen=True, slots=True)
class Doings:
    """What a run, or a part of it, has done, for the account to keep.

    ``put`` comes in runs, all in the order of ids, so that pages are filled. ``conditions`` is what beside its bytes a
    file's outcome depends on, ``looked`` the sources that were gone through, ``forgotten`` files (source, file) of
    which nothing holds any more, ``missing`` the articles that were not in their file, though all of it was read, and
    stay.
    """

    gone: Iterable[str] = ()
    put: Iterable[Sequence[Entry | Row]] = ()
    deleted: Iterable[str] = ()
    restored: Iterable[str] = ()
    events: Iterable[Event] = ()
    files: Iterable[FileOutcome] = ()
    remarks: Iterable[tuple[str, str, Remark]] = ()
    conditions: str = ""
    looked: Iterable[str] = ()
    forgotten: Iterable[tuple[str, str]] = ()
    missing: Iterable[Entry] = ()


@contextmanager
def at_risk(path: Path) -> Iterator[None]:
    """Say what an account cannot be used for: StorageError where the disk refuses, DamagedIndexError for its bytes."""
    try:
        yield
    except (sqlite3.Error, UnicodeError) as error:
        # Damage has no code where Python stumbles over text, and the general one where SQLite does over its schema.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
            raise StorageError(f"{path} cannot be used: {error}. The index is as its last commit left it.") from error
        # It may quote the schema, which has many lines.
        why = " ".join(str(error).split())
        raise DamagedIndexError(
            f"{path} cannot be read ({why}). Remove it and run 'backfile reindex': the articles stay, but what was "
            "deleted for good is forgotten."
        ) from error


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables that are not there, and those of an earlier version anew with what they hold.

    Raises VersionError for those of a later one, sqlite3.DatabaseError where they are not what the version says.
    """
    connection.create_function("seal", -1, seal, deterministic=True)
    run = connection.execute
    # Both as of one moment, for another process may be laying it out.
    run("begin")
    ((version,),) = run("pragma user_version")
    as_made = _laid_out(connection) == _as_made()
    run("commit")
    if version == VERSION and as_made:
        return
    # One flipped bit of the number, and a sound account would be made anew with half of what it holds.
    if version == VERSION or (as_made and version not in _RESEALED):
        raise sqlite3.DatabaseError(f"its schema is not that of version {version}")
    if version > VERSION:
        raise VersionError(f"{FILE} has version {version}, this Backfile reads {VERSION}. Upgrade Backfile.")
    run("begin immediate")
    if run("pragma user_version").fetchone() != (version,):
        # It has been.
        run("rollback")
        lay_out(connection)
        return
    there = {name for (name,) in run("select name from sqlite_master where type = 'table'")}
    run("drop view if exists entry")
    earlier = []
    if version in _RESEALED:
        connection.create_function("former_seal", -1, former_seal, deterministic=True)
        for table, held in SEALED.items():
            former = _RESEALED[version].get(table, held)
            # Contents were hashed in another way: ``Account.learn`` is told how they are now.
            unknown = "digest = x''," if table == "article" else ""
            sealed = held.replace("digest", "x''") if unknown else held
            # What was damaged stays so.
            run(f"update {table} set {unknown} seal = seal({sealed}) where seal is former_seal({former})")
    else:
        earlier = [name for name in ("name", "article", "deletion", "event") if name in there]
        for index in ("deletion_id", "event_id", "event_origin"):
            run(f"drop index if exists {index}")
    for name in earlier:
        run(f"alter table {name} rename to earlier_{name}")
    for statement in SCHEMA.split(";\n"):
        run(statement)
    if version == 2:
        run("insert into name select number, text, seal(number, text) from earlier_name")
        run(
            "insert into article select id, since, until, source, file, origin, x'', 0, 0,"
            " seal(id, since, source, file, origin, x'', 0, 0) from earlier_article"
        )
    for table, held in (("deletion", SEALED["deletion"]), ("event", SEALED["event"])):
        if table in earlier:
            run(f"insert into {table} select {held}, seal({held}) from earlier_{table}")
    for name in earlier:
        run(f"drop table earlier_{name}")
    run(f"pragma user_version = {VERSION}")
    run("commit")


@cache
def _as_made() -> list[Any]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return _laid_out(connection)


def _laid_out(connection: sqlite3.Connection) -> list[Any]:
    """Return tables, indexes and the view, as SQLite has them, to the letter."""
    return connection.execute("select type, name, tbl_name, sql from sqlite_master order by name").fetchall()


def entry_in(row: tuple[Any, ...]) -> Entry:
    """Return what a row of the view tells. One flipped bit makes a text one of bytes, which nothing expects."""
    if tuple(map(type, row)) != _TYPES:
        raise sqlite3.DatabaseError("a row has values that cannot be")
    return Entry._make(row)


_TYPES = (str, str, str, str, bytes)


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[Sequence[Value]]) -> None:
    """Put rows into a table, or some of its columns, many with a statement.

    200,000 articles take 0.16 s; with a statement for each, 0.28.
    """
    rows = iter(rows)
    while some := list(islice(rows, _TOGETHER)):
        row = f"({','.join('?' * len(some[0]))})"
        values = list(chain.from_iterable(some))
        connection.execute(f"insert into {table} values {','.join(repeat(row, len(some)))}", values)


def chunked(identifiers: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield ids by so many."""
    for start in range(0, len(identifiers), size):
        yield identifiers[start : start + size]


def known_digests(connection: sqlite3.Connection, identifiers: Sequence[str]) -> dict[str, bytes]:
    """Return the content's hash of those of some articles that are in the index, for one who only reads the file."""
    found: dict[str, bytes] = {}
    for asked in chunked(identifiers, ASKED):
        marks = ",".join("?" * len(asked))
        found.update(
            connection.execute(f"select id, digest from article where until is null and id in ({marks})", asked)
        )
    return found


def places_in(files: Sequence[str], origins: Sequence[str]) -> list[Value]:
    """Return how rows say where in its file each article was read: None for all of it, 7 for ``file:7``."""
    head = f"{files[0]}:"
    tails = [origin[len(head) :] for origin in origins]
    if (
        _NUMBERS.fullmatch("\n".join(tails))
        and all(map(str.startswith, origins, repeat(head)))
        and all(map(files[0].__eq__, files))
    ):
        # As it is mostly: the lines of one file.
        return list(map(int, tails))
    return list(map(_place_in, files, origins))


def _place_in(file: str, origin: str) -> Value:
    if origin == file:
        return None
    tail = origin.removeprefix(f"{file}:")
    return int(tail) if len(tail) < len(origin) and _NUMBERS.fullmatch(tail) else origin


_NUMBERS = re.compile(r"[1-9][0-9]{0,17}(?:\n[1-9][0-9]{0,17})*")
"""Digits that are written so again, of 63 bits, a line each."""
