"""Neighbours: what ran before and after an article in its section."""

import datetime
from dataclasses import dataclass

from index.article import Article
from index.schema import UNDATED, section_key
from search.collection import Collection

Place = tuple[int, str, int, int]
"""Minus the stamp, id, segment, document: the order newest first."""


@dataclass(frozen=True, slots=True)
class Headline:
    """An article as it is pointed to."""

    id: str
    title: str
    section: str | None
    date: datetime.date | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The articles of the same section ``before`` and ``after`` in time, None where there is none."""

    before: Headline | None
    after: Headline | None


def neighbours(article: Article, number: int, doc: int, collection: Collection) -> Neighbours:
    """Return the neighbours of an article, which is a document of a segment. An undated one has none."""
    when = int(collection.segments[number].stamps[doc])
    if when == UNDATED:
        return Neighbours(None, None)
    key = None if article.section is None else section_key(article.section)
    older: list[Place] = []
    newer: list[Place] = []
    for here, segment in enumerate(collection.segments):
        docs = collection.everything(here)
        docs = docs[: docs.searchsorted(collection.dated(here))]
        if key is None:
            docs = docs[segment.section.take(docs) == len(segment.section_names)]
        else:
            docs = docs[collection.in_sections({key}, set(), here, docs)]
        behind = int(docs.searchsorted(collection.behind(here, when, article.id)))
        if behind < len(docs):
            older.append(_place(here, int(docs[behind]), collection))
        ahead = behind - 1
        if ahead >= 0 and (here, int(docs[ahead])) == (number, doc):
            ahead -= 1
        if ahead >= 0:
            newer.append(_place(here, int(docs[ahead]), collection))
    return Neighbours(
        headline(*min(older)[2:], collection) if older else None,
        headline(*max(newer)[2:], collection) if newer else None,
    )


def headline(number: int, doc: int, collection: Collection) -> Headline:
    """Return how a document is pointed to."""
    article = collection.article(number, doc)
    return Headline(article.id, article.title, article.section, article.date, collection.language(number, doc))


def _place(number: int, doc: int, collection: Collection) -> Place:
    segment = collection.segments[number]
    return -int(segment.stamps[doc]), segment.id_of(doc), number, doc
