"""The date facet as a chart that is the date picker: bars that lead to their dates, the share line, gaps, the axis."""

import calendar
import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from search import DateBucket, DateFacet, SearchRequest
from web.navigation import Choice, Link, from_start
from web.wording import SHORT_MONTHS, counted, day, number, percent, span

HEIGHT = 100.0
# A single article among thousands is still to be seen.
LEAST = 3.0
# A year of days. What is finer than that is no picture any more, only weight.
MOST_BARS = 366
# Labels of the axis: as many as fit under a chart on a telephone, every second left out there.
MOST_TICKS = 10

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """Bucket number ``x``, which has hits: what it says, how tall it is (0 to HEIGHT), where it leads."""

    x: int
    label: str
    height: float
    url: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Buckets ``x`` to ``x + width`` and what is to be said of them."""

    x: int
    width: int
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the axis, at so many percent of its length; ``minor`` ones go where there is no room."""

    at: float
    label: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture, in a box as wide as there are buckets and HEIGHT tall.

    ``share`` is the path of the line that says which part of all published articles the hits are, None where they are
    all of them; ``most`` says what its highest point is. ``gaps`` are times of which the archive holds nothing.
    ``edges`` are the first days of the buckets, then the last day of the last one; ``counts`` their hits.
    """

    width: int
    bars: tuple[Bar, ...]
    share: str | None
    most: str | None
    gaps: tuple[Stretch, ...]
    empty: tuple[Stretch, ...]
    ticks: tuple[Tick, ...]
    edges: tuple[str, ...]
    counts: tuple[int, ...]
    interval: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The matching articles over time.

    ``trail`` leads from all dates to those asked for, the last being here; ``previous`` and ``next`` are the year,
    month or day beside the one asked for; ``earlier`` and ``later`` are all that matches outside the dates.
    """

    chart: Chart | None
    peak: str | None
    trail: tuple[Choice, ...]
    previous: Choice | None
    next: Choice | None
    earlier: Choice | None
    later: Choice | None
    undated: str | None


def timeline(request: SearchRequest, facet: DateFacet, link: Link) -> Timeline | None:
    """Draw the timeline of an answer, or None where there is nothing to draw."""

    def dated(label: str, first: datetime.date | None, last: datetime.date | None, current: bool = False) -> Choice:
        other = from_start(request, from_date=first, to_date=last, date_interval="auto")
        return Choice(label, link(other), current)

    earlier = later = None
    first, last = request.from_date, request.to_date
    if facet.before and first and first > datetime.date.min:
        earlier = dated(f"{number(facet.before)} earlier", None, first - _DAY)
    if facet.after and last and last < datetime.date.max:
        later = dated(f"{number(facet.after)} later", last + _DAY, None)
    most = max(facet.buckets, key=lambda bucket: bucket.count, default=None)
    drawn = most is not None and most.count > 0 and 1 < len(facet.buckets) <= MOST_BARS
    if not drawn and not earlier and not later and not (most and most.count):
        return None
    spans = _around(first, last) if first and last else ()
    before, after = _beside(first, last) if first and last else (None, None)
    return Timeline(
        chart=_chart(request, facet, link) if drawn else None,
        peak=_peak(most) if most and drawn and most.count > 1 else None,
        trail=(dated("All dates", None, None), *(dated(*one, current=one[1:] == (first, last)) for one in spans))
        if first or last
        else (),
        previous=dated(*before) if before and facet.before else None,
        next=dated(*after) if after and facet.after else None,
        earlier=earlier,
        later=later,
        undated=f"{counted(facet.undated, 'article')} without a date" if facet.undated else None,
    )


def _chart(request: SearchRequest, facet: DateFacet, link: Link) -> Chart:
    buckets = facet.buckets
    most = max(bucket.count for bucket in buckets)
    shares = [bucket.count / bucket.published if bucket.published else None for bucket in buckets]
    partial = any(bucket.count != bucket.published for bucket in buckets)
    highest = max(share for share in shares if share is not None)
    return Chart(
        width=len(buckets),
        bars=tuple(_bar(request, bucket, x, most, link) for x, bucket in enumerate(buckets) if bucket.count),
        share=_line([None if share is None else share / highest for share in shares]) if partial else None,
        most=percent(highest) if partial else None,
        gaps=tuple(_stretches(buckets, published=False)),
        empty=tuple(_stretches(buckets, published=True)),
        ticks=tuple(_ticks(facet)),
        edges=(*(bucket.first.isoformat() for bucket in buckets), buckets[-1].last.isoformat()),
        counts=tuple(bucket.count for bucket in buckets),
        interval=facet.interval,
    )


def _bar(request: SearchRequest, bucket: DateBucket, x: int, most: int, link: Link) -> Bar:
    words = span(bucket.first, bucket.last)
    if bucket.count == bucket.published:
        label = f"{words}: {counted(bucket.count, 'article')}"
    else:
        share = percent(bucket.count / bucket.published)
        label = f"{words}: {number(bucket.count)} of {counted(bucket.published, 'article')}, {share}"
    url = link(from_start(request, from_date=bucket.first, to_date=bucket.last, date_interval="auto"))
    return Bar(x, label, round(max(LEAST, HEIGHT * bucket.count / most), 1), url)


def _line(levels: Sequence[float | None]) -> str:
    """Draw steps at levels from 0 to 1; a gap in the archive is a gap in the line. Its top stays within the box."""
    path = ""
    before: float | None = None
    for x, level in enumerate(levels):
        if level is not None:
            y = f"{HEIGHT - 1 - (HEIGHT - 2) * level:.1f}".removesuffix(".0")
            path += f"M{x} {y}h1" if before is None else f"V{y}h1"
        before = level
    return path


def _stretches(buckets: Sequence[DateBucket], *, published: bool) -> Iterator[Stretch]:
    """Yield the runs of buckets without hits in which anything, or nothing at all, was published."""
    for (hits, held), run in groupby(enumerate(buckets), key=lambda one: (bool(one[1].count), bool(one[1].published))):
        found = list(run)
        if not hits and held == published:
            words = span(found[0][1].first, found[-1][1].last)
            total = sum(bucket.published for _, bucket in found)
            label = f"{words}: none of {counted(total, 'article')}" if held else f"{words}: nothing in the archive"
            yield Stretch(found[0][0], len(found), label)


# By interval: how many of it may lie between two labels, and where a day stands in counting them off.
_STEPS: dict[str, tuple[tuple[int, ...], Callable[[datetime.date], int]]] = {
    "year": ((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), lambda date: date.year),
    "month": ((1, 3, 6, 12, 24, 60, 120, 600), lambda date: date.year * 12 + date.month - 1),
    # The last days of a long month are no week.
    "day": ((1, 7, 14, 28), lambda date: date.day - 1 if date.day < 30 else -1),
}


def _ticks(facet: DateFacet) -> Iterator[Tick]:
    """Yield labels at round dates, a whole number of buckets apart."""
    steps, place = _STEPS[facet.interval]
    chosen: list[int] = []
    for step in steps:
        chosen = [x for x, bucket in enumerate(facet.buckets) if place(bucket.first) % step == 0]
        if len(chosen) <= MOST_TICKS:
            break
    for rank, x in enumerate(chosen):
        at = round(100 * x / len(facet.buckets), 2)
        # The last label would leave the picture.
        if at <= 92:
            yield Tick(at, _tick(facet.buckets[x].first, facet.interval, rank), minor=rank % 2 == 1)


def _tick(first: datetime.date, interval: str, rank: int) -> str:
    if interval == "year" or (interval == "month" and rank and first.month == 1):
        return str(first.year)
    month = SHORT_MONTHS[first.month]
    if interval == "day":
        return f"{first.day} {month}"
    return month if rank else f"{month} {first.year}"


def _peak(bucket: DateBucket) -> str:
    within = "on" if bucket.first == bucket.last else "in"
    return f"Most {within} {span(bucket.first, bucket.last)}: {number(bucket.count)}"


Span = tuple[str, datetime.date, datetime.date]


def _around(first: datetime.date, last: datetime.date) -> Iterator[Span]:
    """Yield the year and the month that hold the dates asked for, and those dates themselves."""
    found = []
    if first.year == last.year:
        found.append(_year(first))
        if first.month == last.month:
            found.append(_month(first))
    if not found or found[-1][1:] != (first, last):
        found.append((span(first, last), first, last))
    yield from found


def _beside(first: datetime.date, last: datetime.date) -> tuple[Span | None, Span | None]:
    """Return the year, month or day before and after the one asked for; None where no such thing was asked for."""
    for holding in (_day, _month, _year):
        if holding(first)[1:] == (first, last):
            return (
                holding(first - _DAY) if first > datetime.date.min else None,
                holding(last + _DAY) if last < datetime.date.max else None,
            )
    return None, None


def _day(date: datetime.date) -> Span:
    return day(date), date, date


def _month(date: datetime.date) -> Span:
    first, last = date.replace(day=1), date.replace(day=calendar.monthrange(date.year, date.month)[1])
    return span(first, last), first, last


def _year(date: datetime.date) -> Span:
    return str(date.year), date.replace(month=1, day=1), date.replace(month=12, day=31)
