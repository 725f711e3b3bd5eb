"""Space: how much of the disk building an index anew takes, before it is begun."""

import shutil
from pathlib import Path

from index.account_rows import FILE
from index.errors import StorageError, UnusableIndexError
from index.generation import newest, read_toc

PER_BYTE_OF_TEXT = 1.7
"""Size of an index for each byte of its sources: 1.1 for news articles, 1.7 for short items."""

COPIES = 2
"""What is built stands on the disk twice at the most, in the parts that were written and as the one they become."""


def make_room(folder: Path, sources: int) -> str:
    """Say how much disk building an index anew takes, and see that so much is free. Raises StorageError.

    ``sources`` is how many bytes are read for it, 0 where that is the index itself. The index that is there stays
    until the new one has taken its place, and is not counted.
    """
    needed = COPIES * max(size(folder), round(sources * PER_BYTE_OF_TEXT)) + _account(folder)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(
            f"Building the index anew takes about {shown(needed)} beside the one there is, and {folder} has "
            f"{shown(free)} left. Nothing was changed. Make room, or build it in a folder on another disk with --index."
        )
    return f"About {shown(needed)} of disk will be needed; {shown(free)} are free"


def size(folder: Path) -> int:
    """Return how many bytes the newest generation takes, 0 where that is not known."""
    try:
        return sum(entry.size for entry in read_toc(folder, newest(folder), any_analyzer=True).manifest.files())
    except (UnusableIndexError, FileNotFoundError):
        return 0


def _account(folder: Path) -> int:
    """Return how many bytes the account may grow by: each row can be written anew."""
    path = folder / FILE
    return path.stat().st_size if path.exists() else 0


def shown(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size < 1_000_000:
        return f"{size / 1e3:.1f} kB"
    return f"{size / 1e6:,.1f} MB" if size < 10**9 else f"{size / 1e9:,.1f} GB"
