"""The gate: does an index that was built anew answer saved queries as the one it is to take the place of does?

Every query is put to both. Two measures of what changed, each from 0 (nothing) to 1 (all):

- without judgments, the share of the queries whose first ten hits are other ones or stand in another order;
- with judgments, by how much the mean nDCG@10 falls; a gain is no change to be held back for.

The new index may take its place where the measure is at most the tolerance. Changed totals are told, but not measured:
an index that lost articles has other tens as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.generation import Generation
from search.collection import Collection
from search.errors import GateError, RequestError
from search.evaluation import Judgments, Queries, measure
from search.grammar import parse
from search.request import SearchRequest
from search.searcher import Searcher, Top

FIRST = 10
"""Hits of each query that are compared."""

ROUNDING = 1e-9
"""By how much means of the same figures may differ."""


@dataclass(frozen=True, slots=True)
class Change:
    """A query that is answered otherwise: totals and the ids of the first hits, old and new."""

    id: str
    text: str
    totals: tuple[int, int]
    tops: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def moved(self) -> bool:
        """Whether the first hits are other ones, or in another order."""
        return self.tops[0] != self.tops[1]


@dataclass(frozen=True, slots=True)
class Figures:
    """How well judged queries are answered: means from 0 to 1."""

    ndcg: float
    mean_average_precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a new index changes. ``figures`` are those of old and new, None without judgments."""

    queries: int
    changes: tuple[Change, ...]
    figures: tuple[Figures, Figures] | None
    tolerance: float

    @property
    def measured(self) -> float:
        """How much changed, as the gate measures it, from 0 to 1."""
        if self.figures is not None:
            old, new = self.figures
            return max(old.ndcg - new.ndcg, 0.0)
        return sum(change.moved for change in self.changes) / self.queries

    @property
    def passed(self) -> bool:
        """Whether the new index may take the old one's place."""
        return self.measured <= self.tolerance + ROUNDING


class Gate:
    """Compares two generations when a commit shows them to it. ``comparison`` is what it has found, None before.

    Raises GateError for queries that cannot be asked.
    """

    def __init__(self, queries: Queries, judgments: Judgments | None, tolerance: float) -> None:
        self._queries = queries
        self._judgments = judgments
        self._tolerance = tolerance
        self.comparison: Comparison | None = None
        if not queries or judgments == {}:
            raise GateError("There is no query, or no judgment, to compare the old index and the new one by.")
        for identifier, text in queries.items():
            try:
                parse(_request(text).query)
            except RequestError as error:
                raise GateError(f"Query {identifier!r} cannot be asked: {error}") from None

    def __call__(self, old: Generation, new: Generation) -> bool:
        """Say whether the new generation answers as the old one does, within the tolerance."""
        before, after = self._answers(old), self._answers(new)
        changes = (
            Change(identifier, text, (was.total, now.total), (was.ids, now.ids))
            for (identifier, text), was, now in zip(self._queries.items(), before, after, strict=True)
        )
        self.comparison = Comparison(
            len(self._queries),
            tuple(change for change in changes if change.moved or change.totals[0] != change.totals[1]),
            (self._figures(old, self._judgments), self._figures(new, self._judgments)) if self._judgments else None,
            self._tolerance,
        )
        return self.comparison.passed

    def _answers(self, generation: Generation) -> Sequence[Top]:
        searcher = Searcher(generation)
        return [searcher.top(_request(text)) for text in self._queries.values()]

    def _figures(self, generation: Generation, judgments: Judgments) -> Figures:
        found = measure(Collection(generation), self._queries, judgments)
        return Figures(found.ndcg, found.mean_average_precision, found.recall)


def _request(text: str) -> SearchRequest:
    return SearchRequest(query=text, page_size=FIRST, facets=())
