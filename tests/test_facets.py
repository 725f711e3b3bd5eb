"""Facets: section counts and date buckets, against counting by hand."""

import datetime
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Article, DateFacet, RequestError, Searcher, SearchRequest, SectionFacet, open_searcher
from tests.scan import Document, Scan
from tests.searching import RandomArchive, ask, make_index

DAY = datetime.timedelta(days=1)
Archive = tuple[Searcher, Scan]


def sections_of(searcher: Searcher, query: str = "", **more: Any) -> SectionFacet:
    """Return the section facet of an answer."""
    facet = ask(searcher, query, facets=("section",), **more).facets.section
    assert facet is not None
    return facet


def dates_of(searcher: Searcher, query: str = "", **more: Any) -> DateFacet:
    """Return the date facet of an answer."""
    facet = ask(searcher, query, facets=("date",), **more).facets.date
    assert facet is not None
    return facet


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A searcher over an archive with changes and deletions, and the scan over what is left."""
    lived = RandomArchive(tmp_path_factory.mktemp("facets") / "index", random.Random(21), commits=7)
    with open_searcher(lived.folder) as searcher:
        yield searcher, Scan(lived.articles, written=lived.written)


@pytest.fixture
def dated(tmp_path: Path) -> Iterator[Searcher]:
    """A searcher over articles from two years, one undated; "storm" in some."""
    days = {
        "2019-12-31": "storm",
        "2020-01-01": "calm",
        "2020-02-29": "storm",
        "2020-12-01": "storm",
        "2021-06-15": "x",
    }
    articles = [Article(id=day, body=body, date=datetime.date.fromisoformat(day)) for day, body in days.items()]
    folder = make_index(tmp_path / "index", [*articles, Article(id="undated", body="storm")])
    with open_searcher(folder) as searcher:
        yield searcher


QUERIES = st.sampled_from(
    ["", "peace", "the of", "karabakh OR run", "talk* -war", "peace talks armenia", "section:world"]
)
SECTIONS = st.lists(st.sampled_from(["World", "SPORT", "local news ", "économie", "Nowhere"]), max_size=2).map(tuple)
SOME_DAYS = st.none() | st.dates(datetime.date(2019, 12, 29), datetime.date(2021, 2, 1))


@given(
    query=QUERIES,
    sections=SECTIONS,
    excluded=SECTIONS,
    days=st.tuples(SOME_DAYS, SOME_DAYS),
    interval=st.sampled_from(["auto", "year", "month", "day"]),
    match=st.sampled_from(["auto", "all", "any"]),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_counting(
    archive: Archive, query: str, sections: Any, excluded: Any, days: Any, interval: Any, match: Any
) -> None:
    """For any request, each section and each bucket counts what a scan counts, filters left out as promised."""
    searcher, oracle = archive
    if None not in days:
        days = sorted(days)
    request = SearchRequest(
        query=query,
        sections=sections,
        excluded_sections=excluded,
        from_date=days[0],
        to_date=days[1],
        date_interval=interval,
        match=match,
        page_size=0,
    )
    facets = searcher.search(request).facets
    assert facets.section is not None
    assert facets.date is not None
    check_sections(facets.section, oracle.holding(request, sections=False), request)
    check_dates(facets.date, oracle.holding(request, dates=False), oracle.documents, request)


def check_sections(facet: SectionFacet, documents: list[Document], request: SearchRequest) -> None:
    """Compare a section facet with the articles that match but for the section filter."""
    expected = Counter(d.article.section.casefold() for d in documents if d.article.section)
    assert {v.value.casefold(): v.count for v in facet.values if v.count} == expected
    selected = {name.strip().casefold() for name in request.sections}
    assert {v.value.casefold() for v in facet.values if v.selected} == selected
    assert facet.more == 0
    assert list(facet.values) == sorted(facet.values, key=lambda v: (-v.count, v.value))


def check_dates(facet: DateFacet, matching: list[Document], all_: list[Document], request: SearchRequest) -> None:
    """Compare a date facet with the articles that match but for the dates, and with all there are."""
    days = [d.moment.date() for d in matching if d.moment]
    published = [d.moment.date() for d in all_ if d.moment]
    first, last = request.from_date, request.to_date
    assert facet.undated == len(matching) - len(days)
    assert facet.before == sum(first is not None and day < first for day in days)
    assert facet.after == sum(last is not None and day > last for day in days)
    for bucket in facet.buckets:
        assert bucket.count == sum(bucket.first <= day <= bucket.last for day in days)
        assert bucket.published == sum(bucket.first <= day <= bucket.last for day in published)
    within = [day for day in days if (first or day) <= day <= (last or day)]
    assert sum(bucket.count for bucket in facet.buckets) == len(within)
    check_cover(facet, first, last)


def check_cover(facet: DateFacet, first: datetime.date | None, last: datetime.date | None) -> None:
    """Buckets lie side by side, each in one unit of the calendar, from the selected start to the selected end."""
    for left, right in pairwise(facet.buckets):
        assert left.last + DAY == right.first
    for bucket in facet.buckets:
        assert bucket.first <= bucket.last
        cut = {"year": 1, "month": 2, "day": 3}[facet.interval]
        assert bucket.first.timetuple()[:cut] == bucket.last.timetuple()[:cut]
    if facet.buckets:
        assert first in (None, facet.buckets[0].first)
        assert last in (None, facet.buckets[-1].last)
    else:
        assert first is last is None


def test_section_counts_leave_out_the_section_filter(archive: Archive) -> None:
    """Selecting a section changes which counts are selected, not the counts; the total is of the selection."""
    searcher, _ = archive
    free, bound = sections_of(searcher, "the"), sections_of(searcher, "the", sections=("world",))
    assert [(v.value, v.count) for v in free.values] == [(v.value, v.count) for v in bound.values]
    (selected,) = (value for value in bound.values if value.selected)
    assert selected.value.casefold() == "world"
    assert ask(searcher, "the", sections=("world",)).total == selected.count > 0


def test_a_selected_section_is_told_even_without_articles(archive: Archive) -> None:
    """What is selected can be taken off again: it is listed with none, also when nobody ever wrote for it."""
    searcher, _ = archive
    facet = sections_of(searcher, "unheard", sections=(" Nowhere", "world"))
    assert {(v.value.lower(), v.count, v.selected) for v in facet.values} == {("nowhere", 0, True), ("world", 0, True)}


def test_at_most_so_many_sections_are_told(tmp_path: Path) -> None:
    """The 50 largest sections are told, a selected one on top of them, and how many were left out."""
    articles = [
        Article(id=f"{n}-{copy}", body="x", section=f"S{n:02}") for n in range(60) for copy in range(1 + (n < 3))
    ]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        facet = sections_of(searcher)
        assert [v.value for v in facet.values] == [f"S{n:02}" for n in range(50)]
        assert facet.more == 10
        facet = sections_of(searcher, sections=("s59",))
        assert [v.value for v in facet.values] == [*(f"S{n:02}" for n in range(50)), "S59"]
        assert facet.more == 9


def test_only_the_facets_asked_for_are_made(archive: Archive) -> None:
    """A facet that was not asked for is None."""
    searcher, _ = archive
    for wanted in ((), ("section",), ("date",), ("section", "date")):
        facets = ask(searcher, facets=wanted).facets
        assert (facets.section is not None, facets.date is not None) == ("section" in wanted, "date" in wanted)


def test_buckets_cover_the_selected_range_with_empty_ones(dated: Searcher) -> None:
    """The range asked for is covered from its first day to its last, months without articles included."""
    facet = dates_of(
        dated, "storm", from_date=datetime.date(2020, 1, 15), to_date=datetime.date(2020, 4, 10), date_interval="month"
    )
    assert [(str(b.first), str(b.last), b.count, b.published) for b in facet.buckets] == [
        ("2020-01-15", "2020-01-31", 0, 0),
        ("2020-02-01", "2020-02-29", 1, 1),
        ("2020-03-01", "2020-03-31", 0, 0),
        ("2020-04-01", "2020-04-10", 0, 0),
    ]
    assert (facet.interval, facet.before, facet.after, facet.undated) == ("month", 1, 1, 1)


def test_an_open_range_reaches_to_the_articles_found(dated: Searcher) -> None:
    """Where an end is open the buckets reach to the first or last matching article, in whole units."""
    facet = dates_of(dated, "storm", date_interval="year")
    assert [(str(b.first), str(b.last), b.count, b.published) for b in facet.buckets] == [
        ("2019-01-01", "2019-12-31", 1, 1),
        ("2020-01-01", "2020-12-31", 2, 3),
    ]
    facet = dates_of(dated, "storm", from_date=datetime.date(2020, 12, 31), date_interval="month")
    assert [(str(b.first), str(b.last)) for b in facet.buckets] == [("2020-12-31", "2020-12-31")]
    assert (facet.before, facet.after) == (3, 0)
    facet = dates_of(dated, "storm", to_date=datetime.date(2020, 2, 10), date_interval="month")
    assert [(str(b.first), str(b.last)) for b in facet.buckets] == [
        ("2019-12-01", "2019-12-31"),
        ("2020-01-01", "2020-01-31"),
        ("2020-02-01", "2020-02-10"),
    ]


def test_nothing_found_and_nothing_selected_has_no_buckets(dated: Searcher) -> None:
    """Without a range and without a dated article there is nothing to cover."""
    assert dates_of(dated, "unheard").buckets == ()
    assert dates_of(dated, "unheard", date_interval="day").interval == "day"
    assert dates_of(dated, "storm -date:0001..9999").undated == 1


@pytest.mark.parametrize(
    ("first", "last", "interval"),
    [
        ("2020-01-01", "2020-01-01", "day"),
        ("2020-01-01", "2020-03-02", "day"),
        ("2020-01-01", "2020-03-03", "month"),
        ("2015-01-31", "2020-12-01", "month"),
        ("2015-01-31", "2021-01-01", "year"),
        ("1021-01-01", "2020-12-31", "year"),
    ],
)
def test_the_automatic_interval_fits_the_range(dated: Searcher, first: str, last: str, interval: str) -> None:
    """62 days are days, 72 months are months, more are years."""
    days: dict[str, Any] = {
        "from_date": datetime.date.fromisoformat(first),
        "to_date": datetime.date.fromisoformat(last),
    }
    facet = dates_of(dated, **days)
    assert facet.interval == interval
    assert len(facet.buckets) <= 1000
    check_cover(facet, days["from_date"], days["to_date"])


def test_the_automatic_interval_has_an_answer_for_any_dates(tmp_path: Path) -> None:
    """One article of the year 1 and one of 9999 do not take every search down: several years share a bucket."""
    articles = [
        Article(id=day, body="x", date=datetime.date.fromisoformat(day)) for day in ("0001-01-01", "9999-12-31")
    ]
    everything: dict[str, Any] = {"from_date": datetime.date.min, "to_date": datetime.date.max}
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        for facet in (dates_of(searcher), dates_of(searcher, **everything), dates_of(searcher, "y", **everything)):
            assert facet.interval == "year"
            assert (facet.buckets[0].first, facet.buckets[-1].last) == (datetime.date.min, datetime.date.max)
            assert 100 < len(facet.buckets) <= 1000
            assert all(left.last + DAY == right.first for left, right in pairwise(facet.buckets))
            assert sum(bucket.published for bucket in facet.buckets) == 2
        assert str(dates_of(searcher).buckets[1].first) == "0010-01-01"
        thousand = dates_of(searcher, from_date=datetime.date(1021, 1, 1), to_date=datetime.date(2020, 12, 31))
        more = dates_of(searcher, from_date=datetime.date(1020, 1, 1), to_date=datetime.date(2020, 12, 31))
        assert (len(thousand.buckets), len(more.buckets)) == (1000, 101)


def test_the_automatic_interval_keeps_to_the_most_buckets(dated: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer buckets allowed, the automatic interval becomes longer instead of failing."""
    monkeypatch.setenv("BACKFILE_MAX_DATE_BUCKETS", "10")
    start = datetime.date(2015, 1, 1)
    for last, interval, number in (("2015-01-10", "day", 10), ("2015-01-11", "month", 1), ("2015-11-01", "year", 1)):
        facet = dates_of(dated, from_date=start, to_date=datetime.date.fromisoformat(last))
        assert (facet.interval, len(facet.buckets)) == (interval, number)
    assert len(dates_of(dated, from_date=datetime.date(1990, 1, 1), to_date=start).buckets) == 3


def test_too_many_buckets_asked_for_are_refused(dated: Searcher) -> None:
    """An interval asked for by name is given or refused by the name of the parameter, never quietly another."""
    range_: dict[str, Any] = {"from_date": datetime.date(2020, 1, 1), "to_date": datetime.date(2022, 9, 27)}
    with pytest.raises(RequestError) as raised:
        ask(dated, date_interval="day", **range_)
    (problem,) = raised.value.problems
    assert problem.parameter == "date_interval"
    assert "1,001" in problem.reason
    range_["to_date"] -= DAY
    assert len(dates_of(dated, date_interval="day", **range_).buckets) == 1000
    ask(dated, date_interval="day", facets=("section",), from_date=datetime.date.min)


def test_the_ends_of_the_calendar_are_days_like_others(tmp_path: Path) -> None:
    """The first and the last day there is can be selected, counted and covered, in every interval."""
    articles = [
        Article(id="first", body="x", date=datetime.datetime(1, 1, 1, 0, 0)),
        Article(id="last", body="x", date=datetime.datetime(9999, 12, 31, 23, 59)),
    ]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        for interval in ("auto", "day", "month", "year"):
            for day in (datetime.date.min, datetime.date.max):
                facet = dates_of(searcher, from_date=day, to_date=day, date_interval=interval)
                (bucket,) = facet.buckets
                assert (bucket.first, bucket.last, bucket.count, bucket.published) == (day, day, 1, 1)
                assert facet.before + facet.after == 1
