"""Selection: the best few of many documents, in the whole order of hits, without sorting the many.

The order by relevance is score rounded to 1e-6, then newest, then id; within a segment the last two are the number of
the document.
"""

import numpy as np
import numpy.typing as npt

from index.schema import UNDATED
from search.ranking import DIGITS

_BAND = 2 * 10.0**-DIGITS
"""Scores as near to each other as this may be equal once they are rounded."""

I64 = npt.NDArray[np.int64]


def best(scores: npt.NDArray[np.float64], count: int) -> I64:
    """Return the indices of the ``count`` best scores, best first; ties go to the lower index."""
    if count <= 0 or len(scores) == 0:
        return np.zeros(0, dtype=np.int64)
    if len(scores) <= count:
        chosen = np.arange(len(scores))
    else:
        parted = scores.copy()
        parted.partition(len(scores) - count)
        least = parted.item(len(scores) - count)
        chosen = (scores >= least - _BAND).nonzero()[0]
        if len(chosen) > 4 * count + 64:
            # Thousands may share the last score: of each value that a rounding could raise, the first are enough.
            sure = chosen[scores[chosen] > least + _BAND]
            band = chosen[scores[chosen] <= least + _BAND]
            values, which = np.unique(scores[band], return_inverse=True)
            kept = [band[which == number][: count - len(sure)] for number in range(len(values))]
            chosen = np.sort(np.concatenate([sure, *kept]))
    rounded = [round(score, DIGITS) for score in scores[chosen].tolist()]
    order = sorted(range(len(rounded)), key=rounded.__getitem__, reverse=True)
    return chosen[order[:count]]


def oldest(stamps: I64, count: int) -> I64:
    """Return indices among which are the ``count`` oldest of documents that stand newest first, undated last."""
    dated = _dated(stamps)
    if count >= dated:
        return np.arange(len(stamps))
    # All that are as old as the last one wanted: their ids decide.
    least = stamps[dated - count]
    first = dated - int(np.searchsorted(stamps[:dated][::-1], least, side="right"))
    return np.arange(first, dated)


def _dated(stamps: I64) -> int:
    """Return how many documents have a date: they come first."""
    return len(stamps) - int(np.searchsorted(stamps[::-1], UNDATED, side="right"))
