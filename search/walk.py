"""A walk over every hit of a request in its order, one article in memory at a time, whatever their number.

What is kept of all hits is their numbers and their order: 8 bytes each, 16 while they are sorted.
"""

from collections.abc import Iterator
from heapq import merge

import numpy as np

from index.article import Article
from index.schema import UNDATED
from search.collection import Collection
from search.executor import Executor
from search.plan import Plan
from search.postings import Docs, Scores
from search.ranking import rounded
from search.request import SearchRequest

Key = tuple[float, bool, int, str]


def walk(request: SearchRequest, plan: Plan, collection: Collection, executor: Executor) -> Iterator[Article]:
    """Yield the articles of all hits in order; page, size and cursor of the request are left out of account."""
    runs = []
    for number, matching in enumerate(plan.segments):
        if matching.count:
            docs, scores = _ordered(number, matching.docs, request, plan, collection, executor)
            runs.append(_keyed(number, docs, scores, request, collection))
    for _, number, doc in merge(*runs) if len(runs) > 1 else runs[0] if runs else ():
        yield collection.article(number, doc)


def _ordered(
    number: int, docs: Docs, request: SearchRequest, plan: Plan, collection: Collection, executor: Executor
) -> tuple[Docs, Scores | None]:
    """Return the documents of a segment in order. Their numbers are the order newest first, which settles ties."""
    if request.order_by == "relevance":
        scores = rounded(executor.score(plan.tree, number, docs))
        order = (-scores).argsort(kind="stable")
        return docs[order], scores[order]
    if request.order_by == "oldest":
        stamps = collection.segments[number].stamps[docs]
        return docs[np.where(stamps == UNDATED, np.iinfo(np.int64).max, stamps).argsort(kind="stable")], None
    return docs, None


def _keyed(
    number: int, docs: Docs, scores: Scores | None, request: SearchRequest, collection: Collection
) -> Iterator[tuple[Key, int, int]]:
    """Yield key, segment and document, ascending."""
    segment = collection.segments[number]
    sign = 1 if request.order_by == "oldest" else -1
    for place in range(len(docs)):
        doc = int(docs[place])
        when = int(segment.stamps[doc])
        score = 0.0 if scores is None else -float(scores[place])
        yield (score, when == UNDATED, sign * when if when != UNDATED else 0, segment.id_of(doc)), number, doc
