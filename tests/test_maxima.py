"""Maxima of blocks: the best postings of a list are among those of the blocks that reach far enough."""

import numpy as np
import pytest

from search.adding import scored
from search.maxima import BLOCK, contenders, maxima_of
from search.postings import Scores
from search.selection import best


def table(levels: int) -> Scores:
    """Return scores of codes of which so many differ: few, and thousands of postings share the last score wanted."""
    chance = np.random.default_rng(levels)
    return chance.choice(chance.random(levels), 1 << 16)


@pytest.mark.parametrize("levels", [2, 20, 60_000])
@pytest.mark.parametrize("size", [BLOCK * 30, BLOCK * 200 + 1, BLOCK * 500 - 1])
@pytest.mark.parametrize("weight", [3.7, 1e-5])
def test_the_best_of_the_contenders_are_the_best_of_all(levels: int, size: int, weight: float) -> None:
    """Blocks are left out without a loss: the same places, in the same order, with the same scores, ties and all."""
    codes = np.random.default_rng(size).integers(1 << 8, 1 << 16, size).astype(np.uint16)
    scores = table(levels)
    every, told = best(scored(scores, weight, codes), 11)
    places = contenders(maxima_of(codes, scores), 11, weight, size)
    found, found_told = best(scored(scores, weight, codes, places), 11)
    assert places.take(found).tolist() == every.tolist()
    assert found_told.tolist() == told.tolist()
    assert (np.diff(places) > 0).all()


def test_most_blocks_are_left_out() -> None:
    """Of many blocks, about as many are looked at as hits are wanted, also where all of them are equally good."""
    chance = np.random.default_rng(1)
    codes = chance.integers(1 << 8, 1 << 16, BLOCK * 1_000).astype(np.uint16)
    for levels in (1, 3, 60_000):
        places = contenders(maxima_of(codes, table(levels)), 11, 2.0, len(codes))
        assert 11 * BLOCK <= len(places) <= 60 * BLOCK
