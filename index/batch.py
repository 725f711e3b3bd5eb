"""A batch: articles taken in but not yet sorted, as the numbers of their words.

Texts are gathered into blocks, and a block is split, looked up and analysed at once. What language an article is in
that does not say is told on the way, since its words have been numbered by then.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, chain
from operator import add

import numpy as np
import numpy.typing as npt

from index.chunks import Chunks, block_of
from index.language import Detector
from index.lexicon import Lexicon

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]

BLOCK = 1 << 19
"""Characters split at once: below, what a step costs whatever its size shows; above, memory that buys nothing."""


class Batch:
    """Articles taken in: ``languages`` are theirs, ``language`` that of one whose own is neither stated nor told."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._waiting: tuple[list[str], list[str], list[str | None]] = [], [], []
        self._characters = 0
        # Of these one array each: it grows where it is, while pieces would leave holes as large as themselves.
        self._pairs = array("I")
        self._lengths = array("I")
        self._languages: list[str] = []
        self.lexicon = Lexicon()
        self._chunks = Chunks()
        self._detector = Detector(self._chunks)

    def add(self, titles: Sequence[str], bodies: Sequence[str], languages: Sequence[str | None]) -> None:
        """Take in the texts of articles."""
        sizes = [0, *accumulate(map(add, map(len, titles), map(len, bodies)))]
        start = 0
        while start < len(titles):
            # Up to the article with which there is a block.
            end = bisect_left(sizes, sizes[start] + BLOCK - self._characters, start + 1)
            self._waiting[0].extend(titles[start:end])
            self._waiting[1].extend(bodies[start:end])
            self._waiting[2].extend(languages[start:end])
            self._characters += sizes[min(end, len(titles))] - sizes[start]
            if self._characters >= BLOCK:
                self._split()
            start = end

    @property
    def size(self) -> int:
        """How many words there are, or will be: a guess for texts that have not been split."""
        return len(self._pairs) + self._characters // 5

    def words(self) -> tuple[U32, U32]:
        """Hand over the pairs of all words, and how many each title and body has: uint32 (words,), (articles, 2)."""
        self._split()
        pairs, lengths = (np.frombuffer(kept, dtype=np.uint32) for kept in (self._pairs, self._lengths))
        self._pairs, self._lengths = array("I"), array("I")
        return pairs, lengths.reshape(-1, 2)

    @property
    def met(self) -> int:
        """How many chunks are known, with all that is known of their words."""
        return len(self._chunks.texts)

    @property
    def languages(self) -> list[str]:
        """The language of each article."""
        self._split()
        return self._languages

    def clear(self) -> None:
        """Forget the articles, and keep what is known of words."""
        self._pairs, self._lengths, self._languages = array("I"), array("I"), []

    def _split(self) -> None:
        """Number the chunks of the texts that are waiting."""
        titles, bodies, stated = self._waiting
        if not titles:
            return
        self._waiting, self._characters = ([], [], []), 0
        block = block_of([*chain.from_iterable(zip(titles, bodies, strict=True))])
        found = self._chunks.numbers(block.data)
        ends = found.start.searchsorted(block.end)
        edges = np.concatenate([[0], ends[1::2]])
        untold = [i for i, language in enumerate(stated) if language is None]
        texts = [f"{titles[i]}\n{bodies[i]}" for i in untold]
        told = self._detector.tell(texts, found, block.start[::2][untold], edges[untold], edges[1:][untold])
        languages = [language or self._language for language in stated]
        for i, language in zip(untold, told, strict=True):
            languages[i] = language or self._language
        pairs, sizes = self.lexicon.spell_out(self._runs(found.numbers, languages, np.diff(edges)))
        lengths = np.diff(np.concatenate([[0], np.cumsum(sizes)])[ends], prepend=0).astype(np.uint32)
        self._pairs.frombytes(pairs.data.cast("B"))
        self._lengths.frombytes(lengths.data.cast("B"))
        self._languages += languages

    def _runs(self, chunks: U32, languages: list[str], sizes: I64) -> U32:
        """Return the run of each chunk, in the language of its article."""
        texts = self._chunks.texts
        tags = sorted(set(languages))
        if len(tags) == 1:
            return self.lexicon.runs_of(chunks, texts, tags[0])
        runs = np.empty(len(chunks), dtype=np.uint32)
        number = {tag: i for i, tag in enumerate(tags)}
        of = np.repeat(np.array([number[language] for language in languages], dtype=np.uint16), sizes)
        for tag in tags:
            chosen = np.flatnonzero(of == number[tag])
            runs[chosen] = self.lexicon.runs_of(chunks[chosen], texts, tag)
        return runs
