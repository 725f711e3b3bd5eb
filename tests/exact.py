"""What the proofs of the executor share: archives and requests by chance, and the plain executor's whole answers."""

import datetime
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from index import Article, open_writer
from index.schema import UNDATED
from search import Searcher, SearchRequest
from search.errors import QueryError
from tests.plain_collection import PlainCollection
from tests.plain_executor import PlainExecutor
from tests.searching import random_article, random_request

_ENGLISH = "bank banks banking river rivers peace talks war harbour bridge salmon strike ferry vote mayor the they of"
_FRENCH = "le chat noir les chats dans la maison des élections à Paris est grève"
WORDS, FRENCH = _ENGLISH.split(), _FRENCH.split()
SECTIONS = ["Politics", "politics", "Sport", "Harbour & Transport", None]


def articles(seed: int, count: int) -> list[Article]:
    """Return random articles of a small vocabulary, so that words meet, scores tie and lengths differ."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        if number % 4 == 3:
            made.append(random_article(draw, f"a{number:04}"))
            continue
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
                # Words of one language in articles of another: the stems of each are its own.
                language=draw.choice(["fr", "fr", "pl"] if words is FRENCH else [None, None, "en", "pl", "de"]),
            )
        )
    return made


def requests(seed: int, count: int, made: Sequence[Article]) -> Iterator[SearchRequest]:
    """Yield random requests of every kind that the query language can make, a third with words out of articles."""
    draw = random.Random(seed)
    texts = [text for article in made for text in (article.title, article.body)]

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

    for number in range(count):
        if number % 3 == 2:
            yield random_request(draw, texts)
            continue
        text = " ".join(leaf() for _ in range(draw.randrange(1, 5))) if draw.random() < 0.7 else tree(3)
        plain = number % 12 == 4
        if plain:
            # Several rare words, of which most are enough where hardly any article has them all.
            text = " ".join(draw.choice(draw.choice(texts).split() or WORDS) for _ in range(draw.randrange(3, 7)))
        day = datetime.date(2020, 1, 1) + datetime.timedelta(days=draw.randrange(50))
        yield SearchRequest(
            query="" if draw.random() < 0.03 else text,
            match="auto" if plain else draw.choice(["auto", "all", "any"]),
            order_by=draw.choice(["relevance", "relevance", "newest", "oldest"]),
            sections=tuple(draw.sample(["politics", "SPORT", "none"], draw.choice([0, 0, 0, 1, 2]))),
            excluded_sections=("sport",) if draw.random() < 0.1 else (),
            languages=("fr",) if draw.random() < 0.1 else (),
            from_date=day if draw.random() < 0.2 else None,
            to_date=day + datetime.timedelta(days=9) if draw.random() < 0.2 else None,
            page_size=draw.choice([1, 3, 10, 100]),
            page=draw.choice([1, 1, 1, 2, 5]),
        )


def segmented(folder: Path, made: Sequence[Article], segments: int, seed: int) -> Path:
    """Make an index of that many segments, each with deleted articles in it."""
    draw = random.Random(seed)
    for part in range(segments):
        with open_writer(folder) as writer:
            for article in made[part::segments]:
                writer.add(article)
            for there in range(part + 1):
                for article in draw.sample(made[there::segments], 12 // segments + 1):
                    writer.remove(article.id)
    return folder


class Oracle:
    """The plain executor's answers over the generation that a searcher has open."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._collection = PlainCollection(searcher._collection)
        self._plain = PlainExecutor(self._collection)

    def ranked(self, request: SearchRequest) -> list[tuple[str, float]]:
        """Return every hit's id and score, best first, whatever page is asked for. Raises QueryError."""
        collection = self._collection
        tree = self._searcher.plan(request).tree
        docs = self._plain.matches(tree) & self._plain.filtered(request)
        scores = {doc: round(score, 6) for doc, score in self._plain.score(tree, docs).items()}

        def key(doc: int) -> tuple[float, bool, int, str]:
            when = collection.stamps[doc]
            by_score = -scores[doc] if request.order_by == "relevance" else 0.0
            return by_score, when == UNDATED, when if request.order_by == "oldest" else -when, collection.ids[doc]

        return [(collection.ids[doc], scores[doc]) for doc in sorted(docs, key=key)]

    def answered(self, request: SearchRequest) -> int:
        """Hold the searcher's answer to a request against the plain one; give how many hits there are."""
        try:
            answer = self._searcher.top(request)
        except QueryError:
            return 0
        ranked = self.ranked(request)
        first = (request.page - 1) * request.page_size
        page = ranked[first : first + request.page_size]
        assert answer.total == len(ranked), request
        assert list(answer.ids) == [identifier for identifier, _ in page], request
        assert all(abs(ours - theirs) < 1.1e-6 for ours, (_, theirs) in zip(answer.scores, page, strict=True)), request
        return answer.total
