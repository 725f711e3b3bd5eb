"""Meeting: the documents that hold every one of some words, and what the words give them, in one go.

The rarest word's documents are looked for in the next rarer one's, and so on. What a document is found by there is what
it is scored by, so that it is not looked up twice.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.adding import Added, Part
from search.postings import Codes, Docs, Scores, sought

I64 = npt.NDArray[np.int64]


def meet(parts: Sequence[Part], size: int, alive: npt.NDArray[np.bool_] | None, table: Scores) -> Added:
    """Return the documents that hold all of several words, with their scores; ``table`` scores codes."""
    rarest, *others = sorted(range(len(parts)), key=lambda number: len(parts[number].postings.docs))
    docs: Docs = parts[rarest].postings.docs
    # Where the documents stand in the postings of a word, or, of words with a column, their codes.
    places: dict[int, I64 | None] = {rarest: None}
    codes: dict[int, Codes] = {}
    for number in others:
        column, looked_up = parts[number].column, None
        if column is not None:
            looked_up = column.take(docs)
            held = looked_up.nonzero()[0]
        else:
            held, places[number] = sought(docs, parts[number].postings.docs, size)
        if len(held) < len(docs):
            docs = docs.take(held)
            for other in (rarest, *others):
                if other == number:
                    break
                if other in codes:
                    codes[other] = codes[other].take(held)
                else:
                    at = places[other]
                    places[other] = held if at is None else at.take(held)
            looked_up = None if looked_up is None else looked_up.take(held)
        if looked_up is not None:
            codes[number] = looked_up
    total: Scores | None = None
    for number, part in enumerate(parts):
        if number in codes:
            gains = table.take(codes[number])
            gains *= part.weight
        else:
            gains = part.gains(places[number])
        total = gains if total is None else total + gains
    assert total is not None
    if alive is not None:
        kept = alive.take(docs)
        docs, total = docs[kept], total[kept]
    return Added(total, docs, len(docs))
