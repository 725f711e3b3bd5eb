"""Ranking: what the weight of a word promises, whatever the archive."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from search.ranking import idf, telling


@settings(deadline=None)
@given(articles=st.integers(1, 10**9), data=st.data())
def test_the_fewer_articles_hold_a_word_the_more_it_tells(articles: int, data: st.DataObject) -> None:
    """The weight is over 0 even for a word that all articles hold, and falls with every further one."""
    containing = data.draw(st.integers(1, articles))
    assert telling(articles, articles) > 0
    if containing < articles:
        assert telling(containing, articles) > telling(containing + 1, articles)


@settings(deadline=None)
@given(articles=st.integers(1, 10**6), data=st.data())
def test_the_weight_is_that_of_a_share(articles: int, data: st.DataObject) -> None:
    """With p the share of the articles that hold a word, smoothed by a half, it is -ln(p) (1 - p)."""
    share = (data.draw(st.integers(0, articles)) + 0.5) / (articles + 1)
    assert math.isclose(telling(round(share * (articles + 1) - 0.5), articles), -math.log(share) * (1 - share))


def test_a_rare_word_weighs_its_idf_and_a_common_one_next_to_nothing() -> None:
    """In a thousand articles: what holds for words in one of them, in half, and in all but ten."""
    assert telling(1, 1_000) / idf(1, 1_000) > 0.998
    assert round(telling(500, 1_000) / idf(500, 1_000), 3) == 0.5
    assert telling(990, 1_000) < 0.0002
