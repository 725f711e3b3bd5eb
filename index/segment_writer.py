"""The segment writer: articles in, segment files out.

Articles are gathered until they fill their share of memory, then sorted and written as a segment. Files are complete
and on the disk when a segment is returned, and invisible until a commit names them.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from index.arrays import Array, write_arrays
from index.articles import Articles
from index.batch import Batch
from index.builder import lengths, postings, terms_of, vocabulary, words_of
from index.codec import ArraySegment
from index.columns import pack_columns
from index.generation import NAME
from index.merge import merge
from index.order import newest_first
from index.segment import Segment, file_name
from index.stored import pack_stored

BYTES_PER_WORD = 50
"""Memory counted for each word until it is sorted: the sum of the arrays that are alive together at the peak."""

BYTES_PER_ARTICLE = 500
"""Memory that an article takes beside its words and its stored form."""

BYTES_PER_CHUNK = 900
"""Memory that what is known of a chunk and its words takes; 700 to 950 in news of one language and of many."""


AT_ONCE = 500
"""Articles between two looks at the memory they take."""


@dataclass(slots=True)
class _Documents:
    """What is kept of each article beside its words."""

    ids: list[str] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    sections: list[str | None] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)
    bytes: int = 0


class SegmentWriter:
    """Segments in the making, in one folder. ``memory`` is in megabytes, ``language`` what ``Batch`` says."""

    def __init__(self, folder: Path, memory: int, title_weight: float, language: str = "en") -> None:
        self._folder = folder
        self._memory = memory * 1_000_000
        self._title_weight = title_weight
        self._language = language
        self._batch = Batch(language)
        self._bylines = Batch()
        self._documents = _Documents()
        self._written: list[ArraySegment] = []
        self._opened: list[Segment] = []
        self._places: dict[str, int] = {}
        self._removed: list[int] = []

    def __contains__(self, identifier: object) -> bool:
        """Say whether an article has been added, and not removed."""
        return isinstance(identifier, str) and (identifier in self._places or self._find(identifier) is not None)

    def add(self, articles: Articles) -> None:
        """Add articles, whose ids are not among those added and not removed.

        The language of one that does not say is told by its text.
        """
        for start in range(0, len(articles), AT_ONCE):
            if self._full():
                self._flush(passing=True)
            few = articles if len(articles) <= AT_ONCE else articles.between(start, start + AT_ONCE)
            documents = self._documents
            self._places.update(zip(few.ids, count(len(documents.ids))))
            self._batch.add(few.titles, few.bodies, few.languages)
            self._bylines.add([""] * len(few), [byline or "" for byline in few.bylines], ["und"] * len(few))
            documents.ids += few.ids
            documents.stamps += few.stamps
            documents.sections += few.sections
            documents.stored += few.stored
            documents.bytes += sum(map(len, few.stored)) + BYTES_PER_ARTICLE * len(few)

    def _full(self) -> bool:
        words, known = self._batch.size + self._bylines.size, self._batch.met + self._bylines.met
        taken = words * BYTES_PER_WORD + known * BYTES_PER_CHUNK + self._documents.bytes
        return bool(self._documents.ids) and taken > self._memory

    def remove(self, identifier: str) -> None:
        """Take an article out again: it becomes a deleted document."""
        doc = self._places.pop(identifier, None)
        if doc is not None:
            self._removed.append(doc)
        elif found := self._find(identifier):
            segment, doc = found
            segment.delete_document(doc)

    def _find(self, identifier: str) -> tuple[ArraySegment, int] | None:
        """Find an article in the segments that are written."""
        self._opened += [Segment(self._folder, segment) for segment in self._written[len(self._opened) :]]
        for written, opened in zip(self._written, self._opened, strict=True):
            doc = opened.document(identifier)
            if doc is not None and not written.is_deleted(doc):
                return written, doc
        return None

    def finish(self) -> list[ArraySegment]:
        """Write out what is left and return the segments."""
        if self._documents.ids:
            self._flush()
        return self._written

    def discard(self) -> None:
        """Leave it unfinished. Its files are removed with all that no generation names."""

    def _flush(self, *, passing: bool = False) -> None:
        """Write what was gathered as a segment; as one that is merged with the next where it is ``passing``."""
        documents, batch = self._documents, self._batch
        order = newest_first(np.array(documents.stamps, dtype=np.int64), documents.ids.__getitem__)
        kept = order.tolist()
        # Compressing leaves the interpreter to others: a tenth of the time of indexing beside the rest of it.
        with ThreadPoolExecutor(1) as beside:
            packed = beside.submit(pack_stored, [documents.stored[i] for i in kept], passing=passing)
            words = words_of(batch, order)
            terms = terms_of(words, batch)
            arrays = postings(words, terms)
            arrays |= lengths(words, self._title_weight)
            arrays |= vocabulary(words, terms, batch, order)
            in_bylines = words_of(self._bylines, order)
            of_bylines = postings(in_bylines, terms_of(in_bylines, self._bylines))
            arrays |= {f"byline.{name}": array for name, array in of_bylines.items()}
            del words, terms, in_bylines, of_bylines
            arrays |= pack_columns(
                [documents.ids[i] for i in kept],
                np.array(documents.stamps, dtype=np.int64)[order],
                [documents.sections[i] for i in kept],
                [batch.languages[i] for i in kept],
            )
            arrays |= packed.result()
        segment = write_segment(self._folder, arrays)
        if self._removed:
            new = np.argsort(order)
            for doc in self._removed:
                segment.delete_document(int(new[doc]))
        self._written.append(segment)
        self._removed.clear()
        self._places.clear()
        self._documents = _Documents()
        self._batch.clear()
        self._bylines.clear()
        if (self._batch.met + self._bylines.met) * BYTES_PER_CHUNK * 3 > self._memory:
            # What is known of words may take a third of the memory; then it is learnt anew.
            self._batch, self._bylines = Batch(self._language), Batch()


def merge_segments(folder: Path, entries: Sequence[ArraySegment], memory: int) -> ArraySegment:
    """Write what is alive in several segments as a new one. ``memory`` is in bytes."""
    parts = [Segment(folder, entry) for entry in entries]
    segment = ArraySegment(NAME, sum(part.count for part in parts))
    merge(folder / file_name(segment.segment_id()), parts, memory)
    return segment


def write_segment(folder: Path, arrays: dict[str, Array]) -> ArraySegment:
    """Write the arrays of a segment as a new one."""
    segment = ArraySegment(NAME, len(arrays["doc.length"]))
    write_arrays(folder / file_name(segment.segment_id()), arrays)
    return segment
