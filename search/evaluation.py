"""Evaluation: how well are queries answered whose answers somebody has judged?

Two files of lines in UTF-8, blank ones not read:

    query id <TAB> text                     queries, each taken as plain words, any of which is enough
    query id <TAB> article id <TAB> grade   judgments; a grade over 0 says relevant, and how much so

Measures are nDCG@10 with gain 2^grade - 1 and discount log2(1 + rank) (Burges and others, ICML 2005), the mean of
average precision, and recall among the first hundred. What nobody judged counts as not relevant.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from whoosh.query import Or, Term

from index.generation import open_generation
from index.words import words
from search.collection import Collection
from search.deadline import Deadline
from search.errors import JudgmentError
from search.executor import Executor
from search.grammar import keyed
from search.selection import best

DEPTH = 1_000
"""How many of the best articles average precision looks at."""

TOP = 10
FIRST = 100
MOST_GRADE = 100

Queries = Mapping[str, str]
"""Query id -> text, in the order of the file."""

Judgments = Mapping[str, Mapping[str, int]]
"""Query id -> article id -> grade."""

Ranking = tuple[tuple[str, float], ...]
"""Article ids with their scores, best first."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over the ``queries`` that have a relevant article, from 0 to 1; ``unjudged`` queries have none.

    ``rankings`` are those of all queries, judged or not, in their order. Judgments may name what is not there:
    ``unknown_queries`` and ``unknown_articles`` do. Relevant articles among these count as not found.
    """

    queries: int
    unjudged: int
    ndcg: float
    mean_average_precision: float
    recall: float
    rankings: Mapping[str, Ranking]
    unknown_queries: tuple[str, ...]
    unknown_articles: tuple[str, ...]


def evaluate(folder: Path, queries: Queries, judgments: Judgments) -> Evaluation:
    """Search an index for each query and measure. Raises UnusableIndexError, and JudgmentError if nothing is judged."""
    return measure(Collection(open_generation(folder)), queries, judgments)


def measure(collection: Collection, queries: Queries, judgments: Judgments) -> Evaluation:
    """Search a generation for each query and measure. Raises JudgmentError if nothing is judged."""
    relevant = {query: grades for query in queries if (grades := _relevant(judgments.get(query, {})))}
    if not relevant:
        raise JudgmentError("No query has a relevant article among the judgments: there is nothing to measure.")
    rankings = {query: rank(collection, text) for query, text in queries.items()}
    found = {query: [identifier for identifier, _ in rankings[query]] for query in relevant}
    named = dict.fromkeys(identifier for query in queries for identifier in judgments.get(query, {}))
    return Evaluation(
        queries=len(relevant),
        unjudged=len(queries) - len(relevant),
        ndcg=fmean(ndcg(found[query], grades) for query, grades in relevant.items()),
        mean_average_precision=fmean(average_precision(found[query], grades) for query, grades in relevant.items()),
        recall=fmean(recall(found[query], grades) for query, grades in relevant.items()),
        rankings=rankings,
        unknown_queries=tuple(query for query in judgments if query not in queries),
        unknown_articles=tuple(identifier for identifier in named if collection.document(identifier) is None),
    )


def rank(collection: Collection, text: str, depth: int = DEPTH) -> Ranking:
    """Return the best articles for a text's words, as a search for any of them orders them.

    The text is analysed as an article's is: no operators, no limits. A word counts as often as it is in it.
    """
    executor = Executor(collection, Deadline(math.inf))
    tree = Or([keyed(Term("text", word.text)) for word in words(text)])
    places = []
    for number, segment in enumerate(collection.segments):
        docs = executor.matches(tree, number)
        chosen, scores = best(executor.score(tree, number, docs), depth)
        for doc, score in zip(docs[chosen].tolist(), scores.tolist(), strict=True):
            places.append((score, int(segment.stamps[doc]), segment.id_of(doc)))
    places.sort(key=lambda place: (-place[0], -place[1], place[2]))
    return tuple((identifier, score) for score, _, identifier in places[:depth])


def ndcg(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return what the first ten gain, over what the best ten possible would. ``relevant`` holds grades over 0."""
    ideal = sorted(relevant.values(), reverse=True)
    return _gain([relevant.get(identifier, 0) for identifier in found]) / _gain(ideal)


def average_precision(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the mean, over all relevant articles, of the precision at the rank of each; 0 for one not found."""
    ranks = [rank for rank, identifier in enumerate(found, 1) if identifier in relevant]
    return math.fsum(number / rank for number, rank in enumerate(ranks, 1)) / len(relevant)


def recall(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the share of the relevant articles that is among the first hundred."""
    return sum(identifier in relevant for identifier in found[:FIRST]) / len(relevant)


def _gain(grades: Sequence[int]) -> float:
    return math.fsum((2.0**grade - 1) / math.log2(1 + rank) for rank, grade in enumerate(grades[:TOP], 1))


def _relevant(grades: Mapping[str, int]) -> dict[str, int]:
    return {identifier: grade for identifier, grade in grades.items() if grade > 0}


def read_queries(path: Path) -> Queries:
    """Read a file of queries. Raises JudgmentError with file and line."""
    queries: dict[str, str] = {}
    for where, line in _lines(path):
        query, _, text = line.partition("\t")
        if not query.strip() or not text.strip():
            raise JudgmentError(f"{where}: a query is its id, a tab and its text, not {_shown(line)}.")
        if query in queries:
            raise JudgmentError(f"{where}: there is a query {query!r} already.")
        queries[query] = text
    return queries


def read_judgments(path: Path) -> Judgments:
    """Read a file of judgments. Raises JudgmentError with file and line."""
    judgments: dict[str, dict[str, int]] = {}
    for where, line in _lines(path):
        query, identifier, grade = parts if len(parts := line.split("\t")) == 3 else ("", "", "")
        if not query.strip() or not identifier.strip():
            raise JudgmentError(
                f"{where}: a judgment is a query's id, an article's id and a grade, with tabs between, "
                f"not {_shown(line)}."
            )
        grades = judgments.setdefault(query, {})
        if identifier in grades:
            raise JudgmentError(f"{where}: article {identifier!r} is judged for query {query!r} already.")
        grades[identifier] = _grade(grade.strip(), where)
    return judgments


def _grade(text: str, where: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 5 and int(text) <= MOST_GRADE):
        raise JudgmentError(f"{where}: a grade is a whole number, {MOST_GRADE} at most, not {_shown(text)}.")
    return int(text)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines that are not blank, each with its place."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JudgmentError(f"{path} cannot be read: {error.strerror}.") from None
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        where = f"{path}:{number}"
        try:
            line = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError:
            raise JudgmentError(f"{where}: this is not UTF-8.") from None
        if line.strip():
            yield where, line


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
