"""Columns: what filters, orders and facets are read from, an array each.

doc.gap        minutes from each date to the next one's; ``doc.newest`` is the first. Undated documents have none
doc.section    number into ``section``, the names as written; the last number is that of no section
doc.language   number into ``language``, the tags
id             the ids, in document order; ``id.size`` says how long each is, ``id.order`` sorts them by code point
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow
from index.schema import UNDATED
from index.small import Small, pack_small

I64 = npt.NDArray[np.int64]


def pack_columns(
    ids: Sequence[str], stamps: I64, sections: Sequence[str | None], languages: Sequence[str]
) -> dict[str, Array]:
    """Return the columns of documents in document order: newest first, undated last."""
    encoded = [identifier.encode() for identifier in ids]
    order = np.array(sorted(range(len(encoded)), key=encoded.__getitem__), dtype=np.int64)
    section_names = sorted({name for name in sections if name is not None})
    section_numbers: dict[str | None, int] = {name: number for number, name in enumerate(section_names)}
    section_numbers[None] = len(section_names)
    language_tags = sorted(set(languages))
    language_numbers = {tag: number for number, tag in enumerate(language_tags)}
    return {
        **pack_stamps(stamps),
        **pack_named("section", np.array([section_numbers[name] for name in sections], dtype=np.int64), section_names),
        **pack_named("language", np.array([language_numbers[tag] for tag in languages], dtype=np.int64), language_tags),
        **_blob(encoded, "id"),
        "id.order": narrow(order),
    }


def pack_stamps(stamps: I64) -> dict[str, Array]:
    """Return the columns of the stamps of documents in document order."""
    dated = stamps[stamps != UNDATED]
    return {"doc.newest": dated[:1], **pack_small(dated[:-1] - dated[1:], "doc.gap")}


def pack_named(name: str, numbers: Array, names: Sequence[str]) -> dict[str, Array]:
    """Return the columns of a number for each document into names; one past the end is none."""
    return {f"doc.{name}": narrow(numbers), **_blob([text.encode() for text in names], name)}


def stamps(arrays: dict[str, Array]) -> I64:
    """Return the stamps of all documents, int64 (n,): minutes of wall time, descending, then UNDATED."""
    found = np.full(len(arrays["doc.section"]), UNDATED, dtype=np.int64)
    newest, gaps = arrays["doc.newest"], Small(arrays, "doc.gap")
    if len(newest):
        found[0] = newest[0]
        found[1 : len(gaps) + 1] = newest[0] - np.cumsum(gaps.between(0, len(gaps)))
    return found


def strings(arrays: dict[str, Array], name: str) -> list[str]:
    """Return the strings of a column."""
    blob = arrays[name].tobytes()
    return [blob[start:end].decode() for start, end in pairwise(begins(arrays, name).tolist())]


def begins(arrays: dict[str, Array], name: str) -> I64:
    """Return where each string of a column begins, and where the last one ends, int64 (n + 1,)."""
    size = arrays[f"{name}.size"]
    found = np.zeros(len(size) + 1, dtype=np.int64)
    np.cumsum(size, out=found[1:])
    return found


def _blob(texts: Sequence[bytes], name: str) -> dict[str, Array]:
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return {name: np.frombuffer(b"".join(texts), dtype=np.uint8), f"{name}.size": narrow(size)}
