"""Queries, drawn from the articles with a fixed seed: real words of real articles, so that there is something to find.

Half of the words are drawn as they stand in the text, so that frequent ones come often; the other half from the
rarer half of an article's words. All engines get the same queries in the same order.
"""

import datetime
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from tests.benchmarks.articles import BenchmarkArticle

SEED = 20210118
SAMPLE = 20_000
"""Articles that queries are drawn from, chosen evenly from all."""

TRIES = 200
"""Draws after which a query that cannot be made is given up."""

# Words that every engine reads as one and the same word: plain letters, with nothing joined to them.
_WORD = re.compile(r"(?<![\w'’&+$.-])[A-Za-z]{3,20}(?![\w'’&+$-]|\.\w)")
_ONE_BLANK = re.compile(r"\s")

# Stock Whoosh does not index these. The frequent words that are left are frequent enough: "said" is in most articles.
STOP_WORDS = frozenset(
    [
        "and",
        "are",
        "can",
        "for",
        "from",
        "have",
        "may",
        "not",
        "tbd",
        "that",
        "the",
        "this",
        "when",
        "will",
        "with",
        "yet",
        "you",
        "your",
    ]
)


class Kind(Enum):
    """What a query asks for. The value is its name in the table."""

    WORD = "one word"
    ANY = "any of 2-4 words"
    ALL = "all of 2-4 words"
    PHRASE = "phrase"
    PREFIX = "prefix"
    FILTERED = "word, section, dates"
    FACETS = "word, both facets"
    NEWEST = "word, newest first"


@dataclass(frozen=True, slots=True)
class Query:
    """One query: its words in lower case (the one word of a PREFIX is the prefix), and the limits of a FILTERED one.

    ``first`` and ``last`` are days, both included.
    """

    kind: Kind
    words: tuple[str, ...]
    section: str | None = None
    first: datetime.date | None = None
    last: datetime.date | None = None

    @property
    def start(self) -> datetime.datetime:
        """Midnight at which ``first`` begins."""
        if self.first is None:
            raise ValueError(f"a query of the kind {self.kind.value!r} has no dates")
        return datetime.datetime.combine(self.first, datetime.time())

    @property
    def end(self) -> datetime.datetime:
        """Midnight at which ``last`` is over."""
        if self.last is None:
            raise ValueError(f"a query of the kind {self.kind.value!r} has no dates")
        return datetime.datetime.combine(self.last, datetime.time()) + datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Archive:
    """What the articles of a file come to: how many, their text in bytes, and an even sample of them."""

    articles: int
    text_bytes: int
    sample: tuple[BenchmarkArticle, ...]


def survey(articles: Iterable[BenchmarkArticle]) -> Archive:
    """Count articles and their text, and keep an even sample (Vitter's algorithm R), always the same one."""
    rng = random.Random(SEED)
    sample: list[BenchmarkArticle] = []
    count = text_bytes = 0
    for article in articles:
        count += 1
        text_bytes += article.text_bytes
        if len(sample) < SAMPLE:
            sample.append(article)
        elif (place := rng.randrange(count)) < SAMPLE:
            sample[place] = article
    return Archive(count, text_bytes, tuple(sample))


def draw(sample: Sequence[BenchmarkArticle], count: int) -> dict[Kind, tuple[Query, ...]]:
    """Draw ``count`` different queries of every kind; fewer, or none, where the articles do not hold so many."""
    texts = [_Text(article, words) for article in sample if len(words := _words(article)) >= 4]
    if not texts:
        return dict.fromkeys(Kind, ())
    containing = Counter(word for text in texts for word in set(text.words))
    drawn: dict[Kind, tuple[Query, ...]] = {}
    for kind, make in _MAKERS.items():
        # A generator of its own for each kind: more queries of one do not change those of another.
        rng = random.Random(f"{SEED} {kind.name}")
        queries: dict[Query, None] = {}
        for _ in range(count * TRIES):
            if len(queries) == count:
                break
            query = make(rng.choice(texts), rng, containing)
            if query is not None:
                queries[query] = None
        drawn[kind] = tuple(queries)
    return drawn


@dataclass(frozen=True, slots=True)
class _Text:
    article: BenchmarkArticle
    words: tuple[str, ...]


def _words(article: BenchmarkArticle) -> tuple[str, ...]:
    found = (match.group().lower() for match in _WORD.finditer(article.body))
    return tuple(word for word in found if word not in STOP_WORDS)


def _word(text: _Text, rng: random.Random, containing: Counter[str]) -> str:
    if rng.random() < 0.5:
        return rng.choice(text.words)
    by_rarity = sorted(set(text.words), key=lambda word: (containing[word], word))
    return rng.choice(by_rarity[: (len(by_rarity) + 1) // 2])


def _some_words(text: _Text, rng: random.Random, containing: Counter[str]) -> tuple[str, ...] | None:
    wanted = rng.randint(2, 4)
    words = dict.fromkeys(_word(text, rng, containing) for _ in range(4 * wanted))
    return tuple(words)[:wanted] if len(words) >= wanted else None


def _one(kind: Kind) -> "_Maker":
    return lambda text, rng, containing: Query(kind, (_word(text, rng, containing),))


def _several(kind: Kind) -> "_Maker":
    def make(text: _Text, rng: random.Random, containing: Counter[str]) -> Query | None:
        words = _some_words(text, rng, containing)
        return Query(kind, words) if words else None

    return make


def _phrase(text: _Text, rng: random.Random, _: Counter[str]) -> Query | None:
    matches = list(_WORD.finditer(text.article.body))
    length = rng.choice((2, 2, 3))
    if len(matches) < length:
        return None
    start = rng.randrange(len(matches) - length + 1)
    run = matches[start : start + length]
    joined = all(
        _ONE_BLANK.fullmatch(text.article.body, before.end(), after.start()) for before, after in pairwise(run)
    )
    words = tuple(match.group().lower() for match in run)
    return Query(Kind.PHRASE, words) if joined and not STOP_WORDS.intersection(words) else None


def _prefix(text: _Text, rng: random.Random, containing: Counter[str]) -> Query | None:
    word, length = _word(text, rng, containing), rng.randint(3, 5)
    return Query(Kind.PREFIX, (word[:length],)) if len(word) >= length + 2 else None


def _filtered(text: _Text, rng: random.Random, containing: Counter[str]) -> Query | None:
    article = text.article
    if article.section is None or not article.section.strip() or article.date is None:
        return None
    day = article.date.date()
    before, after = datetime.timedelta(rng.randint(0, 30)), datetime.timedelta(rng.randint(0, 30))
    word = _word(text, rng, containing)
    return Query(Kind.FILTERED, (word,), article.section, day - before, day + after)


_Maker = Callable[[_Text, random.Random, Counter[str]], Query | None]

_MAKERS: dict[Kind, _Maker] = {
    Kind.WORD: _one(Kind.WORD),
    Kind.ANY: _several(Kind.ANY),
    Kind.ALL: _several(Kind.ALL),
    Kind.PHRASE: _phrase,
    Kind.PREFIX: _prefix,
    Kind.FILTERED: _filtered,
    Kind.FACETS: _one(Kind.FACETS),
    Kind.NEWEST: _one(Kind.NEWEST),
}
