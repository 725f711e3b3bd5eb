"""The oracle of searching: a scan through the texts of all articles, as dumb as it can be.

It knows of no index, no postings and no arrays. It analyses each text, looks at every word of it for every leaf of a
query, and puts into numbers what the design says in words. Nothing of ``search`` takes part but the parsed query.

    scan = Scan(articles)
    scan.search(SearchRequest(query="peace talks")).ids
"""

import datetime
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from whoosh.query import And, DateRange, Every, FuzzyTerm, Not, Or, Prefix, Sequence, Term

from index.analysis import Token, analyse
from index.language import detect
from index.quantise import BODY_TIMES, LENGTHS
from index.settings import MAX_EXPANSIONS
from index.stemming import fold, primary, stem
from search import Article, SearchRequest
from search.grammar import parse

K1, B = 1.6, 0.75


TEXT_LENGTHS = tuple(LENGTHS.tolist())
TIMES = tuple(BODY_TIMES.tolist())


@dataclass(frozen=True)
class Document:
    """An article and its words."""

    article: Article
    language: str
    title: list[Token]
    body: list[Token]
    byline: list[Token]

    @property
    def moment(self) -> datetime.datetime | None:
        """When it appeared; a day alone is its midnight."""
        date = self.article.date
        if date is None or isinstance(date, datetime.datetime):
            return date
        return datetime.datetime(date.year, date.month, date.day)


@dataclass(frozen=True)
class Answer:
    """All that match, best first, with their scores rounded as they are compared."""

    match: Literal["all", "most", "any"]
    min_words: int | None
    ids: list[str]
    scores: list[float]


@lru_cache(None)
def nearest(levels: tuple[float, ...], value: float) -> float:
    """Return the level that is nearest, the lower of two."""
    return min(levels, key=lambda level: (abs(level - value), level))


class Scan:
    """Answers requests by reading every article again for each.

    ``written`` are all articles whose words can be looked up by how they are spelt, where these are not just the
    ``articles`` that are there. ``length`` says how many words a text of n words counts.
    """

    def __init__(
        self,
        articles: Iterable[Article],
        *,
        written: Iterable[Article] | None = None,
        title_weight: float = 2.0,
        archive_language: str = "en",
        length: Callable[[float], float] = lambda words: nearest(TEXT_LENGTHS, words),
    ) -> None:
        self._archive_language = archive_language
        self.documents = [self._document(article) for article in articles]
        others = self.documents if written is None else [self._document(article) for article in written]
        self._spelt = Counter(
            (t.surface, t.stem, primary(document.language))
            for document in others
            for t in (*document.title, *document.body)
        )
        self._languages = {primary(document.language) for document in self.documents} or {"en"}
        self._weight = title_weight
        self._length = length
        self._lengths = {
            field: sum(self._length_of(field, document) for document in self.documents)
            for field in ("text", "title", "body")
        }
        self._stems: dict[str, set[tuple[str, str]]] = {}
        self._holding: dict[str, int] = {}

    def _document(self, article: Article) -> Document:
        language = article.language or detect(f"{article.title}\n{article.body}") or self._archive_language
        return Document(
            article,
            language,
            list(analyse(article.title, language)),
            list(analyse(article.body, language)),
            list(analyse(article.byline or "", "und")),
        )

    def search(self, request: SearchRequest) -> Answer:
        """Answer a request, all pages at once."""
        match, min_words, scored = self._scored(request)
        found = [(document, round(score, 6)) for document, score in scored if self._allowed(document, request)]
        by_score = request.order_by == "relevance"

        def place(pair: tuple[Document, float]) -> tuple[float, bool, float, str]:
            document, score = pair
            moment = document.moment
            minutes = (moment - datetime.datetime.min).total_seconds() if moment else 0.0
            return (
                -score if by_score else 0.0,
                moment is None,
                minutes if request.order_by == "oldest" else -minutes,
                document.article.id,
            )

        found.sort(key=place)
        return Answer(match, min_words, [d.article.id for d, _ in found], [score for _, score in found])

    def holding(self, request: SearchRequest, *, sections: bool = True, dates: bool = True) -> list[Document]:
        """Return what matches a request with its section filter or its dates left out of account."""
        _, _, scored = self._scored(request)
        return [d for d, _ in scored if self._allowed(d, request, sections=sections, dates=dates)]

    def _scored(
        self, request: SearchRequest
    ) -> tuple[Literal["all", "most", "any"], int | None, list[tuple[Document, float]]]:
        parsed = parse(request.query, "any" if request.match == "any" else "all")
        if request.match == "auto" and not parsed.operators:
            different = {_name(leaf): leaf for leaf in parsed.clauses}
            rare = [leaf for leaf in different.values() if self._containing(leaf) * 10 <= len(self.documents)]
            rare = rare or list(different.values())
            if len(rare) >= 3:
                within = [
                    d
                    for d in self.documents
                    if self._allowed(d, request) and all(self.matches(limit, d) for limit in parsed.limits)
                ]
                if sum(all(self.matches(leaf, d) for leaf in rare) for d in within) < 10:
                    needed = (7 * len(rare) + 9) // 10
                    return "most", needed, self._with_most(rare, needed, parsed.clauses, parsed.limits)
        hits = [(d, self.score(parsed.tree, d)) for d in self.documents if self.matches(parsed.tree, d)]
        return ("any" if request.match == "any" else "all"), None, hits

    def _with_most(
        self, rare: list[Any], needed: int, clauses: Iterable[Any], limits: Iterable[Any]
    ) -> list[tuple[Document, float]]:
        return [
            (d, sum(self.score(leaf, d) for leaf in clauses if self.matches(leaf, d)))
            for d in self.documents
            if sum(self.matches(leaf, d) for leaf in rare) >= needed and all(self.matches(limit, d) for limit in limits)
        ]

    def _allowed(self, d: Document, request: SearchRequest, *, sections: bool = True, dates: bool = True) -> bool:
        section = _plain(d.article.section or "")
        if sections and request.sections and section not in [_plain(name) for name in request.sections]:
            return False
        if sections and section in [_plain(name) for name in request.excluded_sections]:
            return False
        if request.languages and not any(_is_of(d.language, wanted) for wanted in request.languages):
            return False
        if not dates or (request.from_date is None and request.to_date is None):
            return True
        day = d.moment and d.moment.date()
        return day is not None and (request.from_date or day) <= day <= (request.to_date or day)

    def matches(self, node: Any, d: Document) -> bool:
        """Whether an article is among those that a tree asks for."""
        if isinstance(node, And):
            return all(self.matches(child, d) for child in node.subqueries)
        if isinstance(node, Or):
            return any(self.matches(child, d) for child in node.subqueries)
        if isinstance(node, Not):
            return not self.matches(node.query, d)
        if isinstance(node, Every):
            return True
        if isinstance(node, DateRange):
            at = d.moment
            return (
                at is not None
                and (node.startdate is None or node.startdate <= at)
                and (node.enddate is None or at < node.enddate)
            )
        if node.fieldname == "section":
            return d.article.section is not None and _plain(d.article.section) == node.text
        if node.fieldname == "language":
            return _is_of(d.language, node.text)
        return any(self.times(node, d))

    def score(self, node: Any, d: Document) -> float:
        """Add up the leaves that had a part in the match of an article that matches."""
        if isinstance(node, And | Or):
            return sum(self.score(child, d) for child in node.subqueries if self.matches(child, d))
        if isinstance(node, Not | Every | DateRange) or node.fieldname in ("section", "language", "byline"):
            return 0.0
        in_title, in_body = self.times(node, d)
        # A word asked for in one field has only that field's frequency and length.
        tf = (self._weight if node.fieldname == "text" else 1.0) * in_title + in_body
        length = self._length_of(node.fieldname, d)
        average = self._lengths[node.fieldname] / len(self.documents)
        n = self._containing(node)
        idf = math.log(1 + (len(self.documents) - n + 0.5) / (n + 0.5))
        without = (len(self.documents) - n + 0.5) / (len(self.documents) + 1)
        return float(node.boost) * idf * without * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average))

    def _length_of(self, field: str, d: Document) -> float:
        """Words of an article in a field: exact in one, as the codec keeps them in both together."""
        if field == "text":
            return self._length(self._weight * len(d.title) + len(d.body))
        return float(len(d.title if field == "title" else d.body))

    def times(self, leaf: Any, d: Document) -> tuple[float, float]:
        """Count how often a leaf occurs in title (or byline) and in body, words as the codec keeps their number."""
        texts = {"text": (d.title, d.body), "title": (d.title, []), "body": ([], d.body), "byline": (d.byline, [])}
        first, second = texts[leaf.fieldname]
        if isinstance(leaf, Sequence):
            return self._together(leaf, first, d), self._together(leaf, second, d)
        title = Counter(token.stem for token in first if self.stands_for(leaf, token, d))
        body = Counter(token.stem for token in second if self.stands_for(leaf, token, d))
        return float(sum(min(n, 3) for n in title.values())), sum(nearest(TIMES, n) for n in body.values())

    def _together(self, leaf: Any, text: list[Token], d: Document) -> int:
        slots = leaf.subqueries
        if leaf.ordered:
            return sum(
                at + len(slots) <= len(text)
                and all(self.stands_for(slot, text[at + i], d) for i, slot in enumerate(slots))
                for at in range(len(text))
            )
        places = [{i for i, token in enumerate(text) if self.stands_for(slot, token, d)} for slot in slots]
        return len(windows(places, slots, leaf.slop))

    def stands_for(self, leaf: Any, token: Token, d: Document) -> bool:
        """Whether a leaf of one word asks for a word of an article: its stems count in their own languages only."""
        name = _name(leaf)
        if name not in self._stems:
            self._stems[name] = self._stems_of(leaf)
        return (token.stem, "" if leaf.fieldname == "byline" else primary(d.language)) in self._stems[name]

    def _stems_of(self, leaf: Any) -> set[tuple[str, str]]:
        if leaf.fieldname == "byline":
            return {(stem(leaf.text, "und"), "")}
        if isinstance(leaf, Term):
            spelt = {(stem_, language) for surface, stem_, language in self._spelt if surface == fold(leaf.text)}
            return spelt | {(stem(leaf.text, language), language) for language in self._languages}
        surfaces: Counter[str] = Counter()
        for (surface, _, _), times in self._spelt.items():
            if isinstance(leaf, Prefix) and surface.startswith(leaf.text):
                surfaces[surface] += times
            if isinstance(leaf, FuzzyTerm) and typos(leaf.text, surface) <= leaf.maxdist:
                surfaces[surface] += times
        kept = sorted(surfaces, key=lambda surface: (-surfaces[surface], surface))[: MAX_EXPANSIONS.value()]
        return {(stem_, language) for surface, stem_, language in self._spelt if surface in kept}

    def _containing(self, leaf: Any) -> int:
        name = _name(leaf)
        if name not in self._holding:
            self._holding[name] = sum(any(self.times(leaf, d)) for d in self.documents)
        return self._holding[name]


def windows(places: list[set[int]], slots: list[Any], slop: int) -> list[tuple[int, int]]:
    """Find near words by trying every stretch of a text.

    A stretch counts when it holds every slot's word, a word asked for twice at two places, when it holds them no more
    without its first or its last place, and when no more than ``slop`` other words fit between.
    """
    needed = Counter(_name(slot) for slot in slots)
    where = {_name(slot): place for slot, place in zip(slots, places, strict=True)}

    def holds(low: int, high: int) -> bool:
        return all(sum(low <= p <= high for p in where[name]) >= times for name, times in needed.items())

    ends = sorted(set().union(*places))
    return [
        (low, high)
        for low in ends
        for high in ends
        if low <= high < low + len(slots) + slop
        and holds(low, high)
        and not holds(low + 1, high)
        and not holds(low, high - 1)
    ]


def typos(one: str, other: str) -> int:
    """Count the letters to put in, take out, replace or swap with their neighbour (optimal string alignment)."""
    rows = [[i + j if 0 in (i, j) else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def _name(leaf: Any) -> str:
    """What a leaf asks for, in words; its boost and its place in the query have no part in it."""
    if isinstance(leaf, Sequence):
        how = "in order" if leaf.ordered else f"within {leaf.slop}"
        return f"{how} [{', '.join(_name(slot) for slot in leaf.subqueries)}]"
    return f"{type(leaf).__name__} {leaf.fieldname}:{leaf.text} {getattr(leaf, 'maxdist', '')}"


def _plain(section: str) -> str:
    return unicodedata.normalize("NFKC", section).casefold().strip()


def _is_of(tag: str, wanted: str) -> bool:
    return f"{tag}-".lower().startswith(f"{wanted}-".lower())
