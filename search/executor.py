"""The executor: a query tree over the postings of a generation, by sets and sums.

Deliberately plain. What matches is a set of documents for each node; what it scores is the sum, in the order of the
query, of the leaves that had a part in the match. Postings are read through Whoosh's readers, but none of its
matchers or collectors takes part.
"""

from typing import Any

import numpy as np
from whoosh.query import And, ConstantScoreQuery, DateRange, Every, Not, Or, Prefix, Sequence

from index.schema import UNDATED, stamp
from index.settings import MAX_EXPANSIONS
from search.collection import Collection
from search.grammar import Node, leaf_key, scores
from search.occurrences import Occurrence, in_order, near
from search.ranking import idf, term_score
from search.terms import term_group

Docs = frozenset[int]


class Executor:
    """Executes trees over one collection. Made for one request: what it has read it keeps for that long."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._title_weight = collection.generation.manifest.settings.title_weight
        self._occurrences: dict[tuple[Any, ...], dict[int, Occurrence]] = {}
        self._everything: Docs = frozenset(np.flatnonzero(collection.live).tolist())
        self._cut: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was searched for less widely than it was asked."""
        return tuple(self._cut)

    def matches(self, node: Node) -> Docs:
        """Return the live documents that match a tree."""
        if isinstance(node, And):
            return frozenset.intersection(*(self.matches(child) for child in node.subqueries))
        if isinstance(node, Or):
            found = [self.matches(child) for child in node.subqueries]
            if node.minmatch <= 1:
                return frozenset().union(*found)
            return frozenset(
                doc for doc in frozenset().union(*found) if sum(doc in docs for docs in found) >= node.minmatch
            )
        if isinstance(node, Not):
            return self._everything - self.matches(node.query)
        if isinstance(node, ConstantScoreQuery):
            return self.matches(node.child)
        if isinstance(node, Every):
            return self._everything
        if not scores(node) and node.fieldname != "byline":
            return self._limited(node)
        return frozenset(self.occurrences(node))

    def score(self, node: Node, docs: Docs) -> dict[int, float]:
        """Return the score of each of the matching documents ``docs``, unrounded."""
        totals = dict.fromkeys(docs, 0.0)
        self._add(node, docs, totals)
        return totals

    def occurrences(self, leaf: Node) -> dict[int, Occurrence]:
        """Return document -> where a word, prefix or phrase occurs, live documents that hold it only."""
        key = leaf_key(leaf)
        if key not in self._occurrences:
            found = self._sequence(leaf) if isinstance(leaf, Sequence) else self._term(leaf)
            self._occurrences[key] = found
        return self._occurrences[key]

    def weight(self, leaf: Node) -> float:
        """Return how telling a leaf is: its boost times its idf."""
        return float(leaf.boost) * idf(len(self.occurrences(leaf)), self._collection.count)

    def _add(self, node: Node, docs: Docs, totals: dict[int, float]) -> None:
        if isinstance(node, And | Or):
            for child in node.subqueries:
                self._add(child, docs & self.matches(child), totals)
        elif not isinstance(node, Not | Every | ConstantScoreQuery) and scores(node):
            for doc, occurrence in self.occurrences(node).items():
                if doc in docs:
                    totals[doc] += self._leaf_score(node, doc, occurrence)

    def _leaf_score(self, leaf: Node, doc: int, occurrence: Occurrence) -> float:
        lengths = self._collection.lengths
        in_title, in_body = lengths.title[doc], lengths.body[doc]
        containing = idf(len(self.occurrences(leaf)), self._collection.count)
        if leaf.fieldname == "title":
            return term_score(containing, occurrence.title_count, in_title, lengths.mean_title, leaf.boost)
        if leaf.fieldname == "body":
            return term_score(containing, occurrence.body_count, in_body, lengths.mean_body, leaf.boost)
        w = self._title_weight
        return term_score(
            containing,
            w * occurrence.title_count + occurrence.body_count,
            w * in_title + in_body,
            w * lengths.mean_title + lengths.mean_body,
            leaf.boost,
        )

    def _term(self, leaf: Node) -> dict[int, Occurrence]:
        group = term_group(leaf, self._collection)
        if group.cut:
            written = leaf.text + ("*" if isinstance(leaf, Prefix) else "~")
            self._cut.append(
                f"{written!r} stands for more than {MAX_EXPANSIONS.value():,} words; the most frequent are searched."
            )
        first, second = _PARTS[leaf.fieldname]
        in_first = self._positions(first, group.stems)
        in_second = self._positions(second, group.stems)
        return {
            doc: Occurrence(len(one), len(two), one, two)
            for doc in in_first.keys() | in_second.keys()
            for one, two in [(in_first.get(doc, ()), in_second.get(doc, ()))]
        }

    def _positions(self, field: str, stems: tuple[str, ...]) -> dict[int, tuple[int, ...]]:
        """Return document -> positions of any of the stems in a field of the schema."""
        found: dict[int, list[int]] = {}
        for stem in stems if field else ():
            for doc, positions in self._collection.positions(field, stem).items():
                found.setdefault(doc, []).extend(positions)
        return {doc: tuple(sorted(positions)) for doc, positions in found.items()}

    def _sequence(self, leaf: Node) -> dict[int, Occurrence]:
        slots = [self.occurrences(slot) for slot in leaf.subqueries]
        keys = [leaf_key(slot) for slot in leaf.subqueries]
        together = {}
        for doc in frozenset.intersection(*(frozenset(slot) for slot in slots)):
            parts = []
            for part in ("title", "body"):
                places = [getattr(slot[doc], part) for slot in slots]
                parts.append(
                    in_order(places) if leaf.ordered else near(list(zip(keys, places, strict=True)), leaf.slop)
                )
            title, body = parts
            if title.times or body.times:
                together[doc] = Occurrence(title.times, body.times, title.positions, body.positions)
        return together

    def _limited(self, leaf: Node) -> Docs:
        """Return the live documents within a limit on section, language or date."""
        collection = self._collection
        if leaf.fieldname == "section":
            known = collection.section_keys
            held = collection.sections == (known.index(leaf.text) if leaf.text in known else len(known))
        elif leaf.fieldname == "language":
            held = np.isin(collection.languages, languages_in(leaf.text, collection))
        else:
            assert isinstance(leaf, DateRange)
            held = collection.stamps != UNDATED
            if leaf.startdate is not None:
                held &= collection.stamps >= stamp(leaf.startdate)
            if leaf.enddate is not None:
                held &= collection.stamps < stamp(leaf.enddate)
        return frozenset(np.flatnonzero(held & collection.live).tolist())


_PARTS = {"text": ("title", "body"), "title": ("title", ""), "body": ("", "body"), "byline": ("byline", "")}
"""The fields of the schema that a leaf's field stands for: what counts as title, and what as body."""


def languages_in(range_: str, collection: Collection) -> list[int]:
    """Return the numbers of the language tags in a range: ``en`` takes in ``en-GB`` (RFC 4647, basic filtering)."""
    wanted = range_.lower()
    return [
        number
        for number, tag in enumerate(collection.language_tags)
        if tag.lower() == wanted or tag.lower().startswith(wanted + "-")
    ]
