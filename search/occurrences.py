"""Occurrences: where in an article a word stands, and where the words of a phrase stand together.

Title and body are searched apart, so that nothing matches across the end of the title.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Occurrence(NamedTuple):
    """How often a leaf occurs in title and body of one article, and the positions of the words that make it up."""

    title_count: int
    body_count: int
    title: tuple[int, ...]
    body: tuple[int, ...]


class Found(NamedTuple):
    """How often something occurs in one text, and the positions of its words, ascending."""

    times: int
    positions: tuple[int, ...]


def in_order(slots: Sequence[Sequence[int]]) -> Found:
    """Find a phrase: slot i's words right behind those of slot i - 1. ``slots`` holds each slot's positions."""
    sets = [frozenset(slot) for slot in slots]
    starts = [start for start in slots[0] if all(start + i in positions for i, positions in enumerate(sets))]
    return Found(len(starts), tuple(sorted({start + i for start in starts for i in range(len(slots))})))


def near(slots: Sequence[tuple[Hashable, Sequence[int]]], slop: int) -> Found:
    """Find near words: every slot, in any order, with at most ``slop`` other words between the first and the last.

    Each slot is what makes it this word, and its positions; the same word twice wants two places. What is counted are
    the windows that lose a word when either end is taken away (minimal intervals).
    """
    wanted = Counter(key for key, _ in slots)
    places = dict(slots)
    events = sorted((position, index, key) for index, (key, ps) in enumerate(places.items()) for position in ps)
    held: Counter[Hashable] = Counter()
    found: list[tuple[int, int]] = []
    left = 0
    for position, _, key in events:
        held[key] += 1
        if any(held[word] < times for word, times in wanted.items()):
            continue
        while held[events[left][2]] > wanted[events[left][2]]:
            held[events[left][2]] -= 1
            left += 1
        if held[key] == wanted[key] and position - events[left][0] < len(slots) + slop:
            found.append((events[left][0], position))
    inside = {place for place, _, _ in events for low, high in found if low <= place <= high}
    return Found(len(found), tuple(sorted(inside)))
