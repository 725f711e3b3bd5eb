"""Chunks: text -> the numbers of its words, one dictionary look-up a chunk.

A chunk is what stands between white space, in lower case where the text is ASCII (analysis does not depend on what is
around a chunk, nor on case). The first time one is met it is analysed; every other time its number is looked up. Most
of the cost of that first time is shared, too: a chunk is stripped of the punctuation around it, and what is left has
mostly been met before. A *pair* is a word's folded spelling and its stem, in one language; a chunk is a run of pairs.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import Stemmer

from index.stemming import ALGORITHMS, fold, primary, stem
from index.words import chunk_words

_AROUND = "\"'(),-./:;<>[]!?*"
"""What is stripped off before the second look. None of it can be part of a word at its edge but a point, and that of
an acronym is lost in any case; a plus and a sharp can."""

_KEPT = 40
"""Longer chunks are encoded data or scripts without spaces, and seldom met again."""


class Lexicon:
    """Every stem and every pair met so far, numbered as they came."""

    def __init__(self) -> None:
        self.stems: list[str] = []
        self.surfaces: list[str] = []
        self.pair_stem = array("I")
        self._stem_numbers: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}

    def stem(self, text: str) -> int:
        """Return the number of a stem."""
        number = self._stem_numbers.setdefault(text, len(self.stems))
        if number == len(self.stems):
            self.stems.append(text)
        return number

    def pair(self, surface: str, stem_: str) -> int:
        """Return the number of a pair."""
        number = self._pairs.setdefault((surface, stem_), len(self.surfaces))
        if number == len(self.surfaces):
            self.surfaces.append(surface)
            self.pair_stem.append(self.stem(stem_))
        return number


@dataclass(frozen=True, slots=True)
class Runs:
    """Where the pairs of each chunk stand: chunk c is ``pairs[first[c] : first[c] + size[c]]``."""

    first: npt.NDArray[np.uint32]
    size: npt.NDArray[np.uint32]
    pairs: npt.NDArray[np.uint32]


class Chunks:
    """The chunks of every language met so far, numbered as they came."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._first = array("I")
        self._size = array("I")
        self._pairs = array("I")
        self._tables: dict[str, _Table] = {}

    def numbers(self, text: str, language: str) -> "map[int]":
        """Return the numbers of a text's chunks, in order."""
        table = self._tables.get(language)
        if table is None:
            table = self._tables[language] = _Table(self, language)
        return map(table.__getitem__, (text.lower() if text.isascii() else text).split())

    def runs(self) -> Runs:
        """Return where the pairs of each chunk stand."""
        return Runs(*(np.array(part, dtype=np.uint32) for part in (self._first, self._size, self._pairs)))

    @property
    def met(self) -> int:
        """How many chunks have been numbered."""
        return len(self._first)

    def number(self, pairs: Sequence[int]) -> int:
        """Give a run of pairs a number."""
        self._first.append(len(self._pairs))
        self._size.append(len(pairs))
        self._pairs.extend(pairs)
        return len(self._first) - 1


class _Table(dict[str, int]):
    """Chunk -> number, for one language. A chunk that is missing is analysed and kept."""

    def __init__(self, chunks: Chunks, language: str) -> None:
        super().__init__()
        self._chunks = chunks
        self._language = language
        self._stemmer = Stemmer.Stemmer(ALGORITHMS[language], 0) if (language := primary(language)) else None
        self._pair_of_word: dict[str, int] = {}

    def __missing__(self, chunk: str) -> int:
        core = chunk.strip(_AROUND)
        if core.isascii() and core.isalnum():
            number = self.get(core)
            if number is None:
                number = self._chunks.number((self._pair(core.lower()),))
                self[core] = number
        else:
            number = self._chunks.number([self._pair(word.text) for word in chunk_words(chunk)])
        if len(chunk) <= _KEPT:
            self[chunk] = number
        return number

    def _pair(self, word: str) -> int:
        number = self._pair_of_word.get(word)
        if number is None:
            if word.isascii() and word.isalpha() and self._stemmer is not None:
                # Most words: nothing to fold, and none of the caches in between pays for itself here.
                number = self._chunks.lexicon.pair(word, self._stemmer.stemWord(word) or word)
            else:
                number = self._chunks.lexicon.pair(fold(word), stem(word, self._language))
            self._pair_of_word[word] = number
        return number
