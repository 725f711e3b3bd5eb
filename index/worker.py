"""A worker: a process that reads parts of sources and writes segments of its own.

What becomes of an article is for the writer to say, who sees all of them in their order; what a worker wrote of those
that are not to stay is deleted from its segments afterwards.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from index.account_rows import FILE, known_digests
from index.articles import Articles
from index.carrying import StoredArticles
from index.intake import read_articles
from index.ledger import Ids
from index.manifest import IndexSettings
from index.process import serve
from index.segment_writer import SegmentWriter
from index.sources import Part, Record


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker works on: its index, and its share of memory in megabytes.

    ``look_up`` is whether to leave out articles that the account knows to be unchanged; ``workers`` is how many share
    the work.
    """

    folder: Path
    settings: IndexSettings
    memory: int
    look_up: bool
    workers: int


class Met(NamedTuple):
    """A run of articles as a worker met them, without what it has written down of them: see ``Articles``.

    ``written`` says of each whether it is in a segment of the worker's.
    """

    ids: list[str]
    origins: list[str]
    digests: list[bytes]
    warned: Mapping[int, tuple[str, ...]]
    written: list[bool]


class Worker:
    """Does a task part by part."""

    def __init__(self, task: Task) -> None:
        self._zone = task.settings.zone
        weight, language = task.settings.title_weight, task.settings.language
        self._segments = SegmentWriter(task.folder, task.memory, weight, language, task.workers)
        self._met = Ids(task.folder)
        self._account: sqlite3.Connection | None = None
        if task.look_up:
            self._account = sqlite3.connect(f"{(task.folder / FILE).absolute().as_uri()}?mode=ro", uri=True)

    def do(self, parts: Sequence[Part | StoredArticles]) -> list[list[Met | Record]]:
        """Read parts and write down their articles.

        Returns what was met in each, rejected records among it; of what has been met already nothing.
        """
        return [self._read(part) for part in parts]

    def finish(self) -> list[Any]:
        """Return the segments, their files complete."""
        if self._account is not None:
            self._account.close()
        return self._segments.finish()

    def _read(self, part: Part | StoredArticles) -> list[Met | Record]:
        if isinstance(part, StoredArticles):
            self._segments.add(part.articles())
            return []
        return [self._take(found) for found in read_articles(part, self._zone)]

    def _take(self, found: Articles | Record) -> Met | Record:
        if isinstance(found, Record):
            return found
        # A second article of an id is a duplicate, whatever others have read before the first.
        written = self._met.add_all(found.ids)
        if self._account is not None:
            known = known_digests(self._account, found.ids)
            written = [
                new and known.get(identifier) != content
                for new, identifier, content in zip(written, found.ids, found.digests, strict=True)
            ]
        self._segments.add(found if all(written) else found.at([at for at, new in enumerate(written) if new]))
        return Met(found.ids, found.origins, found.digests, found.warned, written)


def main(descriptor: int) -> None:
    """Do what the other end of a pipe says, until it is gone; ``descriptor`` is this end."""
    serve(descriptor, Worker)
