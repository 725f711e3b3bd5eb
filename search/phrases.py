"""Phrases: the positions of words held against each other, for all documents of a segment at once.

Positions run through title and body as one text; a phrase has to lie in one of them. Where some documents are looked
at, and in bylines, the occurrences of a phrase are found by intersecting, slot by slot and the rarest first, the
numbers document x 2^32 + position - slot.
"""

from collections.abc import Iterator
from collections.abc import Sequence as Several

import numpy as np
import numpy.typing as npt
from whoosh.query import Sequence

from search.deadline import Deadline
from search.grammar import Node
from search.occurrences import Found, near
from search.places import Places
from search.postings import FEW, IN_TITLE, Codes, Docs, Postings, Reading, firsts, in_both, marked, places_in, tallied

I64 = npt.NDArray[np.int64]

_SHIFT = np.int64(1 << 32)
_ONCE: I64 = np.array([1, 1 << IN_TITLE])
_ONCE_CODE: Codes = np.array([1 << 8, 1 << 14], dtype=np.uint16)
"""One occurrence in the body, in the title: as times, and as code but for the length."""

_NOTHING: I64 = np.zeros(0, dtype=np.int64)


def phrase_in(leaf: Node, slots: Several[Reading], places: Places, docs: Docs | None) -> Postings:
    """Find a phrase of title and body in all documents, dead ones too; ``slots`` are what each word is read as.

    ``docs`` are the documents that hold all the words, if that is known.
    """
    at, found = places.sequence(slots, docs)
    in_title = places.in_title(at, found)
    if leaf.fieldname != "text":
        kept = (in_title == (leaf.fieldname == "title")).nonzero()[0]
        found, in_title = found.take(kept), in_title.take(kept)
    lengths = places.segment.length_codes
    first = firsts(found)
    if np.count_nonzero(first) == len(first):
        codes = _ONCE_CODE.take(in_title)
        codes |= lengths.take(found)
        postings = Postings(found, codes)
    else:
        at_first = first.nonzero()[0]
        postings = tallied(found.take(at_first), np.add.reduceat(_ONCE.take(in_title), at_first), lengths)
    return postings if leaf.fieldname == "text" else postings.in_field(leaf.fieldname)


def sequence_in(leaf: Node, slots: Several[Reading], places: Places, docs: Docs, deadline: Deadline) -> Postings:
    """Find near words, or a phrase of the byline, in documents that hold all its words."""
    if leaf.ordered:
        kept, times = np.unique(_starts(leaf, slots, places, docs) >> 32, return_counts=True)
        return Postings(docs[kept], None, np.zeros(len(kept)), times.astype(np.float64))
    found = [(index, title.times, body.times) for index, title, body in _windows(leaf, slots, places, docs, deadline)]
    kept, in_title, in_body = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return Postings(docs[kept], None, in_title.astype(np.float64), in_body.astype(np.float64))


Standing = tuple[int, int, bool, int]
"""A word that makes a leaf match: which of some documents, which leaf, whether in the title, and its place there."""


def standing(
    leaves: Several[Node], slots: Several[Several[Reading]], places: Places, docs: Several[int], deadline: Deadline
) -> Iterator[Standing]:
    """Return where the words stand that make leaves match in title and body of documents; ``slots`` by leaf.

    Mere words are looked up together: most of what that takes is the same for one and for ten.
    """
    segment = places.segment
    order = sorted(range(len(docs)), key=docs.__getitem__)
    wanted = np.array([docs[index] for index in order], dtype=segment.terms.docs.dtype)
    title_words = segment.title_words.take(wanted).astype(np.int64)
    numbers: list[int] = []
    words: list[tuple[I64, I64]] = []
    keys: list[tuple[int, I64]] = []
    for number, (leaf, readings) in enumerate(zip(leaves, slots, strict=True)):
        deadline.check()
        if not isinstance(leaf, Sequence):
            numbers.append(number)
            words.append(_held(leaf.fieldname, readings[0], places, wanted))
        elif leaf.ordered:
            starts = _starts(leaf, readings, places, wanted)
            keys.append((number, np.unique((starts[:, None] + np.arange(len(readings))).ravel())))
        else:
            keys.append((number, _near_keys(leaf, readings, places, wanted, title_words, deadline)))
    index = [key >> 32 for _, key in keys]
    place = [key & (_SHIFT - 1) for _, key in keys]
    leaf_of = [np.full(len(key), number) for number, key in keys]
    if words:
        at_place, of = segment.terms.places_at(np.concatenate([postings for postings, _ in words]))
        place.append(at_place)
        index.append(np.concatenate([held for _, held in words]).take(of))
        leaf_of.append(np.array(numbers).repeat([len(held) for _, held in words]).take(of))
    index_, place_, leaf_ = map(np.concatenate, (index, place, leaf_of))
    before = title_words.take(index_)
    in_title = place_ < before
    if any(leaf.fieldname != "text" for leaf in leaves):
        let_in = {"text": (True, True), "title": (True, False), "body": (False, True)}
        allowed = np.array([let_in[leaf.fieldname] for leaf in leaves])
        kept = np.where(in_title, *allowed.take(leaf_, axis=0).T)
        index_, place_, leaf_, before, in_title = (a[kept] for a in (index_, place_, leaf_, before, in_title))
    own = place_ - before * ~in_title
    return zip(np.array(order).take(index_).tolist(), leaf_.tolist(), in_title.tolist(), own.tolist(), strict=True)


def _starts(leaf: Node, slots: Several[Reading], places: Places, docs: Docs) -> I64:
    """Return index of the document x 2^32 + first position of each occurrence, ascending."""
    count = places.segment.terms_of(leaf.fieldname).count
    by_size = sorted(range(len(slots)), key=lambda slot: sum(map(count, slots[slot].terms)))
    found = _keys(leaf.fieldname, slots[by_size[0]], places, docs) - by_size[0]
    # From here on the documents are those that still can hold the phrase: numbers into ``docs``.
    for slot in by_size[1:]:
        index = found >> 32
        if len(index) * FEW < len(docs):
            left = np.unique(index)
            keys = _keys(leaf.fieldname, slots[slot], places, docs[left])
            keys = (left[keys >> 32] << 32) + (keys & (_SHIFT - 1))
        else:
            keys = _keys(leaf.fieldname, slots[slot], places, docs)
        found = in_both(found, keys - slot)
        if len(found) == 0:
            return found
    if leaf.fieldname == "byline":
        return found
    first = found & (_SHIFT - 1)
    words = places.segment.title_words.take(docs.take(found >> 32))
    within = (first < words) == (first + len(slots) - 1 < words)
    if leaf.fieldname != "text":
        within &= (first < words) == (leaf.fieldname == "title")
    kept: I64 = found[within]
    return kept


def _keys(field: str, reading: Reading, places: Places, docs: Docs) -> I64:
    """Return index of the document x 2^32 + position of each occurrence of a word, ascending."""
    postings, index = _held(field, reading, places, docs)
    lists = places.segment.terms_of(field)
    if len(reading) == 1:
        term = reading.terms[0]
        at_place, of = lists.places(term, postings - lists.range(term)[0])
        return (index.take(of) << 32) + at_place
    at_place, of = lists.places_at(postings)
    keys: I64 = (index.take(of) << 32) + at_place
    keys.sort()
    return keys


def _held(field: str, reading: Reading, places: Places, docs: Docs) -> tuple[I64, I64]:
    """Return the postings of a word in some documents, and for each the index of its document."""
    segment = places.segment
    lists = segment.terms_of(field)
    if len(reading) > FEW:
        # Hundreds of lists are gone through as one: each for itself would be some ten calls.
        terms = np.array(reading.terms)
        first = lists.first.take(terms).astype(np.int64)
        end = (lists.first.take(terms + 1) - first).cumsum()
        here, _ = lists.lists(terms)
        at = marked(here, docs, segment.size).nonzero()[0]
        of = end.searchsorted(at, "right")
        if reading.languages is not None:
            kept = segment.within_each(here.take(at), reading.languages.take(of))
            at, of = at[kept], of[kept]
        before = np.concatenate(([0], end))
        return at - before.take(of) + first.take(of), docs.searchsorted(here.take(at))
    postings, indices = [_NOTHING], [_NOTHING]
    for term, languages in reading:
        here = places.list(field, term).docs
        if len(docs) * FEW < len(here):
            at, held = places_in(docs, here)
            index = held.nonzero()[0]
            at = at.take(index)
        else:
            at = marked(here, docs, segment.size).nonzero()[0]
            index = docs.searchsorted(here[at]) if len(at) != len(docs) else np.arange(len(docs))
        if languages is not None:
            kept = segment.within(here[at], languages)
            at, index = at[kept], index[kept]
        postings.append(at + lists.range(term)[0])
        indices.append(index)
    if len(reading) == 1:
        return postings[-1], indices[-1]
    return np.concatenate(postings), np.concatenate(indices)


def _near_keys(
    leaf: Node, slots: Several[Reading], places: Places, docs: Docs, title_words: I64, deadline: Deadline
) -> I64:
    """Return index of the document x 2^32 + position of each word that is near the others."""
    keys = [
        (index << 32) + place
        for index, title, body in _windows(leaf, slots, places, docs, deadline)
        for place in (*title.positions, *(int(title_words[index]) + at for at in body.positions))
    ]
    return np.array(keys, dtype=np.int64)


def _windows(
    leaf: Node, slots: Several[Reading], places: Places, docs: Docs, deadline: Deadline
) -> Iterator[tuple[int, Found, Found]]:
    """Yield (index, what is near in the title, in the body) of documents with any, one at a time.

    Such queries are rare.
    """
    names = [slot.key for slot in leaf.subqueries]
    keys = [_keys(leaf.fieldname, slot, places, docs) for slot in slots]
    edges = np.arange(len(docs) + 1) << 32
    bounds = [key.searchsorted(edges).tolist() for key in keys]
    everywhere = [(key & (_SHIFT - 1)).tolist() for key in keys]
    title_words = places.segment.title_words[docs].tolist()
    for index in range(len(docs)):
        deadline.check()
        words = title_words[index] if leaf.fieldname != "byline" else 1 << 31
        here_at = [here[at[index] : at[index + 1]] for here, at in zip(everywhere, bounds, strict=True)]
        parts = []
        for part in ("title", "body"):
            inside = [
                [p for p in here if p < words] if part == "title" else [p - words for p in here if p >= words]
                for here in here_at
            ]
            wanted = leaf.fieldname in ("text", "byline", part)
            parts.append(
                near(list(zip(names, inside, strict=True)), leaf.slop) if wanted and all(inside) else Found(0, ())
            )
        if parts[0].times + parts[1].times:
            yield index, parts[0], parts[1]
