"""How well newspapers' real pages are read does not fall behind what was reached."""

import datetime
from pathlib import Path

import pytest

from index.article import Article
from tests.benchmarks.pages import f1, measure, same_date


@pytest.mark.long
def test_real_pages_are_read_as_well_as_ever(shared: Path) -> None:
    """On 252 pages of newspapers in 39 countries the share of right fields stays above its floor."""
    folder = shared / "data" / "html"
    if not (folder / "fundus_pages.tar.gz").exists():
        pytest.skip(f"the pages for measuring are not in {folder}")
    figures = measure(folder)
    assert figures.pages == 252
    assert figures.title >= 0.92
    assert figures.date >= 0.98
    assert figures.body >= 0.96
    assert figures.section >= 0.93


def test_the_measures_are_what_they_say() -> None:
    """F1 counts words as often as they occur; a date is compared as precisely as both sides are."""
    assert f1("a b b", "A, b. c") == pytest.approx(2 / 3)
    at = datetime.datetime(2023, 3, 1, 8, 30, 20, tzinfo=datetime.UTC)
    assert same_date(Article("1", date=datetime.date(2023, 3, 1)), at)
    assert same_date(Article("1", date=at.replace(second=0)), at)
    assert not same_date(Article("1", date=at - datetime.timedelta(hours=1)), at)
    assert not same_date(Article("1"), at)
