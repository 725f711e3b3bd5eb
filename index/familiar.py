"""Familiar files: those of a source that have not changed since they were read, and whose outcome still holds.

A file is skipped only if all that came of it is as it was: its articles are still its own, what it held duplicates of
is in files that are skipped before it, and what was deleted for good stays deleted. All of this is known before
anything is read, so that the same files are skipped whoever reads the others, and how far ahead.
"""

from array import array
from typing import NamedTuple

from index.account import Account
from index.account_rows import FileOutcome
from index.sources import FileState, Found, Source

_AT_ONCE = 500
"""Files asked for in one query, and skipped at once."""

_PLAIN, _REMARKED = 1, 2


class LeftFiles(NamedTuple):
    """Files that are skipped: how many articles came of them; one alone where there are remarks on it."""

    source: str
    files: tuple[str, ...]
    articles: int
    remarks: int = 0
    missing: int = 0


class FamiliarFiles:
    """What is known of a source's files, asked for in their order. ``skipped`` are those of all sources so far.

    ``left`` is what came of the files that were found the same last, ``unread`` how many bytes the files have that are
    not the same by size and time; ``articles`` how many the index holds of the source.
    """

    def __init__(self, account: Account, source: Source, conditions: str, skipped: dict[str, set[str]]) -> None:
        self._account = account
        self._key = source.key
        self._files = source.files
        self._conditions = conditions
        self._skipped = skipped
        self._held = account.held(source.key)
        self.articles = sum(self._held.values())
        self.left = LeftFiles(self._key, (), 0)
        self.unread = source.total
        # For each file what came of it if it is the same; as arrays, since there may be a million.
        self._same = bytearray(len(self._files))
        self._articles, self._remarks, self._missing = (array("q", bytes(8 * len(self._files))) for _ in range(3))
        for start in range(0, len(self._files), _AT_ONCE):
            self._look_up(start, self._files[start : start + _AT_ONCE])

    def same(self, number: int) -> int:
        """Return how many files from a number on are the same by size and time, and what came of them holds."""
        end = number
        while end < min(number + _AT_ONCE, len(self._files)) and self._same[end] == _PLAIN:
            end += 1
        if end == number and end < len(self._files) and self._same[end] == _REMARKED:
            remarks, missing = self._remarks[number], self._missing[number]
            return int(self._holds(self._leave(number, number + 1, remarks, missing)))
        if end > number:
            self._leave(number, end, 0, 0)
        return end - number

    def earlier(self, number: int) -> FileState | None:
        """Return what a file was if what came of it holds, None if it has to be read in any case."""
        if self._same[number]:
            # It was asked for, and there was a reason not to skip it.
            return None
        outcome = self._believed([self._files[number].file]).get(self._files[number].file)
        if outcome is None:
            return None
        self._articles[number] = outcome.articles
        left = self._leave(number, number + 1, outcome.remarks, outcome.missing)
        return outcome.state if self._holds(left) else None

    def skip(self) -> LeftFiles:
        """Return what came of the files that were found the same last; they are skipped from now on."""
        self._skipped.setdefault(self._key, set()).update(self.left.files)
        return self.left

    def _leave(self, number: int, end: int, remarks: int, missing: int) -> LeftFiles:
        files = tuple(found.file for found in self._files[number:end])
        self.left = LeftFiles(self._key, files, sum(self._articles[number:end]), remarks, missing)
        return self.left

    def _look_up(self, start: int, files: list[Found]) -> None:
        known = self._believed([found.file for found in files])
        for number, found in enumerate(files, start):
            outcome = known.get(found.file)
            if outcome and outcome.state and outcome.state.same_time(found):
                self._same[number] = _REMARKED if outcome.remarks or outcome.missing else _PLAIN
                self._articles[number] = outcome.articles
                self._remarks[number] = outcome.remarks
                self._missing[number] = outcome.missing
                self.unread -= found.size

    def _believed(self, names: list[str]) -> dict[str, FileOutcome]:
        """Return what came of those of the files whose articles are all still theirs, by name."""
        return {
            outcome.file: outcome
            for outcome, own in self._account.files(self._key, self._conditions, names)
            if self._held.get(outcome.file, 0) + own == outcome.articles + outcome.missing
        }

    def _holds(self, left: LeftFiles) -> bool:
        """Say whether what was said of a file's records can be said again."""
        if not left.remarks:
            return True
        (file,) = left.files
        return all(
            first is not None and (first == (self._key, file) or first[1] in self._skipped.get(first[0], ()))
            for first in self._account.firsts(self._key, file)
        )
