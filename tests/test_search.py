"""What a search promises: totals, pages, cursors, ways of matching, words, live generations."""

import base64
import datetime
import json
import math
import random
import sys
import threading
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from index import open_writer
from index.errors import MissingIndexError
from index.stemming import ALGORITHMS
from search import (
    Article,
    Hit,
    LiveSearcher,
    RequestError,
    Searcher,
    SearchRequest,
    SearchResults,
    StaleCursorError,
    open_searcher,
)
from tests.scan import typos
from tests.searching import IDS, ask, ids, make_index, random_article

ORDERS = ("relevance", "newest", "oldest")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 60 articles of all sorts in three segments."""
    chance = random.Random(11)
    articles = [random_article(chance, identifier) for identifier in IDS[:60]]
    return make_index(tmp_path_factory.mktemp("archive") / "index", articles[:25], articles[25:50], articles[50:])


@pytest.fixture
def searcher(archive: Path) -> Iterator[Searcher]:
    """A searcher of that index."""
    with open_searcher(archive) as searcher:
        yield searcher


def small(tmp_path: Path, *articles: Article | str, name: str = "index") -> Path:
    """Make an index of articles, or of bodies in English."""
    return make_index(
        tmp_path / name,
        [
            article if isinstance(article, Article) else Article(id=str(number), body=article, language="en")
            for number, article in enumerate(articles, 1)
        ],
    )


def found(folder: Path, query: str, **more: Any) -> list[str]:
    """Return the ids that a query finds, sorted."""
    with open_searcher(folder) as searcher:
        return sorted(ids(ask(searcher, query, page_size=100, **more)))


# Pages and cursors


@pytest.mark.parametrize("order_by", ORDERS)
@pytest.mark.parametrize("query", ["", "the OR karabakh OR peace", "peace"])
def test_pages_put_together_are_one_long_page(searcher: Searcher, query: str, order_by: str) -> None:
    """Pages of any size cut one and the same order; each has the exact total."""
    long = ask(searcher, query, order_by=order_by, page_size=100)
    assert long.total == len(long.hits) > 3
    for size in (1, 7, 10):
        pages = [
            ask(searcher, query, order_by=order_by, page_size=size, page=number)
            for number in range(1, math.ceil(long.total / size) + 1)
        ]
        assert [hit for page in pages for hit in page.hits] == list(long.hits)
        assert {(page.total, page.pages) for page in pages} == {(long.total, len(pages))}


def test_a_page_past_the_end_is_empty_with_the_right_total(searcher: Searcher) -> None:
    """Past the end there are no hits, no cursor, no error: not the last page again."""
    total = ask(searcher, "peace").total
    for number in (math.ceil(total / 10) + 1, 99, 10**12):
        page = ask(searcher, "peace", page=number)
        assert (page.hits, page.total, page.page, page.next_cursor) == ((), total, number, None)


def test_a_page_of_no_size_is_a_count(searcher: Searcher) -> None:
    """``page_size=0`` asks for totals and facets alone."""
    results = ask(searcher, "peace", page_size=0)
    assert (results.hits, results.pages, results.next_cursor) == ((), 0, None)
    assert results.total == ask(searcher, "peace").total > 0


def walk(searcher: Searcher, size: int, **request: Any) -> list[str]:
    """Go through all hits by cursors."""
    seen: list[str] = []
    cursor = None
    while True:
        results = ask(searcher, page_size=size, cursor=cursor, **request)
        seen += ids(results)
        cursor = results.next_cursor
        if cursor is None:
            return seen
        assert len(seen) <= results.total, "in circles"


@pytest.mark.parametrize("order_by", ORDERS)
@pytest.mark.parametrize("query", ["", "the OR karabakh OR peace"])
def test_cursors_put_together_are_the_pages(searcher: Searcher, query: str, order_by: str) -> None:
    """Going on from each page's cursor gives every hit once, in order, and ends; ties and undated articles included."""
    long = ask(searcher, query, order_by=order_by, page_size=100)
    for size in (1, 7, long.total):
        assert walk(searcher, size, query=query, order_by=order_by) == ids(long)


def test_the_last_page_has_no_cursor(searcher: Searcher) -> None:
    """A cursor is given only where there is something behind it."""
    total = ask(searcher).total
    assert ask(searcher, page_size=total).next_cursor is None
    assert ask(searcher, page_size=total - 1).next_cursor is not None


@pytest.mark.parametrize("order_by", ["newest", "oldest"])
def test_a_cursor_by_date_outlives_its_generation(tmp_path: Path, order_by: str) -> None:
    """Under an order by date one goes on where one was: nothing twice, nothing left out, whatever came or went."""
    day = datetime.date(2021, 1, 1)
    articles = [
        Article(id=f"{n:02}", body="storm", date=day + datetime.timedelta(days=n) if n < 8 else None) for n in range(10)
    ]
    folder = make_index(tmp_path / "index", articles)
    with open_searcher(folder) as before:
        first = ask(before, "storm", order_by=order_by, page_size=4)
        rest = ids(ask(before, "storm", order_by=order_by, page_size=100))[4:]
    last = first.hits[-1]
    with open_writer(folder) as writer:
        writer.remove(last.id)  # the very hit that the cursor points behind
        writer.remove(first.hits[0].id)
        writer.add(Article(id="08b", body="another storm"))
    with open_searcher(folder) as after:
        gone_on = walk_from(after, first.next_cursor, query="storm", order_by=order_by)
    assert sorted(gone_on) == sorted([*rest, "08b"])
    assert [one for one in gone_on if one != "08b"] == rest


def walk_from(searcher: Searcher, cursor: str | None, **request: Any) -> list[str]:
    """Go through the hits behind a cursor."""
    seen: list[str] = []
    while cursor is not None:
        results = ask(searcher, cursor=cursor, page_size=2, **request)
        seen += ids(results)
        cursor = results.next_cursor
        assert len(seen) <= results.total, "in circles"
    return seen


def test_a_cursor_by_relevance_is_stale_in_the_next_generation(tmp_path: Path) -> None:
    """Scores move with every commit, so a relevance cursor of before is an error of its own kind."""
    folder = small(tmp_path, *["storm"] * 5)
    with open_searcher(folder) as before:
        cursor = ask(before, "storm", page_size=2).next_cursor
        assert ids(ask(before, "storm", page_size=2, cursor=cursor)) == ["3", "4"]
    with open_writer(folder) as writer:
        writer.add(Article(id="6", body="storm"))
    with open_searcher(folder) as after, pytest.raises(StaleCursorError) as raised:
        ask(after, "storm", page_size=2, cursor=cursor)
    assert raised.value.problems[0].parameter == "cursor"


@pytest.mark.parametrize(
    "other",
    [
        {"query": "peace"},
        {"order_by": "newest"},
        {"match": "all"},
        {"sections": ("World",)},
        {"excluded_sections": ("World",)},
        {"languages": ("en",)},
        {"from_date": datetime.date(2020, 1, 1)},
        {"to_date": datetime.date(2020, 1, 1)},
    ],
)
def test_a_cursor_belongs_to_its_search(searcher: Searcher, other: dict[str, Any]) -> None:
    """With anything else in the search that decides on set or order, a cursor is refused."""
    cursor = ask(searcher, "the", page_size=1).next_cursor
    with pytest.raises(RequestError, match="another search"):
        ask(searcher, **{"query": "the", "cursor": cursor, **other})


def test_a_cursor_goes_on_with_another_page_size_and_other_facets(searcher: Searcher) -> None:
    """What only decides on how much is shown may change on the way."""
    cursor = ask(searcher, page_size=3).next_cursor
    rest = ask(searcher, page_size=100, cursor=cursor, facets=(), date_interval="year")
    assert ids(rest) == ids(ask(searcher, page_size=100))[3:]


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "é", "====", "AAAA", "\ud800", "[]", "null", '{"a":1}', "[" * 5000, '[1,2,"a",1]', "[null,0,0,0,0]"),
        *('[[],2,"a",1,"x"]', '["x",2,"a",1,"s"]', '[1,1e999,"a",1,"s"]', f'[1,{"9" * 5000},"a",1,"s"]'),
    ],
)
def test_garbage_is_no_cursor(searcher: Searcher, text: str) -> None:
    """A cursor that is none is a RequestError about the cursor, raw or well encoded."""
    encoded = base64.urlsafe_b64encode(text.encode(errors="replace")).decode().rstrip("=")
    for cursor in {text, encoded}:
        with pytest.raises(RequestError) as raised:
            ask(searcher, "the", cursor=cursor)
        assert raised.value.problems[0].parameter == "cursor"


def test_a_forged_place_is_no_crash(searcher: Searcher) -> None:
    """A cursor whose place was changed by hand leads somewhere or nowhere, but to no error of the program."""
    cursor = ask(searcher, "the", page_size=1).next_cursor
    assert cursor is not None
    *_, generation, search = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in ([math.nan, 0, ""], [math.inf, -(10**30), "z"], [-math.inf, 10**30, "\U0010ffff"]):
        forged = base64.urlsafe_b64encode(json.dumps([*place, generation, search]).encode()).decode().rstrip("=")
        assert ask(searcher, "the", cursor=forged).total > 0


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"page": 0}, "page"),
        ({"page_size": 101}, "page_size"),
        ({"page_size": -1}, "page_size"),
        ({"order_by": "best"}, "order_by"),
        ({"match": "most"}, "match"),
        ({"date_interval": "week"}, "date_interval"),
        ({"facets": ("author",)}, "facets"),
        ({"facets": "section"}, "facets"),
        ({"sections": "World"}, "sections"),
        ({"cursor": "x", "page": 2}, "cursor"),
        ({"from_date": datetime.date(2021, 1, 2), "to_date": datetime.date(2021, 1, 1)}, "from_date"),
        ({"from_date": datetime.datetime(2021, 1, 2), "to_date": datetime.date(2021, 1, 3)}, "from_date"),
        ({"to_date": datetime.datetime(2021, 1, 2, 5, 30)}, "to_date"),
    ],
)
def test_a_wrong_request_names_its_parameter(wrong: dict[str, Any], parameter: str) -> None:
    """Every wrong value is refused by the name of its parameter before anything is searched."""
    with pytest.raises(RequestError) as raised:
        SearchRequest(**wrong)
    assert [problem.parameter for problem in raised.value.problems] == [parameter]


# Orders


def test_undated_articles_come_last_in_every_order_by_date(searcher: Searcher) -> None:
    """Newest or oldest first, undated articles last; equal dates go by id."""
    for order_by, falling in (("newest", True), ("oldest", False)):
        hits = ask(searcher, order_by=order_by, page_size=100).hits
        dated = [hit for hit in hits if hit.date is not None]
        assert 0 < len(dated) < len(hits)
        assert list(hits[: len(dated)]) == dated
        moments = [moment(hit) for hit in hits]
        assert moments[: len(dated)] == sorted(moments[: len(dated)], reverse=falling)
        for left, right in pairwise(hits):
            if moment(left) == moment(right):
                assert left.id < right.id


def moment(hit: Hit) -> datetime.datetime:
    """Return when an article appeared: at midnight if only the day is known, at the end of time if nothing is."""
    if hit.date is None or isinstance(hit.date, datetime.datetime):
        return hit.date or datetime.datetime.max
    return datetime.datetime.combine(hit.date, datetime.time())


def test_equal_scores_go_by_date_then_id(tmp_path: Path) -> None:
    """Whole-query order is score, newest, id by code point; without a date last."""
    dates = {"b": 1, "a": 1, "é": 1, "Z": 1, "new": 2}
    articles = [Article(id=id_, body="storm", date=datetime.date(2020, 1, day)) for id_, day in dates.items()]
    folder = small(tmp_path, Article(id="0", body="storm"), *articles, Article(id="top", body="storm storm"))
    with open_searcher(folder) as searcher:
        assert ids(ask(searcher, "storm")) == ["top", "new", "Z", "a", "b", "é", "0"]
        assert ids(ask(searcher, "")) == ["new", "Z", "a", "b", "é", "0", "top"]


def test_the_order_of_indexing_changes_nothing(tmp_path: Path) -> None:
    """The same articles in any order, in any number of commits, answer alike."""
    chance = random.Random(2)
    articles = [random_article(chance, identifier) for identifier in IDS[:30]]
    answers = []
    for turn in range(3):
        chance.shuffle(articles)
        folder = make_index(tmp_path / str(turn), *(articles[at::turn] for at in range(turn))) if turn else None
        with open_searcher(folder or make_index(tmp_path / "0", articles)) as searcher:
            answers.append([shape(ask(searcher, query)) for query in ("", "peace the", "karabakh", '"the of"', "r*")])
    assert answers[0] == answers[1] == answers[2]


def shape(results: SearchResults) -> tuple[Any, ...]:
    """Return all of an answer that does not depend on time."""
    return results.total, results.match, results.min_words, results.warnings, results.hits, results.facets


# Ways of matching


@pytest.fixture(scope="module")
def relaxing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 articles: "common" is in all, "tenth" in ten, "over" in eleven; the words of weather in few, one in four."""
    articles = []
    for n in range(100):
        body = ["common"]
        body += ["tenth"] if n < 10 else []
        body += ["over"] if n < 11 else []
        body += ["hail"] if n in (50, 51) else []
        body += ["frost"] if n in (51, 52) else []
        body += ["dew"] if n in (51, 52, 53) else []
        body += ["mist"] if n in (51, 52, 54) else []
        articles.append(
            Article(id=f"{n:03}", body=" ".join(body), language="en", section="Weather" if n % 2 else "Sea")
        )
    return make_index(tmp_path_factory.mktemp("relaxing") / "index", articles)


@pytest.mark.parametrize(
    ("query", "match", "min_words", "total"),
    [
        ("hail frost", "all", None, 1),  # two words only
        ("hail frost dew", "most", 3, 1),
        ("hail frost dew common", "most", 3, 1),  # a word in more than a tenth does not count
        ("hail frost dew mist", "most", 3, 2),
        ("hail frost dew mist mist MIST", "most", 3, 2),  # nor does one said again
        ("hail frost tenth", "most", 3, 0),
        ("hail frost over", "all", None, 0),  # eleven of a hundred are more than a tenth
        ("hail frost dew mist unheard", "most", 4, 1),
        ('hail frost dew "mist common"', "most", 3, 1),
        ('"common hail" "common frost" dew mis*', "most", 3, 2),
        ("hail frost dew mist section:sea", "most", 3, 1),
        ("common over", "all", None, 11),
        ("common common common", "all", None, 100),
        ("common over *", "all", None, 11),
        ("hail frost dew AND mist", "all", None, 1),
        ("hail frost dew -mist", "all", None, 0),
        ("(hail frost dew mist)", "all", None, 1),
        ("hail OR frost", "all", None, 3),
    ],
)
def test_how_a_query_is_relaxed(relaxing: Path, query: str, match: str, min_words: int | None, total: int) -> None:
    """CONTRACT's rule: n distinct rare words, n >= 3, fewer than ten articles with all: ceil(0.7 n) are enough."""
    with open_searcher(relaxing) as searcher:
        results = ask(searcher, query)
    assert (results.match, results.min_words, results.total) == (match, min_words, total)


def test_ten_articles_with_all_words_are_enough(tmp_path: Path) -> None:
    """Nine articles that hold all words make a query relaxed, ten do not; under a filter those within it count."""
    rows = ["wind rain snow"] * 10 + ["wind rain"] * 3 + ["calm"] * 190
    articles = [
        Article(id=f"{n:03}", body=body, language="en" if n % 3 else "en-GB", section="A" if n % 4 else "B")
        for n, body in enumerate(rows)
    ]
    folder = make_index(tmp_path / "index", articles)
    with open_searcher(folder) as searcher:
        assert ask(searcher, "wind rain snow").match == "all"
        assert ask(searcher, "wind rain snow", sections=("A",)).match == "most"
        assert ask(searcher, "wind rain snow section:a").match == "most"
        assert ask(searcher, "wind rain snow", excluded_sections=("B",)).match == "most"
        assert ask(searcher, "wind rain snow", languages=("en",)).match == "all"
        assert ask(searcher, "wind rain snow", languages=("en-GB",)).match == "most"
        assert ask(searcher, "wind rain snow", from_date=datetime.date(2020, 1, 1)).match == "most"
    with open_writer(folder) as writer:
        writer.remove("000")
    with open_searcher(folder) as searcher:
        assert ask(searcher, "wind rain snow").match == "most"


def test_all_words_rare_or_not_when_none_is_rare(tmp_path: Path) -> None:
    """Where every word is in more than a tenth, all of them count."""
    folder = small(tmp_path, "wind rain snow", "wind rain hail", "snow hail", "wind snow hail rain")
    with open_searcher(folder) as searcher:
        results = ask(searcher, "wind rain snow hail")
        assert (results.match, results.min_words, results.total) == ("most", 3, 3)


@pytest.mark.parametrize("number", range(3, 33))
def test_seven_tenths_are_rounded_up_exactly(relaxing: Path, number: int) -> None:
    """ceil(0.7 n) is the whole number it is on paper, for every n that a query can have."""
    with open_searcher(relaxing) as searcher:
        results = ask(searcher, " ".join(f"unheard{n}" for n in range(number)))
    assert results.min_words == (7 * number + 9) // 10


def test_relaxing_does_not_depend_on_the_page(relaxing: Path) -> None:
    """Page, page size, order and facets decide nothing about how words are combined."""
    with open_searcher(relaxing) as searcher:
        for more in ({"page": 2}, {"page_size": 1}, {"page_size": 0}, {"order_by": "oldest"}, {"facets": ()}):
            results = ask(searcher, "hail frost dew mist", **more)
            assert (results.match, results.min_words, results.total) == ("most", 3, 2), more


def test_every_word_scores_when_most_are_enough(relaxing: Path) -> None:
    """A relaxed query still ranks by all of its words, the common ones too, and marks all of them."""
    with open_searcher(relaxing) as searcher:
        relaxed = ask(searcher, "hail frost dew mist common")
        asked = {hit.id: hit.score for hit in ask(searcher, "hail frost dew mist common", match="any").hits}
    assert relaxed.match == "most"
    assert {hit.id: hit.score for hit in relaxed.hits} == {hit.id: asked[hit.id] for hit in relaxed.hits}
    best = relaxed.hits[0]
    marked = [best.snippets[0].text[start:end] for start, end in best.snippets[0].ranges]
    assert marked == ["common", "hail", "frost", "dew", "mist"]


def test_all_and_any_are_taken_at_their_word(relaxing: Path) -> None:
    """``all`` is never relaxed, ``any`` wants one word."""
    with open_searcher(relaxing) as searcher:
        every = ask(searcher, "hail frost dew mist", match="all")
        some = ask(searcher, "hail frost dew mist", match="any")
    assert (every.match, every.min_words, every.total) == ("all", None, 1)
    assert (some.match, some.min_words, some.total) == ("any", None, 5)


# Filters


def test_sections_are_matched_without_regard_to_case(tmp_path: Path) -> None:
    """A section is one by any capitals, composition and outer blanks; it goes by its most frequent spelling."""
    spellings = ["Économie", "ÉCONOMIE", unicodedata.normalize("NFD", "économie"), "Économie", "Sport"]
    folder = small(tmp_path, *(Article(id=str(n), body="x", section=name) for n, name in enumerate(spellings)))
    for name in (" économie ", "Économie", unicodedata.normalize("NFD", "ÉCONOMIE")):
        assert found(folder, "", sections=(name,)) == ["0", "1", "2", "3"]
        assert found(folder, f'section:"{name}"') == ["0", "1", "2", "3"]
        assert found(folder, "", excluded_sections=(name,)) == ["4"]
    with open_searcher(folder) as searcher:
        facet = ask(searcher, "x", sections=("sport",)).facets.section
    assert facet is not None
    assert [(value.value, value.count, value.selected) for value in facet.values] == [
        ("Économie", 4, False),
        ("Sport", 1, True),
    ]


@pytest.mark.parametrize(
    ("request_", "warning"),
    [
        ({"sections": ("Nowhere", "World")}, "'Nowhere'"),
        ({"excluded_sections": ("Nowhere",)}, "'Nowhere'"),
        ({"languages": ("xx",)}, "'xx'"),
        ({"query": "section:nowhere"}, "'nowhere'"),
        ({"query": "peace OR language:xx"}, "'xx'"),
    ],
)
def test_what_the_archive_does_not_hold_is_said(searcher: Searcher, request_: dict[str, Any], warning: str) -> None:
    """An unknown section or language is no silent emptiness: a warning names it."""
    (said,) = ask(searcher, **request_).warnings
    assert warning in said


def test_known_sections_and_languages_are_not_warned_of(searcher: Searcher) -> None:
    """Where all is known there is nothing to say."""
    assert ask(searcher, "section:world", sections=("WORLD",), languages=("en",)).warnings == ()


def test_a_language_takes_in_its_regions(tmp_path: Path) -> None:
    """``en`` finds ``en-GB`` and not the other way round; tags are matched without regard to case."""
    tags = ["en", "en-GB", "en-US", "eng-x", "fr"]
    folder = small(tmp_path, *(Article(id=tag, body="x", language=tag) for tag in tags if tag != "eng-x"))
    assert found(folder, "", languages=("EN",)) == ["en", "en-GB", "en-US"]
    assert found(folder, "language:en-gb") == ["en-GB"]
    assert found(folder, "", languages=("en-US", "fr")) == ["en-US", "fr"]
    assert found(folder, "", languages=("e",)) == found(folder, "language:en-G") == []


def test_a_hit_tells_the_language_it_was_read_in(tmp_path: Path) -> None:
    """Hits carry a language even where the article does not: that of its text, else the archive's."""
    told = Article(id="told", body="Der Rat hat die Brücke nicht mit dem Geld der Stadt und auch nicht für sie gebaut.")
    folder = small(tmp_path, told, Article(id="short", body="Brücke"), Article(id="said", body="x", language="pt-BR"))
    with open_searcher(folder) as searcher:
        assert {hit.id: hit.language for hit in ask(searcher).hits} == {"told": "de", "short": "en", "said": "pt-BR"}


def test_dates_are_inclusive_days(tmp_path: Path) -> None:
    """Both ends of a range are whole days; undated articles are in no range."""
    folder = small(
        tmp_path,
        Article(id="eve", body="x", date=datetime.datetime(2020, 12, 31, 23, 59)),
        Article(id="day", body="x", date=datetime.date(2021, 1, 1)),
        Article(id="late", body="x", date=datetime.datetime(2021, 1, 1, 23, 59)),
        Article(id="next", body="x", date=datetime.datetime(2021, 1, 2, 0, 0)),
        Article(id="first", body="x", date=datetime.date(1, 1, 1)),
        Article(id="last", body="x", date=datetime.datetime(9999, 12, 31, 23, 59)),
        Article(id="never", body="x"),
    )
    day = datetime.date(2021, 1, 1)
    assert found(folder, "", from_date=day, to_date=day) == ["day", "late"]
    assert found(folder, "date:2021-01-01") == ["day", "late"]
    assert found(folder, "", from_date=datetime.date.min, to_date=datetime.date.max) == found(folder, "date:..9999")
    assert "never" not in found(folder, "", to_date=datetime.date.max)
    assert len(found(folder, "", to_date=datetime.date.max)) == 6
    assert found(folder, "date:<2021-01-01") == ["eve", "first"]
    assert found(folder, "date:>2021-01-01") == ["last", "next"]
    assert found(folder, "date:>9999-12-31") == found(folder, "date:<0001") == []
    assert found(folder, "date:>=9999-12-31") == ["last"]
    assert found(folder, "date:<=0001") == ["first"]
    assert found(folder, "-date:2021") == ["eve", "first", "last", "never"]


def test_what_was_deleted_is_in_no_answer(tmp_path: Path) -> None:
    """A deleted or replaced article is found by no query, no limit, no exclusion, and counted in no facet."""
    day = datetime.date(2020, 1, 1)
    kept, gone = (Article(id=id_, title="storm", section="Sea", date=day, byline="Wind") for id_ in ("kept", "gone"))
    folder = small(tmp_path, kept, gone, Article(id="changed", title="storm", section="Sea", date=day, byline="Wind"))
    with open_writer(folder) as writer:
        writer.remove("gone")
        writer.add(Article(id="changed", title="calm", section="Sky", byline="Rain"))
    with open_searcher(folder) as searcher:
        for query in (
            "storm",
            "title:storm",
            "sto*",
            "section:sea",
            "date:2020",
            "byline:wind",
            "-calm",
            "storm -calm",
        ):
            results = ask(searcher, query)
            assert (ids(results), results.total) == (["kept"], 1), query
            assert results.facets.section is not None
            assert results.facets.date is not None
            assert [value.count for value in results.facets.section.values] == [1], query
            assert [(bucket.count, bucket.published) for bucket in results.facets.date.buckets] == [(1, 1)], query
            assert results.facets.date.undated == 0
        facets = ask(searcher, "section:sea", languages=("en",), from_date=day).facets
        assert facets.section is not None
        assert [value.count for value in facets.section.values] == [1]
        everything = ask(searcher)
        assert (ids(everything), everything.index.articles) == (["kept", "changed"], 2)
        assert everything.facets.section is not None
        assert {value.value: value.count for value in everything.facets.section.values} == {"Sea": 1, "Sky": 1}
        assert searcher.article("gone") is None


# Words


def test_composition_makes_no_difference(tmp_path: Path) -> None:
    """Composed and decomposed letters are the same in articles and queries."""
    text = "Žižek à Ångström: l’élève. Чай й"
    folder = small(tmp_path, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    for query in ("žižek", "Ångström", '"élève чай"', "élè*", "ангстрем OR žyžek~", "й"):
        both = [found(folder, unicodedata.normalize(form, query)) for form in ("NFC", "NFD")]
        assert both == [["1", "2"], ["1", "2"]], query


@pytest.mark.parametrize(
    ("language", "written", "queries"),
    [
        ("fr", "Les élections législatives à Orléans", ["elections", "élection", "legislatives", "orleans", "Orléans"]),
        ("de", "Häuser und Straßen in München", ["hauser", "häuser", "strassen", "straßen", "munchen", "haus"]),
        ("ru", "Ёлки в лесу", ["елки", "ёлки", "ёлка", "елка", "лес"]),
        ("es", "Los niños en España", ["ninos", "niños", "niño", "espana"]),
        ("pl", "Łódź i Kraków", ["lodz", "łódź", "krakow"]),
        ("tr", "Iğdır ve İstanbul", ["istanbul", "igdir"]),
        ("el", "Οι εκλογές στην Αθήνα", ["εκλογες", "αθηνα", "Αθήνα"]),
    ],
)
def test_accents_are_typed_or_not(tmp_path: Path, language: str, written: str, queries: list[str]) -> None:
    """A word is found as it stands, without its accents, and by other forms of it, beside articles in English."""
    folder = small(tmp_path, Article(id="x", body=written, language=language), "some words in English", "more of them")
    for query in queries:
        assert found(folder, query) == ["x"], query


INFLECTED = {
    "ar": ("المدرسة", "مدرسة"),
    "de": ("Kriege", "Krieg"),
    "en": ("ministers", "minister"),
    "es": ("ministros", "ministro"),
    "fi": ("taloissa", "talossa"),
    "fr": ("ministres", "ministre"),
    "hu": ("házak", "ház"),
    "it": ("ministri", "ministro"),
    "nl": ("ministers", "minister"),
    "pl": ("wojny", "wojna"),
    "pt": ("ministros", "ministro"),
    "ro": ("miniștri", "miniștrii"),
    "ru": ("министры", "министра"),
    "sv": ("ministrar", "ministrarna"),
    "tr": ("bakanlar", "bakan"),
}


@pytest.fixture(scope="module")
def babel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One article in each language that has a stemmer."""
    articles = [
        Article(id=language, body=INFLECTED.get(language, (f"word{language}", ""))[0], language=language)
        for language in ALGORITHMS
    ]
    return make_index(tmp_path_factory.mktemp("babel") / "index", articles)


@pytest.mark.parametrize("language", sorted(INFLECTED))
def test_words_are_found_by_stem_in_their_language(babel: Path, language: str) -> None:
    """In an archive of every language at once, a query in one finds the other forms of its word."""
    assert language in found(babel, INFLECTED[language][1])


def test_every_language_with_a_stemmer_is_found(babel: Path) -> None:
    """No stemmer fails, and an article is found by the very word that it holds."""
    for language in ALGORITHMS:
        assert language in found(babel, INFLECTED.get(language, (f"word{language}", ""))[0])


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("東京", ["tokyo", "tower"]),
        ("東京都", ["tokyo"]),
        ("京", ["kyoto", "tokyo", "tower"]),
        ("都", ["kyoto", "tokyo"]),
        ("タワー", ["tower"]),
        ("ワ", ["tower"]),
        ("京タワー", ["tower"]),
        ("東都", []),
        ("東*", ["tokyo", "tower"]),
        ('"東京 タワー"', []),
        ("ﾀﾜｰ", ["tower"]),
        ("iPhone東", ["mixed"]),
        ("กรุงเทพ", ["thai"]),
        ("ก", ["thai"]),
    ],
)
def test_scripts_without_spaces(tmp_path: Path, query: str, hits: list[str]) -> None:
    """Any stretch of an unspaced text is found, a single character too."""
    folder = small(
        tmp_path,
        Article(id="tokyo", title="東京都", language="ja"),
        Article(id="kyoto", body="京都へ行く", language="ja"),
        Article(id="tower", body="東京タワー", language="ja"),
        Article(id="mixed", body="iPhone東", language="en"),
        Article(id="thai", body="กรุงเทพมหานคร", language="th"),
    )
    assert found(folder, query, match="all") == sorted([*hits, *(["mixed"] if query == "東*" else [])])


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("to be or not to be", ["1"]),
        ('"to be or not to be"', ["1"]),
        ("C++", ["2"]),
        ("c", []),
        ("R&D", ["2"]),
        ("U.S.", ["3"]),
        ("us", ["3"]),
        ("Armenia’s", ["3"]),
        ("armenia's", ["3"]),
        ("nagorno", ["4"]),
        ("Nagorno-Karabakh", ["4"]),
        ("karabakh-nagorno", []),
        ("nagorno karabakh", ["4"]),
        ("$ 1,250.50", ["2"]),
        ("1250.50", []),
        ("running", ["5"]),
        ('"contact with"', ["3"]),
        ('"with contact"', []),
        ('"with contact"~0', []),
        ('"armenia us"~1', ["3"]),
        ('"armenia us"~0', []),
        ("<COP>", ["4"]),
    ],
)
def test_words_with_marks_and_without_meaning(tmp_path: Path, query: str, hits: list[str]) -> None:
    """Stop words, symbols, acronyms, possessives, hyphens and figures are searched for what they are."""
    folder = small(
        tmp_path,
        "To be, or not to be: that is the question.",
        "C++ in R&D costs $1,250.50",
        "U.S. and Armenia’s contacts with neighbours",
        "Nagorno-Karabakh <COP>",
        "He runs",
    )
    assert found(folder, query, match="all") == hits


def test_a_phrase_does_not_reach_over_the_end_of_the_title(tmp_path: Path) -> None:
    """Title and body are one text for words, and two for phrases and near words."""
    folder = small(tmp_path, Article(id="1", title="storm over", body="Berlin sleeps"))
    assert found(folder, "over berlin") == ["1"]
    assert found(folder, '"over berlin"') == []
    assert found(folder, '"over berlin"~9') == []


def test_fields_are_searched_alone(tmp_path: Path) -> None:
    """``title:``, ``body:`` and ``byline:`` look in their field alone; a byline filters and does not score."""
    folder = small(
        tmp_path,
        Article(id="1", title="storm", body="calm", byline="Anna Wind"),
        Article(id="2", title="calm", body="storm", byline="Wind, Anna"),
        Article(id="3", title="wind", body="wind"),
    )
    assert found(folder, "title:storm") == ["1"]
    assert found(folder, "body:storm") == ["2"]
    assert found(folder, "body:sto*") == ["2"]
    assert found(folder, "title:strom~") == ["1"]
    assert found(folder, "wind") == ["3"]
    assert found(folder, "byline:WIND") == ["1", "2"]
    assert found(folder, 'byline:"anna wind"') == ["1"]
    with open_searcher(folder) as searcher:
        assert {hit.score for hit in ask(searcher, "byline:wind").hits} == {0.0}
        assert ask(searcher, "storm byline:wind").hits[0].score == ask(searcher, "storm").hits[0].score


def test_leaves_that_differ_in_one_thing_are_kept_apart(tmp_path: Path) -> None:
    """The same words in two ways in one query are two questions: as phrase and near, with one typo and two."""
    folder = small(tmp_path, "peace talks", "talks on peace", "tlaks", "tlakss")
    assert found(folder, '"peace talks"~3 -"peace talks"') == ["2"]
    assert found(folder, '"peace talks"~1 -"peace talks"~9') == []
    assert found(folder, "talks~2 -talks~1") == ["4"]
    assert found(folder, "talks -title:talks -talks*") == []
    assert found(folder, "ta* -talks") == []


def test_a_boost_multiplies_the_score_of_its_word(tmp_path: Path) -> None:
    """``^2`` doubles what a word, a phrase or a group adds, and changes nothing about what matches."""
    folder = small(tmp_path, "storm", "rain", "storm rain wind")
    with open_searcher(folder) as searcher:

        def score(query: str) -> float:
            return {hit.id: hit.score for hit in ask(searcher, query).hits}["3"]

        assert score("storm^3") == pytest.approx(3 * score("storm"), abs=3e-6)
        assert score("storm^2 rain") == pytest.approx(2 * score("storm") + score("rain"), abs=3e-6)
        assert score('"storm rain"^0.5') == pytest.approx(0.5 * score('"storm rain"'), abs=3e-6)
        assert score("(storm rain)^4") == pytest.approx(4 * score("storm rain"), abs=6e-6)
        assert found(folder, "storm^0.01 OR rain") == ["1", "2", "3"]


def test_a_misspelt_word_finds_what_brute_force_finds(tmp_path: Path) -> None:
    """``~1`` and ``~2`` find the words so many typos away, swapped neighbours counting once, and no others."""
    chance = random.Random(4)
    vocabulary = sorted({"".join(chance.choices("abcd", k=chance.randint(2, 6))) for _ in range(150)})
    folder = small(tmp_path, *(Article(id=word, body=word, language="und") for word in vocabulary))
    with open_searcher(folder) as searcher:
        for _ in range(40):
            word = "".join(chance.choices("abcd", k=chance.randint(2, 6)))
            for distance in (1, 2):
                near = [other for other in vocabulary if typos(word, other) <= distance]
                results = ask(searcher, f"{word}~{distance}", page_size=100)
                assert (results.total, ids(results)) == (len(near), near[:100])


def test_a_prefix_finds_the_words_that_begin_so(tmp_path: Path) -> None:
    """A prefix is matched against words as written, without accents, and leads to their other forms."""
    folder = small(tmp_path, "Armenia", "Armenian", "arms", "Ärmel", "charm", "army")
    assert found(folder, "armen*") == ["1", "2"]
    assert found(folder, "arm*") == ["1", "2", "3", "4", "6"]
    assert found(folder, "ärm*") == ["1", "2", "3", "4", "6"]
    assert found(folder, "armenians*") == []


def test_a_prefix_of_too_many_words_takes_the_most_frequent_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most so many words as the setting says, the most frequent, ties by code point; a warning says so, once."""
    folder = small(tmp_path, "waa waa", "wab", "wac", "wad wad", "wae", "other")
    monkeypatch.setenv("BACKFILE_MAX_EXPANSIONS", "3")
    with open_searcher(folder) as searcher:
        results = ask(searcher, "wa*")
        assert sorted(ids(results)) == ["1", "2", "4"]
        (warning,) = results.warnings
        assert "'wa*'" in warning
        assert "3 words" in warning
        assert sorted(ids(ask(searcher, "wax~"))) == ["1", "2", "4"]
        assert "'wax~'" in ask(searcher, "wax~").warnings[0]
        monkeypatch.setenv("BACKFILE_MAX_EXPANSIONS", "5")
        assert ask(searcher, "wa*").warnings == ()
        assert ask(searcher, "wa*").total == 5


def test_words_nobody_wrote_are_answered_at_once(searcher: Searcher) -> None:
    """32 unknown words find nothing, in no time worth speaking of."""
    results = ask(searcher, " ".join(f"unheard{n}" for n in range(32)))
    assert results.total == 0
    assert results.took_ms < 500


# Generations and threads


def test_a_live_searcher_has_the_newest_generation(tmp_path: Path) -> None:
    """A commit is seen by the next search; a searcher opened before keeps its own generation, texts included."""
    folder = small(tmp_path, "storm one", "storm two")
    live = LiveSearcher(folder)
    before = live.current()
    assert live.current() is before
    with open_writer(folder) as writer:
        writer.add(Article(id="3", body="storm three"))
        writer.add(Article(id="2", body="calm now"))
        writer.remove("1")
    after = live.current()
    assert after.state.generation == before.state.generation + 1
    assert ids(ask(after, "storm")) == ["3"]
    assert ids(ask(before, "storm")) == ["1", "2"]
    old, new = before.article("2"), after.article("2")
    assert old is not None
    assert new is not None
    assert (old.body, new.body) == ("storm two", "calm now")
    assert after.article("1") is None
    before.close()
    after.close()


def test_a_live_searcher_waits_for_its_index(tmp_path: Path) -> None:
    """Without an index a search is an error that says so; once there is one it is found without a restart."""
    live = LiveSearcher(tmp_path / "index")
    with pytest.raises(MissingIndexError):
        live.current()
    small(tmp_path, "storm")
    assert ask(live.current(), "storm").total == 1
    live.current().close()


def test_a_pinned_generation_stays_the_same_under_writes(tmp_path: Path) -> None:
    """While articles come and go, a searcher's answers do not move."""
    folder = small(tmp_path, *["storm and rain"] * 5)
    with open_searcher(folder) as searcher:
        first = shape(ask(searcher, "storm"))
        for number in range(4):
            with open_writer(folder) as writer:
                writer.remove(str(number + 1))
                writer.add(Article(id=f"new{number}", body="storm " * number + "x"))
            assert shape(ask(searcher, "storm")) == first


def test_threads_do_not_mix_their_answers(searcher: Searcher) -> None:
    """One searcher asked by several threads at once gives each the answer it gives alone."""
    queries = [
        "peace",
        "the of",
        '"the of"',
        "karab*",
        "tlaks~",
        "run -war",
        "",
        "東京 OR мир",
        "title:the",
        "war price",
    ]
    alone = [shape(ask(searcher, query)) for query in queries]
    wrong: list[str] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            number = chance.randrange(len(queries))
            try:
                same = shape(ask(searcher, queries[number])) == alone[number]
            except Exception:  # whatever it is, it is not the answer
                same = False
            if not same:
                wrong.append(queries[number])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_an_answer_says_which_state_of_the_index_gave_it(tmp_path: Path) -> None:
    """Generation, number of live articles and time of commit stand in every answer."""
    folder = small(tmp_path, "storm", "rain")
    with open_writer(folder) as writer:
        writer.remove("1")
    with open_searcher(folder) as searcher:
        state = ask(searcher).index
    assert (state.generation, state.articles) == (2, 1)
    assert abs(datetime.datetime.now(datetime.UTC) - state.updated) < datetime.timedelta(minutes=5)


def test_top_gives_the_same_without_the_texts(searcher: Searcher) -> None:
    """``top`` is the page's ids, scores, total and facets."""
    for query in ("peace", "", "the karabakh war"):
        results, top = ask(searcher, query), searcher.top(SearchRequest(query=query))
        assert list(top.ids) == ids(results)
        assert list(top.scores) == [hit.score for hit in results.hits]
        assert (top.total, top.facets) == (results.total, results.facets)
