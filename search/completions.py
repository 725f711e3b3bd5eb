"""Completions: what a query that is being typed may become, from the index itself.

Words are looked up in the vocabulary, the most frequent first; what stands before the last word narrows them, so that
no completion leads to an empty answer. Titles are found by the same words, newest first.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import Literal

import numpy as np
from whoosh.query import Term

from index.schema import section_key
from index.stemming import fold
from index.words import Word, words
from search.collection import Collection
from search.errors import QueryError
from search.executor import Executor
from search.grammar import Node, keyed, parse
from search.lexer import QUOTES
from search.postings import Docs, places_in

SuggestionKind = Literal["word", "section", "title"]

CANDIDATES = 20
"""Frequent words that are counted, of which those with most articles are suggested."""

TITLE_WORDS = 4
"""Frequent words that the last word typed is taken to mean in a title."""

NEWEST = 2_000
"""Articles with all the words, the newest ones, among which titles are looked for."""

LEAST_FOR_TITLES = 3
"""Characters of a last word from which on titles are looked for, where it is the only one."""

_OPERATORS = ("AND", "OR", "NOT")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is being typed, completed: with a ``word``, a ``section``, or to the ``title`` of an article.

    ``text`` is what to show; ``query`` the whole query once it is taken, None for a title, which leads to the article
    with that ``id``. ``articles`` is how many articles the query will find, whatever the filters.
    """

    kind: SuggestionKind
    text: str
    query: str | None
    articles: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class _Meant:
    """A word that the last one typed may become, and the articles with it and with all that is typed before."""

    surface: str
    docs: tuple[Docs, ...]
    articles: int


class Completer:
    """Completes queries over one collection. Safe for several threads."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def complete(self, text: str, limit: int, executor: Executor) -> tuple[Suggestion, ...]:
        """Return at most ``limit`` suggestions: words, then sections, then titles."""
        typed = [*words(text, query=True)]
        if not typed or limit < 1:
            return ()
        last = typed[-1] if typed[-1].end == len(text) else None
        head = text[: last.start] if last else text
        context = self._context(head, executor)
        if last is None:
            whole = [] if context is None else [_Meant("", tuple(context), 0)]
            sections = [*self._sections(text, head, None, None)][: max(1, limit // 5)]
            return tuple([*sections, *self._titles(typed, whole, max(1, limit // 3), executor)][:limit])
        meant = self._meant(fold(last.text), context, executor)
        words_ = [
            Suggestion("word", one.surface, head + one.surface, one.articles)
            for one in meant
            if one.surface != fold(last.text)
        ]
        sections = [*self._sections(text, head, last, context)][: max(1, limit // 5)]
        titles = []
        if len(typed) > 1 or len(last.text) >= LEAST_FOR_TITLES:
            titles = self._titles(typed, meant[:TITLE_WORDS], max(1, limit // 3), executor)
        room = max(limit - len(sections) - len(titles), 1)
        return tuple([*words_[:room], *sections, *titles][:limit])

    def _context(self, head: str, executor: Executor) -> list[Docs] | None:
        """Return what the query before the last word matches; None where it says nothing by itself."""
        before = head.split()
        if not before or before[-1] in _OPERATORS:
            return None
        try:
            tree = parse(head).tree
        except QueryError:
            return None
        return [executor.matches(tree, number) for number in range(len(self._collection.segments))]

    def _meant(self, beginning: str, context: list[Docs] | None, executor: Executor) -> list[_Meant]:
        """Return the words that begin so, by falling number of articles with them and the context."""
        segments = self._collection.segments
        times: Counter[str] = Counter()
        for segment in segments:
            times.update(dict(segment.frequent_from(beginning, CANDIDATES)))
        allowed = None
        if context is not None:
            allowed = [np.zeros(segment.size, dtype=np.bool_) for segment in segments]
            for flags, docs in zip(allowed, context, strict=True):
                flags[docs] = True
        # Of several forms of a word, which find nearly the same, the most frequent stands: ``prices`` for ``pricing``.
        found: dict[str, _Meant] = {}
        for surface in sorted(times, key=lambda surface: (-times[surface], surface))[:CANDIDATES]:
            word = _word(surface)
            leaf = executor.find(word)
            docs_ = tuple([part.docs for part in leaf.parts])
            articles = leaf.frequency
            if allowed is not None:
                docs_ = tuple([docs[flags.take(docs)] for docs, flags in zip(docs_, allowed, strict=True)])
                articles = sum(map(len, docs_))
            if articles:
                found.setdefault(self._collection.stem(surface), _Meant(surface, docs_, articles))
        return sorted(found.values(), key=lambda one: (-one.articles, one.surface))

    def _sections(self, text: str, head: str, last: Word | None, context: list[Docs] | None) -> Iterator[Suggestion]:
        """Yield the sections whose name, or a word of it, begins with all that is typed, or with its last word."""
        collection = self._collection
        found = {*_beginning(collection.section_keys, section_key(text))}
        whole = bool(found)
        if last and not whole:
            parts, sections = self._section_words
            found = {sections[at] for at in _beginning(parts, section_key(last.text))}
        counts = self._section_counts if whole or context is None else self._counted(context)
        for at in sorted(found, key=lambda at: (-int(counts[at]), collection.section_names[at])):
            name = collection.section_names[at]
            if counts[at] and not set(QUOTES) & set(name):
                query = f'{"" if whole else head}section:"{name}"'
                yield Suggestion("section", name, query, int(counts[at]))

    @cached_property
    def _section_words(self) -> tuple[list[str], list[int]]:
        """The words of all sections' names, ascending, and the section that each is of."""
        pairs = sorted((part, at) for at, key in enumerate(self._collection.section_keys) for part in key.split())
        return [part for part, _ in pairs], [at for _, at in pairs]

    @cached_property
    def _section_counts(self) -> Docs:
        return self._counted([self._collection.everything(n) for n in range(len(self._collection.segments))])

    def _counted(self, found: Sequence[Docs]) -> Docs:
        counts = np.zeros(len(self._collection.section_keys) + 1, dtype=np.int64)
        for number, docs in enumerate(found):
            counts += self._collection.section_counts(number, docs)
        return counts

    def _titles(
        self, typed: Sequence[Word], meant: Sequence[_Meant], most: int, executor: Executor
    ) -> list[Suggestion]:
        """Return articles with all the words in their titles: those that begin as it is typed, then the newest."""
        newest = []
        for one in meant:
            spelt = [word.text for word in typed]
            leaves = [_word(word) for word in ([*spelt[:-1], one.surface] if one.surface else spelt)]
            for number, segment in enumerate(self._collection.segments):
                docs = one.docs[number][:NEWEST]
                if segment.alive is not None:
                    docs = docs[segment.alive.take(docs)]
                for leaf in leaves:
                    postings = executor.find(leaf).parts[number]
                    at, held = places_in(docs, postings.docs)
                    docs, at = docs[held], at[held]
                    docs = docs[postings.times(at)[0] > 0.0]
                newest += [(-int(segment.stamps[doc]), number, int(doc)) for doc in docs[: 3 * most]]
        beginning = [word.text for word in typed]
        found: dict[str, tuple[bool, int, Suggestion]] = {}
        for place, (_, number, doc) in enumerate(nsmallest(3 * most, set(newest))):
            article = self._collection.article(number, doc)
            first = [word.text for word in words(article.title)][: len(beginning)]
            begins = first[:-1] == beginning[:-1] and bool(first) and first[-1].startswith(beginning[-1])
            entry = not begins, place, Suggestion("title", article.title, None, 1, article.id)
            # One of several articles with a title is enough to know that there is such a title.
            found.setdefault(article.title, entry)
        return [suggestion for *_, suggestion in sorted(found.values(), key=lambda entry: entry[:2])[:most]]


def _beginning(ascending: Sequence[str], prefix: str) -> range:
    """Return the places of the strings that begin so, of strings in ascending order."""
    first = bisect_left(ascending, prefix)
    return range(first, bisect_left(ascending, prefix + "\U0010ffff", first))


def _word(text: str) -> Node:
    return keyed(Term("text", text))
