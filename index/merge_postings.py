"""Merging postings: the term lists of several segments -> those of one, a slab at a time.

A slab is a range of the merged terms, or of the documents of one term that has very many. It is a stretch of each
part's postings, and follows the stretch of the slab before.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter, ranges
from index.lists import Lists, Postings
from index.segment import Terms
from index.strings import Strings, numbers_of

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

STRETCH = 1 << 13
"""Strings of each part that are spelt out at a time: a few megabytes."""


class _Part:
    """The postings of one segment, read from start to end. ``rank`` gives its terms their merged numbers."""

    def __init__(self, terms: Terms, rank: I64, new: I32) -> None:
        self._terms, self._rank, self._new = terms, rank, new
        # The new number of the next document that is alive: ascending, so that a bound can be looked up in it.
        self._next = np.minimum.accumulate(np.where(new < 0, np.iinfo(np.int32).max, new)[::-1])[::-1]
        self._posting = self._place = 0

    def weigh(self, weight: I64) -> None:
        """Add the number of its postings to each merged term's."""
        weight[self._rank] += self._terms.counts(0, len(self._rank))

    def end(self, term: int, doc: int | None) -> int:
        """Return where the postings of the merged terms up to ``term`` end, or of its own those below a document."""
        own = int(self._rank.searchsorted(term))
        start = int(self._terms.first[own])
        if own == len(self._rank) or self._rank[own] != term:
            return start
        end = int(self._terms.first[own + 1])
        if doc is None:
            return end
        return start + self._terms.docs.below(start, end, int(self._next.searchsorted(np.int32(doc))))

    def read(self, end: int) -> Postings:
        """Return the postings from where reading stopped up to ``end``, of documents that are alive."""
        terms, start = self._terms, self._posting
        self._posting = end
        first, last = terms.first.searchsorted((start, end), side="right").tolist()
        edges = np.clip(terms.first[first - 1 : last + 1].astype(np.int64), start, end)
        term = np.repeat(self._rank[first - 1 : first - 2 + len(edges)], np.diff(edges))
        doc, stood = self._new[terms.docs.between(start, end)].astype(np.int64), terms.stood[start:end]
        times = terms.times_between(start, end)
        place = terms.positions.between(self._place, self._place + int(times.sum()))
        self._place += len(place)
        alive = doc >= 0
        if not alive.all():
            place = place[np.repeat(alive, times)]
            term, doc, times, stood = term[alive], doc[alive], times[alive], stood[alive]
        return Postings(term, doc, times, stood, place)


def merge_postings(
    writer: ArrayWriter, prefix: str, parts: Sequence[Terms], new: Sequence[I32], slab: int
) -> tuple[list[I64], int]:
    """Write term dictionary, postings and positions of several segments' as one.

    ``new`` gives each segment's documents their new numbers, -1 to those that are not alive; ``slab`` is how many
    postings are put together at a time. Returns for each segment the new numbers of its terms, int64, -1 for those that
    nothing alive holds, and how many terms there are.
    """
    names = [part.names for part in parts]
    ranks, count = _ranks(names)
    read = [_Part(*part) for part in zip(parts, ranks, new, strict=True)]
    size = sum(int((numbers >= 0).sum()) for numbers in new)
    lists = Lists(writer, prefix, count)
    weight = np.zeros(count, dtype=np.int64)
    for part in read:
        part.weigh(weight)
    for term, doc in _slabs(weight, size, slab):
        lists.add(_in_order([part.read(part.end(term, doc)) for part in read], size))
    held = lists.finish(chain.from_iterable(here for here, _ in union(names)))
    number = np.full(count, -1)
    number[held] = np.arange(len(held))
    return [number[rank] for rank in ranks], len(held)


def union(parts: Sequence[Strings]) -> Iterator[tuple[list[bytes], list[I64]]]:
    """Yield the strings of all parts in stretches, ascending.

    With each stretch come the next strings of every part, as the numbers (int64) of where they stand in it.
    """
    low = [0] * len(parts)
    while True:
        heads = [part[at + STRETCH] for part, at in zip(parts, low, strict=True) if at + STRETCH < part.count]
        high = [part.before(min(heads)) if heads else part.count for part in parts]
        here = [part.between(*ends) for part, *ends in zip(parts, low, high, strict=True)]
        names = sorted(set().union(*here))
        yield names, [numbers_of(strings, names) for strings in here]
        if not heads:
            return
        low = high


def _ranks(parts: Sequence[Strings]) -> tuple[list[I64], int]:
    """Return for each part where its strings stand among those of all, int64, and how many these are."""
    found: list[list[I64]] = [[] for _ in parts]
    count = 0
    for names, ranks in union(parts):
        for part, rank in zip(found, ranks, strict=True):
            part.append(rank + count)
        count += len(names)
    return [np.concatenate(part) for part in found], count


def _slabs(weight: I64, size: int, slab: int) -> Iterator[tuple[int, int | None]]:
    """Yield where slabs end: behind a term, or within it before a document. ``weight`` is each term's postings."""
    total = np.cumsum(weight)
    low = 0
    while low < len(weight):
        before = int(total[low - 1]) if low else 0
        high = int(total.searchsorted(before + slab, side="right"))
        if high == low:
            stretches = -(-int(weight[low]) // slab)
            yield from ((low, size * number // stretches) for number in range(1, stretches))
            high = low + 1
        yield high - 1, None
        low = high


def _in_order(parts: Sequence[Postings], size: int) -> Postings:
    """Put the postings of several parts together, by term and document."""
    term, doc, times, stood, place = (np.concatenate(column) for column in zip(*parts, strict=True))
    # A stable sort finds the runs that are in order, and merges them.
    order = np.argsort(term * size + doc, kind="stable")
    start = np.cumsum(times) - times
    return Postings(term[order], doc[order], times[order], stood[order], place[ranges(start[order], times[order])])
