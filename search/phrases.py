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
from search.postings import FEW, Docs, Postings, Reading, firsts, in_both, marked, places_in

I64 = npt.NDArray[np.int64]

_SHIFT = np.int64(1 << 32)
_NOTHING: I64 = np.zeros(0, dtype=np.int64)


def phrase_in(leaf: Node, slots: Several[Reading], places: Places, docs: Docs | None) -> Postings:
    """Find a phrase of title and body in all documents, dead ones too; ``slots`` are what each word is read as.

    ``docs`` are the documents that hold all the words, if that is known.
    """
    found, in_title = places.documents(places.sequence(slots, docs))
    if leaf.fieldname != "text":
        found = found[in_title == (leaf.fieldname == "title")]
        in_title = np.full(len(found), leaf.fieldname == "title")
    if not len(found):
        return Postings(found, None, np.zeros(0), np.zeros(0))
    first = firsts(found).nonzero()[0]
    times = np.diff(np.append(first, len(found)))
    title = np.add.reduceat(in_title.astype(np.float64), first)
    return Postings(found.take(first), None, title, times - title)


def sequence_in(leaf: Node, slots: Several[Reading], places: Places, docs: Docs, deadline: Deadline) -> Postings:
    """Find near words, or a phrase of the byline, in documents that hold all its words."""
    if leaf.ordered:
        kept, times = np.unique(_starts(leaf, slots, places, docs) >> 32, return_counts=True)
        return Postings(docs[kept], None, np.zeros(len(kept)), times.astype(np.float64))
    found = [(index, title.times, body.times) for index, title, body in _windows(leaf, slots, places, docs, deadline)]
    kept, in_title, in_body = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return Postings(docs[kept], None, in_title.astype(np.float64), in_body.astype(np.float64))


def places_of(
    leaf: Node, slots: Several[Reading], places: Places, docs: Several[int], deadline: Deadline
) -> list[tuple[int, list[int], list[int]]]:
    """Return the positions in title and in body that make a leaf match, for each document: (index, title, body)."""
    order = sorted(range(len(docs)), key=docs.__getitem__)
    wanted = np.array([docs[index] for index in order], dtype=places.segment.terms.docs.dtype)
    if not isinstance(leaf, Sequence):
        found = _keys(leaf.fieldname, slots[0], places, wanted)
    elif leaf.ordered:
        starts = _starts(leaf, slots, places, wanted)
        found = np.unique((starts[:, None] + np.arange(len(slots))).ravel())
    else:
        return [
            (order[index], title, body) for index, title, body in _near_places(leaf, slots, places, wanted, deadline)
        ]
    marks: dict[int, tuple[int, list[int], list[int]]] = {}
    title_words = places.segment.title_words[wanted].tolist()
    for index, place in zip((found >> 32).tolist(), (found & (_SHIFT - 1)).tolist(), strict=True):
        _, title, body = marks.setdefault(index, (order[index], [], []))
        words = title_words[index]
        if place < words:
            title.append(place)
        else:
            body.append(place - words)
    if leaf.fieldname == "title":
        return [(index, title, []) for index, title, _ in marks.values()]
    if leaf.fieldname == "body":
        return [(index, [], body) for index, _, body in marks.values()]
    return list(marks.values())


def _starts(leaf: Node, slots: Several[Reading], places: Places, docs: Docs) -> I64:
    """Return index of the document x 2^32 + first position of each occurrence, ascending."""
    by_size = sorted(range(len(slots)), key=lambda slot: sum(map(places.segment.terms.count, slots[slot].terms)))
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
    lists = places.segment.terms_of(field)
    keys = []
    for term, languages in reading:
        here = places.list(field, term).docs
        if len(docs) * FEW < len(here):
            at, held = places_in(docs, here)
            index = held.nonzero()[0]
            at = at[index]
        else:
            at = marked(here, docs, places.segment.size).nonzero()[0]
            index = docs.searchsorted(here[at]) if len(at) != len(docs) else np.arange(len(docs))
        if languages is not None:
            kept = places.segment.within(here[at], languages)
            at, index = at[kept], index[kept]
        if len(at):
            at_place, of = lists.places(term, at)
            keys.append((index.take(of) << 32) + at_place)
    if not keys:
        return _NOTHING
    together: I64 = keys[0] if len(keys) == 1 else np.unique(np.concatenate(keys))
    return together


def _near_places(
    leaf: Node, slots: Several[Reading], places: Places, docs: Docs, deadline: Deadline
) -> list[tuple[int, list[int], list[int]]]:
    found = _windows(leaf, slots, places, docs, deadline)
    return [(index, list(title.positions), list(body.positions)) for index, title, body in found]


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
