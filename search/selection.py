"""Selection: the best few of many documents, in the whole order of hits, without sorting the many.

The order by relevance is score rounded to 1e-6, then newest, then id; within a segment the last two are the number of
the document.
"""

import numpy as np
import numpy.typing as npt

from index.schema import UNDATED
from search.ranking import rounded

_BAND = 2e-6
"""Scores as near to each other as this may be equal once they are rounded."""

_ROWS = 64
"""Scores of which the best one stands for all, when a bound is looked for."""

FEW_SCORES = 64
"""Scores that are sorted straight away."""

I64 = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


def best(scores: Scores, count: int, *, matched: bool = True) -> tuple[I64, Scores]:
    """Return the indices of the ``count`` best scores, best first, and these, rounded; ties go to the lower index.

    ``matched`` says that all scores are of hits; else those of 0.0 are not, and ``count`` is no more than there are
    hits.
    """
    size = len(scores)
    if count <= 0 or size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    chosen: I64 | None = None
    if size > FEW_SCORES or not matched:
        least = _bound(scores, count)
        chosen = (scores >= least - _BAND if matched or least > _BAND else scores).nonzero()[0]
        scores = scores[chosen]
    values = rounded(scores)
    if len(values) > 4 * count + FEW_SCORES:
        # Thousands may share the last score. What is better is wanted whole, of what is equal the first.
        parted = values.copy()
        parted.partition(len(values) - count)
        least = parted.item(len(values) - count)
        better = (values > least).nonzero()[0]
        kept = np.concatenate((better, (values == least).nonzero()[0][: count - len(better)]))
        kept.sort()
        chosen, values = kept if chosen is None else chosen.take(kept), values.take(kept)
    order = (-values).argsort(kind="stable")[:count]
    return order if chosen is None else chosen[order], values[order]


def _bound(scores: Scores, count: int) -> float:
    """Return a score that at least ``count`` of the scores reach; -1.0 where there are not so many."""
    size = len(scores)
    columns = size // _ROWS
    if columns > 2 * count:
        # The best of 64 each are so many different scores: the last of the best among them bounds what is wanted from
        # below. 57 us of 100,000 scores, where a partition took 158.
        bests: Scores = np.maximum.reduce(scores[: columns * _ROWS].reshape(_ROWS, columns))
        bests.partition(columns - count)
        return bests.item(columns - count)
    if size <= count:
        return -1.0
    parted = scores.copy()
    parted.partition(size - count)
    return parted.item(size - count)


def oldest(stamps: I64, count: int) -> I64:
    """Return indices among which are the ``count`` oldest of documents that stand newest first, undated last."""
    dated = len(stamps) - int(stamps[::-1].searchsorted(UNDATED, side="right"))
    if count >= dated:
        return np.arange(len(stamps))
    # All that are as old as the last one wanted: their ids decide.
    least = stamps[dated - count]
    first = dated - int(stamps[:dated][::-1].searchsorted(least, side="right"))
    return np.arange(first, dated)
