"""Carrying over: the stored articles of an index, in parts, to be written again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from index.article import Checked
from index.articles import Articles, as_columns
from index.schema import restore
from index.segment import Segment

PART = 1 << 16
"""Bytes of stored articles that are carried over at once."""


@dataclass(frozen=True, slots=True)
class StoredArticles:
    """Articles as they are stored in an index, with their ids, to be written again. ``size`` is in bytes."""

    ids: list[str]
    stored: list[bytes]
    size: int

    def articles(self) -> Articles:
        """Return them as they are taken in; where they were read is known already."""
        checked = [Checked(restore(*told), ()) for told in zip(self.ids, self.stored, strict=True)]
        return as_columns(checked, [""] * len(checked), self.stored)


def stored_articles(segments: Iterable[Segment], wanted: Callable[[str, bytes], bool]) -> Iterator[StoredArticles]:
    """Yield the live articles of segments that are wanted, by id and stored form, in parts."""
    ids: list[str] = []
    kept: list[bytes] = []
    size = 0
    for segment in segments:
        for doc, stored in segment.stored_articles():
            identifier = segment.id_of(doc)
            if not wanted(identifier, stored):
                continue
            ids.append(identifier)
            kept.append(stored)
            size += len(stored)
            if size >= PART:
                yield StoredArticles(ids, kept, size)
                ids, kept, size = [], [], 0
    if ids:
        yield StoredArticles(ids, kept, size)
