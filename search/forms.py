"""Forms: what posting lists of a segment are made into besides, once, and kept with them.

A list says which documents hold a word, one behind the other; a column or bits say it of each document, in one look.
The head of a list are its best postings. All go with the list when it is no longer kept.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.bits import Bits, bits_of, in_bits
from search.heads import Head, head_of
from search.kept import Kept
from search.postings import Codes, Docs, Postings, Scores, places_in

FREQUENT = 128
"""A word in more than one of so many documents has bits, and in a small segment a column besides."""

SMALL = 1 << 15
"""Documents of a segment up to which there are columns: they take two bytes a document, bits a quarter of one."""

FEW_DOCS = 64
"""Documents that are looked up in a list by halves: that is as quick."""

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Forms:
    """The forms of the lists of one segment of ``size`` documents; ``table`` scores codes, weights left out."""

    def __init__(self, size: int, table: Scores, kept: Kept) -> None:
        self.size = size
        self.table = table
        self._kept = kept

    def column(self, postings: Postings) -> Codes | None:
        """Return the codes of a frequent word by document, uint16 (size,), 0 for none; None for others."""
        if postings.column is None and self.size <= SMALL and len(postings.docs) * FREQUENT > self.size:
            if not postings.lasting or postings.codes is None:
                return None
            postings.column = self.by_document(postings.docs, postings.codes)
            self._kept.grow(postings.column.nbytes)
        return postings.column

    def by_document(self, docs: Docs, codes: Codes) -> Codes:
        """Return codes by document, uint16 (size,), 0 for none."""
        column = np.zeros(self.size, dtype=np.uint16)
        column[docs] = codes
        return column

    def bits(self, postings: Postings) -> Bits | None:
        """Return the bits of a frequent word; None for others."""
        if postings.bits is None and postings.lasting and len(postings.docs) * FREQUENT > self.size:
            postings.bits = bits_of(postings.docs, self.size)
            self._kept.grow(postings.bits.bytes)
        return postings.bits

    def bits_again(self, postings: Postings) -> Bits | None:
        """Return the bits of a frequent word; None the first time, when looking it up otherwise takes half as long."""
        return None if postings.bits is None and _for_the_first_time(postings) else self.bits(postings)

    def holding(self, lists: Sequence[Postings], docs: Docs) -> list[Flags]:
        """Say of each of some documents whether it is in each of some lists, bool (n,) by list."""
        sought = in_bits(docs)
        held = []
        for postings in lists:
            bits = self.bits(postings)
            held.append(places_in(docs, postings.docs)[1] if bits is None else bits.hold(sought))
        return held

    def places(self, postings: Postings, docs: Docs) -> I64:
        """Return where documents stand in the list of a word that they all hold."""
        bits = self.bits(postings) if len(docs) > FEW_DOCS else None
        return postings.docs.searchsorted(docs) if bits is None else bits.places(docs.astype(np.int64))

    def head_again(self, postings: Postings) -> Head | None:
        """Return the best postings of a list; None the first time, when finding fewer of them takes less."""
        return None if postings.head is None and _for_the_first_time(postings) else self.head(postings)

    def head(self, postings: Postings) -> Head:
        """Return the best postings of a list that is kept."""
        if postings.head is None:
            head = head_of(postings.gains(self.table))
            self._kept.grow(head.places.nbytes + head.scores.nbytes)
            postings.head = head
        return postings.head

    def gains(self, postings: Postings, weight: float, at: I64 | None = None, *, rare: bool = False) -> Scores:
        """Return what postings score with a weight, all or those at some places. Nothing may be written into it.

        All are kept when all, or some of a ``rare`` word's, are asked for again with the weight that they were asked
        for with first: of words of which any is enough that is a fifth of the time.
        """
        known = postings.weighed
        if known is not None and known[0] == weight:
            kept = known[1]
            if kept is None and postings.lasting and (at is None or rare):
                kept = postings.gains(self.table)
                kept *= weight
                kept.setflags(write=False)
                postings.weighed = weight, kept
                self._kept.grow(kept.nbytes)
            if kept is not None:
                return kept if at is None else kept[at]
        elif known is None and (at is None or rare):
            postings.weighed = weight, None
        gains = postings.gains(self.table, at)
        gains *= weight
        return gains


def _for_the_first_time(postings: Postings) -> bool:
    """Say whether any form of a list that may wait is asked for now and never was, and remember that it is."""
    before, postings.asked = postings.asked, True
    return not before
