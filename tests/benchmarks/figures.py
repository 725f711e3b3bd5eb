"""What was measured: of one engine in one run, and over all runs."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from tests.benchmarks.queries import Kind


@dataclass(frozen=True, slots=True)
class Built:
    """How an index was built: seconds; peak bytes over all processes, resident and private; bytes of its files."""

    seconds: float
    resident: int
    private: int
    index_bytes: int


@dataclass(frozen=True, slots=True)
class Answered:
    """How the queries of one kind were answered: for each the median milliseconds of its passes, and its total.

    ``first`` are the milliseconds when it was asked for the first time. Fewer queries than were drawn, or one pass
    only, where the engine is slow.
    """

    milliseconds: tuple[float, ...]
    totals: tuple[int | None, ...]
    passes: int
    first: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one engine in one run.

    ``built`` is None for one that searches another's index. ``open_ms`` is from opening to the first answer,
    ``private_bytes`` the memory of the process when all was answered.
    """

    built: Built | None
    open_ms: float
    private_bytes: int
    answered: Mapping[Kind, Answered]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is indexed: how many articles, and bytes of title and body in UTF-8."""

    articles: int
    text_bytes: int


Run = Mapping[str, Figures]
"""One run: figures by the engine's name."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table: what it is called, how it is read off an engine's figures, whether more of it is better."""

    label: str
    read: Callable[[Figures, Corpus], float | None]
    more_is_better: bool = False


@dataclass(frozen=True, slots=True)
class QueryMeasure:
    """A row of the table about queries of a kind: a statistic over their milliseconds, in all passes or the first."""

    kind: Kind
    label: str
    statistic: Callable[[Sequence[float]], float]
    times: Callable[[Answered], Sequence[float]] = attrgetter("milliseconds")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least ``percent`` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "p50": lambda values: percentile(values, 50),
    "p99": lambda values: percentile(values, 99),
}


def _of_building(read: Callable[[Built, Corpus], float]) -> Callable[[Figures, Corpus], float | None]:
    return lambda figures, corpus: None if figures.built is None else read(figures.built, corpus)


MEASURES = (
    Measure("indexing, MB/s", _of_building(lambda built, corpus: corpus.text_bytes / 1e6 / built.seconds), True),
    Measure("indexing, articles/s", _of_building(lambda built, corpus: corpus.articles / built.seconds), True),
    Measure("indexing, peak MB resident", _of_building(lambda built, _: built.resident / 1e6)),
    Measure("indexing, peak MB private", _of_building(lambda built, _: built.private / 1e6)),
    Measure("index size / text size", _of_building(lambda built, corpus: built.index_bytes / corpus.text_bytes)),
    Measure("open to first answer, ms", lambda figures, _: figures.open_ms),
    Measure("searching, MB private", lambda figures, _: figures.private_bytes / 1e6),
)

QUERY_MEASURES = tuple(
    measure
    for kind in Kind
    for measure in (
        *(QueryMeasure(kind, f"{kind.value}: {name}, ms", statistic) for name, statistic in STATISTICS.items()),
        QueryMeasure(kind, f"{kind.value}: mean at first, ms", statistics.fmean, attrgetter("first")),
    )
)


ROWS: tuple[Measure | QueryMeasure, ...] = (*MEASURES, *QUERY_MEASURES)
"""All rows of the table, in their order."""


def median_value(measure: Measure | QueryMeasure, name: str, runs: Sequence[Run], corpus: Corpus) -> float | None:
    """Return the median over the runs of what a row says of an engine, None where it says nothing."""
    values = [_value(measure, run[name], corpus) for run in runs]
    return _median(values)


def median_ratio(
    measure: Measure | QueryMeasure, name: str, peer: str, runs: Sequence[Run], corpus: Corpus
) -> float | None:
    """Return how many times better an engine is than a peer: the median over the runs of each run's own ratio.

    Times are compared over the queries that both have answered.
    """
    return _median([_ratio(measure, run[name], run[peer], corpus) for run in runs])


def agreement(name: str, peer: str, kind: Kind, runs: Sequence[Run]) -> float | None:
    """Return the share of the queries of a kind for which a peer's total is within 1% of an engine's."""
    shares = []
    for run in runs:
        pairs = [
            (mine, theirs)
            for mine, theirs in zip(run[name].answered[kind].totals, run[peer].answered[kind].totals, strict=False)
            if mine is not None and theirs is not None
        ]
        if pairs:
            shares.append(sum(abs(theirs - mine) <= 0.01 * mine for mine, theirs in pairs) / len(pairs))
    return statistics.fmean(shares) if shares else None


def _value(measure: Measure | QueryMeasure, figures: Figures, corpus: Corpus) -> float | None:
    if isinstance(measure, Measure):
        return measure.read(figures, corpus)
    milliseconds = measure.times(figures.answered[measure.kind])
    return measure.statistic(milliseconds) if milliseconds else None


def _ratio(measure: Measure | QueryMeasure, mine: Figures, theirs: Figures, corpus: Corpus) -> float | None:
    if isinstance(measure, Measure):
        a, b = measure.read(mine, corpus), measure.read(theirs, corpus)
        if a is None or b is None:
            return None
        return a / b if measure.more_is_better else b / a
    first, second = measure.times(mine.answered[measure.kind]), measure.times(theirs.answered[measure.kind])
    count = min(len(first), len(second))
    return measure.statistic(second[:count]) / measure.statistic(first[:count]) if count else None


def _median(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None
