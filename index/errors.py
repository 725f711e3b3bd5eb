"""What can go wrong, each with the exit status of a command that meets it.

BackfileError                   a message for the user: what is wrong and what to do
├── ArticleError                this article cannot be taken in; the others go on
├── SettingError                a setting or an argument has a value that cannot be
├── SourceError                 there is nothing of that name to read
├── WorkerError                 a process that shared a run has ended before its time
├── VanishingError              a run would take out more than half of a source's articles
└── UnusableIndexError          the index as a whole cannot be used
    ├── MissingIndexError       there is none in that folder
    ├── LockedIndexError        another writer is at work on it
    ├── DamagedIndexError       its bytes are not what was written
    ├── ExistingIndexError      there is one already where another is to be put
    ├── BackupError             what should be a backup is none, or is damaged
    ├── VersionError            it was made by another version of the format or the analyzer
    └── StorageError            the disk refused: full, read-only or broken
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class BackfileError(Exception):
    """Something a user can act on; its text is the whole message, ``details`` is what ``--json`` tells beside it."""

    exit_status = 1
    details: Mapping[str, Any] = MappingProxyType({})


class ArticleError(BackfileError, ValueError):
    """An article that breaks a rule and is rejected."""


class SettingError(BackfileError, ValueError):
    """A setting with a value that cannot be."""

    exit_status = 2


class SourceError(BackfileError):
    """There is nothing to read."""


class WorkerError(BackfileError):
    """A process that was indexing is gone; the run with it."""


class VanishingError(BackfileError):
    """More than half of a source's articles would go: more often a mistake than a wish."""


class UnusableIndexError(BackfileError):
    """The index cannot be used."""

    exit_status = 3


class MissingIndexError(UnusableIndexError):
    """There is no index in the folder."""


class LockedIndexError(UnusableIndexError):
    """Another writer is at work."""


class DamagedIndexError(UnusableIndexError):
    """Bytes are missing or not what was written."""


class ExistingIndexError(UnusableIndexError):
    """There is an index where another one is to be put."""

    exit_status = 1


class BackupError(UnusableIndexError):
    """What should be a backup is none, or is damaged."""


class VersionError(UnusableIndexError):
    """Made by another version of Backfile."""


class StorageError(UnusableIndexError):
    """The file system refused."""

    @classmethod
    def of(cls, path: object, error: Exception) -> "StorageError":
        """Make one that says what was refused, and that the index is safe."""
        reason = getattr(error, "strerror", None) or error
        return cls(f"{path} cannot be written: {reason}. The index is as its last commit left it.")
