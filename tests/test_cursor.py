"""Pages and cursors: ways through the hits, each of which meets every hit once."""

import base64
import datetime
import json
import math
from pathlib import Path
from typing import Any

import pytest

from index import open_writer
from search import Article, RequestError, Searcher, SearchRequest, StaleCursorError, open_searcher
from tests.searching import ask, ids, make_index, small

ORDERS = ("relevance", "newest", "oldest")


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
