"""Pruning any-word queries: MaxScore looks at fewer documents and gives the same page and total."""

import random
from pathlib import Path

import numpy as np
import pytest

from index import Article
from search import SearchRequest, executor, open_searcher, pruning
from search.adding import Added, add_up
from search.forms import Forms
from search.kept import Kept
from search.postings import Postings, Scores
from search.pruning import best_of_any
from search.selection import best
from tests.exact import Oracle
from tests.searching import make_index

SIZE = 3_000
TABLE: Scores = np.random.default_rng(1).random(1 << 16)
TABLE[0] = 0.0


def random_postings(chance: np.random.Generator, share: float, levels: int) -> Postings:
    """Return a word that so many of the documents hold, with so many different codes."""
    docs = (chance.random(SIZE) < share).nonzero()[0].astype(np.uint16)
    codes = chance.choice(chance.integers(256, 1 << 16, levels), len(docs)).astype(np.uint16)
    return Postings(docs, codes, lasting=True)


@pytest.fixture(autouse=True)
def pruned_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prune in small segments, too, and few documents wanted as many are."""
    monkeypatch.setattr(pruning, "SMALL", 0)
    monkeypatch.setattr(pruning, "FEWEST", 0)
    monkeypatch.setattr(pruning, "PROMISING", 3)


@pytest.mark.parametrize("levels", [1, 5, 10_000])
@pytest.mark.parametrize("seed", range(40))
def test_what_is_pruned_is_never_missed(seed: int, levels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of MaxScore is that of all documents, score for score to the last bit, and so is the total."""
    monkeypatch.setattr(pruning, "TOO_MANY", 0)
    chance = np.random.default_rng(seed)
    shares = chance.choice([0.0, 0.002, 0.01, 0.03, 0.2, 0.6], chance.integers(2, 5))
    lists = [random_postings(chance, share, levels) for share in shares]
    if seed % 5 == 0:
        lists.append(lists[0])
    weights = chance.choice([0.01, 0.2, 1.0, 3.0], len(lists)).tolist()
    whole = add_up(lists, weights, Forms(1, TABLE, Kept()), None)
    sums = np.zeros(SIZE)
    sums[: len(whole.scores)] = whole.scores
    for wanted in (1, 3, 11, 200):
        found = best_of_any(lists, weights, wanted, Forms(SIZE, TABLE, Kept()))
        assert found is not None
        assert found.docs is not None
        assert (np.diff(found.docs.astype(np.int64)) > 0).all()
        assert found.total == whole.total
        assert found.scores.tolist() == sums.take(found.docs).tolist()
        chosen, scores = best(found.scores, wanted)
        everything, all_scores = best(sums, min(wanted, whole.total), matched=False)
        assert found.docs[chosen].tolist() == everything.tolist()
        assert scores.tolist() == all_scores.tolist()


def test_most_documents_are_left_out() -> None:
    """A rare word that tells much leaves nearly all documents of a frequent one out."""
    chance = np.random.default_rng(2)
    lists = [random_postings(chance, share, 10_000) for share in (0.02, 0.6, 0.3)]
    found = best_of_any(lists, [8.0, 0.3, 1.0], 11, Forms(SIZE, TABLE, Kept()))
    assert found is not None
    assert len(found.scores) < found.total / 20


def test_where_most_have_to_be_scored_all_are_added_up() -> None:
    """None is what pruning says to two frequent words that tell as much, and to postings that are not kept."""
    chance = np.random.default_rng(2)
    lists = [random_postings(chance, 0.6, 1) for _ in range(2)]
    assert best_of_any(lists, [1.0, 1.0], 11, Forms(SIZE, TABLE, Kept())) is None
    lists = [random_postings(chance, share, 10_000) for share in (0.02, 0.6)]
    lists[0].lasting = False
    assert best_of_any(lists, [8.0, 0.3], 11, Forms(SIZE, TABLE, Kept())) is None


@pytest.mark.parametrize("segments", [1, 2])
def test_pruned_answers_are_those_of_the_plain_executor(
    tmp_path: Path, segments: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pruning takes place, pages, orders, scores and totals stay what they are without."""
    chance = random.Random(7)
    rare = [f"rare{number}" for number in range(40)]
    articles = [
        Article(
            id=f"{number:03}",
            title=chance.choice(["the strike", "of peace", "talks"]),
            body=" ".join(["the", "of", *chance.choices(["said", "bank", "peace"], k=3), *chance.choices(rare, k=2)]),
            language="en",
        )
        for number in range(600)
    ]
    pruned = 0

    def counting(lists: list[Postings], weights: list[float], wanted: int, forms: Forms) -> Added | None:
        nonlocal pruned
        found = best_of_any(lists, weights, wanted, forms)
        pruned += found is not None
        return found

    monkeypatch.setattr(executor, "best_of_any", counting)
    index = make_index(tmp_path / "index", *(articles[part::segments] for part in range(segments)))
    with open_searcher(index) as searcher:
        oracle = Oracle(searcher)
        for _ in range(60):
            words = [*chance.sample(rare, 2), *chance.sample(["the", "of", "said", "bank", "peace"], 2)]
            chance.shuffle(words)
            size, page = chance.choice([(1, 1), (3, 2), (10, 1), (100, 1)])
            request = SearchRequest(query=" ".join(words), match="any", page_size=size, page=page)
            oracle.answered(request)
    assert pruned > 10
