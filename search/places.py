"""Places: where the words of a segment stand, in one numbering of all its words.

Every text has its stretch of numbers, a title's before its body's, with one number left out behind each, so that words
side by side are words whose numbers follow each other, and nothing more has to be asked. Frequent words' places are
kept, and those of the most frequent as bits besides: in them 50,000 places are looked up in 0.2 ms, whatever the word.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from index.segment import Segment
from search.kept import Kept
from search.postings import BYTES_PER_WORD, FEW, Docs, Postings, Reading, firsts, held_in, one_list, sought

Numbers = npt.NDArray[Any]
"""Places, ascending: uint32, or int64 in a segment of more than four thousand million words."""

IN_BITS = 128
"""A word that is one in so many of all words is kept as bits besides."""


@dataclass(slots=True, eq=False)
class Stand:
    """Where a word stands: its places, ascending, and the document of each.

    Of frequent words whose stand is kept, ``lasting``, the places are kept as ``bits`` besides, once they are wanted.
    """

    places: Numbers
    docs: Docs
    lasting: bool = False
    bits: npt.NDArray[np.uint8] | None = None


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

    @cached_property
    def _title_ends(self) -> Numbers:
        """Where each document's title ends, (size,)."""
        ends: Numbers = self._first[:-1] + self.segment.title_words.astype(self._first.dtype)
        return ends

    def list(self, field: str, term: int) -> Postings:
        """Return a posting list, spelt out unless it is kept."""
        return one_list(self.segment, field, term, self._kept)

    def sequence(self, slots: Sequence[Reading], docs: Docs | None) -> tuple[Numbers, Docs]:
        """Return the places where words follow each other, of the first word, and the document of each.

        ``slots`` are what each word is read as. ``docs`` are the documents that hold all the words, where that is
        known: of prefixes, which have many lists, only the places there are looked at.
        """
        if not all(slot.terms for slot in slots) or (docs is not None and not len(docs)):
            return self._first[:0], self._first[:0]
        stands = [self._of(slot, docs) for slot in slots]
        at, *others = sorted(range(len(slots)), key=[len(stand.places) for stand in stands].__getitem__)
        found, within = stands[at].places, stands[at].docs
        for slot in others:
            if not len(found):
                break
            # Nothing may stand before the first place of all: the type has no numbers below 0.
            if found.item(0) < at - slot:
                left = (found >= at - slot).nonzero()[0]
                found, within = found[left], within[left]
            found = found + (slot - at) if slot > at else found - (at - slot)
            kept = self._among(found, stands[slot])
            found, within = found[kept], within[kept]
            at = slot
        return found - at if at else found, within

    def near(self, slots: Sequence[Reading], reach: int) -> Docs:
        """Return documents among which are all that hold each slot's word within ``reach`` words, ascending."""
        if not all(slots):
            return self._first[:0]
        count = self.segment.terms.count
        rarest, *others = sorted(slots, key=lambda slot: sum(map(count, slot.terms)))
        found = self._of(rarest).places.astype(np.int64)
        for slot in others:
            places = self._of(slot).places
            first, last = places.searchsorted(found - reach), places.searchsorted(found + reach, "right")
            found = found[last > first]
        docs = self._first.searchsorted(found, "right") - 1
        return docs[firsts(docs)]

    def in_title(self, places: Numbers, docs: Docs) -> npt.NDArray[np.bool_]:
        """Say of each place, in a document each, whether it is in the title."""
        return places < self._title_ends.take(docs)

    def _of(self, reading: Reading, docs: Docs | None = None) -> Stand:
        """Return where a word stands: all, and kept; of the many words of a prefix in ``docs``, if given."""
        terms = reading.terms
        if len(terms) > FEW:
            return self._gathered(reading, docs)
        # By the term where there is but one, since other words may have it too.
        key: Hashable = (self, terms[0] if len(terms) == 1 and reading.languages is None else reading)
        found: Stand | None = self._kept.get(key)
        if found is None:
            found = self._gathered(reading, None)
            found.lasting = True
            self._kept.keep(key, found, found.places.nbytes + found.docs.nbytes + BYTES_PER_WORD)
        return found

    def _gathered(self, reading: Reading, docs: Docs | None) -> Stand:
        parts = [self._of_term(number, languages, docs) for number, languages in reading]
        if len(parts) == 1:
            return parts[0]
        together = np.concatenate([part.places for part in parts])
        order = together.argsort(kind="stable")
        return Stand(together.take(order), np.concatenate([part.docs for part in parts]).take(order))

    def _of_term(self, number: int, languages: int | None, among: Docs | None) -> Stand:
        """Return where a term stands in articles of some languages: all, or at least in some documents."""
        segment, terms = self.segment, self.segment.terms
        docs = self.list("text", number).docs
        if among is not None and len(among) < len(docs):
            _, at = sought(among, docs, segment.size)
            docs = docs.take(at)
            places, of = terms.places(number, at)
            times = np.bincount(of, minlength=len(docs))
        else:
            # All, also where some languages are left out: places far apart are found one by one, at three times that.
            places, times = terms.places_between(number, number + 1, self._first.dtype), terms.times(number)
        held = None if languages is None else segment.within(docs, languages)
        # Asked of each document and then repeated, not of each place: documents are fewer, and lie far apart.
        first, title = self._first.take(docs), segment.title_words.take(docs)
        if len(places) != len(docs):
            docs, first, title = docs.repeat(times), first.repeat(times), title.repeat(times)
            held = held if held is None else held.repeat(times)
        found: Numbers = first + places.astype(first.dtype, copy=False)
        # The body's words come one later: its title's end has a number of its own.
        found += places >= title
        return Stand(found, docs) if held is None else Stand(found[held], docs[held])

    def _among(self, wanted: Numbers, stand: Stand) -> npt.NDArray[np.int64]:
        """Return which of some places are among those of a word."""
        places = stand.places
        if not stand.lasting or len(places) * IN_BITS < self._first.item(-1) or len(wanted) * FEW < len(places):
            return held_in(wanted, places)
        bits = self._bits_of(stand)
        held = bits.take(wanted >> 3, mode="clip") >> (wanted & 7).astype(np.uint8) & 1
        return held.nonzero()[0]

    def _bits_of(self, stand: Stand) -> npt.NDArray[np.uint8]:
        if stand.bits is None:
            flags = np.zeros(self._first.item(-1) + 8, dtype=np.bool_)
            flags[stand.places] = True
            bits = np.packbits(flags, bitorder="little")
            self._kept.grow(bits.nbytes)
            stand.bits = bits
        return stand.bits
