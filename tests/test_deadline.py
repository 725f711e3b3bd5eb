"""A search has a deadline, and it holds."""

import time
from pathlib import Path

import pytest

from index import Article
from search import SearchRequest, SlowSearchError, open_searcher
from tests.searching import make_index
from web import create_app
from web.config import Config

SLOW = '"alpha beta"~30'


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of articles in which near words take their time: each holds both words hundreds of times."""
    words = "alpha beta gamma " * 400
    articles = [Article(id=f"{number}", title="x", body=words, language="en") for number in range(120)]
    return make_index(tmp_path_factory.mktemp("archive") / "index", articles)


def test_a_search_is_given_up_when_its_time_is_over(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take longer ends soon after its deadline, and says what to do; other searches go on."""
    with open_searcher(archive) as searcher:
        monkeypatch.setattr(searcher, "_seconds", 0.05)
        began = time.monotonic()
        with pytest.raises(SlowSearchError, match=r"given up after 0\.05 seconds"):
            searcher.search(SearchRequest(query=SLOW))
        # Twenty times over is for a machine that has other things to do.
        assert time.monotonic() - began < 1.0
        assert searcher.search(SearchRequest(query="alpha")).total == 120


def test_marking_has_a_deadline_too(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also an article's page asks where near words stand."""
    with open_searcher(archive) as searcher:
        article = searcher.article("7")
        assert article is not None
        monkeypatch.setattr(searcher, "_seconds", -1.0)
        with pytest.raises(SlowSearchError):
            searcher.marked(article, SLOW)


def test_the_web_answers_503_and_when_to_try_again(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search given up is a problem of its own code, for programs and on the page."""
    monkeypatch.setattr("search.deadline.time.monotonic", iter(range(0, 10**9, 100)).__next__)
    client = create_app(Config(index=archive)).test_client()
    answer = client.get("/api/search", query_string={"q": "alpha"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "search-timeout")
    assert int(answer.headers["Retry-After"]) > 0
    page = client.get("/", query_string={"q": "alpha"})
    assert page.status_code == 503
    assert "given up after 5 seconds" in page.get_data(as_text=True)
