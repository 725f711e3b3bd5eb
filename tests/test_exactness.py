"""The executor of arrays answers what the plain one answers: set, order, score and total, for every kind of query."""

import datetime
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Article, open_writer
from search import SearchRequest, open_searcher
from search.errors import QueryError
from search.searcher import Searcher
from tests.plain_collection import PlainCollection
from tests.plain_executor import PlainExecutor

WORDS = [
    "bank",
    "banks",
    "banking",
    "river",
    "rivers",
    "peace",
    "talks",
    "war",
    "harbour",
    "bridge",
    "salmon",
    "strike",
    "ferry",
    "vote",
    "mayor",
    "the",
    "of",
]
FRENCH = [
    "le",
    "chat",
    "noir",
    "les",
    "chats",
    "dans",
    "la",
    "maison",
    "des",
    "élections",
    "à",
    "Paris",
    "est",
    "grève",
]
SECTIONS = ["Politics", "politics", "Sport", "Harbour & Transport", None]


def articles(seed: int, count: int) -> list[Article]:
    """Return random articles of a small vocabulary, so that words meet, scores tie and lengths differ."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        words = FRENCH if draw.random() < 0.15 else WORDS
        size = draw.choice([0, 3, 8, 20, 60, 150])
        date: datetime.date | None = datetime.date(2020, 1, 1) + datetime.timedelta(days=draw.randrange(60))
        if draw.random() < 0.5 and date is not None:
            date = datetime.datetime.combine(date, datetime.time(draw.randrange(24), draw.randrange(60)))
        made.append(
            Article(
                id=f"a{number:04}",
                title=" ".join(draw.choices(words, k=draw.choice([1, 2, 4, 9]))),
                body=" ".join(draw.choices(words, k=size)),
                section=draw.choice(SECTIONS),
                date=None if draw.random() < 0.1 else date,
                byline=draw.choice([None, "Ann Banks", "Bob River"]),
                language="fr" if words is FRENCH else None,
            )
        )
    return made


def queries(seed: int, count: int) -> Iterator[SearchRequest]:
    """Yield random requests of every kind that the query language can make."""
    draw = random.Random(seed)

    def word() -> str:
        return draw.choice(draw.choice([WORDS, WORDS, FRENCH]))

    def leaf() -> str:
        kind = draw.randrange(12)
        if kind < 5:
            return word() + (f"^{draw.choice(['2', '0.5'])}" if draw.random() < 0.2 else "")
        if kind == 5:
            return f'"{word()} {word()}"'
        if kind == 6:
            return f'"{word()} {word()} {word()}"~{draw.randrange(1, 6)}'
        if kind == 7:
            return word()[: draw.randrange(1, 4)] + "*"
        if kind == 8:
            return word() + draw.choice(["~", "~1", "~2"])
        if kind == 9:
            return draw.choice(["title:", "body:"]) + draw.choice([word(), f'"{word()} {word()}"', word()[:2] + "*"])
        if kind == 10:
            return draw.choice(["section:politics", "language:fr", "byline:banks", "date:2020-01", "date:>2020-02-10"])
        return "-" + word()

    def tree(depth: int) -> str:
        if depth == 0 or draw.random() < 0.5:
            return leaf()
        return f"({tree(depth - 1)} {draw.choice(['AND', 'OR', ''])} {tree(depth - 1)})"

    for _ in range(count):
        text = " ".join(leaf() for _ in range(draw.randrange(1, 5))) if draw.random() < 0.7 else tree(3)
        day = datetime.date(2020, 1, 1) + datetime.timedelta(days=draw.randrange(50))
        yield SearchRequest(
            query="" if draw.random() < 0.03 else text,
            match=draw.choice(["auto", "all", "any"]),
            order_by=draw.choice(["relevance", "relevance", "newest", "oldest"]),
            sections=tuple(draw.sample(["politics", "SPORT", "none"], draw.choice([0, 0, 0, 1, 2]))),
            excluded_sections=("sport",) if draw.random() < 0.1 else (),
            languages=("fr",) if draw.random() < 0.1 else (),
            from_date=day if draw.random() < 0.2 else None,
            to_date=day + datetime.timedelta(days=9) if draw.random() < 0.2 else None,
            page_size=draw.choice([1, 3, 10, 100]),
            page=draw.choice([1, 1, 1, 2, 5]),
        )


def make_index(folder: Path, seed: int, segments: int) -> Path:
    """Make an index of several segments with deletions and updates in it."""
    made = articles(seed, 400)
    draw = random.Random(seed)
    for part in range(segments):
        with open_writer(folder) as writer:
            for article in made[part::segments]:
                writer.add(article)
            for _ in range(8 if segments > 1 else 0):
                writer.remove(f"a{draw.randrange(400):04}")
    if segments == 1:
        with open_writer(folder) as writer:
            for number in range(0, 40, 3):
                writer.remove(f"a{number:04}")
    return folder


def compare(searcher: Searcher, request: SearchRequest) -> None:
    """Hold one answer against the plain executor's."""
    try:
        answer = searcher.top(request)
    except QueryError:
        return
    collection = PlainCollection(searcher._collection)
    plain = PlainExecutor(collection)
    plan = searcher.plan(request)
    docs = plain.matches(plan.tree) & plain.filtered(request)
    scores = {doc: round(score, 6) for doc, score in plain.score(plan.tree, docs).items()}

    def key(doc: int) -> tuple[float, bool, int, str]:
        when = collection.stamps[doc]
        undated = when == min(-(1 << 63), when)
        by_score = -scores[doc] if request.order_by == "relevance" else 0.0
        return by_score, undated, when if request.order_by == "oldest" else -when, collection.ids[doc]

    first = (request.page - 1) * request.page_size
    page = sorted(docs, key=key)[first : first + request.page_size]
    assert answer.total == len(docs), request
    assert list(answer.ids) == [collection.ids[doc] for doc in page], request
    assert list(answer.scores) == pytest.approx([scores[doc] for doc in page], abs=1.1e-6), request


@pytest.mark.parametrize("segments", [1, 3, 7])
def test_every_query_is_answered_as_the_plain_executor_answers_it(tmp_path: Path, segments: int) -> None:
    """Random queries of every kind, on one segment and several with deletions: the same documents, order and scores."""
    with open_searcher(make_index(tmp_path / "index", segments, segments)) as searcher:
        for request in queries(segments, 150):
            compare(searcher, request)
