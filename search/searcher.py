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
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.query import And, ConstantScoreQuery, Or

from index.article import Article
from index.generation import newest, open_generation
from index.schema import UNDATED, section_key, stamp
from search.collection import REMEMBERED, Collection, in_range
from search.cursor import read_cursor, write_cursor
from search.errors import QueryError
from search.executor import Docs, Executor
from search.facets import date_facet, section_facet
from search.grammar import Node, ParsedQuery, leaf_key, leaves, parse, scores
from search.ranking import DIGITS
from search.request import SearchRequest
from search.results import Facets, Hit, IndexState, SearchResults, Snippet
from search.selection import best, oldest
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
class _Matches:
    """What a request matches in one segment, documents ascending, by what of its filters is left out of account."""

    unfiltered: Docs
    in_dates: Docs
    in_sections: Docs
    docs: Docs


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request made out: the tree of its words, how they are combined, and what it matches in each segment."""

    tree: Node
    match: Literal["all", "most", "any"]
    min_words: int | None
    warnings: tuple[str, ...]
    segments: tuple[_Matches, ...]

    @property
    def total(self) -> int:
        return sum(len(found.docs) for found in self.segments)


class Searcher:
    """Searches one generation, which stays as it is while articles come and go. Safe to use from several threads."""

    def __init__(self, folder: Path | str, generation: int | None = None) -> None:
        opened = open_generation(Path(folder), generation)
        self._collection = Collection(opened)
        self._parse = lru_cache(REMEMBERED)(parse)
        self.state = IndexState(
            opened.number, opened.manifest.articles, datetime.datetime.fromisoformat(opened.manifest.committed)
        )

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request. Raises RequestError, QueryError or StaleCursorError."""
        began = time.perf_counter()
        executor = Executor(self._collection)
        plan = self._plan(request, executor)
        page, more = self._page(request, plan, executor)
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
            next_cursor=self._cursor(request, page[-1]) if page and more else None,
            took_ms=round((time.perf_counter() - began) * 1000, 3),
            index=self.state,
        )

    def top(self, request: SearchRequest) -> Top:
        """Answer a request with ids and scores alone."""
        executor = Executor(self._collection)
        plan = self._plan(request, executor)
        page, _ = self._page(request, plan, executor)
        return Top(
            tuple(place.id for place in page),
            tuple(place.score for place in page),
            plan.total,
            self._facets(request, plan),
        )

    def plan(self, request: SearchRequest) -> "_Plan":
        """Make a request out without answering it: for tests, and for whoever wonders."""
        return self._plan(request, Executor(self._collection))

    def article(self, identifier: str) -> Article | None:
        """Return the article with an id, as it is stored."""
        found = self._collection.document(identifier)
        return None if found is None else self._collection.article(*found)

    def marked(self, article: Article, query: str) -> MarkedArticle:
        """Mark a query's words in an article. A query that cannot be understood marks nothing."""
        found = self._collection.document(article.id)
        executor = Executor(self._collection)
        title: list[Mark] = []
        body: list[Mark] = []
        if found is not None:
            number, doc = found
            ((title, body),) = self._marks([article], number, [doc], _tree(query), executor)
        return MarkedArticle(whole(article.title, title), paragraphs(article.body, body))

    def _plan(self, request: SearchRequest, executor: Executor) -> _Plan:
        collection = self._collection
        parsed = self._parse(request.query, "any" if request.match == "any" else "all")
        warnings = [*parsed.warnings, *self._unknown(request)]
        tree, min_words = parsed.tree, None
        match: Literal["all", "most", "any"] = "any" if request.match == "any" else "all"
        if request.match == "auto" and len(rare := self._rare(parsed, executor)) >= 3:
            strict = And([*rare, *parsed.limits])
            if sum(len(found.docs) for found in self._matches(strict, request, executor)) < ENOUGH:
                min_words = math.ceil(MOST * len(rare))
                tree, match = _relaxed(parsed, rare, min_words), "most"
        for leaf in leaves(tree) if parsed.limits or parsed.operators else ():
            if leaf.fieldname == "section" and leaf.text not in collection.section_keys:
                warnings.append(f"No article is in a section {leaf.text!r}.")
            if leaf.fieldname == "language" and not any(in_range(tag, leaf.text) for tag in collection.language_tags):
                warnings.append(f"No article is in the language {leaf.text!r}.")
        return _Plan(tree, match, min_words, tuple(warnings), self._matches(tree, request, executor))

    def _rare(self, parsed: ParsedQuery, executor: Executor) -> list[Node]:
        """Return the distinct words and phrases that are in at most a tenth of the articles; all, if none is."""
        if len(parsed.clauses) < 3:
            return []
        distinct = list({leaf_key(leaf): leaf for leaf in reversed(parsed.clauses)}.values())[::-1]
        most = RARE * self._collection.count
        return [leaf for leaf in distinct if executor.frequency(leaf) <= most] or distinct

    def _matches(self, tree: Node, request: SearchRequest, executor: Executor) -> tuple[_Matches, ...]:
        """Return what a tree matches in each segment under the request's filters."""
        collection = self._collection
        sections = {section_key(name) for name in request.sections}
        excluded = {section_key(name) for name in request.excluded_sections}
        start = None if request.from_date is None else stamp(request.from_date)
        end = None if request.to_date is None else stamp(request.to_date) + 24 * 60
        found = []
        for number in range(len(collection.segments)):
            docs = executor.matches(tree, number)
            if request.languages:
                docs = docs[collection.in_languages(request.languages, number, docs)]
            low, high = 0, len(docs)
            if start is not None or end is not None:
                low, high = docs.searchsorted(np.array(collection.between(number, start, end), docs.dtype)).tolist()
            in_sections, kept = docs, docs[low:high]
            if sections or excluded:
                held = np.ones(len(docs), dtype=np.bool_)
                if sections:
                    held &= collection.in_sections(sections, number, docs)
                if excluded:
                    held &= ~collection.in_sections(excluded, number, docs)
                in_sections, kept = docs[held], kept[held[low:high]]
            found.append(_Matches(docs, docs[low:high], in_sections, kept))
        return tuple(found)

    def _unknown(self, request: SearchRequest) -> list[str]:
        """Say which of a request's filters no article can pass."""
        known = self._collection.section_keys
        tags = self._collection.language_tags
        names = [*request.sections, *request.excluded_sections]
        return [
            *(f"No article is in a section {name!r}." for name in names if section_key(name) not in known),
            *(
                f"No article is in the language {tag!r}."
                for tag in request.languages
                if not any(in_range(one, tag) for one in tags)
            ),
        ]

    def _page(self, request: SearchRequest, plan: _Plan, executor: Executor) -> tuple[list["_Place"], bool]:
        """Return the hits of the page asked for, best first, and whether there are more behind them."""
        by_relevance = request.order_by == "relevance"
        first = (request.page - 1) * request.page_size
        after = None
        if request.cursor is not None:
            after = _order(request.order_by, *read_cursor(request.cursor, request, self.state.generation))
            # Hits before the cursor are counted by looking at them all: a cursor is for going through a whole answer.
            first = 0
        wanted = first + request.page_size + 1 if after is None else plan.total
        places: list[_Place] = []
        for number, (segment, found) in enumerate(zip(self._collection.segments, plan.segments, strict=True)):
            docs = found.docs
            if not len(docs) or not wanted:
                continue
            scores = executor.score(plan.tree, number, docs) if by_relevance else None
            if scores is not None:
                chosen = best(scores, wanted)
            elif request.order_by == "newest":
                chosen = np.arange(min(wanted, len(docs)))
            else:
                chosen = oldest(segment.stamps[docs], wanted)
            if after is None and len(self._collection.segments) == 1 and request.order_by != "oldest":
                # One segment's order is the whole one: what is not shown need not be looked at.
                chosen, more = chosen[first : first + request.page_size], len(chosen) > first + request.page_size
                return self._places(plan.tree, number, docs[chosen], scores, chosen, executor), more
            places += self._places(plan.tree, number, docs[chosen], scores, chosen, executor)
        places.sort(key=lambda place: _order(request.order_by, place.score, place.stamp, place.id))
        if after is not None:
            places = [p for p in places if _order(request.order_by, p.score, p.stamp, p.id) > after]
        page = places[first : first + request.page_size]
        return page, bool(page) and len(places) > first + len(page)

    def _places(
        self,
        tree: Node,
        number: int,
        docs: Docs,
        scores: npt.NDArray[np.float64] | None,
        chosen: npt.NDArray[np.int64],
        executor: Executor,
    ) -> list["_Place"]:
        """Return the places of ``docs`` of a segment, scored now unless they are ``chosen`` by their ``scores``."""
        segment = self._collection.segments[number]
        held = executor.score(tree, number, docs) if scores is None else scores[chosen]
        return [
            _Place(round(score, DIGITS), stamp_, segment.id_of(doc), number, doc)
            for doc, score, stamp_ in zip(docs.tolist(), held.tolist(), segment.stamps[docs].tolist(), strict=True)
        ]

    def _cursor(self, request: SearchRequest, last: "_Place") -> str:
        score = last.score if request.order_by == "relevance" else 0.0
        return write_cursor((score, last.stamp, last.id), request, self.state.generation)

    def _hits(self, page: list["_Place"], tree: Node, executor: Executor) -> tuple[Hit, ...]:
        hits: dict[str, Hit] = {}
        for number in sorted({place.segment for place in page}):
            here = [place for place in page if place.segment == number]
            articles = [self._collection.article(number, place.doc) for place in here]
            marks = self._marks(articles, number, [place.doc for place in here], tree, executor)
            for place, article, (title, body) in zip(here, articles, marks, strict=True):
                hits[place.id] = Hit(
                    id=article.id,
                    url=article.url,
                    title=article.title,
                    section=article.section,
                    date=article.date,
                    language=self._collection.language(number, place.doc),
                    byline=article.byline,
                    score=place.score,
                    marked_title=whole(article.title, title),
                    snippets=passages(article.body, body),
                )
        return tuple(hits[place.id] for place in page)

    def _marks(
        self, articles: list[Article], number: int, docs: list[int], tree: Node, executor: Executor
    ) -> list[tuple[list[Mark], list[Mark]]]:
        """Return, for articles of one segment, the marks in title and body of the words that made them match."""
        title: list[list[tuple[int, int, float]]] = [[] for _ in docs]
        body: list[list[tuple[int, int, float]]] = [[] for _ in docs]
        for leaf_number, leaf in enumerate(leaf for leaf in leaves(tree, wanted=True) if scores(leaf)):
            weight = executor.weight(leaf)
            for index, in_title, in_body in executor.marks(leaf, number, docs):
                title[index] += [(place, leaf_number, weight) for place in in_title]
                body[index] += [(place, leaf_number, weight) for place in in_body]
        return [
            (locate(article.title, in_title), locate(article.body, in_body))
            for article, in_title, in_body in zip(articles, title, body, strict=True)
        ]

    def _facets(self, request: SearchRequest, plan: _Plan) -> Facets:
        collection = self._collection
        sections = dates = None
        if "section" in request.facets:
            counts = np.zeros(len(collection.section_keys) + 1, dtype=np.int64)
            for number, found in enumerate(plan.segments):
                counts += np.bincount(collection.sections_of(number, found.in_dates), minlength=len(counts))
            sections = section_facet(counts, request, collection)
        if "date" in request.facets:
            stamps = [
                segment.stamps[found.in_sections][::-1]
                for segment, found in zip(collection.segments, plan.segments, strict=True)
            ]
            together = stamps[0] if len(stamps) == 1 else np.sort(np.concatenate([*stamps, _NO_STAMPS]), kind="stable")
            dates = date_facet(together, request, collection)
        return Facets(sections, dates)


class _Place(NamedTuple):
    """A hit's place in the order of hits, and where it is."""

    score: float
    stamp: int
    id: str
    segment: int
    doc: int


_NO_STAMPS = np.zeros(0, dtype=np.int64)


def _order(order_by: str, score: float, when: int, identifier: str) -> tuple[float, bool, int, str]:
    """Return what hits are put in order by: score, then newest, then id; undated ones last."""
    return (
        -score if order_by == "relevance" else 0.0,
        when == UNDATED,
        when if order_by == "oldest" else -when,
        identifier,
    )


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


def _relaxed(parsed: ParsedQuery, rare: list[Node], min_words: int) -> Node:
    """Return the tree that wants ``min_words`` of the rare words; all words still score, in the order of the query."""
    enough = ConstantScoreQuery(Or(rare, minmatch=min_words), 0.0)
    return And([enough, Or(list(parsed.clauses)), *parsed.limits])
