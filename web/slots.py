"""Slots: how many of something may go on at once, over all the processes of a server.

Each is a file that whoever holds it has locked: what a process held that was killed is free again.
"""

import atexit
import fcntl
import os
import tempfile
from functools import cache
from pathlib import Path

from web.metrics import DIRECTORY


class Slot:
    """One of them, held until it is closed or nobody knows of it any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Let somebody else have it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    __del__ = close


def take(name: str, count: int) -> Slot | None:
    """Take one of ``count`` slots of a name; None where all are held."""
    for number in range(count):
        descriptor = os.open(_folder() / f"{name}-{number}.lock", os.O_RDONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return Slot(descriptor)
    return None


def _folder() -> Path:
    """Return the folder that the processes of a server have in common; one that stands alone has its own."""
    shared = os.environ.get(DIRECTORY)
    return Path(shared) if shared else Path(_own().name)


@cache
def _own() -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="backfile-slots-")
    atexit.register(folder.cleanup)
    return folder
