"""The plan of a request: the tree of its words, how they are combined, and what it matches in each segment."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.query import And, ConstantScoreQuery, Or

from index.schema import section_key, stamp
from search.adding import Added
from search.collection import Collection, in_range
from search.executor import Executor
from search.grammar import Node, ParsedQuery, leaves
from search.postings import Docs
from search.request import SearchRequest

RARE = 0.1
"""Share of the articles that a word may be in and still be one that relaxing counts."""

ENOUGH = 10
"""Articles with all words, below which fewer words are enough."""

MOST = 0.7
"""Share of the rare words that is enough then."""


class Matching:
    """What a request matches in one segment: documents ascending, live ones only.

    ``in_dates`` and ``in_sections`` are what it would match with only its dates, or only its sections, to narrow it.
    Where the words were added up, ``added`` are the scores, and the documents are found only when somebody asks.
    ``places`` are where the documents stand among those that match without any filter, where that is known.
    """

    __slots__ = ("_docs", "_find", "_in_dates", "_in_sections", "added", "count", "places")

    def __init__(
        self,
        docs: Docs | None,
        in_dates: Docs | None = None,
        in_sections: Docs | None = None,
        places: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._docs = docs
        self._in_dates, self._in_sections = in_dates, in_sections
        self.places = places
        self.added: Added | None = None
        self._find: Callable[[], Docs]
        self.count = 0 if docs is None else len(docs)

    @classmethod
    def of(cls, added: Added, find: Callable[[], Docs]) -> "Matching":
        """Return what was added up; ``find`` finds all of it."""
        matching = cls(None)
        matching.added, matching.count, matching._find = added, added.total, find
        return matching

    @property
    def docs(self) -> Docs:
        """What all filters let through."""
        if self._docs is None:
            assert self.added is not None
            scores, docs, total = self.added
            if docs is None:
                self._docs = (scores > 0.0).nonzero()[0]
            else:
                self._docs = docs if len(docs) == total else self._find()
        return self._docs

    @property
    def in_dates(self) -> Docs:
        """What the dates let through."""
        return self.docs if self._in_dates is None else self._in_dates

    @property
    def in_sections(self) -> Docs:
        """What the sections let through."""
        return self.docs if self._in_sections is None else self._in_sections


class Plan(NamedTuple):
    """A request made out. ``min_words`` is how many of the rare words are enough, where not all are wanted."""

    tree: Node
    match: Literal["all", "most", "any"]
    min_words: int | None
    warnings: tuple[str, ...]
    segments: tuple[Matching, ...]
    total: int


def make_plan(request: SearchRequest, parsed: ParsedQuery, collection: Collection, executor: Executor) -> Plan:
    """Decide how a request's words are combined, and find what it matches."""
    tree, min_words = parsed.tree, None
    match: Literal["all", "most", "any"] = "any" if request.match == "any" else "all"
    if request.match == "auto" and len(parsed.clauses) > 2 and len(rare := _rare(parsed, collection, executor)) > 2:
        strict = And([*rare, *parsed.limits])
        if sum(found.count for found in _matching(strict, request, collection, executor)) < ENOUGH:
            min_words = math.ceil(MOST * len(rare))
            tree, match = _relaxed(parsed, rare, min_words), "most"
    segments = _matching(tree, request, collection, executor)
    warnings = parsed.warnings
    if parsed.limits or parsed.operators or request.sections or request.excluded_sections or request.languages:
        warnings += tuple(_unknown(request, parsed, collection))
    return Plan(tree, match, min_words, warnings, segments, sum([found.count for found in segments]))


def _rare(parsed: ParsedQuery, collection: Collection, executor: Executor) -> list[Node]:
    """Return the distinct words and phrases that are in at most a tenth of the articles; all, if none is."""
    distinct = list({leaf.key: leaf for leaf in reversed(parsed.clauses)}.values())[::-1]
    most = RARE * collection.count
    return [leaf for leaf in distinct if executor.frequency(leaf) <= most] or distinct


def _relaxed(parsed: ParsedQuery, rare: Sequence[Node], min_words: int) -> Node:
    """Return the tree that wants ``min_words`` of the rare words; all words still score, in the order of the query."""
    enough = ConstantScoreQuery(Or(list(rare), minmatch=min_words), 0.0)
    return And([enough, Or(list(parsed.clauses)), *parsed.limits])


def _matching(tree: Node, request: SearchRequest, collection: Collection, executor: Executor) -> tuple[Matching, ...]:
    """Return what a tree matches in each segment under the request's filters."""
    numbers = range(len(collection.segments))
    dated = request.from_date is not None or request.to_date is not None
    if not (request.sections or request.excluded_sections or request.languages or dated):
        if request.order_by == "relevance":
            wanted = 0 if request.cursor is not None else request.page * request.page_size + 1
            return tuple([_added_up(tree, number, wanted, executor) for number in numbers])
        return tuple([Matching(executor.matches(tree, number)) for number in numbers])
    sections = {section_key(name) for name in request.sections}
    excluded = {section_key(name) for name in request.excluded_sections}
    start = None if request.from_date is None else stamp(request.from_date)
    end = None if request.to_date is None else stamp(request.to_date) + 24 * 60
    matching = []
    for number in numbers:
        docs = executor.matches(tree, number)
        if request.languages:
            docs = docs[collection.in_languages(request.languages, number, docs)]
        low, high = 0, len(docs)
        if dated:
            low, high = docs.searchsorted(np.array(collection.between(number, start, end), docs.dtype)).tolist()
        in_dates, in_sections, places = docs[low:high], docs, None
        kept = in_dates
        if sections or excluded:
            held = collection.in_sections(sections, excluded, number, in_dates).nonzero()[0]
            kept, places = in_dates.take(held), held + low
            # Facets over time want all dates of the sections; other requests need only look at their own dates.
            in_sections = kept
            if "date" in request.facets:
                in_sections = docs[collection.in_sections(sections, excluded, number, docs)]
        matching.append(Matching(kept, in_dates, in_sections, None if request.languages else places))
    return tuple(matching)


def _added_up(tree: Node, number: int, wanted: int, executor: Executor) -> Matching:
    """Return what a tree matches in a segment, added up where that finds it."""
    added = executor.added_up(tree, number, wanted)
    if added is None:
        return Matching(executor.matches(tree, number))
    return Matching.of(added, partial(executor.matches, tree, number))


def _unknown(request: SearchRequest, parsed: ParsedQuery, collection: Collection) -> list[str]:
    """Say which limits, of the request and of its query, no article can pass."""
    names, tags, keys = [*request.sections, *request.excluded_sections], [*request.languages], list[str]()
    for leaf in leaves(parsed.tree) if parsed.limits or parsed.operators else ():
        if leaf.fieldname == "section":
            keys.append(leaf.text)
        elif leaf.fieldname == "language":
            tags.append(leaf.text)
    known = collection.section_keys
    return [
        *(f"No article is in a section {name!r}." for name in names if section_key(name) not in known),
        *(f"No article is in a section {key!r}." for key in keys if key not in known),
        *(
            f"No article is in the language {tag!r}."
            for tag in tags
            if not any(in_range(one, tag) for one in collection.language_tags)
        ),
    ]
