"""Columns: what filters, orders and facets are read from, an array each.

doc.gap        minutes from each date to the next one's; ``doc.newest`` is the first. Undated documents have none
doc.section    number into ``section``, the names as written; the last number is that of no section
doc.language   number into ``language``, the tags
id             the ids, in document order; ``id.size`` says how long each is, ``id.order`` sorts them by code point
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow
from index.names import pack_names, pack_strings
from index.schema import UNDATED
from index.small import Small, pack_small

I64 = npt.NDArray[np.int64]


def pack_columns(ids: Sequence[str], stamps: I64, sections: Sequence[str | None]) -> dict[str, Array]:
    """Return the columns of documents in document order, newest first, undated last; but for the languages."""
    encoded = [identifier.encode() for identifier in ids]
    order = np.array(sorted(range(len(encoded)), key=encoded.__getitem__), dtype=np.int64)
    return {
        **pack_stamps(stamps),
        **pack_names("section", sections),
        **pack_strings(encoded, "id"),
        "id.order": narrow(order),
    }


def pack_stamps(stamps: I64) -> dict[str, Array]:
    """Return the columns of the stamps of documents in document order."""
    dated = stamps[stamps != UNDATED]
    return {"doc.newest": dated[:1], **pack_small(dated[:-1] - dated[1:], "doc.gap")}


def stamps(arrays: dict[str, Array]) -> I64:
    """Return the stamps of all documents, int64 (n,): minutes of wall time, descending, then UNDATED."""
    found = np.full(len(arrays["doc.section"]), UNDATED, dtype=np.int64)
    newest, gaps = arrays["doc.newest"], Small(arrays, "doc.gap")
    if len(newest):
        found[0] = newest[0]
        found[1 : len(gaps) + 1] = newest[0] - np.cumsum(gaps.between(0, len(gaps)))
    return found
