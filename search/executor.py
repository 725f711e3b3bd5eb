"""The executor: a query tree over the postings of a generation, by array operations.

Segments are searched in turn with statistics of the whole generation. What a node matches in a segment is an ascending
array of documents; what they score is added up leaf by leaf in the order of the query, so that sums come out the same
however many segments there are and whichever way was taken. A leaf's scores are one look a posting into a table of
65,536 entries, made once for the generation. Documents are numbered newest first: ties go to the lower number, and the
newest ten are the first ten. Dead documents are dropped at the end, once, not from every list.
"""

from collections.abc import Iterable
from collections.abc import Sequence as Several
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.query import And, ConstantScoreQuery, DateRange, Every, FuzzyTerm, Not, Or, Prefix, Sequence, Term

from index.schema import stamp
from index.settings import MAX_EXPANSIONS
from search.adding import Added, add_up
from search.collection import Collection, Found
from search.deadline import Deadline
from search.grammar import Node, scores
from search.heads import best_places, contenders
from search.meeting import meet
from search.phrases import Standing, phrase_in, sequence_in, standing
from search.postings import FEW, Docs, Postings, Scores, common, marked, places_in
from search.pruning import best_of_any

_LEAVES = (Term, Prefix, FuzzyTerm, Sequence)


class Executor:
    """Executes trees over one collection. Made for one request: what it has found it keeps for that long."""

    def __init__(self, collection: Collection, deadline: Deadline) -> None:
        self._deadline = deadline
        self._collection = collection
        self._segments = collection.segments
        self._found: dict[tuple[Any, ...], Found] = {}
        self._cut: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was searched for less widely than it was asked."""
        return tuple(self._cut)

    def matches(self, node: Node, number: int) -> Docs:
        """Return the live documents of segment ``number`` that match a tree."""
        docs = self._matches(node, number)
        alive = self._segments[number].alive
        return docs if alive is None else docs[alive.take(docs)]

    def added_up(self, node: Node, number: int, wanted: int) -> Added | None:
        """Score what a tree matches in a segment without finding it first; the ``wanted`` best are enough, 0 for all.

        Done for one word, and for words side by side of which any is enough or all are wanted: what finds them is what
        they are scored by. None for every other tree.
        """
        kind = type(node)
        if kind in _LEAVES:
            return self._best_of(node, number, wanted)
        if (kind is not Or and kind is not And) or (kind is Or and node.minmatch > 1) or not node.subqueries:
            return None
        segment, forms = self._segments[number], self._collection.forms[number]
        lists, weights = [], []
        for leaf in node.subqueries:
            if type(leaf) not in _LEAVES or not scores(leaf):
                return None
            found = self.find(leaf)
            lists.append(found.parts[number])
            weights.append(leaf.boost * found.weight)
        if kind is And:
            return meet(lists, weights, forms, segment.alive)
        if wanted and segment.alive is None:
            pruned = best_of_any(lists, weights, wanted, forms)
            if pruned is not None:
                return pruned
        return add_up(lists, weights, forms, segment.alive)

    def _best_of(self, leaf: Node, number: int, wanted: int) -> Added | None:
        """Score the postings of a word that can be among its best."""
        if self._segments[number].alive is not None or not scores(leaf):
            return None
        found, forms = self.find(leaf), self._collection.forms[number]
        postings, weight = found.parts[number], leaf.boost * found.weight
        at = None
        if wanted and postings.lasting and (head := forms.head_again(postings)):
            at = contenders(head, wanted, weight, len(postings.docs))
        gains = postings.gains(forms.table, at)
        if at is None and wanted:
            at = best_places(gains, wanted, weight)
            gains = gains if at is None else gains.take(at)
        gains *= weight
        return Added(gains, postings.docs if at is None else postings.docs[at], len(postings.docs))

    def score(self, node: Node, number: int, docs: Docs, places: npt.NDArray[np.int64] | None = None) -> Scores:
        """Return the scores of matching documents ``docs`` of segment ``number``, unrounded.

        ``places`` are where they stand among all that ``matches`` gives, if that is known.
        """
        if type(node) in _LEAVES and scores(node):
            postings, forms = self.find(node).parts[number], self._collection.forms[number]
            if len(postings.docs) == len(docs):
                return postings.gains(forms.table) * self.weight(node)
            if places is not None and self._segments[number].alive is None:
                return forms.gains(postings, self.weight(node), places)
        totals = np.zeros(len(docs))
        self._add(node, number, docs, None, totals)
        return totals

    def find(self, leaf: Node) -> Found:
        """Return where a word, prefix or phrase occurs."""
        found = self._found.get(leaf.key)
        if found is None:
            found = self._sequence(leaf) if type(leaf) is Sequence else self._word(leaf)
            self._found[leaf.key] = found
        return found

    def frequency(self, leaf: Node) -> int:
        """Return how many live documents hold a word or phrase."""
        return self.find(leaf).frequency

    def weight(self, leaf: Node) -> float:
        """Return how telling a leaf is: its boost times what a word so frequent weighs."""
        return float(leaf.boost) * self.find(leaf).weight

    def standing(self, leaves: Several[Node], number: int, docs: Several[int]) -> Iterable[Standing]:
        """Return where the words stand in title and body that make leaves match in some documents of a segment."""
        if not leaves:
            return ()
        read, places = self._collection.read, self._collection.places[number]
        words = [leaf.subqueries if type(leaf) is Sequence else (leaf,) for leaf in leaves]
        slots = [[read(word)[number] for word in slots] for slots in words]
        return standing(leaves, slots, places, docs, self._deadline)

    # -- matching ------------------------------------------------------------------------------------------------

    def _matches(self, node: Node, number: int) -> Docs:
        kind = type(node)
        self._deadline.check()
        if kind is And:
            return self._all_of(node.subqueries, number)
        if kind is Or:
            return self._any_of([self._matches(child, number) for child in node.subqueries], node.minmatch, number)
        if kind is ConstantScoreQuery:
            return self._matches(node.child, number)
        if kind is Not:
            return self._without(self._collection.everything(number), self._matches(node.query, number), number)
        if kind is Every:
            return self._collection.everything(number)
        if not scores(node) and node.fieldname != "byline":
            return self._limited(node, number)
        return self.find(node).parts[number].docs

    def _all_of(self, children: Several[Node], number: int) -> Docs:
        collection = self._collection
        lists: list[tuple[int, Docs, Postings | None]] = []
        for child in children:
            if type(child) in _LEAVES and child.fieldname not in ("section", "language"):
                postings = self.find(child).parts[number]
                lists.append((len(postings.docs), postings.docs, postings))
            elif type(child) is not Not:
                docs = self._matches(child, number)
                lists.append((len(docs), docs, None))
        lists.sort(key=lambda entry: entry[0])
        found = lists[0][1] if lists else collection.everything(number)
        for _, docs, part in lists[1:]:
            if not len(found):
                return found
            if part is None or collection.forms[number].bits(part) is None:
                found = common(found, docs, self._segments[number].size)
            else:
                found = found[collection.forms[number].holding([part], found)[0]]
        for child in children:
            if type(child) is Not and len(found):
                found = self._without(found, self._matches(child.query, number), number)
        return found

    def _without(self, docs: Docs, forbidden: Docs, number: int) -> Docs:
        return docs[~marked(docs, forbidden, self._segments[number].size)] if len(forbidden) else docs

    def _any_of(self, found: list[Docs], least: int, number: int) -> Docs:
        """Return what is in any of several, or in at least ``least`` of them."""
        if len(found) == 1 and least <= 1:
            return found[0]
        size = self._segments[number].size
        if least > 1:
            return (np.bincount(np.concatenate(found), minlength=size) >= least).nonzero()[0]
        flags = np.zeros(size, dtype=np.bool_)
        for docs in found:
            flags[docs] = True
        return flags.nonzero()[0]

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
            return everything[collection.in_sections({leaf.text}, set(), number, everything)]
        return everything[collection.in_languages([leaf.text], number, everything)]

    # -- words and phrases ---------------------------------------------------------------------------------------

    def _word(self, leaf: Node) -> Found:
        collection = self._collection
        word = collection.known(leaf)
        if word is not None and word.found is not None and not word.cut:
            return word.found
        self._deadline.check()
        word = collection.find(leaf)
        if word.cut:
            written = leaf.text + ("*" if isinstance(leaf, Prefix) else "~")
            self._cut.append(
                f"{written!r} stands for more than {MAX_EXPANSIONS.value():,} words; the most frequent are searched."
            )
        return word.found or collection.gathered(leaf.fieldname, word.readings)

    def _sequence(self, leaf: Node) -> Found:
        self._deadline.check()
        collection = self._collection
        parts = []
        for number, segment in enumerate(self._segments):
            slots = [collection.read(slot)[number] for slot in leaf.subqueries]
            if leaf.ordered and leaf.fieldname != "byline":
                # The places of words are kept, and quicker compared than documents. Prefixes are a thousand words.
                many = any(len(slot.terms) > FEW for slot in slots)
                docs = self._all_of(leaf.subqueries, number) if many else None
                parts.append(phrase_in(leaf, slots, collection.places[number], docs))
            else:
                docs = self._all_of(leaf.subqueries, number)
                if leaf.fieldname != "byline":
                    near = collection.places[number].near(slots, len(slots) + leaf.slop)
                    docs = common(docs, near, segment.size)
                parts.append(sequence_in(leaf, slots, collection.places[number], docs, self._deadline))
        return collection.counted(leaf.fieldname, parts)

    # -- scoring -------------------------------------------------------------------------------------------------

    def _add(self, node: Node, number: int, docs: Docs, at: Docs | None, totals: Scores, *, held: bool = True) -> None:
        """Add to ``totals`` (at the places ``at``) what each leaf gives the documents that it had a part in.

        ``held`` says that all of ``docs`` match the node.
        """
        kind = type(node)
        if kind is And or kind is Or:
            for child in node.subqueries:
                if kind is And or type(child) not in (And, Or):
                    self._add(child, number, docs, at, totals, held=held and kind is And)
                    continue
                matched = self._matches(child, number)
                chosen = marked(docs, matched, self._segments[number].size).nonzero()[0]
                self._add(child, number, docs[chosen], chosen if at is None else at[chosen], totals)
        elif kind in _LEAVES and scores(node):
            gains = self._gains_of(node, number, docs, held)
            if at is None:
                totals += gains
            else:
                totals[at] += gains

    def _gains_of(self, leaf: Node, number: int, docs: Docs, held: bool) -> Scores:
        """Return what a leaf gives each of some documents, 0.0 to those that do not hold it; ``held`` if all do."""
        postings, forms, weight = self.find(leaf).parts[number], self._collection.forms[number], self.weight(leaf)
        column, many = forms.column(postings), len(docs) * FEW > len(postings.docs) and len(docs) > FEW
        if column is None and many and postings.codes is not None:
            column = forms.by_document(postings.docs, postings.codes)
        if column is not None:
            # Code 0 is no occurrence: its score is 0.0.
            return forms.table.take(column.take(docs)) * weight
        if not len(postings.docs):
            return np.zeros(len(docs))
        if many:
            gains = np.zeros(self._segments[number].size)
            gains[postings.docs] = postings.gains(forms.table)
            return gains.take(docs) * weight
        if held:
            return forms.gains(postings, weight, postings.docs.searchsorted(docs))
        at, there = places_in(docs, postings.docs)
        at[~there] = 0
        return forms.gains(postings, weight, at) * there
