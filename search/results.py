"""Search results: the answer to a request, as data. Nothing here is HTML."""

import datetime
from dataclasses import dataclass
from typing import Literal, NamedTuple

from search.request import SearchRequest

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of an article's text and the ranges of it that match: ascending, apart, in characters.

    ``cut_before`` and ``cut_after`` say whether the article's text goes on at that end.
    """

    text: str
    ranges: tuple[Range, ...] = ()
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. ``marked_title`` is the whole title; ``snippets`` are the best passages of the body."""

    id: str
    url: str | None
    title: str
    section: str | None
    date: datetime.date | None
    language: str | None
    byline: str | None
    score: float
    marked_title: Snippet
    snippets: tuple[Snippet, ...]


class FacetValue(NamedTuple):
    """A section, how many matching articles it has, and whether the request selects it.

    A tuple, as a DateBucket is: an answer has fifty of them, and a frozen dataclass takes twice as long to make.
    """

    value: str
    count: int  # type: ignore[assignment]  # a tuple has a method of that name
    selected: bool


@dataclass(frozen=True, slots=True)
class SectionFacet:
    """Sections by falling count, the request's own section filter left out of account; ``more`` were left out."""

    values: tuple[FacetValue, ...]
    more: int


class DateBucket(NamedTuple):
    """Days ``first`` to ``last``, both included: matching articles, and all articles whatever the query."""

    first: datetime.date
    last: datetime.date
    count: int  # type: ignore[assignment]
    published: int


@dataclass(frozen=True, slots=True)
class DateFacet:
    """The matching articles over time: buckets of the selected range, and how many lie before, after, undated.

    A bucket is a day, month or year; where not even years would be few enough, it is 10, 100 or 1,000 of them.
    """

    interval: Literal["year", "month", "day"]
    before: int
    after: int
    undated: int
    buckets: tuple[DateBucket, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets a request asked for; None for one that it did not."""

    section: SectionFacet | None
    date: DateFacet | None


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which state of the index answered: its generation, its live articles, when it was committed (UTC)."""

    generation: int
    articles: int
    updated: datetime.datetime


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer. ``match`` and ``min_words`` say how words were in fact combined; ``total`` is exact."""

    request: SearchRequest
    match: Literal["all", "most", "any"]
    min_words: int | None
    warnings: tuple[str, ...]
    suggestions: tuple[str, ...]
    total: int
    hits: tuple[Hit, ...]
    facets: Facets
    next_cursor: str | None
    took_ms: float
    index: IndexState

    @property
    def page(self) -> int:
        """The page that this is, from 1."""
        return self.request.page

    @property
    def pages(self) -> int:
        """How many pages there are."""
        size = self.request.page_size
        return -(-self.total // size) if size else 0
