"""A segment as it is read: its live documents, their columns, their postings and their articles.

It stands between Whoosh's reader of one segment and whatever searches. Columns are read once, at opening.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import SegmentReader, TermNotFound

from index import vocabulary
from index.article import Article
from index.schema import restore


class Segment:
    """One segment of a generation, for reading. Document numbers run from 0 to ``size`` - 1.

    ``live`` is bool (size,); ``stamps`` int64 (size,), minutes of wall time or UNDATED; ``ids``, ``sections`` (as
    written, None without one) and ``languages`` are lists of ``size``.
    """

    def __init__(self, folder: Path, schema: Any, segment: Any, generation: int) -> None:
        self.name: str = segment.segment_id()
        self._folder = folder
        self._reader = SegmentReader(FileStorage(str(folder)), schema, segment, generation=generation)
        self.size: int = self._reader.doc_count_all()
        self.live: npt.NDArray[np.bool_] = np.ones(self.size, dtype=bool)
        self.live[[*segment.deleted_docs()]] = False
        self.stamps: npt.NDArray[np.int64] = np.array(self._column("date"), dtype=np.int64)
        self.ids: list[str] = [value.decode() for value in self._column("id")]
        self.sections: list[str | None] = [value.decode() or None for value in self._column("section")]
        self.languages: list[str] = [value.decode() for value in self._column("language")]
        self.vocabulary = vocabulary.read(folder / vocabulary_name(self.name))

    def close(self) -> None:
        """Let go of the segment's files."""
        self._reader.close()

    def positions(self, field: str, stem: str) -> Iterator[tuple[int, list[int]]]:
        """Yield (document, positions) of a stem in title, body or byline, live documents only, ascending."""
        try:
            matcher = self._reader.postings(field, stem)
        except TermNotFound:
            return
        while matcher.is_active():
            yield matcher.id(), matcher.value_as("positions")
            matcher.next()

    def lengths(self, field: str) -> npt.NDArray[np.int64]:
        """Words of each document in title or body, int64 (size,), as the codec quantises them."""
        # Whoosh gives None, not the default, where a later document of the segment has the field and this one has not.
        length = self._reader.doc_field_length
        return np.array([length(doc, field, 0) or 0 for doc in range(self.size)], dtype=np.int64)

    def document(self, identifier: str) -> int | None:
        """Return the live document with an id."""
        try:
            matcher = self._reader.postings("id", identifier)
        except TermNotFound:
            return None
        return matcher.id() if matcher.is_active() else None

    def article(self, doc: int) -> Article:
        """Return the article stored for a document."""
        return restore(self._reader.stored_fields(doc)["article"])

    def _column(self, name: str) -> list[Any]:
        if not self._reader.has_column(name):
            # Whoosh leaves out a column that no document of the segment has a value for.
            return [self._reader.schema[name].column_type.default_value()] * self.size
        column = self._reader.column_reader(name, translate=False)
        return [column[doc] for doc in range(self.size)]


def vocabulary_name(segment: str) -> str:
    """Return the name of the file that a segment's surface vocabulary stands in."""
    return f"{segment}.words"
