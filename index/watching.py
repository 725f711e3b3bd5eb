"""Watching: sources are followed, and the index brought in step as soon as something in them changes.

The lock is held during runs only. Changes that come while a run is at work are waiting when it ends.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, watch

from index.errors import BackfileError, LockedIndexError, StorageError, UnusableIndexError
from index.sources import STANDARD_INPUT

GATHER = 400
"""Milliseconds for which changes are gathered, once there is one, as long as more of them come."""

STEP = 100
"""Milliseconds without another change after which those gathered are acted upon."""

TICK = 500
"""Milliseconds between two looks at what cannot be followed: lone files, a lock held by another."""


@dataclass(frozen=True, slots=True)
class _Lone:
    """A source that is a file. It is looked at, since following it would end where another takes its place."""

    path: Path

    def state(self) -> tuple[int, int, int] | None:
        """Return what tells one version from another, None where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns


def keep_in_step(
    names: Sequence[str], leave_out: Path, run: Callable[[], object], tell: Callable[[BackfileError], None]
) -> None:
    """Run once, and again after every change in the sources, until it is interrupted.

    ``leave_out`` is the index folder, which may lie in a source. An error in a run is told, and the next change tried;
    where another holds the lock, the run is tried again until it is free. Raises UnusableIndexError for any other index
    that cannot be used, StorageError where a folder cannot be followed.
    """
    waiting, told = True, False
    for changed in _changes(names, Path(os.path.realpath(leave_out))):
        if not changed and not waiting:
            continue
        waiting = False
        try:
            run()
            told = False
        except LockedIndexError as error:
            waiting = True
            if not told:
                tell(error)
                told = True
        except UnusableIndexError:
            raise
        except BackfileError as error:
            tell(error)


def _changes(names: Sequence[str], leave_out: Path) -> Iterator[bool]:
    """Yield, several times a second, whether something has changed; False at once, when changes are being followed."""
    real = [Path(os.path.realpath(name)) for name in names if name != STANDARD_INPUT]
    folders = [path for path in real if path.is_dir()]
    lone = [_Lone(path) for path in real if not path.is_dir()]

    def wanted(_: Change, name: str) -> bool:
        path = Path(name)
        if path == leave_out or leave_out in path.parents:
            return False
        inside = (path.relative_to(folder).parts for folder in folders if path.is_relative_to(folder))
        # Hidden files and folders are no part of a source.
        return any(not any(part.startswith(".") for part in parts) for parts in inside)

    before = [file.state() for file in lone]
    try:
        yield from (
            bool(changes) | (before != (before := [file.state() for file in lone]))
            for changes in watch(
                *folders,
                watch_filter=wanted,
                debounce=GATHER,
                step=STEP,
                rust_timeout=TICK,
                yield_on_timeout=True,
                raise_interrupt=True,
            )
        )
    except (RuntimeError, OSError) as error:
        raise StorageError(
            f"{', '.join(map(str, folders))} cannot be followed ({error}). Where the system's limit is reached, raise "
            "it, as with 'sysctl fs.inotify.max_user_watches=1000000'."
        ) from error
