"""Sorted strings as arrays, each written as what it does not share with the one before.

    name.blob      what strings add, in UTF-8; the first of each BLOCK is written whole
    name.shared    how many bytes each has in common with the one before
    name.own       how many bytes each adds
    name.at        where each block begins in the blob
    name.key       the first eight bytes of each block's first string, as a number

Looking one up is a binary search over the keys, and over the few strings of a block. UTF-8 sorts as code points do, so
that a prefix is a range. Which letters each string has is found out for all of them without spelling a single one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow, ranges

BLOCK = 16
"""Strings that are spelt out to read one of them."""

MOST_SHARED = 255
"""Bytes that a string is said to share with the one before, at most."""

HEAD = 24
"""Bytes by which strings are sorted, of which the first eight are a number; one word in ten thousand is longer."""

PIECE = 1 << 14
"""Strings packed at a time, a multiple of BLOCK: 4 MB, where all of a million at once took ten times what they fill."""

U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]

# A letter of ASCII is a bit of a set, which it may share with another; no other character has one.
_BITS: U64 = np.array([1 << (byte & 63) if byte < 128 else 0 for byte in range(256)], dtype=np.uint64)
_BEGINS_CHARACTER: U16 = np.array([(byte & 0xC0) != 0x80 for byte in range(256)], dtype=np.uint16)


def letters(string: bytes) -> np.uint64:
    """Return the letters of a string as a set of bits: one typo changes two of them at most."""
    found: np.uint64 = np.bitwise_or.reduce(_BITS.take(np.frombuffer(string, dtype=np.uint8)))
    return found


class Packer:
    """Packs strings that come in ascending order, in any number of pieces."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._key: list[U64] = [np.zeros(0, dtype=np.uint64)]
        self._shared: list[Array] = [np.zeros(0, dtype=np.uint8)]
        self._own: list[Array] = [np.zeros(0, dtype=np.uint8)]
        self._blob: list[npt.NDArray[np.uint8]] = [np.zeros(0, dtype=np.uint8)]
        self._waiting: list[bytes] = []

    def add(self, strings: Iterable[bytes]) -> None:
        """Put strings behind the others."""
        coming = iter(strings)
        while more := list(islice(coming, PIECE - len(self._waiting))):
            self._waiting += more
            if len(self._waiting) == PIECE:
                self._pack()

    def _pack(self) -> None:
        strings, self._waiting = self._waiting, []
        blob = np.frombuffer(b"".join(strings), dtype=np.uint8)
        size = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
        at = np.cumsum(size) - size
        shared = _shared(blob, at, size)
        own = size - shared
        heads = b"".join([string[:8].ljust(8, b"\0") for string in strings[::BLOCK]])
        self._key.append(np.frombuffer(heads, dtype=">u8").astype(np.uint64))
        self._shared.append(shared.astype(np.uint8))
        self._own.append(narrow(own))
        self._blob.append(blob.take(ranges(at + shared, own)))

    def finish(self) -> dict[str, Array]:
        """Return the arrays of all."""
        self._pack()
        own = np.concatenate(self._own)
        begins = np.append(0, np.cumsum(own, dtype=np.int64))
        return {
            f"{self._name}.key": np.concatenate(self._key),
            f"{self._name}.at": narrow(np.append(begins[:-1:BLOCK], begins[-1])),
            f"{self._name}.shared": np.concatenate(self._shared),
            f"{self._name}.own": own,
            f"{self._name}.blob": np.concatenate(self._blob),
        }


def pack(strings: Iterable[bytes], name: str) -> dict[str, Array]:
    """Return the arrays of strings that are in ascending order."""
    packer = Packer(name)
    packer.add(strings)
    return packer.finish()


def ranked(strings: Sequence[bytes]) -> tuple[list[bytes], npt.NDArray[np.int64]]:
    """Return the different ones of some strings, ascending, and where each stands among them, int64. None ends in NUL.

    Sorted as numbers first, then what begins alike by its head, and by Python the few that are longer: 70,000 words
    take 8 ms, where a set, its sorted list and a dictionary of that took 25.
    """
    heads = np.array(strings, dtype=f"S{HEAD}")
    long = np.flatnonzero(np.fromiter(map(len, strings), dtype=np.int64, count=len(strings)) > HEAD)
    longer = [strings[at] for at in long.tolist()]
    whole = np.zeros(len(strings), dtype=np.int64)
    # The short one of a head comes before all that go on.
    whole[long] = numbers_of(longer, sorted(set(longer))) + 1
    begin = heads.view(">u8")[:: HEAD // 8].astype(np.uint64)
    order = begin.argsort()
    other = np.concatenate([[True], np.diff(begin.take(order)) != 0, [True]])
    alike = np.flatnonzero(~(other[1:] & other[:-1])[: len(order)])
    these = order.take(alike)
    order[alike] = these.take(np.lexsort((whole.take(these), heads.take(these))))
    heads, whole = heads.take(order), whole.take(order)
    new = np.append(True, (heads[1:] != heads[:-1]) | (whole[1:] != whole[:-1]))[: len(order)]
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    return list(map(strings.__getitem__, order[new].tolist())), numbers


def numbers_of(strings: Iterable[bytes], names: Sequence[bytes]) -> npt.NDArray[np.int64]:
    """Return where each of some strings stands among ``names``, int64."""
    number = dict(zip(names, range(len(names)), strict=True))
    return np.fromiter(map(number.__getitem__, strings), dtype=np.int64)


def _shared(blob: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> Array:
    """Return how many bytes, MOST_SHARED at most, each string shares with the one before; none at a block's head."""
    shared = np.zeros(len(size), dtype=np.int64)
    alike = np.arange(len(size))
    alike = alike[alike % BLOCK > 0]
    for place in range(MOST_SHARED):
        alike = alike[(size[alike] > place) & (size[alike - 1] > place)]
        alike = alike[blob[at[alike] + place] == blob[at[alike - 1] + place]]
        if not len(alike):
            break
        shared[alike] = place + 1
    return shared


class Strings:
    """Sorted strings, mapped. ``count`` is how many there are."""

    def __init__(self, arrays: dict[str, Array], name: str) -> None:
        self._key: npt.NDArray[np.uint64] = arrays[f"{name}.key"]
        self._at = arrays[f"{name}.at"]
        self._shared, self._own = arrays[f"{name}.shared"], arrays[f"{name}.own"]
        self._blob = arrays[f"{name}.blob"].data
        self._keys, self._begins = self._key.data, self._at.data
        self._shares, self._owns = self._shared.data, self._own.data
        self.count = len(self._shared)
        self._spelt_last: tuple[bytes | None, int] = None, -1

    def __getitem__(self, number: int) -> bytes:
        block, within = divmod(number, BLOCK)
        string = self._spelt(block, within + 1)[within]
        # A word's terms are spelt out and looked up again, since a query's own stems are mostly among them.
        self._spelt_last = string, number
        return string

    def __iter__(self) -> Iterator[bytes]:
        for block in range(len(self._key)):
            yield from self._spelt(block)

    def between(self, low: int, high: int) -> list[bytes]:
        """Return the strings ``low`` to ``high``."""
        first = low // BLOCK
        found = [string for block in range(first, -(-high // BLOCK)) for string in self._spelt(block)]
        return found[low - first * BLOCK : high - first * BLOCK]

    def letters(self) -> tuple[U64, U16]:
        """Return of all strings the ``letters``, uint64 (n,), and how many characters they have, uint16 (n,).

        For 290,000 words 0.12 s, where spelling them out takes 0.7 s and ten times the memory.
        """
        shared, own = self._shared.astype(np.int64), self._own.astype(np.int64)
        size = shared + own
        blob = np.frombuffer(self._blob, dtype=np.uint8)
        begins = np.cumsum(own) - own - shared
        sets, characters = np.zeros(self.count, dtype=np.uint64), np.zeros(self.count, dtype=np.uint16)
        rows = np.arange(self.count)
        for place in range(int(size.max(initial=0))):
            rows = rows[size[rows] > place]
            # What a string shares with the one before was written by the last one that did not share it.
            writers = np.maximum.accumulate(np.where(shared[rows] <= place, rows, 0))
            bytes_ = blob[begins[writers] + place]
            sets[rows] |= _BITS[bytes_]
            characters[rows] += _BEGINS_CHARACTER[bytes_]
        return sets, characters

    def find(self, string: bytes) -> int:
        """Return the number of a string, or -1."""
        spelt, number = self._spelt_last
        if spelt == string:
            return number
        block = self._block(string)
        if block < 0:
            return -1
        start, at = block * BLOCK, self._begins[block]
        # Hardly any of a block has to be spelt: what shares more with the one before than that has with the string
        # comes before the string as well, and what shares less comes after it. Half of what spelling it takes.
        blob, matched, wanted = self._blob, 0, string[0] if string else -1
        shares, owns = self._shares[start : start + BLOCK].tolist(), self._owns[start : start + BLOCK].tolist()
        for number, shared in enumerate(shares):
            if shared < matched:
                return -1
            own = owns[number]
            if shared == matched and not (own and blob[at] < wanted):
                rest, added = string[matched:], bytes(blob[at : at + own])
                if added >= rest:
                    return start + number if added == rest else -1
                matched = min(matched + _common(added, rest), MOST_SHARED)
                wanted = string[matched] if matched < len(string) else -1
            at += own
        return -1

    def range(self, prefix: bytes) -> tuple[int, int]:
        """Return the numbers of the strings that begin with a prefix, as first and last plus one."""
        return self.before(prefix), self.before(prefix + b"\xff" * 8) if prefix else self.count

    def before(self, string: bytes) -> int:
        """Return how many strings come before one."""
        block = self._block(string)
        return 0 if block < 0 else block * BLOCK + bisect_left(self._spelt(block), string)

    def _block(self, string: bytes) -> int:
        """Return the last block whose first string does not come after one, -1 for none."""
        key = int.from_bytes(string[:8].ljust(8, b"\0"), "big")
        # By hand, on what is mapped: NumPy takes longer to make a number its own than to look it up.
        high = bisect_right(self._keys, key)
        if not high or self._keys[high - 1] != key:
            return high - 1
        low = bisect_left(self._keys, key, 0, high)
        while low < high:
            middle = (low + high) // 2
            if self._spelt(middle, 1)[0] <= string:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def _spelt(self, block: int, most: int = BLOCK) -> list[bytes]:
        """Return the first strings of a block."""
        return [*self._spelling(block, most)]

    def _spelling(self, block: int, most: int = BLOCK) -> Iterator[bytes]:
        """Yield the first strings of a block."""
        start, at = block * BLOCK, self._begins[block]
        shared, own = self._shares[start : start + most].tolist(), self._owns[start : start + most].tolist()
        added = bytes(self._blob[at : at + sum(own)])
        string, here = b"", 0
        for same, more in zip(shared, own, strict=True):
            string = string[:same] + added[here : here + more]
            here += more
            yield string


def _common(left: bytes, right: bytes) -> int:
    """Return how many bytes two strings begin with that are the same."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
