"""Did you mean, and why nothing was found."""

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search import Article, Searcher, SearchRequest, open_searcher
from tests.searching import ask, make_index

BODIES = (
    *["The minister spoke about Karabakh and Armenia."] * 12,
    *["Armenia signs a treaty."] * 8,
    "A peace treaty about Karabach, as one reporter spelt it.",
    "The carabao is a water buffalo.",
)
ARTICLES = [
    Article(
        id=str(number),
        title="News",
        body=body,
        language="en",
        section="World" if number % 2 else "Local",
        date=datetime.date(2021, 1, 1 + number),
    )
    for number, body in enumerate(BODIES)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 22 articles in two segments."""
    return make_index(tmp_path_factory.mktemp("corrections") / "index", ARTICLES[:15], ARTICLES[15:])


@pytest.fixture
def searcher(folder: Path) -> Iterator[Searcher]:
    """A searcher of that index."""
    with open_searcher(folder) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("karabahk", "karabakh"),
        ("armenai treaty", "armenia treaty"),
        ("treaty armenai", "treaty armenia"),
        ("minster karabkh", "minister karabakh"),
        ('"armenia sings"', '"armenia signs"'),
        ("body:trety", "body:treaty"),
        ("trety^2 armenia", "treaty^2 armenia"),
        ("MINSTER", "minister"),
        ("(minster OR tretay)", "(minister OR treaty)"),
    ],
)
def test_a_word_that_nothing_has_is_corrected_in_its_place(searcher: Searcher, typed: str, meant: str) -> None:
    """The nearest word that occurs takes the place of the wrong one; all else in the query stays as it is typed."""
    assert ask(searcher, typed).suggestions[0] == meant


@pytest.mark.parametrize("typed", ["karabahk", "armenai treaty", "minster karabkh", "carabakh", "newss"])
def test_every_correction_finds_more(searcher: Searcher, typed: str) -> None:
    """No correction is told that was not tried."""
    found = ask(searcher, typed)
    assert found.suggestions
    for query in found.suggestions:
        assert ask(searcher, query).total > found.total


def test_of_equally_near_words_the_most_frequent_comes_first(searcher: Searcher) -> None:
    """``karabac`` is one letter away from the rare spelling, and is told only what most articles have nearest."""
    assert ask(searcher, "karabaqh").suggestions[0] == "karabakh"
    assert ask(searcher, "carabakh").suggestions[0] == "karabakh"


def test_few_type_a_wrong_first_letter(tmp_path: Path) -> None:
    """Of words that are one typo away those that begin as typed come first, however frequent the others are."""
    bodies = ["They will pay the bill."] * 30 + ["Oil was dear."] * 3
    articles = [Article(id=str(n), body=body, language="en") for n, body in enumerate(bodies)]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        (word,) = searcher.explain(SearchRequest(query="oill")).words
        assert [one.text for one in word.near] == ["oil", "bill", "will"]
        assert ask(searcher, "oill").suggestions[0] == "oil"


def test_the_frequency_is_that_of_the_spelling(tmp_path: Path) -> None:
    """A form that hardly anybody writes is not meant for the many articles with another form of its word."""
    bodies = ["They tie knots."] * 30 + ["Tying a knot."] + ["Tyring days."] * 4
    articles = [Article(id=str(n), body=body, language="en") for n, body in enumerate(bodies)]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        (word,) = searcher.explain(SearchRequest(query="tyingr")).words
        assert [one.text for one in word.near] == ["tying"]
        (word,) = searcher.explain(SearchRequest(query="tyrng")).words
        assert [(one.text, one.articles) for one in word.near] == [("tyring", 4), ("tying", 31)]


def test_a_rare_word_may_be_a_slip(searcher: Searcher) -> None:
    """A word of one article is doubted only where its neighbour is very much commoner; here it is not."""
    assert ask(searcher, "karabach").suggestions == ()


def test_of_two_slips_one_may_have_been_made_by_others(tmp_path: Path) -> None:
    """A word of some articles is doubted where nothing is found and another word is doubted, and only there."""
    bodies = ["The government is in a shutdown."] * 90 + ["Our goverment at work."] * 3 + ["A parade in May."] * 3
    articles = [Article(id=str(n), body=body, language="en") for n, body in enumerate(bodies)]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        assert ask(searcher, "goverment shutdwon").suggestions == ("government shutdown",)
        assert ask(searcher, "goverment shutdown", match="all").suggestions == ()
        assert ask(searcher, "goverment", match="all").suggestions == ()
        assert ask(searcher, "goverment wrok").suggestions == ("goverment work",)


@pytest.mark.parametrize(
    "typed", ["minister", "", "xqzwvj", "ab", "12345", "-karabahk minister", "section:wrold", "karabahk*"]
)
def test_what_needs_no_correction_or_has_none_gets_none(searcher: Searcher, typed: str) -> None:
    """Enough found, nothing near, too short, a number, left out anyway, no word: nothing is told."""
    assert ask(searcher, typed).suggestions == ()


def test_filters_count(searcher: Searcher) -> None:
    """A correction that finds nothing under the request's own filters is none."""
    assert ask(searcher, "karabahk", from_date=datetime.date(2022, 1, 1)).suggestions == ()


def test_an_empty_answer_is_explained(searcher: Searcher) -> None:
    """Each word with its articles and its place, near words for one that does not occur, and what filters take away."""
    told = searcher.explain(
        SearchRequest(
            query='armenia karabahk "minister spoke" -news',
            sections=("World",),
            from_date=datetime.date(2021, 1, 5),
        )
    )
    assert told.total == told.unfiltered == 0
    assert [(word.text, word.kind, word.excluded, word.articles) for word in told.words] == [
        ("armenia", "word", False, 20),
        ("karabahk", "word", False, 0),
        ('"minister spoke"', "phrase", False, 12),
        ("news", "word", True, 22),
    ]
    assert [(one.text, one.distance, one.articles) for one in told.words[1].near] == [
        ("karabakh", 1, 12),
    ]
    assert not told.words[0].near
    assert [(one.name, one.values) for one in told.filters] == [
        ("sections", ("World",)),
        ("dates", ("2021-01-05", "")),
    ]


def test_each_word_is_left_out_on_trial(searcher: Searcher) -> None:
    """Without a word there is just what the rest of the query finds; only a list of words has a rest."""
    asked = SearchRequest(query='karabakh xqzwvj "minister spoke"', match="all", languages=("fr", "en"))
    told = searcher.explain(asked).words
    assert [word.rest for word in told] == ['xqzwvj "minister spoke"', 'karabakh "minister spoke"', "karabakh xqzwvj"]
    assert [word.without for word in told] == [
        searcher.search(replace(asked, query=word.rest or "")).total for word in told
    ]
    assert told[1].without
    for query in ("xqzwvj", "xqzwvj -karabakh", "xqzwvj OR xqzw", " ".join(f"xqzwvj{n}" for n in range(9))):
        assert {word.rest for word in searcher.explain(SearchRequest(query=query)).words} == {None}


def test_a_rest_reads_as_before(searcher: Searcher) -> None:
    """What belongs to a word goes with it, and what would read otherwise is no rest."""
    for typed in ("title:xqzwvj", "xqzwvj^2", "xqzwvj*", '"xqzwvj a"~3'):
        words = searcher.explain(SearchRequest(query=f"{typed} karabakh")).words
        assert [word.rest for word in words] == ["karabakh", typed]
    joined = searcher.explain(SearchRequest(query="xqzwvj AND karabakh")).words
    assert all(word.rest is None or "AND" not in word.rest for word in joined)


def test_what_filters_take_away_is_counted(searcher: Searcher) -> None:
    """Without a filter there are just as many articles as a search without it finds."""
    asked = SearchRequest(query="karabakh", sections=("World",), excluded_sections=("Local",), languages=("fr",))
    told = searcher.explain(asked)
    assert (told.total, told.unfiltered) == (0, 12)
    assert [(one.name, one.without) for one in told.filters] == [
        ("sections", 0),
        ("excluded_sections", 0),
        ("languages", 6),
    ]
    assert searcher.explain(SearchRequest(query="karabakh")).filters == ()


def test_any_word_is_told_where_there_are_several(searcher: Searcher) -> None:
    """How many articles have any of the words; None where that is no other question."""
    assert searcher.explain(SearchRequest(query="karabahk treaty")).any_word == 9
    assert searcher.explain(SearchRequest(query="karabahk")).any_word is None
    assert searcher.explain(SearchRequest(query="karabahk treaty", match="any")).any_word is None
