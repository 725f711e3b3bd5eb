"""Adding up scores of any-word queries: MaxScore looks at fewer documents and gives the same page and total."""

import random
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index import Article
from search import SearchRequest, adding, executor, open_searcher
from search.adding import Added, Bits, Part, add_up, best_of_rare
from search.postings import Codes, Postings, Scores
from search.selection import best
from tests.exact import Oracle
from tests.searching import make_index

SIZE = 3_000
TABLE: Scores = np.random.default_rng(1).random(1 << 16)
TABLE[0] = 0.0


def random_part(chance: np.random.Generator, share: float, weight: float) -> Part:
    """Return a word that so many of the documents hold, with a column if it is frequent."""
    docs = chance.random(SIZE).__lt__(share).nonzero()[0]
    codes = chance.integers(256, 1 << 16, len(docs)).astype(np.uint16)
    column = None
    if share > 1 / 16:
        column = np.zeros(SIZE, dtype=np.uint16)
        column[docs] = codes
    gains: Scores = TABLE.take(codes) * weight
    return Part(Postings(docs, codes, lasting=True), column, weight, partial(lambda given: given, gains))


class Known:
    """What is kept of frequent words."""

    table = TABLE

    def bound(self, postings: Postings) -> float:
        """Return the most that any of a list's codes scores."""
        assert postings.codes is not None
        return float(TABLE.take(postings.codes).max(initial=0.0))

    def bits(self, postings: Postings, column: Codes) -> Bits:
        """Return which documents hold a word."""
        assert len(postings.docs) == np.count_nonzero(column)
        return np.packbits(column != 0)


@pytest.fixture(autouse=True)
def pruned_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prune in small segments, too."""
    monkeypatch.setattr(adding, "PRUNED", 0)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_pruned_is_never_missed(seed: int) -> None:
    """The page of MaxScore is that of all documents, score for score to the last bit, and so is the total."""
    chance = np.random.default_rng(seed)
    parts = [random_part(chance, share, 1.0 + share) for share in chance.choice([0.002, 0.01, 0.03], 2)]
    parts += [
        random_part(chance, share, chance.choice([0.01, 0.2, 1.0])) for share in chance.choice([0.2, 0.6], 1 + seed % 2)
    ]
    parts = [parts[at] for at in chance.permutation(len(parts))]
    whole = add_up(parts, SIZE, None)
    assert whole.docs is None
    pruned = 0
    for wanted in (1, 3, 11):
        found = best_of_rare(parts, wanted, SIZE, Known())
        if found is None:
            continue
        pruned += 1
        assert found.docs is not None
        chosen, scores = best(found.scores, wanted)
        assert found.total == whole.total
        assert found.scores.tolist() == whole.scores.take(found.docs).tolist()
        everything, all_scores = best(whole.scores, wanted, matched=False)
        assert found.docs[chosen].tolist() == everything.tolist()
        assert scores.tolist() == all_scores.tolist()
    if all(part.weight < 0.1 for part in parts if part.column is not None):
        assert pruned > 1


def test_few_are_added_up_as_many_are() -> None:
    """Sorting few postings and going through a whole segment give the same sums, to the last bit."""
    chance = np.random.default_rng(5)
    parts = [random_part(chance, 0.01, weight) for weight in (1.0, 0.3, 2.7, 0.1)]
    few = add_up(parts, SIZE, None)
    many = add_up(parts, SIZE // 30, None)
    assert few.docs is not None
    assert few.scores.tolist() == many.scores.take(few.docs).tolist()


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

    def counting(*arguments: object) -> Added | None:
        nonlocal pruned
        found = best_of_rare(*arguments)  # type: ignore[arg-type]
        pruned += found is not None
        return found

    monkeypatch.setattr(executor, "best_of_rare", counting)
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
