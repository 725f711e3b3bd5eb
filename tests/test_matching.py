"""Ways of matching: when all words are wanted, when most of them are enough, when any is."""

import datetime
from pathlib import Path

import pytest

from index import open_writer
from search import Article, open_searcher
from tests.searching import ask, make_index, small


@pytest.fixture(scope="module")
def relaxing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 articles: "common" is in all, "tenth" in ten, "over" in eleven; hail, frost, dew, mist in two or three."""
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
