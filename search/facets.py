"""Facets: section counts and date buckets of the matching set."""

import datetime
from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from index.schema import UNDATED, moment, section_key, stamp
from index.settings import MAX_DATE_BUCKETS, MAX_SECTIONS
from search.collection import Collection
from search.dates import last_day
from search.errors import Problem, RequestError
from search.request import SearchRequest
from search.results import DateBucket, DateFacet, FacetValue, SectionFacet

Counts = npt.NDArray[np.int64]
Stamps = npt.NDArray[np.int64]
Unit = Literal["year", "month", "day"]

_MOST_DAYS = 62
_MOST_MONTHS = 72


def section_facet(counts: Counts, request: SearchRequest, collection: Collection) -> SectionFacet:
    """Tell the sections of what matches all but the request's own section filter.

    ``counts`` is int64 (sections + 1,), by ``collection.section_keys``. By falling count, then name; a selected section
    is told even if it counts none.
    """
    selected = {section_key(name): name.strip() for name in request.sections}
    names = dict(zip(collection.section_keys, collection.section_names, strict=True))
    numbers = dict(zip(collection.section_keys, counts.tolist(), strict=False))
    numbers = {key: count for key, count in numbers.items() if count}
    values = sorted(
        (
            FacetValue(names.get(key, selected.get(key, key)), numbers.get(key, 0), key in selected)
            for key in numbers.keys() | selected.keys()
        ),
        key=lambda value: (-value.count, value.value),
    )
    most = MAX_SECTIONS.value()
    kept = values[:most] + [value for value in values[most:] if value.selected]
    return SectionFacet(tuple(kept), len(values) - len(kept))


def date_facet(stamps: Stamps, request: SearchRequest, collection: Collection) -> DateFacet:
    """Count what matches all but the request's own dates over time, given its ``stamps``, int64 (n,) ascending.

    Undated ones come first. Raises RequestError where the interval asked for gives too many buckets.
    """
    undated = int(stamps.searchsorted(UNDATED, side="right"))
    dated = stamps[undated:]
    low = None if request.from_date is None else stamp(request.from_date)
    high = None if request.to_date is None else stamp(request.to_date) + 24 * 60
    before = 0 if low is None else int(dated.searchsorted(low))
    after = 0 if high is None else len(dated) - int(dated.searchsorted(high))
    within = dated[before : max(before, len(dated) - after)]
    first = request.from_date or (moment(int(within[0])).date() if len(within) else request.to_date)
    last = request.to_date or (moment(int(within[-1])).date() if len(within) else request.from_date)
    if first is None or last is None:
        return DateFacet(
            "month" if request.date_interval == "auto" else request.date_interval, before, after, undated, ()
        )
    unit, step = _interval(request, first, last)
    if request.from_date is None:
        first = first.replace(month=1 if unit == "year" else first.month, day=first.day if unit == "day" else 1)
    if request.to_date is None and unit != "day":
        last = last_day(last.year, 12 if unit == "year" else last.month)
    edges = list(_edges(first, last, unit, step))
    limits = np.array([*(stamp(day) for day in edges), stamp(last) + 24 * 60], dtype=np.int64)
    counts = np.diff(within.searchsorted(limits)).tolist()
    totals = np.diff(collection.published.searchsorted(limits)).tolist()
    ends = [*(day - datetime.timedelta(days=1) for day in edges[1:]), last]
    return DateFacet(unit, before, after, undated, tuple(map(DateBucket, edges, ends, counts, totals)))


def _interval(request: SearchRequest, first: datetime.date, last: datetime.date) -> tuple[Unit, int]:
    """Return the unit of the buckets from ``first`` to ``last``, and how many of it one bucket takes in.

    What is asked for is done or refused; ``auto`` finds a way for any dates, if need be with many years a bucket.
    """
    numbers: dict[Unit, int] = {
        "day": (last - first).days + 1,
        "month": _months(first, last),
        "year": last.year - first.year + 1,
    }
    most = MAX_DATE_BUCKETS.value()
    asked = request.date_interval
    if asked == "auto":
        if numbers["day"] <= min(_MOST_DAYS, most):
            return "day", 1
        if numbers["month"] <= min(_MOST_MONTHS, most):
            return "month", 1
        return "year", next(
            years for years in (1, 10, 100, 1_000, 10_000) if last.year // years - first.year // years < most
        )
    if numbers[asked] > most:
        raise RequestError(
            Problem(
                "date_interval",
                f"From {first} to {last} there are {numbers[asked]:,} buckets of a {asked}; "
                f"{most:,} are given at most. Narrow the dates or take a longer interval.",
            )
        )
    return asked, 1


def _months(first: datetime.date, last: datetime.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


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
