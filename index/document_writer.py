"""The document writer: what is kept of articles beside their words -> arrays of a segment.

Ids, dates and sections wait in memory, stored forms on the disk, until the order of the documents is known.
"""

from array import array
from itertools import count
from pathlib import Path

import numpy as np

from index.arrays import Array, ArrayWriter
from index.codec import ArraySegment
from index.columns import pack_columns
from index.order import I64, newest_first
from index.parcels import Parcel
from index.stored import PASSING_WAY, WAY, Packing, Stash, sample_step


class DocumentWriter:
    """The documents of one segment. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids: list[str] = []
        self._stamps = array("q")
        self._sections: list[str | None] = []
        self._names: dict[str | None, str | None] = {}
        self._stash = Stash(folder)
        self._places: dict[str, int] | None = None
        self._removed: list[int] = []
        self._order: I64 = np.zeros(0, dtype=np.int64)
        self._columns: dict[str, Array] = {}
        self._packing: Packing | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def take(self, parcel: Parcel) -> None:
        """Add the articles of a parcel, whose ids are not among those added and not removed."""
        if self._places is not None:
            self._places.update(zip(parcel.ids, count(len(self))))
        self._ids += parcel.ids
        self._stamps.extend(parcel.stamps)
        # One text for all that are alike: articles of one section bring one each.
        self._sections += map(self._names.setdefault, parcel.sections, parcel.sections)
        self._stash.add(parcel.stored, parcel.sizes)

    def remove(self, identifier: str) -> bool:
        """Take an article out again, which becomes a deleted document, and say whether it was there."""
        if self._places is None:
            # Most runs never ask, and it takes as much as the rest.
            self._places = dict(zip(self._ids, count()))
        place = self._places.pop(identifier, None)
        if place is not None:
            self._removed.append(place)
        return place is not None

    def end(self) -> I64:
        """Return the order of the documents, int64 (n,): which article comes where. Nothing is added afterwards."""
        self._order = newest_first(np.frombuffer(self._stamps, dtype=np.int64), self._ids.__getitem__)
        return self._order

    def pack(self, *, beside: bool, passing: bool = False) -> None:
        """Compress what is stored, or begin to in a thread ``beside`` what comes next.

        What is merged anon, ``passing``, is made in the quickest way.
        """
        # As a list the numbers would take 40 bytes each, until all is compressed.
        kept = self._order.data
        sample = () if passing else self._stash.read(kept[:: sample_step(self._stash.size)])
        way = PASSING_WAY if passing else WAY
        self._packing = Packing(self._folder, self._stash.read(kept), sample, way)
        if not beside:
            self._packing.wait()
        # Now, while others are at it, and not when the words are there and nothing else is left to do.
        ids = list(map(self._ids.__getitem__, kept))
        sections = list(map(self._sections.__getitem__, kept))
        stamps = np.frombuffer(self._stamps, dtype=np.int64)
        self._columns = pack_columns(ids, stamps[self._order], sections)

    def write(self, writer: ArrayWriter, segment: ArraySegment) -> None:
        """Write all of it, and mark in the segment, which it is of, what was removed."""
        assert self._packing is not None
        writer.put(self._columns)
        self._packing.write(writer)
        if self._removed:
            new = np.argsort(self._order)
            for place in self._removed:
                segment.delete_document(int(new[place]))

    def close(self) -> None:
        """Let go of its files."""
        if self._packing is not None:
            self._packing.close()
        self._stash.close()
