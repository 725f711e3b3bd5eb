"""A page of hits: which documents, in which order, from a place in it on.

The order is score, newest, id under relevance; else newest or oldest, then id; undated ones last. Documents of a
segment are numbered newest first, ties by id: within a segment their numbers are the order by date.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from index.schema import UNDATED
from index.settings import MAX_HITS_DEEP
from search.collection import Collection
from search.cursor import Place
from search.errors import Problem, RequestError
from search.executor import Executor
from search.plan import Matching, Plan
from search.postings import Docs, Scores
from search.ranking import rounded
from search.request import SearchRequest
from search.selection import best, oldest

NEVER_TOO_DEEP = 100
"""Hits that any setting lets through: what it is need not be looked up for them, which takes 1.4 us."""


class Page(NamedTuple):
    """Hits of a page, best first: their ids, scores, rounded, segments and documents; and whether there are more."""

    ids: Sequence[str] = ()
    scores: Sequence[float] = ()
    segments: Sequence[int] = ()
    docs: Sequence[int] = ()
    more: bool = False


def find_page(
    request: SearchRequest, plan: Plan, after: Place | None, collection: Collection, executor: Executor
) -> Page:
    """Return the page a request asks for: of its number, or the one behind the hit whose place is ``after``.

    Raises RequestError for a page with hits deeper down than pages go.
    """
    first = (request.page - 1) * request.page_size if after is None else 0
    last = first + request.page_size
    if first >= plan.total or not request.page_size:
        return Page()
    if last > NEVER_TOO_DEEP and after is None and last > (deepest := MAX_HITS_DEEP.value()):
        raise RequestError(Problem("page", f"Pages go down to hit {deepest:,}; a cursor goes further."))
    found = []
    for number, matching in enumerate(plan.segments):
        if matching.count:
            docs, scores = _first(number, matching, last + 1, request, plan, after, collection, executor)
            found.append((number, docs, scores))
    if len(found) == 1:
        number, docs, scores = found[0]
        if request.order_by != "oldest":
            # One segment's order is the whole one: what is not shown need not be looked at.
            shown = docs[first:last].tolist()
            ids = collection.segments[number].ids_of(shown)
            return Page(ids, scores[first:last].tolist(), [number] * len(shown), shown, len(docs) > last)
    ranked = _merged(found, last + 1, request, collection)
    if first >= len(ranked):
        return Page()
    scores_, ids_, segments, docs_ = zip(*ranked[first:last], strict=True)
    return Page(ids_, scores_, segments, docs_, len(ranked) > last)


def last_place(page: Page, order_by: str, collection: Collection) -> Place:
    """Return the place of a page's last hit in the order of hits."""
    score = page.scores[-1] if order_by == "relevance" else 0.0
    return score, int(collection.segments[page.segments[-1]].stamps[page.docs[-1]]), page.ids[-1]


def _first(
    number: int,
    matching: Matching,
    wanted: int,
    request: SearchRequest,
    plan: Plan,
    after: Place | None,
    collection: Collection,
    executor: Executor,
) -> tuple[Docs, Scores]:
    """Return documents of a segment among which are the ``wanted`` first behind a place, and their scores.

    In their order, but under ``oldest``, where ties are not settled.
    """
    if request.order_by == "relevance":
        added = matching.added
        if added is not None and added.docs is None and after is None:
            return best(added.scores, min(wanted, matching.count), matched=False)
        if added is not None and added.docs is not None:
            docs, scores = added.docs, added.scores
        else:
            docs = matching.docs
            if added is None:
                scores = executor.score(plan.tree, number, docs, matching.places)
            else:
                scores = added.scores.take(docs)
        if after is not None:
            behind = collection.behind(number, after[1], after[2])
            told = rounded(scores)
            left = (told < after[0]) | ((told == after[0]) & (docs >= behind))
            docs, scores = docs[left], scores[left]
        chosen, told = best(scores, wanted)
        return docs.take(chosen), told
    docs, stamps = matching.docs, collection.segments[number].stamps
    if request.order_by == "newest":
        if after is not None:
            docs = docs[docs.searchsorted(collection.behind(number, after[1], after[2])) :]
        docs = docs[:wanted]
    else:
        if after is not None:
            behind = collection.behind(number, after[1], after[2])
            newer, last = collection.at_stamp(number, after[1])
            left = (docs >= behind) & (docs < last)
            if after[1] != UNDATED:
                left |= (docs < newer) | (docs >= collection.at_stamp(number, UNDATED)[0])
            docs = docs[left]
        docs = docs[oldest(stamps[docs], wanted)]
    return docs, rounded(executor.score(plan.tree, number, docs))


def _merged(
    found: list[tuple[int, Docs, Scores]], wanted: int, request: SearchRequest, collection: Collection
) -> list[tuple[float, str, int, int]]:
    """Put together what segments have found, in order: score, id, segment, document."""
    if request.order_by == "relevance" and sum(len(docs) for _, docs, _ in found) > wanted:
        together = np.concatenate([scores for _, _, scores in found])
        together.partition(len(together) - wanted)
        least = together.item(len(together) - wanted)
        found = [(number, docs[scores >= least], scores[scores >= least]) for number, docs, scores in found]
    keyed = []
    for number, docs, scores in found:
        segment = collection.segments[number]
        shown = docs.tolist()
        for score, when, identifier, doc in zip(
            scores.tolist(), segment.stamps[docs].tolist(), segment.ids_of(shown), shown, strict=True
        ):
            key = (
                -score if request.order_by == "relevance" else 0.0,
                when == UNDATED,
                when if request.order_by == "oldest" else -when,
                identifier,
            )
            keyed.append((key, (score, identifier, number, doc)))
    keyed.sort(key=lambda entry: entry[0])
    return [ranked for _, ranked in keyed]
