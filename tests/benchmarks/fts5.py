"""SQLite's FTS5: title and body in the full-text table, the rest in a narrow table beside it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.articles import read_articles
from tests.benchmarks.engines import PAGE, Answer
from tests.benchmarks.queries import Kind, Query

_FILE = "archive.db"

# The narrow table keeps filters, facets and dates from reading through pages of text.
_TABLES = """
CREATE VIRTUAL TABLE words USING fts5(title, body, tokenize = 'porter unicode61');
CREATE TABLE article (number INTEGER PRIMARY KEY, id TEXT NOT NULL, section TEXT, date TEXT);
"""

_INDICES = """
CREATE UNIQUE INDEX by_id ON article (id);
CREATE INDEX by_section ON article (section, date);
CREATE INDEX by_date ON article (date);
"""

# A unary plus keeps SQLite from taking the subquery's rows for a key into the full-text table, one probe each.
_LIMITS = "+rowid IN (SELECT number FROM article WHERE section = ? AND date >= ? AND date < ?)"
_PAGE = (
    "SELECT id FROM (SELECT rowid AS hit, rank AS cost FROM words WHERE words MATCH ? {limits} "
    "ORDER BY rank LIMIT {page}) JOIN article ON number = hit ORDER BY cost"
)
_TOTAL = "SELECT count(*) FROM words WHERE words MATCH ? {limits}"
_BEST = _PAGE.format(limits="", page=PAGE)
_ALL = _TOTAL.format(limits="")
_BEST_WITHIN = _PAGE.format(limits=f"AND {_LIMITS}", page=PAGE)
_ALL_WITHIN = _TOTAL.format(limits=f"AND {_LIMITS}")
_NEWEST = (
    f"SELECT id FROM words JOIN article ON number = words.rowid WHERE words MATCH ? ORDER BY date DESC LIMIT {PAGE}"
)
_FACETS = (
    "SELECT section, substr(date, 1, 7) AS month, count(*) FROM words JOIN article ON number = words.rowid "
    "WHERE words MATCH ? GROUP BY section, month"
)


class Fts5:
    """SQLite FTS5 in one database file."""

    def __init__(self) -> None:
        self._database: sqlite3.Connection

    def prepare(self) -> None:
        """Nothing more to import."""

    def build(self, source: Path, folder: Path, workers: int) -> None:
        """Insert all articles in one transaction, synced when it ends; SQLite has one writer whatever ``workers``."""
        folder.mkdir()
        self._connect(folder)
        database = self._database
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_TABLES)
        database.execute("INSERT INTO words (words, rank) VALUES ('rank', ?)", ("bm25(2.0, 1.0)",))
        database.execute("BEGIN")
        for number, article in enumerate(read_articles(source)):
            date = article.date.isoformat() if article.date else None
            database.execute("INSERT INTO article VALUES (?, ?, ?, ?)", (number, article.id, article.section, date))
            database.execute(
                "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", (number, article.title, article.body)
            )
        for statement in _INDICES.split(";"):
            database.execute(statement)
        database.execute("COMMIT")
        database.close()

    def open(self, folder: Path) -> None:
        """Connect to the database."""
        self._connect(folder)

    def run(self, query: Query) -> Answer:
        """Answer a query: one statement for the page, one for the rest."""
        match = _match(query)
        if query.kind is Kind.FILTERED:
            limits = (match, query.section, query.start.isoformat(), query.end.isoformat())
            return Answer(self._ids(_BEST_WITHIN, *limits), self._total(_ALL_WITHIN, *limits))
        if query.kind is Kind.FACETS:
            return self._with_facets(match)
        page = _NEWEST if query.kind is Kind.NEWEST else _BEST
        return Answer(self._ids(page, match), self._total(_ALL, match))

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _connect(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / _FILE, isolation_level=None)
        self._database.execute("PRAGMA cache_size = -131072")
        self._database.execute("PRAGMA mmap_size = 4294967296")

    def _ids(self, statement: str, *values: str | None) -> tuple[str, ...]:
        return tuple(row[0] for row in self._database.execute(statement, values))

    def _total(self, statement: str, *values: str | None) -> int:
        rows: Iterator[tuple[int]] = self._database.execute(statement, values)
        return next(rows)[0]

    def _with_facets(self, match: str) -> Answer:
        ids = self._ids(_BEST, match)
        sections: Counter[str] = Counter()
        months: Counter[str] = Counter()
        total = 0
        for section, month, count in self._database.execute(_FACETS, (match,)):
            total += count
            if section:
                sections[section] += count
            if month:
                months[month] += count
        return Answer(ids, total, sections, months)


def _match(query: Query) -> str:
    """Write a query in FTS5's language: every word in quotes, so that none is an operator."""
    if query.kind is Kind.PHRASE:
        return f'"{" ".join(query.words)}"'
    if query.kind is Kind.PREFIX:
        return f'"{query.words[0]}" *'
    return (" OR " if query.kind is Kind.ANY else " AND ").join(f'"{word}"' for word in query.words)
