"""Phrases: the positions of words held against each other, for all documents of a segment at once.

Positions run through title and body as one text; a phrase has to lie in one of them. The occurrences of a phrase are
found by intersecting, slot by slot, the numbers document x 2^32 + position - slot.
"""

from collections.abc import Sequence as Several
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.query import Sequence

from index.segment import Segment
from search.grammar import Node, leaf_key
from search.occurrences import near

I64 = npt.NDArray[np.int64]

_SHIFT = np.int64(1 << 32)


class Phrase(NamedTuple):
    """Where a phrase occurs among some documents: indices into them, and how often in title and body, float64."""

    kept: I64
    title: npt.NDArray[np.float64]
    body: npt.NDArray[np.float64]


def phrase_in(leaf: Node, slots: Several[Several[int]], segment: Segment, docs: npt.NDArray[Any]) -> Phrase:
    """Find a sequence among documents that hold all its words; ``slots`` are the terms of each."""
    if not leaf.ordered:
        return _near_in(leaf, slots, segment, docs)
    starts = _starts(leaf, slots, segment, docs)
    index = starts >> 32
    in_title = (starts & (_SHIFT - 1)) < segment.title_words[docs[index]].astype(np.int64)
    title = np.bincount(index[in_title], minlength=len(docs))
    body = np.bincount(index[~in_title], minlength=len(docs))
    kept = np.flatnonzero(title + body)
    return Phrase(kept, title[kept].astype(np.float64), body[kept].astype(np.float64))


def places_of(
    leaf: Node, slots: Several[Several[int]], segment: Segment, docs: Several[int]
) -> list[tuple[int, list[int], list[int]]]:
    """Return the positions in title and in body that make a leaf match, for each document: (index, title, body)."""
    wanted = np.array(docs, dtype=segment.terms.docs.dtype)
    if not isinstance(leaf, Sequence):
        found = _keys(leaf.fieldname, slots[0], segment, wanted)
    elif leaf.ordered:
        starts = _starts(leaf, slots, segment, wanted)
        found = np.unique((starts[:, None] + np.arange(len(slots))).ravel())
    else:
        return _near_places(leaf, slots, segment, wanted)
    marks = []
    for index in np.unique(found >> 32).tolist():
        places = (found[found >> 32 == index] & (_SHIFT - 1)).tolist()
        words = int(segment.title_words[docs[index]])
        title = [place for place in places if place < words] if leaf.fieldname != "body" else []
        body = [place - words for place in places if place >= words] if leaf.fieldname != "title" else []
        marks.append((index, title, body))
    return marks


def _starts(leaf: Node, slots: Several[Several[int]], segment: Segment, docs: npt.NDArray[Any]) -> I64:
    """Return index of the document x 2^32 + first position of each occurrence, ascending."""
    found: I64 | None = None
    by_size = sorted(range(len(slots)), key=lambda slot: sum(segment.terms.count(term) for term in slots[slot]))
    for slot in by_size:
        keys = _keys(leaf.fieldname, slots[slot], segment, docs) - slot
        found = keys if found is None else found[np.isin(found, keys, kind="sort")]
        if len(found) == 0:
            break
    assert found is not None
    if leaf.fieldname == "byline":
        return found
    index, first = found >> 32, found & (_SHIFT - 1)
    words = segment.title_words[docs[index]].astype(np.int64)
    within = (first < words) == (first + len(slots) - 1 < words)
    if leaf.fieldname != "text":
        within &= (first < words) == (leaf.fieldname == "title")
    kept: I64 = found[within]
    return kept


def _keys(field: str, terms: Several[int], segment: Segment, docs: npt.NDArray[Any]) -> I64:
    """Return index of the document x 2^32 + position of each word that is one of ``terms``, ascending."""
    lists = segment.terms_of(field)
    keys = []
    for term in terms:
        start, end = lists.range(term)
        here = lists.docs[start:end]
        at = here.searchsorted(docs)
        at[at == len(here)] = 0
        held = np.flatnonzero(here[at] == docs)
        if len(held):
            places, of = lists.places(term, at[held])
            keys.append((held[of] << 32) + places)
    if not keys:
        return np.zeros(0, dtype=np.int64)
    together: I64 = keys[0] if len(keys) == 1 else np.unique(np.concatenate(keys))
    return together


def _near_in(leaf: Node, slots: Several[Several[int]], segment: Segment, docs: npt.NDArray[Any]) -> Phrase:
    found = list(_windows(leaf, slots, segment, docs))
    kept = [index for index, title, body in found if title[0] + body[0]]
    times = {index: (title[0], body[0]) for index, title, body in found}
    return Phrase(
        np.array(kept, dtype=np.int64),
        np.array([times[index][0] for index in kept], dtype=np.float64),
        np.array([times[index][1] for index in kept], dtype=np.float64),
    )


def _near_places(
    leaf: Node, slots: Several[Several[int]], segment: Segment, docs: npt.NDArray[Any]
) -> list[tuple[int, list[int], list[int]]]:
    found = _windows(leaf, slots, segment, docs)
    return [(i, list(title[1]), list(body[1])) for i, title, body in found if title[0] + body[0]]


def _windows(leaf: Node, slots: Several[Several[int]], segment: Segment, docs: npt.NDArray[Any]) -> Any:
    """Yield (index, what is near in the title, in the body), a document at a time: such queries are rare."""
    names = [leaf_key(slot) for slot in leaf.subqueries]
    keys = [_keys(leaf.fieldname, terms, segment, docs) for terms in slots]
    for index in range(len(docs)):
        words = int(segment.title_words[docs[index]]) if leaf.fieldname != "byline" else 1 << 31
        places = [
            (key[np.searchsorted(key, index << 32) : np.searchsorted(key, (index + 1) << 32)] & (_SHIFT - 1)).tolist()
            for key in keys
        ]
        parts = []
        for part in ("title", "body"):
            inside = [
                [p for p in here if p < words] if part == "title" else [p - words for p in here if p >= words]
                for here in places
            ]
            wanted = leaf.fieldname in ("text", "byline", part)
            parts.append(near(list(zip(names, inside, strict=True)), leaf.slop) if wanted and all(inside) else (0, ()))
        yield index, parts[0], parts[1]
