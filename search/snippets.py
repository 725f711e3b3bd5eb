"""Snippets: the passages of an article that show the match, as text and ranges.

A passage begins and ends at the edge of a sentence where that fits, else between words. The best is the one with the
most telling different words of the query close together; repetition counts little, and words that another passage
shows already count less.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

import regex

from index.words import chunk_words, word_counts
from search.results import Range, Snippet

LENGTH = 240
"""Characters of a passage, about two lines of a page."""

CLOSE = 160
"""Characters within which words of the query are shown together."""

PASSAGES = 2

SHOWN = 0.2
"""What a word still counts for a second passage when the first one shows it."""

BLOCK = 64
"""Chunks whose words are counted at a time, on the way to the last one wanted."""

# A run of full stops is looked at from its first alone: ten thousand leader dots took ten seconds otherwise. The point
# behind a single letter is an initial's or an acronym's.
_SENTENCE_END = regex.compile(
    r"(?:(?<![.!?…]|\b\p{L})[.!?…]++[\"'”’»)\]]*+(?=\s|$)|[。！？]+[」』）]*|\n[^\S\n]*+\n)\s*"
)
_BLANK_LINE = regex.compile(r"\n[^\S\n]*+\n\s*+")
_SPACES = regex.compile(r"\s+")
_CLUSTER = regex.compile(r"\X", regex.DOTALL)
_LONGEST_CLUSTER = 64


class Mark(NamedTuple):
    """A word that matches: its characters, which leaf of the query it is for, and how telling that leaf is."""

    start: int
    end: int
    leaf: int
    weight: float


def locate(text: str, positions: Iterable[tuple[int, int, float]]) -> list[Mark]:
    """Turn (position, leaf, weight) of matching words into marks, in the order of the text.

    Words are counted by chunks, and only those chunks looked into that hold one that is wanted: with the bodies of
    Reuters-21578 a tenth of the work of reading word by word.
    """
    wanted = sorted(positions, key=itemgetter(0))
    marks: list[Mark] = []
    words = 0
    rest = text
    while rest and len(marks) < len(wanted):
        chunks = rest.split(None, BLOCK)
        following = chunks.pop() if len(chunks) > BLOCK else ""
        begin, block = len(text) - len(rest), rest[: len(rest) - len(following)]
        before = list(accumulate(word_counts(chunks), initial=words))
        words, rest = before[-1], following
        while len(marks) < len(wanted) and wanted[len(marks)][0] < words:
            position, leaf, weight = wanted[len(marks)]
            number = bisect_right(before, position) - 1
            start = begin + len(block) - len(block.split(None, number)[-1])
            word = chunk_words(chunks[number])[position - before[number]]
            marks.append(Mark(start + word.start, start + word.end, leaf, weight))
    return marks


def whole(text: str, marks: Sequence[Mark]) -> Snippet:
    """Return a text whole, with its marks."""
    return _cut(text, 0, len(text), marks)


def paragraphs(text: str, marks: Sequence[Mark]) -> tuple[Snippet, ...]:
    """Return the paragraphs of a text, which blank lines part, each whole with its marks."""
    starts = [mark.start for mark in marks]
    found = []
    low = len(text) - len(text.lstrip())
    for high, following in [*(gap.span() for gap in _BLANK_LINE.finditer(text, low)), (len(text), len(text))]:
        inside = marks[bisect_left(starts, low) : bisect_left(starts, high)]
        paragraph = text[low:high].rstrip()
        if paragraph:
            found.append(whole(paragraph, [m._replace(start=m.start - low, end=m.end - low) for m in inside]))
        low = following
    return tuple(found)


def passages(text: str, marks: Sequence[Mark]) -> tuple[Snippet, ...]:
    """Return the best passages of a text, in its order; its beginning where nothing is marked."""
    if not text.strip():
        return ()
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not marks:
        start = len(text) - len(text.lstrip())
        return (_cut(text, start, _end(text, start, start, ends), ()),)
    marks = [mark if mark.end - mark.start <= LENGTH else _shortened(text, mark) for mark in marks]
    runs = _runs(marks)
    chosen: list[tuple[int, int]] = []
    shown: set[int] = set()
    while len(chosen) < PASSAGES:
        apart = [
            run
            for run in runs
            if all(marks[run.last].end <= low or marks[run.first].start >= high for low, high in chosen)
        ]
        if not apart:
            break
        best = max(apart, key=lambda run: (_telling(run, shown), -run.first))
        first, last = marks[best.first].start, marks[best.last].end
        floor = max((high for _, high in chosen if high <= first), default=0)
        ceiling = min((low for low, _ in chosen if low >= last), default=len(text))
        start = _start(text, first, last, ends, floor)
        chosen.append((start, min(_end(text, start, last, ends), start + len(text[start:ceiling].rstrip()))))
        shown.update(best.weights)
    return tuple(_cut(text, start, end, marks) for start, end in sorted(chosen))


class _Run(NamedTuple):
    """Marks ``first`` to ``last``, which stand close together, and the weights of the leaves they are for."""

    first: int
    last: int
    weights: dict[int, float]


def _runs(marks: Sequence[Mark]) -> list[_Run]:
    """Return for each mark the longest run that begins with it."""
    runs = []
    last = 0
    for first, mark in enumerate(marks):
        last = max(last, first)
        while last + 1 < len(marks) and marks[last + 1].end - mark.start <= CLOSE:
            last += 1
        runs.append(_Run(first, last, {m.leaf: m.weight for m in marks[first : last + 1]}))
    return runs


def _telling(run: _Run, shown: set[int]) -> float:
    new = sum(weight * (SHOWN if leaf in shown else 1) for leaf, weight in run.weights.items())
    return new + 0.01 * min(run.last - run.first, 9)


def _start(text: str, first: int, last: int, ends: Sequence[int], floor: int) -> int:
    """Return where a passage begins that has to hold the characters ``first`` to ``last``, from ``floor`` on."""
    before = bisect_right(ends, first)
    sentence = max(floor, ends[before - 1] if before else 0)
    if last - sentence <= LENGTH:
        start = sentence + len(text[sentence:first]) - len(text[sentence:first].lstrip())
    else:
        start = max(sentence, first - max(0, LENGTH - (last - first)) // 3)
        if space := _SPACES.search(text, start, first):
            start = space.end()
        elif not _unspaced_at(text, start):
            start = first
    return max(floor, _cluster(text, start)[0])


def _end(text: str, start: int, last: int, ends: Sequence[int]) -> int:
    """Return where a passage ends that begins at ``start`` and has to reach ``last``."""
    end = max(start + LENGTH, last)
    if len(text) <= end:
        return len(text.rstrip())
    before = bisect_right(ends, end + 1)
    space = _last_space(text, last, end + 1)
    # A sentence's end counts only when it is not so near that most of the passage would be given away.
    if before and ends[before - 1] >= max(last, start + LENGTH // 2):
        end = start + len(text[start : ends[before - 1]].rstrip())
    elif space > start:
        end = space
    elif not _unspaced_at(text, end):
        following = _SPACES.search(text, last, last + LENGTH)
        end = following.start() if following else end
    low, high = _cluster(text, end)
    return low if low >= last else high


def _last_space(text: str, start: int, end: int) -> int:
    """Return where the last run of white space among some characters begins, -1 where there is none."""
    window = text[start:end]
    if window and not window[-1].isspace():
        window = window[: len(window) - len(window.rsplit(None, 1)[-1])]
    return start + len(window.rstrip()) if window else -1


def _shortened(text: str, mark: Mark) -> Mark:
    """Return the beginning of a mark that is longer than a passage, such as a line of encoded data."""
    return mark._replace(end=_cluster(text, mark.start + LENGTH)[0])


def _cluster(text: str, at: int) -> tuple[int, int]:
    """Return the grapheme cluster that a character is of; a place in one longer than any in use is taken as it is."""
    if text[max(0, at - 1) : at + 2].isascii() and "\r" not in text[max(0, at - 1) : at + 2]:
        return at, at + 1
    near = _CLUSTER.finditer(text, max(0, at - _LONGEST_CLUSTER), at + _LONGEST_CLUSTER)
    return next((match.span() for match in near if match.end() > at), (at, at))


def _unspaced_at(text: str, at: int) -> bool:
    """Whether a text can be cut before a character: scripts without spaces can be cut anywhere but before a mark."""
    return ord(text[at]) >= 0x0E00 and regex.match(r"\p{M}", text[at]) is None


def _cut(text: str, start: int, end: int, marks: Sequence[Mark]) -> Snippet:
    """Return characters ``start`` to ``end`` as a snippet, each run of white space as one space."""
    pieces: list[str] = []
    ranges: list[Range] = []
    length = 0
    at = start
    for low, high in _apart(mark for mark in marks if mark.start >= start and mark.end <= end):
        between, marked = _squeezed(text[at:low]), text[low:high]
        pieces += (between, marked)
        length += len(between) + len(marked)
        ranges.append((length - len(marked), length))
        at = high
    pieces.append(_squeezed(text[at:end]))
    before, after = bool(text[:start].strip()), bool(text[end:].strip())
    return Snippet("".join(pieces), tuple(ranges), before, after)


def _apart(marks: Iterable[Mark]) -> list[Range]:
    """Return the characters of marks, ascending, those that overlap as one range."""
    ranges: list[Range] = []
    for start, end, *_ in sorted(marks):
        if ranges and start < ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return ranges


def _squeezed(text: str) -> str:
    """Return a text with each run of white space as one space."""
    squeezed = " ".join(text.split())
    if text[:1].isspace():
        squeezed = f" {squeezed}"
    return f"{squeezed} " if text[-1:].isspace() and squeezed != " " else squeezed
