"""The analyzer: its docstring's table, its stems, and what Whoosh wants of it."""

import pickle
import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.fields import TEXT

from index import analysis, stemming
from index.analysis import ArticleAnalyzer, analyse
from index.schema import article_schema
from index.stemming import ALGORITHMS, fold, primary, stem

WORDS = {
    "en": "running runs nations nationalities generously ponies skies dying",
    "ru": "россии российский переговоры армении выборами",
    "de": "häuser straßen regierungen wahlkampf",
    "fr": "françaises régulièrement élections générales",
    "es": "elecciones económicas corriendo",
    "hi": "लड़कियों देशों",
}


def table() -> list[tuple[str, str, list[str]]]:
    """Give the rows of the table in the module's docstring: text, language, stems."""
    _, head, rows = (analysis.__doc__ or "").partition("text                      language  stems\n")
    assert head
    cells = [re.split(r"\s{2,}", row) for row in rows.splitlines() if row]
    return [(text, language, stems.split()) for text, language, stems in cells]


def test_the_table_is_there() -> None:
    """The docstring holds a table with a row for each of four languages at least."""
    assert len(table()) >= 10
    assert {"en", "fr", "ru", "de", "ja"} <= {language for _, language, _ in table()}


@pytest.mark.parametrize(("text", "language", "stems"), table(), ids=[row[0] for row in table()])
def test_the_table_is_true(text: str, language: str, stems: list[str]) -> None:
    """Every row of the module's table is what the analyzer does."""
    assert [token.stem for token in analyse(text, language)] == stems


def test_a_token_has_its_stem_its_surface_and_its_place() -> None:
    """A token carries the stem it is found by, the folded word as it was written, and the characters it stands for."""
    text = "Les Françaises d’Œuvre"
    tokens = list(analyse(text, "fr"))
    assert [(token.stem, token.surface, text[token.start : token.end]) for token in tokens] == [
        ("le", "les", "Les"),
        ("franc", "francaises", "Françaises"),
        ("d", "d", "d"),
        ("oeuvr", "oeuvre", "Œuvre"),
    ]


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("françaises", "francaises"),
        ("ёлка", "елка"),
        ("чай", "чай"),
        ("άνθρωποσ", "ανθρωποσ"),
        ("ガラス", "ガラス"),
        ("हिन्दी", "हिन्दी"),
        ("straße", "strasse"),
        ("łódź", "lodz"),
        ("đorđe", "dorde"),
        ("ørsted", "orsted"),
        ("o'brien", "obrien"),
        ("i̇stanbul", "istanbul"),
        ("1,250.50", "1,250.50"),
        ("'", "'"),
    ],
)
def test_folding_takes_off_what_a_reader_might_not_type(word: str, folded: str) -> None:
    """Marks go from Latin and Greek letters and from ё alone; what would leave nothing stays."""
    assert fold(word) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize("language", sorted(ALGORITHMS))
def test_every_language_listed_has_its_stemmer(language: str) -> None:
    """Each algorithm named is one that the stemmer library knows, for every form of the language's tag."""
    assert stem("abc", language)
    assert primary(f"{language}-XX") == language


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [
        ("nation", "nations", "en"),
        ("армения", "армении", "ru"),
        ("लड़कियों", "लड़की", "hi"),
        ("regierung", "regierungen", "de"),
        ("élection", "élections", "fr-CA"),
        ("lesson's", "lessons", "en"),
    ],
)
def test_forms_of_a_word_have_one_stem(first: str, second: str, language: str) -> None:
    """Words that differ in their ending are found by each other, in scripts with vowel signs as well."""
    assert stem(first, language) == stem(second, language)


@pytest.mark.parametrize("language", ["und", "ja", "am", "", "qqq"])
def test_a_language_without_a_stemmer_keeps_its_words(language: str) -> None:
    """Words of a language that no stemmer knows are their own stems, folded."""
    assert stem("running", language) == "running"
    assert stem("élan", language) == "elan"


@pytest.mark.parametrize("word", ["c++", "r&d", "1,250", "5g", "x2y", "$"])
def test_what_is_not_all_letters_is_not_stemmed(word: str) -> None:
    """Numbers and words with symbols stay as they are."""
    assert stem(word, "en") == word


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(sorted(ALGORITHMS)))
def test_no_token_is_empty(text: str, language: str) -> None:
    """Whatever a stemmer and folding take away, something is left to look up."""
    for token in analyse(text, language):
        assert token.stem
        assert token.surface


def test_stems_are_the_same_from_every_thread() -> None:
    """Eight threads that stem in turn through all languages get what one thread gets, and none disturbs another."""
    pairs = [(word, language) for language, line in WORDS.items() for word in line.split()]
    expected = [stem(word, language) for word, language in pairs]
    start = threading.Barrier(8)
    answers: list[list[str]] = []

    def run() -> None:
        start.wait()
        for _ in range(30):
            stemming.stem_by.cache_clear()  # else only the first would ask a stemmer
            answers.append([stem(word, language) for word, language in pairs])

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 240
    assert all(answer == expected for answer in answers)


def test_the_analyzer_pickles() -> None:
    """The schema is written into the table of contents with its analyzers, which come back equal and working."""
    stem("warm", "en")
    schema = pickle.loads(pickle.dumps(article_schema("de")))
    analyzer = schema["title"].analyzer
    assert analyzer == ArticleAnalyzer("de")
    assert hash(analyzer) == hash(ArticleAnalyzer("de"))
    assert analyzer != ArticleAnalyzer("en")
    assert [token.text for token in analyzer("Häuser")] == ["haus"]


def test_whoosh_gets_positions_and_characters() -> None:
    """Called as Whoosh calls an analyzer, it gives one token object with position, place and original each time."""
    text = "Armenia’s contacts"
    seen = [
        (token.text, token.pos, token.startchar, token.endchar, token.original, token.boost, token.stopped)
        for token in ArticleAnalyzer("en")(text, positions=True, chars=True, mode="index", removestops=False)
    ]
    assert seen == [
        ("armenia", 0, 0, 7, "Armenia", 1.0, False),
        ("contact", 1, 10, 18, "contacts", 1.0, False),
    ]


def test_whoosh_takes_stems_already_found() -> None:
    """The writer hands over stems, which are not analysed again, whatever they look like."""
    stems = ("running", "c++", "U.S.", "running")
    tokens = [(token.text, token.pos) for token in ArticleAnalyzer("en")(stems, positions=True, mode="index")]
    assert tokens == [(text, place) for place, text in enumerate(stems)]


def test_a_whoosh_field_indexes_positions() -> None:
    """A Whoosh text field with this analyzer gives each stem's frequency and positions."""
    field = TEXT(analyzer=ArticleAnalyzer("en"))
    indexed = {
        text.decode(): field.format.decode_positions(value) for text, _, _, value in field.index("to be or not to be")
    }
    assert indexed == {"to": [0, 4], "be": [1, 5], "or": [2], "not": [3]}


def test_a_query_is_analysed_like_the_text() -> None:
    """In query mode the stems are those of the index, but for the single character at the end of an unspaced run."""
    analyzer = ArticleAnalyzer("en")
    assert [token.text for token in analyzer("Running U.S.", mode="query")] == ["run", "us"]
    assert [token.text for token in analyzer("東京都", mode="query")] == ["東京", "京都"]
