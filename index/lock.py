"""The writer's lock: one writer at a time, whatever becomes of it.

The lock is the kernel's, on the index folder itself: it ends with the process that holds it, and there is no lock
file that could be deleted to let a second writer in. A note beside it says who holds it, for the message alone.
"""

import datetime
import fcntl
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import LockedIndexError

NOTE = "writer.json"


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of an index folder. Raises LockedIndexError at once, saying who holds it and since when."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedIndexError(
                f"{folder} is being written by {_holder(folder)}. Wait for it to end, then try again."
            ) from None
        note = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "command": shlex.join(sys.orig_argv)[:200],
            "since": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        try:
            (folder / NOTE).write_text(json.dumps(note))
            yield
        finally:
            with suppress(OSError):
                (folder / NOTE).unlink()
    finally:
        os.close(handle)


def _holder(folder: Path) -> str:
    try:
        note = json.loads((folder / NOTE).read_text())
        since = datetime.datetime.fromisoformat(note["since"])
        return f"process {note['process']} on {note['host']} since {since:%d %B %Y, %H:%M:%S} UTC ({note['command']})"
    except (OSError, ValueError, LookupError, TypeError):
        return "another process"
