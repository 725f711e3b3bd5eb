"""A batch: articles taken in but not yet sorted, as the numbers of their words.

A block of texts is split, looked up and analysed at once. What language an article is in that does not say is told on
the way, since its words have been numbered by then.
"""

from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.chunks import Block, Chunks
from index.language import Detector
from index.lexicon import Lexicon

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]


class Batch:
    """Articles taken in: ``languages`` are theirs, ``language`` that of one whose own is neither stated nor told."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        # Of these one array each: it grows where it is, while pieces would leave holes as large as themselves.
        self._pairs = array("I")
        self._lengths = array("I")
        self.languages: list[str] = []
        self.lexicon = Lexicon()
        self._chunks = Chunks()
        self._detector = Detector(self._chunks)

    def add(self, texts: Block, stated: Sequence[str | None]) -> None:
        """Take in articles: ``texts`` are the title and the body of each in turn, ``stated`` the languages they say."""
        found = self._chunks.numbers(texts.data)
        ends = found.start.searchsorted(texts.end)
        languages = [language or self._language for language in stated]
        untold = [i for i, language in enumerate(stated) if language is None]
        if untold:
            told = self._detector.tell(texts, found, texts.start[::2][untold], texts.end[1::2][untold])
            for i, language in zip(untold, told, strict=True):
                languages[i] = language or self._language
        pairs, sizes = self.lexicon.spell_out(self._runs(found.numbers, languages, np.diff(ends[1::2], prepend=0)))
        lengths = np.diff(np.concatenate([[0], np.cumsum(sizes)])[ends], prepend=0).astype(np.uint32)
        self._pairs.frombytes(pairs.data.cast("B"))
        self._lengths.frombytes(lengths.data.cast("B"))
        self.languages += languages

    @property
    def size(self) -> int:
        """How many words there are."""
        return len(self._pairs)

    def words(self) -> tuple[U32, U32]:
        """Hand over the pairs of all words, and how many each title and body has: uint32 (words,), (articles, 2)."""
        pairs, lengths = (np.frombuffer(kept, dtype=np.uint32) for kept in (self._pairs, self._lengths))
        self._pairs, self._lengths = array("I"), array("I")
        return pairs, lengths.reshape(-1, 2)

    @property
    def met(self) -> int:
        """How many chunks are known, with all that is known of their words."""
        return len(self._chunks.texts)

    def clear(self) -> None:
        """Forget the articles, and keep what is known of words."""
        self._pairs, self._lengths, self.languages = array("I"), array("I"), []

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
