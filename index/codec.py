"""The codec: what stock Whoosh needs to read a segment of arrays.

``whoosh.index.open_dir(folder)`` finds terms, phrases and prefixes in title, body, section and id through it, and the
stored article. It is for reading alone, one posting at a time; Backfile's own search goes to the arrays.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.codec import base
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from index.errors import VersionError
from index.schema import section_key
from index.segment import Segment

_READ_ONLY = "A segment of Backfile's is written by 'backfile index' and open_writer, not by Whoosh."


class ArraySegment(base.Segment):
    """What the table of contents holds of a segment: its name, its size and which documents are deleted."""

    def __init__(self, indexname: str, size: int) -> None:
        super().__init__(indexname)
        self._size = size
        # A byte a document: of a million that are replaced in one run, a set of numbers takes 90 MB.
        self._dead = bytearray(size)

    def __getstate__(self) -> dict[str, Any]:
        """Be written as a set of numbers, which is short where few are deleted."""
        state = {name: value for name, value in vars(self).items() if name != "_dead"}
        return state | {"_deleted": set(self.deleted_docs())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be read."""
        deleted = state.pop("_deleted")
        self.__dict__.update(state)
        self._dead = bytearray(self._size)
        for doc in deleted:
            self._dead[doc] = True

    def codec(self) -> "ArrayCodec":
        """Return the codec that reads it."""
        return ArrayCodec()

    def doc_count_all(self) -> int:
        """Count the documents, deleted ones too."""
        return self._size

    def set_doc_count(self, count: int) -> None:
        """Not for a segment that is written."""
        raise VersionError(_READ_ONLY)

    def deleted_count(self) -> int:
        """Count the deleted documents."""
        return self._dead.count(True)

    def deleted_docs(self) -> frozenset[int]:
        """Return the deleted documents."""
        return frozenset(np.flatnonzero(~self.alive()).tolist())

    def alive(self) -> npt.NDArray[np.bool_]:
        """Say of each document whether it is not deleted, bool (size,)."""
        return ~np.frombuffer(self._dead, dtype=np.bool_)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Mark a document as deleted, or alive again."""
        self._dead[docnum] = delete

    def is_deleted(self, docnum: int) -> bool:
        """Say whether a document is deleted."""
        return bool(self._dead[docnum])

    def should_assemble(self) -> bool:
        """A segment is one file as it is."""
        return False


class ArrayCodec(base.Codec):
    """Reads segments of arrays for stock Whoosh."""

    def terms_reader(self, storage: Any, segment: ArraySegment) -> "TermsReader":
        """Open the terms of a segment."""
        return TermsReader(Segment(Path(storage.folder), segment))

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> "DocumentReader":
        """Open the documents of a segment."""
        return DocumentReader(Segment(Path(storage.folder), segment), segment)

    def per_document_writer(self, storage: Any, segment: Any) -> Any:
        """Refuse to write."""
        raise VersionError(_READ_ONLY)

    field_writer = postings_writer = per_document_writer

    def postings_reader(self, *_: Any, **__: Any) -> Any:
        """Postings are read through the terms."""
        raise VersionError(_READ_ONLY)

    def new_segment(self, storage: Any, indexname: str) -> Any:
        """Refuse to write."""
        raise VersionError(_READ_ONLY)


class TermsReader(base.TermsReader):
    """The terms of title, body, section and id."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        # Whoosh leaves deleted documents out itself, and wants a term that it has seen to stay.
        segment.alive = None

    @cached_property
    def _sections(self) -> dict[bytes, list[int]]:
        found: dict[bytes, list[int]] = {}
        for doc, name in enumerate(self._segment.sections):
            if name is not None:
                found.setdefault(section_key(name).encode(), []).append(doc)
        return found

    def _docs(self, field: str, text: bytes) -> list[tuple[int, list[int]]]:
        if field == "section":
            return [(doc, []) for doc in self._sections.get(text, ())]
        if field == "id":
            doc = self._segment.document(text.decode())
            return [] if doc is None else [(doc, [])]
        return list(self._segment.positions(field, text.decode()))

    def _names(self, field: str) -> list[bytes]:
        if field == "section":
            return sorted(self._sections)
        if field == "id":
            return sorted(identifier.encode() for identifier in self._segment.ids)
        terms = self._segment.byline if field == "byline" else self._segment.terms
        return list(terms.names)

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return bool(self._docs(*term))

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """Yield every (field, term), in order."""
        for field in self.indexed_field_names():
            yield from self.terms_from(field, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield the (field, term) of a field from a prefix on."""
        names = self._names(fieldname)
        return ((fieldname, name) for name in names[bisect_left(names, prefix) :])

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """Yield every term with its numbers."""
        return (((field, name), self.term_info(field, name)) for field, name in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """Yield the terms of a field from a prefix on, with their numbers."""
        return (((field, name), self.term_info(field, name)) for field, name in self.terms_from(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        """Return the numbers of a term. Raises TermNotFound."""
        docs = self._docs(fieldname, text)
        if not docs:
            raise TermNotFound(f"{fieldname}:{text!r}")
        weights = [float(len(places) or 1) for _, places in docs]
        return TermInfo(sum(weights), len(docs), 1, 1, max(weights), docs[0][0], docs[-1][0])

    def frequency(self, fieldname: str, text: bytes) -> float:
        """Return how often a term occurs."""
        return float(sum(len(places) or 1 for _, places in self._docs(fieldname, text)))

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """Return how many documents hold a term."""
        return len(self._docs(fieldname, text))

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        """Return a matcher of a term's documents. Raises TermNotFound."""
        docs = self._docs(fieldname, text)
        if not docs:
            raise TermNotFound(f"{fieldname}:{text!r}")
        return ListMatcher(
            [doc for doc, _ in docs],
            [float(len(places) or 1) for _, places in docs],
            [format_.encode(places) if places else b"" for _, places in docs],
            format_,
            scorer=scorer,
            term=(fieldname, text),
            terminfo=self.term_info(fieldname, text),
        )

    def indexed_field_names(self) -> list[str]:
        """Return the fields that have terms."""
        return ["body", "byline", "id", "section", "title"]

    def cursor(self, fieldname: str, fieldobj: Any) -> Any:
        """Not offered: Backfile expands prefixes and typos itself, Whoosh by ``terms_from``."""
        raise NotImplementedError

    def close(self) -> None:
        """The map goes with the arrays."""


class DocumentReader(base.PerDocumentReader):
    """The documents of a segment."""

    def __init__(self, segment: Segment, entry: ArraySegment) -> None:
        self._segment = segment
        self._entry = entry

    def close(self) -> None:
        """The map goes with the arrays."""

    def doc_count(self) -> int:
        """Count the live documents."""
        return int(self._segment.count)

    def doc_count_all(self) -> int:
        """Count the documents, deleted ones too."""
        return self._segment.size

    def has_deletions(self) -> bool:
        """Say whether any document is deleted."""
        return self._entry.deleted_count() > 0

    def is_deleted(self, docnum: int) -> bool:
        """Say whether a document is deleted."""
        return self._entry.is_deleted(docnum)

    def deleted_docs(self) -> frozenset[int]:
        """Return the deleted documents."""
        return self._entry.deleted_docs()

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """Return what is stored of a document: its id, and the article without it, as JSON."""
        return {"id": self._segment.id_of(docnum), "article": self._segment.stored_text(docnum)}

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Return how many words a document has in title or body."""
        if fieldname not in ("title", "body"):
            return default
        return int(self._segment.lengths(fieldname)[docnum])

    def field_length(self, fieldname: str) -> int:
        """Return how many words all documents have in a field."""
        return int(self._segment.lengths(fieldname).sum()) if fieldname in ("title", "body") else 0

    def min_field_length(self, fieldname: str) -> int:
        """Return the shortest length in a field."""
        return int(self._segment.lengths(fieldname).min(initial=0)) if fieldname in ("title", "body") else 0

    def max_field_length(self, fieldname: str) -> int:
        """Return the longest length in a field."""
        return int(self._segment.lengths(fieldname).max(initial=0)) if fieldname in ("title", "body") else 0
