"""What is kept between requests: arrays made from posting lists, of words that are asked for often, in bounded memory.

Nothing of it is an answer: it is what every query with the same word would have to make again.
"""

import threading
from collections.abc import Hashable
from typing import Any

KEPT_BYTES = 17_000_000
"""Memory for all that is kept of a generation. When it is full all goes, and what is asked for is made anew.

With 40 a process that was asked thousands of different queries of 200,000 articles took 171 MB, and no less time; 240
queries that come again and again, whose lists fit into 40, are a sixth slower with 17.
"""

KEPT_BYTES_PER_ARTICLE = 50
"""Of more articles than share that, so much for each: a frequent word's list is as long as there are articles."""


class Kept:
    """Arrays by what they are of, ``limit`` bytes of them at most. Safe for several threads."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self.limit = limit
        self._kept: dict[Hashable, Any] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Return what is kept, or None."""
        return self._kept.get(key)

    def keep(self, key: Hashable, made: Any, size: int) -> None:
        """Keep something of so many bytes."""
        with self._lock:
            self._make_room(size)
            self._kept[key] = made

    def grow(self, size: int) -> None:
        """Count so many bytes more for something that is kept, and goes with it when all goes."""
        with self._lock:
            self._make_room(size)

    def _make_room(self, size: int) -> None:
        if self._bytes + size > self.limit:
            self._kept.clear()
            self._bytes = 0
        self._bytes += size
