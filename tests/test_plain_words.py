"""What was searched, in plain words, and the query language shown with one's own words."""

import datetime
from dataclasses import replace

import pytest

from search import Clause, SearchRequest, read_query
from search.grammar import parse
from tests.web_archive import FakeArchive
from web.addresses import Addresses
from web.examples import examples
from web.plain_words import heading, plain

RESULTS = FakeArchive([]).search(SearchRequest())


def said(query: str = "", total: int = 12, match: str = "all", min_words: int | None = None, **request: object) -> str:
    """Return the sentence for a search that found so many articles."""
    asked = SearchRequest(query=query, **request)  # type: ignore[arg-type]  # fields by name
    return plain(heading(replace(RESULTS, request=asked, total=total, match=match, min_words=min_words)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "12 articles"),
        ("karabakh", "12 articles with karabakh"),
        ("karabakh armenia", "12 articles with karabakh and armenia"),
        ("karabakh AND armenia", "12 articles with karabakh and armenia"),
        ("a b c", "12 articles with a, b and c"),
        ('"peace talks" -war NOT oil', "12 articles with “peace talks”, without war or oil"),
        ("-war", "12 articles without war"),
        ('"peace talks"~5', "12 articles with “peace talks” within 5 words"),
        ("harb* bridg~ ferry^2", "12 articles with harb…, bridg or nearly so and ferry"),
        ("title:budget byline:reeve", "12 articles with budget in the headline and reeve as the author"),
        ('ferry section:"Local news" -language:de date:2021-01',
         "12 articles with ferry, in Local news, not in German, dated 2021-01"),
        ("rail OR (road bridge)", "12 articles for rail OR (road bridge)"),
    ],
)  # fmt: skip
def test_queries_in_plain_words(query: str, wanted: str) -> None:
    """Words and phrases are said one by one; what has alternatives is told as it was typed."""
    assert said(query) == wanted


def test_limits_in_plain_words() -> None:
    """Sections, languages and dates come last, and a search without words needs no comma before the first."""
    first, last = datetime.date(2021, 1, 1), datetime.date(2021, 1, 31)
    assert said("karabakh armenia", sections=("CIS countries",), from_date=first, to_date=last) == (
        "12 articles with karabakh and armenia in CIS countries, January 2021"
    )
    assert said(excluded_sections=("World", "Sport")) == "12 articles not in World or Sport"
    assert said(languages=("ar",), total=1) == "1 article in Arabic"
    assert said("ferry", languages=("ar",), total=0) == "No articles with ferry, in Arabic"


def test_what_was_relaxed_is_said() -> None:
    """Any word, and at least so many of them; where all of them are wanted it is not worth a word."""
    assert said("a b c", match="any") == "12 articles with a, b or c"
    assert said("a b c d", match="most", min_words=3) == "12 articles with at least 3 of a, b, c and d"
    assert said("a b c", match="most", min_words=3) == "12 articles with a, b and c"


def test_a_query_reads_as_clauses() -> None:
    """Each word or phrase with how it is looked for, where, and whether it is left out."""
    assert read_query('title:harb* -"near it"~3') == (
        Clause("harb", "prefix", "title"),
        Clause("near it", "near", excluded=True, slop=3),
    )
    assert read_query("(a b)") is None


LINK = Addresses("/", SearchRequest())


def test_examples_are_made_of_the_words_at_hand() -> None:
    """The query language is shown with the words of the search, and with others where there are too few."""
    shown = [one.query for one in examples(SearchRequest(query='steel -sand "two words" bridge'), LINK)]
    assert shown[:3] == ["steel bridge", '"steel bridge"', '"steel bridge"~5']
    assert next(one.query for one in examples(SearchRequest(query="steel"), LINK)) == "steel talks"
    assert next(one.query for one in examples(SearchRequest(), LINK)) == "peace talks"


@pytest.mark.parametrize("query", [one.query for one in examples(SearchRequest(), LINK)])
def test_every_example_is_understood(query: str) -> None:
    """What the help shows is searched as it stands, without a warning."""
    assert parse(query).warnings == ()
