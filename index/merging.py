"""The merge policy: few segments under a long life of small commits, each article rewritten a few times at most."""

from collections.abc import Sequence

MAX_SEGMENTS = 8
"""More segments than this make every search pay for postings that lie apart."""


def to_merge(live: Sequence[int]) -> list[int]:
    """Return which segments to merge, given the live articles of each: indices into ``live``, ascending.

    Empty segments always go. Above MAX_SEGMENTS the smallest are merged, and with them each next one that is not
    larger than all of those together, so that an article is rewritten only when its segment at least doubles.
    """
    empty = [index for index, count in enumerate(live) if count == 0]
    ranked = sorted((index for index, count in enumerate(live) if count), key=lambda index: (live[index], index))
    if len(ranked) <= MAX_SEGMENTS:
        return empty
    merged = ranked[:2]
    total = sum(live[index] for index in merged)
    for index in ranked[2:]:
        if live[index] > total:
            break
        merged.append(index)
        total += live[index]
    return sorted(empty + merged)
