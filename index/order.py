"""The order of documents: newest first, undated last, ties by id."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


def newest_first(stamps: I64, id_of: Callable[[int], str]) -> I64:
    """Return the order of documents, int64 (n,). ``id_of`` is asked for those only that share a stamp."""
    order = np.argsort(-stamps, kind="stable")
    # UNDATED is the least of its type and its own negative: it is put last by hand.
    least = np.iinfo(np.int64).min
    order = np.concatenate([order[stamps[order] != least], order[stamps[order] == least]])
    ordered = stamps[order]
    edges = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])).tolist() if len(order) else []
    for start, end in pairwise(edges):
        if end - start > 1:
            order[start:end] = sorted(order[start:end].tolist(), key=id_of)
    return order
