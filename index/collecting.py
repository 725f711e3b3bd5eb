"""Collecting rarely: a run makes millions of objects and hardly a cycle of them.

Python's collector, which goes through all that is alive after every few hundred objects more, took a twentieth of the
time of indexing 200,000 articles, and found nothing.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 100_000
"""New objects between two collections: of them alone some 10 MB can be waiting."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Have the process's collector of cycles do its work less often."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
