"""Facets: section counts and date buckets of the matching set."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Literal

import numpy as np

from index.schema import section_key, stamp
from index.settings import MAX_DATE_BUCKETS, MAX_SECTIONS
from search.collection import Collection
from search.dates import last_day
from search.errors import Problem, RequestError
from search.postings import Docs
from search.request import SearchRequest
from search.results import DateBucket, DateFacet, FacetValue, SectionFacet

Unit = Literal["year", "month", "day"]

BYTES_PER_BUCKET = 200
"""Memory counted for the days and the articles of a bucket."""

NEVER_TOO_MANY = 10
"""Date buckets that any setting lets through: what it is need not be looked up for them, which takes 1.4 us."""

_FIRST_DAY = datetime.date(1970, 1, 1).toordinal()
_MOST_DAYS = 62
_MOST_MONTHS = 72


def section_facet(found: Sequence[Docs], request: SearchRequest, collection: Collection) -> SectionFacet:
    """Tell the sections of what matches all but the request's own section filter: ``found``, by segment.

    By falling count, then name; a selected section is told even if it counts none.
    """
    counts = collection.section_counts(0, found[0]) if found else np.zeros(1, dtype=np.int64)
    for number, docs in enumerate(found[1:], 1):
        counts += collection.section_counts(number, docs)
    keys, names, most = collection.section_keys, collection.section_names, MAX_SECTIONS.value()
    by_name = collection.sections_by_name
    falling = (-counts.take(by_name)).argsort(kind="stable")
    there = by_name.take(falling[: np.count_nonzero(counts[:-1])])
    selected = {section_key(name): name.strip() for name in request.sections}
    if selected:
        values = [FacetValue(names[at], int(counts[at]), keys[at] in selected) for at in there.tolist()]
        met = {keys[at] for at in there.tolist()}
        display = dict(zip(keys, names, strict=True))
        absent = sorted(display.get(key, name) for key, name in selected.items() if key not in met)
        values += [FacetValue(name, 0, selected=True) for name in absent]
        kept = values[:most] + [value for value in values[most:] if value.selected]
        return SectionFacet(tuple(kept), len(values) - len(kept))
    shown = there[:most]
    named = map(names.__getitem__, shown.tolist())
    told = tuple(map(FacetValue._make, zip(named, counts[shown].tolist(), repeat(False))))
    return SectionFacet(told, len(there) - len(told))


def date_facet(found: Sequence[Docs], request: SearchRequest, collection: Collection) -> DateFacet:
    """Count what matches all but the request's own dates over time: ``found``, by segment.

    Documents are numbered newest first, so that the edges of buckets are places in a list of documents, and nobody's
    date has to be looked up. Raises RequestError where the interval asked for gives too many buckets.
    """
    low = None if request.from_date is None else stamp(request.from_date)
    high = None if request.to_date is None else stamp(request.to_date) + 24 * 60
    within, before, after, undated = [], 0, 0, 0
    for number, docs in enumerate(found):
        newest, oldest, dated = _edges_among(docs, low, high, number, collection)
        within.append(docs[newest:oldest])
        after += newest
        before += dated - oldest
        undated += len(docs) - dated
    first = request.from_date or _date(min, [(n, docs[-1]) for n, docs in enumerate(within) if len(docs)], collection)
    last = request.to_date or _date(max, [(n, docs[0]) for n, docs in enumerate(within) if len(docs)], collection)
    first, last = first or last, last or first
    if first is None or last is None:
        return DateFacet(
            "month" if request.date_interval == "auto" else request.date_interval, before, after, undated, ()
        )
    unit, step = _interval(request, first, last)
    if request.from_date is None:
        first = first.replace(month=1 if unit == "year" else first.month, day=first.day if unit == "day" else 1)
    if request.to_date is None and unit != "day":
        last = last_day(last.year, 12 if unit == "year" else last.month)
    calendar = _calendar(first, last, unit, step, collection)
    counts = np.zeros(len(calendar.published), dtype=np.int64)
    for docs, places in zip(within, calendar.places, strict=True):
        at = docs.searchsorted(places)
        counts += at[:-1] - at[1:]
    columns = zip(calendar.firsts, calendar.lasts, counts.tolist(), calendar.published, strict=True)
    return DateFacet(unit, before, after, undated, tuple(map(DateBucket._make, columns)))


def _edges_among(
    docs: Docs, low: int | None, high: int | None, number: int, collection: Collection
) -> tuple[int, int, int]:
    """Return where among some documents those before ``high`` begin, those from ``low`` on end, and the dated end."""
    dated = collection.dated(number)
    if low is None and high is None and dated == collection.segments[number].size:
        return 0, len(docs), len(docs)
    edges = (*collection.between(number, low, high), dated)
    # In the type of documents: by any other all matches would be converted for each request.
    newest, oldest, dated = docs.searchsorted(np.array(edges, dtype=docs.dtype)).tolist()
    return newest, oldest, dated


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Buckets over a generation: their first and last days, and the articles published in each, whatever the query.

    ``places`` are for each segment where they begin among its documents, newest first, and where the last one ends.
    """

    firsts: tuple[datetime.date, ...]
    lasts: tuple[datetime.date, ...]
    published: tuple[int, ...]
    places: tuple[Docs, ...]


def _calendar(first: datetime.date, last: datetime.date, unit: Unit, step: int, collection: Collection) -> _Calendar:
    """Return the buckets from ``first`` to ``last``: made once, and kept, since they say nothing of any query."""
    key = ("calendar", first, last, unit, step)
    kept: _Calendar | None = collection.kept.get(key)
    if kept is None:
        edges = tuple(_edges(first, last, unit, step))
        lasts = (*(day - datetime.timedelta(days=1) for day in edges[1:]), last)
        limits = np.array([*(stamp(day) for day in edges), stamp(last) + 24 * 60], dtype=np.int64)
        published = np.zeros(len(edges), dtype=np.int64)
        places = []
        for number in range(len(collection.segments)):
            everything = collection.everything(number)
            # In the type of documents: by any other all matches would be converted for each request.
            places.append(np.asarray(collection.since(number, limits)).astype(everything.dtype))
            published -= np.diff(everything.searchsorted(places[-1]))
        kept = _Calendar(edges, lasts, tuple(published.tolist()), tuple(places))
        collection.kept.keep(key, kept, len(edges) * (BYTES_PER_BUCKET + 8 * len(places)))
    return kept


def _date(
    chosen: Callable[[Iterable[int]], int], found: list[tuple[int, Any]], collection: Collection
) -> datetime.date | None:
    """Return the day of the first or the last of some documents."""
    stamps = [int(collection.segments[number].stamps[doc]) for number, doc in found]
    return datetime.date.fromordinal(_FIRST_DAY + chosen(stamps) // (24 * 60)) if stamps else None


def _interval(request: SearchRequest, first: datetime.date, last: datetime.date) -> tuple[Unit, int]:
    """Return the unit of the buckets from ``first`` to ``last``, and how many of it one bucket takes in.

    What is asked for is done or refused; ``auto`` finds a way for any dates, if need be with many years a bucket.
    """
    asked = request.date_interval
    if asked != "auto" and _buckets(first, last, asked) <= NEVER_TOO_MANY:
        return asked, 1
    most = MAX_DATE_BUCKETS.value()
    if asked == "auto":
        if _buckets(first, last, "day") <= min(_MOST_DAYS, most):
            return "day", 1
        if _buckets(first, last, "month") <= min(_MOST_MONTHS, most):
            return "month", 1
        return "year", next(
            years for years in (1, 10, 100, 1_000, 10_000) if last.year // years - first.year // years < most
        )
    if (wanted := _buckets(first, last, asked)) > most:
        raise RequestError(
            Problem(
                "date_interval",
                f"From {first} to {last} there are {wanted:,} buckets of a {asked}; "
                f"{most:,} are given at most. Narrow the dates or take a longer interval.",
            )
        )
    return asked, 1


def _buckets(first: datetime.date, last: datetime.date, unit: Unit) -> int:
    if unit == "day":
        return (last - first).days + 1
    years = last.year - first.year
    return years + 1 if unit == "year" else years * 12 + last.month - first.month + 1


def _edges(first: datetime.date, last: datetime.date, unit: Unit, step: int) -> Iterator[datetime.date]:
    """Yield the first day of each bucket: ``first`` itself, then of each further day, month or ``step`` years."""
    yield first
    if unit == "day":
        for day in range(first.toordinal() + 1, last.toordinal() + 1):
            yield datetime.date.fromordinal(day)
    elif unit == "month":
        for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
            yield datetime.date(month // 12, month % 12 + 1, 1)
    else:
        for year in range((first.year // step + 1) * step, last.year + 1, step):
            yield datetime.date(year, 1, 1)
