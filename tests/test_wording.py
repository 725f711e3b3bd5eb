"""Counts, dates, and what was searched, in plain words."""

import datetime

import pytest

from search import SearchRequest
from web.wording import counted, dates, day, language, span


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        ("2021-01-18", "2021-01-18", "18 January 2021"),
        ("2021-01-01", "2021-01-31", "January 2021"),
        ("2021-01-01", "2021-12-31", "2021"),
        ("2019-01-01", "2021-12-31", "2019 to 2021"),
        ("2021-02-01", "2021-04-30", "February to April 2021"),
        ("2020-11-01", "2021-02-28", "November 2020 to February 2021"),
        ("2021-01-05", "2021-01-18", "5 to 18 January 2021"),
        ("2021-01-05", "2021-02-03", "5 January to 3 February 2021"),
        ("2020-12-05", "2021-02-03", "5 December 2020 to 3 February 2021"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02-01", "2023-02-27", "1 to 27 February 2023"),
    ],
)
def test_spans_of_days_in_words(first: str, last: str, wanted: str) -> None:
    """A span is said in the fewest words that say it."""
    assert span(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)) == wanted


def test_counts_and_dates_in_words() -> None:
    """One is one, thousands stand apart, and a minute is told where it is known."""
    assert [counted(number, "article") for number in (0, 1, 2, 21578)] == [
        "no articles",
        "1 article",
        "2 articles",
        "21,578 articles",
    ]
    assert day(datetime.datetime(2021, 1, 18, 6, 5)) == "18 January 2021, 06:05"
    assert day(datetime.date(2021, 1, 18)) == "18 January 2021"
    assert dates(SearchRequest()) is None
    assert dates(SearchRequest(to_date=datetime.date(2021, 1, 18))) == "until 18 January 2021"


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("ar", "Arabic"),
        ("EN", "English"),
        ("en-GB", "English (GB)"),
        ("qya", "the language qya"),
        ("", "the language "),
    ],
)
def test_languages_have_names(tag: str, wanted: str) -> None:
    """A language is called by its name, and by its tag where nobody knows that."""
    assert language(tag) == wanted
