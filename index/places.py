"""Positions: one number for each word, in as few bytes as a segment's texts are long.

    place          uint8, the low byte of each
    place.more     the bits above, ``place.bits`` of each: 0, 2, 4 or 8, whatever makes this segment's smallest
    place.far      which positions do not fit into these bits, ascending, and
    place.rest     what they are; what stands in their bits is the largest number

Most words stand near the beginning: of Reuters-21578, 84 in 100 positions fit into a byte, and a position takes 1.25.
"""

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow

I64 = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

WIDTHS = (0, 2, 4, 8)
"""Bits that ``place.more`` can hold of each position."""

FAR = 7
"""Bytes that a position costs in ``far`` and ``rest``."""


def sizes(places: Array) -> I64:
    """Return how many positions would be far with each of WIDTHS, int64 (4,): what ``width`` is chosen by."""
    return np.array([np.count_nonzero(places >= _top(bits)) for bits in WIDTHS], dtype=np.int64)


def width(count: int, beyond: I64) -> int:
    """Return the number of bits above the first eight that makes ``count`` positions smallest."""
    cost = [count * bits / 8 + FAR * more for bits, more in zip(WIDTHS, beyond.tolist(), strict=True)]
    return WIDTHS[cost.index(min(cost))]


class Packer:
    """Packs positions that come in pieces. ``bits`` is what ``width`` told."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._count = 0
        self._left = np.zeros(0, dtype=np.uint8)
        self._far: list[I64] = []
        self._rest: list[I64] = []

    def add(self, piece: Array) -> tuple[Bytes, Bytes]:
        """Return what the next positions add to ``place`` and to ``place.more``."""
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
        """Return the last byte of ``place.more``, if one is left, and the arrays beside."""
        missing = -len(self._left) % (8 // self._bits) if self._bits else 0
        last = self._packed(np.concatenate([self._left, np.zeros(missing, dtype=np.uint8)]))
        none = [np.zeros(0, dtype=np.int64)]
        return last, {
            "place.bits": np.array([self._bits], dtype=np.uint8),
            "place.far": narrow(np.concatenate(self._far or none)),
            "place.rest": narrow(np.concatenate(self._rest or none)),
        }

    def _packed(self, more: Bytes) -> Bytes:
        if not len(more):
            return more
        together = np.zeros(len(more) * self._bits // 8, dtype=np.uint8)
        for at, part in enumerate(more.reshape(-1, 8 // self._bits).T):
            together |= part << np.uint8(at * self._bits)
        return together


def pack_places(places: Array) -> dict[str, Array]:
    """Return the arrays of positions."""
    packer = Packer(width(len(places), sizes(places)))
    low, more = packer.add(places)
    last, beside = packer.finish()
    return {"place": low, "place.more": np.concatenate([more, last]), **beside}


class Places:
    """The positions of all postings of a segment's terms, one posting's behind the other's."""

    def __init__(self, arrays: dict[str, Array], prefix: str = "") -> None:
        self._low, self._more = arrays[f"{prefix}place"], arrays[f"{prefix}place.more"]
        self._far, self._rest = arrays[f"{prefix}place.far"], arrays[f"{prefix}place.rest"]
        self._bits = int(arrays[f"{prefix}place.bits"][0])

    def __len__(self) -> int:
        return len(self._low)

    def between(self, start: int, end: int) -> I64:
        """Return the positions ``start`` to ``end``, int64."""
        low = self._low[start:end]
        if self._bits:
            share = 8 // self._bits
            first = start // share
            more = _SPREAD[self._bits].take(self._more[first : -(-end // share)]).view(np.uint16)
            more = more[start - first * share :][: len(low)]
            more |= low
            low = more
        places = low.astype(np.int64)
        if len(self._far):
            # In the array's own type: any other would have all of it converted.
            edges = np.array((start, end), dtype=self._far.dtype)
            first, last = self._far.searchsorted(edges).tolist()
            places[self._far[first:last].astype(np.int64) - start] = self._rest[first:last]
        return places

    def at(self, indices: I64) -> I64:
        """Return the positions at some indices, int64."""
        places = self._low[indices].astype(np.int64)
        if self._bits:
            share = 8 // self._bits
            more = self._more[indices >> (share.bit_length() - 1)]
            more >>= (indices & (share - 1)).astype(np.uint8) * np.uint8(self._bits)
            more &= np.uint8((1 << self._bits) - 1)
            places |= more.astype(np.int64) << 8
        if len(self._far):
            held = (places == _top(self._bits)).nonzero()[0]
            places[held] = self._rest[self._far.searchsorted(indices[held].astype(self._far.dtype))]
        return places


def _top(bits: int) -> int:
    """Return the largest number of eight and ``bits`` bits, which marks what is far."""
    return (256 << bits) - 1


def _spread(bits: int) -> Array:
    """Return, for each byte of ``place.more``, what its parts add to a position, as one number of uint16 each."""
    byte = np.arange(256, dtype=np.uint16)[:, None]
    part = np.arange(0, 8, bits, dtype=np.uint16)
    spread = ((byte >> part) & np.uint16((1 << bits) - 1)) << np.uint16(8)
    return np.ascontiguousarray(spread).view(f"u{16 // bits}").ravel()


_SPREAD = {bits: _spread(bits) for bits in WIDTHS if bits}
