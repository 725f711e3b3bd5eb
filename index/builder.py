"""The builder: a batch of articles -> the arrays of a segment, by sorting.

Words are numbers from the moment they are looked up. A batch is one flat array of chunk numbers in the order of the
texts; everything after that is done to whole arrays: chunks become words, words get their document and their place,
and one stable sort by stem turns them into postings. Documents are numbered newest first (undated last, ties by id),
so that "newest" is the order of every posting list and a range of dates a range of documents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow, ranges
from index.batch import Batch
from index.gaps import GapPacker
from index.quantise import length_codes, times_bytes
from index.segment import SKIP
from index.small import pack_small
from index.stemming import bit
from index.strings import pack
from index.surfaces import Uses, in_order, pack_surfaces

U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]


SLAB = 1 << 19
"""Words sorted at a time: what a sort takes beside its result is a matter of this, not of the batch."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch in document order: the pair of each (uint32), and how many each title and body has."""

    pairs: U32
    title: I64
    body: I64

    @property
    def lengths(self) -> I64:
        """How many words each document has."""
        return self.title + self.body


def words_of(batch: Batch, order: I64) -> Words:
    """Return a batch's words, the documents in ``order`` (int64 (n,): which article comes where)."""
    pairs, lengths = batch.words()
    size = lengths.sum(axis=1, dtype=np.int64)
    first = (np.cumsum(size) - size)[order]
    size = size[order]
    ordered = np.empty_like(pairs)
    for slab, low, high in _slabs(size):
        ordered[low:high] = pairs[ranges(first[slab], size[slab])]
    return Words(ordered, lengths[order, 0].astype(np.int64), lengths[order, 1].astype(np.int64))


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a batch's words, ascending; the term of each pair that occurs, and how often that is (int64)."""

    names: list[bytes]
    of_pair: U32
    times: I64


def terms_of(words: Words, batch: Batch) -> Terms:
    """Return the terms that a batch's words are indexed under."""
    lexicon = batch.lexicon
    stem_of_pair = np.array(lexicon.pair_stem, dtype=np.uint32)
    times = np.bincount(words.pairs, minlength=len(stem_of_pair))
    # The lexicon knows words of earlier batches, too.
    held = np.unique(stem_of_pair[times > 0])
    stems = list(map(str.encode, map(lexicon.stems.__getitem__, held.tolist())))
    names = sorted(stems)
    number = dict(zip(names, range(len(names)), strict=True))
    rank = np.zeros(len(lexicon.stems), dtype=np.uint32)
    rank[held] = np.fromiter(map(number.__getitem__, stems), dtype=np.uint32, count=len(stems))
    return Terms(names, rank[stem_of_pair], times)


def postings(words: Words, terms: Terms) -> dict[str, Array]:
    """Sort words into postings. Returns the arrays of the term dictionary, postings and positions."""
    count = len(terms.names)
    held = np.flatnonzero(terms.times)
    times = np.bincount(terms.of_pair[held], weights=terms.times[held], minlength=count).astype(np.int64)
    # Slab by slab, each term's words behind those it had in the slabs before.
    following = np.cumsum(times) - times
    doc, place = np.empty_like(words.pairs), np.empty_like(words.pairs)
    for slab, low, high in _slabs(words.lengths):
        length = words.lengths[slab]
        term = terms.of_pair[words.pairs[low:high]]
        order = stable_order(term, count)
        here = np.bincount(term, minlength=count)
        to = np.arange(len(term)) + np.repeat(following - (np.cumsum(here) - here), here)
        following += here
        doc[to] = np.repeat(np.arange(slab.start, slab.stop, dtype=np.uint32), length)[order]
        place[to] = (np.arange(len(term)) - np.repeat(np.cumsum(length) - length, length))[order]
    term = np.repeat(np.arange(count, dtype=np.uint32), times)
    return encode(term, doc, place, terms.names, words.title)


def _slabs(lengths: I64) -> Iterator[tuple[slice, int, int]]:
    """Divide documents of so many words into runs of about SLAB words: the documents, the first word and the last."""
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        low = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(ends.searchsorted(low + SLAB, side="right")))
        yield slice(first, last), low, int(ends[last - 1])
        first = last


def encode(term: U32, doc: U32, place: U32, names: Sequence[bytes], title: I64) -> dict[str, Array]:
    """Encode words sorted by (term, document, place): runs of the same term and document are postings."""
    change = np.ones(len(term), dtype=np.bool_)
    if len(term):
        change[1:] = (term[1:] != term[:-1]) | (doc[1:] != doc[:-1])
    start = np.flatnonzero(change)
    times = np.diff(np.append(start, len(term)))
    docs, terms = doc[start], term[start]
    in_title = place < title.astype(np.uint32)[doc]
    title_times = np.add.reduceat(in_title, start, dtype=np.int64) if len(start) else times
    byte, inexact = times_bytes(title_times, times - title_times)
    first = terms.searchsorted(np.arange(len(names), dtype=terms.dtype))
    many = np.flatnonzero(inexact)
    gaps = GapPacker("")
    return {
        **pack(names, "term"),
        "term.posting": narrow(np.append(first, len(docs))),
        "term.place": narrow(np.append(start[first], len(term))),
        **gaps.add(terms, docs),
        **gaps.finish(),
        "posting.times": byte,
        "many.posting": narrow(many),
        "many.times": narrow(times[many]),
        **pack_small(place, "place"),
        "place.skip": narrow(start[::SKIP]),
    }


def lengths(words: Words, title_weight: float) -> dict[str, Array]:
    """Return the arrays of the documents' lengths: exact ones of title and body, and the code of both together."""
    return {
        "doc.title": narrow(words.title),
        "doc.body": narrow(words.body),
        "doc.length": length_codes((title_weight * words.title + words.body).astype(np.float64)),
    }


def vocabulary(words: Words, terms: Terms, batch: Batch, order: I64) -> dict[str, Array]:
    """Return the arrays of the surface vocabulary; ``order`` is that of ``words_of``."""
    held = np.flatnonzero(terms.times)
    written = list(map(str.encode, map(batch.lexicon.surfaces.__getitem__, held.tolist())))
    surfaces = sorted(set(written))
    number = dict(zip(surfaces, range(len(surfaces)), strict=True))
    spoken = batch.languages
    uses = Uses(
        np.fromiter(map(number.__getitem__, written), dtype=np.int64, count=len(written)),
        terms.of_pair[held].astype(np.int64),
        terms.times[held],
        _languages(words, [spoken[article] for article in order.tolist()], len(terms.times))[held],
    )
    return pack_surfaces(surfaces, in_order(uses), len(terms.names))


def _languages(words: Words, tags: Sequence[str], pairs: int) -> U64:
    """Return the languages of the documents that hold each pair, as sets of bits; ``tags`` are the documents' own."""
    bits = {tag: bit(tag) for tag in set(tags)}
    spoken = sorted(set(bits.values()))
    if len(spoken) == 1:
        return np.full(pairs, spoken[0], dtype=np.uint64)
    number = {tag: spoken.index(bits[tag]) for tag in bits}
    of = np.array([number[tag] for tag in tags], dtype=np.int64)
    held = np.zeros((len(spoken), pairs), dtype=np.bool_)
    for slab, low, high in _slabs(words.lengths):
        held[np.repeat(of[slab], words.lengths[slab]), words.pairs[low:high]] = True
    found = np.zeros(pairs, dtype=np.uint64)
    for language, row in zip(spoken, held, strict=True):
        found[row] |= np.uint64(language)
    return found


def stable_order(keys: U32, top: int) -> I64:
    """Return the stable argsort of numbers below ``top``, by radix: one pass over 16 bits, or two.

    NumPy's stable sort is a radix sort for 16 bits and a merge sort above: 2.8 million keys took 0.06 s against 0.18 s.
    """
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    if top > 1 << 16:
        order = order[np.argsort((keys >> np.uint32(16)).astype(np.uint16)[order], kind="stable")]
    return order
