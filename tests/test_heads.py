"""Heads of lists: the best postings are among those of the head, or it says that they may not be."""

import numpy as np
import pytest

from search.heads import HEAD, contenders, head_of
from search.postings import Scores
from search.selection import best


def scores(levels: int, size: int) -> Scores:
    """Return scores of which so many differ: few, and thousands of postings share the last score wanted."""
    chance = np.random.default_rng(levels + size)
    return chance.choice(chance.random(levels), size)


@pytest.mark.parametrize("levels", [1, 2, 20, 60_000])
@pytest.mark.parametrize("size", [1, 10, HEAD - 1, HEAD, HEAD + 1, 1_000, 20_000])
@pytest.mark.parametrize("weight", [3.7, 1e-5])
@pytest.mark.parametrize("count", [1, 11, 101, HEAD, 2 * HEAD])
def test_the_best_of_the_contenders_are_the_best_of_all(levels: int, size: int, weight: float, count: int) -> None:
    """Postings are left out without a loss: the same places, in the same order, with the same scores, ties and all."""
    unweighted = scores(levels, size)
    every, told = best(unweighted * weight, count)
    places = contenders(head_of(unweighted), count, weight, size)
    if places is None:
        # More are wanted than the head has, or rounding makes equals of others.
        assert size > HEAD
        assert count >= HEAD or weight < 1.0
        return
    assert len(places) <= max(HEAD, count)
    found, found_told = best(unweighted.take(places) * weight, count)
    assert places.take(found).tolist() == every.tolist()
    assert found_told.tolist() == told.tolist()
    assert (np.diff(places) > 0).all()


def test_what_rounding_makes_equal_is_not_left_out() -> None:
    """Where a score beyond the head rounds to the last one wanted, the head alone does not say who is in."""
    near = np.full(HEAD + 1, 1.0)
    near[0] = 1.0 - 1e-9
    assert contenders(head_of(near), 11, 1.0, len(near)) is None
    every, _ = best(near, 11)
    assert every.tolist() == list(range(11))
    near[0] = 0.5
    assert contenders(head_of(near), 11, 1.0, len(near)) is not None


def test_what_rounding_makes_equal_within_the_head_is_not_left_out() -> None:
    """Where others with the last score were cut off, those that are better by nothing that counts do not go first."""
    near = np.full(2 * HEAD, 1.0)
    near[-40:] = 1.0 + 1e-9
    assert contenders(head_of(near), 101, 1.0, len(near)) is None
    every, _ = best(near, 101)
    assert every.tolist() == list(range(101))
    near[-40:] = 1.5
    places = contenders(head_of(near), 101, 1.0, len(near))
    assert places is not None
    assert places.take(best(near.take(places), 101)[0]).tolist() == best(near, 101)[0].tolist()


def test_a_head_is_in_order() -> None:
    """The best come first, ties by place, and what lies beyond is told."""
    unweighted = scores(20, 5_000)
    head = head_of(unweighted)
    whole = sorted(range(5_000), key=lambda place: (-unweighted[place], place))
    assert head.places.tolist() == whole[:HEAD]
    assert head.scores.tolist() == unweighted.take(head.places).tolist()
    assert head.beyond == max(score for score in unweighted.tolist() if score < head.scores[-1])
    assert (head.best, head.reached_by(HEAD), head.reached_by(HEAD + 1)) == (head.scores[0], head.scores[-1], 0.0)
    assert head_of(unweighted[:0]).best == 0.0
