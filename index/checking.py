"""Checking: is an index what it says it is, beyond every byte's being as it was written?

Memory stays at a few numbers an article: what is long is walked once from start to end, two ends that have to agree
side by side.
"""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from index.account_check import account_damage
from index.generation import Generation
from index.segment import Segment, Terms

SLICE = 1 << 20
"""Postings that are looked at together."""

_REMEDY = "'backfile reindex SOURCE' builds it anew; please report it, no damage to the disk does this"


def segment_faults(generation: Generation) -> list[str]:
    """Return what does not fit together in the files of a generation; empty when all of it does."""
    wrong = []
    for segment, entry in zip(generation.segments, generation.toc.segments, strict=True):
        try:
            wrong += [f"{segment.name}: {fault}. {_REMEDY}" for fault in _faults(segment, entry.doc_count_all())]
        except Exception as error:  # arrays that do not fit together can raise anything
            wrong.append(f"{segment.name} cannot be read ({type(error).__name__}: {error}). {_REMEDY}")
    if wrong:
        return wrong
    articles = sum(segment.count for segment in generation.segments)
    if articles != generation.manifest.articles:
        wrong.append(f"There are {articles:,} articles, {generation.manifest.articles:,} were written. {_REMEDY}")
    twice = _twice(heapq.merge(*map(_live_ids, generation.segments)))
    if twice is not None:
        wrong.append(f"There are two articles with the id {twice!r}. {_REMEDY}")
    return wrong


def account_faults(generation: Generation, folder: Path) -> list[str]:
    """Return what is wrong with a generation's account, which lies in ``folder``, and where the two do not agree."""
    return account_damage(folder, generation.number, heapq.merge(*map(Segment.digests, generation.segments)))


def _faults(segment: Segment, size: int) -> Iterator[str]:
    """Yield what does not fit together in a segment."""
    if segment.size != size:
        yield f"it has {segment.size:,} documents, its table of contents says {size:,}"
    lengths = {
        len(column)
        for column in (
            segment.section, segment.language, segment.title_words, segment.body_words, segment.length_codes,
            segment.id_sizes, segment.id_order,
        )
    }  # fmt: skip
    if lengths - {segment.size}:
        yield "columns are of different lengths"
        return
    if segment.size:
        if (np.sort(segment.id_order) != np.arange(segment.size)).any():
            yield "the order of ids leaves some out"
        if int(segment.section.max()) > len(segment.section_names):
            yield "there are sections without a name"
        if int(segment.language.max()) >= len(segment.language_tags):
            yield "there are languages without a tag"
    if not _in_order(segment):
        yield "documents are out of order"
    if sum(1 for _ in segment.stored) != segment.size:
        yield "stored articles are missing"
    for name, terms in (("words", segment.terms), ("words of bylines", segment.byline)):
        if not _sound_terms(terms, segment.size):
            yield f"{name} are out of order"


def _in_order(segment: Segment) -> bool:
    """Say whether documents are newest first and ties by id, and ``id_order`` by id."""
    stamps, id_of = segment.stamps, segment.id_of
    if (stamps[1:] > stamps[:-1]).any():
        return False
    ties = (stamps[1:] == stamps[:-1]).nonzero()[0]
    if any(id_of(doc) >= id_of(doc + 1) for doc in map(int, ties) if _both_alive(segment, doc)):
        return False
    before = ""
    for doc in segment.id_order:
        if (name := id_of(int(doc))) < before:
            return False
        before = name
    return True


def _both_alive(segment: Segment, doc: int) -> bool:
    """An article that was replaced within a run stands beside its new version, under the same id."""
    return segment.alive is None or bool(segment.alive[doc] and segment.alive[doc + 1])


def _sound_terms(terms: Terms, size: int) -> bool:
    """Say whether terms ascend, and the documents of each do, none of them beyond the last one."""
    first = terms.first.astype(np.int64)
    if first[0] != 0 or first[-1] != len(terms.docs) or (first[1:] <= first[:-1]).any():
        return False
    if len(terms.stood) != len(terms.docs):
        return False
    for low in range(0, len(terms.docs), SLICE):
        docs = terms.docs.between(low, min(low + SLICE + 1, len(terms.docs))).astype(np.int64)
        if int(docs.max()) >= size:
            return False
        falls = (docs[1:] <= docs[:-1]).nonzero()[0] + low + 1
        if (first[np.minimum(first.searchsorted(falls), len(first) - 1)] != falls).any():
            return False
    return _twice(iter(terms.names), ascending=True) is None


def _twice(names: Iterable[str] | Iterable[bytes], *, ascending: bool = False) -> str | bytes | None:
    """Return a name that comes again, or with ``ascending`` one that is not after the one before."""
    before = None
    for name in names:
        if before is not None and (name == before or (ascending and name < before)):  # type: ignore[operator]
            return name
        before = name
    return None


def _live_ids(segment: Segment) -> Iterator[str]:
    """Yield the ids of the live documents, ascending."""
    for doc in segment.id_order:
        if segment.alive is None or segment.alive[doc]:
            yield segment.id_of(int(doc))
