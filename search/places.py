"""Places: where the words of a segment stand, in one numbering of all its words.

Every text has its stretch of numbers, a title's before its body's, with one number left out behind each, so that words
side by side are words whose numbers follow each other, and nothing more has to be asked. Frequent words' places are
kept, and those of the most frequent as bits besides: in them 50,000 places are looked up in 0.2 ms, whatever the word.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from index.segment import Segment
from search.kept import Kept
from search.postings import FREQUENT, Docs, Postings, Reading, firsts, in_both, one_list, places_in

Numbers = npt.NDArray[Any]
"""Places, ascending: uint32, or int64 in a segment of more than four thousand million words."""

IN_BITS = 64
"""A word that is one in so many of all words is kept as bits besides."""


class Places:
    """The places of one segment's words in title and body, and its posting lists. Safe for several threads."""

    def __init__(self, segment: Segment, kept: Kept) -> None:
        self.segment = segment
        self._kept = kept

    @cached_property
    def _first(self) -> Numbers:
        """Where each document's words begin, and at the end where the next would, (size + 1,)."""
        segment = self.segment
        ends = np.cumsum(segment.title_words.astype(np.int64) + segment.body_words + 2)
        first = np.concatenate(([0], ends))
        return first.astype(np.uint32) if first[-1] < 1 << 32 else first

    def list(self, field: str, term: int) -> Postings:
        """Return a posting list, spelt out unless it is kept."""
        return one_list(self.segment, field, term, self._kept)

    def sequence(self, slots: Sequence[Reading], docs: Docs | None) -> Numbers:
        """Return the places where words follow each other: of the first word; ``slots`` are what each is read as.

        ``docs`` are those that hold all the words, where that is known: of words that are not frequent, only the places
        there are looked at.
        """
        if not all(slots) or (docs is not None and not len(docs)):
            return self._first[:0]
        count = self.segment.terms.count
        by_size = sorted(range(len(slots)), key=lambda slot: sum(map(count, slots[slot].terms)))
        at = by_size[0]
        found = self._of(slots[at], docs)
        for slot in by_size[1:]:
            found = found + (slot - at) if slot > at else found[found >= at - slot] - (at - slot)
            found = self._among(found, slots[slot], docs)
            at = slot
            if not len(found):
                break
        return found - at

    def near(self, slots: Sequence[Reading], reach: int) -> Docs:
        """Return documents among which are all that hold each slot's word within ``reach`` words, ascending."""
        if not all(slots):
            return self._first[:0]
        count = self.segment.terms.count
        rarest, *others = sorted(slots, key=lambda slot: sum(map(count, slot.terms)))
        found = self._of(rarest).astype(np.int64)
        for slot in others:
            places = self._of(slot)
            first, last = places.searchsorted(found - reach), places.searchsorted(found + reach, "right")
            found = found[last > first]
        docs = self._first.searchsorted(found, "right") - 1
        return docs[firsts(docs)]

    def documents(self, places: Numbers) -> tuple[Docs, npt.NDArray[np.bool_]]:
        """Return the document of each place, and whether the place is in its title."""
        docs = self._first.searchsorted(places, "right") - 1
        return docs, places - self._first.take(docs) < self.segment.title_words.take(docs)

    def _frequent(self, number: int) -> bool:
        return self.segment.terms.count(number) * FREQUENT > self.segment.size

    def _of(self, reading: Reading, docs: Docs | None = None) -> Numbers:
        """Return the places of a word: all, or at least those in some documents."""
        parts = [self._of_term(number, languages, docs) for number, languages in reading]
        if len(parts) == 1:
            return parts[0]
        together = np.concatenate(parts)
        together.sort()
        return together

    def _of_term(self, number: int, languages: int | None, among: Docs | None = None) -> Numbers:
        key = (self, number, languages)
        found: Numbers | None = self._kept.get(key)
        if found is not None:
            return found
        frequent = self._frequent(number)
        segment, terms = self.segment, self.segment.terms
        docs = self.list("text", number).docs
        at: npt.NDArray[np.int64] | None = None
        if among is not None and not frequent and len(among) < len(docs):
            at, there = places_in(among, docs)
            at = at[there]
            docs = docs.take(at)
        if languages is not None:
            kept = segment.within(docs, languages).nonzero()[0]
            at = kept if at is None else at.take(kept)
            docs = docs.take(kept)
        first, words = self._first.take(docs), segment.title_words.take(docs)
        places, of = terms.places(number, at)
        if len(places) != len(docs):
            first, words = first.take(of), words.take(of)
        found = first + places.astype(first.dtype, copy=False)
        # The body's words come one later: its title's end has a number of its own.
        found += places >= words
        if frequent:
            self._kept.keep(key, found, found.nbytes)
        return found

    def _among(self, wanted: Numbers, reading: Reading, docs: Docs | None) -> Numbers:
        """Return those of some places where a word stands."""
        total = int(self._first[-1])
        if len(reading) == 1 and self.segment.terms.places_of(reading.terms[0]) * IN_BITS > total:
            ((number, languages),) = reading
            bits = self._bits_of(number, languages, total)
            held = bits.take(wanted >> 3, mode="clip") >> (wanted & 7).astype(np.uint8) & 1
            there: Numbers = wanted[held.view(np.bool_)]
            return there
        return in_both(wanted, self._of(reading, docs))

    def _bits_of(self, number: int, languages: int | None, total: int) -> npt.NDArray[np.uint8]:
        key = ("bits", self, number, languages)
        bits: npt.NDArray[np.uint8] | None = self._kept.get(key)
        if bits is None:
            flags = np.zeros(total + 8, dtype=np.bool_)
            flags[self._of_term(number, languages)] = True
            bits = np.packbits(flags, bitorder="little")
            self._kept.keep(key, bits, bits.nbytes)
        return bits
