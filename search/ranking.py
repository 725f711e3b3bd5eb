"""Ranking: BM25 over title and body as one text in which the title's words count several times.

Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004: frequencies and
lengths are weighted and added before the formula, not scores after it. N, n and the average are of the live articles
of the generation; lengths are the codec's quantised ones.

Measured with ``backfile evaluate`` (nDCG@10 and MAP, for the 423 articles of TIME and the 1,400 of Cranfield):

    k1 1.6, words weighed by ``telling``    0.762  0.701    0.543  0.427
    k1 1.2, words weighed by ``telling``    0.750  0.689    0.538  0.422
    k1 1.6, words weighed by ``idf``        0.748  0.687    0.543  0.424
    k1 1.2, words weighed by ``idf``        0.745  0.682    0.534  0.419
    Lucene 9, English analyzer              0.756  0.697    0.523  0.422

All four are over Lucene's wherever k1 is from 1.4 to 1.9 and b from 0.75 to 0.8. It stands near the lower end since
headlines searched for in bodies alone lose by a higher one: the mean reciprocal rank of the headline's own article, of
1,500 Reuters headlines, is 0.668 with k1 1.2 and 1.5 and 0.664 with 1.8.
"""

import math
from typing import TypeVar

import numpy as np
import numpy.typing as npt

K1 = 1.6
"""How soon further occurrences stop to count."""

B = 0.75
"""How much a long text has to hold more of a word to score the same."""

DIGITS = 6
"""Decimals to which scores are rounded before they are compared, so that the order of additions decides nothing."""


# As an array: a number of Python's own is made into one each time, which takes as long as the operation.
_TENS = np.array(10.0**DIGITS)


def rounded(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return scores as they are compared and told."""
    told: npt.NDArray[np.float64] = np.rint(scores * _TENS) / _TENS
    return told


def idf(containing: int, articles: int) -> float:
    """Inverse document frequency of what ``containing`` of ``articles`` hold: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log(1 + (articles - containing + 0.5) / (containing + 0.5))


def telling(containing: int, articles: int) -> float:
    """Weight of a word that ``containing`` of ``articles`` hold: idf times the share of the articles without it.

    With p = (n + 0.5) / (N + 1), the share that holds it, this is -ln(p) (1 - p): over 0 for every word, and next to
    nothing for those that most articles hold, so that no list of stop words is wanted in any language.
    """
    return idf(containing, articles) * (1 - (containing + 0.5) / (articles + 1))


T = TypeVar("T", float, npt.NDArray[np.float64])


def saturation(times: T, lengths: T, mean: float) -> T:
    """What a word scores but for weight and boost: tf (k1 + 1) / (tf + k1 (1 - b + b len / mean len))."""
    return times * (K1 + 1) / (times + K1 * (1 - B + B * (lengths / (mean or 1.0))))
