"""Surfaces: words as they were written, folded; the terms each is indexed under, and how often.

Nearly every surface has one term. The first of each stands in an array as long as the surfaces are many; what more
there are, of words that languages stem differently, stand apart.

    pair.term, pair.times                      for each surface its first term, and how often it is that
    other.surface, other.term, other.times     the other terms, by surface
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow
from index.small import Small, pack_small
from index.strings import pack

I64 = npt.NDArray[np.int64]


def pack_surfaces(pairs: Iterable[tuple[bytes, int, int]]) -> dict[str, Array]:
    """Return the arrays of (surface, term, times), each surface and term once, ascending."""
    surfaces: list[bytes] = []
    first: list[tuple[int, int]] = []
    others: list[tuple[int, int, int]] = []
    for surface, term, times in pairs:
        if surfaces and surfaces[-1] == surface:
            others.append((len(surfaces) - 1, term, times))
        else:
            surfaces.append(surface)
            first.append((term, times))
    pair, other = np.array(first, dtype=np.int64).reshape(-1, 2), np.array(others, dtype=np.int64).reshape(-1, 3)
    return {
        **pack(surfaces, "surface"),
        "pair.term": narrow(pair[:, 0]),
        **pack_small(pair[:, 1], "pair.times"),
        "other.surface": narrow(other[:, 0]),
        "other.term": narrow(other[:, 1]),
        "other.times": narrow(other[:, 2]),
    }


class Pairs:
    """The terms of a segment's surfaces."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._term, self._times = arrays["pair.term"], Small(arrays, "pair.times")
        self._surface = arrays["other.surface"]
        self._other_term, self._other_times = arrays["other.term"], arrays["other.times"]

    def between(self, low: int, high: int) -> tuple[I64, I64, I64]:
        """Return surface, term and times of all pairs of the surfaces ``low`` to ``high``; ascending, int64 each."""
        others = slice(*self._surface.searchsorted(np.array((low, high), dtype=np.int64)).tolist())
        surface = np.concatenate([np.arange(low, high), self._surface[others].astype(np.int64)])
        term = np.concatenate([self._term[low:high].astype(np.int64), self._other_term[others].astype(np.int64)])
        times = np.concatenate([self._times.between(low, high), self._other_times[others].astype(np.int64)])
        if others.start == others.stop:
            return surface, term, times
        order = np.argsort(surface, kind="stable")
        return surface[order], term[order], times[order]

    def of(self, surface: int) -> list[tuple[int, int]]:
        """Return the terms that a surface is indexed under, ascending, and how often."""
        _, term, times = self.between(surface, surface + 1)
        return [*zip(term.tolist(), times.tolist(), strict=True)]

    def frequent(self, low: int, high: int, most: int) -> tuple[I64, I64]:
        """Return the ``most`` frequent of the surfaces ``low`` to ``high``, and how often each is indexed, int64 each.

        By falling frequency, ties by code point.
        """
        pairs = self.between(low, high)
        times = np.bincount(pairs[0] - low, weights=pairs[2], minlength=high - low).astype(np.int64)
        kept = np.arange(high - low)
        if len(kept) > most:
            kept = (times >= np.partition(times, len(times) - most)[len(times) - most]).nonzero()[0]
        kept = kept[(-times[kept]).argsort(kind="stable")[:most]]
        return kept + low, times[kept]

    def terms(self, low: int, high: int, most: int) -> tuple[I64, bool]:
        """Return the terms of the surfaces ``low`` to ``high``, ascending, and whether these are more than ``most``.

        Then the most frequent surfaces are taken, ties by code point.
        """
        surface, term, times = self.between(low, high)
        if high - low <= most:
            return np.unique(term), False
        total = np.bincount(surface - low, weights=times)
        kept = np.zeros(high - low, dtype=np.bool_)
        kept[(-total).argsort(kind="stable")[:most]] = True
        return np.unique(term[kept[surface - low]]), True
