"""The order of documents: newest first, undated last, ties by id."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


def newest_first(stamps: I64, id_of: Callable[[int], str] | None = None) -> I64:
    """Return the order of documents, int64 (n,).

    ``id_of`` is asked for those only that share a stamp; without it they stay as they come, by id already.
    """
    # Not the negative: UNDATED is the least of its type, and its own negative.
    order = np.argsort(~stamps, kind="stable")
    if id_of:
        ordered = stamps[order]
        edges = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])[: len(order) + 1])
        several = np.flatnonzero(edges[1:] - edges[:-1] > 1)
        for start, end in zip(edges[several].tolist(), edges[several + 1].tolist(), strict=True):
            order[start:end] = sorted(order[start:end].tolist(), key=id_of)
    return order
