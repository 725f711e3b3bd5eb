"""What an engine of the benchmark does, and which engines there are."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from tests.benchmarks.queries import Query

PAGE = 10
"""Hits that every engine returns."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Ids of the first ten, best first; how many match, None where they were not counted; counts where asked for.

    ``sections`` and ``months`` (keys such as "1987-03") count the whole matching set; they are empty where the query
    did not ask for them.
    """

    ids: tuple[str, ...]
    total: int | None
    sections: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)


class Engine(Protocol):
    """An engine in a process of its own. Whatever it imports at the top of its module is not measured."""

    def prepare(self) -> None:
        """Import what building needs and searching does not, before the clock starts."""

    def build(self, source: Path, folder: Path, workers: int) -> None:
        """Read articles from ``source`` and make an index of them in ``folder``: done when it would outlive a crash."""

    def open(self, folder: Path) -> None:
        """Open the index in ``folder`` for searching."""

    def run(self, query: Query) -> Answer:
        """Answer a query, from its words as a person would type them."""

    def close(self) -> None:
        """Let go of the index."""


@dataclass(frozen=True, slots=True)
class Specification:
    """Where an engine is, what it needs, and what a reader has to know about it.

    ``requires`` are modules that have to be there; ``index_of`` names the engine whose index this one searches.
    """

    name: str
    label: str
    module: str
    class_name: str
    requires: tuple[str, ...] = ()
    index_of: str | None = None
    takes_workers: bool = False
    notes: tuple[str, ...] = ()

    def make(self) -> Engine:
        """Import the engine and make one."""
        module = importlib.import_module(self.module)
        return cast("Engine", getattr(module, self.class_name)())


BACKFILE = "backfile"

ENGINES = {
    engine.name: engine
    for engine in (
        Specification(
            BACKFILE,
            "Backfile",
            "tests.benchmarks.backfile",
            "Backfile",
            requires=("search", "web.commands"),
            takes_workers=True,
            notes=(
                "Backfile is built by its own command `backfile index`, called within a running interpreter; its "
                "account of what was read is part of the work and of the size. With one worker one process reads and "
                "one indexes, as with tantivy Python reads and a thread indexes. It is searched by `Searcher.top`, "
                "which gives ids, scores, total and facets without snippets, as the peers do. A prefix or phrase is "
                "scored as one word; section counts are cut to 50, date buckets come with empty months and with all "
                "articles published in each. It keeps, of the words last asked for, what it has made of their "
                "lists: spelt out, in bits, the 128 best postings of each, 17 MB at most.",
            ),
        ),
        Specification(
            "backfile-api",
            "Backfile, API",
            "tests.benchmarks.backfile_api",
            "BackfileApi",
            requires=("web",),
            index_of=BACKFILE,
            notes=(
                "'Backfile, API' is a whole request to `/api/search` within the process, as a server hands it over: "
                "ten hits with snippets and both facets for every kind of query, from the query string to the bytes "
                "of JSON and the ids in it. No peer does as much.",
            ),
        ),
        Specification(
            "whoosh",
            "Whoosh",
            "tests.benchmarks.whoosh_stock",
            "Whoosh",
            requires=("whoosh",),
            notes=(
                "Whoosh has the defaults of its writer and searcher, but for 256 MB of postings in memory, as its "
                "manual advises, and StemmingAnalyzer: its Porter leaves `plann` of `planned`, it leaves out 34 stop "
                "words, and a phrase may go over them, so its totals are the furthest from the others'. It never "
                "syncs a file, so its files are synced within its time. It counts by going through all matches again, "
                "and scores a prefix as a constant.",
            ),
        ),
        Specification(
            "fts5",
            "FTS5",
            "tests.benchmarks.fts5",
            "Fts5",
            notes=(
                "FTS5 has `porter unicode61` (Porter), title and body in the full-text table, id, section and date in "
                "a narrow table beside it with indices; one transaction with `synchronous=FULL`; 128 MB of cache, the "
                "file mapped. A page and its total are two statements, the quicker way; both facets come from one "
                "grouped statement that joins every match with the narrow table, and the total is their sum. The "
                "statements that filter keep SQLite from probing the full-text table once for each article, which "
                "is 40 times slower with Reuters. FTS5 stems a prefix as if it were a word.",
            ),
        ),
        Specification(
            "tantivy",
            "tantivy",
            "tests.benchmarks.tantivy_engine",
            "Tantivy",
            requires=("tantivy",),
            takes_workers=True,
            notes=(
                "tantivy has `en_stem` (Snowball), title and body as two values of one field, a heap of 128 MB and as "
                "many indexing threads as there are workers; Python reads the file beside them. A phrase is a phrase "
                "query, a prefix an automaton whose matches all score the same, section and dates are constant-score "
                "clauses, the facets a second pass (`aggregate`). Numeric ids are read from a fast field, since "
                "reading stored documents would take it several times as long as the search itself.",
            ),
        ),
        Specification(
            "tantivy-uncounted",
            "tantivy, no total",
            "tests.benchmarks.tantivy_engine",
            "TantivyUncounted",
            requires=("tantivy",),
            index_of="tantivy",
        ),
    )
}

CHOICES = tuple(name for name, engine in ENGINES.items() if engine.index_of is None)
