"""Processors: how many there are for this process, and whether one is left for a thread.

A thread that no processor is left for takes turns with others, and finds what it had in the cache gone each time.
"""

import os


def processors() -> int:
    """Return how many processors there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spare(busy: int) -> bool:
    """Say whether a processor is left beside ``busy`` processes that have enough to do."""
    return processors() > busy
