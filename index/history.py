"""History: when an article or a file was read, what became of it and why, as the account tells it.

That an article came in is told by its row as long as it is in the index, that nothing has changed by its source's
last look; all else is an event. A file's remarks are what there was to say when it was read last.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.account_rows import FILE, SEALED, at_risk, lay_out
from index.errors import MissingIndexError
from index.generation import newest
from index.staged import account_folder

MOST = 1_000
"""Events and remarks told of one article or file, the last ones."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an article or a file, at a time (ISO 8601, UTC)."""

    at: str
    outcome: str
    origin: str
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an article or of a file, ``kind`` says which.

    ``there`` is whether it is in the index, or, of a file, was there when its source was gone through last; ``source``
    what it belongs to, ``place`` where it is in it, None where neither is known any more; ``articles`` how many came of
    a file, ``read`` when it was read last. ``happenings`` come in the order of their times.
    """

    kind: str
    name: str
    there: bool
    source: str | None
    place: str | None
    articles: int
    read: str | None
    happenings: tuple[Happening, ...]


def history(folder: Path, name: str) -> list[History]:
    """Return what is known of the article with an id and of the files with a name; empty where nothing is.

    A file's name is its path within its source, or any path that leads to it. Raises MissingIndexError,
    DamagedIndexError, StorageError.
    """
    generation = newest(folder)
    folder = account_folder(folder, generation)
    if not (folder / FILE).exists():
        raise MissingIndexError(f"{FILE} is missing in {folder}: nothing is known of what was read.")
    # Not read-only: what a run that was killed left half written is taken back by whoever opens the file next.
    uri = f"{(folder / FILE).absolute().as_uri()}?mode=rw"
    with (
        at_risk(folder / FILE),
        closing(sqlite3.connect(uri, uri=True, timeout=60, isolation_level=None)) as connection,
    ):
        lay_out(connection)
        book = _Book(connection, generation)
        return [*book.article(name), *(found for place in book.places(name) for found in book.file(*place))]


class _Book:
    """The account as a reader sees it, at one generation."""

    def __init__(self, connection: sqlite3.Connection, generation: int) -> None:
        self._connection = connection
        self._generation = generation

    def article(self, name: str) -> list[History]:
        """Return what is known of the article with an id."""
        row = self._row(
            "select source, file, origin, added from entry"
            " where id = ?1 and since <= ?2 and (until is null or until > ?2)",
            name,
            self._generation,
        )
        happenings = self._events("id = ?", name) + self._deletion(name)
        if row is None:
            return [History("article", name, False, None, None, 0, None, _in_order(happenings))] if happenings else []
        source, file, origin, added = row
        came, read, looked = self._time(added), self._read(source, file), self._looked(source)
        if came:
            happenings.append(Happening(came, "added", origin, name, ""))
        last = max((happening.at for happening in happenings if happening.id == name), default="")
        if looked and looked > last:
            happenings.append(Happening(looked, "unchanged", origin, name, "its source was gone through"))
        return [History("article", name, True, source, origin, 1, read, _in_order(happenings))]

    def places(self, name: str) -> list[tuple[str, str]]:
        """Return the sources and files that a name may stand for."""
        real = os.path.realpath(name)
        found = []
        sources = "select distinct text from name join look on look.source = name.number"
        for (source,) in self._connection.execute(sources).fetchall():
            found.append((source, name))
            if real == source:
                found.append((source, Path(real).name))
            elif real.startswith(source.rstrip("/") + "/"):
                found.append((source, real[len(source.rstrip("/")) + 1 :]))
        return list(dict.fromkeys(found))

    def file(self, source: str, file: str) -> list[History]:
        """Return what is known of a file."""
        row = self._row(
            "select articles, run from file join name on name.number = file.source where text = ? and file.name = ?",
            source,
            file,
        )
        # What follows a colon is a line.
        happenings = self._events(
            "source = ? and (origin = ? or (origin > ? and origin < ?))", source, file, f"{file}:", f"{file};"
        )
        if row is None:
            return [History("file", file, False, source, file, 0, None, _in_order(happenings))] if happenings else []
        articles, run = row
        read = self._time(run)
        # What was said when it was read last, unless the events still say it.
        said = {(happening.outcome, happening.origin, happening.reason) for happening in happenings}
        happenings += [
            Happening(read or "", outcome, origin, identifier, reason)
            for outcome, origin, identifier, reason in self._sealed(
                "outcome, origin, id, reason",
                "remark",
                "source = (select number from name where text = ?) and file = (select number from name where text = ?)"
                f" and run = ? order by rowid limit {MOST}",
                source,
                file,
                run,
            )
            if (outcome, origin, reason) not in said
        ]
        if read:
            happenings.append(Happening(read, "read", file, None, f"{articles:,} articles"))
        looked = self._looked(source)
        if looked and read and looked > read:
            happenings.append(Happening(looked, "unchanged", file, None, "its source was gone through"))
        return [History("file", file, True, source, file, articles, read, _in_order(happenings))]

    def _events(self, where: str, *values: str) -> list[Happening]:
        columns, latest = "at, outcome, origin, id, reason", f"order by rowid desc limit {MOST}"
        rows = self._sealed(columns, "event", f"{where} and generation <= ? {latest}", *values, self._generation)
        return [Happening(*row) for row in rows][::-1]

    def _deletion(self, name: str) -> list[Happening]:
        """Return that an article stays out, where no event is left that says so."""
        query = "select 1 from deletion where id = ? and since <= ? and (until is null or until > ?)"
        stays_out = self._row(query, name, self._generation, self._generation)
        told = self._events("id = ? and outcome = 'deleted'", name)
        return [] if told or not stays_out else [Happening("", "deleted", "", name, "for good")]

    def _read(self, source: str, file: str) -> str | None:
        row = self._row(
            "select run from file join name on name.number = file.source where text = ? and file.name = ?", source, file
        )
        return self._time(row[0]) if row else None

    def _looked(self, source: str) -> str | None:
        row = self._row("select at from look join name on name.number = look.source where text = ?", source)
        return row[0] if row else None

    def _time(self, run: int) -> str | None:
        row = self._row("select at from run where number = ?", run)
        return row[0] if row else None

    def _sealed(self, columns: str, table: str, where: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return columns of the rows of a table, each of which is as it was written."""
        query = f"select seal is seal({SEALED[table]}), {columns} from {table} where {where}"
        rows = self._connection.execute(query, values).fetchall()
        if not all(sound for sound, *_ in rows):
            raise sqlite3.DatabaseError(f"a row of {table} is not what was written")
        return [tuple(row) for _, *row in rows]

    def _row(self, query: str, *values: Any) -> Any:
        return self._connection.execute(query, values).fetchone()


def _in_order(happenings: list[Happening]) -> tuple[Happening, ...]:
    # Times are whole seconds, within which an article comes first and is looked at last.
    within = {"added": 0, "read": 0, "unchanged": 2}
    return tuple(sorted(happenings, key=lambda happening: (happening.at, within.get(happening.outcome, 1))))
