"""The executor: a query tree over the postings of a generation, by array operations.

Segments are searched in turn with statistics of the whole generation. What a node matches in a segment is an ascending
array of documents; what they score is added up leaf by leaf in the order of the query, so that sums come out the same
however many segments there are. A leaf's scores are one look a posting into a table of 65,536 entries, made once for
the generation. Documents are numbered newest first: ties go to the lower number, and the newest ten are the first ten.
"""

from collections.abc import Sequence as Several
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.query import And, ConstantScoreQuery, DateRange, Every, Not, Or, Prefix, Sequence

from index.quantise import CODE_BODY, CODE_TITLE
from index.schema import stamp
from index.segment import Segment
from index.settings import MAX_EXPANSIONS
from search.collection import Collection
from search.grammar import Node, leaf_key, scores
from search.phrases import Phrase, phrase_in, places_of
from search.ranking import saturation, telling

Docs = npt.NDArray[Any]
"""Documents of one segment, ascending, in the type of its posting lists."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a word or phrase occurs in one segment: documents, and what they score by.

    For a single posting list that is its ``codes``; otherwise ``times``, weighted title and body times each, float64
    (n,): the sum over the words' lists, or the occurrences of a phrase.
    """

    docs: Docs
    codes: npt.NDArray[np.uint16] | None = None
    title: npt.NDArray[np.float64] | None = None
    body: npt.NDArray[np.float64] | None = None

    def times(self, at: Any) -> tuple[Scores, Scores]:
        """Return times in title and in body of the documents at some places of ``docs``."""
        if self.codes is not None:
            codes = self.codes[at]
            return CODE_TITLE[codes], CODE_BODY[codes]
        assert self.title is not None
        assert self.body is not None
        return self.title[at], self.body[at]


class Executor:
    """Executes trees over one collection. Made for one request: what it has found it keeps for that long."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._hits: dict[tuple[Any, ...], list[Hits]] = {}
        self._cut: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was searched for less widely than it was asked."""
        return tuple(self._cut)

    def matches(self, node: Node, number: int) -> Docs:
        """Return the live documents of segment ``number`` that match a tree."""
        if isinstance(node, ConstantScoreQuery):
            return self.matches(node.child, number)
        if isinstance(node, And):
            return self._all_of(node.subqueries, number)
        if isinstance(node, Or):
            return self._any_of([self.matches(child, number) for child in node.subqueries], node.minmatch, number)
        if isinstance(node, Not):
            return self._without(self._collection.everything(number), self.matches(node.query, number), number)
        if isinstance(node, Every):
            return self._collection.everything(number)
        if not scores(node) and node.fieldname != "byline":
            return self._limited(node, number)
        return self.hits(node)[number].docs

    def score(self, node: Node, number: int, docs: Docs) -> Scores:
        """Return the scores of matching documents ``docs`` of segment ``number``, unrounded."""
        size = self._collection.segments[number].size
        if isinstance(node, Or) and len(docs) * 16 > size and not any(isinstance(c, And | Or) for c in node.subqueries):
            # Where much of the segment matches, adding into one place a document is less work than finding each.
            sums = np.zeros(size)
            for leaf in node.subqueries:
                if not isinstance(leaf, Not | Every | ConstantScoreQuery) and scores(leaf):
                    sums[self.hits(leaf)[number].docs] += self._scores(leaf, number, slice(None))
            return sums[docs]
        if not isinstance(node, And | Or | Not | Every | ConstantScoreQuery) and scores(node):
            here = self.hits(node)[number].docs
            if len(here) == len(docs):
                return self._scores(node, number, slice(None))
        totals = np.zeros(len(docs))
        self._add(node, number, docs, None, totals)
        return totals

    def hits(self, leaf: Node) -> list[Hits]:
        """Return where a word, prefix or phrase occurs, for each segment; live documents only."""
        key = leaf_key(leaf)
        found = self._hits.get(key)
        if found is None:
            segments = self._collection.segments
            if isinstance(leaf, Sequence):
                found = [self._sequence(leaf, number) for number in range(len(segments))]
            else:
                found = self._word(leaf)
            self._hits[key] = found
        return found

    def frequency(self, leaf: Node) -> int:
        """Return how many live documents hold a word or phrase."""
        return sum(len(hits.docs) for hits in self.hits(leaf))

    def weight(self, leaf: Node) -> float:
        """Return what a leaf weighs: its boost times how telling it is."""
        return float(leaf.boost) * telling(self.frequency(leaf), self._collection.count)

    def marks(self, leaf: Node, number: int, docs: Several[int]) -> list[tuple[int, list[int], list[int]]]:
        """Return, of those of ``docs`` that hold a leaf, its positions in title and body: (index, title, body)."""
        slots = leaf.subqueries if isinstance(leaf, Sequence) else [leaf]
        return places_of(
            leaf, [self._collection.find(slot).terms[number] for slot in slots], self._collection.segments[number], docs
        )

    # -- matching ------------------------------------------------------------------------------------------------

    def _all_of(self, children: Several[Node], number: int) -> Docs:
        wanted = [self.matches(child, number) for child in children if not isinstance(child, Not)]
        found = self._collection.everything(number) if not wanted else None
        for docs in sorted(wanted, key=len):
            found = docs if found is None else self._intersect(found, docs, number)
        assert found is not None
        for child in children:
            if isinstance(child, Not) and len(found):
                found = self._without(found, self.matches(child.query, number), number)
        return found

    def _intersect(self, few: Docs, many: Docs, number: int) -> Docs:
        """Return what is in both; by binary search where that is less work than marking ``many``."""
        if len(few) == 0 or len(many) == self._collection.segments[number].size:
            return few
        if len(few) * 24 < len(many):
            at = many.searchsorted(few)
            at[at == len(many)] = 0
            kept: Docs = few[many[at] == few]
            return kept
        return few[self._marked(few, many, number)]

    def _without(self, docs: Docs, forbidden: Docs, number: int) -> Docs:
        return docs[~self._marked(docs, forbidden, number)] if len(forbidden) else docs

    def _marked(self, docs: Docs, chosen: Docs, number: int) -> npt.NDArray[np.bool_]:
        """Say of each of ``docs`` whether it is among ``chosen``, bool (n,)."""
        flags = np.zeros(self._collection.segments[number].size, dtype=np.bool_)
        flags[chosen] = True
        held: npt.NDArray[np.bool_] = flags[docs]
        return held

    def _any_of(self, found: list[Docs], least: int, number: int) -> Docs:
        """Return what is in any of several, or in at least ``least`` of them."""
        if len(found) == 1 and least <= 1:
            return found[0]
        counts = np.zeros(self._collection.segments[number].size, dtype=np.uint8)
        for docs in found:
            if least > 1:
                counts[docs] += 1
            else:
                counts[docs] = 1
        return np.flatnonzero(counts >= max(least, 1)).astype(self._collection.doc_type(number))

    def _limited(self, leaf: Node, number: int) -> Docs:
        """Return the live documents within a limit on section, language or date."""
        collection = self._collection
        everything = collection.everything(number)
        if isinstance(leaf, DateRange):
            first, last = collection.between(
                number, leaf.startdate and stamp(leaf.startdate), leaf.enddate and stamp(leaf.enddate)
            )
            low, high = everything.searchsorted(np.array([first, last], dtype=everything.dtype))
            return everything[low:high]
        if leaf.fieldname == "section":
            return everything[collection.in_sections({leaf.text}, number, everything)]
        return everything[collection.in_languages([leaf.text], number, everything)]

    # -- words and phrases ---------------------------------------------------------------------------------------

    def _word(self, leaf: Node) -> list[Hits]:
        found = self._collection.find(leaf)
        if found.cut:
            written = leaf.text + ("*" if isinstance(leaf, Prefix) else "~")
            self._cut.append(
                f"{written!r} stands for more than {MAX_EXPANSIONS.value():,} words; the most frequent are searched."
            )
        return [
            self._in_field(leaf.fieldname, _gather(segment, leaf.fieldname, numbers))
            for segment, numbers in zip(self._collection.segments, found.terms, strict=True)
        ]

    def _in_field(self, field: str, hits: Hits) -> Hits:
        """Keep what occurs in the field asked for."""
        if field not in ("title", "body"):
            return hits
        title, body = hits.times(slice(None))
        kept = np.flatnonzero(title if field == "title" else body)
        return Hits(
            hits.docs[kept],
            None if hits.codes is None else hits.codes[kept],
            None if hits.title is None else hits.title[kept],
            None if hits.body is None else hits.body[kept],
        )

    def _sequence(self, leaf: Node, number: int) -> Hits:
        segment = self._collection.segments[number]
        slots = [self.hits(slot)[number] for slot in leaf.subqueries]
        docs: Docs | None = None
        for slot in sorted(slots, key=lambda hits: len(hits.docs)):
            docs = slot.docs if docs is None else self._intersect(docs, slot.docs, number)
        assert docs is not None
        phrase: Phrase = phrase_in(
            leaf, [self._collection.find(slot).terms[number] for slot in leaf.subqueries], segment, docs
        )
        return Hits(docs[phrase.kept], None, phrase.title, phrase.body)

    # -- scoring -------------------------------------------------------------------------------------------------

    def _add(self, node: Node, number: int, docs: Docs, at: Docs | None, totals: Scores) -> None:
        """Add to ``totals`` (at the places ``at``) what each leaf gives the documents that it had a part in."""
        if isinstance(node, And | Or):
            for child in node.subqueries:
                if isinstance(node, And) or not isinstance(child, And | Or):
                    self._add(child, number, docs, at, totals)
                    continue
                chosen = np.flatnonzero(self._marked(docs, self.matches(child, number), number))
                self._add(child, number, docs[chosen], chosen if at is None else at[chosen], totals)
        elif not isinstance(node, Not | Every | ConstantScoreQuery) and scores(node):
            here = self.hits(node)[number].docs
            if len(here) == 0:
                return
            place = here.searchsorted(docs)
            place[place == len(here)] = 0
            held = np.flatnonzero(here[place] == docs)
            if len(held) == len(docs) and at is None:
                totals += self._scores(node, number, place)
            else:
                totals[held if at is None else at[held]] += self._scores(node, number, place[held])

    def _scores(self, leaf: Node, number: int, at: Any) -> Scores:
        """Return what a leaf gives the documents at some places of its hits."""
        collection = self._collection
        hits = self.hits(leaf)[number]
        weight = self.weight(leaf)
        if hits.codes is not None and leaf.fieldname == "text":
            looked_up: Scores = weight * collection.table.take(hits.codes[at])
            return looked_up
        title, body = hits.times(at)
        docs = hits.docs[at]
        if leaf.fieldname == "text":
            times = collection.title_weight * title + body
        else:
            times = title if leaf.fieldname == "title" else body
        lengths = collection.lengths(leaf.fieldname, number, docs)
        return weight * saturation(times, lengths, collection.mean_length(leaf.fieldname))


def _gather(segment: Segment, field: str, numbers: list[int]) -> Hits:
    """Return the live documents of several terms: one posting list as it is, more of them added up."""
    terms = segment.terms_of(field)
    if not numbers:
        return Hits(terms.docs[:0], terms.codes[:0])
    if len(numbers) == 1:
        start, end = terms.range(numbers[0])
        docs, codes = terms.docs[start:end], terms.codes[start:end]
        if segment.alive is None:
            return Hits(docs, codes)
        kept = np.flatnonzero(segment.alive[docs])
        return Hits(docs[kept], codes[kept])
    docs, codes = terms.lists(numbers)
    title: Scores = np.bincount(docs, CODE_TITLE[codes], minlength=segment.size).astype(np.float64)
    body: Scores = np.bincount(docs, CODE_BODY[codes], minlength=segment.size).astype(np.float64)
    held = (title + body) > 0
    if segment.alive is not None:
        held &= segment.alive
    kept = np.flatnonzero(held)
    return Hits(kept.astype(terms.docs.dtype), None, title[kept], body[kept])
