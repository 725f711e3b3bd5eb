"""A batch: articles taken in but not yet sorted, as the numbers of their words."""

from array import array

import numpy as np
import numpy.typing as npt

from index.chunks import Texts
from index.lexicon import Lexicon
from index.numbering import Numbered

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]


class Batch:
    """Articles taken in; ``languages`` are theirs."""

    def __init__(self) -> None:
        # Of these one array each: it grows where it is, while pieces would leave holes as large as themselves.
        self._pairs = array("I")
        self._lengths = array("I")
        self.languages: list[str] = []
        self.lexicon = Lexicon()
        self._texts: dict[int, Texts] = {}

    def add(self, texts: Numbered) -> None:
        """Take in articles. What one numbering makes is taken in in its order."""
        if texts.afresh:
            self._texts[texts.by] = Texts()
            self._texts[texts.by].add([b""])
            self.lexicon.forget_chunks(texts.by)
        self._texts[texts.by].add(texts.new)
        pairs, sizes = self.lexicon.spell_out(self._runs(texts))
        lengths = np.diff(np.concatenate([[0], np.cumsum(sizes)])[texts.ends], prepend=0).astype(np.uint32)
        self._pairs.frombytes(pairs.data.cast("B"))
        self._lengths.frombytes(lengths.data.cast("B"))
        self.languages += texts.languages

    @property
    def size(self) -> int:
        """How many words there are."""
        return len(self._pairs)

    def words(self) -> tuple[U32, U32]:
        """Hand over the pairs of all words, and how many each title and body has: uint32 (words,), (articles, 2)."""
        pairs, lengths = (np.frombuffer(kept, dtype=np.uint32) for kept in (self._pairs, self._lengths))
        self._pairs, self._lengths = array("I"), array("I")
        return pairs, lengths.reshape(-1, 2)

    def clear(self) -> None:
        """Forget the articles, and keep what is known of words."""
        self._pairs, self._lengths, self.languages = array("I"), array("I"), []

    def forget_words(self) -> None:
        """Forget what is known of words, which is learnt anew; not before the articles are forgotten."""
        self.lexicon = Lexicon()

    def _runs(self, articles: Numbered) -> U32:
        """Return the run of each chunk, in the language of its article."""
        chunks, texts, languages = articles.numbers, self._texts[articles.by], articles.languages
        tags = sorted(set(languages))
        if len(tags) == 1:
            return self.lexicon.runs_of(chunks, texts, articles.by, tags[0])
        runs = np.empty(len(chunks), dtype=np.uint32)
        number = {tag: i for i, tag in enumerate(tags)}
        tag_of = np.array([number[language] for language in languages], dtype=np.uint16)
        of = np.repeat(tag_of, np.diff(articles.ends[1::2], prepend=0))
        for tag in tags:
            chosen = np.flatnonzero(of == number[tag])
            runs[chosen] = self.lexicon.runs_of(chunks.take(chosen), texts, articles.by, tag)
        return runs
