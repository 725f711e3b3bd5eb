"""Adding up: scores of words of which any is enough, in one pass, or with MaxScore only where the best can be.

A document's scores are added in the order of the query, whichever way is taken, so that the sums are the same to the
last bit. MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995): where the frequent words
together cannot lift a document over the last one wanted, only documents that hold a rare word are looked at.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from search.postings import FEW, Codes, Docs, Postings, Scores, counted, firsts

_MARGIN = 4e-6
"""More than rounding, of scores to 1e-6 and of sums, can make up for."""

PRUNED = 150_000
"""Documents of a segment, and postings, eight documents each, up to which pruning takes longer than it saves."""

Bits = npt.NDArray[np.uint8]


class Part(NamedTuple):
    """A word's part: its postings in a segment, their column if it is frequent, its weight, what they score.

    ``gains()`` is what each posting scores; ``gains(at)`` what those at some places do.
    """

    postings: Postings
    column: Codes | None
    weight: float
    gains: Callable[..., Scores]


class Added(NamedTuple):
    """Scores of documents, float64: of ``docs``, or of all of a segment, 0.0 where there is no match.

    ``total`` is how many match; where that is more than are here, the best are among these.
    """

    scores: Scores
    docs: Docs | None
    total: int


def scored(table: Scores, weight: float, codes: Codes, at: Any = None) -> Scores:
    """Return what postings score, all of them or those at some places, by their codes."""
    gains = table.take(codes if at is None else codes.take(at))
    gains *= weight
    return gains


class Frequent(Protocol):
    """What is kept of words that have a column: ``table`` scores codes, weights left out."""

    @property
    def table(self) -> Scores:
        """Score of each code."""

    def bound(self, postings: Postings) -> float:
        """Return the most that a word scores in any document."""

    def bits(self, postings: Postings, column: Codes) -> Bits:
        """Return which documents hold a word, a bit each."""


def add_up(parts: Sequence[Part], size: int, alive: npt.NDArray[np.bool_] | None) -> Added:
    """Score every document of a segment that holds a word."""
    docs = np.concatenate([part.postings.docs for part in parts])
    gains = np.concatenate([part.gains() for part in parts])
    if len(docs) * FEW < size:
        docs, places = _union(docs)
        sums = counted(places, gains, len(docs))
        if alive is not None:
            kept = alive.take(docs)
            docs, sums = docs[kept], sums[kept]
        return Added(sums, docs, len(docs))
    # One pass over all postings: 2 ns each, where adding list by list into an array took 5.
    sums = counted(docs, gains, size)
    if alive is not None:
        sums *= alive
    return Added(sums, None, int(np.count_nonzero(sums > 0.0)))


def best_of_rare(parts: Sequence[Part], wanted: int, size: int, frequent: Frequent) -> Added | None:
    """Score the documents that hold a rare word, if the ``wanted`` best are among them; else return None.

    None, too, where going through all documents is as quick.
    """
    rare = [part for part in parts if part.column is None]
    if not rare or len(rare) == len(parts) or sum([len(part.postings.docs) for part in rare]) * FEW > size:
        return None
    if sum([len(part.postings.docs) for part in parts]) * FEW + size < PRUNED:
        return None
    docs, places = _union(np.concatenate([part.postings.docs for part in rare]))
    if len(docs) < wanted:
        return None
    at, gains, used, most = [], [], 0, 0.0
    everywhere = np.arange(len(docs))
    held: Codes | None = None
    for part in parts:
        if part.column is None:
            count = len(part.postings.docs)
            at.append(places[used : used + count])
            gains.append(part.gains())
            used += count
        else:
            codes = part.column.take(docs)
            held = codes if held is None else held | codes
            at.append(everywhere)
            gains.append(scored(frequent.table, part.weight, codes))
            most += frequent.bound(part.postings) * part.weight
    assert held is not None
    sums = counted(np.concatenate(at), np.concatenate(gains), len(docs))
    last = len(docs) - wanted
    if np.partition(sums, last).item(last) <= most + _MARGIN:
        return None
    return Added(sums, docs, _united(parts, frequent) + len(docs) - int(np.count_nonzero(held)))


def _united(parts: Sequence[Part], frequent: Frequent) -> int:
    """Return how many documents hold one of the frequent words."""
    held = [(part.postings, part.column) for part in parts if part.column is not None]
    if len(held) == 1:
        return len(held[0][0].docs)
    bits = np.bitwise_or.reduce([frequent.bits(postings, column) for postings, column in held])
    return int(np.bitwise_count(bits).sum())


def _union(docs: Docs) -> tuple[Docs, npt.NDArray[np.int64]]:
    """Return the documents of lists put behind each other, each once, and for each entry the place of its document."""
    order = docs.argsort(kind="stable")
    ordered = docs.take(order)
    first = firsts(ordered)
    places = np.empty(len(docs), dtype=np.int64)
    places[order] = first.cumsum() - 1
    return ordered.take(first.nonzero()[0]), places
