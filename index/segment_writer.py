"""Writing one segment, with Whoosh's stock codec and posting pool.

Whoosh's writer wants an index to write to; it is given an empty one, so that locks, deletions, merging and the
commit are none of its business.
"""

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter as WhooshWriter

from index import vocabulary
from index.article import Article
from index.generation import NAME
from index.schema import index_fields
from index.segment import vocabulary_name


@dataclass(frozen=True, slots=True)
class _EmptyIndex:
    """As much of a Whoosh index as its writer asks for."""

    storage: Any
    schema: Any
    indexname: str = NAME

    def _read_toc(self) -> Any:
        return TOC(self.schema, [], 0)


class SegmentWriter:
    """One new segment in the making. Its files are invisible until a commit names them."""

    def __init__(self, folder: Path, schema: Any, memory: int) -> None:
        self._folder = folder
        self._schema = schema
        self._storage = FileStorage(str(folder))
        # Half of what may be used: the pool counts its postings' bytes, Python's objects come on top.
        self._writer = WhooshWriter(_EmptyIndex(self._storage, schema), _lk=False, limitmb=max(8, memory // 2))
        self._vocabulary: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._docs: dict[str, int] = {}
        self._removed: list[int] = []

    def __contains__(self, identifier: str) -> bool:
        """Say whether an article has been added, and not removed."""
        return identifier in self._docs

    def add(self, article: Article, language: str) -> None:
        """Add an article, in the place of one with its id.

        All that can go wrong with its content goes wrong before Whoosh sees any of it.
        """
        fields, pairs = index_fields(article, language)
        self.remove(article.id)
        self._docs[article.id] = self._writer.docnum
        self._writer.add_document(**fields)
        vocabulary.count(pairs, self._vocabulary)

    def remove(self, identifier: str) -> None:
        """Take an article out again. Whoosh cannot unwrite it, so that it becomes a deleted document."""
        if identifier in self._docs:
            self._removed.append(self._docs.pop(identifier))

    def merge(self, segment: Any) -> None:
        """Add what is alive of a segment (Whoosh's)."""
        reader = SegmentReader(self._storage, self._schema, segment)
        try:
            self._writer.add_reader(reader)
        finally:
            reader.close()
        kept = vocabulary.read(self._folder / vocabulary_name(segment.segment_id()))
        self._vocabulary = vocabulary.merge([self._vocabulary, kept])

    def finish(self) -> Any:
        """Write the files out and return the segment (Whoosh's)."""
        segment = self._writer._finalize_segment()
        self._writer._finish()
        for doc in self._removed:
            segment.delete_document(doc)
        vocabulary.write(self._vocabulary, self._folder / vocabulary_name(segment.segment_id()))
        return segment

    def discard(self) -> None:
        """Leave the segment unfinished, in whatever state. Its files are removed with all that no generation names."""
        with suppress(Exception):
            self._writer.cancel()
