"""Why nothing was found, and the ways on from there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from search import Explanation, SearchRequest, WordExplained
from web.navigation import Choice, Link, from_start, unlimited

_FILTERS = {
    "sections": ("in all sections", ("sections",)),
    "excluded_sections": ("with the sections that are left out", ("excluded_sections",)),
    "languages": ("in all languages", ("languages",)),
    "dates": ("at all times", ("from_date", "to_date")),
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the query, how many articles have it, the address that finds them, and what is spelt nearly like it."""

    text: str
    excluded: bool
    articles: int
    url: str | None
    near: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """Another search, and how many articles it finds; without an address where it finds none either."""

    label: str
    total: int
    url: str | None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why nothing was found: the query word by word, and what there would be with fewer limits."""

    words: tuple[Word, ...]
    ways: tuple[Way, ...]


def explain_nothing(request: SearchRequest, explanation: Explanation, link: Link) -> Nothing:
    """Make an explanation one that leads somewhere."""
    return Nothing(
        tuple(_word(request, word, link) for word in explanation.words), tuple(_ways(request, explanation, link))
    )


def _word(request: SearchRequest, word: WordExplained, link: Link) -> Word:
    url = link(unlimited(request, query=word.text)) if word.articles else None
    near = [
        Choice(one.text, link(from_start(request, query=_replaced(request, word, one.text))), False)
        for one in word.near
    ]
    return Word(word.text, word.excluded, word.articles, url, tuple(near))


def _replaced(request: SearchRequest, word: WordExplained, other: str) -> str:
    """Put another word in the place of one; in that of a phrase, of which only one word may be odd, all by itself."""
    if word.kind != "word":
        return other
    field, colon, _ = word.text.rpartition(":")
    return f"{request.query[: word.start]}{field}{colon}{other}{request.query[word.end :]}"


def _ways(request: SearchRequest, explanation: Explanation, link: Link) -> Iterator[Way]:
    for limit in explanation.filters:
        label, fields = _FILTERS[limit.name]
        empty = {name: getattr(SearchRequest(), name) for name in fields}
        yield _way(label, limit.without, from_start(request, **empty), link)
    if len(explanation.filters) > 1:
        yield _way("in the whole archive", explanation.unfiltered, unlimited(request), link)
    if explanation.any_word is not None:
        yield _way("for any of the words", explanation.any_word, replace(from_start(request), match="any"), link)


def _way(label: str, total: int, other: SearchRequest, link: Link) -> Way:
    return Way(label, total, link(other) if total else None)
