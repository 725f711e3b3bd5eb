"""Meeting: the documents that hold every one of some words, and what the words give them, in one go.

The rarest word's documents are held against the columns or bits of all others together, then looked for in the lists
of those that have neither. Only what holds all the words is scored.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.adding import Added
from search.bits import Flags, in_bits
from search.forms import Forms
from search.postings import Docs, Postings, Scores, sought

I64 = npt.NDArray[np.int64]


def meet(lists: Sequence[Postings], weights: Sequence[float], forms: Forms, alive: Flags | None) -> Added:
    """Return the documents that hold all of several words, with their scores."""
    lengths = [len(postings.docs) for postings in lists]
    rarest, *others = sorted(range(len(lists)), key=lengths.__getitem__)
    docs: Docs = lists[rarest].docs
    numbers: I64 = docs.astype(np.int64)
    # Where the documents stand in the rarest list, and then in those of words that they are not looked up by in a form.
    where: I64 | None = None
    formless = []
    for number in others:
        postings = lists[number]
        if (column := forms.column(postings)) is not None:
            held = column.take(numbers).astype(np.bool_)
        elif (bits := forms.bits_again(postings)) is not None:
            held = bits.hold(in_bits(numbers))
        else:
            formless.append(number)
            continue
        at = held.nonzero()[0]
        numbers, where = numbers[at], at if where is None else where[at]
    if where is not None:
        docs = docs[where]
    places: dict[int, I64 | None] = {rarest: where}
    for number in formless:
        at, there = sought(docs, lists[number].docs, forms.size)
        if len(at) < len(docs):
            docs, numbers = docs[at], numbers[at]
            places = {other: at if before is None else before[at] for other, before in places.items()}
        places[number] = there
    total: Scores | None = None
    for number, postings in enumerate(lists):
        if number in places:
            gains = forms.gains(postings, weights[number], places[number], rare=True)
        elif postings.column is not None:
            gains = forms.table.take(postings.column[numbers])
            gains *= weights[number]
        else:
            gains = forms.gains(postings, weights[number], forms.places(postings, docs))
        total = gains if total is None else total + gains
    assert total is not None
    if alive is not None:
        kept = alive.take(docs)
        docs, total = docs[kept], total[kept]
    return Added(total, docs, len(docs))
