"""Documents that hold all of some words: found and scored as if each document were looked at by itself."""

import numpy as np
import pytest

from search.bits import in_bits
from search.forms import SMALL, Forms
from search.kept import Kept
from search.meeting import meet
from search.postings import Postings, Scores

TABLE: Scores = np.random.default_rng(1).random(1 << 16)
TABLE[0] = 0.0


def random_postings(chance: np.random.Generator, share: float, size: int) -> Postings:
    """Return a word that so many of the documents hold: kept or not, scored by codes or by itself."""
    docs = (chance.random(size) < share).nonzero()[0].astype(np.uint16)
    lasting = bool(chance.integers(4))
    if chance.integers(4):
        return Postings(docs, chance.integers(256, 1 << 16, len(docs)).astype(np.uint16), lasting=lasting)
    return Postings(docs, scores=chance.random(len(docs)), lasting=lasting)


@pytest.mark.parametrize("size", [9_001, SMALL + 9])
@pytest.mark.parametrize("seed", range(60))
def test_all_words_are_met_document_for_document(seed: int, size: int) -> None:
    """Documents, and scores to the last bit, are those of one look at each word for each document, dead ones apart."""
    chance = np.random.default_rng(seed)
    shares = chance.choice([0.0, 0.001, 0.02, 0.2, 0.7, 1.0], chance.integers(1, 5), p=[0.02, 0.1, 0.2, 0.3, 0.28, 0.1])
    lists = [random_postings(chance, share, size) for share in shares]
    weights = chance.random(len(lists)).tolist()
    alive = None if seed % 2 else chance.random(size) < 0.8
    held = [
        dict(zip(postings.docs.tolist(), (postings.gains(TABLE) * weight).tolist(), strict=True))
        for postings, weight in zip(lists, weights, strict=True)
    ]
    expected = {}
    for doc in set(held[0]).intersection(*held):
        if alive is None or alive[doc]:
            total = held[0][doc]
            for here in held[1:]:
                total += here[doc]
            expected[doc] = total
    forms = Forms(size, TABLE, Kept())
    for _ in range(2):
        # The second time all forms are there.
        found = meet(lists, weights, forms, alive)
        assert found.docs is not None
        assert dict(zip(found.docs.tolist(), found.scores.tolist(), strict=True)) == expected
        assert found.docs.tolist() == sorted(expected)
        assert found.total == len(expected)


def test_forms_say_what_the_lists_say() -> None:
    """Columns and bits are made of what is kept and frequent alone; whatever a list has, it tells its documents."""
    chance = np.random.default_rng(3)
    kept = Kept()
    small, large = Forms(5_000, TABLE, kept), Forms(SMALL + 1, TABLE, kept)
    for forms in (small, large):
        sought = (chance.random(forms.size) < 0.1).nonzero()[0].astype(np.uint16)
        for share in (0.0, 0.001, 0.05, 0.9):
            for lasting in (False, True):
                docs = (chance.random(forms.size) < share).nonzero()[0].astype(np.uint16)
                codes = chance.integers(256, 1 << 16, len(docs)).astype(np.uint16)
                postings = Postings(docs, codes, lasting=lasting)
                frequent = lasting and share > 0.01
                column, bits = forms.column(postings), forms.bits(postings)
                assert (column is not None) == (frequent and forms is small)
                assert (bits is not None) == frequent
                if bits is not None:
                    every = np.arange(forms.size)
                    held = bits.hold(in_bits(every))
                    assert held.nonzero()[0].tolist() == docs.tolist()
                    assert bits.places(every).tolist() == docs.searchsorted(every.astype(docs.dtype)).tolist()
                if column is not None:
                    assert column.nonzero()[0].tolist() == docs.tolist()
                    assert column.take(docs).tolist() == codes.tolist()
                held = forms.holding([postings], sought)[0]
                assert sought[held].tolist() == sorted({*sought.tolist()} & {*docs.tolist()})
                assert forms.places(postings, sought[held]).tolist() == docs.searchsorted(sought[held]).tolist()
                assert forms.column(postings) is column
                assert forms.bits(postings) is bits
