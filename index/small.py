"""Small numbers: arrays in which most numbers take a byte, and each what it needs.

    name          uint8, each number, or 255 for one that does not fit
    name.u2       uint16, those that did not fit, in their order, or 65,535 for one that does not fit either
    name.u4 ...   uint32 and uint64, and so on; what would be empty is left out
    name.before   how many did not fit before each BLOCK numbers of ``name``; ``name.u2.before`` the same of ``name.u2``

So are positions kept, since most words stand near the beginning, and documents, by how far each is from the one before.
Of 200,000 short articles a position takes 1.23 bytes and a document 1.45, of Reuters-21578 1.34 and 1.34. With the bits
above the first eight packed beside them it was 1.46 and 1.80 (1.26 and 1.75), and no quicker to read.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow

I64 = npt.NDArray[np.int64]

TYPES: tuple[Any, ...] = (np.uint8, np.uint16, np.uint32, np.uint64)

BLOCK = 128
"""Numbers between two of which it is written down how many did not fit: 0.03 bytes a number."""

_WITHIN = np.arange(BLOCK)


class Packer:
    """Packs numbers that come in pieces under a name; what does not fit goes to a packer of the next type."""

    def __init__(self, name: str, level: int = 0) -> None:
        self._name = name if level == 0 else f"{name}.u{1 << level}"
        self._type = TYPES[level]
        self._top = np.iinfo(self._type).max
        self._wider = Packer(name, level + 1) if level + 1 < len(TYPES) else None
        self._count = self._far = 0
        self._before: list[npt.NDArray[np.uint32]] = []

    def add(self, piece: Array) -> dict[str, Array]:
        """Return what the next numbers, whole and >= 0, add to arrays."""
        if self._wider is None:
            return {self._name: piece.astype(self._type)} if len(piece) else {}
        far = np.flatnonzero(piece >= self._top)
        blocks = np.arange(-self._count % BLOCK, len(piece), BLOCK)
        self._before.append((far.searchsorted(blocks) + self._far).astype(np.uint32))
        self._count += len(piece)
        self._far += len(far)
        if not len(far):
            return {self._name: piece.astype(self._type)}
        return {self._name: np.minimum(piece, self._top).astype(self._type), **self._wider.add(piece[far])}

    def finish(self) -> dict[str, Array]:
        """Return the arrays beside."""
        if self._wider is None or not self._far:
            return {}
        return {f"{self._name}.before": narrow(np.concatenate(self._before)), **self._wider.finish()}


def pack_small(numbers: Array, name: str) -> dict[str, Array]:
    """Return the arrays of whole numbers >= 0."""
    packer = Packer(name)
    return {**packer.add(numbers), **packer.finish()}


class Small:
    """Small numbers, mapped. Safe for several threads."""

    def __init__(self, arrays: dict[str, Array], name: str, level: int = 0) -> None:
        own = name if level == 0 else f"{name}.u{1 << level}"
        self._numbers = arrays[own]
        self._top = self._numbers.dtype.type(np.iinfo(self._numbers.dtype).max)
        self._before = arrays.get(f"{own}.before")
        self._wider = None if self._before is None else Small(arrays, name, level + 1)

    def __len__(self) -> int:
        return len(self._numbers)

    def between(self, start: int, end: int, dtype: Any = np.int64) -> npt.NDArray[Any]:
        """Return the numbers ``start`` to ``end``, in a type that holds them."""
        here = self._numbers[start:end]
        found = here.astype(dtype)
        if self._wider is not None:
            far = (here == self._top).nonzero()[0]
            if len(far):
                first = self._rank(start)
                found[far] = self._wider.between(first, first + len(far), dtype)
        return found

    def at(self, indices: I64) -> I64:
        """Return the numbers at some indices, int64."""
        here = self._numbers.take(indices)
        found = here.astype(np.int64)
        if self._wider is not None:
            far = (here == self._top).nonzero()[0]
            if len(far):
                found[far] = self._wider.at(self._ranks(indices[far]))
        return found

    def _rank(self, index: int) -> int:
        """Return how many numbers before an index did not fit."""
        assert self._before is not None
        block = index // BLOCK
        if block == len(self._before):
            return len(self._wider or ())
        held = self._numbers[block * BLOCK : index]
        # Of bytes, as nearly all are, Python counts a few sooner.
        within = held.tobytes().count(0xFF) if held.itemsize == 1 else int(np.count_nonzero(held == self._top))
        return int(self._before[block]) + within

    def _ranks(self, indices: I64) -> I64:
        """Return how many numbers before each index did not fit."""
        assert self._before is not None
        block = indices // BLOCK
        windows = (block * BLOCK)[:, None] + _WITHIN
        held = self._numbers.take(windows, mode="clip") == self._top
        held &= windows < indices[:, None]
        ranks: I64 = self._before.take(block) + held.sum(axis=1, dtype=np.int64)
        return ranks
