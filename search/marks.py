"""Marks: the characters of the words that made an article match.

An index says which word of a text it is, its first, second or twentieth; a mark says which characters. The texts of a
page of hits are gone through together, as one array of bytes in which letters and digits side by side are words. What
may be more than that, ``U.S.``, ``don't`` or ``$5``, is left to ``index.words``, and so are texts that are not ASCII.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from index.words import chunk_words, word_counts
from search.postings import firsts
from search.results import Range

Place = tuple[int, int, float]
"""Which word of a text, from 0; which leaf of the query it is for; how telling that leaf is."""

_BLOCK = 64
"""Chunks whose words are counted at a time, on the way to the last one wanted."""

_WORD, _BLANK, _JOINS, _ENDS, _STANDS = 1, 2, 4, 8, 16
"""What a byte is: part of a word; white space; what can join two parts to one word; be the end of one; be one."""


def _kinds() -> bytes:
    kinds = bytearray(256)
    for kind, characters in (
        (_WORD, "".join(filter(str.isalnum, map(chr, range(128))))),
        (_BLANK, "".join(filter(str.isspace, map(chr, range(128))))),
        (_JOINS, ".,'`&"),
        (_ENDS, "+#"),
        (_STANDS, "$%"),
    ):
        for character in characters:
            kinds[ord(character)] = kind
    return bytes(kinds)


_KINDS = _kinds()
_BEHIND = "0"
"""A word behind all texts, so that there is one."""

_NONE = np.zeros(1, dtype=np.int64)


class Mark(NamedTuple):
    """A word that matches: its characters, which leaf of the query it is for, and how telling that leaf is."""

    start: int
    end: int
    leaf: int
    weight: float


def locate(texts: Sequence[str], wanted: Sequence[Sequence[Place]]) -> list[list[Mark]]:
    """Return the marks of the words wanted of each text, in the order of the text, then of leaves.

    There is no mark where a text has fewer words.
    """
    marks: list[list[Mark]] = [[] for _ in texts]
    together: list[int] = []
    for number, (text, places) in enumerate(zip(texts, wanted, strict=True)):
        if places and text.isascii():
            together.append(number)
        elif places:
            marks[number] = _by_counting(text, sorted(places))
    if not together:
        return marks
    begins = [*accumulate([len(texts[number]) + 1 for number in together], initial=1)]
    words = _Words("\n".join(["", *[texts[number] for number in together], _BEHIND, ""]))
    before = words.before(begins)
    numbers: list[int] = []
    found: list[tuple[list[Mark], int, int, float]] = []
    for number, begin, first, end in zip(together, begins, before, before[1:], strict=False):
        for place, leaf, weight in sorted(wanted[number]):
            if place < end - first:
                numbers.append(first + place)
                found.append((marks[number], begin, leaf, weight))
    for (here, begin, leaf, weight), (start, end) in zip(found, words.spans(numbers), strict=True):
        here.append(Mark(start - begin, end - begin, leaf, weight))
    return marks


class _Words:
    """The words of an ASCII text that begins and ends with white space, by number.

    They are the runs of letters and digits, but for chunks in which a sign may mean more: of those it is known how many
    words they hold, and which, once one of them is asked for.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        kind = np.frombuffer(text.encode().translate(_KINDS), dtype=np.uint8)
        held = kind & _WORD
        edges = (held[1:] != held[:-1]).nonzero()[0] + 1
        self._starts, self._ends = edges[::2], edges[1::2]
        signs = (kind >= _JOINS).nonzero()[0]
        sign, behind = kind.take(signs), held.take(signs - 1)
        odd = (sign >> 2 & behind & held.take(signs + 1)) | (sign >> 3 & behind) | sign >> 4
        blanks = (kind == _BLANK).nonzero()[0]
        following = blanks.searchsorted(signs[odd.view(np.bool_)])
        following = following[firsts(following)]
        self._begin, self._end = blanks.take(following - 1) + 1, blanks.take(following)
        chunks = [text[low:high] for low, high in zip(self._begin.tolist(), self._end.tolist(), strict=True)]
        words = np.fromiter(word_counts(chunks), dtype=np.int64, count=len(chunks))
        first = self._starts.searchsorted(self._begin)
        more = words - self._starts.searchsorted(self._end) + first
        # By how much the numbers of words differ from those of runs: before each chunk, and behind the last one.
        self._shift = np.zeros(len(chunks) + 1, dtype=np.int64)
        more.cumsum(out=self._shift[1:])
        self._first = first + self._shift[:-1]
        self._last = self._first + words

    def before(self, places: Sequence[int]) -> list[int]:
        """Return how many words there are before characters at which a chunk ends or begins."""
        chunks = self._begin.searchsorted(places)
        before: list[int] = (self._starts.searchsorted(places) + self._shift.take(chunks)).tolist()
        return before

    def spans(self, numbers: Sequence[int]) -> list[Range]:
        """Return where words begin and end, by their numbers."""
        wanted = np.array(numbers, dtype=np.int64)
        chunks = self._first.searchsorted(wanted, "right")
        runs = wanted - self._shift.take(chunks)
        starts, ends = self._starts.take(runs, mode="clip"), self._ends.take(runs, mode="clip")
        spans = [*zip(starts.tolist(), ends.tolist(), strict=True)]
        # Each chunk's last word, and before the first chunk none.
        last = np.concatenate((_NONE, self._last))
        for at in (wanted < last.take(chunks)).nonzero()[0].tolist():
            chunk = chunks.item(at) - 1
            begin = self._begin.item(chunk)
            word = chunk_words(self._text[begin : self._end.item(chunk)])[numbers[at] - self._first.item(chunk)]
            spans[at] = (begin + word.start, begin + word.end)
        return spans


def _by_counting(text: str, wanted: Sequence[Place]) -> list[Mark]:
    """Return the marks of a text of any script.

    Words are counted by chunks, and only those chunks looked into that hold one that is wanted.
    """
    marks: list[Mark] = []
    words = 0
    rest = text
    while rest and len(marks) < len(wanted):
        chunks = rest.split(None, _BLOCK)
        following = chunks.pop() if len(chunks) > _BLOCK else ""
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
