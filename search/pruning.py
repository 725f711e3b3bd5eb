"""Pruning: the best of the documents that hold any of some words, without scoring the others, by MaxScore.

The words are taken by falling bound, the most that each can score. Of a word's documents only those are scored that
hold none of the words before, which have been looked at, and that can reach the last of the best found so far: by what
the word gives them, and the bounds of the words to come that they hold. Where these words together cannot lift any
document so far, theirs are not looked at. (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995.)

A document's scores are added in the order of the query, as everywhere. How many match is counted by the words' bits.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.adding import Added
from search.bits import Bits, in_bits
from search.forms import SMALL, Forms
from search.postings import Docs, Postings, Scores, firsts

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MARGIN = 4e-6
"""More than rounding, of scores to 1e-6 and of sums, can make up for."""

FEWEST = 6_000
"""Postings up to which adding all of them up is as quick as leaving most of them out."""

TOO_MANY = 4
"""One in so many postings that has to be scored makes adding all of them up as quick."""

PROMISING = 8
"""Documents for each hit wanted, above which the most promising are scored first: most others fall behind then."""


class _Looked(NamedTuple):
    """Documents of word ``number``, what it gives them, and which of them are ``holding`` the words to come."""

    number: int
    docs: Docs
    own: Scores
    holding: Mapping[int, Flags]


def best_of_any(lists: Sequence[Postings], weights: Sequence[float], wanted: int, forms: Forms) -> Added | None:
    """Score documents among which are the ``wanted`` best of those that hold a word; None where adding up is quicker.

    All documents of the segment have to be alive.
    """
    # A small segment is gone through from end to end in the time that thirty calls take.
    if forms.size <= SMALL:
        return None
    total = sum([len(postings.docs) for postings in lists])
    if total < FEWEST or any(not postings.lasting for postings in lists):
        return None
    heads = [forms.head(postings) for postings in lists]
    bounds = [head.best * weight for head, weight in zip(heads, weights, strict=True)]
    order = sorted(range(len(lists)), key=bounds.__getitem__, reverse=True)
    least = max([head.reached_by(wanted) * weight for head, weight in zip(heads, weights, strict=True)])
    rest = sum(bounds)
    all_docs: list[Docs] = []
    all_sums: list[Scores] = []
    for place, number in enumerate(order):
        rest -= bounds[number]
        if bounds[number] + rest < least - _MARGIN:
            break
        docs, own = _reaching(lists[number], weights[number], least - rest - _MARGIN, forms)
        before, to_come = order[:place], order[place + 1 :]
        known = forms.holding([lists[other] for other in before + to_come], docs)
        looked = _Looked(number, docs, own, dict(zip(to_come, known[place:], strict=True)))
        most = own.copy()
        for other, held in looked.holding.items():
            most += held * bounds[other]
        left = most >= least - _MARGIN
        for held in known[:place]:
            left &= ~held
        at = left.nonzero()[0]
        if len(at) > PROMISING * wanted:
            first = at[most[at].argpartition(len(at) - 2 * wanted)[-2 * wanted :]]
            least = max(least, _last_of_best(_summed(looked, first, lists, weights, forms), wanted))
            at = at[most[at] >= least - _MARGIN]
        if len(at) * TOO_MANY > total:
            return None
        all_docs.append(docs[at])
        all_sums.append(_summed(looked, at, lists, weights, forms))
        least = max(least, _last_of_best(np.concatenate(all_sums), wanted))
    docs, sums = np.concatenate(all_docs), np.concatenate(all_sums)
    ascending = docs.argsort()
    return Added(sums[ascending], docs[ascending], _united(lists, forms))


def _reaching(postings: Postings, weight: float, least: float, forms: Forms) -> tuple[Docs, Scores]:
    """Return the documents to which a word gives ``least``, and what it gives them."""
    gains = forms.gains(postings, weight)
    if least <= 0.0:
        return postings.docs, gains
    at = (gains >= least).nonzero()[0]
    return postings.docs[at], gains[at]


def _summed(looked: _Looked, at: I64, lists: Sequence[Postings], weights: Sequence[float], forms: Forms) -> Scores:
    """Return what documents that were looked at score, those at some indices."""
    docs = looked.docs[at]
    sums = np.zeros(len(docs))
    for number, (postings, weight) in enumerate(zip(lists, weights, strict=True)):
        if number == looked.number:
            sums += looked.own[at]
        elif number in looked.holding:
            here = looked.holding[number][at].nonzero()[0]
            sums[here] += forms.gains(postings, weight, forms.places(postings, docs[here]))
    return sums


def _last_of_best(scores: Scores, wanted: int) -> float:
    """Return the last of the ``wanted`` best of some scores; 0.0 where there are not so many."""
    last = len(scores) - wanted
    if last < 0:
        return 0.0
    parted = scores.copy()
    parted.partition(last)
    return parted.item(last)


def _united(lists: Sequence[Postings], forms: Forms) -> int:
    """Return how many documents hold one of some words."""
    together: Bits | None = None
    rare = []
    for postings in lists:
        bits = forms.bits(postings)
        if bits is None:
            rare.append(postings.docs)
        else:
            together = bits if together is None else bits._replace(held=together.held | bits.held)
    total = 0 if together is None else int(np.bitwise_count(together.held.view(np.uint64)).sum())
    if rare:
        docs = np.sort(np.concatenate(rare))
        counts = firsts(docs)
        if together is not None:
            counts &= ~together.hold(in_bits(docs))
        total += int(np.count_nonzero(counts))
    return total
