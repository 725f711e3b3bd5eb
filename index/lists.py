"""Posting lists in the making: runs of postings in their order -> the arrays of a segment."""

from collections.abc import Iterable
from itertools import compress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.arrays import Array, ArrayWriter, Spool, narrow
from index.gaps import GapPacker
from index.quantise import TIMES
from index.small import Packer
from index.strings import pack

I64 = npt.NDArray[np.int64]

SKIP = 64
"""Postings between two of which it is written down where their positions begin."""


class Postings(NamedTuple):
    """Postings in their order: term, document and times, int64 each, the times bytes, and the positions of all."""

    term: I64
    doc: I64
    times: I64
    stood: npt.NDArray[np.uint8]
    place: I64


_NONE = np.zeros(0, dtype=np.int64)
_NOTHING = Postings(_NONE, _NONE, _NONE, _NONE.astype(np.uint8), _NONE)


class Lists:
    """Posting lists written to an array file as they come, those of ``terms`` terms at most."""

    def __init__(self, writer: ArrayWriter, prefix: str, terms: int) -> None:
        self._writer, self._prefix = writer, prefix
        self._spools: dict[str, Spool] = {}
        self._gap_packer, self._place_packer = GapPacker(prefix), Packer(f"{prefix}place")
        self._count, self._held = np.zeros(terms, dtype=np.int64), np.zeros(terms, dtype=np.int64)
        self._many: list[I64] = [np.zeros(0, dtype=np.int64)]
        self._many_times: list[I64] = [np.zeros(0, dtype=np.int64)]
        self._skip: list[I64] = [np.zeros(0, dtype=np.int64)]
        self._postings = self._places = 0
        # So that every array is there, whatever comes.
        self.add(_NOTHING)

    def add(self, found: Postings) -> None:
        """Write the next postings, by term and document."""
        self._append(self._gap_packer.add(found.term, found.doc))
        self._append({f"{self._prefix}posting.times": found.stood})
        self._append(self._place_packer.add(found.place))
        change = np.flatnonzero(np.diff(found.term, prepend=-1))
        begin = np.append(0, np.cumsum(found.times))
        edges = np.append(change, len(found.term))
        self._count[found.term[change]] += np.diff(edges)
        self._held[found.term[change]] += np.diff(begin[edges])
        inexact = np.flatnonzero(TIMES[found.stood] != found.times)
        self._many.append(inexact + self._postings)
        self._many_times.append(found.times[inexact])
        # Not a view, which would keep all of them, 8 bytes a posting.
        self._skip.append(begin[:-1][-self._postings % SKIP :: SKIP] + self._places)
        self._postings += len(found.doc)
        self._places += len(found.place)

    def finish(self, names: Iterable[bytes]) -> I64:
        """Write what is told of the terms, and return which of them there are postings of, ascending."""
        held = np.flatnonzero(self._count)
        arrays = {
            **pack(compress(names, (self._count > 0).data), "term"),
            "term.posting": narrow(np.append(0, np.cumsum(self._count[held]))),
            "term.place": narrow(np.append(0, np.cumsum(self._held[held]))),
            "many.posting": narrow(np.concatenate(self._many)),
            "many.times": narrow(np.concatenate(self._many_times)),
            "place.skip": narrow(np.concatenate(self._skip)),
        }
        self._writer.put({**self._gap_packer.finish(), **self._place_packer.finish()})
        self._writer.put({f"{self._prefix}{name}": array for name, array in arrays.items()})
        return held

    def _append(self, arrays: dict[str, Array]) -> None:
        for name, array in arrays.items():
            if name not in self._spools:
                self._spools[name] = self._writer.spool(name, array.dtype)
            self._spools[name].append(array)
