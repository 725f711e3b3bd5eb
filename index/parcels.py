"""Parcels: articles gathered until there is enough text for a step over all of it, in the form a segment is made of."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import add

from index.articles import Articles
from index.chunks import block_of
from index.wording import Wording

CHARACTERS = 1 << 19
"""Characters of a parcel: below, what a step costs whatever its size shows; above, memory that buys nothing."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Articles: their words, and what is kept of them beside these.

    ``stored`` are the stored forms one behind the other, ``sizes`` how many bytes each has.
    """

    wording: Wording
    ids: list[str]
    stamps: list[int]
    sections: list[str | None]
    stored: bytes
    sizes: list[int]


class Parcels:
    """Makes parcels of articles, in their order."""

    def __init__(self) -> None:
        self._waiting: list[Articles] = []
        self._characters = 0

    def add(self, articles: Articles) -> Iterator[Parcel]:
        """Put articles behind those that wait, and yield the parcels that are full."""
        sizes = [0, *accumulate(map(add, map(len, articles.titles), map(len, articles.bodies)))]
        start = 0
        while start < len(articles):
            # Up to the article with which it is full.
            full = bisect_left(sizes, sizes[start] + CHARACTERS - self._characters, start + 1)
            end = min(full, len(articles))
            self._waiting.append(articles.between(start, end) if end - start < len(articles) else articles)
            self._characters += sizes[end] - sizes[start]
            if self._characters >= CHARACTERS:
                yield from self.rest()
            start = end

    def rest(self) -> Iterator[Parcel]:
        """Yield what waits, if anything does."""
        waiting, self._waiting, self._characters = self._waiting, [], 0
        if waiting:
            yield _parcel(waiting)


def _parcel(runs: Sequence[Articles]) -> Parcel:
    texts = (chain.from_iterable(zip(run.titles, run.bodies, strict=True)) for run in runs)
    stored = [*chain.from_iterable(run.stored for run in runs)]
    wording = Wording(
        languages=[*chain.from_iterable(run.languages for run in runs)],
        texts=block_of([*chain.from_iterable(texts)]),
        bylines=[*chain.from_iterable(run.bylines for run in runs)],
    )
    return Parcel(
        wording,
        ids=[*chain.from_iterable(run.ids for run in runs)],
        stamps=[*chain.from_iterable(run.stamps for run in runs)],
        sections=[*chain.from_iterable(run.sections for run in runs)],
        stored=b"".join(stored),
        sizes=[*map(len, stored)],
    )
