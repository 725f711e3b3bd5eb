"""The searcher: requests in, results out, over one generation; and one that always has the newest.

with open_searcher("backfile-index") as searcher:
    results = searcher.search(SearchRequest(query="karabakh armenia", sections=("CIS countries",)))
"""

import datetime
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from whoosh.query import Or

from index.article import Article
from index.generation import newest, open_generation
from index.settings import SEARCH_SECONDS
from search.collection import REMEMBERED, Collection
from search.cursor import read_cursor, write_cursor
from search.deadline import Deadline
from search.errors import QueryError
from search.executor import Executor
from search.facets import date_facet, section_facet
from search.grammar import Node, leaves, parse, scores
from search.marks import Mark, Place, locate
from search.page import Page, find_page, last_place
from search.plan import Plan, make_plan
from search.request import SearchRequest
from search.results import Facets, Hit, IndexState, SearchResults, Snippet
from search.snippets import paragraphs, passages, whole


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


class Searcher:
    """Searches one generation, which stays as it is while articles come and go. Safe to use from several threads."""

    def __init__(self, folder: Path | str, generation: int | None = None) -> None:
        opened = open_generation(Path(folder), generation)
        self._collection = Collection(opened)
        self._seconds = SEARCH_SECONDS.value()
        self._parse = lru_cache(REMEMBERED)(parse)
        self.state = IndexState(
            opened.number, opened.manifest.articles, datetime.datetime.fromisoformat(opened.manifest.committed)
        )

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request. Raises RequestError, QueryError, StaleCursorError or SlowSearchError."""
        began = time.perf_counter()
        executor = self._executor()
        plan, page = self._answer(request, executor)
        hits = self._hits(page, plan.tree, executor)
        facets = self._facets(request, plan)
        return SearchResults(
            request=request,
            match=plan.match,
            min_words=plan.min_words,
            warnings=plan.warnings + executor.warnings,
            suggestions=(),
            total=plan.total,
            hits=hits,
            facets=facets,
            next_cursor=self._cursor(request, page) if page.more else None,
            took_ms=round((time.perf_counter() - began) * 1000, 3),
            index=self.state,
        )

    def top(self, request: SearchRequest) -> Top:
        """Answer a request with ids and scores alone."""
        plan, page = self._answer(request, self._executor())
        return Top(tuple(page.ids), tuple(page.scores), plan.total, self._facets(request, plan))

    def plan(self, request: SearchRequest) -> Plan:
        """Make a request out without answering it: for tests, and for whoever wonders."""
        return self._answer(request, self._executor())[0]

    def article(self, identifier: str) -> Article | None:
        """Return the article with an id, as it is stored."""
        found = self._collection.document(identifier)
        return None if found is None else self._collection.article(*found)

    def marked(self, article: Article, query: str) -> MarkedArticle:
        """Mark a query's words in an article. A query that cannot be understood marks nothing."""
        found = self._collection.document(article.id)
        executor = self._executor()
        title: list[Mark] = []
        body: list[Mark] = []
        if found is not None:
            number, doc = found
            ((title, body),) = self._marks([article], number, [doc], _tree(query), executor)
        return MarkedArticle(whole(article.title, title), paragraphs(article.body, body))

    def _executor(self) -> Executor:
        return Executor(self._collection, Deadline(self._seconds))

    def _answer(self, request: SearchRequest, executor: Executor) -> tuple[Plan, Page]:
        after = None
        if request.cursor is not None:
            after = read_cursor(request.cursor, request, self.state.generation)
        parsed = self._parse(request.query, "any" if request.match == "any" else "all")
        plan = make_plan(request, parsed, self._collection, executor)
        return plan, find_page(request, plan, after, self._collection, executor)

    def _cursor(self, request: SearchRequest, page: Page) -> str:
        return write_cursor(last_place(page, request.order_by, self._collection), request, self.state.generation)

    def _hits(self, page: Page, tree: Node, executor: Executor) -> tuple[Hit, ...]:
        hits: dict[str, Hit] = {}
        for number in sorted(set(page.segments)):
            here = [at for at, segment in enumerate(page.segments) if segment == number]
            docs = [page.docs[at] for at in here]
            articles = [self._collection.article(number, doc) for doc in docs]
            marks = self._marks(articles, number, docs, tree, executor)
            for at, article, (title, body) in zip(here, articles, marks, strict=True):
                hits[article.id] = Hit(
                    id=article.id,
                    url=article.url,
                    title=article.title,
                    section=article.section,
                    date=article.date,
                    language=self._collection.language(number, page.docs[at]),
                    byline=article.byline,
                    score=page.scores[at],
                    marked_title=whole(article.title, title),
                    snippets=passages(article.body, body),
                )
        return tuple([hits[identifier] for identifier in page.ids])

    def _marks(
        self, articles: list[Article], number: int, docs: list[int], tree: Node, executor: Executor
    ) -> list[tuple[list[Mark], list[Mark]]]:
        """Return, for articles of one segment, the marks in title and body of the words that made them match."""
        scoring = [leaf for leaf in leaves(tree, wanted=True) if scores(leaf)]
        weights = [executor.weight(leaf) for leaf in scoring]
        title: list[list[Place]] = [[] for _ in docs]
        body: list[list[Place]] = [[] for _ in docs]
        for index, leaf, in_title, place in executor.standing(scoring, number, docs):
            (title if in_title else body)[index].append((place, leaf, weights[leaf]))
        found = locate([a.title for a in articles] + [a.body for a in articles], title + body)
        return [*zip(found[: len(articles)], found[len(articles) :], strict=True)]

    def _facets(self, request: SearchRequest, plan: Plan) -> Facets:
        sections = dates = None
        if "section" in request.facets:
            sections = section_facet([found.in_dates for found in plan.segments], request, self._collection)
        if "date" in request.facets:
            dates = date_facet([found.in_sections for found in plan.segments], request, self._collection)
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
    yield Searcher(folder, generation)


def _tree(query: str) -> Node:
    """Parse a query for marking alone."""
    try:
        return parse(query).tree
    except QueryError:
        return Or([])
