"""The lexicon: chunks -> runs of words, analysed once a language.

A *pair* is a word's folded spelling and its stem, numbered once for each language it is met in; a *run* is the pairs of
one chunk in one language. What is new in a block is analysed together: of Reuters' 82,000 distinct chunks one by one
took 1.9 s, this 0.4 s.
"""

from array import array
from collections.abc import Sequence
from itertools import chain, count, repeat

import numpy as np
import numpy.typing as npt

from index.arrays import ranges
from index.chunks import Texts
from index.stemming import bit, fold, primary, stems
from index.words import spellings

BYTES_PER_RUN = 100
"""Memory that a run takes with its chunk's characters: 76 in 200,000 short articles of news, before arrays grow."""

BYTES_PER_PAIR = 250
"""Memory that a pair takes: 163 there, its two texts, its number, and its row in a dictionary with room to grow."""

U32 = npt.NDArray[np.uint32]


class Lexicon:
    """Every pair and run met so far, numbered as they came.

    ``surfaces`` and ``stems`` are the pairs', and ``languages`` (uint64) the bits that stand for their languages.
    """

    def __init__(self) -> None:
        self.stems: list[str] = []
        self.surfaces: list[str] = []
        self.languages = array("Q")
        self._pair_of_word: dict[str, dict[str, int]] = {}
        self._run_of_chunk: dict[tuple[int, str], U32] = {}
        # Run 0 is none.
        self._first = array("I", [0])
        self._size = array("I", [0])
        self._run_pairs = array("I")

    @property
    def taken(self) -> int:
        """Bytes that it takes, roughly."""
        return len(self._size) * BYTES_PER_RUN + len(self.surfaces) * BYTES_PER_PAIR

    def forget_chunks(self, by: int) -> None:
        """Forget which chunks a numbering has given which numbers."""
        self._run_of_chunk = {key: known for key, known in self._run_of_chunk.items() if key[0] != by}

    def runs_of(self, chunks: U32, texts: Texts, by: int, language: str) -> U32:
        """Return the number of each chunk's run in a language, from 1.

        ``texts`` are the chunks' texts by the numbers that the numbering ``by`` has given them.
        """
        language = primary(language)
        key = by, language
        known = self._run_of_chunk.get(key, np.zeros(0, dtype=np.uint32))
        if len(known) < len(texts):
            known = np.concatenate([known, np.zeros(2 * len(texts) - len(known), dtype=np.uint32)])
            self._run_of_chunk[key] = known
        # take: two thirds of the time that known[chunks] takes, and there are as many of these as there are words.
        runs = known.take(chunks)
        missing = chunks[runs == 0]
        if len(missing):
            new = np.unique(missing)
            known[new] = np.arange(len(new), dtype=np.uint32) + np.uint32(len(self._size))
            self._analyse([texts[number] for number in new.tolist()], language)
            runs = known.take(chunks)
        return runs

    def spell_out(self, runs: U32) -> tuple[U32, U32]:
        """Return the pairs of runs one behind the other, and how many each run has."""
        size = np.frombuffer(self._size, dtype=np.uint32).take(runs)
        first = np.frombuffer(self._first, dtype=np.uint32).take(runs)
        pairs = np.frombuffer(self._run_pairs, dtype=np.uint32)
        return pairs.take(ranges(first.astype(np.int64), size.astype(np.int64))), size

    def _analyse(self, chunks: Sequence[str], language: str) -> None:
        """Add the runs of chunks in their order."""
        split = list(map(spellings, chunks))
        pairs = self._pair_of_word.setdefault(language, {})
        new = [word for word in dict.fromkeys(chain.from_iterable(split)) if word not in pairs]
        pairs.update(zip(new, count(len(self.surfaces))))
        self.languages.extend(repeat(bit(language), len(new)))
        self.surfaces += [word if word.isascii() and word.isalnum() else fold(word) for word in new]
        # Of two equal texts one is enough, for half of all words.
        self.stems += [word if stem == word else stem for word, stem in zip(new, stems(new, language), strict=True)]
        sizes = np.fromiter(map(len, split), dtype=np.uint32, count=len(split))
        first = np.cumsum(sizes, dtype=np.uint32) - sizes + np.uint32(len(self._run_pairs))
        self._first.frombytes(first.tobytes())
        self._size.frombytes(sizes.tobytes())
        self._run_pairs.extend(map(pairs.__getitem__, chain.from_iterable(split)))
