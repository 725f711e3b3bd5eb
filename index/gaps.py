"""Gaps: the documents of posting lists, each as how many it leaves out behind the one before it in its list.

    posting.gap     small numbers: documents left out behind the one before, or before the first of a list
    posting.before  at each STEP postings, the document before in its list plus one, 0 at the head of a list

Of 200,000 articles a document takes 1.45 bytes, where a number of its own would take four; spelling a list out again
takes 1.1 ns each, as long as one look a posting into a table of scores, and is done once for a word that is kept.
"""

import numpy as np
import numpy.typing as npt

from index.arrays import Array, document_type, narrow
from index.small import Packer, Small

I64 = npt.NDArray[np.int64]

STEP = 4_096
"""Postings between two from which on a list can be spelt out."""


class GapPacker:
    """Packs postings that come in pieces, by term and document."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._packer = Packer(f"{prefix}posting.gap")
        self._count = 0
        self._last = (-1, 0)
        self._before: list[npt.NDArray[np.uint32]] = []

    def add(self, term: Array, doc: Array) -> dict[str, Array]:
        """Return what the next postings add to arrays."""
        last_term, last_doc = self._last
        # The one before each in its list, plus one; nothing at the head of a list.
        before = np.append(last_doc + 1, doc[:-1].astype(np.int64) + 1)[: len(doc)]
        before[np.append(last_term, term[:-1].astype(np.int64))[: len(term)] != term] = 0
        self._before.append(before[-self._count % STEP :: STEP].astype(np.uint32))
        self._count += len(doc)
        if len(doc):
            self._last = int(term[-1]), int(doc[-1])
        return self._packer.add(doc - before)

    def finish(self) -> dict[str, Array]:
        """Return the arrays beside."""
        return {**self._packer.finish(), f"{self._prefix}posting.before": narrow(np.concatenate(self._before))}


class Gaps:
    """The documents of posting lists, mapped; ``first`` are the heads of the lists and the end of the last."""

    def __init__(self, arrays: dict[str, Array], prefix: str, first: Array, size: int) -> None:
        self._gaps = Small(arrays, f"{prefix}posting.gap")
        self._before = arrays[f"{prefix}posting.before"]
        self._first = first
        self.dtype = document_type(size)

    def __len__(self) -> int:
        return len(self._gaps)

    def one(self, start: int, end: int) -> Array:
        """Return the documents of the list that is the postings ``start`` to ``end``."""
        docs = self._gaps.between(start, end, self.dtype)
        docs[1:] += 1
        docs.cumsum(dtype=self.dtype, out=docs)
        return docs

    def between(self, start: int, end: int) -> Array:
        """Return the documents of a stretch of postings, whichever lists they are of."""
        if start == end:
            return np.zeros(0, dtype=self.dtype)
        head, last = self._first.searchsorted(np.array((start, end - 1), dtype=self._first.dtype), "right").tolist()
        begin = max(self._first.item(head - 1), start - start % STEP)
        docs = self.several([(begin, end)], np.append(begin, self._first[head:last]).astype(np.int64) - begin)
        if begin > self._first.item(head - 1):
            within = min(self._first.item(head), end) - begin
            docs[:within] += self._before[begin // STEP].astype(self.dtype)
        return docs[start - begin :]

    def several(self, runs: list[tuple[int, int]], heads: I64) -> Array:
        """Return the documents of runs of whole lists; ``heads`` is where each list begins among them."""
        parts = [self._gaps.between(start, end, self.dtype) for start, end in runs]
        docs = parts[0] if len(parts) == 1 else np.concatenate(parts)
        docs += 1
        # Each list begins by taking off what the one before has come to, modulo what the type has room for.
        come_to = np.add.reduceat(docs, heads, dtype=self.dtype)
        docs[heads[1:]] -= come_to[:-1]
        docs[:1] -= 1
        docs.cumsum(dtype=self.dtype, out=docs)
        return docs

    def below(self, start: int, end: int, doc: int) -> int:
        """Return how many documents of the list that is the postings ``start`` to ``end`` are below one."""
        known = np.arange(start // STEP + 1, -(-end // STEP))
        # What stands there is the document before, plus one.
        block = int(known[0]) + int(self._before[known].searchsorted(doc, "right")) - 1 if len(known) else 0
        begin = max(start, block * STEP)
        docs = self.between(begin, min(end, begin - begin % STEP + STEP))
        return begin - start + int(docs.searchsorted(doc))
