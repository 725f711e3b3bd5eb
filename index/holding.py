"""Holding an index folder for writing: made if there is none, locked, and tidied before and after."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from index.account_rows import FILE
from index.commit import remove_leftovers, sync
from index.errors import StorageError
from index.generation import generations
from index.lock import NOTE, writer_lock


@contextmanager
def held(folder: Path) -> Iterator[ExitStack]:
    """Hold a folder; what is put on the stack is done before it is tidied and let go.

    Raises LockedIndexError where another writer is at work, StorageError where the disk refuses.
    """
    with ExitStack() as opened:
        with disk(folder):
            made = [path for path in (folder, *folder.parents) if not path.exists()]
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in made:
                sync(path.parent)
            opened.enter_context(writer_lock(folder))
            opened.callback(_tidy, folder, made)
            remove_leftovers(folder)
        yield opened


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Say in a StorageError what the file system refuses."""
    try:
        yield
    except OSError as error:
        raise StorageError.of(folder, error) from error


def _tidy(folder: Path, made: Sequence[Path]) -> None:
    """Remove what is left of a run; of a dry one, or one that failed, nothing stays behind that looks like an index."""
    # What cannot be removed now is removed by the next writer, and no reason to say that a commit has failed.
    with suppress(OSError, StorageError):
        remove_leftovers(folder)
        if not generations(folder):
            (folder / FILE).unlink(missing_ok=True)
            (folder / NOTE).unlink(missing_ok=True)
            for path in made:
                path.rmdir()
