"""Merging: several segments -> one, term range by term range.

Term dictionaries are sorted, so that a range of the merged terms is a range of each segment's, and its postings one
slice of its arrays. Documents keep their order within a segment, so that what is put together is runs already sorted.
"""

import heapq
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from index.arrays import Array, document_type, narrow, ranges
from index.builder import I64, U32
from index.columns import pack_columns
from index.quantise import CODE_TIMES
from index.schema import UNDATED
from index.segment import SKIP, Segment, Terms
from index.small import pack_small
from index.stored import pack_stored
from index.strings import Strings, pack
from index.surfaces import pack_surfaces

SLAB = 2_000_000
"""Postings put together at a time."""


def merge(segments: Sequence[Segment]) -> dict[str, Array]:
    """Return the arrays of one segment that holds what is alive in several."""
    order = _document_order(segments)
    docs = [np.full(segment.size, -1, dtype=np.int64) for segment in segments]
    for number, (_, _, part, doc) in enumerate(order):
        docs[part][doc] = number
    parts = np.array([part for _, _, part, _ in order], dtype=np.int64)
    places = np.array([doc for _, _, _, doc in order], dtype=np.int64)

    def gathered(columns: Sequence[Array]) -> Array:
        out = np.zeros(len(order), dtype=np.result_type(*columns))
        for part, column in enumerate(columns):
            chosen = parts == part
            out[chosen] = column[places[chosen]]
        return out

    arrays = _terms([segment.terms for segment in segments], docs, len(order))
    arrays |= {
        f"byline.{name}": array for name, array in _terms([s.byline for s in segments], docs, len(order)).items()
    }
    arrays |= {
        "doc.title": narrow(gathered([segment.title_words for segment in segments])),
        "doc.body": narrow(gathered([segment.body_words for segment in segments])),
        "doc.length": gathered([segment.length_codes for segment in segments]).astype(np.uint8),
    }
    arrays |= _vocabulary(segments, arrays)
    sections = [segment.sections for segment in segments]
    languages = [segment.languages for segment in segments]
    arrays |= pack_columns(
        [identifier for _, identifier, _, _ in order],
        gathered([segment.stamps for segment in segments]).astype(np.int64),
        [sections[part][doc] for _, _, part, doc in order],
        [languages[part][doc] for _, _, part, doc in order],
    )
    stored = [list(segment.stored()) for segment in segments]
    return arrays | pack_stored([stored[part][doc] for _, _, part, doc in order])


def _document_order(segments: Sequence[Segment]) -> list[tuple[float, str, int, int]]:
    """Return (key, id, segment, document) of what is alive, newest first; each segment is in that order already."""

    def documents(part: int, segment: Segment) -> Iterator[tuple[float, str, int, int]]:
        stamps, ids = segment.stamps.tolist(), segment.ids
        for doc in np.flatnonzero(segment.live).tolist():
            yield (float("inf") if stamps[doc] == UNDATED else -stamps[doc], ids[doc], part, doc)

    return list(heapq.merge(*(documents(part, segment) for part, segment in enumerate(segments))))


def _terms(parts: Sequence[Terms], docs: Sequence[I64], size: int) -> dict[str, Array]:
    """Merge term dictionaries, postings and positions; ``docs`` gives each segment's documents their new numbers."""
    names = sorted(set().union(*(part.names for part in parts)))
    number = {name: i for i, name in enumerate(names)}
    ranks = [np.fromiter((number[name] for name in part.names), dtype=np.int64) for part in parts]
    weight = np.zeros(len(names), dtype=np.int64)
    for part, rank in zip(parts, ranks, strict=True):
        weight[rank] += part.counts(0, part.names.count)
    slabs = np.searchsorted(np.cumsum(weight), np.arange(0, int(weight.sum()), SLAB), side="right").tolist()
    pieces = [
        _slab(parts, ranks, docs, low, high)
        for low, high in zip([0, *slabs[1:]], [*slabs[1:], len(names)], strict=True)
    ]
    terms, doc, code, times, place = (np.concatenate(column) for column in zip(*pieces, strict=True))
    held = np.flatnonzero(np.bincount(terms, minlength=len(names)))
    first = terms.searchsorted(held)
    starts = np.concatenate([[0], np.cumsum(times)])
    inexact = np.flatnonzero(CODE_TIMES[code] != times)
    return {
        **pack([names[i] for i in held], "term"),
        "term.posting": narrow(np.append(first, len(doc))),
        "term.place": narrow(starts[np.append(first, len(doc))]),
        "posting.doc": doc.astype(document_type(size)),
        "posting.code": code,
        "many.posting": narrow(inexact),
        "many.times": narrow(times[inexact]),
        **pack_small(place, "place"),
        "place.skip": narrow(starts[:-1:SKIP]),
    }


def _slab(
    parts: Sequence[Terms], ranks: Sequence[I64], docs: Sequence[I64], low: int, high: int
) -> tuple[I64, U32, npt.NDArray[np.uint16], I64, U32]:
    """Merge the postings of the merged terms ``low`` to ``high``: (term, document, code, times, positions)."""
    columns: list[tuple[I64, I64, npt.NDArray[np.uint16], I64, I64]] = []
    places: list[Array] = []
    before = 0
    for part, rank, new in zip(parts, ranks, docs, strict=True):
        begin, end = np.searchsorted(rank, [low, high]).tolist()
        first, last = int(part.first[begin]), int(part.first[end])
        term = np.repeat(rank[begin:end], part.counts(begin, end))
        times, here = part.times_between(first, last), part.places_between(begin, end)
        start = np.cumsum(times) - times + before
        before += len(here)
        columns.append((term, new[part.docs[first:last]], part.codes[first:last], times, start))
        places.append(here)
    term, doc, code, times, start = (np.concatenate(column) for column in zip(*columns, strict=True))
    kept = np.flatnonzero(doc >= 0)
    kept = kept[np.lexsort((doc[kept], term[kept]))]
    here = np.concatenate(places)[ranges(start[kept], times[kept])]
    return term[kept], doc[kept].astype(np.uint32), code[kept], times[kept], here.astype(np.uint32)


def _vocabulary(segments: Sequence[Segment], arrays: dict[str, Array]) -> dict[str, Array]:
    """Add the surface vocabularies up, but for words whose stems nothing alive holds any more."""
    terms = {name: number for number, name in enumerate(Strings(arrays, "term"))}
    pairs: dict[tuple[bytes, int], int] = {}
    for segment in segments:
        names = list(segment.terms.names)
        for number, surface in enumerate(segment.surfaces):
            for term, times in segment.stems_of(number):
                if (here := terms.get(names[term])) is not None:
                    pairs[surface, here] = pairs.get((surface, here), 0) + times
    return pack_surfaces((surface, term, times) for (surface, term), times in pairs.items())
