"""Changed files: what a run does that looks at a few files and takes the rest of their sources for what it was.

What becomes of an article depends on other files only where two have the same id: the first in the order of the
sources has it. A run that meets such an article is given up, and all of the sources are looked at instead; whatever it
comes to otherwise is what a look at all of them would have come to.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from index.account import Account
from index.account_rows import Entry
from index.sources import Source
from index.writer import Writer

MOST = 10_000
"""Files and articles of changed files up to which their articles are kept in memory; more are looked for as always."""

_AT_PATH = "({0} = ?2 or ({0} > ?2 || '/' and {0} < ?2 || '0'))"
"""Says that a file is at a path or beneath it: 0 is what comes after the slash."""


class WidenedError(Exception):
    """What came up cannot be told from changed files alone. It never reaches a user."""


class ChangedFiles:
    """The changed files of sources that were made with them, and what the account knows of them.

    Raises WidenedError where there are more than ``MOST``, or a source is a folder that has changed itself.
    """

    def __init__(self, account: Account, sources: Sequence[Source]) -> None:
        self._account = account
        self._paths = {source.key: frozenset(source.changed or ()) for source in sources}
        if any("" in paths for paths in self._paths.values()):
            raise WidenedError
        self._entries = {source: list(self._before(source)) for source in self._paths}
        if sum(map(len, self._entries.values())) + sum(len(source.files) for source in sources) > MOST:
            raise WidenedError

    def held(self, source: str) -> int:
        """Return how many articles the index holds of a source, those of other files as well."""
        query = "select count(*) from article where source = (select number from name where text = ?) and until is null"
        return int(self._account.rows(query, source)[0][0])

    def not_met(self, source: str, writer: Writer) -> Iterator[Entry]:
        """Yield the articles that came from the changed files of a source and have not come up."""
        return (entry for entry in self._entries[source] if not writer.seen(entry.id))

    def file_names(self, source: str) -> Iterator[str]:
        """Yield those of them of which something is known."""
        for path in self._paths[source]:
            query = f"select name from file where source = (select number from name where text = ?1) and {_AT_PATH}"
            yield from (name for (name,) in self._account.rows(query.format("name"), source, path))

    def met(self, identifier: str) -> None:
        """Take notice of a record. Raises WidenedError where an article of another file has its id."""
        entry = self._account.entry(identifier)
        if entry is not None and not self._is_changed(entry.source, entry.file):
            raise WidenedError

    def leave(self, gone: Iterable[str], missing: Sequence[Entry]) -> None:
        """Take notice of articles that go, and of those that stay though their file holds them no longer.

        Raises WidenedError where there are any of these, or another file holds an article that goes.
        """
        query = (
            "select source.text, file.text from remark join name as source on source.number = remark.source"
            " join name as file on file.number = remark.file where remark.id = ? and outcome = 'duplicate'"
        )
        places = (place for identifier in gone for place in self._account.rows(query, identifier))
        if missing or not all(self._is_changed(*place) for place in places):
            raise WidenedError

    def _before(self, source: str) -> Iterator[Entry]:
        select = "select id, source, file, origin, digest from entry where until is null and"
        numbers: list[int] = []
        for path in self._paths[source]:
            rows = self._account.rows(f"select number, ?1 from name where {_AT_PATH.format('text')}", source, path)
            numbers += [number for number, _ in rows]
            # Articles that are named like their file.
            own = f"{select} source = ?1 and file = id and {_AT_PATH.format('id')} limit {MOST + 1}"
            yield from (Entry(*row) for row in self._account.rows(own, source, path))
        if numbers:
            others = (
                f"{select} id in (select id from article where until is null and file in"
                f" (select value from json_each(?2))) and source = ?1 limit {MOST + 1}"
            )
            yield from (Entry(*row) for row in self._account.rows(others, source, json.dumps(numbers)))

    def _is_changed(self, source: str, file: str) -> bool:
        paths = self._paths.get(source, frozenset())
        return file in paths or any(file[:at] in paths for at, letter in enumerate(file) if letter == "/")
