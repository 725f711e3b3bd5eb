"""Deadlines: a search that takes too long is given up, wherever it is.

What is asked between two looks at the clock is bounded by the index, not by the query: one word's postings, one
document's positions, the spellings of the vocabulary once.
"""

import time

from search.errors import SlowSearchError


class Deadline:
    """The moment by which a search has to be done."""

    __slots__ = ("_at", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = time.monotonic() + seconds

    def check(self) -> None:
        """Raise SlowSearchError when it has passed."""
        if time.monotonic() > self._at:
            raise SlowSearchError(self._seconds)
