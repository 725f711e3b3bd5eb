"""Merging: several segments -> one, in bounded memory.

Documents keep their order within a segment, and so do terms. Merging walks each segment's arrays once from start to
end, and what is put together is runs that are sorted already. Beside what is being put together, memory is taken for
the terms' numbers and for a few numbers a document: of a million short articles 60 MB, the slab not counted.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.arrays import Array, ArrayWriter, narrow
from index.columns import pack_stamps
from index.merge_postings import I32, I64, merge_postings, union
from index.names import pack_named
from index.order import newest_first
from index.processors import spare
from index.segment import Segment
from index.stored import Packing, sample_step
from index.surfaces import Uses, in_order, pack_surfaces

CHUNK = 1 << 16
"""Documents that are looked at between two looks at arrays."""

_PLACE = np.dtype([("part", np.uint16), ("doc", np.uint32)])

BYTES_PER_POSTING = 400
"""Memory that a posting takes while it is put in its place, with its positions."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a merged segment: from which part each comes and its number there, uint16 and uint32 (n,).

    ``new`` gives for each part the new numbers of its documents, int32, -1 for those that are not alive; ``by_id`` are
    the documents in the order of their ids, uint32 (n,). That is 14 bytes a document.
    """

    part: Array
    doc: Array
    new: tuple[I32, ...]
    by_id: Array

    def __len__(self) -> int:
        return len(self.part)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield part and number there of each document, in the new order."""
        return zip(self.part.data, self.doc.data, strict=True)

    def gather(self, columns: Sequence[Array]) -> Array:
        """Return a column of the merged segment from those of its parts."""
        gathered = np.zeros(len(self.part), dtype=np.result_type(*columns))
        for start in range(0, len(self), CHUNK):
            part, doc, here = (array[start : start + CHUNK] for array in (self.part, self.doc, gathered))
            for number, column in enumerate(columns):
                chosen = part == number
                here[chosen] = column[doc[chosen]]
        return gathered


def merge(path: Path, segments: Sequence[Segment], memory: int) -> None:
    """Write a segment that holds what is alive in several to a new file. ``memory`` is in bytes."""
    documents = _documents(segments)
    slab = max(memory // BYTES_PER_POSTING, 1)
    articles, sample = _articles(segments, documents), _sample(segments)
    with ArrayWriter(path) as writer, Packing(path.parent, articles, sample) as packing:
        if not spare(1):
            packing.wait()
        terms, count = merge_postings(writer, "", [segment.terms for segment in segments], documents.new, slab)
        merge_postings(writer, "byline.", [segment.byline for segment in segments], documents.new, slab)
        writer.put(pack_surfaces(_vocabulary(segments, terms), count))
        writer.put(_columns(segments, documents))
        writer.bytes("id", _ids(segments, documents))
        packing.write(writer)


def _documents(segments: Sequence[Segment]) -> Documents:
    """Return what is alive in the segments, in order."""
    alive = [_by_id(segment, number) for number, segment in enumerate(segments)]
    found = np.fromiter(((number, doc) for _, number, doc in heapq.merge(*alive)), dtype=_PLACE)
    part, doc, count = found["part"], found["doc"], len(found)
    stamps = np.empty(count, dtype=np.int64)
    for number, segment in enumerate(segments):
        chosen = np.flatnonzero(part == number)
        stamps[chosen] = segment.stamps[doc[chosen]]
    order = newest_first(stamps)
    by_id = np.empty(count, dtype=np.uint32)
    by_id[order] = np.arange(count, dtype=np.uint32)
    part, doc = part[order], doc[order]
    new = tuple(np.full(segment.size, -1, dtype=np.int32) for segment in segments)
    for number, numbers in enumerate(new):
        chosen = np.flatnonzero(part == number)
        numbers[doc[chosen]] = chosen
    return Documents(part, doc, new, by_id)


def _by_id(segment: Segment, number: int) -> Iterator[tuple[str, int, int]]:
    """Yield the live documents of a segment in the order of their ids: id, the segment's number, their own."""
    live, id_of = segment.live, segment.id_of
    for doc in segment.id_order.data:
        if live[doc]:
            yield id_of(doc), number, doc


def _columns(segments: Sequence[Segment], documents: Documents) -> dict[str, Array]:
    gather = documents.gather
    return {
        "doc.title": narrow(gather([segment.title_words for segment in segments])),
        "doc.body": narrow(gather([segment.body_words for segment in segments])),
        "doc.length": gather([segment.length_codes for segment in segments]),
        **pack_stamps(gather([segment.stamps for segment in segments])),
        **_named("section", documents, [(segment.section, segment.section_names) for segment in segments]),
        **_named("language", documents, [(segment.language, segment.language_tags) for segment in segments]),
        "id.size": narrow(gather([segment.id_sizes for segment in segments])),
        "id.order": narrow(documents.by_id),
    }


def _named(name: str, documents: Documents, parts: Sequence[tuple[Array, list[str]]]) -> dict[str, Array]:
    """Return the columns of numbers into names, of the names that something alive has."""
    every = sorted(set().union(*(names for _, names in parts)))
    number = {text: at for at, text in enumerate(every)}
    columns = [narrow(np.array([*(number[text] for text in names), len(every)]))[numbers] for numbers, names in parts]
    numbers = documents.gather(columns)
    held = np.unique(numbers[numbers < len(every)])
    return pack_named(name, held.searchsorted(numbers), [every[at] for at in held.tolist()])


def _ids(segments: Sequence[Segment], documents: Documents) -> Iterator[bytes]:
    return (segments[part].id_of(doc).encode() for part, doc in documents)


def _articles(segments: Sequence[Segment], documents: Documents) -> Iterator[bytes]:
    """Yield the stored articles in their new order. Each segment is walked once, a block of it is held."""
    stored = [enumerate(segment.stored) for segment in segments]
    for part, doc in documents:
        yield next(article for number, article in stored[part] if number == doc)


def _sample(segments: Sequence[Segment]) -> Iterator[bytes]:
    """Yield some of the stored articles."""
    step = sample_step(sum(segment.stored.size for segment in segments))
    return (article for segment in segments for article in segment.stored.some(step))


def _vocabulary(segments: Sequence[Segment], terms: Sequence[I64]) -> Iterator[tuple[list[bytes], Uses]]:
    """Yield the surfaces with their uses added up, but for words whose stems nothing alive holds any more.

    ``terms`` gives each segment's terms their new numbers, -1 to those that nothing alive holds.
    """
    low = [0] * len(segments)
    for surfaces, ranks in union([segment.surfaces for segment in segments]):
        parts = []
        for segment, new, rank, start in zip(segments, terms, ranks, low, strict=True):
            uses = segment.uses(start, start + len(rank))
            term = new[uses.term]
            held = np.flatnonzero(term >= 0)
            surface = rank[uses.surface[held] - start]
            parts.append(Uses(surface, term[held], uses.times[held], uses.languages[held]))
        uses = in_order(Uses(*map(np.concatenate, zip(*parts, strict=True))))
        left, surface = np.unique(uses.surface, return_inverse=True)
        yield [surfaces[at] for at in left.tolist()], uses._replace(surface=surface)
        low = [start + len(rank) for start, rank in zip(low, ranks, strict=True)]
