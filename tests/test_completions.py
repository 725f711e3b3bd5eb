"""Completions: what a query that is being typed may become."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import open_writer
from search import Article, Searcher, SearchRequest, Suggestion, open_searcher
from tests.searching import make_index

DAY = datetime.date(2021, 1, 1)


def story(number: int, title: str, body: str = "", section: str | None = None, day: int = 0) -> Article:
    """Return an article in English."""
    return Article(
        id=str(number),
        title=title,
        body=body,
        section=section,
        date=DAY + datetime.timedelta(days=day or number),
        language="en",
    )


STORIES = (
    story(1, "Harbour bridge closed", "The bridge over the harbour is closed to ferries.", "Transport"),
    story(2, "Harvest begins", "The harvest of barley begins; the harbour waits.", "Farming"),
    story(3, "Harbour master retires", "He kept the bridge log for forty years.", "Harbour & Quays"),
    story(4, "A bridge too dear", "Harbour dues pay for the bridge.", "Transport"),
    story(5, "Harpist plays at the bridge", "", 'Odd "corner"'),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of five articles in two segments."""
    return make_index(tmp_path_factory.mktemp("completions") / "index", STORIES[:3], STORIES[3:])


@pytest.fixture
def searcher(folder: Path) -> Iterator[Searcher]:
    """A searcher of that index."""
    with open_searcher(folder) as searcher:
        yield searcher


def test_of_several_forms_one_is_suggested(tmp_path: Path) -> None:
    """Forms that find nearly the same are one suggestion, though another language stems one of them otherwise."""
    articles = [story(n, "Prices and pricing", "prices", None) for n in range(4)]
    other = Article(id="fr", title="Le pricing", body="pricing", language="fr", date=DAY)
    with open_searcher(make_index(tmp_path / "index", articles, [other])) as searcher:
        assert [(one.text, one.articles) for one in of("word", searcher.suggest("pri"))] == [("prices", 4)]
        assert [one.text for one in of("word", searcher.suggest("prici"))] == ["pricing"]


def of(kind: str, found: tuple[Suggestion, ...]) -> list[Suggestion]:
    """Return the suggestions of a kind."""
    return [one for one in found if one.kind == kind]


def test_words_come_by_the_articles_that_have_them(searcher: Searcher) -> None:
    """A beginning is completed by the words there are, those of most articles first, with how many these are."""
    found = of("word", searcher.suggest("har"))
    assert [(one.text, one.query, one.articles) for one in found] == [
        ("harbour", "harbour", 4),
        ("harpist", "harpist", 1),
        ("harvest", "harvest", 1),
    ]


@pytest.mark.parametrize("typed", ["h", "har", "bridge h", "bridge -fer", "title:bri", '"harbour b', "b", "closed t"])
def test_every_word_suggested_is_found(searcher: Searcher, typed: str) -> None:
    """Whatever was typed before, the completed query finds just as many articles as the suggestion says, and some."""
    for one in searcher.suggest(typed):
        if one.kind == "word" and not typed.startswith(('"', "bridge -", "title:")):
            assert one.query is not None
            assert searcher.search(SearchRequest(query=one.query, match="all")).total == one.articles > 0


def test_what_stands_before_stays_as_it_is(searcher: Searcher) -> None:
    """Only the last word is completed; quotes, fields and blanks before it are not touched."""
    for head in ("bridge ", '"harbour ', "title:", "bridge  OR ", "-", "(closed "):
        for one in of("word", searcher.suggest(head + "harb") + searcher.suggest(head + "bri")):
            assert one.query == head + one.text


def test_sections_are_found_by_a_word_of_their_name(searcher: Searcher) -> None:
    """A section's name may begin with all that is typed, or a word of it with the last word typed."""
    (whole,) = of("section", searcher.suggest("harbour &"))
    assert (whole.text, whole.query, whole.articles) == ("Harbour & Quays", 'section:"Harbour & Quays"', 1)
    (part,) = of("section", searcher.suggest("bridge tra"))
    assert (part.text, part.query, part.articles) == ("Transport", 'bridge section:"Transport"', 2)
    assert searcher.search(SearchRequest(query=part.query or "")).total == 2


def test_a_section_that_cannot_be_written_is_not_suggested(searcher: Searcher) -> None:
    """A name with a quotation mark has no way into a query."""
    assert of("section", searcher.suggest("odd")) == []


def test_titles_that_begin_so_come_first_then_the_newest(searcher: Searcher) -> None:
    """A title is found by any of its words, and leads to its article."""
    found = of("title", searcher.suggest("harbour b"))
    assert [(one.text, one.id, one.query) for one in found] == [("Harbour bridge closed", "1", None)]
    assert of("title", searcher.suggest("a bri"))[0].text == "A bridge too dear"
    assert [one.id for one in of("title", searcher.suggest("bridge"))] == ["5", "4", "1"]


def test_titles_hold_every_word_typed(searcher: Searcher) -> None:
    """Words of the body do not make a title; after a blank the last word is whole."""
    assert of("title", searcher.suggest("barley")) == []
    assert [one.id for one in of("title", searcher.suggest("bridge closed "))] == ["1"]
    assert of("title", searcher.suggest("bridge clos ")) == []


@pytest.mark.parametrize("typed", ["", " ", '"', "???", "(", "section:", "AND", "\ud800", "x" * 600, "* ~ ^", "-"])
def test_anything_can_be_typed(searcher: Searcher, typed: str) -> None:
    """Suggestions never fail: where there is nothing to complete there are none."""
    assert isinstance(searcher.suggest(typed), tuple)


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 5])
def test_there_are_never_more_than_asked_for(searcher: Searcher, limit: int) -> None:
    """The limit holds for all kinds together."""
    assert len(searcher.suggest("har", limit)) <= limit
    assert bool(searcher.suggest("har", limit)) is (limit > 0)


def test_what_is_deleted_is_not_suggested(tmp_path: Path) -> None:
    """Words, sections and titles of articles that are gone lead nowhere, and are not told."""
    folder = make_index(tmp_path / "index", STORIES)
    with open_writer(folder) as writer:
        writer.remove("5")
        writer.remove("3")
    with open_searcher(folder) as searcher:
        assert searcher.suggest("harpi") == ()
        assert [one.text for one in of("title", searcher.suggest("harbour"))] == ["Harbour bridge closed"]
        assert of("section", searcher.suggest("harbour &")) == []
