"""The plain executor: a query tree over the postings of a generation, by sets and sums, one posting at a time.

It is what the executor of arrays is held against: clear before fast.
"""

from collections.abc import Sequence as Several
from typing import Any

from whoosh.query import And, ConstantScoreQuery, DateRange, Every, Not, Or, Sequence

from index.schema import UNDATED, section_key, stamp
from index.stemming import bit
from search.collection import in_range
from search.grammar import Node, leaf_key, scores
from search.occurrences import Found, near
from search.ranking import saturation, telling
from search.request import SearchRequest
from search.terms import term_group
from tests.plain_collection import PlainCollection, quantised

Docs = frozenset[int]
Occurrence = tuple[float, float, tuple[int, ...], tuple[int, ...]]

_PARTS = {"text": ("title", "body"), "title": ("title", ""), "body": ("", "body"), "byline": ("byline", "")}


class PlainExecutor:
    """Executes trees over one collection."""

    def __init__(self, collection: PlainCollection) -> None:
        self._collection = collection
        self._occurrences: dict[tuple[Any, ...], dict[int, Occurrence]] = {}
        self._everything = frozenset(doc for doc, alive in enumerate(collection.live) if alive)

    def matches(self, node: Node) -> Docs:
        """Return the live documents that match a tree."""
        if isinstance(node, And):
            return frozenset.intersection(*(self.matches(child) for child in node.subqueries))
        if isinstance(node, Or):
            found = [self.matches(child) for child in node.subqueries]
            least = max(node.minmatch, 1)
            return frozenset(doc for doc in frozenset().union(*found) if sum(doc in docs for docs in found) >= least)
        if isinstance(node, Not):
            return self._everything - self.matches(node.query)
        if isinstance(node, ConstantScoreQuery):
            return self.matches(node.child)
        if isinstance(node, Every):
            return self._everything
        if not scores(node) and node.fieldname != "byline":
            return frozenset(doc for doc in self._everything if self._within(node, doc))
        return frozenset(self.occurrences(node))

    def filtered(self, request: SearchRequest) -> Docs:
        """Return the live documents that a request's own filters let through."""
        collection = self._collection
        wanted, unwanted = ({section_key(n) for n in names} for names in (request.sections, request.excluded_sections))
        kept = []
        for doc in self._everything:
            name = collection.sections[doc]
            key = None if name is None else section_key(name)
            when = collection.stamps[doc]
            if (wanted and key not in wanted) or key in unwanted:
                continue
            if request.languages and not any(in_range(collection.languages[doc], tag) for tag in request.languages):
                continue
            if request.from_date is not None and (when == UNDATED or when < stamp(request.from_date)):
                continue
            if request.to_date is not None and (when == UNDATED or when >= stamp(request.to_date) + 1440):
                continue
            kept.append(doc)
        return frozenset(kept)

    def score(self, node: Node, docs: Docs) -> dict[int, float]:
        """Return the score of each of the matching documents ``docs``, unrounded."""
        totals = dict.fromkeys(docs, 0.0)
        self._add(node, docs, totals)
        return totals

    def occurrences(self, leaf: Node) -> dict[int, Occurrence]:
        """Return document -> times in title and body, and the positions there."""
        key = leaf_key(leaf)
        if key not in self._occurrences:
            self._occurrences[key] = self._sequence(leaf) if isinstance(leaf, Sequence) else self._term(leaf)
        return self._occurrences[key]

    def _add(self, node: Node, docs: Docs, totals: dict[int, float]) -> None:
        if isinstance(node, And | Or):
            for child in node.subqueries:
                self._add(child, docs & self.matches(child), totals)
        elif not isinstance(node, Not | Every | ConstantScoreQuery) and scores(node):
            weight = node.boost * telling(len(self.occurrences(node)), self._collection.count)
            for doc, (title, body, _, _) in self.occurrences(node).items():
                if doc in docs:
                    times = {"text": self._collection.title_weight * title + body, "title": title, "body": body}
                    field = node.fieldname
                    length, mean = self._collection.lengths[field][doc], self._collection.means[field]
                    totals[doc] += weight * saturation(times[field], length, mean)

    def _term(self, leaf: Node) -> dict[int, Occurrence]:
        stems = term_group(leaf, self._collection.full).stems.items()
        found: dict[int, Occurrence] = {}
        for part, field in enumerate(_PARTS[leaf.fieldname]):
            for stem, languages in stems if field else ():
                for doc, places in self._collection.positions(field, stem).items():
                    if not bit(self._collection.languages[doc]) & languages:
                        continue
                    times = [0.0, 0.0]
                    times[part] = quantised(field, len(places))
                    title, body, in_title, in_body = found.get(doc, (0.0, 0.0, (), ()))
                    here = tuple(places)
                    found[doc] = (
                        title + times[0],
                        body + times[1],
                        tuple(sorted(in_title + here)) if part == 0 else in_title,
                        tuple(sorted(in_body + here)) if part == 1 else in_body,
                    )
        return found

    def _sequence(self, leaf: Node) -> dict[int, Occurrence]:
        slots = [self.occurrences(slot) for slot in leaf.subqueries]
        keys = [leaf_key(slot) for slot in leaf.subqueries]
        together = {}
        for doc in frozenset.intersection(*(frozenset(slot) for slot in slots)):
            parts = []
            for part in (0, 1):
                places = [slot[doc][2:][part] for slot in slots]
                parts.append(
                    in_order(places) if leaf.ordered else near(list(zip(keys, places, strict=True)), leaf.slop)
                )
            title, body = parts
            if title.times or body.times:
                together[doc] = (float(title.times), float(body.times), title.positions, body.positions)
        return together

    def _within(self, leaf: Node, doc: int) -> bool:
        collection = self._collection
        if leaf.fieldname == "section":
            name = collection.sections[doc]
            return name is not None and section_key(name) == leaf.text
        if leaf.fieldname == "language":
            return in_range(collection.languages[doc], leaf.text)
        assert isinstance(leaf, DateRange)
        when = collection.stamps[doc]
        return (
            when != UNDATED
            and (leaf.startdate is None or when >= stamp(leaf.startdate))
            and (leaf.enddate is None or when < stamp(leaf.enddate))
        )


def in_order(slots: Several[Several[int]]) -> Found:
    """Find a phrase: slot i's words right behind those of slot i - 1. ``slots`` holds each slot's positions."""
    sets = [frozenset(slot) for slot in slots]
    starts = [start for start in slots[0] if all(start + i in positions for i, positions in enumerate(sets))]
    return Found(len(starts), tuple(sorted({start + i for start in starts for i in range(len(slots))})))
