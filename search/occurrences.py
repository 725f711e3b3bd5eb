"""Occurrences: where words stand near each other in one text.

Title and body are looked at apart, so that nothing matches across the end of the title.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Found(NamedTuple):
    """How often something occurs in one text, and the positions of its words, ascending."""

    times: int
    positions: tuple[int, ...]


def near(slots: Sequence[tuple[Hashable, Sequence[int]]], slop: int) -> Found:
    """Find near words: every slot, in any order, with at most ``slop`` other words between the first and the last.

    Each slot is what makes it this word, and its positions; the same word twice wants two places. What is counted are
    the windows that lose a word when either end is taken away (minimal intervals).
    """
    wanted = Counter(key for key, _ in slots)
    at: dict[int, list[Hashable]] = {}
    for key, places in dict(slots).items():
        for position in places:
            at.setdefault(position, []).append(key)
    ascending = sorted(at)
    held: Counter[Hashable] = Counter()
    inside: set[int] = set()
    times = left = 0
    for right, position in enumerate(ascending):
        held.update(at[position])
        if any(held[key] < needed for key, needed in wanted.items()):
            continue
        while all(held[key] > wanted[key] for key in at[ascending[left]]):
            held.subtract(at[ascending[left]])
            left += 1
        needs_right = any(held[key] == wanted[key] for key in at[position])
        if needs_right and position - ascending[left] < len(slots) + slop:
            times += 1
            inside.update(ascending[left : right + 1])
    return Found(times, tuple(sorted(inside)))
