"""Postings: where a word or phrase occurs in one segment, dead documents too, and how often.

A single posting list is spelt out once, and kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.quantise import CODE_BODY, CODE_TITLE, TITLE_MOST
from index.segment import Segment
from search.bits import Bits
from search.heads import Head
from search.kept import Kept

Docs = npt.NDArray[Any]
"""Documents of one segment, ascending, in the type of its posting lists or as int64."""

I64 = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint16]
Scores = npt.NDArray[np.float64]

FEW = 8
"""So many times fewer documents are looked up in a list one by one; more are marked and the list is gone through."""

ANYWAY = 2_000
"""Documents of a list that are gone through in the time which marking takes in any case."""

BYTES_PER_WORD = 1_000
"""Memory counted for a word that is kept, beside its lists."""

IN_TITLE = 26
"""Bits that times in the title stand above those in the body, in one number, so that both are added up in one go."""

_BOTH: I64 = (CODE_TITLE.astype(np.int64) << IN_TITLE) + CODE_BODY.astype(np.int64)
_CODE_BITS = np.uint64(16)
_IN_A_CODE = TITLE_MOST << IN_TITLE | 31


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The terms of a segment that a word of the query stands for, ascending.

    ``languages``, uint64 (n,), are for each the languages in whose articles it counts; None where it counts in all.
    """

    terms: list[int]
    languages: npt.NDArray[np.uint64] | None = None

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[tuple[int, int | None]]:
        """Yield the terms, and the languages of each."""
        if self.languages is None:
            return ((term, None) for term in self.terms)
        return zip(self.terms, self.languages.tolist(), strict=True)


@dataclass(slots=True, eq=False)
class Postings:
    """Documents that hold a word or phrase, ascending, and how often.

    That is their ``codes``, uint16 (n,), where these hold it and tell what it scores; else ``title`` and ``body``,
    float64 (n,): quantised times added up over the words' lists, or the occurrences of a phrase. What these score,
    weight left out, are ``scores``, float64 (n,).

    ``lasting`` ones are kept between requests, and with them the ``forms`` that are made of them; some of these are
    not made before the second time that they are ``asked`` for. ``weighed`` is what all score with the weight that they
    were asked for with, None the first time.
    """

    docs: Docs
    codes: Codes | None = None
    title: Scores | None = None
    body: Scores | None = None
    lasting: bool = False
    scores: Scores | None = None
    column: Codes | None = None
    bits: Bits | None = None
    head: Head | None = None
    asked: bool = False
    weighed: tuple[float, Scores | None] | None = None

    @property
    def bytes(self) -> int:
        """Memory that they take, forms left out."""
        parts = (self.docs, self.codes, self.title, self.body, self.scores)
        return sum(part.nbytes for part in parts if part is not None)

    def gains(self, table: Scores, at: Any = None) -> Scores:
        """Return what all of them score, or those at some places, weight left out; ``table`` scores codes."""
        if self.codes is not None:
            return table.take(self.codes if at is None else self.codes[at])
        assert self.scores is not None
        return self.scores.copy() if at is None else self.scores[at]

    def times(self, at: Any) -> tuple[Scores, Scores]:
        """Return times in title and in body of the documents at some places of ``docs``."""
        if self.codes is not None:
            codes = self.codes[at]
            return CODE_TITLE[codes], CODE_BODY[codes]
        assert self.title is not None
        assert self.body is not None
        return self.title[at], self.body[at]

    def in_field(self, field_: str) -> "Postings":
        """Keep what occurs in ``title`` or in ``body``, by times: codes tell what the whole text scores."""
        title, body = self.times(slice(None))
        kept = (title if field_ == "title" else body).nonzero()[0]
        return Postings(self.docs[kept], None, title[kept], body[kept])


def tallied(docs: Docs, times: I64, lengths: npt.NDArray[np.uint8]) -> Postings:
    """Return the postings of documents, ascending, that hold something so many ``times``: see ``IN_TITLE``.

    ``lengths`` are the codes of all documents' lengths. Nearly always the times go into codes, and these are scored
    by one look into a table.
    """
    if len(docs) and np.bitwise_or.reduce(times) & ~_IN_A_CODE:
        title = times >> IN_TITLE
        return Postings(docs, None, title.astype(np.float64), (times - (title << IN_TITLE)).astype(np.float64))
    codes = (times >> IN_TITLE - 14 | times << 8).astype(np.uint16)
    codes |= lengths.take(docs)
    return Postings(docs, codes)


def one_list(segment: Segment, field_: str, term: int, kept: Kept) -> Postings:
    """Return a posting list, spelt out unless it is kept."""
    terms = segment.terms_of(field_)
    key = ("list", terms, term)
    found: Postings | None = kept.get(key)
    if found is None:
        found = Postings(*terms.list(term), lasting=True)
        kept.keep(key, found, found.bytes + BYTES_PER_WORD)
    return found


def postings_of(segment: Segment, field_: str, reading: Reading, kept: Kept) -> Postings:
    """Return where a word occurs: the posting lists of its terms as one."""
    if len(reading) == 1 and reading.languages is None:
        return one_list(segment, field_, reading.terms[0], kept)
    terms = segment.terms_of(field_)
    if len(reading) <= FEW:
        # One by one: steps over several lists at once cost more than they save.
        parts = [_within(segment, *terms.list(term), languages) for term, languages in reading]
        if len(parts) == 1:
            return Postings(*parts[0])
        docs, codes = map(np.concatenate, zip(*parts, strict=True)) if parts else terms.lists(())
    else:
        docs, codes = terms.lists(reading.terms)
        if reading.languages is not None:
            counts = [terms.count(term) for term in reading.terms]
            chosen = segment.within_each(docs, reading.languages.repeat(counts)).nonzero()[0]
            docs, codes = docs.take(chosen), codes.take(chosen)
    if len(docs) * 4 < segment.size or len(reading) <= FEW:
        # Sorting few lists is less work than counting for every document; and most documents are in one list only.
        docs, codes = _by_document(docs, codes)
        first = firsts(docs).nonzero()[0]
        if len(first) == len(docs):
            return Postings(docs, codes)
        docs, times = docs.take(first), np.add.reduceat(_BOTH.take(codes), first)
    else:
        sums = counted(docs, _BOTH.take(codes), segment.size)
        docs = sums.nonzero()[0]
        times = sums.take(docs).astype(np.int64)
    return tallied(docs, times, segment.length_codes)


def _within(segment: Segment, docs: Docs, codes: Codes, languages: int | None) -> tuple[Docs, Codes]:
    """Return those of a list's documents that are in some languages, all for None, with their codes."""
    if languages is None:
        return docs, codes
    chosen = segment.within(docs, languages).nonzero()[0]
    return docs.take(chosen), codes.take(chosen)


def _by_document(docs: Docs, codes: Codes) -> tuple[Docs, Codes]:
    """Put postings in the order of their documents: as one number each, which takes a third of what ordering does."""
    together = docs.astype(np.uint64)
    together <<= _CODE_BITS
    together |= codes
    together.sort()
    return (together >> _CODE_BITS).astype(docs.dtype), together.astype(np.uint16)


def counted(at: Docs, values: npt.NDArray[Any], size: int) -> Scores:
    """Add up the values of each document, in the order given: float64 (size,)."""
    sums: Scores = np.bincount(at, values, size).astype(np.float64, copy=False)
    return sums


def places_in(docs: Docs, many: Docs) -> tuple[I64, npt.NDArray[np.bool_]]:
    """Return where each of ``docs`` stands in a list, or the place of the next one, and whether it does stand there."""
    at = many.searchsorted(docs)
    if len(many) == 0:
        return at, np.zeros(len(docs), dtype=np.bool_)
    # What would stand behind the end is held against the last one, and is not it.
    return at, many.take(at, mode="clip") == docs


def sought(docs: Docs, many: Docs, size: int) -> tuple[I64, I64]:
    """Return which of some documents are in a list of a segment of ``size``, and the places of these in the list."""
    if len(docs) * FEW < len(many) + ANYWAY:
        at = many.searchsorted(docs)
        held = (many.take(at, mode="clip") == docs).nonzero()[0]
        return held, at if len(held) == len(docs) else at.take(held)
    held = marked(docs, many, size).nonzero()[0]
    return held, many.searchsorted(docs.take(held))


def held_in(wanted: npt.NDArray[Any], many: npt.NDArray[Any]) -> I64:
    """Return which of some ascending numbers are among others, ascending, each once in either."""
    if len(wanted) * FEW < len(many):
        at: I64 = places_in(wanted, many)[1].nonzero()[0]
        return at
    return wanted.searchsorted(in_both(wanted, many))


def in_both(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the numbers that are in two ascending arrays, each once in either."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    if len(few) * FEW < len(many):
        return few[places_in(few, many)[1]]
    # A stable sort merges two runs that are sorted already.
    together = np.concatenate((few, many))
    together.sort(kind="stable")
    found: npt.NDArray[Any] = together[:-1][together[1:] == together[:-1]]
    return found


def firsts(ascending: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Say of each number of an ascending array whether it is the first of its kind, bool (n,)."""
    found = np.empty(len(ascending), dtype=np.bool_)
    found[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=found[1:])
    return found


def living(segments: Iterable[Segment], parts: Iterable[Postings]) -> int:
    """Return how many live documents hold what is found in each of some segments."""
    count = 0
    for segment, part in zip(segments, parts, strict=True):
        count += len(part.docs) if segment.alive is None else int(segment.alive.take(part.docs).sum())
    return count


def common(docs: Docs, others: Docs, size: int) -> Docs:
    """Return the documents in both of two lists of a segment of ``size`` documents."""
    few, many = (docs, others) if len(docs) <= len(others) else (others, docs)
    if len(few) == 0 or len(many) == size:
        return few
    if len(few) * FEW < len(many):
        _, held = places_in(few, many)
        return few[held]
    return few[marked(few, many, size)]


def marked(docs: Docs, chosen: Docs, size: int) -> npt.NDArray[np.bool_]:
    """Say of each of ``docs`` whether it is among ``chosen``, bool (n,)."""
    flags = np.zeros(size, dtype=np.bool_)
    flags[chosen] = True
    return flags.take(docs)
