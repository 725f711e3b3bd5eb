"""Familiar files: those of a source that have not changed since they were read, and whose outcome still holds.

A file is skipped only if all that came of it is as it was: its articles are still its own, what it held duplicates of
is in files that are skipped before it, and what was deleted for good stays deleted. All of this is known before
anything is read, so that the same files are skipped whoever reads the others, and how far ahead.
"""

from array import array

from index.account import Account
from index.account_rows import FileOutcome
from index.sources import FileState, Found, Source

_AT_ONCE = 500
"""Files asked for in one query."""


class FamiliarFiles:
    """What is known of a source's files, asked for in their order. ``skipped`` are those of all sources so far.

    ``outcome`` is what came of the file asked for last, ``unread`` how many bytes the files have that are not the same
    by size and time; ``articles`` how many the index holds of the source.
    """

    def __init__(self, account: Account, source: Source, conditions: str, skipped: dict[str, set[str]]) -> None:
        self._account = account
        self._key = source.key
        self._conditions = conditions
        self._skipped = skipped
        self._held = account.held(source.key)
        self.articles = sum(self._held.values())
        self.outcome: FileOutcome | None = None
        self.unread = source.total
        self._next = 0
        # For each file what came of it if it is the same; as arrays, since there may be a million.
        self._same = bytearray(len(source.files))
        self._counts = [array("q", bytes(8 * len(source.files))) for _ in range(3)]
        for start in range(0, len(source.files), _AT_ONCE):
            self._look_up(source.files[start : start + _AT_ONCE], start)

    def earlier(self, found: Found, file: str) -> FileState | None:
        """Return what a file was if what came of it still holds, None if it has to be read in any case."""
        number, self._next = self._next, self._next + 1
        if self._same[number]:
            articles, remarks, missing = (counts[number] for counts in self._counts)
            state = FileState(found.size, found.time, b"")
            self.outcome = FileOutcome(self._key, file, state, articles, remarks, missing)
        else:
            self.outcome = self._believed([file]).get(file)
        if self.outcome and self.outcome.remarks and not self._holds(file):
            self.outcome = None
        return self.outcome.state if self.outcome else None

    def skip(self, file: str) -> None:
        """Take notice that a file is skipped."""
        self._skipped.setdefault(self._key, set()).add(file)

    def _look_up(self, files: list[Found], start: int) -> None:
        names = [found.file for found in files]
        known = self._believed(names)
        for number, (name, found) in enumerate(zip(names, files, strict=True), start):
            outcome = known.get(name)
            if outcome and outcome.state and outcome.state.same_time(found):
                self._same[number] = True
                counted = (outcome.articles, outcome.remarks, outcome.missing)
                for counts, count in zip(self._counts, counted, strict=True):
                    counts[number] = count
                self.unread -= found.size

    def _believed(self, names: list[str]) -> dict[str, FileOutcome]:
        """Return what came of those of the files whose articles are all still theirs, by name."""
        return {
            outcome.file: outcome
            for outcome, own in self._account.files(self._key, self._conditions, names)
            if self._held.get(outcome.file, 0) + own == outcome.articles + outcome.missing
        }

    def _holds(self, file: str) -> bool:
        """Say whether what was said of a file's records can be said again."""
        return all(
            first is not None and (first == (self._key, file) or first[1] in self._skipped.get(first[0], ()))
            for first in self._account.firsts(self._key, file)
        )
