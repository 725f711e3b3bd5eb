"""The order of documents: newest first, undated last, ties by id."""

from array import array
from collections.abc import Callable, Sequence

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


class Arrivals:
    """Articles in the order in which they came: the id and the stamp of each."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._stamps = array("q")

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, ids: Sequence[str], stamps: Sequence[int]) -> None:
        """Put articles behind the others."""
        self.ids += ids
        self._stamps.extend(stamps)

    @property
    def stamps(self) -> I64:
        """The stamps, int64 (n,). Nothing may be added while they are looked at."""
        return np.frombuffer(self._stamps, dtype=np.int64)

    def newest_first(self) -> I64:
        """Return the order in which they are documents, int64 (n,)."""
        return newest_first(self.stamps, self.ids.__getitem__)
