"""Watching: sources are followed, and the index brought in step as soon as something in them changes.

The lock is held during runs only. Changes that come while a run is at work are waiting when it ends. A run looks at
what has changed, so that it takes as long in a folder of 200,000 files as in one of two; see ``changed``.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, watch

from index.changed import Changes, IndexState, WidenedError
from index.errors import BackfileError, LockedIndexError, StorageError, UnusableIndexError
from index.indexing import Report
from index.sources import STANDARD_INPUT

GATHER = 400
"""Milliseconds for which changes are gathered, once there is one, as long as more of them come."""

STEP = 100
"""Milliseconds without another change after which those gathered are acted upon."""

TICK = 500
"""Milliseconds between two looks at what cannot be followed: lone files, a lock held by another."""

LOOK_SECONDS = 600
"""Between two looks at everything: the system may leave out changes where there are very many at once."""

MANY = 1_000
"""Changed paths beyond which everything is looked at."""

UNREADABLE = "Unable to decode path"
"""What watchfiles says when a name is no UTF-8."""


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
    names: Sequence[str],
    folder: Path,
    run: Callable[[Changes | None], Report],
    show: Callable[[Report], None],
    tell: Callable[[BackfileError], None],
) -> None:
    """Run once on an index, and again after every change in the sources, until it is interrupted.

    ``run`` is given what has changed, or None where all of the sources is to be looked at: at first, after what was not
    done to its end, and now and then, should a change have gone unseen. The index folder may lie in a source. An error
    in a run is told, and the next change tried; where another holds the lock, the run is tried again until it is free.
    Raises UnusableIndexError for any other index that cannot be used, StorageError where a folder cannot be followed.
    """
    paths: set[str] = set()
    since: IndexState | None = None
    waiting, told, looked = True, False, time.monotonic()
    for news in _changes(names, Path(os.path.realpath(folder))):
        is_late = time.monotonic() - looked >= LOOK_SECONDS
        paths.update(news or ())
        if news is None or is_late or len(paths) > MANY:
            since = None
        if not (news is None or news or waiting or is_late):
            continue
        waiting = False
        if since is None:
            looked = time.monotonic()
        try:
            report = run(Changes(frozenset(paths), since) if since else None)
            since = None if report.failures else IndexState.of(folder)
            paths, told = set(), False
            show(report)
        except WidenedError:
            since, waiting = None, True
        except LockedIndexError as error:
            waiting = True
            if not told:
                tell(error)
                told = True
        except UnusableIndexError:
            raise
        except BackfileError as error:
            since = None
            tell(error)


def _changes(names: Sequence[str], leave_out: Path) -> Iterator[Collection[str] | None]:
    """Yield, several times a second, the paths that have changed, None where that cannot be told.

    The first time comes at once, when changes are being followed.
    """
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
    is_lost = False
    while True:
        try:
            for changes in watch(
                *folders,
                watch_filter=wanted,
                debounce=GATHER,
                step=STEP,
                rust_timeout=TICK,
                yield_on_timeout=True,
                raise_interrupt=True,
            ):
                now = [file.state() for file in lone]
                paths = {path for _, path in changes}
                paths.update(str(file.path) for file, was, new in zip(lone, before, now, strict=True) if was != new)
                before = now
                yield None if is_lost else paths
                is_lost = False
            return
        except (RuntimeError, OSError) as error:
            if UNREADABLE not in str(error):
                raise StorageError(
                    f"{', '.join(map(str, folders))} cannot be followed ({error}). Where the system's limit is "
                    "reached, raise it, as with 'sysctl fs.inotify.max_user_watches=1000000'."
                ) from error
        # A name that is no text has ended the watch. Another one is begun, then what came meanwhile is looked for.
        is_lost = True
