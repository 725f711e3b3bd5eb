"""The word writer: the texts of articles -> the arrays of a segment that are of their words.

Words are gathered as numbers, and sorted when the order of the documents is known.
"""

from itertools import chain

import numpy as np

from index.arrays import ArrayWriter
from index.batch import Batch
from index.builder import lengths, sort, terms_of, vocabulary, words_of, write_lists
from index.chunks import Block, block_of
from index.names import pack_names
from index.numbering import Numbering
from index.order import I64
from index.wording import Wording

BYTES_PER_WORD = 11
"""Memory counted for each word until it is sorted: the sum of the arrays that are alive together at the peak."""

BYTES_PER_ARTICLE = 150
"""Memory that an article takes beside its words; its stored form waits on the disk."""


class WordWriter:
    """The words of one segment after the other.

    ``memory``, in bytes, is what it may take, ``language`` what ``Numbering`` says.
    """

    def __init__(self, memory: int, title_weight: float, language: str) -> None:
        self._memory = memory
        self._title_weight = title_weight
        self._numbering = Numbering(language, memory)
        self._byline_numbering = Numbering("und", memory)
        self._batch = Batch()
        self._bylines = Batch()
        self._signed: list[int] = []

    @property
    def taken(self) -> int:
        """Bytes that it takes, roughly."""
        words, articles = self._batch.size + self._bylines.size, len(self._batch.languages)
        return words * BYTES_PER_WORD + articles * BYTES_PER_ARTICLE + self._known

    @property
    def _known(self) -> int:
        """Bytes that what is known of words takes."""
        numbering = self._numbering.taken + self._byline_numbering.taken
        return numbering + self._batch.lexicon.taken + self._bylines.lexicon.taken

    def take(self, wording: Wording) -> None:
        """Add articles, behind all others. Where texts are numbered by another, all that it numbers come this way."""
        before, texts = len(self._batch.languages), wording.texts
        self._batch.add(self._numbering.number(texts, wording.languages) if isinstance(texts, Block) else texts)
        signed = [(at, byline) for at, byline in enumerate(wording.bylines, before) if byline]
        if signed:
            bylines = chain.from_iterable(("", byline) for _, byline in signed)
            self._bylines.add(self._byline_numbering.number(block_of([*bylines]), ["und"] * len(signed)))
            self._signed += [at for at, _ in signed]

    def write(self, writer: ArrayWriter, order: I64) -> None:
        """Write the words of documents in ``order`` (int64 (n,): which article comes where), and begin anew."""
        languages = list(map(self._batch.languages.__getitem__, order.tolist()))
        words = words_of(*self._batch.words(), order)
        terms = terms_of(words, self._batch.lexicon)
        writer.put(lengths(words, self._title_weight))
        writer.put(pack_names("language", languages))
        writer.put(vocabulary(terms, self._batch.lexicon))
        stood, title = sort(words, terms), words.title
        del words
        write_lists(writer, "", terms.names, stood, title)
        del stood
        self._write_bylines(writer, order)
        self._forget()

    def _write_bylines(self, writer: ArrayWriter, order: I64) -> None:
        pairs, few = self._bylines.words()
        sizes = np.zeros((len(order), 2), dtype=np.uint32)
        sizes[self._signed] = few
        words = words_of(pairs, sizes, order)
        terms = terms_of(words, self._bylines.lexicon)
        write_lists(writer, "byline.", terms.names, sort(words, terms), words.title)

    def _forget(self) -> None:
        self._signed.clear()
        self._batch.clear()
        self._bylines.clear()
        if self._known * 3 > self._memory:
            # What is known of words may take a third of the memory; then it is learnt anew.
            self._batch.forget_words()
            self._bylines.forget_words()
