"""Carrying over: the stored articles of an index, in parts, to be written again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress

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


def stored_articles(
    segments: Iterable[Segment], wanted: Callable[[list[str], list[bytes]], list[bool]]
) -> Iterator[StoredArticles]:
    """Yield the live articles of segments in parts: those that are wanted, by ids and stored forms of many."""
    ids: list[str] = []
    stored: list[bytes] = []
    size = 0

    def part() -> Iterator[StoredArticles]:
        chosen = wanted(ids, stored)
        kept = list(compress(stored, chosen))
        if kept:
            yield StoredArticles(list(compress(ids, chosen)), kept, sum(map(len, kept)))

    for segment in segments:
        for doc, article in segment.stored_articles():
            ids.append(segment.id_of(doc))
            stored.append(article)
            size += len(article)
            if size >= PART:
                yield from part()
                ids, stored, size = [], [], 0
    if ids:
        yield from part()
