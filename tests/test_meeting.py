"""Documents that hold all of some words: found and scored as if each document were looked at by itself."""

from functools import partial

import numpy as np
import pytest

from search.adding import Part, scored
from search.meeting import meet
from search.postings import Postings, Scores

SIZE = 9_000
TABLE: Scores = np.random.default_rng(1).random(1 << 16)
TABLE[0] = 0.0


def random_part(chance: np.random.Generator, share: float, *, column: bool) -> Part:
    """Return a word that so many of the documents hold, with a column or without."""
    docs = (chance.random(SIZE) < share).nonzero()[0].astype(np.uint16)
    codes = chance.integers(256, 1 << 16, len(docs)).astype(np.uint16)
    by_document = np.zeros(SIZE, dtype=np.uint16)
    by_document[docs] = codes
    weight = float(chance.random())
    gains = partial(scored, TABLE, weight, codes)
    return Part(Postings(docs, codes), by_document if column else None, weight, gains)


@pytest.mark.parametrize("seed", range(60))
def test_all_words_are_met_document_for_document(seed: int) -> None:
    """Documents, and scores to the last bit, are those of one look at each word for each document, dead ones apart."""
    chance = np.random.default_rng(seed)
    shares = chance.choice([0.0, 0.001, 0.02, 0.2, 0.7, 1.0], chance.integers(1, 5), p=[0.02, 0.1, 0.2, 0.3, 0.28, 0.1])
    parts = [random_part(chance, share, column=bool(chance.integers(2))) for share in shares]
    alive = None if seed % 2 else chance.random(SIZE) < 0.8
    expected = {}
    held = [dict(zip(part.postings.docs.tolist(), part.gains().tolist(), strict=True)) for part in parts]
    for doc in range(SIZE):
        if all(doc in here for here in held) and (alive is None or alive[doc]):
            total = held[0][doc]
            for here in held[1:]:
                total += here[doc]
            expected[doc] = total
    found = meet(parts, SIZE, alive, TABLE)
    assert found.docs is not None
    assert dict(zip(found.docs.tolist(), found.scores.tolist(), strict=True)) == expected
    assert found.docs.tolist() == sorted(expected)
    assert found.total == len(expected)
