"""The builder: a batch of articles -> the arrays of a segment, by sorting.

Words are numbers from the moment they are looked up. A batch is one flat array of chunk numbers in the order of the
texts; everything after that is done to whole arrays: chunks become words, words get their document and their place,
and one stable sort by stem turns them into postings. Documents are numbered newest first (undated last, ties by id),
so that "newest" is the order of every posting list and a range of dates a range of documents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.arrays import Array, ArrayWriter, narrow, ranges
from index.lexicon import Lexicon
from index.lists import Lists, Postings
from index.quantise import length_codes, times_bytes
from index.strings import ranked
from index.surfaces import Uses, in_order, pack_surfaces

U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]


SLAB = 1 << 18
"""Words sorted, or made into postings, at a time: what that takes beside its result is a matter of this, not of the
batch, and stays in the processor's cache."""


@dataclass(slots=True)
class Words:
    """The words of articles, which are documents in another order.

    ``pairs`` (uint32) are the words' pairs as the articles came. Of each document, int64 (n,): ``first`` is where its
    words begin in ``pairs``, ``title`` and ``body`` how many there are of each, the title's before the body's.
    """

    pairs: U32
    first: I64
    title: I64
    body: I64

    @property
    def lengths(self) -> I64:
        """How many words each document has."""
        return self.title + self.body

    def slabs(self) -> Iterator[tuple[slice, U32, I64]]:
        """Yield runs of documents of about SLAB words: which they are, their words' pairs, how many each has."""
        lengths = self.lengths
        ends = np.cumsum(lengths)
        start = 0
        while start < len(lengths):
            low = int(ends[start - 1]) if start else 0
            end = max(start + 1, int(ends.searchsorted(low + SLAB, side="right")))
            slab = slice(start, end)
            yield slab, self.pairs.take(ranges(self.first[slab], lengths[slab])), lengths[slab]
            start = end


def words_of(pairs: U32, lengths: U32, order: I64) -> Words:
    """Return a batch's words, the documents in ``order`` (int64 (n,): which article comes where).

    ``lengths``, uint32 (n, 2), are how many words each article's title and body have.
    """
    size = lengths.sum(axis=1, dtype=np.int64)
    lengths = lengths[order]
    return Words(pairs, (np.cumsum(size) - size)[order], lengths[:, 0].astype(np.int64), lengths[:, 1].astype(np.int64))


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a batch's words, ascending; the term of each pair that occurs, and how often that is (int64)."""

    names: list[bytes]
    of_pair: U32
    times: I64


def terms_of(words: Words, lexicon: Lexicon) -> Terms:
    """Return the terms that words are indexed under."""
    times = np.zeros(len(lexicon.stems), dtype=np.int64)
    for start in range(0, len(words.pairs), SLAB):
        # All at once would be turned into int64, twice what they take themselves.
        times += np.bincount(words.pairs[start : start + SLAB], minlength=len(times))
    # The lexicon knows words of earlier batches, too.
    held = np.flatnonzero(times)
    names, numbers = ranked(list(map(str.encode, map(lexicon.stems.__getitem__, held.tolist()))))
    of_pair = np.zeros(len(times), dtype=np.uint32)
    of_pair[held] = numbers
    return Terms(names, of_pair, times)


class Stood(NamedTuple):
    """Words by term, document and place: document (uint32) and place of each; how many each term has (int64)."""

    doc: U32
    place: Array
    times: I64


def sort(words: Words, terms: Terms) -> Stood:
    """Sort words: slab by slab, each term's behind those it had in the slabs before."""
    count = len(terms.names)
    held = np.flatnonzero(terms.times)
    times = np.bincount(terms.of_pair[held], weights=terms.times[held], minlength=count).astype(np.int64)
    following = np.cumsum(times) - times
    longest = int(words.lengths.max(initial=0))
    doc = np.empty(len(words.pairs), dtype=np.uint32)
    place = np.empty(len(words.pairs), dtype=np.uint16 if longest < 1 << 16 else np.uint32)
    for slab, pairs, length in words.slabs():
        order, term = in_stable_order(terms.of_pair.take(pairs), count)
        start = np.flatnonzero(np.append(True, term[1:] != term[:-1])[: len(term)])
        here, size = term[start].astype(np.int64), np.diff(start, append=len(term))
        to = np.arange(len(term))
        to += np.repeat(following[here] - start, size)
        following[here] += size
        doc[to] = np.repeat(np.arange(slab.start, slab.stop, dtype=np.uint32), length).take(order)
        within = np.arange(len(term), dtype=np.uint32)
        within -= np.repeat((np.cumsum(length) - length).astype(np.uint32), length)
        # Of its own type: to be put among others as another takes twice as long.
        place[to] = within.astype(place.dtype).take(order)
    return Stood(doc, place, times)


def write_lists(writer: ArrayWriter, prefix: str, names: Sequence[bytes], stood: Stood, title: I64) -> None:
    """Write the lists of terms, ascending; ``title`` (int64 (n,)) is how many words each document's title has."""
    lists = Lists(writer, prefix, len(names))
    ends = np.cumsum(stood.times)
    in_titles = narrow(title)
    low = 0
    while low < len(names):
        start = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(ends.searchsorted(start + SLAB, side="right")))
        here = slice(start, int(ends[high - 1]))
        term = np.repeat(np.arange(low, high), stood.times[low:high])
        lists.add(_postings(term, stood.doc[here], stood.place[here], in_titles))
        low = high
    lists.finish(names)


def _postings(term: I64, doc: U32, place: Array, title: Array) -> Postings:
    """Return the postings that words are: runs of the same term and document."""
    change = np.ones(len(term), dtype=np.bool_)
    np.not_equal(term[1:], term[:-1], out=change[1:])
    change[1:] |= doc[1:] != doc[:-1]
    start = np.flatnonzero(change)
    times = np.diff(start, append=len(term))
    # Two steps of a sum take half the time of np.add.reduceat.
    in_title = np.append(0, np.cumsum(place < title.take(doc)))
    title_times = np.diff(in_title.take(np.append(start, len(term))))
    stood, _ = times_bytes(title_times, times - title_times)
    return Postings(term[start], doc[start].astype(np.int64), times, stood, place)


def lengths(words: Words, title_weight: float) -> dict[str, Array]:
    """Return the arrays of the documents' lengths: exact ones of title and body, and the code of both together."""
    return {
        "doc.title": narrow(words.title),
        "doc.body": narrow(words.body),
        "doc.length": length_codes((title_weight * words.title + words.body).astype(np.float64)),
    }


def vocabulary(terms: Terms, lexicon: Lexicon) -> dict[str, Array]:
    """Return the arrays of the surface vocabulary."""
    held = np.flatnonzero(terms.times)
    surfaces, numbers = ranked(list(map(str.encode, map(lexicon.surfaces.__getitem__, held.tolist()))))
    uses = Uses(
        numbers,
        terms.of_pair[held].astype(np.int64),
        terms.times[held],
        np.array(lexicon.languages, dtype=np.uint64)[held],
    )
    return pack_surfaces([(surfaces, in_order(uses))], len(terms.names))


def in_stable_order(keys: U32, top: int) -> tuple[I64, U32]:
    """Return the stable argsort of numbers below ``top``, int64 (n,), and the numbers in that order.

    262,144 numbers of 16 bits take 0.7 ms by NumPy's stable sort, which is a radix sort there. Larger ones are sorted
    with their places behind them, as one number each: 1.0 ms, in two passes of radix sort 1.6, by its merge sort 17.
    """
    if top <= 1 << 16:
        order = np.argsort(keys.astype(np.uint16), kind="stable")
        return order, keys.take(order)
    bits = np.uint64(len(keys).bit_length())
    both = keys.astype(np.uint64)
    both <<= bits
    both |= np.arange(len(keys), dtype=np.uint64)
    both.sort()
    return (both & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64), (both >> bits).astype(np.uint32)
