"""Kept answers: the same bytes for the same question, while the index is what it was and memory lasts."""

import random
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from index import Article, open_writer
from search import SearchRequest, SearchResults
from search.searcher import Searcher
from web import Config, create_app
from web.answers import Answer, Answers

ADDRESS = "/api/search?q=harbour"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small index."""
    add(tmp_path / "index", *(Article(id=str(number), title=f"Harbour {number}", body="ferry") for number in range(5)))
    return tmp_path / "index"


@pytest.fixture
def client(folder: Path) -> Iterator[FlaskClient]:
    """A client of an application that serves it."""
    with create_app(Config(folder)).test_client() as client:
        yield client


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was searched for in fact, in order."""
    asked: list[str] = []
    search = Searcher.search

    def counting(searcher: Searcher, request: SearchRequest) -> SearchResults:
        asked.append(request.query)
        return search(searcher, request)

    monkeypatch.setattr(Searcher, "search", counting)
    return asked


def add(folder: Path, *articles: Article) -> None:
    """Put articles into an index, in one commit."""
    with open_writer(folder) as writer:
        for article in articles:
            writer.add(article)


def test_what_was_answered_is_sent_again(client: FlaskClient, searched: list[str]) -> None:
    """The same question, however it is spelt, gets the same bytes and headers, and nothing is searched for."""
    first = client.get(ADDRESS)
    again = [client.get(f"{ADDRESS}{more}") for more in ("", "&page=1", "&order-by=relevance&match=auto")]
    assert searched == ["harbour"]
    for answer in again:
        assert (answer.status_code, answer.data, answer.headers) == (200, first.data, first.headers)
    assert client.head(ADDRESS).headers["Content-Length"] == str(len(first.data))
    assert client.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_other_questions_are_answered(client: FlaskClient, searched: list[str]) -> None:
    """Another page, another host and another place are other answers; so is whatever went wrong."""
    asked = [ADDRESS, f"{ADDRESS}&page=2", f"{ADDRESS}&page-size=1", "/api/search?q=ferry"]
    bodies = {client.get(address).data for address in asked}
    client.get(ADDRESS, base_url="https://news.example/archive")
    assert len(bodies) == len(asked)
    assert len(searched) == len(asked) + 1
    assert [client.get(f"{ADDRESS}&page=nonsense").status_code for _ in range(2)] == [400, 400]


def test_a_commit_ends_what_was_kept(folder: Path, client: FlaskClient, searched: list[str]) -> None:
    """An article that has come in is found at once."""
    assert client.get(ADDRESS).get_json()["total"] == 5
    add(folder, Article(id="new", title="Harbour news"))
    assert [client.get(ADDRESS).get_json()["total"] for _ in range(2)] == [6, 6]
    assert len(searched) == 2


def test_pages_are_made_for_each_reader(client: FlaskClient, searched: list[str]) -> None:
    """What a template shows is nobody else's: the search page is never sent again."""
    assert client.get("/?q=harbour").data == client.get("/?q=harbour").data
    assert searched == ["harbour", "harbour"]


def test_keeping_can_be_switched_off(folder: Path, searched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With no megabyte to keep answers in each one is worked out."""
    monkeypatch.setenv("BACKFILE_ANSWERS_MEGABYTES", "0")
    client = create_app(Config(folder)).test_client()
    assert client.get(ADDRESS).get_json()["total"] == client.get(ADDRESS).get_json()["total"] == 5
    assert len(searched) == 2


@pytest.mark.usefixtures("searched")
def test_a_kept_answer_counts_as_one(client: FlaskClient) -> None:
    """A search that finds nothing is counted as empty each time it is answered."""
    name = "backfile_empty_searches_total"

    def counted() -> float:
        lines = client.get("/metrics").get_data(as_text=True).splitlines()
        return float(next(line for line in lines if line.startswith(name)).split()[1])

    before = counted()
    for _ in range(3):
        client.get("/api/search?q=nowhere")
    assert counted() == before + 3


def test_memory_is_bounded_and_the_oldest_go() -> None:
    """Whatever is kept and asked for, there are never more bytes than allowed, and who was asked for last stays."""
    draw, limit = random.Random(1), 1_000
    answers, expected = Answers(limit), OrderedDict[str, Answer]()
    for _ in range(5_000):
        tag = str(draw.randrange(60))
        if draw.random() < 0.5:
            assert answers.get(tag) is expected.get(tag)
            if tag in expected:
                expected.move_to_end(tag)
        else:
            answer = Answer(bytes(draw.randrange(150)), "application/json", None)
            answers.keep(tag, answer)
            if len(answer.body) <= limit // 8:
                expected.pop(tag, None)
                expected[tag] = answer
            while sum(len(kept.body) for kept in expected.values()) > limit:
                expected.popitem(last=False)
    assert len(expected) > 5
