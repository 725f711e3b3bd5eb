"""The account of a restored generation, until it takes its place.

A restored generation becomes visible by one rename, as any does, and its account lies ready then, under the
generation's own name. Who holds the lock next puts it in its place; whoever was killed in between has lost nothing.
"""

import shutil
from pathlib import Path

from index.commit import sync
from index.generation import restored_name

_FILE = "account.sqlite"


def staged(folder: Path, generation: int) -> Path:
    """Return the folder in which the account of a generation that is being restored lies."""
    return folder / restored_name(generation)


def account_folder(folder: Path, generation: int) -> Path:
    """Return the folder in which the account of a generation is found, for who only reads it."""
    ready = staged(folder, generation)
    # Whoever put it in its place may have been killed before its own folder was removed.
    return ready if (ready / _FILE).exists() else folder


def settle(folder: Path, generation: int) -> None:
    """Put the account of a restored generation in its place, where that is still to be done. For the lock's holder."""
    ready = staged(folder, generation)
    if not ready.exists():
        return
    if (ready / _FILE).exists():
        # What a killed run left half written belongs to the account that goes, and must not be taken for this one's.
        (folder / f"{_FILE}-journal").unlink(missing_ok=True)
        sync(folder)
        (ready / _FILE).rename(folder / _FILE)
        sync(folder)
    shutil.rmtree(ready)
