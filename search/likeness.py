"""Likeness: the articles most like one, by its most telling words, with a pull towards its date.

The words of an article are weighed as they would be in a search for it: rare in the archive, often in the article, in
its title above all. The best of them are searched for, any of which is enough; and what ran about the same time counts
more, since a story is followed for days, while its words come back for years.
"""

from collections import Counter

import numpy as np
from whoosh.query import Or, Term

from index.article import Article
from index.schema import UNDATED
from index.stemming import stem
from index.words import words
from search.collection import Collection
from search.executor import Executor
from search.grammar import Node, keyed
from search.page import Page
from search.postings import Scores
from search.ranking import saturation, telling
from search.selection import best

WORDS = 24
"""Words of an article by which others are found to be like it."""

LOOKED_AT = 4_000
"""Words of a text that are read: of a book, the beginning."""

LEAST = 2
"""Articles that have to hold a word: the article itself, and another to be found by it."""

PULL = 1.0
"""How much more the same minute counts than another century: twice as much."""

HALF_LIFE = 30 * 24 * 60
"""Minutes after which the pull is half as strong."""


def most_like(article: Article, number: int, doc: int, size: int, collection: Collection, executor: Executor) -> Page:
    """Return the ``size`` articles most like one, a document of a segment, best first."""
    telling_words = _telling_words(article, number, doc, collection)
    if not telling_words or size < 1:
        return Page()
    tree = Or(telling_words)
    when = int(collection.segments[number].stamps[doc])
    found: list[tuple[float, int, str, int, int]] = []
    for here, segment in enumerate(collection.segments):
        added = executor.added_up(tree, here, 0)
        if added is None:
            continue
        docs = (added.scores > 0.0).nonzero()[0] if added.docs is None else added.docs
        scores = added.scores.take(docs) if added.docs is None else added.scores
        scores = scores * _pull(segment.stamps.take(docs), when)
        chosen, told = best(scores, size + 1)
        for at, score in zip(docs[chosen].tolist(), told.tolist(), strict=True):
            if (here, at) != (number, doc):
                found.append((-score, -int(segment.stamps[at]), segment.id_of(at), here, at))
    found.sort()
    del found[size:]
    return Page(
        [entry[2] for entry in found],
        [-entry[0] for entry in found],
        [entry[3] for entry in found],
        [entry[4] for entry in found],
    )


def _telling_words(article: Article, number: int, doc: int, collection: Collection) -> list[Node]:
    """Return the most telling words of an article, weighed by how often it has them."""
    language = collection.language(number, doc)
    times: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    for weight, text in ((collection.title_weight, article.title), (1.0, article.body)):
        for _, word in zip(range(LOOKED_AT), words(text), strict=False):
            stemmed = stem(word.text, language)
            times[stemmed] += weight  # type: ignore[assignment]  # a title's words may count one and a half times
            spelt.setdefault(stemmed, word.text)
    length = sum(times.values())
    weighed = []
    for stemmed, often in times.items():
        articles = 0
        for segment in collection.segments:
            term = segment.terms.find(stemmed)
            articles += segment.terms.count(term) if term >= 0 else 0
        if articles >= LEAST:
            share = float(saturation(float(often), float(length), collection.mean_length("text")))
            weighed.append((share * telling(min(articles, collection.count), collection.count), share, stemmed))
    weighed.sort(key=lambda entry: (-entry[0], entry[2]))
    return [keyed(Term("text", spelt[stemmed], boost=share)) for _, share, stemmed in weighed[:WORDS]]


def _pull(stamps: np.ndarray[tuple[int], np.dtype[np.int64]], when: int) -> Scores:
    """Return the factors by which nearness in time makes documents of some stamps count more, float64 (n,)."""
    if when == UNDATED:
        return np.ones(len(stamps))
    away = np.abs(stamps.astype(np.float64) - when)
    pull: Scores = 1.0 + PULL * np.exp2(-away / HALF_LIFE)
    return pull
