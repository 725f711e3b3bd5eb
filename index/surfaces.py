"""Surfaces: words as they were written, folded; the terms each is indexed under, how often, and in which languages.

Nearly every surface has one term. The first of each stands in an array as long as the surfaces are many; what more
there are, of words that languages stem differently, stand apart. The languages are a set of bits (``stemming.bit``):
those of the articles in which the surface is indexed under the term. There are few such sets, and each is written once.

    pair.term, pair.times, pair.languages                      for each surface its first term
    other.surface, other.term, other.times, other.languages    the other terms, by surface
    term.languages                                             for each term the languages of all its surfaces
    languages                                                  the sets, which the columns above are numbers of
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow
from index.small import Small, pack_small
from index.strings import Packer

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]


class Uses(NamedTuple):
    """Which surfaces are indexed under which terms, a row each (n,). In order: by surface and term, each pair once.

    ``surface`` and ``term`` are numbers, ``times`` is how often, ``languages`` a set of those of the articles where.
    """

    surface: I64
    term: I64
    times: I64
    languages: U64


def in_order(uses: Uses) -> Uses:
    """Put uses in order, those of the same surface and term together."""
    order = np.lexsort((uses.term, uses.surface))
    surface, term = uses.surface[order], uses.term[order]
    first = np.flatnonzero(np.append(True, (surface[1:] != surface[:-1]) | (term[1:] != term[:-1]))[: len(order)])
    if not len(first):
        return uses
    times, languages = uses.times[order], uses.languages[order]
    return Uses(surface[first], term[first], np.add.reduceat(times, first), np.bitwise_or.reduceat(languages, first))


def pack_surfaces(pieces: Iterable[tuple[Sequence[bytes], Uses]], terms: int) -> dict[str, Array]:
    """Return the arrays of ``terms`` terms' surfaces, which come ascending, in any number of pieces.

    With each piece come the uses of its surfaces, in order and at least one of each, numbered within the piece.
    """
    names, of_terms, count = Packer("surface"), np.zeros(terms, dtype=np.uint64), 0
    none = np.zeros(0, dtype=np.int64)
    nothing = _narrow(Uses(none, none, none, of_terms[:0]), none > 0)
    pairs, others = [nothing], [nothing]
    for surfaces, uses in pieces:
        names.add(surfaces)
        np.bitwise_or.at(of_terms, uses.term, uses.languages)
        first = np.append(True, uses.surface[1:] != uses.surface[:-1])[: len(uses.surface)]
        pairs.append(_narrow(uses, first))
        others.append(_narrow(uses._replace(surface=uses.surface + count), ~first))
        count += len(surfaces)
    pair, other = (Uses(*map(np.concatenate, zip(*kept, strict=True))) for kept in (pairs, others))
    columns = pair.languages, other.languages, of_terms
    sets = np.unique(np.concatenate([np.unique(column) for column in columns]))
    top = narrow(np.array([max(len(sets) - 1, 0)])).dtype
    of_pair, of_other, of_term = (sets.searchsorted(column).astype(top) for column in columns)
    return {
        **names.finish(),
        "pair.term": pair.term,
        **pack_small(pair.times, "pair.times"),
        "pair.languages": of_pair,
        "other.surface": other.surface,
        "other.term": other.term,
        "other.times": other.times,
        "other.languages": of_other,
        "term.languages": of_term,
        "languages": sets,
    }


def _narrow(uses: Uses, chosen: npt.NDArray[np.bool_]) -> Uses:
    """Return some of the uses in as few bytes as they have room in."""
    surface, term, times = (narrow(column[chosen]) for column in uses[:3])
    return Uses(surface, term, times, uses.languages[chosen])


class Pairs:
    """The terms of a segment's surfaces."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._term, self._times = arrays["pair.term"], Small(arrays, "pair.times")
        self._surface = arrays["other.surface"]
        self._surfaces = self._surface.data
        self._other_term, self._other_times = arrays["other.term"], arrays["other.times"]
        self._sets: U64 = arrays["languages"]
        self._languages, self._other_languages = arrays["pair.languages"], arrays["other.languages"]
        self._of_terms = arrays["term.languages"]

    def between(self, low: int, high: int) -> Uses:
        """Return the uses of the surfaces ``low`` to ``high``, in order."""
        others = slice(*self._surface.searchsorted(np.array((low, high), dtype=np.int64)).tolist())
        surface = np.concatenate([np.arange(low, high), self._surface[others].astype(np.int64)])
        term = np.concatenate([self._term[low:high].astype(np.int64), self._other_term[others].astype(np.int64)])
        times = np.concatenate([self._times.between(low, high), self._other_times[others].astype(np.int64)])
        languages = self._sets.take(np.concatenate([self._languages[low:high], self._other_languages[others]]))
        if others.start == others.stop:
            return Uses(surface, term, times, languages)
        order = np.argsort(surface, kind="stable")
        return Uses(surface[order], term[order], times[order], languages[order])

    def of(self, surface: int) -> list[tuple[int, int, int]]:
        """Return the terms that a surface is indexed under, ascending, how often, and in which languages."""
        if self._has_others(surface):
            _, term, times, languages = self.between(surface, surface + 1)
            return [*zip(term.tolist(), times.tolist(), languages.tolist(), strict=True)]
        # Nearly always it is one: put together of arrays it took three times as long.
        times_ = self._times.between(surface, surface + 1).item(0)
        return [(self._term.item(surface), times_, self._sets.item(self._languages.item(surface)))]

    def terms_of(self, surface: int) -> list[tuple[int, int]]:
        """Return the terms that a surface is indexed under, ascending, and in which languages."""
        if self._has_others(surface):
            return [(term, languages) for term, _, languages in self.of(surface)]
        return [(self._term.item(surface), self._sets.item(self._languages.item(surface)))]

    def _has_others(self, surface: int) -> bool:
        """Say whether a surface is indexed under more than one term."""
        at = bisect_left(self._surfaces, surface)
        return at < len(self._surfaces) and self._surfaces[at] == surface

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

    def terms(self, low: int, high: int, most: int) -> tuple[I64, U64, bool]:
        """Return the terms of the surfaces ``low`` to ``high``, ascending, with the languages in which they are theirs.

        Whether the surfaces are more than ``most`` comes last: then the most frequent are taken, ties by code point.
        """
        surface, term, times, languages = self.between(low, high)
        cut = high - low > most
        if cut:
            total = np.bincount(surface - low, weights=times)
            kept = np.zeros(high - low, dtype=np.bool_)
            kept[(-total).argsort(kind="stable")[:most]] = True
            chosen = kept[surface - low]
            term, languages = term[chosen], languages[chosen]
        if not len(term):
            return term, languages, cut
        order = term.argsort(kind="stable")
        term = term.take(order)
        first = np.append(True, term[1:] != term[:-1]).nonzero()[0]
        return term.take(first), np.bitwise_or.reduceat(languages.take(order), first), cut

    def languages(self, terms: I64) -> U64 | None:
        """Return the languages of the articles that hold each of some terms; None where all are in the same ones."""
        return None if len(self._sets) <= 1 else self._sets.take(self._of_terms.take(terms))

    def languages_of(self, term: int) -> int:
        """Return the languages of the articles that hold a term."""
        return self._sets.item(self._of_terms.item(term))
