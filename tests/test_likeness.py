"""From one article to others: like it, and next to it in its section."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from search import Article, Neighbours, Searcher, open_searcher
from tests.searching import make_index


def story(identifier: str, body: str, when: datetime.date | None, section: str | None = "World") -> Article:
    """Return an article in English."""
    return Article(id=identifier, title=identifier.title(), body=body, date=when, section=section, language="en")


def at(day: int, hour: int = 12, year: int = 2021) -> datetime.datetime:
    """Return a moment in January."""
    return datetime.datetime(year, 1, day, hour)


COMMON = "the of and to in a is that for it "
STORIES = (
    story("talks", COMMON + "peace talks karabakh ceasefire minister geneva", at(10)),
    story("talks again", COMMON + "peace talks karabakh ceasefire minister geneva delegation", at(12)),
    story("talks long ago", COMMON + "peace talks karabakh ceasefire minister geneva delegation", at(12, year=1995)),
    story("recipe", COMMON + "flour butter sugar oven", at(10, 13)),
    story("bakery", COMMON + "flour butter oven strike", at(11), "Local"),
    story("football", COMMON + "goal penalty referee stadium", at(13), "WORLD"),
    story("undated", COMMON + "goal penalty referee", None),
    story("homeless", COMMON + "referee harbour", at(9), None),
    story("homeless too", COMMON + "harbour crane", at(14), None),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of nine articles in three segments."""
    return make_index(tmp_path_factory.mktemp("likeness") / "index", STORIES[::3], STORIES[1::3], STORIES[2::3])


@pytest.fixture
def searcher(folder: Path) -> Iterator[Searcher]:
    """A searcher of that index."""
    with open_searcher(folder) as searcher:
        yield searcher


def test_an_article_is_most_like_those_that_share_its_telling_words(searcher: Searcher) -> None:
    """Rare words decide, not those of every article; of equal ones that which ran nearer in time comes first."""
    assert [hit.id for hit in searcher.similar("talks", 2)] == ["talks again", "talks long ago"]
    assert searcher.similar("recipe", 1)[0].id == "bakery"
    assert searcher.similar("undated", 1)[0].id == "football"


def test_similar_articles_come_by_falling_score_without_the_article_itself(searcher: Searcher) -> None:
    """An article is like itself, which nobody has to be told; no article comes twice."""
    for article in STORIES:
        found = searcher.similar(article.id, 20)
        ids = [hit.id for hit in found]
        assert article.id not in ids
        assert len(set(ids)) == len(ids)
        scores = [hit.score for hit in found]
        assert scores == sorted(scores, reverse=True)
        assert [hit.id for hit in searcher.similar(article.id, 2)] == ids[:2]


def test_similar_articles_have_their_beginnings_unmarked(searcher: Searcher) -> None:
    """Nobody searched for words: the hit shows how the article begins."""
    (hit,) = searcher.similar("talks", 1)
    assert hit.marked_title.ranges == ()
    assert hit.snippets[0].text.startswith("the of and")
    assert hit.snippets[0].ranges == ()


def test_nothing_is_like_what_is_not_there(searcher: Searcher) -> None:
    """No such article, or none wanted: none."""
    assert searcher.similar("nobody") == ()
    assert searcher.similar("talks", 0) == ()
    assert searcher.neighbours("nobody") == Neighbours(None, None)


def test_neighbours_are_the_nearest_in_time_of_the_section(searcher: Searcher) -> None:
    """Before and after, across segments, a section matched without regard to case, no section being one as well."""
    expected = {
        "talks long ago": (None, "talks"),
        "talks": ("talks long ago", "recipe"),
        "recipe": ("talks", "talks again"),
        "talks again": ("recipe", "football"),
        "football": ("talks again", None),
        "bakery": (None, None),
        "homeless": (None, "homeless too"),
        "homeless too": ("homeless", None),
        "undated": (None, None),
    }
    for identifier, (before, after) in expected.items():
        found = searcher.neighbours(identifier)
        assert (found.before and found.before.id, found.after and found.after.id) == (before, after), identifier
    told = searcher.neighbours("talks").after
    assert told is not None
    assert (told.title, told.section, told.date, told.language) == ("Recipe", "World", at(10, 13), "en")


def test_neighbours_at_the_same_minute_go_by_id(tmp_path: Path) -> None:
    """Going on from neighbour to neighbour passes every article of the section once, whatever the ties."""
    articles = [story(f"a{number}", "text", at(1 + number // 4)) for number in range(12)]
    with open_searcher(make_index(tmp_path / "index", articles[::2], articles[1::2])) as searcher:
        passed = ["a3"]
        while (after := searcher.neighbours(passed[-1]).after) is not None:
            passed.append(after.id)
        while (before := searcher.neighbours(passed[0]).before) is not None:
            passed.insert(0, before.id)
        assert sorted(passed) == sorted(article.id for article in articles)
        assert len(passed) == 12
