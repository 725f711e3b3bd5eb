"""Ranking: BM25 over title and body as one text in which the title's words count several times.

Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004: frequencies and
lengths are weighted and added before the formula, not scores after it. N, n and the average are of the live articles
of the generation; lengths are the codec's quantised ones.
"""

import math
from typing import TypeVar

import numpy as np
import numpy.typing as npt

K1 = 1.2
"""How soon further occurrences stop to count."""

B = 0.75
"""How much a long text has to hold more of a word to score the same."""

DIGITS = 6
"""Decimals to which scores are rounded before they are compared, so that the order of additions decides nothing."""


def rounded(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return scores as they are compared and told."""
    tens: npt.NDArray[np.float64] = np.rint(scores * 10.0**DIGITS) / 10.0**DIGITS
    return tens


def idf(containing: int, articles: int) -> float:
    """Inverse document frequency of what ``containing`` of ``articles`` hold: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log(1 + (articles - containing + 0.5) / (containing + 0.5))


T = TypeVar("T", float, npt.NDArray[np.float64])


def saturation(times: T, lengths: T, mean: float) -> T:
    """What a word scores but for idf and boost: tf (k1 + 1) / (tf + k1 (1 - b + b len / mean len))."""
    return times * (K1 + 1) / (times + K1 * (1 - B + B * (lengths / (mean or 1.0))))
