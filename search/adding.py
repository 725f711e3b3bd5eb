"""Adding up: scores of words of which any is enough, in one pass, or with MaxScore only where the best can be.

A document's scores are added in the order of the query, whichever way is taken, so that the sums are the same to the
last bit. MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995): where the frequent words
together cannot lift a document over the last one wanted, only documents that hold a rare word are looked at.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.postings import FEW, Codes, Docs, Postings, Scores, counted, firsts

_MARGIN = 4e-6
"""More than rounding, of scores to 1e-6 and of sums, can make up for."""


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


def best_of_rare(
    parts: Sequence[Part], wanted: int, size: int, table: Scores, bound: Callable[[Postings], float]
) -> Added | None:
    """Score the documents that hold a rare word, if the ``wanted`` best are among them; else return None.

    ``table`` scores codes, weight left out; ``bound`` says the most it gives any of a word's postings.
    """
    rare = [part for part in parts if part.column is None]
    frequent = [part.column for part in parts if part.column is not None]
    if not rare or not frequent or sum(len(part.postings.docs) for part in rare) * FEW > size:
        return None
    docs, places = _union(np.concatenate([part.postings.docs for part in rare]))
    if len(docs) < wanted:
        return None
    at, gains, used, most = [], [], 0, 0.0
    everywhere = np.arange(len(docs))
    held = np.zeros(len(docs), dtype=np.bool_)
    for part in parts:
        if part.column is None:
            count = len(part.postings.docs)
            at.append(places[used : used + count])
            gains.append(part.gains())
            used += count
        else:
            codes = part.column.take(docs)
            held |= codes > 0
            at.append(everywhere)
            gains.append(table.take(codes) * part.weight)
            most += bound(part.postings) * part.weight
    sums = counted(np.concatenate(at), np.concatenate(gains), len(docs))
    last = len(docs) - wanted
    if np.partition(sums, last).item(last) <= most + _MARGIN:
        return None
    together = frequent[0] if len(frequent) == 1 else np.bitwise_or.reduce(frequent)
    return Added(sums, docs, int(np.count_nonzero(together)) + len(docs) - int(np.count_nonzero(held)))


def _union(docs: Docs) -> tuple[Docs, npt.NDArray[np.int64]]:
    """Return the documents of lists put behind each other, each once, and for each entry the place of its document."""
    order = docs.argsort(kind="stable")
    ordered = docs.take(order)
    first = firsts(ordered)
    places = np.empty(len(docs), dtype=np.int64)
    places[order] = first.cumsum() - 1
    return ordered[first], places
