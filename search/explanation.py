"""Explanation: why a request finds what it finds, word by word and filter by filter. For answers that are empty."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from whoosh.query import FuzzyTerm, Or, Prefix, Sequence

from search.corrections import Corrector, NearWord, typed_words
from search.executor import Executor
from search.grammar import Node, leaves, parse, scores
from search.plan import Plan
from search.request import SearchRequest

WordKind = Literal["word", "phrase", "prefix", "typo"]
MOST_LEFT_OUT = 8
"""Words of a query up to which each is left out on trial."""

FilterName = Literal["sections", "excluded_sections", "languages", "dates"]


@dataclass(frozen=True, slots=True)
class WordExplained:
    """A word or phrase of the query as it is written there, from character ``start`` to ``end``.

    ``articles`` is how many articles have it, in the whole archive; ``near`` are words that do occur, where this one
    does not. ``excluded`` words are those that no article may have. ``rest`` is the query without it and ``without``
    how many articles that finds within the filters; None where the query is no list of words, or a long one.
    """

    text: str
    start: int
    end: int
    kind: WordKind
    excluded: bool
    articles: int
    near: tuple[NearWord, ...]
    rest: str | None = None
    without: int | None = None


@dataclass(frozen=True, slots=True)
class FilterExplained:
    """A filter of the request, its values as they were given, and how many articles there would be without it."""

    name: FilterName
    values: tuple[str, ...]
    without: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of a request: ``total`` articles; ``unfiltered`` without any filter; ``any_word`` with one word.

    ``any_word`` keeps the filters and is None where the query is no list of words. ``filters`` are in the order of
    SearchRequest, the dates as one: from, to.
    """

    total: int
    unfiltered: int
    any_word: int | None
    words: tuple[WordExplained, ...]
    filters: tuple[FilterExplained, ...]


def explain(
    request: SearchRequest,
    plan: Plan,
    total_of: Callable[[SearchRequest], int],
    corrector: Corrector,
    executor: Executor,
) -> Explanation:
    """Explain a request; ``total_of`` says what another one finds."""
    request = replace(request, page=1, cursor=None, facets=())
    changes: list[tuple[FilterName, tuple[str, ...], dict[str, Any]]] = [
        ("sections", request.sections, {"sections": ()}),
        ("excluded_sections", request.excluded_sections, {"excluded_sections": ()}),
        ("languages", request.languages, {"languages": ()}),
    ]
    days = [day.isoformat() if day else "" for day in (request.from_date, request.to_date)]
    changes.append(("dates", tuple(days) if any(days) else (), {"from_date": None, "to_date": None}))
    given = [change for change in changes if change[1]]
    bare = replace(request, **{name: value for _, _, fields in given for name, value in fields.items()})
    words = tuple(_left_out(request, [*_words(request.query, plan.tree, corrector, executor)], total_of))
    several = len([word for word in words if not word.excluded]) > 1
    return Explanation(
        total=plan.total,
        unfiltered=total_of(bare) if given else plan.total,
        any_word=total_of(replace(request, match="any")) if several and request.match != "any" else None,
        words=words,
        filters=tuple(
            FilterExplained(name, values, total_of(replace(request, **fields))) for name, values, fields in given
        ),
    )


def _left_out(
    request: SearchRequest, words: list[WordExplained], total_of: Callable[[SearchRequest], int]
) -> Iterator[WordExplained]:
    """Say of each word what there would be without it."""
    parsed = parse(request.query)
    several = not parsed.operators and 1 < len(parsed.clauses) <= MOST_LEFT_OUT
    for word in words:
        others = [leaf.key for leaf in parsed.clauses if (leaf.startchar, leaf.endchar) != (word.start, word.end)]
        rest = " ".join(f"{request.query[: word.start]} {request.query[word.end :]}".split())
        # What is left has to read as before, which it may not with an AND that has lost its word.
        if several and others == [leaf.key for leaf in parse(rest).clauses]:
            yield replace(word, rest=rest, without=total_of(replace(request, query=rest)))
        else:
            yield word


def _words(query: str, tree: Node, corrector: Corrector, executor: Executor) -> Iterator[WordExplained]:
    wanted = {id(leaf) for leaf in leaves(tree, wanted=True)}
    told = set()
    for leaf in leaves(tree):
        place = (leaf.startchar, leaf.endchar)
        if not scores(leaf) or place in told:
            continue
        told.add(place)
        articles = executor.frequency(leaf)
        near: tuple[NearWord, ...] = ()
        if not articles and id(leaf) in wanted:
            missing = [word for word in typed_words(query, Or([leaf]), executor) if not word.articles]
            near = tuple(one for word in missing for one in corrector.nearest(word.text, executor))
        kind: WordKind = "word"
        if isinstance(leaf, Sequence):
            kind = "phrase"
        elif isinstance(leaf, Prefix):
            kind = "prefix"
        elif isinstance(leaf, FuzzyTerm):
            kind = "typo"
        yield WordExplained(query[slice(*place)], *place, kind, id(leaf) not in wanted, articles, near)
