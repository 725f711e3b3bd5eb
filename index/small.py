"""Small numbers: arrays in which most numbers take a byte, and each what it needs.

    name          uint8, the low byte of each
    name.more     the bits above, ``name.bits`` of each: 0, 2, 4 or 8, whatever makes these numbers smallest
    name.far      which do not fit into these bits, ascending, and
    name.rest     what they are; what stands in their bits is the largest number

So are positions kept, since most words stand near the beginning: of Reuters-21578, 84 in 100 positions fit into a byte,
and a position takes 1.25.
"""

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow

I64 = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

WIDTHS = (0, 2, 4, 8)
"""Bits that ``more`` can hold of each number."""

FAR = 7
"""Bytes that a number costs in ``far`` and ``rest``."""


def sizes(numbers: Array) -> I64:
    """Return how many numbers would be far with each of WIDTHS, int64 (4,): what ``width`` is chosen by."""
    return np.array([np.count_nonzero(numbers >= _top(bits)) for bits in WIDTHS], dtype=np.int64)


def width(count: int, beyond: I64) -> int:
    """Return the number of bits above the first eight that makes ``count`` numbers smallest."""
    cost = [count * bits / 8 + FAR * more for bits, more in zip(WIDTHS, beyond.tolist(), strict=True)]
    return WIDTHS[cost.index(min(cost))]


class Packer:
    """Packs numbers that come in pieces under a name. ``bits`` is what ``width`` told."""

    def __init__(self, name: str, bits: int) -> None:
        self._name = name
        self._bits = bits
        self._count = 0
        self._left = np.zeros(0, dtype=np.uint8)
        self._far: list[I64] = []
        self._rest: list[I64] = []

    def add(self, piece: Array) -> tuple[Bytes, Bytes]:
        """Return what the next numbers add to ``name`` and to ``name.more``."""
        top = _top(self._bits)
        far = np.flatnonzero(piece >= top)
        self._far.append(far + self._count)
        self._rest.append(piece[far].astype(np.int64))
        self._count += len(piece)
        near = np.minimum(piece, top)
        if not self._bits:
            return near.astype(np.uint8), self._left
        more = np.concatenate([self._left, (near >> 8).astype(np.uint8)])
        whole = len(more) - len(more) % (8 // self._bits)
        self._left = more[whole:]
        return near.astype(np.uint8), self._packed(more[:whole])

    def finish(self) -> tuple[Bytes, dict[str, Array]]:
        """Return the last byte of ``name.more``, if one is left, and the arrays beside."""
        missing = -len(self._left) % (8 // self._bits) if self._bits else 0
        last = self._packed(np.concatenate([self._left, np.zeros(missing, dtype=np.uint8)]))
        none = [np.zeros(0, dtype=np.int64)]
        return last, {
            f"{self._name}.bits": np.array([self._bits], dtype=np.uint8),
            # Of a type that holds the count as well, the end of a stretch.
            f"{self._name}.far": np.concatenate(self._far or none).astype(np.min_scalar_type(self._count)),
            f"{self._name}.rest": narrow(np.concatenate(self._rest or none)),
        }

    def _packed(self, more: Bytes) -> Bytes:
        if not len(more):
            return more
        together = np.zeros(len(more) * self._bits // 8, dtype=np.uint8)
        for at, part in enumerate(more.reshape(-1, 8 // self._bits).T):
            together |= part << np.uint8(at * self._bits)
        return together


def pack_small(numbers: Array, name: str) -> dict[str, Array]:
    """Return the arrays of whole numbers >= 0."""
    packer = Packer(name, width(len(numbers), sizes(numbers)))
    low, more = packer.add(numbers)
    last, beside = packer.finish()
    return {name: low, f"{name}.more": np.concatenate([more, last]), **beside}


class Small:
    """Small numbers, mapped. Safe for several threads."""

    def __init__(self, arrays: dict[str, Array], name: str) -> None:
        self._low, self._more = arrays[name], arrays[f"{name}.more"]
        self._far, self._rest = arrays[f"{name}.far"], arrays[f"{name}.rest"]
        self._bits = int(arrays[f"{name}.bits"][0])

    def __len__(self) -> int:
        return len(self._low)

    def between(self, start: int, end: int) -> I64:
        """Return the numbers ``start`` to ``end``, int64."""
        low = self._low[start:end]
        if self._bits:
            share = 8 // self._bits
            first = start // share
            more = _SPREAD[self._bits].take(self._more[first : -(-end // share)]).view(np.uint16)
            more = more[start - first * share :][: len(low)]
            more |= low
            low = more
        numbers = low.astype(np.int64)
        if len(self._far):
            # In the array's own type: any other would have all of it converted.
            edges = np.array((start, end), dtype=self._far.dtype)
            first, last = self._far.searchsorted(edges).tolist()
            numbers[self._far[first:last].astype(np.int64) - start] = self._rest[first:last]
        return numbers

    def at(self, indices: I64) -> I64:
        """Return the numbers at some indices, int64."""
        numbers = self._low[indices].astype(np.int64)
        if self._bits:
            share = 8 // self._bits
            more = self._more[indices >> (share.bit_length() - 1)]
            more >>= (indices & (share - 1)).astype(np.uint8) * np.uint8(self._bits)
            more &= np.uint8((1 << self._bits) - 1)
            numbers |= more.astype(np.int64) << 8
        if len(self._far):
            held = (numbers == _top(self._bits)).nonzero()[0]
            numbers[held] = self._rest[self._far.searchsorted(indices[held].astype(self._far.dtype))]
        return numbers


def _top(bits: int) -> int:
    """Return the largest number of eight and ``bits`` bits, which marks what is far."""
    return (256 << bits) - 1


def _spread(bits: int) -> Array:
    """Return, for each byte of ``more``, what its parts add to a number, as one number of uint16 each."""
    byte = np.arange(256, dtype=np.uint16)[:, None]
    part = np.arange(0, 8, bits, dtype=np.uint16)
    spread = ((byte >> part) & np.uint16((1 << bits) - 1)) << np.uint16(8)
    return np.ascontiguousarray(spread).view(f"u{16 // bits}").ravel()


_SPREAD = {bits: _spread(bits) for bits in WIDTHS if bits}
