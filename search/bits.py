"""Bits: which documents of a segment are in a list, a bit each, and where in the list they stand.

To look 1,000 documents up in a list by halves takes 25 to 60 us, since nothing foretells which half a document is in;
by bits it takes 4. They take 16 bytes for 64 documents.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

# As arrays: a number of Python's own is made into one each time, which takes as long as the operation.
NONE = np.array(0, dtype=np.uint8)
_BYTE, _IN_BYTE, _WORD, _IN_WORD = np.array(3), np.array(7), np.array(6), np.array(63)
_IN_BYTES: U8 = np.array([1 << bit for bit in range(8)], dtype=np.uint8)
_BELOW: U64 = np.array([(1 << bit) - 1 for bit in range(64)], dtype=np.uint64)


class Sought(NamedTuple):
    """Documents that are looked up: the byte that each is in, and its bit there."""

    byte: I64
    bit: U8


class Bits(NamedTuple):
    """The documents of a list: a bit each in ``held``, uint8, whole words of 64; and how many before each word."""

    held: U8
    before: npt.NDArray[np.int64]

    @property
    def bytes(self) -> int:
        """Memory that they take."""
        return self.held.nbytes + self.before.nbytes

    def hold(self, docs: Sought) -> Flags:
        """Say of each of some documents whether it is in the list."""
        flags: Flags = (self.held[docs.byte] & docs.bit) != NONE
        return flags

    def places(self, docs: I64) -> I64:
        """Return where documents stand in the list, or where the next one does."""
        word = docs >> _WORD
        below = np.bitwise_count(self.held.view("<u8")[word] & _BELOW[docs & _IN_WORD])
        places: I64 = self.before[word] + below
        return places


def in_bits(docs: npt.NDArray[Any]) -> Sought:
    """Return where documents are to be looked for in bits, in whichever."""
    # Arrays are looked into by twenty numbers in int64 in 0.1 us, by narrower ones in 0.4.
    numbers = docs.astype(np.int64, copy=False)
    return Sought(numbers >> _BYTE, _IN_BYTES[numbers & _IN_BYTE])


def bits_of(docs: npt.NDArray[Any], size: int) -> Bits:
    """Return the bits of a list of a segment of ``size`` documents."""
    flags = np.zeros(-(-size // 64) * 64, dtype=np.bool_)
    flags[docs] = True
    held = np.packbits(flags, bitorder="little")
    counts = np.bitwise_count(held.view("<u8"))
    return Bits(held, counts.cumsum(dtype=np.int64) - counts)
