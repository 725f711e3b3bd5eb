"""The small questions of the API, and what holds for every address that programs ask."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from index.errors import DamagedIndexError
from search import Searcher
from tests.test_api import SECURITY_HEADERS, problem
from tests.web_archive import NEWS, FakeArchive
from web import Config, create_app

PROGRAMS = (
    "/api/search?q=bridge",
    "/api/suggest?q=bri",
    "/api/articles/2019/001.txt",
    "/api/similar?id=2019/001.txt",
    "/feed.atom?q=bridge",
    "/export.jsonl?q=bridge",
    "/export.csv?q=bridge",
    "/opensearch.xml",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
)
ANSWERS = PROGRAMS[:7]
TAGGED = (*ANSWERS, "/", "/?q=bridge", "/articles/2019/001.txt?q=bridge")
"""Addresses whose answers depend on the index."""


@pytest.fixture
def archive() -> FakeArchive:
    """Two years and a half of invented news."""
    return FakeArchive()


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of an application over that archive."""
    with create_app(Config(index=Path("unused")), archive).test_client() as client:
        yield client


def answer(response: TestResponse) -> Any:
    """Return the JSON of an answer that is one."""
    assert response.status_code == 200, response.data
    assert response.content_type == "application/json"
    return json.loads(response.data)


def test_suggestions_say_their_kind_and_where_they_lead(client: FlaskClient) -> None:
    """Words and sections come with the query they make, titles with the id of their article."""
    body = answer(client.get("/api/suggest?q=b&page-size=3"))
    assert list(body) == ["q", "suggestions", "index"]
    assert body["suggestions"][0] == {"kind": "word", "text": "bridge", "query": "bridge", "articles": 24, "id": None}
    assert body["suggestions"][1]["query"] == 'section:"Business"'
    assert body["suggestions"][2]["query"] is None
    assert body["suggestions"][2]["id"] == NEWS[0].id


def test_browsers_get_the_array_they_know(client: FlaskClient) -> None:
    """OpenSearch suggestions are an array of what was typed and the queries it may become."""
    response = client.get("/api/suggest?q=b&format=opensearch")
    assert response.content_type == "application/x-suggestions+json"
    assert json.loads(response.data) == ["b", ["bridge", 'section:"Business"']]


def test_an_article_is_all_of_it(client: FlaskClient) -> None:
    """Every field, plain text plain, and the text as HTML of paragraphs in which a query's words are marked."""
    body = answer(client.get("/api/articles/2020/009.txt?q=ship"))
    assert list(body) == [
        "id", "title", "body", "section", "date", "byline", "language", "url", "source", "photo_credit", "comments",
        "title_html", "body_html",
    ]  # fmt: skip
    assert (body["id"], body["date"], body["comments"]) == ("2020/009.txt", "2020-07-27T17:20:00", 31)
    assert "<mark>ship</mark>" in body["title_html"]
    assert body["body_html"].count("<p>") == body["body_html"].count("</p>") == 2
    assert "<" not in body["body"]


@pytest.mark.parametrize("path", ["/api/articles/none", "/api/articles/a//b", "/api/similar?id=none"])
def test_an_article_that_is_not_there_is_a_404(client: FlaskClient, path: str) -> None:
    """The archive holds no article with this id."""
    body = problem(client.get(path))
    assert (body["status"], body["code"]) == (404, "article-not-found")


def test_similar_articles_look_like_hits(client: FlaskClient) -> None:
    """The same shape as a search's results, and no more than asked for."""
    body = answer(client.get("/api/similar?id=2019/001.txt&page-size=2"))
    assert list(body) == ["id", "results", "index"]
    assert [hit["section"] for hit in body["results"]] == ["City", "City"]
    assert list(body["results"][0]) == list(answer(client.get("/api/search?page-size=1"))["results"][0])


@pytest.mark.parametrize(
    ("path", "parameter", "reason"),
    [
        ("/api/suggest", "q", "is wanted"),
        ("/api/suggest?q=+", "q", "is wanted"),
        ("/api/suggest?q=a&page-size=0", "page-size", "0 is not from 1 to 50"),
        ("/api/suggest?q=a&format=xml", "format", "'xml' is not one of json, opensearch"),
        ("/api/suggest?query=a", "query", "no such parameter; there are q, page-size, format"),
        ("/api/similar?id=1&page_size=3", "page_size", "the nearest one is page-size"),
        ("/api/similar?id=1&page-size=101", "page-size", "101 is not from 1 to 100"),
        ("/api/similar", "id", "is wanted"),
        ("/api/articles/1?page=2", "page", "no such parameter; there are q"),
        ("/feed.atom?facets=none", "facets", "no such parameter"),
        ("/export.csv?sections=a", "sections", "the nearest one is section"),
        ("/export.jsonl?page=2", "page", "no such parameter"),
        ("/opensearch.xml?q=a", "q", "this address takes none"),
        ("/openapi.json?v=3", "v", "this address takes none"),
        ("/healthz?x=1", "x", "this address takes none"),
        ("/readyz?x=1", "x", "this address takes none"),
        ("/metrics?x=1", "x", "this address takes none"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, path: str, parameter: str, reason: str) -> None:
    """Whatever address: an unknown parameter, a missing one or a size over its cap is a 400 that says which and why."""
    body = problem(client.get(path))
    assert (body["status"], body["code"]) == (400, "bad-parameter")
    assert any(error["parameter"] == parameter and reason in error["reason"] for error in body["errors"]), body


@pytest.mark.parametrize("path", PROGRAMS)
def test_head_is_get_without_a_body(client: FlaskClient, path: str) -> None:
    """HEAD has the status and the headers of GET, and no body."""
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.content_type == whole.content_type
    assert head.headers.get("ETag") == whole.headers.get("ETag")


@pytest.mark.parametrize("path", PROGRAMS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_get_and_head(client: FlaskClient, path: str, method: str) -> None:
    """All else is a 405 that names the two."""
    response = client.open(path, method=method)
    assert problem(response)["code"] == "method-not-allowed"
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", PROGRAMS)
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    """Also downloads and figures; nobody sets cookies."""
    with client.get(path) as response:
        assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", TAGGED)
def test_what_a_client_has_is_not_sent_again(client: FlaskClient, archive: FakeArchive, path: str) -> None:
    """The same request for the same generation has the same tag, and a 304 that searches nothing and says nothing."""
    with client.get(path) as first:
        tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    assert first.headers["Cache-Control"] == "no-cache"
    archive.requests.clear()
    for given in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        for method in ("GET", "HEAD"):
            again = client.open(path, method=method, headers={"If-None-Match": given})
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
            assert "Content-Type" not in again.headers
            assert {name: again.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert archive.requests == []
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tag_is_of_the_request_as_it_is_read(client: FlaskClient) -> None:
    """Order of parameters, defaults and blanks make no other request; other words do, and so does another address."""
    same = ["/api/search?q=bridge&page-size=5", "/api/search?page-size=5&q=bridge&section=+&page=1&match=auto"]
    assert len({client.get(path).headers["ETag"] for path in same}) == 1
    others = ["/api/search?q=bridges&page-size=5", "/feed.atom?q=bridge&page-size=5", "/api/search?q=bridge"]
    assert len({client.get(path).headers["ETag"] for path in [same[0], *others]}) == 4


def test_another_generation_has_another_tag(
    client: FlaskClient, archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When articles come or go, everything is asked for anew."""
    tags = {path: client.get(path).headers["ETag"] for path in TAGGED}
    state = archive.state
    moved = type(state)(state.generation + 1, state.articles, state.updated)
    monkeypatch.setattr(FakeArchive, "state", property(lambda _: moved))
    for path, tag in tags.items():
        with client.get(path, headers={"If-None-Match": tag}) as again:
            assert again.status_code == 200
            assert again.headers["ETag"] != tag


def test_a_problem_has_no_tag(client: FlaskClient) -> None:
    """What went wrong is nothing to be kept."""
    for path in ("/api/search?page=x", "/api/articles/none", "/api/nothing"):
        assert "ETag" not in client.get(path).headers


def test_readiness_depends_on_the_index(archive: FakeArchive, client: FlaskClient) -> None:
    """With an index it is told which; without one it is a 503, while the process is alive."""
    assert answer(client.get("/readyz"))["index"]["generation"] == 7
    archive.missing = True
    assert problem(client.get("/readyz"))["status"] == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert b"backfile_index_up 0.0" in client.get("/metrics").data


def test_figures_count_what_was_answered(client: FlaskClient) -> None:
    """Requests by endpoint and status, their seconds, and searches that found nothing."""

    def figure(name: str) -> float:
        lines = client.get("/metrics").data.decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))

    searches = 'backfile_requests_total{endpoint="backfile_api.search",status="200"}'
    before, empty = figure(searches), figure("backfile_empty_searches_total")
    client.get("/api/search?q=bridge")
    client.get("/api/search?q=xyzzy")
    assert figure(searches) == before + 2
    assert figure("backfile_empty_searches_total") == empty + 1
    assert figure('backfile_request_seconds_count{endpoint="backfile_api.search"}') >= before + 2
    assert figure("backfile_index_articles") == len(NEWS)


def test_an_index_that_breaks_is_a_503_everywhere(
    archive: FakeArchive, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is searched for."""

    def broken(*_: object) -> None:
        raise DamagedIndexError("x")

    for name in ("search", "article", "suggest", "similar", "every"):
        monkeypatch.setattr(FakeArchive, name, broken)
    for path in ANSWERS:
        response = client.get(path)
        assert problem(response)["code"] == "index-unavailable"
        assert int(response.headers["Retry-After"]) > 0


def test_the_searcher_is_what_the_web_asks() -> None:
    """What the tests of the web put in its place has nothing that it has not."""
    asked = {"search", "article", "marked", "suggest", "similar", "neighbours", "explain", "every", "zone"}
    assert asked <= set(dir(Searcher))
