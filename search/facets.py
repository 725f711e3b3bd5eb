"""Facets: section counts and date buckets of the matching set."""

import datetime
from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from index.schema import UNDATED, moment, section_key, stamp
from index.settings import MAX_DATE_BUCKETS, MAX_SECTIONS
from search.collection import NO_SECTION, Collection
from search.dates import last_day
from search.errors import Problem, RequestError
from search.request import SearchRequest
from search.results import DateBucket, DateFacet, FacetValue, SectionFacet

Documents = npt.NDArray[np.int64]
Unit = Literal["year", "month", "day"]

_MOST_DAYS = 62
_MOST_MONTHS = 72


def section_facet(docs: Documents, request: SearchRequest, collection: Collection) -> SectionFacet:
    """Count the sections of ``docs``, which match all but the request's own section filter.

    By falling count, then name; a selected section is told even if it counts none.
    """
    found = collection.sections[docs]
    counts = np.bincount(found[found != NO_SECTION], minlength=len(collection.section_keys))
    selected = {section_key(name): name.strip() for name in request.sections}
    names = dict(zip(collection.section_keys, collection.section_names, strict=True))
    numbers = {key: int(counts[number]) for number, key in enumerate(collection.section_keys) if counts[number]}
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


def date_facet(docs: Documents, request: SearchRequest, collection: Collection) -> DateFacet:
    """Count ``docs``, which match all but the request's own dates, over time.

    Raises RequestError where the interval asked for gives too many buckets.
    """
    stamps = collection.stamps[docs]
    dated = stamps[stamps != UNDATED]
    low = None if request.from_date is None else stamp(request.from_date)
    high = None if request.to_date is None else stamp(request.to_date) + 24 * 60
    before = 0 if low is None else int((dated < low).sum())
    after = 0 if high is None else int((dated >= high).sum())
    within = dated[(dated >= (low if low is not None else UNDATED)) & (dated < (high if high is not None else 1 << 62))]
    undated = len(stamps) - len(dated)
    first = request.from_date or (moment(int(within.min())).date() if len(within) else request.to_date)
    last = request.to_date or (moment(int(within.max())).date() if len(within) else request.from_date)
    if first is None or last is None:
        return DateFacet(_unit(request, None, None), before, after, undated, ())
    unit = _unit(request, first, last)
    if request.from_date is None:
        first = first.replace(month=1 if unit == "year" else first.month, day=first.day if unit == "day" else 1)
    if request.to_date is None and unit != "day":
        last = last_day(last.year, 12 if unit == "year" else last.month)
    edges = list(_edges(first, last, unit))
    published = collection.stamps[collection.live & (collection.stamps != UNDATED)]
    limits = np.array([*(stamp(day) for day in edges), stamp(last) + 24 * 60], dtype=np.int64)
    counts = np.diff(np.searchsorted(np.sort(within), limits))
    totals = np.diff(np.searchsorted(np.sort(published), limits))
    ends = [*(day - datetime.timedelta(days=1) for day in edges[1:]), last]
    buckets = (
        DateBucket(start, end, int(count), int(total))
        for start, end, count, total in zip(edges, ends, counts, totals, strict=True)
    )
    return DateFacet(unit, before, after, undated, tuple(buckets))


def _unit(request: SearchRequest, first: datetime.date | None, last: datetime.date | None) -> Unit:
    if request.date_interval != "auto":
        unit: Unit = request.date_interval
    elif first is None or last is None:
        return "month"
    elif (last - first).days < _MOST_DAYS:
        return "day"
    else:
        unit = "month" if _months(first, last) <= _MOST_MONTHS else "year"
    if first is not None and last is not None:
        number = {"day": (last - first).days + 1, "month": _months(first, last), "year": last.year - first.year + 1}[
            unit
        ]
        most = MAX_DATE_BUCKETS.value()
        if number > most:
            raise RequestError(
                Problem(
                    "date_interval",
                    f"From {first} to {last} there are {number:,} buckets of a {unit}; {most:,} are given at most. "
                    "Narrow the dates or take a longer interval.",
                )
            )
    return unit


def _months(first: datetime.date, last: datetime.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _edges(first: datetime.date, last: datetime.date, unit: Unit) -> Iterator[datetime.date]:
    """Yield the first day of each bucket: ``first`` itself, then each new year, month or day up to ``last``."""
    day = first
    while True:
        yield day
        if unit == "day":
            following = day.toordinal() + 1
        elif unit == "month":
            year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
            following = datetime.date(year, month, 1).toordinal() if year <= datetime.MAXYEAR else 1 << 30
        else:
            following = datetime.date(day.year + 1, 1, 1).toordinal() if day.year < datetime.MAXYEAR else 1 << 30
        if following > last.toordinal():
            return
        day = datetime.date.fromordinal(following)
