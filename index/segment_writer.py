"""The segment writer: articles in, segment files out.

Articles are gathered until they fill their share of memory, then sorted and written as a segment. Files are complete
and on the disk when a segment is returned, and invisible until a commit names them.
"""

from array import array
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter
from index.articles import Articles
from index.batch import Batch
from index.builder import lengths, sort, terms_of, vocabulary, words_of, write_lists
from index.chunks import Block, block_of
from index.codec import ArraySegment
from index.columns import pack_columns
from index.generation import NAME
from index.merge import merge
from index.numbering import Numbering
from index.order import newest_first
from index.parcels import Parcel, Parcels
from index.segment import Segment, file_name
from index.stored import PASSING_WAY, WAY, Stash, sample_step, storing

BYTES_PER_WORD = 11
"""Memory counted for each word until it is sorted: the sum of the arrays that are alive together at the peak."""

BYTES_PER_ARTICLE = 150
"""Memory that an article takes beside its words; its stored form waits on the disk."""


I64 = npt.NDArray[np.int64]


class _Documents:
    """What is kept of each article beside its words."""

    def __init__(self, folder: Path) -> None:
        self.ids: list[str] = []
        self.stamps = array("q")
        self.sections: list[str | None] = []
        self.stash = Stash(folder)
        self._names: dict[str | None, str | None] = {}

    def add(self, articles: Parcel) -> None:
        """Keep what is to be kept of articles."""
        self.ids += articles.ids
        self.stamps.extend(articles.stamps)
        # One text for all that are alike: articles of one section bring one each.
        self.sections += map(self._names.setdefault, articles.sections, articles.sections)
        self.stash.add(articles.stored, articles.sizes)


class SegmentWriter:
    """Segments in the making, in one folder. ``memory`` is in megabytes, ``language`` what ``Numbering`` says."""

    def __init__(self, folder: Path, memory: int, title_weight: float, language: str = "en") -> None:
        self._folder = folder
        self._memory = memory * 1_000_000
        self._title_weight = title_weight
        self._parcels = Parcels()
        self._numbering = Numbering(language, self._memory)
        self._byline_numbering = Numbering("und", self._memory)
        self._batch = Batch()
        self._bylines = Batch()
        self._signed: list[int] = []
        self._documents = _Documents(folder)
        self._written: list[ArraySegment] = []
        self._opened: list[Segment] = []
        self._places: dict[str, int] | None = None
        self._removed: list[int] = []

    def __contains__(self, identifier: object) -> bool:
        """Say whether an article has been added, and not removed."""
        self._take_rest()
        return isinstance(identifier, str) and (identifier in self._placed() or self._find(identifier) is not None)

    def _placed(self) -> dict[str, int]:
        """Return the places of articles that are gathered. Most runs never ask, and it takes as much as the rest."""
        if self._places is None:
            removed = set(self._removed)
            self._places = {name: at for at, name in enumerate(self._documents.ids) if at not in removed}
        return self._places

    def add(self, articles: Articles) -> None:
        """Add articles, whose ids are not among those added and not removed.

        The language of one that does not say is told by its text.
        """
        for parcel in self._parcels.add(articles):
            self.take(parcel)

    def take(self, parcel: Parcel) -> None:
        """Add the articles of a parcel, behind all others. Where its texts are numbered, all that are come this way."""
        if self._full():
            self._flush(passing=True)
        before = len(self._documents.ids)
        if self._places is not None:
            self._places.update(zip(parcel.ids, count(before)))
        texts = parcel.texts
        self._batch.add(self._numbering.number(texts, parcel.languages) if isinstance(texts, Block) else texts)
        signed = [(at, byline) for at, byline in enumerate(parcel.bylines, before) if byline]
        if signed:
            bylines = chain.from_iterable(("", byline) for _, byline in signed)
            self._bylines.add(self._byline_numbering.number(block_of([*bylines]), ["und"] * len(signed)))
            self._signed += [at for at, _ in signed]
        self._documents.add(parcel)

    def _take_rest(self) -> None:
        for parcel in self._parcels.rest():
            self.take(parcel)

    def _full(self) -> bool:
        words, articles = self._batch.size + self._bylines.size, len(self._documents.ids)
        taken = words * BYTES_PER_WORD + articles * BYTES_PER_ARTICLE + self._known
        return articles > 0 and taken > self._memory

    @property
    def _known(self) -> int:
        """Bytes that what is known of words takes."""
        numbering = self._numbering.taken + self._byline_numbering.taken
        return numbering + self._batch.lexicon.taken + self._bylines.lexicon.taken

    def remove(self, identifier: str) -> None:
        """Take an article out again: it becomes a deleted document."""
        self._take_rest()
        doc = self._placed().pop(identifier, None)
        if doc is not None:
            self._removed.append(doc)
        elif found := self._find(identifier):
            segment, doc = found
            segment.delete_document(doc)

    def _find(self, identifier: str) -> tuple[ArraySegment, int] | None:
        """Find an article in the segments that are written."""
        self._opened += [Segment(self._folder, segment) for segment in self._written[len(self._opened) :]]
        for written, opened in zip(self._written, self._opened, strict=True):
            doc = opened.document(identifier)
            if doc is not None and not written.is_deleted(doc):
                return written, doc
        return None

    def finish(self) -> list[ArraySegment]:
        """Write out what is left and return the segments."""
        self._take_rest()
        if self._documents.ids:
            self._flush()
        self._documents.stash.close()
        return self._written

    def discard(self) -> None:
        """Leave it unfinished. Its files are removed with all that no generation names."""
        self._documents.stash.close()

    def _flush(self, *, passing: bool = False) -> None:
        """Write what was gathered as a segment; as one that is merged with the next where it is ``passing``."""
        documents, lexicon = self._documents, self._batch.lexicon
        stamps = np.frombuffer(documents.stamps, dtype=np.int64)
        order = newest_first(stamps, documents.ids.__getitem__)
        kept = order.tolist()
        languages = list(map(self._batch.languages.__getitem__, kept))
        segment = ArraySegment(NAME, len(kept))
        stash = documents.stash
        # What is merged anon is made in the quickest way.
        sample = () if passing else stash.read(kept[:: sample_step(stash.size)])
        way = PASSING_WAY if passing else WAY
        with (
            ArrayWriter(self._folder / file_name(segment.segment_id())) as writer,
            storing(writer, stash.read(kept), sample, way),
        ):
            words = words_of(*self._batch.words(), order)
            terms = terms_of(words, lexicon)
            writer.put(lengths(words, self._title_weight))
            writer.put(vocabulary(words, terms, lexicon, languages))
            stood, title = sort(words, terms), words.title
            del words
            write_lists(writer, "", terms.names, stood, title)
            del stood
            self._write_bylines(writer, order)
            ids = list(map(documents.ids.__getitem__, kept))
            sections = list(map(documents.sections.__getitem__, kept))
            writer.put(pack_columns(ids, stamps[order], sections, languages))
        if self._removed:
            new = np.argsort(order)
            for doc in self._removed:
                segment.delete_document(int(new[doc]))
        self._written.append(segment)
        self._forget()

    def _write_bylines(self, writer: ArrayWriter, order: I64) -> None:
        pairs, few = self._bylines.words()
        sizes = np.zeros((len(order), 2), dtype=np.uint32)
        sizes[self._signed] = few
        words = words_of(pairs, sizes, order)
        terms = terms_of(words, self._bylines.lexicon)
        write_lists(writer, "byline.", terms.names, sort(words, terms), words.title)

    def _forget(self) -> None:
        """Begin anew behind a segment."""
        self._removed.clear()
        self._places = None
        self._signed.clear()
        self._documents.stash.close()
        self._documents = _Documents(self._folder)
        self._batch.clear()
        self._bylines.clear()
        if self._known * 3 > self._memory:
            # What is known of words may take a third of the memory; then it is learnt anew.
            self._batch.forget_words()
            self._bylines.forget_words()


def merge_segments(folder: Path, entries: Sequence[ArraySegment], memory: int) -> ArraySegment:
    """Write what is alive in several segments as a new one. ``memory`` is in bytes."""
    parts = [Segment(folder, entry) for entry in entries]
    segment = ArraySegment(NAME, sum(part.count for part in parts))
    merge(folder / file_name(segment.segment_id()), parts, memory)
    return segment
