"""The date facet as a row of bars, each the way to its own dates."""

import datetime
from dataclasses import dataclass

from search import DateBucket, DateFacet, SearchRequest
from web.navigation import Link, from_start
from web.wording import counted, number, span

HEIGHT = 100.0
# A single article among thousands is still to be seen, and to be hit with a finger.
LEAST = 3.0
# A year of days. What is finer than that is no picture any more, only weight.
MOST_BARS = 366

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """Bucket number ``x``: what it says, how tall it is (0 to HEIGHT), where it leads; None where nothing matches.

    ``gap`` is a time of which the archive holds nothing at all.
    """

    x: int
    label: str
    height: float
    url: str | None
    gap: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """Matching articles that lie outside the dates asked for, and the address that shows them."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars from left to right, what stands under the first and the last, the tallest in words, what lies beside."""

    bars: tuple[Bar, ...]
    first: str
    last: str
    peak: str | None
    earlier: Beside | None
    later: Beside | None
    undated: str | None


def timeline(request: SearchRequest, facet: DateFacet, link: Link) -> Timeline | None:
    """Draw the timeline of an answer, or None where there is nothing to draw."""
    earlier = later = None
    if facet.before and request.from_date and request.from_date > datetime.date.min:
        end = request.from_date - _DAY
        earlier = Beside(f"{number(facet.before)} earlier", link(from_start(request, from_date=None, to_date=end)))
    if facet.after and request.to_date and request.to_date < datetime.date.max:
        start = request.to_date + _DAY
        later = Beside(f"{number(facet.after)} later", link(from_start(request, from_date=start, to_date=None)))
    most = max(facet.buckets, key=lambda bucket: bucket.count, default=None)
    buckets = facet.buckets if most and most.count and len(facet.buckets) <= MOST_BARS else ()
    if not buckets and not earlier and not later:
        return None
    return Timeline(
        bars=tuple(_bar(request, bucket, x, most.count if most else 0, link) for x, bucket in enumerate(buckets)),
        first=_label(buckets[0]) if buckets else "",
        last=_label(buckets[-1]) if len(buckets) > 1 else "",
        peak=_peak(most) if most and len(buckets) > 1 else None,
        earlier=earlier,
        later=later,
        undated=f"{counted(facet.undated, 'article')} without a date" if facet.undated else None,
    )


def _bar(request: SearchRequest, bucket: DateBucket, x: int, most: int, link: Link) -> Bar:
    if bucket.count == bucket.published:
        label = f"{_label(bucket)}: {counted(bucket.count, 'article')}"
    else:
        label = f"{_label(bucket)}: {number(bucket.count)} of {counted(bucket.published, 'article')}"
    if not bucket.count:
        return Bar(x, label, 0.0, None, gap=not bucket.published)
    url = link(from_start(request, from_date=bucket.first, to_date=bucket.last, date_interval="auto"))
    return Bar(x, label, round(max(LEAST, HEIGHT * bucket.count / most), 1), url, gap=False)


def _peak(bucket: DateBucket) -> str:
    return f"Most {'on' if bucket.first == bucket.last else 'in'} {_label(bucket)}: {number(bucket.count)}"


def _label(bucket: DateBucket) -> str:
    return span(bucket.first, bucket.last)
