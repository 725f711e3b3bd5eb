"""What the tests of searching share: indexes made of a few articles, questions put in one line, archives by chance."""

import datetime
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from index import IndexSettings, Outcome, open_writer
from search import Article, Searcher, SearchRequest, SearchResults, open_searcher

_WORDS = {
    "en": "peace talks talk talking Armenia Armenian Karabakh Nagorno-Karabakh contact contacts contacted run running "
    "ran runs bridge bridges price prices war wars ministers U.S. US C++ R&D don’t O'Brien 1,250 3.5 the of to be",
    "fr": "l’armée armee élève élèves école ecole français francais le bridge contact run",
    "ru": "ёлка елки мир мира миру войны война чай Karabakh the",
    "de": "Häuser Haus Straße Strassen Krieg Kriege laufen läuft die contact bridge",
    "ja": "東京都 東京 京都 大阪 都 人 Karabakh run",
}
POOLS = {language: words.split() for language, words in _WORDS.items()}
SECTIONS = ("World", "WORLD", "Local news", "Économie", "Sport", None)
IDS = [f"{stem}{number}" for number in range(30) for stem in ("a", "B", "é", "10", "9", "z/")]
DATES = (
    None,
    datetime.date(2019, 12, 31),
    datetime.date(2020, 1, 1),
    datetime.datetime(2020, 1, 1, 0, 0),
    datetime.datetime(2020, 1, 1, 23, 59),
    datetime.datetime(2020, 1, 2, 0, 0),
    datetime.date(2020, 2, 29),
    datetime.date(2021, 1, 18),
    datetime.datetime(2021, 1, 18, 16, 26),
)
DAYS = sorted({date for date in DATES if date is not None and type(date).__name__ == "date"})


def make_index(folder: Path, *batches: Iterable[Article], language: str = "en") -> Path:
    """Write each batch of articles in a commit, and so in a segment, of its own; return the folder."""
    for batch in batches or ((),):
        with open_writer(folder, IndexSettings(language=language)) as writer:
            for article in batch:
                writer.add(article)
    return folder


def ask(searcher: Searcher, query: str = "", **more: Any) -> SearchResults:
    """Put a question."""
    return searcher.search(SearchRequest(query=query, **more))


def ids(results: SearchResults) -> list[str]:
    """Return the ids of the hits in their order."""
    return [hit.id for hit in results.hits]


def small(tmp_path: Path, *articles: Article | str, name: str = "index") -> Path:
    """Make an index of articles, or of bodies in English."""
    return make_index(
        tmp_path / name,
        [
            article if isinstance(article, Article) else Article(id=str(number), body=article, language="en")
            for number, article in enumerate(articles, 1)
        ],
    )


def found(folder: Path, query: str, **more: Any) -> list[str]:
    """Return the ids that a query finds, sorted."""
    with open_searcher(folder) as searcher:
        return sorted(ids(ask(searcher, query, page_size=100, **more)))


def shape(results: SearchResults) -> tuple[Any, ...]:
    """Return all of an answer that does not depend on time."""
    return results.total, results.match, results.min_words, results.warnings, results.hits, results.facets


def some_archive(folder: Path) -> Path:
    """Make an index of 60 articles of all sorts in three segments."""
    chance = random.Random(11)
    articles = [random_article(chance, identifier) for identifier in IDS[:60]]
    return make_index(folder, articles[:25], articles[25:50], articles[50:])


class RandomArchive:
    """An archive with a life of its own: articles added, changed and removed over several commits.

    ``articles`` are those in it; ``written`` every version that was ever written, since the surface vocabulary forgets
    none of them. Each commit brings one article that is never touched again, so that no segment is dropped whole.
    """

    def __init__(self, folder: Path, chance: random.Random, commits: int = 4) -> None:
        self.folder = folder
        self._chance = chance
        self._articles: dict[str, Article] = {}
        self.written: list[Article] = []
        for number in range(commits):
            self._commit(number)

    @property
    def articles(self) -> list[Article]:
        """The articles that are in the archive."""
        return list(self._articles.values())

    def _commit(self, number: int) -> None:
        chance = self._chance
        with open_writer(self.folder, IndexSettings(language="en")) as writer:
            batch = {f"kept-{number}": random_article(chance, f"kept-{number}")}
            for identifier in chance.sample(IDS, chance.randint(5, 14)):
                batch[identifier] = random_article(chance, identifier)
            for article in batch.values():
                if writer.add(article).outcome in (Outcome.ADDED, Outcome.UPDATED):
                    self.written.append(article)
                    self._articles[article.id] = article
            there = sorted(self._articles.keys() - batch.keys() - {f"kept-{old}" for old in range(number)})
            for identifier in chance.sample(there, min(len(there), chance.randint(0, 4))):
                writer.remove(identifier)
                del self._articles[identifier]


def random_article(chance: random.Random, identifier: str) -> Article:
    """Return an article of few different words, so that words meet often."""
    language = chance.choice([None, None, "en", "en-GB", "fr", "ru", "de", "ja", "und"])
    return Article(
        id=identifier,
        title=random_text(chance, language, chance.choice([0, 1, 3, 6])),
        body=random_text(chance, language, chance.choice([1, 4, 12, 30])),
        section=chance.choice(SECTIONS),
        date=chance.choice(DATES),
        byline=chance.choice([None, "Anna Smith", "Smith, John", "Élise O’Brien"]),
        language=language,
    )


def random_text(chance: random.Random, language: str | None, length: int) -> str:
    """Return some words, the first ones of the list more often than the others."""
    pool = POOLS.get(language or "", POOLS["en"])
    return " ".join(pool[min(chance.randrange(len(pool)), chance.randrange(len(pool)))] for _ in range(length))


def random_request(chance: random.Random, texts: Sequence[str]) -> SearchRequest:
    """Return a request with a random query and random filters."""
    days = sorted(chance.choices(DAYS, k=2))
    filtered = chance.random() < 0.4
    return SearchRequest(
        query=random_query(chance, texts) if chance.random() < 0.97 else "",
        sections=chance.choice([(), (), ("world",), ("World ", "sport"), ("nowhere",)]) if filtered else (),
        excluded_sections=chance.choice([(), (), ("LOCAL NEWS",)]) if filtered else (),
        languages=chance.choice([(), (), ("en",), ("fr", "RU")]) if filtered else (),
        from_date=chance.choice([None, None, days[0]]) if filtered else None,
        to_date=chance.choice([None, None, days[1]]) if filtered else None,
        order_by=chance.choice(["relevance", "relevance", "relevance", "newest", "oldest"]),
        match=chance.choice(["auto", "auto", "all", "any"]),
        page_size=100,
        facets=(),
    )


def random_query(chance: random.Random, texts: Sequence[str], depth: int = 3) -> str:
    """Return a query of any kind that the grammar knows, its words and phrases for the most part out of ``texts``."""
    if depth == 3 and chance.random() < 0.4:
        plain = [_word(chance, texts) if chance.random() < 0.8 else _phrase(chance, texts) for _ in range(5)]
        return " ".join([*plain[: chance.randint(1, 5)], *([_limit(chance)] if chance.random() < 0.15 else [])])
    if depth == 0 or chance.random() < 0.3:
        return _leaf(chance, texts)
    parts = [random_query(chance, texts, depth - 1) for _ in range(chance.randint(1, 3))]
    shape = chance.randrange(7)
    if shape == 0:
        return f"{chance.choice(['-', 'NOT '])}{_leaf(chance, texts)}"
    if shape == 1:
        return f"({chance.choice([' ', ' OR ', ' AND ']).join(parts)}){chance.choice(['', '', '^2.5'])}"
    if shape == 2:
        return f"{chance.choice(['title:', 'body:', 'NOT '])}({' '.join(parts)})"
    return chance.choice([" ", " ", " OR ", " AND "]).join(parts)


def _leaf(chance: random.Random, texts: Sequence[str]) -> str:
    if chance.random() < 0.12:
        return _limit(chance)
    leaf = _phrase(chance, texts) if chance.random() < 0.25 else _word(chance, texts)
    field = chance.choice(["", "", "", "", "title:", "body:"])
    return field + leaf + chance.choice(["", "", "", "", "^3", "^0.25"])


def _word(chance: random.Random, texts: Sequence[str]) -> str:
    found = chance.choice(texts).split()
    if not found or chance.random() < 0.1:
        return chance.choice(["unheard", "zzz", "東", "xqz~", "q*"])
    word = chance.choice(found).strip("-'")
    shape = chance.random()
    if shape < 0.15:
        return word[: chance.randint(1, 4)] + "*"
    if shape < 0.3:
        at = chance.randrange(len(word))
        misspelt = chance.choice(
            [word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], word[1::-1] + word[2:], word]
        )
        return (misspelt if misspelt.isalpha() else "tlaks") + chance.choice(["~", "~1", "~2"])
    return chance.choice([word, word.upper() if word.upper() not in ("OR", "NOT", "AND") else word, word])


def _phrase(chance: random.Random, texts: Sequence[str]) -> str:
    found = chance.choice(texts).split() or ["peace"]
    at = chance.randrange(len(found))
    part = found[at : at + chance.randint(1, 4)]
    if chance.random() < 0.3:
        chance.shuffle(part)
    return '"' + " ".join(part).replace('"', "") + '"' + chance.choice(["", "", "~1", "~3", "~20"])


def _limit(chance: random.Random) -> str:
    return chance.choice(
        [
            "section:world",
            'section:"local news"',
            "section:nowhere",
            "byline:smith",
            'byline:"anna smith"',
            "byline:obrien",
            "language:en",
            "language:fr",
            "date:2020",
            "date:2020-01",
            "date:2020-01-01",
            "date:>2020-01-01",
            "date:<2020-01-01",
            "date:>=2020-02",
            "date:<=2020-01-01",
            "date:2020-01-02..2021",
            "date:..2020-01-01",
        ]
    )
