"""Adding up: scores of words of which any is enough, in one pass over all their postings.

A document's scores are added in the order of the query, whichever way is taken, so that the sums are the same to the
last bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.forms import Forms
from search.postings import FEW, Docs, Postings, Scores, counted, firsts

I64 = npt.NDArray[np.int64]


class Added(NamedTuple):
    """Scores of documents, float64: of ``docs``, or of all of a segment, 0.0 where there is no match.

    ``total`` is how many match; where that is more than are here, the best are among these.
    """

    scores: Scores
    docs: Docs | None
    total: int


def add_up(
    lists: Sequence[Postings], weights: Sequence[float], forms: Forms, alive: npt.NDArray[np.bool_] | None
) -> Added:
    """Score every document of a segment that holds a word."""
    size = forms.size
    docs = np.concatenate([postings.docs for postings in lists])
    gains = np.concatenate([forms.gains(postings, weight) for postings, weight in zip(lists, weights, strict=True)])
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


def _union(docs: Docs) -> tuple[Docs, I64]:
    """Return the documents of lists put behind each other, each once, and for each entry the place of its document."""
    order = docs.argsort(kind="stable")
    ordered = docs.take(order)
    first = firsts(ordered)
    places = np.empty(len(docs), dtype=np.int64)
    places[order] = first.cumsum() - 1
    return ordered.take(first.nonzero()[0]), places
