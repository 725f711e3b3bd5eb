"""The segment writer: articles in, segment files out.

Articles are gathered until they fill their share of memory, then sorted and written as a segment. Files are complete
and on the disk when a segment is returned, and invisible until a commit names them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index.arrays import Array, write_arrays
from index.article import Article
from index.builder import Batch, lengths, postings, vocabulary, words_of
from index.codec import ArraySegment
from index.columns import pack_columns
from index.generation import NAME
from index.merge import merge
from index.order import newest_first
from index.schema import stamp, store
from index.segment import Segment, file_name
from index.stored import pack_stored

BYTES_PER_WORD = 72
"""Memory counted for each word until it is sorted: the sum of the arrays that are alive together at the peak."""

BYTES_PER_ARTICLE = 500
"""Memory that an article takes beside its words and its stored form."""


@dataclass(slots=True)
class _Documents:
    """What is kept of each article beside its words."""

    ids: list[str] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    sections: list[str | None] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)
    bytes: int = 0


class SegmentWriter:
    """Segments in the making, in one folder. ``memory`` is in megabytes."""

    def __init__(self, folder: Path, memory: int, title_weight: float) -> None:
        self._folder = folder
        self._memory = memory * 1_000_000
        self._title_weight = title_weight
        self._batch = Batch()
        self._bylines = Batch()
        self._documents = _Documents()
        self._written: list[ArraySegment] = []
        self._merging: list[ArraySegment] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._removed: list[int] = []

    def __contains__(self, identifier: str) -> bool:
        """Say whether an article has been added, and not removed."""
        return identifier in self._places

    def add(self, article: Article, language: str, stored: bytes | None = None) -> None:
        """Add an article, in the place of one with its id; ``stored`` is its stored form, where that is known."""
        self.remove(article.id)
        documents = self._documents
        self._places[article.id] = (len(self._written), len(documents.ids))
        self._batch.add(article.title, article.body, language)
        self._bylines.add("", article.byline or "", "und")
        documents.ids.append(article.id)
        documents.stamps.append(stamp(article.date))
        documents.sections.append(article.section)
        documents.languages.append(language)
        stored = store(article) if stored is None else stored
        documents.stored.append(stored)
        documents.bytes += len(stored) + BYTES_PER_ARTICLE
        if len(self._batch.tokens) * BYTES_PER_WORD + documents.bytes > self._memory:
            self._flush()

    def remove(self, identifier: str) -> None:
        """Take an article out again: it becomes a deleted document."""
        if identifier in self._places:
            segment, doc = self._places.pop(identifier)
            if segment < len(self._written):
                self._written[segment].delete_document(doc)
            else:
                self._removed.append(doc)

    def merge(self, segment: ArraySegment) -> None:
        """Add what is alive of a segment."""
        self._merging.append(segment)

    def finish(self) -> list[ArraySegment]:
        """Write out what is left and return the segments."""
        if self._documents.ids:
            self._flush()
        if self._merging:
            # What is known of words is not needed any more, and merging takes its memory.
            del self._batch, self._bylines
            self._written = [merge_segments(self._folder, [*self._merging, *self._written], self._memory)]
        return self._written

    def discard(self) -> None:
        """Leave it unfinished. Its files are removed with all that no generation names."""

    def _flush(self) -> None:
        documents, batch = self._documents, self._batch
        order = newest_first(np.array(documents.stamps, dtype=np.int64), documents.ids.__getitem__)
        words = words_of(batch, order)
        arrays = postings(words, batch, self._title_weight)
        arrays |= lengths(words, self._title_weight)
        arrays |= vocabulary(words, batch, arrays)
        in_bylines = words_of(self._bylines, order)
        arrays |= {f"byline.{name}": array for name, array in postings(in_bylines, self._bylines, 1.0).items()}
        del words, in_bylines
        kept = order.tolist()
        arrays |= pack_columns(
            [documents.ids[i] for i in kept],
            np.array(documents.stamps, dtype=np.int64)[order],
            [documents.sections[i] for i in kept],
            [documents.languages[i] for i in kept],
        )
        arrays |= pack_stored([documents.stored[i] for i in kept])
        segment = write_segment(self._folder, arrays)
        new = np.argsort(order).tolist()
        for doc in self._removed:
            segment.delete_document(new[doc])
        written = len(self._written)
        for i, identifier in enumerate(documents.ids):
            if self._places.get(identifier) == (written, i):
                self._places[identifier] = (written, new[i])
        self._written.append(segment)
        self._removed.clear()
        self._documents = _Documents()
        batch.clear()
        self._bylines.clear()


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
