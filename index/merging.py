"""The merge policy: few segments under a long life of small commits, each article rewritten a few times at most."""

from collections.abc import Sequence
from pathlib import Path

from index.codec import ArraySegment
from index.generation import Generation, check_sound
from index.segment_writer import merge_segments

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


def in_few(
    folder: Path, before: Generation | None, kept: Sequence[ArraySegment], written: Sequence[ArraySegment], memory: int
) -> list[ArraySegment]:
    """Return few segments of those ``kept`` of the generation ``before`` and those ``written`` since, in that order.

    ``memory`` is in bytes. Raises DamagedIndexError where one of ``before`` that would be merged is damaged.
    """
    if len(written) > 1:
        # Of 200,000 short articles, five segments took two to four times as long to search as one, and merging them a
        # fifth of the time of indexing.
        written = [merge_segments(folder, written, memory)]
    segments = [*kept, *written]
    merging = to_merge([segment.doc_count() for segment in segments])
    if before:
        names = {segment.segment_id() for segment in kept}
        check_sound(before, names & {segments[index].segment_id() for index in merging})
    left = [segment for index, segment in enumerate(segments) if index not in merging]
    parts = [segments[index] for index in merging if segments[index].doc_count()]
    return [*left, merge_segments(folder, parts, memory)] if parts else left
