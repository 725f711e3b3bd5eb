"""Snippets the plain way: every word of the text read in turn, every place looked for by a pattern."""

import regex

from index.words import words
from search import Snippet
from search.snippets import Mark


def plain_locate(text: str, positions: list[tuple[int, int, float]]) -> list[Mark]:
    """Turn positions into marks by counting the words of the whole text."""
    found = list(words(text))
    return [
        Mark(found[position].start, found[position].end, leaf, weight)
        for position, leaf, weight in sorted(positions, key=lambda one: one[0])
        if position < len(found)
    ]


def plain_whole(text: str, marks: list[Mark]) -> Snippet:
    """Squeeze a text up to each character that is marked, to see where that one comes to stand."""
    places = sorted({len(squeezed(text[: place + 1])) - 1 for mark in marks for place in range(mark.start, mark.end)})
    overlaps = {place for mark in marks for place in range(mark.start + 1, mark.end)}
    inside = {len(squeezed(text[: place + 1])) - 1 for place in overlaps}
    starts = [place for place in places if place not in inside]
    ends = [place + 1 for place in places if place + 1 not in inside]
    return Snippet(squeezed(text), tuple(zip(starts, ends, strict=True)))


def plain_last_space(text: str, start: int, end: int) -> int:
    """Return where the last run of white space begins, by going through all of them."""
    return max((run.start() for run in regex.finditer(r"\s+", text, pos=start, endpos=end)), default=-1)


def plain_cluster(text: str, at: int) -> tuple[int, int]:
    """Return the grapheme cluster of a character, by going through all of the text's."""
    return next((match.span() for match in regex.finditer(r"\X", text, regex.DOTALL) if match.end() > at), (at, at))


def squeezed(text: str) -> str:
    """Return a text with each run of white space as one space."""
    return str(regex.sub(r"\s+", " ", text))
