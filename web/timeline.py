"""The date facet as a chart that is the date picker: bars that lead to their dates, the share line, gaps, the axis.

Where the dates asked for make no chart, a single day or a year without hits, the chart is that of the month, the year
or all dates around them, in which they are marked.
"""

import calendar
import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from search import DateBucket, DateFacet, SearchRequest
from web.navigation import Choice, Link, from_start
from web.wording import SHORT_MONTHS, counted, dates, day, number, percent, span

HEIGHT = 100.0
# A single article among thousands is still to be seen.
LEAST = 3.0
# A year of days. What is finer than that is no picture any more, only weight.
MOST_BARS = 366
# Shares that are drawn as points as well as by a line; more would run into each other.
MOST_POINTS = 80
# Labels of the axis: as many as fit under a chart on a telephone, every second left out there.
MOST_TICKS = 10

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """Bucket number ``x``, which has hits: what it says, its top, how tall it is (0 to HEIGHT), where it leads.

    ``current`` is the one whose dates are asked for.
    """

    x: int
    label: str
    y: float
    height: float
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Buckets ``x`` to ``x + width`` and what is to be said of them; ``at`` and ``percent`` are the same in percent."""

    x: int
    width: int
    label: str
    at: float
    percent: float


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
    all of them, and ``points`` those of its ends and bends that are drawn as points; ``most`` says what its highest
    point is. ``ground`` is the path below all times of which the archive holds anything, ``gaps`` are those of which
    it holds nothing, ``chosen`` the dates asked for where the chart shows more than these. ``edges`` are the first
    days of the buckets, then the last day of the last one; ``counts`` their hits, ``published`` all articles of
    theirs, with a blank between. ``title`` says what is drawn.
    """

    title: str
    width: int
    bars: tuple[Bar, ...]
    chosen: Stretch | None
    share: str | None
    points: str | None
    most: str | None
    ground: str
    gaps: tuple[Stretch, ...]
    empty: tuple[Stretch, ...]
    ticks: tuple[Tick, ...]
    edges: str
    counts: str
    published: str
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


def can_be_drawn(facet: DateFacet) -> bool:
    """Say whether the buckets of a facet make a chart: several of them, not too many, one with a hit at least."""
    return 1 < len(facet.buckets) <= MOST_BARS and any(bucket.count for bucket in facet.buckets)


def wider(request: SearchRequest) -> SearchRequest | None:
    """Ask for the month around the dates of a request, the year around that, or all dates; None for what has none."""
    first, last = request.from_date, request.to_date
    if not first and not last:
        return None
    spans = [one[1:] for one in (_month(first), _year(first))] if first and last else []
    for start, end in spans:
        if first and last and start <= first and last <= end and (start, end) != (first, last):
            return from_start(request, from_date=start, to_date=end, date_interval="auto")
    return from_start(request, from_date=None, to_date=None, date_interval="auto")


def timeline(
    request: SearchRequest, facet: DateFacet, link: Link, surroundings: DateFacet | None = None
) -> Timeline | None:
    """Draw the timeline of an answer, or None where there is nothing to draw.

    ``surroundings`` are drawn in place of a facet that cannot be: that of a ``wider`` request.
    """

    def dated(label: str, first: datetime.date | None, last: datetime.date | None, current: bool = False) -> Choice:
        return Choice(label, link(from_date=first, to_date=last, date_interval="auto"), current)

    earlier = later = None
    first, last = request.from_date, request.to_date
    if facet.before and first and first > datetime.date.min:
        earlier = dated(f"{number(facet.before)} earlier", None, first - _DAY)
    if facet.after and last and last < datetime.date.max:
        later = dated(f"{number(facet.after)} later", last + _DAY, None)
    drawn = next((one for one in (facet, surroundings) if one and can_be_drawn(one)), None)
    most = max((drawn or facet).buckets, key=lambda bucket: bucket.count, default=None)
    if not drawn and not earlier and not later and not (most and most.count):
        return None
    spans = _around(first, last) if first and last else ()
    before, after = _beside(first, last) if first and last else (None, None)
    return Timeline(
        chart=_chart(request, drawn, link, whole=drawn is facet) if drawn else None,
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


def _chart(request: SearchRequest, facet: DateFacet, link: Link, *, whole: bool) -> Chart:
    buckets = facet.buckets
    most = max(bucket.count for bucket in buckets)
    shares = [bucket.count / bucket.published if bucket.count else None for bucket in buckets]
    highest = max(share for share in shares if share is not None)
    partial = any(bucket.count != bucket.published for bucket in buckets)
    levels = [None if share is None else share / highest for share in shares]
    chosen = None if whole else _chosen(request, buckets)
    return Chart(
        title=f"Articles by {facet.interval}, {span(buckets[0].first, buckets[-1].last)}",
        width=len(buckets),
        bars=tuple(_bar(request, bucket, x, most, link) for x, bucket in enumerate(buckets) if bucket.count),
        chosen=chosen,
        share=_line(levels) if partial else None,
        points=_points(levels) if partial else None,
        most=percent(highest) if partial else None,
        ground=_ground(buckets),
        gaps=tuple(_stretches(buckets, published=False)),
        empty=tuple(_stretches(buckets, published=True)),
        ticks=tuple(_ticks(facet)),
        edges=" ".join([*(bucket.first.isoformat() for bucket in buckets), buckets[-1].last.isoformat()]),
        counts=" ".join([str(bucket.count) for bucket in buckets]),
        published=" ".join([str(bucket.published) for bucket in buckets]),
        interval=facet.interval,
    )


def _bar(request: SearchRequest, bucket: DateBucket, x: int, most: int, link: Link) -> Bar:
    words = span(bucket.first, bucket.last)
    if bucket.count == bucket.published:
        label = f"{words}: {counted(bucket.count, 'article')}"
    else:
        share = percent(bucket.count / bucket.published)
        label = f"{words}: {number(bucket.count)} of {counted(bucket.published, 'article')}, {share}"
    url = link(from_date=bucket.first, to_date=bucket.last, date_interval="auto")
    current = (bucket.first, bucket.last) == (request.from_date, request.to_date)
    height = round(max(LEAST, HEIGHT * bucket.count / most), 1)
    return Bar(x, label, round(HEIGHT - height, 1), height, url, current)


def _chosen(request: SearchRequest, buckets: Sequence[DateBucket]) -> Stretch | None:
    """Return the buckets that hold any of the dates asked for."""
    first, last = request.from_date or datetime.date.min, request.to_date or datetime.date.max
    held = [x for x, bucket in enumerate(buckets) if bucket.first <= last and first <= bucket.last]
    return _stretch(held[0], held[-1], len(buckets), dates(request) or "") if held else None


def _height(level: float) -> str:
    """Write where a level from 0 to 1 is. Its top stays within the box."""
    return f"{HEIGHT - 3 - (HEIGHT - 6) * level:.1f}".removesuffix(".0")


def _line(levels: Sequence[float | None]) -> str:
    """Draw a line through the middles of buckets at levels from 0 to 1; where there is none it is broken."""
    path, before = "", None
    for x, level in enumerate(levels):
        if level is not None:
            path += f"{'M' if before is None else 'L'}{x}.5 {_height(level)}"
        before = level
    return path


def _points(levels: Sequence[float | None]) -> str:
    """Draw levels as points: those that stand alone, and where there is room all of them."""
    around = [None, *levels, None]
    alone = [before is None and after is None for before, after in zip(around, around[2:], strict=False)]
    several = len(levels) <= MOST_POINTS
    return "".join(
        f"M{x}.5 {_height(level)}h0" for x, level in enumerate(levels) if level is not None and (several or alone[x])
    )


def _ground(buckets: Sequence[DateBucket]) -> str:
    """Draw a line below each run of buckets in which anything was published."""
    path, x = "", 0
    for held, run in groupby(buckets, key=lambda bucket: bool(bucket.published)):
        width = len(tuple(run))
        path += f"M{x} 100h{width}" if held else ""
        x += width
    return path


def _stretches(buckets: Sequence[DateBucket], *, published: bool) -> Iterator[Stretch]:
    """Yield the runs of buckets without hits in which anything, or nothing at all, was published."""
    for (hits, held), run in groupby(enumerate(buckets), key=lambda one: (bool(one[1].count), bool(one[1].published))):
        found = list(run)
        if not hits and held == published:
            words = span(found[0][1].first, found[-1][1].last)
            total = sum(bucket.published for _, bucket in found)
            label = f"{words}: none of {counted(total, 'article')}" if held else f"{words}: nothing in the archive"
            yield _stretch(found[0][0], found[-1][0], len(buckets), label)


def _stretch(first: int, last: int, of: int, label: str) -> Stretch:
    width = last - first + 1
    return Stretch(first, width, label, round(100 * first / of, 2), round(100 * width / of, 2))


# By interval: how many of it may lie between two labels, and where a day stands in counting them off.
_STEPS: dict[str, tuple[tuple[int, ...], Callable[[datetime.date], int]]] = {
    "year": ((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), lambda date: date.year),
    "month": ((1, 3, 6, 12, 24, 60, 120, 600), lambda date: date.year * 12 + date.month - 1),
    # The last days of a long month are no week.
    "day": ((1, 7, 14, 31), lambda date: date.day - 1 if date.day < 30 else -1),
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
        # The last label would leave the picture, on a telephone before it does elsewhere.
        if at <= 92:
            yield Tick(at, _tick(facet.buckets[x].first, facet.interval, rank), minor=rank % 2 == 1 or at > 86)


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
