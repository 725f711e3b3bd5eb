"""Heads: the best postings of a word, kept with its list, so that the best hits are found without a look at the others.

The first pages of a word's hits are among its HEAD best postings, whatever weight it has: a weight is the same for all
of them. (Champion lists; Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, 7.1.3.)
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HEAD = 128
"""Postings in a head: what a page of a hundred hits wants, and one that says whether there are more."""

_BAND = 2e-6
"""Scores as near to each other as this may be equal once they are rounded."""

I64 = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


class Head(NamedTuple):
    """The best postings of a list: ``places``, int64 (n,), by falling ``scores``, float64 (n,), weight left out.

    Ties go to the lower place, and so they do at the end: where ``cut``, other postings have the last score, too.
    ``beyond`` is the best score below that one that other postings have; -1.0 where all are here.
    """

    places: I64
    scores: Scores
    beyond: float
    cut: bool = False

    @property
    def best(self) -> float:
        """The most that a posting scores, 0.0 where there is none."""
        return self.reached_by(1)

    def reached_by(self, count: int) -> float:
        """Return what ``count`` postings score at least; 0.0 where there are not so many here."""
        return self.scores.item(count - 1) if count <= len(self.scores) else 0.0


def head_of(scores: Scores) -> Head:
    """Return the head of a list, given what its postings score."""
    places: I64 = np.arange(len(scores))
    beyond, cut = -1.0, False
    if len(scores) > HEAD:
        parted = scores.copy()
        parted.partition(len(scores) - HEAD)
        last = parted.item(len(scores) - HEAD)
        places = (scores >= last).nonzero()[0]
        cut = len(places) > HEAD
        others = parted[: len(scores) - HEAD]
        beyond = float(others.max())
        if beyond == last:
            # Nine times out of ten: there are not so many different scores.
            others = others[others < last]
            beyond = float(others.max()) if len(others) else -1.0
    # Stable: of those that have the last score the lowest come first.
    best = scores.take(places)
    places = places.take((-best).argsort(kind="stable")[:HEAD])
    return Head(places, scores.take(places), beyond, cut)


def best_places(scores: Scores, count: int, weight: float) -> I64 | None:
    """Return places, ascending, among which are the ``count`` best scores; None for all. A third of making a head."""
    last = len(scores) - count
    if last <= 0:
        return None
    parted = scores.copy()
    parted.partition(last)
    places: I64 = (scores >= parted.item(last) - _BAND / weight).nonzero()[0]
    return places


def contenders(head: Head, count: int, weight: float, size: int) -> I64 | None:
    """Return places, ascending, among which are the ``count`` best of ``size`` postings; ties go to the lower one.

    None where others than those of the head can be among them.
    """
    here = len(head.places)
    if count >= here:
        return None if here < size else np.arange(size)
    least = head.scores.item(count - 1) - _BAND / weight
    if least <= head.beyond:
        return None
    if head.cut and least <= (last := head.scores.item(-1)):
        # Rounded, others with the last score may equal some that are better by less than the band.
        near = (head.scores > last) & (head.scores <= last + _BAND / weight)
        if near.any():
            return None
    if head.scores.item(count) >= least:
        count = int((head.scores >= least).sum())
    places = head.places[:count].copy()
    places.sort()
    return places
