"""Changed files: what a run does that looks at a few files and takes the rest of their sources for what it was.

What becomes of an article depends on other files only where these hold one with the same id: the first in the order of
the sources has it, and one that cannot be read keeps its old version. A run that meets such an article is given up, and
all of the sources are looked at instead; what it comes to otherwise is what a look at all of them would have come to.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.account import Account
from index.account_rows import FILE, Entry
from index.generation import newest
from index.sources import Source
from index.writer import Writer

MOST = 10_000
"""Files, and articles of changed files, up to which they are kept in memory; for more all is looked at."""

_CHANGE_COUNTER = slice(24, 28)
"""Where SQLite counts the transactions that have changed a file."""

_AT_PATH = "({0} = ?2 or ({0} > ?2 || '/' and {0} < ?2 || '0'))"
"""Says that a file is at a path or beneath it: 0 is what comes after the slash."""


class WidenedError(Exception):
    """What came up cannot be told from changed files alone. It never reaches a user."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """What tells whether an index has been written since: its generation, its account's file and how often it was."""

    generation: int
    file: int
    transactions: bytes

    @classmethod
    def of(cls, folder: Path) -> "IndexState":
        """Return that of an index that is there."""
        with (folder / FILE).open("rb") as account:
            return cls(newest(folder), (folder / FILE).stat().st_ino, account.read(28)[_CHANGE_COUNTER])


@dataclass(frozen=True, slots=True)
class Changes:
    """Real paths of files and folders outside of which nothing has changed since an index was in step.

    ``since`` is the index as it was then.
    """

    paths: Collection[str]
    since: IndexState


class ChangedFiles:
    """The changed files of sources that were made with ``Changes``, and what the account knows of them.

    Raises WidenedError where the index has been written since, or there are more than ``MOST``, or a source is a folder
    that has changed itself, or an article of another file is kept because one of them could not be read.
    """

    def __init__(self, folder: Path, account: Account, sources: Sequence[Source], changes: Changes) -> None:
        self._account = account
        self._paths = {source.key: frozenset(source.changed or ()) for source in sources}
        if IndexState.of(folder) != changes.since or any("" in paths for paths in self._paths.values()):
            raise WidenedError
        numbers = {source: list(self._numbers(source)) for source in self._paths}
        self._entries = {source: list(self._before(source, numbers[source])) for source in self._paths}
        if sum(map(len, self._entries.values())) + sum(len(source.files) for source in sources) > MOST:
            raise WidenedError
        for source in self._paths:
            for identifier in self._rejected(source, numbers[source]):
                self.met(identifier, "", "")

    def held(self, source: str) -> int:
        """Return how many articles the index holds of a source, those of other files as well."""
        query = "select count(*) from article where source = (select number from name where text = ?) and until is null"
        return int(self._account.rows(query, source)[0][0])

    def not_met(self, source: str, writer: Writer) -> Iterator[Entry]:
        """Yield the articles that came from the changed files of a source and have not come up.

        Raises WidenedError where another file had something under the id of one.
        """
        for entry in writer.not_seen(self._entries[source]):
            self._see_alone(entry.id)
            yield entry

    def file_names(self, source: str) -> Iterator[str]:
        """Yield those of the changed files of which something is known."""
        for path in self._paths[source]:
            query = f"select name from file where source = (select number from name where text = ?1) and {_AT_PATH}"
            yield from (name for (name,) in self._account.rows(query.format("name"), source, path))

    def met(self, identifier: str, source: str, file: str) -> None:
        """Take notice of a record. Raises WidenedError where another file has, or had, something under its id."""
        entry = self._account.entry(identifier)
        if entry is None or (entry.source, entry.file) == (source, file):
            return
        if not self._is_changed(entry.source, entry.file):
            raise WidenedError
        self._see_alone(identifier)

    def _see_alone(self, identifier: str) -> None:
        """Raise WidenedError where another file had a duplicate, or what could not be read, under an id."""
        query = (
            "select source.text, file.text from remark join name as source on source.number = remark.source"
            " join name as file on file.number = remark.file"
            " where remark.id = ? and outcome in ('duplicate', 'rejected')"
        )
        if not all(self._is_changed(*place) for place in self._account.rows(query, identifier)):
            raise WidenedError

    def _numbers(self, source: str) -> Iterator[int]:
        for path in self._paths[source]:
            query = f"select number, ?1 from name where {_AT_PATH.format('text')}"
            yield from (number for number, _ in self._account.rows(query, source, path))

    def _before(self, source: str, numbers: list[int]) -> Iterator[Entry]:
        """Yield the articles of changed files: those named like theirs, and those of the files with these numbers."""
        select = "select id, source, file, origin, digest from entry where until is null and source = ?1 and"
        for path in self._paths[source]:
            own = f"{select} file = id and {_AT_PATH.format('id')} limit {MOST + 1}"
            yield from (Entry(*row) for row in self._account.rows(own, source, path))
        if numbers:
            others = (
                f"{select} id in (select id from article where until is null and file in"
                f" (select value from json_each(?2))) limit {MOST + 1}"
            )
            yield from (Entry(*row) for row in self._account.rows(others, source, json.dumps(numbers)))

    def _rejected(self, source: str, numbers: list[int]) -> list[str]:
        """Return the ids of records of changed files that could not be read."""
        query = (
            "select distinct id from remark where source = (select number from name where text = ?1)"
            " and file in (select value from json_each(?2)) and outcome = 'rejected' and id is not null"
        )
        return [identifier for (identifier,) in self._account.rows(query, source, json.dumps(numbers))]

    def _is_changed(self, source: str, file: str) -> bool:
        paths = self._paths.get(source, frozenset())
        return file in paths or any(file[:at] in paths for at, letter in enumerate(file) if letter == "/")
