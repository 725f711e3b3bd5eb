"""The searcher: requests in, results out, over one generation; and one that always has the newest.

with open_searcher("backfile-index") as searcher:
    results = searcher.search(SearchRequest(query="karabakh armenia", sections=("CIS countries",)))
"""

import datetime
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from whoosh.query import And, ConstantScoreQuery, DateRange, Every, Or, Term

from index.article import Article
from index.generation import newest, open_generation
from index.schema import UNDATED, section_key
from search.collection import Collection
from search.cursor import read_cursor, write_cursor
from search.errors import QueryError
from search.executor import Docs, Executor, languages_in
from search.facets import date_facet, section_facet
from search.grammar import Node, ParsedQuery, leaf_key, leaves, parse, scores
from search.ranking import DIGITS
from search.request import SearchRequest
from search.results import Facets, Hit, IndexState, SearchResults, Snippet
from search.snippets import Mark, locate, paragraphs, passages, whole

RARE = 0.1
"""Share of the articles that a word may be in and still be one that relaxing counts."""

ENOUGH = 10
"""Articles with all words, below which fewer words are enough."""

MOST = 0.7
"""Share of the rare words that is enough then."""


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article's title and paragraphs with a query's words marked."""

    title: Snippet
    paragraphs: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Top:
    """The hits of a page without their texts: ids best first, their scores, the exact total, the facets asked for."""

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    total: int
    facets: Facets


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request made out: the tree of its words, how they are combined, and the documents in question."""

    tree: Node
    match: Literal["all", "most", "any"]
    min_words: int | None
    warnings: tuple[str, ...]
    unfiltered: Docs
    in_sections: Docs
    in_dates: Docs

    @property
    def docs(self) -> Docs:
        return self.unfiltered & self.in_sections & self.in_dates


class Searcher:
    """Searches one generation, which stays as it is while articles come and go. Safe to use from several threads."""

    def __init__(self, folder: Path | str, generation: int | None = None) -> None:
        opened = open_generation(Path(folder), generation)
        self._generation = opened
        self._collection = Collection(opened)
        # Whoosh's readers seek in files that they share, so one request at a time.
        self._lock = threading.Lock()
        self.state = IndexState(
            opened.number, opened.manifest.articles, datetime.datetime.fromisoformat(opened.manifest.committed)
        )

    def close(self) -> None:
        """Let go of the generation's files."""
        self._generation.close()

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request. Raises RequestError, QueryError or StaleCursorError."""
        with self._lock:
            began = time.perf_counter()
            executor = Executor(self._collection)
            plan = self._plan(request, executor)
            page, total, cursor = self._page(request, plan, executor)
            hits = tuple(self._hit(doc, score, plan.tree, executor) for doc, score in page)
            facets = self._facets(request, plan)
            return SearchResults(
                request=request,
                match=plan.match,
                min_words=plan.min_words,
                warnings=plan.warnings + executor.warnings,
                suggestions=(),
                total=total,
                hits=hits,
                facets=facets,
                next_cursor=cursor,
                took_ms=round((time.perf_counter() - began) * 1000, 3),
                index=self.state,
            )

    def top(self, request: SearchRequest) -> Top:
        """Answer a request with ids and scores alone."""
        with self._lock:
            executor = Executor(self._collection)
            plan = self._plan(request, executor)
            page, total, _ = self._page(request, plan, executor)
            ids = self._collection.ids
            facets = self._facets(request, plan)
            return Top(tuple(ids[doc] for doc, _ in page), tuple(score for _, score in page), total, facets)

    def article(self, identifier: str) -> Article | None:
        """Return the article with an id, as it is stored."""
        with self._lock:
            doc = self._collection.document(identifier)
            return None if doc is None else self._collection.article(doc)

    def marked(self, article: Article, query: str) -> MarkedArticle:
        """Mark a query's words in an article. A query that cannot be understood marks nothing."""
        with self._lock:
            doc = self._collection.document(article.id)
            title, body = self._marks(article, doc, _tree(query), Executor(self._collection))
        return MarkedArticle(whole(article.title, title), paragraphs(article.body, body))

    def _plan(self, request: SearchRequest, executor: Executor) -> _Plan:
        collection = self._collection
        parsed = parse(request.query, "any" if request.match == "any" else "all")
        warnings = list(parsed.warnings)
        sections = self._sections(request, warnings)
        dates = executor.matches(_dates(request))
        languages = self._languages(request, executor, warnings)
        if request.match == "any":
            tree, match, min_words = parsed.tree, "any", None
        else:
            tree, match, min_words = parsed.tree, "all", None
            rare = self._rare(parsed, executor) if request.match == "auto" else []
            if len(rare) >= 3:
                held = executor.matches(And([*rare, *parsed.limits])) & sections & dates & languages
                if len(held) < ENOUGH:
                    min_words = math.ceil(MOST * len(rare))
                    tree, match = _relaxed(parsed, rare, min_words), "most"
        for leaf in leaves(tree):
            if leaf.fieldname == "section" and leaf.text not in collection.section_keys:
                warnings.append(f"No article is in a section {leaf.text!r}.")
            if leaf.fieldname == "language" and not languages_in(leaf.text, collection):
                warnings.append(f"No article is in the language {leaf.text!r}.")
        found = executor.matches(tree) & languages
        return _Plan(tree, match, min_words, tuple(warnings), found, sections, dates)  # type: ignore[arg-type]

    def _rare(self, parsed: ParsedQuery, executor: Executor) -> list[Node]:
        """Return the distinct words and phrases that are in at most a tenth of the articles; all, if none is."""
        distinct = list({leaf_key(leaf): leaf for leaf in reversed(parsed.clauses)}.values())[::-1]
        most = RARE * self._collection.count
        return [leaf for leaf in distinct if len(executor.occurrences(leaf)) <= most] or distinct

    def _sections(self, request: SearchRequest, warnings: list[str]) -> Docs:
        collection = self._collection
        held = collection.live
        for names, wanted in ((request.sections, True), (request.excluded_sections, False)):
            if not names:
                continue
            keys = {section_key(name) for name in names}
            numbers = [number for number, key in enumerate(collection.section_keys) if key in keys]
            inside = np.isin(collection.sections, numbers)
            held = held & (inside if wanted else ~inside)
            known = set(collection.section_keys)
            warnings += [f"No article is in a section {name!r}." for name in names if section_key(name) not in known]
        return frozenset(np.flatnonzero(held).tolist())

    def _languages(self, request: SearchRequest, executor: Executor, warnings: list[str]) -> Docs:
        if not request.languages:
            return frozenset(np.flatnonzero(self._collection.live).tolist())
        warnings += [
            f"No article is in the language {tag!r}."
            for tag in request.languages
            if not languages_in(tag, self._collection)
        ]
        return executor.matches(Or([Term("language", tag.lower()) for tag in request.languages]))

    def _page(
        self, request: SearchRequest, plan: _Plan, executor: Executor
    ) -> tuple[list[tuple[int, float]], int, str | None]:
        """Return the documents of the page asked for with their scores, the total, and the cursor behind the last."""
        collection = self._collection
        docs = plan.docs
        by_relevance = request.order_by == "relevance"
        scored = {doc: round(score, DIGITS) for doc, score in executor.score(plan.tree, docs).items()}
        newest_first = request.order_by != "oldest"

        def key(score: float, stamp: int, identifier: str) -> tuple[float, bool, int, str]:
            undated = stamp == UNDATED
            return (-score if by_relevance else 0.0, undated, -stamp if newest_first else stamp, identifier)

        def key_of(doc: int) -> tuple[float, bool, int, str]:
            return key(scored[doc], int(collection.stamps[doc]), collection.ids[doc])

        order = sorted(docs, key=key_of)
        first = (request.page - 1) * request.page_size
        if request.cursor is not None:
            after = key(*read_cursor(request.cursor, request, self.state.generation))
            first = sum(key_of(doc) <= after for doc in order)
        page = [(doc, scored[doc]) for doc in order[first : first + request.page_size]]
        cursor = None
        if page and first + len(page) < len(order):
            doc, score = page[-1]
            place = (score if by_relevance else 0.0, int(collection.stamps[doc]), collection.ids[doc])
            cursor = write_cursor(place, request, self.state.generation)
        return page, len(order), cursor

    def _hit(self, doc: int, score: float, tree: Node, executor: Executor) -> Hit:
        article = self._collection.article(doc)
        title, body = self._marks(article, doc, tree, executor)
        return Hit(
            id=article.id,
            url=article.url,
            title=article.title,
            section=article.section,
            date=article.date,
            language=self._collection.language(doc),
            byline=article.byline,
            score=score,
            marked_title=whole(article.title, title),
            snippets=passages(article.body, body),
        )

    def _marks(
        self, article: Article, doc: int | None, tree: Node, executor: Executor
    ) -> tuple[list[Mark], list[Mark]]:
        """Return the marks in title and body of the words that made an article match."""
        title: list[tuple[int, int, float]] = []
        body: list[tuple[int, int, float]] = []
        for number, leaf in enumerate(leaf for leaf in leaves(tree, wanted=True) if scores(leaf)):
            occurrence = executor.occurrences(leaf).get(doc) if doc is not None else None
            if occurrence is not None:
                weight = executor.weight(leaf)
                title += [(position, number, weight) for position in occurrence.title]
                body += [(position, number, weight) for position in occurrence.body]
        return locate(article.title, title), locate(article.body, body)

    def _facets(self, request: SearchRequest, plan: _Plan) -> Facets:
        sections = dates = None
        if "section" in request.facets:
            sections = section_facet(_array(plan.unfiltered & plan.in_dates), request, self._collection)
        if "date" in request.facets:
            dates = date_facet(_array(plan.unfiltered & plan.in_sections), request, self._collection)
        return Facets(sections, dates)


class LiveSearcher:
    """The searcher of whatever generation is newest. Opens the index at the first use; safe for several threads."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._lock = threading.Lock()
        self._searcher: Searcher | None = None

    def current(self) -> Searcher:
        """Return the searcher of the newest generation. Raises UnusableIndexError where there is none.

        The one before is not closed but let go: a request that still has it ends with the generation it began with.
        """
        with self._lock:
            number = newest(self._folder)
            if self._searcher is None or self._searcher.state.generation != number:
                self._searcher = Searcher(self._folder)
            return self._searcher


@contextmanager
def open_searcher(folder: Path | str, generation: int | None = None) -> Iterator[Searcher]:
    """Open an index for searching: its newest generation, unless told. Raises UnusableIndexError."""
    searcher = Searcher(folder, generation)
    try:
        yield searcher
    finally:
        searcher.close()


def _tree(query: str) -> Node:
    """Parse a query for marking alone."""
    try:
        return parse(query).tree
    except QueryError:
        return Or([])


def _dates(request: SearchRequest) -> Node:
    midnight = datetime.time()
    start = request.from_date and datetime.datetime.combine(request.from_date, midnight)
    last = request.to_date
    end = None
    if last is not None and last < datetime.date.max:
        end = datetime.datetime.combine(last + datetime.timedelta(days=1), midnight)
    elif last is not None and start is None:
        # No day comes after the last one, but undated articles are still not among those before its end.
        start = datetime.datetime.min
    return Every() if start is None and end is None else DateRange("date", start, end, endexcl=True)


def _relaxed(parsed: ParsedQuery, rare: list[Node], min_words: int) -> Node:
    """Return the tree that wants ``min_words`` of the rare words; all words still score, in the order of the query."""
    enough = ConstantScoreQuery(Or(rare, minmatch=min_words), 0.0)
    return And([enough, Or(list(parsed.clauses)), *parsed.limits])


def _array(docs: Docs) -> "np.typing.NDArray[np.int64]":
    return np.fromiter(sorted(docs), dtype=np.int64, count=len(docs))
