"""Whoosh 2.7.4 as it comes: its schema, its analyzer, its writer, its searcher."""

import os
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh import query as terms
from whoosh.analysis import StemmingAnalyzer
from whoosh.columns import NumericColumn
from whoosh.fields import DATETIME, ID, STORED, TEXT, Schema
from whoosh.sorting import Count, FieldFacet

from tests.benchmarks.articles import read_articles
from tests.benchmarks.engines import PAGE, Answer
from tests.benchmarks.queries import Kind, Query

# Title and body are one indexed text: as two fields a query of several words takes Whoosh twice the time.
_SCHEMA = {
    "id": ID(stored=True, unique=True),
    "section": ID(stored=True, sortable=True),
    # A default that is the oldest: left to itself Whoosh puts undated articles first among the newest.
    "date": DATETIME(stored=True, sortable=NumericColumn("Q", default=0)),
    "month": ID(sortable=True),
    "text": TEXT(StemmingAnalyzer()),
    "title": STORED,
    "body": STORED,
}

MEMORY = 256
"""Megabytes of Whoosh's pool of postings, as much as Backfile takes; its default of 128 takes it longer."""

# A word of its own between title and body, so that no phrase goes from one to the other.
_GAP = "\n__\n"


class Whoosh:
    """Stock Whoosh."""

    def __init__(self) -> None:
        self._analyzer = StemmingAnalyzer()
        self._index: Any = None
        self._searcher: Any = None

    def prepare(self) -> None:
        """Nothing more to import."""

    def build(self, source: Path, folder: Path, workers: int) -> None:
        """Add all articles with one writer and commit; ``workers`` are not used, since its own lose documents."""
        folder.mkdir()
        index = whoosh_index.create_in(str(folder), Schema(**_SCHEMA))
        writer = index.writer(limitmb=MEMORY)
        for article in read_articles(source):
            writer.add_document(
                id=article.id,
                section=article.section,
                date=article.date,
                month=f"{article.date:%Y-%m}" if article.date else None,
                text=article.title + _GAP + article.body,
                title=article.title,
                body=article.body,
            )
        writer.commit()
        index.close()
        _sync(folder)

    def open(self, folder: Path) -> None:
        """Open index and searcher."""
        self._index = whoosh_index.open_dir(str(folder))
        self._searcher = self._index.searcher()

    def run(self, query: Query) -> Answer:
        """Answer a query; the total is the number of all matches, exactly."""
        options: dict[str, Any] = {}
        if query.kind is Kind.FILTERED:
            options["filter"] = terms.And(
                [
                    terms.Term("section", query.section),
                    terms.DateRange("date", query.start, query.end, endexcl=True),
                ]
            )
        elif query.kind is Kind.FACETS:
            options["groupedby"] = {name: FieldFacet(name, maptype=Count) for name in ("section", "month")}
        elif query.kind is Kind.NEWEST:
            options.update(sortedby="date", reverse=True)
        results = self._searcher.search(self._tree(query), limit=PAGE, **options)
        # Grouped results keep all matches, whatever the limit.
        ids = tuple(hit["id"] for hit in results[:PAGE])
        if query.kind is not Kind.FACETS:
            return Answer(ids, len(results))
        return Answer(ids, len(results), _counts(results, "section"), _counts(results, "month"))

    def close(self) -> None:
        """Close searcher and index."""
        if self._index is not None:
            self._searcher.close()
            self._index.close()

    def _tree(self, query: Query) -> Any:
        if query.kind is Kind.PREFIX:
            return terms.Prefix("text", query.words[0])
        stems = [token.text for token in self._analyzer(" ".join(query.words), mode="query")]
        if query.kind is Kind.PHRASE:
            return terms.Phrase("text", stems)
        if len(stems) == 1:
            return terms.Term("text", stems[0])
        words = [terms.Term("text", stem) for stem in stems]
        return terms.And(words) if query.kind is Kind.ALL else terms.Or(words)


def _counts(results: Any, name: str) -> dict[str, int]:
    return {key: count for key, count in results.groups(name).items() if key}


def _sync(folder: Path) -> None:
    """Bring every file of a folder, and the folder, to the disk."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
