"""Merging: several segments -> one, in bounded memory.

Documents keep their order within a segment, and so do terms. Merging walks each segment's arrays once from start to
end, and what is put together is runs that are sorted already. Beside what is being put together, memory is taken for
the vocabulary and for a few numbers a document.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.arrays import Array, ArrayWriter, narrow
from index.columns import pack_named, pack_stamps
from index.merge_postings import I64, merge_postings, union
from index.order import newest_first
from index.segment import Segment
from index.stored import sample_step, storing
from index.surfaces import Uses, in_order, pack_surfaces

CHUNK = 4_096
"""Documents that are looked at one by one between two looks at arrays."""

BYTES_PER_POSTING = 400
"""Memory that a posting takes while it is put in its place, with its positions."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a merged segment, int64 each: from which part each comes and its number there (n,).

    ``new`` gives for each part the new numbers of its documents, -1 for those that are not alive.
    """

    part: I64
    doc: I64
    new: tuple[I64, ...]

    def __len__(self) -> int:
        return len(self.part)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield part and number there of each document, in the new order."""
        for start in range(0, len(self), CHUNK):
            part, doc = self.part[start : start + CHUNK], self.doc[start : start + CHUNK]
            yield from zip(part.tolist(), doc.tolist(), strict=True)

    def gather(self, columns: Sequence[Array]) -> Array:
        """Return a column of the merged segment from those of its parts."""
        gathered = np.zeros(len(self.part), dtype=np.result_type(*columns))
        for number, column in enumerate(columns):
            chosen = self.part == number
            gathered[chosen] = column[self.doc[chosen]]
        return gathered


def merge(path: Path, segments: Sequence[Segment], memory: int) -> None:
    """Write a segment that holds what is alive in several to a new file. ``memory`` is in bytes."""
    documents = _documents(segments)
    slab = max(memory // BYTES_PER_POSTING, 1)
    articles, sample = _articles(segments, documents), _sample(segments)
    with ArrayWriter(path) as writer, storing(writer, articles, sample):
        names = merge_postings(writer, "", [segment.terms for segment in segments], documents.new, slab)
        merge_postings(writer, "byline.", [segment.byline for segment in segments], documents.new, slab)
        writer.put(_vocabulary(segments, names))
        writer.put(_columns(segments, documents))
        writer.bytes("id", _ids(segments, documents))


def _documents(segments: Sequence[Segment]) -> Documents:
    """Return what is alive in the segments, in order."""
    live = [np.flatnonzero(segment.live) for segment in segments]
    part = np.repeat(np.arange(len(segments)), [*map(len, live)])
    doc = np.concatenate(live)
    stamps = np.concatenate([segment.stamps[alive] for segment, alive in zip(segments, live, strict=True)])
    order = newest_first(stamps, lambda at: segments[part[at]].id_of(int(doc[at])))
    part, doc = part[order], doc[order]
    new = tuple(np.full(segment.size, -1, dtype=np.int64) for segment in segments)
    for number, numbers in enumerate(new):
        chosen = np.flatnonzero(part == number)
        numbers[doc[chosen]] = chosen
    return Documents(part, doc, new)


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
        "id.order": narrow(_by_id(segments, documents)),
    }


def _named(name: str, documents: Documents, parts: Sequence[tuple[Array, list[str]]]) -> dict[str, Array]:
    """Return the columns of numbers into names, of the names that something alive has."""
    every = sorted(set().union(*(names for _, names in parts)))
    number = {text: at for at, text in enumerate(every)}
    columns = [np.array([*(number[text] for text in names), len(every)])[numbers] for numbers, names in parts]
    numbers = documents.gather(columns)
    held = np.unique(numbers[numbers < len(every)])
    return pack_named(name, held.searchsorted(numbers), [every[at] for at in held.tolist()])


def _by_id(segments: Sequence[Segment], documents: Documents) -> I64:
    """Return the documents in the order of their ids, int64 (n,): each segment has its own in that order."""

    def of(segment: Segment, new: I64) -> Iterator[tuple[str, int]]:
        for start in range(0, segment.size, CHUNK):
            for doc in segment.id_order[start : start + CHUNK].tolist():
                if (here := new.item(doc)) >= 0:
                    yield segment.id_of(doc), here

    ordered = heapq.merge(*map(of, segments, documents.new))
    return np.fromiter((doc for _, doc in ordered), dtype=np.int64, count=len(documents))


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


def _vocabulary(segments: Sequence[Segment], names: Sequence[bytes]) -> dict[str, Array]:
    """Add the surface vocabularies up, but for words whose stems nothing alive holds any more."""
    surfaces, ranks = union([segment.surfaces for segment in segments])
    number = {name: at for at, name in enumerate(names)}
    parts = []
    for segment, rank in zip(segments, ranks, strict=True):
        terms = np.array([number.get(name, -1) for name in segment.terms.names], dtype=np.int64)
        uses = segment.uses()
        term = terms[uses.term]
        held = np.flatnonzero(term >= 0)
        parts.append(Uses(rank[uses.surface[held]], term[held], uses.times[held], uses.languages[held]))
    uses = in_order(Uses(*map(np.concatenate, zip(*parts, strict=True))))
    left, surface = np.unique(uses.surface, return_inverse=True)
    return pack_surfaces([surfaces[at] for at in left.tolist()], uses._replace(surface=surface), len(names))
