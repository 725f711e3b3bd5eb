"""The JSON endpoint: parameters in, an envelope out, and problems as problem+json."""

import datetime
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from index.errors import DamagedIndexError
from search import IndexState, LiveSearcher, Problem, RequestError, SearchRequest
from tests.web_archive import HOSTILE, NEWS, FakeArchive
from web import Config, create_app
from web.parameters import TABLE, ParameterError, read_request, write_request

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def archive() -> FakeArchive:
    """Two years and a half of invented news."""
    return FakeArchive()


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of an application over that archive."""
    with create_app(Config(index=Path("unused")), archive).test_client() as client:
        yield client


def problem(response: TestResponse) -> dict[str, Any]:
    """Return the problem of an answer, its common promises checked."""
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = json.loads(response.data)
    assert list(body) == ["type", "title", "status", "detail", "instance", "code", "errors"]
    assert body["status"] == response.status_code
    assert all(list(error) == ["parameter", "reason", "start", "end"] for error in body["errors"])
    assert body["detail"]
    return body


# The envelope


def test_envelope_has_the_promised_keys_in_order(client: FlaskClient) -> None:
    """Every key of the answer is there under its name, in its order, down to facets, buckets, hits and highlights."""
    body = json.loads(client.get("/api/search?q=bridge&section=city&page=1&page-size=5").data)
    assert list(body) == [
        "query", "total", "page", "page_size", "pages", "next", "previous", "next_cursor", "took_ms", "index", "facets",
        "suggestions", "results",
    ]  # fmt: skip
    assert list(body["query"]) == ["q", "match", "min_words", "filters", "warnings"]
    assert list(body["index"]) == ["generation", "articles", "updated"]
    assert list(body["facets"]) == ["section", "date"]
    assert list(body["facets"]["section"]) == ["values", "more"]
    assert list(body["facets"]["section"]["values"][0]) == ["value", "count", "selected"]
    assert list(body["facets"]["date"]) == ["interval", "before", "after", "undated", "buckets"]
    assert list(body["facets"]["date"]["buckets"][0]) == ["from", "to", "count", "published"]
    assert list(body["results"][0]) == [
        "id", "url", "title", "section", "date", "language", "byline", "score", "highlights",
    ]  # fmt: skip
    assert list(body["results"][0]["highlights"]) == ["title", "body"]


def test_envelope_says_what_was_found(client: FlaskClient) -> None:
    """Plain fields are plain, highlights are HTML, dates are ISO, and the index says its state in UTC."""
    body = json.loads(client.get("/api/search?q=contacts+minister").data)
    assert body["query"] == {
        "q": "contacts minister",
        "match": "all",
        "min_words": None,
        "filters": {"section": [], "excluded_section": [], "language": [], "from_date": None, "to_date": None},
        "warnings": [],
    }
    assert (body["total"], body["page"], body["page_size"], body["pages"]) == (1, 1, 10, 1)
    assert (body["next"], body["previous"], body["next_cursor"]) == (None, None, None)
    assert body["index"] == {"generation": 7, "articles": 25, "updated": "2021-12-31T08:00:00Z"}
    assert body["took_ms"] == 0.812
    (hit,) = body["results"]
    assert hit == {
        "id": "2021/013.txt",
        "url": None,
        "title": "No reason to hinder contacts across the pass, minister says",
        "section": "CIS countries",
        "date": "2021-01-18T16:26:00",
        "language": "en",
        "byline": None,
        "score": 6.0,
        "highlights": {
            "title": "No reason to hinder <mark>contacts</mark> across the pass, <mark>minister</mark> says",
            "body": [
                "Nobody has a reason to hinder <mark>contacts</mark> between families on both sides of the pass, "
                "the foreign <mark>minister</mark> said on Monday. The bridge below it is to open for pedestrians in "
                "spring."
            ],
        },
    }


def test_a_day_is_a_date_and_a_missing_date_is_null(client: FlaskClient) -> None:
    """A date precise to the day has no time, and an undated article has no date."""
    poet = json.loads(client.get("/api/search?q=poet").data)["results"][0]
    ledger = json.loads(client.get("/api/search?q=ledgers").data)["results"][0]
    assert (poet["date"], ledger["date"]) == ("2019-10-02", None)


def test_filters_are_given_back_as_understood(client: FlaskClient) -> None:
    """What was asked comes back in full dates, so that a program sees how it was read."""
    address = "/api/search?section=City&section=Sport&-section=World&language=en&from-date=2020&to-date=2021-02"
    assert json.loads(client.get(address).data)["query"]["filters"] == {
        "section": ["City", "Sport"],
        "excluded_section": ["World"],
        "language": ["en"],
        "from_date": "2020-01-01",
        "to_date": "2021-02-28",
    }


def test_next_and_previous_lead_through_all_pages(client: FlaskClient) -> None:
    """Following ``next`` passes every hit once, and ``previous`` leads back the same way."""
    address: str | None = "/api/search?q=bridge&page-size=4&order-by=oldest&facets=none"
    found: list[str] = []
    visited = []
    while address:
        body = json.loads(client.get(address).data)
        visited.append((address, body["previous"]))
        found += [hit["id"] for hit in body["results"]]
        address = body["next"]
    assert len(found) == len(set(found)) == body["total"] == 25
    assert [previous for _, previous in visited[2:]] == [address for address, _ in visited[1:-1]]
    assert dict(parse_qsl(urlsplit(visited[1][0]).query)) == {
        "q": "bridge",
        "order-by": "oldest",
        "page": "2",
        "page-size": "4",
        "facets": "none",
    }


def test_beyond_the_end_there_is_nothing_but_the_total(client: FlaskClient) -> None:
    """A page past the end is empty, says the right total, and leads back to the last page."""
    body = json.loads(client.get("/api/search?q=bridge&page=9").data)
    assert (body["results"], body["total"], body["page"], body["next"]) == ([], 25, 9, None)
    assert body["previous"] == "/api/search?q=bridge&page=3"


def test_cursors_go_forward_only(client: FlaskClient, archive: FakeArchive) -> None:
    """An answer to a cursor leads on by the next cursor, and has no page before it."""
    body = json.loads(client.get("/api/search?q=bridge&cursor=abc").data)
    assert archive.requests[-1].cursor == "abc"
    assert (body["next"], body["previous"]) == ("/api/search?q=bridge&cursor=more", None)
    archive.changes = {"next_cursor": None}
    assert json.loads(client.get("/api/search?q=bridge&cursor=more").data)["next"] is None


def test_facets_that_were_not_asked_for_are_null(client: FlaskClient) -> None:
    """``facets`` names those that are counted; ``none`` is none of them."""
    assert json.loads(client.get("/api/search?facets=none").data)["facets"] == {"section": None, "date": None}
    only = json.loads(client.get("/api/search?facets=section").data)["facets"]
    assert only["section"] is not None
    assert only["date"] is None


def test_the_moment_of_the_index_is_in_utc(client: FlaskClient, archive: FakeArchive) -> None:
    """Whatever zone a moment is told in, it is written in UTC and to the second."""
    east = datetime.timezone(datetime.timedelta(hours=3))
    for moment in (datetime.datetime(2021, 1, 19, 11, 0, 0, 5, east), datetime.datetime(2021, 1, 19, 8)):
        archive.changes = {"index": IndexState(1, 1, moment)}
        assert json.loads(client.get("/api/search").data)["index"]["updated"] == "2021-01-19T08:00:00Z"


def test_relaxed_queries_say_so(client: FlaskClient, archive: FakeArchive) -> None:
    """``match``, ``min_words``, warnings and suggestions are passed on as the searcher found them."""
    archive.changes = {"match": "most", "min_words": 3, "warnings": ("a warning",), "suggestions": ("brigade",)}
    body = json.loads(client.get("/api/search?q=bridge").data)
    assert (body["query"]["match"], body["query"]["min_words"], body["query"]["warnings"]) == ("most", 3, ["a warning"])
    assert body["suggestions"] == ["brigade"]


def test_json_is_utf8_and_readable() -> None:
    """Letters of all scripts stand as themselves, and a lone surrogate is no reason to fail."""
    odd = FakeArchive(changes={"warnings": ("\ud800",)})
    response = create_app(Config(index=Path("unused")), odd).test_client().get("/api/search?q=Мост")
    assert response.content_type == "application/json"
    assert "Мост через перевал" in response.data.decode()


def test_hostile_text_stays_text() -> None:
    """Plain fields come back as they are; highlights hold the same text, escaped."""
    client = create_app(Config(index=Path("unused")), FakeArchive([HOSTILE])).test_client()
    (hit,) = json.loads(client.get("/api/search?q=bridge").data)["results"]
    assert hit["id"] == HOSTILE.id
    assert hit["title"] == HOSTILE.title
    assert hit["section"] == HOSTILE.section
    assert hit["highlights"]["title"] == (
        "&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;\ufffd &amp; \u202ereversed &#34;<mark>bridge</mark>&#34;"
    )
    assert all("<script" not in one and "<img" not in one for one in hit["highlights"]["body"])


# Parameters

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and bool(text)
)
REQUESTS = st.builds(
    SearchRequest,
    query=st.text(max_size=20).filter(lambda text: text == "" or bool(text.strip())),
    sections=st.lists(LINES, max_size=3, unique=True).map(tuple),
    excluded_sections=st.lists(LINES, max_size=3, unique=True).map(tuple),
    languages=st.lists(LINES, max_size=2, unique=True).map(tuple),
    from_date=st.none() | st.dates(max_value=datetime.date(2000, 1, 1)),
    to_date=st.none() | st.dates(min_value=datetime.date(2000, 1, 2)),
    order_by=st.sampled_from(["relevance", "newest", "oldest"]),
    match=st.sampled_from(["auto", "all", "any"]),
    page=st.integers(1, 999_999_999),
    page_size=st.integers(0, 100),
    facets=st.sampled_from([(), ("section",), ("date",), ("section", "date"), ("date", "section")]),
    date_interval=st.sampled_from(["auto", "year", "month", "day"]),
)


@settings(deadline=None)
@given(REQUESTS)
def test_requests_survive_the_query_string(request: SearchRequest) -> None:
    """What is written into an address is read out of it again: every request is one that can be sent to somebody."""
    assert read_request(MultiDict(write_request(request))) == request


def test_a_cursor_survives_the_query_string() -> None:
    """A cursor stands in the place of a page."""
    request = SearchRequest(query="a", cursor="abc=")
    assert read_request(MultiDict(write_request(request))) == request


def test_defaults_are_left_out_and_names_are_in_order() -> None:
    """An address says only what is asked beyond the defaults, always in the same order."""
    assert write_request(SearchRequest()) == {}
    request = SearchRequest(date_interval="day", query="a", page=2, sections=("B", "A"))
    assert list(write_request(request).items()) == [
        ("q", ["a"]),
        ("section", ["B", "A"]),
        ("page", ["2"]),
        ("date-interval", ["day"]),
    ]


def test_what_is_said_twice_counts_once() -> None:
    """A section named twice is one section."""
    twice = MultiDict([("section", "A"), ("section", "B"), ("section", " A "), ("facets", "date,date")])
    assert read_request(twice) == SearchRequest(sections=("A", "B"), facets=("date",))


def test_the_table_covers_every_field_once() -> None:
    """Nothing that can be asked for is out of reach of an address."""
    assert [parameter.field for parameter in TABLE] == list(SearchRequest.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021", "2021-01-01", "2021-12-31"),
        ("2021-02", "2021-02-01", "2021-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2021-12", "2021-12-01", "2021-12-31"),
        ("2021-01-18", "2021-01-18", "2021-01-18"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_years_and_months_are_widened(text: str, first: str, last: str) -> None:
    """A year or a month given as a bound holds all of its days."""
    assert read_request(MultiDict({"from-date": text})).from_date == datetime.date.fromisoformat(first)
    assert read_request(MultiDict({"to-date": text})).to_date == datetime.date.fromisoformat(last)


@pytest.mark.parametrize("blank", ["", " ", "\t"])
@pytest.mark.parametrize("name", [parameter.name for parameter in TABLE])
def test_blank_is_not_given(name: str, blank: str) -> None:
    """A form's empty boxes ask for nothing, also beside a filled one."""
    assert read_request(MultiDict([(name, blank), (name, blank)])) == SearchRequest()


@pytest.mark.parametrize(
    ("query_string", "parameter", "reason"),
    [
        ("sectoin=City", "sectoin", "the nearest one is section"),
        ("from_date=2020", "from_date", "the nearest one is from-date"),
        ("pagesize=5", "pagesize", "the nearest one is page-size"),
        ("query=a", "query", "there are q, section, -section, language, from-date"),
        ("sections=City", "sections", "the nearest one is section"),
        ("<script>=1", "<script>", "no such parameter"),
        ("q=a&q=b", "q", "given 2 times"),
        ("page=1&page=1", "page", "given 2 times"),
        ("page=0", "page", "0 is no page"),
        ("page=-1", "page", "'-1' is no whole number"),
        ("page=1.5", "page", "is no whole number"),
        ("page=١", "page", "is no whole number"),
        ("page=9999999999", "page", "is no whole number"),
        ("page-size=101", "page-size", "101 is not from 0 to 100"),
        ("page-size=ten", "page-size", "is no whole number"),
        ("from-date=18.01.2021", "from-date", "is no date; write 2021, 2021-01 or 2021-01-18"),
        ("from-date=2021-02-30", "from-date", "is no date"),
        ("from-date=2021-13", "from-date", "is no date"),
        ("from-date=2021-00-01", "from-date", "is no date"),
        ("from-date=0000", "from-date", "is no date"),
        ("from-date=20210118", "from-date", "is no date"),
        ("to-date=2021-W03", "to-date", "is no date"),
        ("to-date=" + "9" * 300, "to-date", "…' is no date"),
        ("from-date=2021-02&to-date=2021-01", "from-date", "2021-02-01 is after to-date, 2021-01-31"),
        ("order-by=newst", "order-by", "'newst' is not one of relevance, newest, oldest"),
        ("match=some", "match", "is not one of auto, all, any"),
        ("date-interval=week", "date-interval", "is not one of auto, year, month, day"),
        ("facets=section,byline", "facets", "'byline' is not one of section, date"),
        ("facets=section,,date", "facets", "'' is not one of section, date"),
        ("cursor=abc&page=2", "cursor", "cannot be given together with a page"),
    ],
)
def test_wrong_parameters_are_named(client: FlaskClient, query_string: str, parameter: str, reason: str) -> None:
    """What is wrong is a 400 that names the parameter as it was sent and says what would be right."""
    body = problem(client.get(f"/api/search?{query_string}"))
    assert body["status"] == 400
    assert body["code"] == "bad-parameter"
    (error,) = body["errors"]
    assert error["parameter"] == parameter
    assert reason in error["reason"]
    assert parameter in body["detail"]
    assert reason in body["detail"]


def test_everything_wrong_is_said_at_once(client: FlaskClient) -> None:
    """Three faults are three errors in one answer."""
    body = problem(client.get("/api/search?page=x&page-size=1000&foo=1"))
    assert [error["parameter"] for error in body["errors"]] == ["page", "foo", "page-size"]


def test_nothing_is_searched_for_a_wrong_request(client: FlaskClient, archive: FakeArchive) -> None:
    """A request that is wrong never reaches the archive."""
    client.get("/api/search?q=a&page=0")
    assert archive.requests == []


def test_a_parameter_error_is_a_request_error() -> None:
    """Whoever reads requests out of addresses can catch the one class that search raises too."""
    with pytest.raises(RequestError) as caught:
        read_request(MultiDict({"nothing": "1"}))
    assert isinstance(caught.value, ParameterError)
    assert isinstance(caught.value.problems[0], Problem)


# Problems


def test_query_errors_point_at_the_place(client: FlaskClient) -> None:
    """A query that cannot be understood is a 400 with the characters that are meant, under the name ``q``."""
    body = problem(client.get("/api/search?q=bridge+%22over"))
    assert (body["status"], body["code"], body["title"]) == (400, "bad-query", "Bad Request")
    assert body["errors"] == [
        {"parameter": "q", "reason": "this quotation mark is never closed", "start": 7, "end": 12}
    ]
    assert body["instance"] == "/api/search"
    assert body["type"] == "about:blank"


def test_long_queries_are_refused(client: FlaskClient) -> None:
    """Over 512 characters the searcher's refusal is passed on."""
    assert problem(client.get("/api/search?q=" + "a" * 513))["errors"][0]["parameter"] == "q"


def test_long_addresses_are_refused(client: FlaskClient) -> None:
    """An address over 4,096 bytes is a 414, one of 4,096 bytes is read."""
    start = "/api/search?section="
    assert client.get(start + "a" * (4096 - len(start))).status_code == 200
    body = problem(client.get(start + "a" * (4097 - len(start))))
    assert (body["status"], body["code"]) == (414, "uri-too-long")


def test_stale_cursors_are_a_conflict(client: FlaskClient) -> None:
    """A cursor of another generation is a 409, not a wrong page."""
    body = problem(client.get("/api/search?cursor=stale"))
    assert (body["status"], body["code"], body["errors"][0]["parameter"]) == (409, "stale-cursor", "cursor")


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/api/search/", "/api/%00%3Cb%3E"])
def test_unknown_addresses_are_problems(client: FlaskClient, path: str) -> None:
    """Under ``/api/`` also what is not there speaks JSON."""
    body = problem(client.get(path))
    assert (body["status"], body["code"], body["title"]) == (404, "not-found", "Not Found")
    assert body["instance"] == path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/api/search", "/api/nothing"])
def test_only_get_and_head(client: FlaskClient, method: str, path: str) -> None:
    """Nothing here can be changed or asked for its options: 405, with the two methods there are."""
    response = client.open(path, method=method)
    assert problem(response)["code"] == "method-not-allowed"
    assert response.headers["Allow"] == "GET, HEAD"


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    """HEAD says how long the answer would be."""
    response = client.head("/api/search?q=bridge")
    assert (response.status_code, response.data) == (200, b"")
    assert response.content_type == "application/json"


def test_without_an_index_there_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    """No index is a 503 with Retry-After; the reason with its folder is for the log alone."""
    client = create_app(Config(index=Path("unused")), FakeArchive(missing=True)).test_client()
    with caplog.at_level(logging.ERROR, "backfile.web"):
        response = client.get("/api/search")
    body = problem(response)
    assert (body["status"], body["code"]) == (503, "index-unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert b"secret" not in response.data
    assert "/srv/secret/backfile-index" in caplog.text


def test_a_damaged_index_is_a_503(client: FlaskClient, archive: FakeArchive) -> None:
    """Every way in which an index cannot be used is told alike."""
    archive.error = DamagedIndexError("x")
    assert problem(client.get("/api/search"))["code"] == "index-unavailable"


def test_the_unforeseen_is_a_500_without_a_traceback(
    client: FlaskClient, archive: FakeArchive, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the traceback, the answer has not even the message."""
    archive.error = RuntimeError("a secret of the machine")
    with caplog.at_level(logging.ERROR, "backfile.web"):
        response = client.get("/api/search?q=private")
    assert problem(response)["code"] == "internal-error"
    assert b"secret" not in response.data
    assert b"Traceback" not in response.data
    assert "a secret of the machine" in caplog.text
    assert caplog.records[-1].exc_info is not None
    assert "private" not in caplog.records[-1].getMessage()


# Headers and health


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/?q=bridge"),
        ("GET", "/?page=x"),
        ("GET", "/articles/2019/001.txt"),
        ("GET", "/articles/none"),
        ("GET", "/static/backfile.css"),
        ("GET", "/static/icon.svg"),
        ("GET", "/static/none"),
        ("GET", "/nowhere"),
        ("POST", "/"),
        ("GET", "/?q=" + "a" * 5000),
        ("GET", "/healthz"),
        ("GET", "/api/search"),
        ("GET", "/api/search?page=x"),
        ("GET", "/api/none"),
        ("OPTIONS", "/api/search"),
        ("HEAD", "/"),
    ],
)
def test_every_answer_has_the_security_headers(client: FlaskClient, method: str, path: str) -> None:
    """A browser may load our style sheet and nothing else, whatever the answer is; nobody sets cookies."""
    response = client.open(path, method=method)
    assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert all(len(response.headers.getlist(name)) == 1 for name in SECURITY_HEADERS)
    assert "Set-Cookie" not in response.headers
    response.close()


def test_a_failure_has_the_security_headers(client: FlaskClient, archive: FakeArchive) -> None:
    """Also a 500 and a 503."""
    for error, status in ((RuntimeError("x"), 500), (DamagedIndexError("x"), 503)):
        archive.error = error
        for path in ("/", "/api/search"):
            response = client.get(path)
            assert response.status_code == status
            assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_health_does_not_depend_on_the_index() -> None:
    """The process is alive also without an index to search."""
    client = create_app(Config(index=Path("unused")), FakeArchive(missing=True)).test_client()
    response = client.get("/healthz")
    assert (response.status_code, json.loads(response.data)) == (200, {"status": "ok"})
    assert response.content_type == "application/json"


def test_the_application_finds_its_index_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a configuration the index is the one ``$BACKFILE_INDEX`` names, and a folder without one is a 503."""
    monkeypatch.setenv("BACKFILE_INDEX", str(tmp_path / "nothing"))
    app = create_app()
    assert isinstance(app.extensions["backfile"], LiveSearcher)
    assert app.config["BACKFILE"].index == tmp_path / "nothing"
    assert app.test_client().get("/api/search").status_code == 503
    assert not (tmp_path / "nothing").exists()
    monkeypatch.delenv("BACKFILE_INDEX")
    assert Config.from_environment().index == Path("backfile-index")


def test_the_news_of_the_tests_are_as_many_as_they_claim() -> None:
    """More than two pages of hits, so that pages, sections and dates have something to show."""
    assert len(NEWS) == 25
    assert len({article.id for article in NEWS}) == 25
