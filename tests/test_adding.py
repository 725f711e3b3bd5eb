"""Adding up scores of any-word queries: few postings and many come to the same."""

import numpy as np

from search.adding import add_up
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
        few = add_up(lists, weights, TABLE, SIZE, alive)
        many = add_up(lists, weights, TABLE, SIZE // 30, None if alive is None else alive[: SIZE // 30])
        assert few.docs is not None
        assert many.docs is None
        assert few.docs.tolist() == many.scores.nonzero()[0].tolist()
        assert few.scores.tolist() == many.scores.take(few.docs).tolist()
        assert few.total == many.total == len(few.docs)
