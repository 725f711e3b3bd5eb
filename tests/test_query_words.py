"""Words of a query against words of articles: stems, accents, scripts, phrases, prefixes, typos."""

import random
import unicodedata
from pathlib import Path

import pytest

from index.stemming import ALGORITHMS, stem
from search import Article, open_searcher
from tests.scan import typos
from tests.searching import ask, found, ids, make_index, small


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
    "tr": ("kitaplar", "kitap"),
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


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("they", ["pl", "they"]),
        ("the", ["pl", "the"]),
        ("thei*", ["their"]),
        ("they*", ["pl", "they"]),
        ("theyr~1", ["pl", "their", "they"]),
        ('"they say"', ["they"]),
        ('"the say"', ["the"]),
        ('"say they"~1', ["they"]),
        ("title:they", []),
        ("body:they", ["pl", "they"]),
    ],
)
def test_a_stem_counts_in_its_own_language(tmp_path: Path, query: str, hits: list[str]) -> None:
    """By Polish rules *they* has the stem *the*: it is found by it in Polish, and finds no *the* in English."""
    assert (stem("they", "en"), stem("they", "pl"), stem("the", "pl")) == ("they", "the", "the")
    folder = small(
        tmp_path,
        Article(id="the", body="the say", language="en"),
        Article(id="they", body="they say", language="en"),
        Article(id="their", body="their word", language="en"),
        Article(id="pl", body="piosenka they", language="pl"),
    )
    assert found(folder, query) == hits


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


@pytest.mark.parametrize("alphabet", ["abcd", "абвг", "aбzд", "abcdefghijklmnopqr"])
def test_a_misspelt_word_finds_what_brute_force_finds(tmp_path: Path, alphabet: str) -> None:
    """``~1`` and ``~2`` find the words so many typos away, swapped neighbours counting once, and no others."""
    chance = random.Random(4)
    vocabulary = sorted({"".join(chance.choices(alphabet, k=chance.randint(2, 6))) for _ in range(150)})
    folder = small(tmp_path, *(Article(id=word, body=word, language="und") for word in vocabulary))
    with open_searcher(folder) as searcher:
        for _ in range(40):
            word = "".join(chance.choices(alphabet, k=chance.randint(2, 6)))
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


def test_one_character_of_a_byline_is_a_word(tmp_path: Path) -> None:
    """A byline is searched by words alone, also in scripts without spaces, however many segments there are."""
    folder = small(
        tmp_path, Article(id="1", title="東京", byline="東 京子"), "one more text with more words than bylines"
    )
    assert found(folder, "byline:東") == ["1"]
    assert found(folder, "byline:京子") == ["1"]
    assert found(folder, "byline:無") == []
