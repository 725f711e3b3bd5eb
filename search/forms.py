"""Forms: what posting lists of a segment are made into besides, once, and kept with them.

A list says which documents hold a word, one behind the other; a column or bits say it of each document, in one look.
To look 1,000 documents up in a list by halves takes 25 us, since nothing foretells which half a document is in; in a
column or in bits it takes 3. The head of a list are its best postings. All go with the list when it is no longer kept.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.heads import Head, head_of
from search.kept import Kept
from search.postings import Bits, Codes, Docs, Postings, Scores, places_in

FREQUENT = 128
"""A word in more than one of so many documents has bits, and in a small segment a column besides."""

SMALL = 1 << 15
"""Documents of a segment up to which there are columns: they take two bytes a document, bits an eighth of one."""

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MASKS: Bits = np.array([128, 64, 32, 16, 8, 4, 2, 1], dtype=np.uint8)
"""The bit of a document in its byte, by the last three bits of its number."""

# As arrays: a number of Python's own is made into one each time, which takes as long as the operation.
_TO_BYTES, _IN_BYTE, NONE = np.array(3), np.array(7), np.array(0, dtype=np.uint8)


def in_bits(docs: Docs) -> tuple[I64, Bits]:
    """Return where documents stand in bits: their bytes, and the bit of each in its own."""
    # Arrays are looked into by twenty numbers in int64 in 0.1 us, by narrower ones in 0.4.
    numbers = docs.astype(np.int64, copy=False)
    return numbers >> _TO_BYTES, _MASKS[numbers & _IN_BYTE]


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
        """Return which documents hold a frequent word, a bit each, uint8; None for others."""
        if postings.bits is None and postings.lasting and len(postings.docs) * FREQUENT > self.size:
            flags = np.zeros(-(-self.size // 64) * 64, dtype=np.bool_)
            flags[postings.docs] = True
            bits = np.packbits(flags)
            self._kept.grow(bits.nbytes)
            postings.bits = bits
        return postings.bits

    def holding(self, lists: Sequence[Postings], docs: Docs) -> list[Flags]:
        """Say of each of some documents whether it is in each of some lists, bool (n,) by list."""
        at, masks = in_bits(docs)
        held = []
        for postings in lists:
            if (bits := self.bits(postings)) is not None:
                held.append((bits[at] & masks) != NONE)
            else:
                held.append(places_in(docs, postings.docs)[1])
        return held

    def head(self, postings: Postings) -> Head:
        """Return the best postings of a list that is kept."""
        if postings.head is None:
            head = head_of(postings.gains(self.table))
            self._kept.grow(head.places.nbytes + head.scores.nbytes)
            postings.head = head
        return postings.head
