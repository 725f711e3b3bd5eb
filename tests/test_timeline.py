"""The timeline: a picture of the matching articles that leads to their dates."""

import datetime
import itertools
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from search import DateBucket, DateFacet, SearchRequest
from tests.pages import asked, client_of, links, read, text
from tests.web_archive import FakeArchive
from web.addresses import Addresses
from web.timeline import MOST_BARS, MOST_TICKS, Chart, timeline, wider
from web.wording import percent

DAY = datetime.timedelta(days=1)
Count = tuple[int, int]


def bars(tree: Element) -> list[Element]:
    """Return the links of the picture."""
    return [link for link in tree.iter() if str(link.tag) == "{http://www.w3.org/2000/svg}a"]


def by_day(*counts: Count, first: str = "2000-01-01") -> DateFacet:
    """Give a facet of days with (hits, published)."""
    start = datetime.date.fromisoformat(first)
    days = [start + number * DAY for number in range(len(counts))]
    return DateFacet(
        "day", 0, 0, 0, tuple(DateBucket(one, one, *count) for one, count in zip(days, counts, strict=True))
    )


def by_month(first: int, months: int) -> DateFacet:
    """Give a facet of months from a January on, with one hit each."""
    starts = [datetime.date(first + month // 12, month % 12 + 1, 1) for month in range(months + 1)]
    return DateFacet(
        "month", 0, 0, 0, tuple(DateBucket(one, two - DAY, 1, 2) for one, two in itertools.pairwise(starts))
    )


def drawn(facet: DateFacet, request: SearchRequest | None = None) -> Chart:
    """Return the picture of a facet."""
    asked = request or SearchRequest()
    found = timeline(asked, facet, Addresses("/", asked))
    assert found is not None
    assert found.chart is not None
    return found.chart


def test_bars_lead_to_their_dates() -> None:
    """Each bar is a link to its days, with what it says in words."""
    tree = read(client_of(FakeArchive()), "/?q=peace+talks")
    (bar,) = bars(tree)
    assert text(bar) == "November 2020: 2 articles"
    assert asked(bar.attrib["href"]) == {"q": ["peace talks"], "from-date": ["2020-11-01"], "to-date": ["2020-11-30"]}


def test_bars_have_heights_and_shares() -> None:
    """The tallest bar fills the height, a single article stays visible, and each says its share of all published."""
    chart = drawn(by_day((1000, 1000), (1, 5), (0, 7), (0, 0)))
    assert [(bar.x, bar.height, bar.label) for bar in chart.bars] == [
        (0, 100.0, "1 January 2000: 1,000 articles"),
        (1, 3.0, "2 January 2000: 1 of 5 articles, 20\N{NO-BREAK SPACE}%"),
    ]
    assert chart.most == "100\N{NO-BREAK SPACE}%"


def test_the_line_of_shares_goes_through_the_hits() -> None:
    """It is as high as the shares, the highest at the top; where there are no hits it is broken, and points remain."""
    chart = drawn(by_day((1, 10), (1, 20), (0, 5), (0, 0), (1, 10)))
    assert chart.share == "M0.5 3L1.5 50M4.5 3"
    assert chart.points == "M0.5 3h0M1.5 50h0M4.5 3h0"
    assert drawn(by_day((3, 3), (0, 0), (2, 2))).share is None


def test_many_points_are_a_line() -> None:
    """Where points would run into each other only those are drawn that no line leads to."""
    chart = drawn(by_day((1, 10), (0, 1), *[(1, 2)] * 200))
    assert chart.points == "M0.5 78.2h0"


def test_gaps_in_the_archive_are_told_from_times_without_hits() -> None:
    """A time of which the archive has nothing is one stretch, and so is one of articles that do not match."""
    chart = drawn(by_day((1, 1), (0, 4), (0, 3), (0, 0), (0, 0), (1, 1)))
    assert [(gap.x, gap.width, gap.label) for gap in chart.gaps] == [
        (3, 2, "4 to 5 January 2000: nothing in the archive")
    ]
    assert [(run.x, run.width, run.label) for run in chart.empty] == [(1, 2, "2 to 3 January 2000: none of 7 articles")]
    # The line below is drawn where there is anything, with hits or without.
    assert chart.ground == "M0 100h3M5 100h1"


def test_the_script_is_told_the_days_and_counts() -> None:
    """A drag ends on any bucket, with hits or without: the first days of all, and the last day of the last."""
    tree = read(client_of(FakeArchive()), "/?q=bridge&from-date=2020-01&to-date=2020-03")
    (chart,) = [svg for svg in tree.iter("{http://www.w3.org/2000/svg}svg") if "data-edges" in svg.attrib]
    assert chart.attrib["data-edges"] == "2020-01-01 2020-02-01 2020-03-01 2020-03-31"
    assert chart.attrib["data-counts"] == "1 1 1"


@pytest.mark.parametrize(
    ("facet", "wanted"),
    [
        (by_month(1987, 9), ["Jan 1987", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sep"]),
        (by_month(2019, 15), ["Jan 2019", "Apr", "July", "Oct", "2020"]),
        (by_month(2000, 72), ["Jan 2000", "2001", "2002", "2003", "2004", "2005"]),
        (by_day(*[(1, 2)] * 31), ["1 Jan", "8 Jan", "15 Jan", "22 Jan", "29 Jan"]),
        (by_day(*[(1, 2)] * 200), ["1 Jan", "1 Feb", "1 Mar", "1 Apr", "1 May", "1 June", "1 July"]),
    ],
    ids=["months", "quarters", "years", "weeks", "firsts"],
)
def test_the_axis_has_round_dates(facet: DateFacet, wanted: list[str]) -> None:
    """Labels stand at round dates, all as far apart, no more than fit, and none where it would leave the picture."""
    ticks = drawn(facet).ticks
    assert [tick.label for tick in ticks] == wanted[: len(ticks)]
    assert len(wanted) - len(ticks) <= 1
    assert len(ticks) <= MOST_TICKS
    assert all(tick.at <= 92 for tick in ticks)
    assert [tick.minor for tick in ticks] == [bool(rank % 2) or tick.at > 86 for rank, tick in enumerate(ticks)]


def test_no_picture_where_there_is_nothing_to_see() -> None:
    """Neither nothing, nor a single bar, nor more bars than a picture can hold is drawn."""
    assert timeline(SearchRequest(), by_day((0, 5), (0, 5)), Addresses("/", SearchRequest())) is None
    for facet in (by_day((1, 5)), by_day(*[(1, 1)] * (MOST_BARS + 1))):
        found = timeline(SearchRequest(), facet, Addresses("/", SearchRequest()))
        assert found is not None
        assert found.chart is None


def test_a_single_day_is_shown_among_those_around_it() -> None:
    """Where the dates asked for make no chart, that around them does, with their bar marked and the others at hand."""
    tree = read(client_of(FakeArchive()), "/?q=bridge&from-date=2020-03&to-date=2020-03")
    (current,) = [bar for bar in bars(tree) if "aria-current" in bar.attrib]
    assert text(current) == "March 2020: 1 article"
    (chart,) = [svg for svg in tree.iter("{http://www.w3.org/2000/svg}svg") if "data-edges" in svg.attrib]
    assert chart.attrib["aria-label"] == "Articles by month, 2020"
    assert [box.attrib["x"] for box in chart.iter() if box.attrib.get("class") == "chosen"] == ["2"]
    others = [asked(bar.attrib["href"])["from-date"] for bar in bars(tree) if "aria-current" not in bar.attrib]
    assert ["2020-02-01"] in others


def test_nothing_found_keeps_the_timeline() -> None:
    """Where the dates asked for hold nothing, the chart shows when there is something, in any dates if need be."""
    archive = FakeArchive()
    tree = read(client_of(archive), "/?q=talks&from-date=2019-01&to-date=2019-03")
    assert text(tree.find(".//h1")) == "No articles with talks, January to March 2019"
    assert [text(bar) for bar in bars(tree)] == ["November 2020: 2 articles"]
    assert bars(read(client_of(archive), "/?q=zeppelin&from-date=2019-01&to-date=2019-03")) == []


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        ("2020-03-05", "2020-03-05", ("2020-03-01", "2020-03-31")),
        ("2020-02-01", "2020-02-29", ("2020-01-01", "2020-12-31")),
        ("2020-02-05", "2020-03-04", ("2020-01-01", "2020-12-31")),
        ("2020-01-01", "2020-12-31", (None, None)),
        ("2019-12-31", "2020-01-01", (None, None)),
        ("2020-01-01", None, (None, None)),
    ],
)
def test_wider_dates(first: str | None, last: str | None, wanted: tuple[str | None, str | None]) -> None:
    """Around days is their month, around that the year, around that everything, and around that nothing."""
    days = [datetime.date.fromisoformat(day) if day else None for day in (first, last)]
    around = wider(SearchRequest(query="a", from_date=days[0], to_date=days[1], page=3))
    assert around is not None
    assert tuple(day and day.isoformat() for day in (around.from_date, around.to_date)) == wanted
    assert (around.query, around.page) == ("a", 1)
    assert wider(SearchRequest(query="a")) is None


def test_a_timeline_ends_with_the_calendar() -> None:
    """Before the first and after the last day there is nowhere to go."""
    request = SearchRequest(from_date=datetime.date.min, to_date=datetime.date.max)
    assert timeline(request, DateFacet("year", 3, 3, 0, ()), Addresses("/", SearchRequest())) is None


def test_articles_beside_the_dates_are_counted() -> None:
    """With dates set, what lies before and after them is one link away."""
    tree = read(client_of(FakeArchive()), "/?q=bridge&from-date=2020&to-date=2020")
    assert asked(links(tree, "4 earlier")[0]) == {"q": ["bridge"], "to-date": ["2019-12-31"]}
    assert asked(links(tree, "12 later")[0]) == {"q": ["bridge"], "from-date": ["2021-01-01"]}


def trail(address: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield the labels and addresses of the way back to all dates."""
    tree = read(client_of(FakeArchive()), address)
    for link in tree.findall(".//nav[@class='trail']//a"):
        yield text(link), asked(link.attrib["href"])


def test_a_trail_leads_back_out() -> None:
    """From a day to its month, its year and all dates, and to the days beside it."""
    month = {"from-date": ["2020-03-01"], "to-date": ["2020-03-31"]}
    day = {"from-date": ["2020-03-20"], "to-date": ["2020-03-20"]}
    assert list(trail("/?from-date=2020-03-20&to-date=2020-03-20")) == [
        ("All dates", {}),
        ("2020", {"from-date": ["2020-01-01"], "to-date": ["2020-12-31"]}),
        ("March 2020", month),
        ("20 March 2020", day),
        ("19 March 2020", {"from-date": ["2020-03-19"], "to-date": ["2020-03-19"]}),
        ("21 March 2020", {"from-date": ["2020-03-21"], "to-date": ["2020-03-21"]}),
    ]
    assert [label for label, _ in trail("/?from-date=2019-05&to-date=2020-02")] == [
        "All dates",
        "May 2019 to February 2020",
    ]
    assert list(trail("/?q=bridge")) == []


def test_shares_in_words() -> None:
    """Two digits are enough for any share, and what is there at all is not called nothing."""
    shares = [percent(share).replace("\N{NO-BREAK SPACE}", " ") for share in (0, 0.0004, 0.012, 0.05, 0.0996, 0.374, 1)]
    assert shares == ["0 %", "under 0.1 %", "1.2 %", "5 %", "10 %", "37 %", "100 %"]
