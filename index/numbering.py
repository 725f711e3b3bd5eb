"""Numbering: texts -> the numbers of their chunks, the chunks that are new among them, and each article's language.

What comes of it is all that words are made from, and can be sent to another process: so where articles are read texts
can be numbered as well, when the process that indexes them has much to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.chunks import Block, Chunks
from index.language import Detector

BYTES_PER_CHUNK = 130
"""Memory that a chunk takes here: 108 in 200,000 short articles of news, most of it a table with room to grow."""

SHARE = 12
"""The part of the memory that may be taken by what is known of chunks; then they are learnt anew."""

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Texts as the numbers of their chunks: title and body of each of n articles in turn, whose ``languages`` are here.

    ``numbers``, uint32, are those of all texts one behind the other, ``ends``, int64 (2n,), where each text ends among
    them. ``new`` are chunks that come for the first time, in UTF-8, whose numbers follow on the last; with ``afresh``
    they are the first ones, from 1, and whatever came before is forgotten. Number 0 has no word. Numbers mean something
    only among those that the same numbering has given: ``by`` says which.
    """

    numbers: U32
    ends: I64
    languages: list[str]
    new: list[bytes]
    afresh: bool
    by: int

    @property
    def size(self) -> int:
        """Its bytes, roughly."""
        return self.numbers.nbytes + self.ends.nbytes + sum(map(len, self.new))


class Numbering:
    """Numbers the texts of articles. ``language`` is that of one whose own is neither stated nor told by its text.

    ``memory`` is in bytes, all that indexing may take; ``by`` tells this numbering from others.
    """

    def __init__(self, language: str, memory: int, by: int = 0) -> None:
        self._language = language
        self._by = by
        self._most = memory // (SHARE * BYTES_PER_CHUNK)
        self._begin()

    def _begin(self) -> None:
        self._chunks = Chunks()
        self._detector = Detector(self._chunks)
        self._told = 0

    @property
    def taken(self) -> int:
        """Bytes that it takes, roughly."""
        return self._told * BYTES_PER_CHUNK

    def number(self, block: Block, stated: Sequence[str | None]) -> Numbered:
        """Number articles: in a block the title and the body of each in turn, ``stated`` are the languages they say."""
        if len(self._chunks.texts) > self._most:
            self._begin()
        afresh = self._told == 0
        found = self._chunks.numbers(block.data)
        languages = [language or self._language for language in stated]
        untold = [i for i, language in enumerate(stated) if language is None]
        if untold:
            told = self._detector.tell(block, found, block.start[::2][untold], block.end[1::2][untold])
            for i, language in zip(untold, told, strict=True):
                languages[i] = language or self._language
        new = self._chunks.texts.since(max(self._told, 1))
        self._told = len(self._chunks.texts)
        return Numbered(found.numbers, found.start.searchsorted(block.end), languages, new, afresh, self._by)
