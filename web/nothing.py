"""Why nothing was found, and the ways on from there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from search import DateFacet, Explanation, SearchRequest, WordExplained
from web.navigation import NO_LIMITS, Choice, Link
from web.wording import dates

_FILTERS = {
    "sections": ("in all sections", ("sections",)),
    "excluded_sections": ("with the sections that are left out", ("excluded_sections",)),
    "languages": ("in all languages", ("languages",)),
    "dates": ("at all times", ("from_date", "to_date")),
}


@dataclass(frozen=True, slots=True)
class Way:
    """Another search, and how many articles it finds; without an address where it finds none either."""

    label: str
    total: int
    url: str | None


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the query, how many articles have it, the address that finds them, and what is spelt nearly like it.

    ``without`` is the search without it, None where there is no such.
    """

    text: str
    excluded: bool
    articles: int
    url: str | None
    near: tuple[Choice, ...]
    without: Way | None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why nothing was found: the query word by word, and what there would be with fewer limits.

    ``silent`` are the dates asked for where the archive holds nothing of them, whatever the words.
    """

    words: tuple[Word, ...]
    ways: tuple[Way, ...]
    silent: str | None


def explain_nothing(request: SearchRequest, explanation: Explanation, facet: DateFacet | None, link: Link) -> Nothing:
    """Make an explanation one that leads somewhere. ``facet`` counts what was published in the dates asked for."""
    gap = facet is not None and bool(facet.buckets) and not any(bucket.published for bucket in facet.buckets)
    return Nothing(
        tuple(_word(request, word, link) for word in explanation.words),
        tuple(_ways(explanation, link)),
        dates(request) if gap else None,
    )


def _word(request: SearchRequest, word: WordExplained, link: Link) -> Word:
    url = link(**NO_LIMITS, query=word.text) if word.articles else None
    near = [Choice(one.text, link(query=_replaced(request, word, one.text)), False) for one in word.near]
    without = None
    if word.rest is not None and word.without is not None:
        without = _way(word.rest, word.without, link, query=word.rest)
    return Word(word.text, word.excluded, word.articles, url, tuple(near), without)


def _replaced(request: SearchRequest, word: WordExplained, other: str) -> str:
    """Put another word in the place of one; in that of a phrase, of which only one word may be odd, all by itself."""
    if word.kind != "word":
        return other
    field, colon, _ = word.text.rpartition(":")
    return f"{request.query[: word.start]}{field}{colon}{other}{request.query[word.end :]}"


def _ways(explanation: Explanation, link: Link) -> Iterator[Way]:
    for limit in explanation.filters:
        label, fields = _FILTERS[limit.name]
        yield _way(label, limit.without, link, **{field: NO_LIMITS[field] for field in fields})
    if len(explanation.filters) > 1:
        yield _way("in the whole archive", explanation.unfiltered, link, **NO_LIMITS)
    if explanation.any_word is not None:
        yield _way("for any of the words", explanation.any_word, link, match="any")


def _way(label: str, total: int, link: Link, **changes: Any) -> Way:
    return Way(label, total, link(**changes) if total else None)
