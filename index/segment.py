"""A segment as it is read: mapped arrays, and the few things that are asked of them.

Documents are numbered newest first, undated ones last, ties by id.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow, open_arrays, ranges
from index.article import Article
from index.columns import stamps
from index.gaps import Gaps
from index.lists import SKIP
from index.names import begins, strings
from index.quantise import LENGTHS, TIMES, Codes, codes
from index.schema import digest, restore
from index.small import Small
from index.stemming import bit
from index.stored import Stored
from index.strings import Strings
from index.surfaces import Pairs, Uses

_UP_TO_SKIP = np.arange(SKIP)

Positions = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Positions of words in title and body, and for each the index of its document among those asked for."""


class Terms:
    """Terms, and the postings of each: those of title and body together, or of the byline.

    The postings of term t are ``first[t]`` to ``first[t + 1]``; ``docs`` are the documents of all, and ``stood``
    (uint8) the times bytes: see ``quantise``. ``positions`` are those of all postings.
    """

    def __init__(self, arrays: dict[str, Array], prefix: str = "") -> None:
        self.names = Strings(arrays, f"{prefix}term")
        self.first = arrays[f"{prefix}term.posting"]
        self._lengths: npt.NDArray[np.uint8] = arrays["doc.length"]
        self.docs = Gaps(arrays, prefix, self.first, len(self._lengths))
        self.stood: npt.NDArray[np.uint8] = arrays[f"{prefix}posting.times"]
        self._first_place = arrays[f"{prefix}term.place"]
        self._many, self._many_times = arrays[f"{prefix}many.posting"], arrays[f"{prefix}many.times"]
        self.positions = Small(arrays, f"{prefix}place")
        self._skip = arrays[f"{prefix}place.skip"]

    def count(self, number: int) -> int:
        """Return how many documents hold a term, dead ones too."""
        return int(self.first[number + 1]) - int(self.first[number])

    def counts(self, low: int, high: int) -> npt.NDArray[np.int64]:
        """Return how many documents hold each of the terms ``low`` to ``high``."""
        edges = self.first[low : high + 1].astype(np.int64)
        return edges[1:] - edges[:-1]

    def list(self, number: int) -> tuple[Array, Codes]:
        """Return the documents (uint16 or uint32) and codes of a term: spelt out each time, 2.5 ns a document."""
        start, end = self.range(number)
        docs = self.docs.one(start, end)
        return docs, codes(self.stood[start:end], self._lengths.take(docs))

    def lists(self, numbers: Sequence[int] | npt.NDArray[np.int64]) -> tuple[Array, Codes]:
        """Return the documents and codes of several terms, ascending, one list behind the other."""
        if len(numbers) < 2:
            none = np.zeros(0, dtype=self.docs.dtype), np.zeros(0, dtype=np.uint16)
            return self.list(int(numbers[0])) if len(numbers) else none
        chosen = np.asarray(numbers, dtype=np.int64)
        first, last = self.first.take(chosen), self.first.take(chosen + 1)
        # Terms that begin alike stand side by side, and so do their lists.
        broken = (first[1:] != last[:-1]).nonzero()[0]
        starts = [first.item(0), *first.take(broken + 1).tolist()]
        ends = [*last.take(broken).tolist(), last.item(-1)]
        size = last.astype(np.int64) - first
        docs = self.docs.several([*zip(starts, ends, strict=True)], size.cumsum() - size)
        stood = [self.stood[start:end] for start, end in zip(starts, ends, strict=True)]
        return docs, codes(stood[0] if len(stood) == 1 else np.concatenate(stood), self._lengths.take(docs))

    def find(self, term: str) -> int:
        """Return the number of a term, or -1."""
        return self.names.find(term.encode())

    def range(self, number: int) -> tuple[int, int]:
        """Return where the postings of a term begin and end."""
        return int(self.first[number]), int(self.first[number + 1])

    def times(self, number: int) -> npt.NDArray[np.int64]:
        """Return how often a term stands in each document of its postings, exactly."""
        return self.times_between(*self.range(number))

    def times_between(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """Return how often its term stands in the document of each of the postings ``start`` to ``end``, exactly."""
        times = TIMES.take(self.stood[start:end]).astype(np.int64)
        if len(self._many):
            low, high = self._many.searchsorted((start, end)).tolist()
            times[self._many[low:high].astype(np.int64) - start] = self._many_times[low:high]
        return times

    def places_between(self, first: int, last: int, dtype: Any = np.int64) -> npt.NDArray[Any]:
        """Return the positions of the terms ``first`` to ``last``, one posting's behind the other's."""
        return self.positions.between(int(self._first_place[first]), int(self._first_place[last]), dtype)

    def places(self, number: int, chosen: npt.NDArray[np.int64] | None = None) -> Positions:
        """Return the positions of a term in the documents of its postings, or of those ``chosen`` (indices)."""
        start, end = self.range(number)
        if chosen is None:
            return self.places_between(number, number + 1), np.arange(end - start).repeat(self.times(number))
        if len(chosen) * 4 <= end - start:
            return self.places_at(chosen + start)
        times = self.times(number)
        begin = (times.cumsum() - times).take(chosen) + int(self._first_place[number])
        times = times.take(chosen)
        return self.positions.at(ranges(begin, times)), np.arange(len(chosen)).repeat(times)

    def places_at(self, postings: npt.NDArray[np.int64]) -> Positions:
        """Return the positions of some postings, of whichever terms."""
        begin, times = self._begin(postings)
        return self.positions.at(ranges(begin, times)), np.arange(len(postings)).repeat(times)

    def _begin(self, postings: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where the positions of some postings begin, and how many there are, by counting on from a skip."""
        first = postings - postings % SKIP
        window = first[:, None] + _UP_TO_SKIP
        before = TIMES.take(self.stood.take(window, mode="clip")) * (window < postings[:, None])
        begin = self._skip.take(postings // SKIP) + before.sum(axis=1, dtype=np.int64)
        times = TIMES.take(self.stood.take(postings)).astype(np.int64)
        if len(self._many):
            low, high = self._many.searchsorted(first), self._many.searchsorted(postings)
            begin += self._untold.take(high) - self._untold.take(low)
            exact = self._many.take(high, mode="clip") == postings
            times[exact] = self._many_times[high[exact]]
        return begin, times

    @cached_property
    def _untold(self) -> npt.NDArray[np.int64]:
        """Positions that the codes of the first n inexact postings do not tell of, int64 (inexact + 1,)."""
        missing = self._many_times.astype(np.int64) - TIMES[self.stood[self._many]]
        return np.concatenate([[0], missing.cumsum()])


class Segment:
    """One segment of a generation, for reading; safe for several threads. Documents run from 0 to ``size`` - 1.

    ``alive`` is bool (size,), None where no document is deleted; ``stamps`` int64 (size,), minutes of wall time or
    UNDATED, descending; ``section`` and ``language`` are numbers into ``section_names`` and ``language_tags``, the
    section's one past the end for none. ``title_words`` and ``body_words`` are exact lengths. ``id_order`` are the
    documents by id, ``id_sizes`` how many bytes the id of each has.
    """

    def __init__(self, folder: Path, segment: Any) -> None:
        arrays = open_arrays(folder / file_name(segment.segment_id()))
        self._arrays = arrays
        self.name: str = segment.segment_id()
        self.size = len(arrays["doc.section"])
        self.alive: npt.NDArray[np.bool_] | None = None
        if segment.deleted_count():
            self.alive = segment.alive()
        self.count = self.size - segment.deleted_count()
        self.section, self.language = arrays["doc.section"], arrays["doc.language"]
        self.section_names, self.language_tags = strings(arrays, "section"), strings(arrays, "language")
        self.title_words, self.body_words = arrays["doc.title"], arrays["doc.body"]
        self.length_codes: npt.NDArray[np.uint8] = arrays["doc.length"]
        self.terms = Terms(arrays)
        self.byline = Terms(arrays, "byline.")
        self.surfaces = Strings(arrays, "surface")
        self._pairs = Pairs(arrays)
        self.stored = Stored(arrays)
        self._id_at = narrow(begins(arrays, "id"))
        self.id_sizes, self.id_order = arrays["id.size"], arrays["id.order"]
        self._ids = arrays["id"].data
        self._id_places = self._id_at.data

    @cached_property
    def stamps(self) -> npt.NDArray[np.int64]:
        """Minutes of wall time of all documents, 8 bytes each: a run that finds nothing new never asks."""
        return stamps(self._arrays)

    @cached_property
    def _ascii_ids(self) -> str | None:
        """All ids behind each other, a byte each; None where they are not ASCII.

        Cutting ten out of a text takes 2.8 us, where reading each out of bytes took 6.7.
        """
        ids = bytes(self._ids)
        return str(ids, "ascii") if ids.isascii() else None

    def terms_of(self, field: str) -> Terms:
        """Return the terms that a query's field is searched in."""
        return self.byline if field == "byline" else self.terms

    @property
    def live(self) -> npt.NDArray[np.bool_]:
        """Which documents are alive, bool (size,)."""
        return np.ones(self.size, dtype=np.bool_) if self.alive is None else self.alive

    @cached_property
    def ids(self) -> list[str]:
        """The ids of all documents. Reads them all: a page of hits asks for ``id_of`` each."""
        return strings(self._arrays, "id")

    @property
    def sections(self) -> list[str | None]:
        """The sections of all documents, as written."""
        names = [*self.section_names, None]
        return [names[number] for number in self.section.tolist()]

    @property
    def languages(self) -> list[str]:
        """The languages of all documents."""
        return [self.language_tags[number] for number in self.language.tolist()]

    def id_of(self, doc: int) -> str:
        """Return the id of a document."""
        return str(self._ids[self._id_at.item(doc) : self._id_at.item(doc + 1)], "utf-8")

    def ids_of(self, docs: Sequence[int]) -> list[str]:
        """Return the ids of documents."""
        at, ids = self._id_places, self._ascii_ids
        if ids is None:
            return [self.id_of(doc) for doc in docs]
        return [ids[at[doc] : at[doc + 1]] for doc in docs]

    def document(self, identifier: str) -> int | None:
        """Return the live document with an id."""
        order = self.id_order.item
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self.id_of(order(middle)) < identifier:
                low = middle + 1
            else:
                high = middle
        # Of the documents with an id, one at most is alive.
        while low < self.size and self.id_of(doc := int(order(low))) == identifier:
            if self.alive is None or self.alive[doc]:
                return doc
            low += 1
        return None

    def article(self, doc: int) -> Article:
        """Return the article stored for a document."""
        return restore(self.id_of(doc), self.stored[doc])

    def stored_articles(self) -> Iterator[tuple[int, bytes]]:
        """Yield the live documents with what is stored of each, in order. For all of them: one block is held."""
        alive = self.alive
        for doc, stored in enumerate(self.stored):
            if alive is None or alive[doc]:
                yield doc, stored

    def digests(self) -> Iterator[tuple[str, bytes]]:
        """Yield the ids of the live documents, ascending, with the hashes of their contents."""
        told: npt.NDArray[np.void] = np.zeros(self.size, dtype="V8")
        for doc, stored in enumerate(self.stored):
            told[doc] = np.void(digest(stored))
        for doc in self.id_order:
            if self.alive is None or self.alive[doc]:
                yield self.id_of(int(doc)), told[doc].tobytes()

    def stored_text(self, doc: int) -> str:
        """Return the JSON stored for a document: all but its id."""
        return self.stored[doc].decode()

    def uses(self, low: int, high: int) -> Uses:
        """Return which terms the surfaces ``low`` to ``high`` are indexed under."""
        return self._pairs.between(low, high)

    def stems_of(self, surface: int) -> list[tuple[int, int, int]]:
        """Return the terms that a surface is indexed under, how often, and in articles of which languages."""
        return self._pairs.of(surface)

    def terms_of_surface(self, surface: int) -> list[tuple[int, int]]:
        """Return the terms that a surface is indexed under, and in articles of which languages."""
        return self._pairs.terms_of(surface)

    def languages_of(self, term: int) -> int:
        """Return the languages of the articles that hold a term."""
        return self._pairs.languages_of(term)

    def terms_from(self, prefix: str, most: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], bool]:
        """Return the terms of the surfaces that begin so, ascending, in which languages, and if they are too many.

        Of more than ``most`` surfaces the most frequent are taken, ties by code point.
        """
        return self._pairs.terms(*self.surfaces.range(prefix.encode()), most)

    def frequent_from(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Return the ``most`` frequent surfaces that begin so, and how often each is indexed; ties by code point."""
        numbers, times = self._pairs.frequent(*self.surfaces.range(prefix.encode()), most)
        return [(self.surfaces[at].decode(), count) for at, count in zip(numbers.tolist(), times.tolist(), strict=True)]

    @property
    def vocabulary(self) -> dict[str, dict[str, int]]:
        """Surface -> stem -> times. Reads all of it: a search asks for single surfaces."""
        names = [name.decode() for name in self.terms.names]
        return {
            surface.decode(): {names[term]: times for term, times, _ in self.stems_of(number)}
            for number, surface in enumerate(self.surfaces)
        }

    def narrowed(
        self, terms: npt.NDArray[np.int64], languages: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.uint64] | None:
        """Return ``languages``, a set for each term; None where no other article holds the terms anyway."""
        held = self._pairs.languages(terms)
        return languages if held is not None and (held & ~languages).any() else None

    def within(self, docs: Array, languages: int) -> npt.NDArray[np.bool_]:
        """Say of each document whether its language is in a set of them."""
        return (self._bits & np.uint64(languages)).astype(np.bool_).take(self.language.take(docs))

    def within_each(self, docs: Array, languages: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Say of each document whether its language is in the set that goes with it."""
        held: npt.NDArray[np.bool_] = (self._bits.take(self.language.take(docs)) & languages).astype(np.bool_)
        return held

    @cached_property
    def _bits(self) -> npt.NDArray[np.uint64]:
        return np.array([bit(tag) for tag in self.language_tags], dtype=np.uint64)

    def lengths(self, field: str) -> npt.NDArray[np.float64]:
        """Words of each document, float64 (size,): of ``title`` or ``body``, or of ``text`` as they are ranked by."""
        if field == "text":
            return LENGTHS[self.length_codes]
        return (self.title_words if field == "title" else self.body_words).astype(np.float64)

    def positions(self, field: str, stem: str) -> Iterator[tuple[int, list[int]]]:
        """Yield (document, positions) of a stem in title, body or byline, live documents only, ascending.

        Positions in the body are counted from its own beginning. For stock Whoosh and for tests: one at a time.
        """
        terms = self.byline if field == "byline" else self.terms
        number = terms.find(stem)
        if number < 0:
            return
        docs, _ = terms.list(number)
        places, of = terms.places(number)
        found: dict[int, list[int]] = {}
        for place, posting in zip(places.tolist(), of.tolist(), strict=True):
            found.setdefault(posting, []).append(place)
        for posting, doc in enumerate(docs.tolist()):
            title = int(self.title_words[doc])
            here = found[posting]
            if field == "title":
                here = [place for place in here if place < title]
            elif field == "body":
                here = [place - title for place in here if place >= title]
            if here and (self.alive is None or self.alive[doc]):
                yield doc, here


def file_name(segment: str) -> str:
    """Return the name of a segment's file."""
    return f"{segment}.arrays"
