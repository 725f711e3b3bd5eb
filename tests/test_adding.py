"""Adding up scores of any-word queries: few postings and many come to the same."""

import numpy as np
import pytest

from search.adding import add_up
from search.forms import Forms
from search.kept import Kept
from search.postings import Postings, Scores

SIZE = 3_000
TABLE: Scores = np.random.default_rng(1).random(1 << 16)
TABLE[0] = 0.0


def test_few_are_added_up_as_many_are() -> None:
    """Sorting few postings and going through a whole segment give the same sums, to the last bit, dead ones apart."""
    chance = np.random.default_rng(5)
    lists = []
    for _ in range(4):
        docs = (chance.random(SIZE // 30) < 0.3).nonzero()[0]
        lists.append(Postings(docs, chance.integers(256, 1 << 16, len(docs)).astype(np.uint16)))
    weights = [1.0, 0.3, 2.7, 0.1]
    for alive in (None, chance.random(SIZE) < 0.8):
        few = add_up(lists, weights, Forms(SIZE, TABLE, Kept()), alive)
        many = add_up(lists, weights, Forms(SIZE // 30, TABLE, Kept()), None if alive is None else alive[: SIZE // 30])
        assert few.docs is not None
        assert many.docs is None
        assert few.docs.tolist() == many.scores.nonzero()[0].tolist()
        assert few.scores.tolist() == many.scores.take(few.docs).tolist()
        assert few.total == many.total == len(few.docs)


def test_what_a_word_scores_is_kept_for_one_weight() -> None:
    """All of it is, when it is asked for again with the weight it was asked for with first; and nothing changes it."""
    chance = np.random.default_rng(6)
    codes = chance.integers(256, 1 << 16, 100).astype(np.uint16)
    postings, forms = Postings(np.arange(100), codes, lasting=True), Forms(100, TABLE, Kept())
    expected = {weight: (TABLE[codes] * weight).tolist() for weight in (0.7, 1.3)}
    asked = [forms.gains(postings, weight) for weight in (0.7, 1.3, 0.7, 1.3, 0.7, 1.3)]
    assert [gains.tolist() for gains in asked] == [expected[weight] for weight in (0.7, 1.3) * 3]
    assert asked[2] is asked[4]
    assert asked[3] is not asked[5]
    some = np.array([3, 50])
    assert forms.gains(postings, 0.7, some).tolist() == [expected[0.7][3], expected[0.7][50]]
    with pytest.raises(ValueError, match="read-only"):
        asked[2] += 1.0
    fleeting = Postings(np.arange(100), codes)
    assert len({id(gains) for gains in [forms.gains(fleeting, 0.7) for _ in range(3)]}) == 3
