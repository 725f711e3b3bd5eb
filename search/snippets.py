"""Snippets: the passages of an article that show the match, as text and ranges.

A passage begins and ends at the edge of a sentence where that fits, else between words. The best is the one with the
most telling different words of the query close together; repetition counts little.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import regex

from index.words import words
from search.results import Range, Snippet

LENGTH = 240
"""Characters of a passage, about two lines of a page."""

CLOSE = 160
"""Characters within which words of the query are shown together."""

PASSAGES = 2

_SENTENCE_END = regex.compile(r"(?:[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[」』）]*|\n\s*\n)\s*")
_SPACES = regex.compile(r"\s+")


class Mark(NamedTuple):
    """A word that matches: its characters, which leaf of the query it is for, and how telling that leaf is."""

    start: int
    end: int
    leaf: int
    weight: float


def locate(text: str, positions: Iterable[tuple[int, int, float]]) -> list[Mark]:
    """Turn (position, leaf, weight) of matching words into marks, in the order of the text."""
    wanted: dict[int, list[tuple[int, float]]] = {}
    for position, leaf, weight in positions:
        wanted.setdefault(position, []).append((leaf, weight))
    if not wanted:
        return []
    marks = []
    last = max(wanted)
    for position, word in enumerate(words(text)):
        marks += [Mark(word.start, word.end, leaf, weight) for leaf, weight in wanted.get(position, ())]
        if position == last:
            break
    return marks


def whole(text: str, marks: Sequence[Mark]) -> Snippet:
    """Return a text whole, with its marks."""
    return _cut(text, 0, len(text), marks)


def passages(text: str, marks: Sequence[Mark]) -> tuple[Snippet, ...]:
    """Return the best passages of a text, in its order; its beginning where nothing is marked."""
    if not text.strip():
        return ()
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not marks:
        start = len(text) - len(text.lstrip())
        return (_cut(text, start, _end(text, start, start, ends), ()),)
    chosen: list[tuple[int, int]] = []
    for first, last in _ranked(marks):
        start = _start(text, marks[first].start, marks[last].end, ends)
        end = _end(text, start, marks[last].end, ends)
        if all(end <= low or start >= high for low, high in chosen):
            chosen.append((start, end))
        if len(chosen) == PASSAGES:
            break
    return tuple(_cut(text, start, end, marks) for start, end in sorted(chosen))


def _ranked(marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Return runs of marks that stand close together, (first, last) into ``marks``, the best first."""
    runs: list[tuple[float, int, int]] = []
    last = 0
    for first, mark in enumerate(marks):
        last = max(last, first)
        while last + 1 < len(marks) and marks[last + 1].end - mark.start <= CLOSE:
            last += 1
        best = {m.leaf: m.weight for m in marks[first : last + 1]}
        runs.append((sum(best.values()) + 0.01 * min(last - first, 9), first, last))
    return [(first, last) for _, first, last in sorted(runs, key=lambda run: (-run[0], run[1]))]


def _start(text: str, first: int, last: int, ends: Sequence[int]) -> int:
    """Return where a passage begins that has to hold the characters ``first`` to ``last``."""
    sentence = max((end for end in ends if end <= first), default=0)
    if last - sentence <= LENGTH:
        return sentence + len(text[sentence:first]) - len(text[sentence:first].lstrip())
    earliest = max(sentence, first - max(0, LENGTH - (last - first)) // 3)
    space = _SPACES.search(text, earliest, first)
    return space.end() if space else earliest if _unspaced_at(text, earliest) else first


def _end(text: str, start: int, last: int, ends: Sequence[int]) -> int:
    """Return where a passage ends that begins at ``start`` and has to reach ``last``."""
    limit = max(start + LENGTH, last)
    if len(text) <= limit:
        return len(text.rstrip())
    # A sentence's end counts only when it is not so near that most of the passage would be given away.
    fitting = [end for end in ends if max(last, start + LENGTH // 2) <= end <= limit + 1]
    if fitting:
        return start + len(text[start : fitting[-1]].rstrip())
    space = max((match.start() for match in _SPACES.finditer(text, last, limit + 1)), default=-1)
    if space > start:
        return space
    if _unspaced_at(text, limit):
        return limit
    following = _SPACES.search(text, last)
    return min(following.start() if following else len(text), last + LENGTH)


def _unspaced_at(text: str, at: int) -> bool:
    """Whether a text can be cut before a character: scripts without spaces can be cut anywhere but before a mark."""
    return ord(text[at]) >= 0x0E00 and regex.match(r"\p{M}", text[at]) is None


def _cut(text: str, start: int, end: int, marks: Sequence[Mark]) -> Snippet:
    """Return characters ``start`` to ``end`` as a snippet, each run of white space as one space."""
    pieces: list[str] = []
    shifts: list[tuple[int, int]] = [(start, start)]
    at = start
    for space in _SPACES.finditer(text, start, end):
        pieces += [text[at : space.start()], " "]
        at = space.end()
        shifts.append((at, shifts[-1][1] + len(space.group()) - 1))
    pieces.append(text[at:end])
    ranges: list[Range] = []
    shift = 0
    for mark in sorted(marks):
        if mark.start < start or mark.end > end:
            continue
        while shift + 1 < len(shifts) and shifts[shift + 1][0] <= mark.start:
            shift += 1
        low, high = mark.start - shifts[shift][1], mark.end - shifts[shift][1]
        if ranges and low < ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(high, ranges[-1][1]))
        else:
            ranges.append((low, high))
    before, after = bool(text[:start].strip()), bool(text[end:].strip())
    return Snippet("".join(pieces), tuple(ranges), before, after)
