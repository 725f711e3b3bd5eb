"""The searcher: requests in, results out, over one generation; and one that always has the newest.

with open_searcher("backfile-index") as searcher:
    results = searcher.search(SearchRequest(query="karabakh armenia", sections=("CIS countries",)))
"""

import datetime
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from whoosh.query import Or

from index.article import Article
from index.errors import DamagedIndexError
from index.generation import Generation, check_sound, newest, open_generation
from index.settings import SEARCH_SECONDS
from search.collection import Collection
from search.completions import Completer, Suggestion
from search.corrections import Corrector
from search.cursor import read_cursor, write_cursor
from search.deadline import Deadline
from search.errors import QueryError
from search.executor import Executor
from search.explanation import Explanation, explain
from search.facets import date_facet, section_facet
from search.grammar import Node, ParsedQuery, leaves, parse, scores
from search.likeness import most_like
from search.marks import Mark, Place, locate
from search.neighbours import Neighbours, neighbours
from search.page import Page, find_page, last_place
from search.plan import Plan, make_plan
from search.request import SearchRequest
from search.results import Facets, Hit, IndexState, Range, SearchResults, Snippet
from search.snippets import apart, paragraphs, passages, whole
from search.walk import walk

NO_FACETS = Facets(None, None)

REMEMBERED = 256
"""Queries that are remembered as they were understood: the same come again with the next page and the next filter."""

FRESH = 1_000_000_000
"""Nanoseconds for which the time of a folder's last change does not say that there was none since."""


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article's title and paragraphs with a query's words marked; ``ranges`` are where they stand in its body."""

    title: Snippet
    paragraphs: tuple[Snippet, ...]
    ranges: tuple[Range, ...] = ()


class Top(NamedTuple):
    """The hits of a page without their texts: ids best first, their scores, the exact total, the facets asked for."""

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    total: int
    facets: Facets


class Searcher:
    """Searches one generation, which stays as it is while articles come and go. Safe to use from several threads."""

    def __init__(self, opened: Generation) -> None:
        self._collection = Collection(opened)
        self._completer = Completer(self._collection)
        self._corrector = Corrector(self._collection)
        self._seconds = SEARCH_SECONDS.value()
        self._parse = lru_cache(REMEMBERED)(parse)
        self.state = IndexState(
            opened.number, opened.manifest.articles, datetime.datetime.fromisoformat(opened.manifest.committed)
        )

    @property
    def segments(self) -> frozenset[str]:
        """The names of the segments of its generation."""
        return frozenset(segment.name for segment in self._collection.generation.manifest.segments)

    @property
    def zone(self) -> ZoneInfo:
        """The archive's time zone, in which its dates are wall time."""
        return self._collection.generation.manifest.settings.zone

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
            suggestions=self._corrector.corrected(request, plan, self.total, executor),
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
        return MarkedArticle(whole(article.title, title), paragraphs(article.body, body), apart(body))

    def total(self, request: SearchRequest) -> int:
        """Return how many articles match a request: what ``search`` says, and nothing else."""
        return self.plan(replace(request, page_size=0, cursor=None)).total

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Return what a query that is being typed may become: words, sections and titles, ``limit`` at most."""
        return self._completer.complete(text, limit, self._executor())

    def similar(self, identifier: str, size: int = 10) -> tuple[Hit, ...]:
        """Return the articles most like the one with an id, best first; none where there is no such article."""
        found = self._collection.document(identifier)
        if found is None:
            return ()
        executor = self._executor()
        article = self._collection.article(*found)
        return self._hits(most_like(article, *found, size, self._collection, executor), Or([]), executor)

    def neighbours(self, identifier: str) -> Neighbours:
        """Return the articles before and after the one with an id in its section."""
        found = self._collection.document(identifier)
        if found is None:
            return Neighbours(None, None)
        return neighbours(self._collection.article(*found), *found, self._collection)

    def explain(self, request: SearchRequest) -> Explanation:
        """Say why a request finds what it finds. Raises what ``search`` raises."""
        executor = self._executor()
        plan = self._plan(request, executor)
        return explain(request, plan, self.total, self._corrector, executor)

    def every(self, request: SearchRequest) -> Iterator[Article]:
        """Yield every article that matches, in the order asked for, in memory that does not grow with their texts.

        Page, size and cursor are left out of account. What is wrong with the request is raised at once, not when the
        first article is asked for; the time a search may take is that of finding them, not of reading them all.
        """
        executor = self._executor()
        return walk(request, self._plan(request, executor), self._collection, executor)

    def _plan(self, request: SearchRequest, executor: Executor) -> Plan:
        """Make out a whole request: nothing that is left out of a page may be left out of its matches."""
        return make_plan(request, self._parsed(request), self._collection, executor)

    def _parsed(self, request: SearchRequest) -> ParsedQuery:
        return self._parse(request.query, "any" if request.match == "any" else "all")

    def _executor(self) -> Executor:
        return Executor(self._collection, Deadline(self._seconds))

    def _answer(self, request: SearchRequest, executor: Executor) -> tuple[Plan, Page]:
        after = None
        if request.cursor is not None:
            after = read_cursor(request.cursor, request, self.state.generation)
        plan = self._plan(request, executor)
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
        if not request.facets:
            return NO_FACETS
        sections = dates = None
        if "section" in request.facets:
            sections = section_facet([found.in_dates for found in plan.segments], request, self._collection)
        if "date" in request.facets:
            dates = date_facet([found.in_sections for found in plan.segments], request, self._collection)
        return Facets(sections, dates)


class LiveSearcher:
    """The searcher of whatever generation is newest. Opens the index at the first use; safe for several threads.

    Whoever serves has looked at every byte before; of a later generation the segments that are new are looked at.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._lock = threading.Lock()
        self._searcher: Searcher | None = None
        self._refused: tuple[int, DamagedIndexError] | None = None
        self._settled: tuple[int, ...] | None = None

    def current(self) -> Searcher:
        """Return the searcher of the newest generation. Raises UnusableIndexError where there is none.

        The one before is not closed but let go: a request that still has it ends with the generation it began with.
        """
        with self._lock:
            looked = time.time_ns()
            state = self._state()
            if self._searcher is None or state != self._settled:
                number = newest(self._folder)
                if self._searcher is None:
                    self._searcher = Searcher(open_generation(self._folder))
                elif self._searcher.state.generation != number:
                    self._searcher = Searcher(self._next(self._searcher.segments))
                # What happens in the same tick of the clock as the last change leaves no trace of its own.
                self._settled = state if state and looked - state[0] > FRESH else None
            return self._searcher

    def _state(self) -> tuple[int, ...] | None:
        """Return what is different once anything in the folder has been renamed; None where there is no folder.

        A commit is a rename. To look which generation is the newest takes six times as long.
        """
        try:
            found = os.stat(self._folder)  # noqa: PTH116  # a Path's own takes longer
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_dev

    def _next(self, known: frozenset[str]) -> Generation:
        """Open the newest generation, every byte of it sound but for that of segments that are ``known``."""
        while True:
            opened = open_generation(self._folder)
            if self._refused and self._refused[0] == opened.number:
                # Not read again by every request.
                raise self._refused[1]
            try:
                check_sound(opened, {segment.name for segment in opened.manifest.segments} - known)
                return opened
            except DamagedIndexError as error:
                # Two commits meanwhile have taken away what was to be read.
                if newest(self._folder) == opened.number:
                    self._refused = opened.number, error
                    raise


@contextmanager
def open_searcher(folder: Path | str, generation: int | None = None) -> Iterator[Searcher]:
    """Open an index for searching: its newest generation, unless told. Raises UnusableIndexError."""
    yield Searcher(open_generation(Path(folder), generation))


def _tree(query: str) -> Node:
    """Parse a query for marking alone."""
    try:
        return parse(query).tree
    except QueryError:
        return Or([])
