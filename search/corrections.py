"""Corrections: "did you mean", from the words that the archive holds.

A word is doubted when hardly any article has it. It is corrected to the nearest word that occurs, a wrong first letter
counting twice, the most frequent of equally near ones; and a corrected query is only told when it was tried and finds
more than the query as typed. Words of a few articles are not doubted: of 600 with three to nine articles, longer than
five letters, 40 have a neighbour fifty times as common, and hardly one of these was a slip. They are where nothing is
found and another word of the query is doubted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA
from whoosh.query import Sequence, Term

from index.stemming import fold
from index.words import words
from search.collection import Collection
from search.errors import QueryError
from search.executor import Executor
from search.grammar import Node, keyed, leaves, scores
from search.kept import Kept
from search.plan import ENOUGH, Plan
from search.request import SearchRequest
from search.terms import within

MOST = 3
"""Corrected queries that are told, and near words of each word."""

DOUBTFUL = 2
"""Articles with a word up to which it may be a slip of somebody's pen."""

COMMONER = 20
"""How many times more articles a word has to have than the doubted one it takes the place of."""

SHORT = 5
"""Letters of a word up to which one typo makes it another word."""

LEAST = 3
"""Letters that a word has to have to be told from its neighbours."""

KEPT_BYTES = 1_000_000
"""Memory for the words that were looked for."""

BYTES_PER_WORD = 500
"""Memory counted for each of them."""

WEIGHED = 200
"""Near words that are weighed against each other at most."""


@dataclass(frozen=True, slots=True)
class NearWord:
    """A word that occurs, near to one that was typed: how many typos away, and how many articles have it."""

    text: str
    distance: int
    articles: int


@dataclass(frozen=True, slots=True)
class TypedWord:
    """A word of a query as it is spelt in the index, the characters of the query it stands for, and its articles."""

    text: str
    start: int
    end: int
    articles: int


Choices = list[tuple[TypedWord, list[NearWord]]]
"""Doubted words, and what may have been meant by each, best first."""

Stems = tuple[tuple[int, ...], ...]


def stems_of(leaf: Node, collection: Collection) -> Stems:
    """Return what a word is looked up by in each segment: the same for the forms of one word."""
    return tuple([tuple(reading.terms) for reading in collection.read(leaf)])


class Corrector:
    """Knows the words that are near to others in one collection. Safe for several threads."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._kept = Kept(KEPT_BYTES)

    def corrected(
        self, request: SearchRequest, plan: Plan, total_of: Callable[[SearchRequest], int], executor: Executor
    ) -> tuple[str, ...]:
        """Return queries that find more, best first, none where the request finds enough.

        ``total_of`` says what another request would find.
        """
        if plan.total >= ENOUGH:
            return ()
        typed = list(typed_words(request.query, plan.tree, executor))
        doubted = [word for word in typed if word.articles <= DOUBTFUL]
        choices = self._choices(doubted, executor)
        found = _tried(request, plan, total_of, choices)
        if doubted and not found and not plan.total:
            # Who slips twice may hit upon a word that others have slipped into, which is in some articles.
            more = self._choices(typed, executor)
            if len(more) > len(choices):
                found = _tried(request, plan, total_of, more)
        return tuple(found)

    def _choices(self, words: Iterable[TypedWord], executor: Executor) -> Choices:
        """Return those of some words that very much commoner ones are near to, with these."""
        choices = []
        for word in words:
            least = COMMONER * word.articles or 1
            near = [one for one in self.nearest(word.text, executor) if one.articles >= least]
            if near:
                choices.append((word, near))
        return choices

    def nearest(self, word: str, executor: Executor) -> tuple[NearWord, ...]:
        """Return the words that occur and are nearest to one that is typed, of these the spellings most frequent first.

        One typo away, else two; none for what is too short or a number. Of several forms of a word the nearest is told,
        of these the shortest.
        """
        typed = fold(word)
        if len(typed) < LEAST or not typed.isalpha():
            return ()
        found: tuple[NearWord, ...] | None = self._kept.get(typed)
        if found is None:
            found = self._near(typed, 1, executor)
            if not found and len(typed) > SHORT:
                found = self._near(typed, 2, executor)
            self._kept.keep(typed, found, BYTES_PER_WORD)
        return found

    def _near(self, typed: str, distance: int, executor: Executor) -> tuple[NearWord, ...]:
        near: dict[Stems, NearWord] = {}
        surfaces = [one for one in within(typed, distance, self._collection) if one != typed]
        surfaces.sort(key=lambda surface: (surface[0] != typed[0], abs(len(surface) - len(typed)), surface))
        for surface in surfaces[:WEIGHED]:
            leaf = keyed(Term("text", surface))
            if articles := executor.frequency(leaf):
                found = NearWord(surface, int(OSA.distance(typed, surface)), articles)
                kept = near.setdefault(stems_of(leaf, self._collection), found)
                if (found.distance, len(surface)) < (kept.distance, len(kept.text)):
                    near[stems_of(leaf, self._collection)] = found

        def rank(one: NearWord) -> tuple[int, int, str]:
            # Few type a wrong first letter: it counts twice, so that *oill* is *oil* before *will*. And it is a
            # spelling that was meant: *tyrng* is no *tying* for all the articles that have *tie*.
            typos = one.distance + (one.text[0] != typed[0])
            return typos, -self._collection.frequency(one.text), one.text

        return tuple(sorted(near.values(), key=rank)[:MOST])


def typed_words(query: str, tree: Node, executor: Executor) -> Iterator[TypedWord]:
    """Yield the words of a query that are wanted in title or body, on their own or in a phrase."""
    for leaf in leaves(tree, wanted=True):
        if scores(leaf):
            for slot in leaf.subqueries if isinstance(leaf, Sequence) else [leaf]:
                if type(slot) is not Term:
                    continue
                low, high = slot.startchar, slot.endchar
                places = [word for word in words(query[low:high], query=True) if word.text == slot.text]
                if places:
                    start, end = low + places[-1].start, low + places[-1].end
                    yield TypedWord(slot.text, start, end, executor.frequency(keyed(Term("text", slot.text))))


def _tried(request: SearchRequest, plan: Plan, total_of: Callable[[SearchRequest], int], choices: Choices) -> list[str]:
    """Return the corrected queries that find more."""
    found: list[str] = []
    for query in _variants(request.query, choices):
        other = replace(request, query=query, page=1, cursor=None, facets=())
        if query not in found and _finds_more(other, plan.total, total_of):
            found.append(query)
            if len(found) == MOST:
                break
    return found


def _variants(query: str, choices: Choices) -> Iterator[str]:
    """Yield the query with every doubted word corrected, then with other corrections of one of them."""
    if not choices:
        return
    best = {word: near[0].text for word, near in choices}
    yield _written(query, best)
    for word, near in choices:
        for other in near[1:]:
            yield _written(query, {**best, word: other.text})


def _written(query: str, instead: dict[TypedWord, str]) -> str:
    for word in sorted(instead, key=lambda word: -word.start):
        query = query[: word.start] + instead[word] + query[word.end :]
    return query


def _finds_more(request: SearchRequest, total: int, total_of: Callable[[SearchRequest], int]) -> bool:
    try:
        return total_of(request) > total
    except QueryError:  # a correction may be longer than a query can be
        return False
