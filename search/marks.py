"""Marks: the characters of the words that made an article match.

An index says which word of a text it is, its first, second or twentieth; a mark says which characters. The texts of a
page of hits are gone through together, as one array of bytes in which letters and digits side by side are words. What
may be more than that, ``U.S.``, ``don't`` or ``$5``, is left to ``index.words``, and so are texts that are not ASCII.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.arrays import ranges
from index.words import chunk_words, word_counts
from search.postings import firsts

Place = tuple[int, int, float]
"""Which word of a text, from 0; which leaf of the query it is for; how telling that leaf is."""

I64 = npt.NDArray[np.int64]

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
    marks: list[list[Mark]] = []
    together: list[int] = []
    for number, (text, places) in enumerate(zip(texts, wanted, strict=True)):
        together += [number] if places and text.isascii() else []
        marks.append([] if not places or text.isascii() else _by_counting(text, sorted(places)))
    if together:
        found = _by_bytes([texts[number] for number in together], [sorted(wanted[n]) for n in together])
        for number, here in zip(together, found, strict=True):
            marks[number] = here
    return marks


def _by_bytes(texts: Sequence[str], wanted: Sequence[Sequence[Place]]) -> Iterator[list[Mark]]:
    """Yield the marks of each of some ASCII texts."""
    joined = "\n".join(["", *texts, ""])
    starts, ends = _words(joined)
    begins = [*accumulate(map(len, texts), lambda at, size: at + size + 1, initial=1)]
    before = starts.searchsorted(begins).tolist()
    at = [
        first + place[0]
        for first, end, places in zip(before, before[1:], wanted, strict=False)
        for place in places
        if place[0] < end - first
    ]
    left, right = iter(starts[at].tolist()), iter(ends[at].tolist())
    for begin, first, end, places in zip(begins, before, before[1:], wanted, strict=False):
        yield [
            Mark(next(left) - begin, next(right) - begin, leaf, weight)
            for place, leaf, weight in places
            if place < end - first
        ]


def _words(text: str) -> tuple[I64, I64]:
    """Return where the words of an ASCII text that begins and ends with white space begin and end, int64 (n,)."""
    kind = np.frombuffer(text.encode().translate(_KINDS), dtype=np.uint8)
    held = kind & _WORD
    edges = (held[1:] != held[:-1]).nonzero()[0] + 1
    starts, ends = edges[::2], edges[1::2]
    signs = (kind >= _JOINS).nonzero()[0]
    sign, behind = kind.take(signs), held.take(signs - 1)
    odd = (sign >> 2 & behind & held.take(signs + 1)) | (sign >> 3 & behind) | sign >> 4
    signs = signs[odd.view(np.bool_)]
    if not len(signs):
        return starts, ends
    # The chunks that hold such a sign, each once: their words take the place of the runs of letters in them.
    blanks = (kind == _BLANK).nonzero()[0]
    following = blanks.searchsorted(signs)
    following = following[firsts(following)]
    begin, end = blanks.take(following - 1) + 1, blanks.take(following)
    first = starts.searchsorted(begin)
    kept = np.ones(len(starts), dtype=np.bool_)
    kept[ranges(first, starts.searchsorted(end) - first)] = False
    own = [
        (low + word.start, low + word.end)
        for low, high in zip(begin.tolist(), end.tolist(), strict=True)
        for word in chunk_words(text[low:high])
    ]
    more = np.array(own, dtype=np.int64).reshape(-1, 2)
    starts, ends = np.concatenate((starts[kept], more[:, 0])), np.concatenate((ends[kept], more[:, 1]))
    order = starts.argsort(kind="stable")
    return starts.take(order), ends.take(order)


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
