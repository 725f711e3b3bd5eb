"""A worker: a process that reads parts of sources and writes segments of its own.

It is told what to do through a pipe, and ends with it: a thread does nothing but wait for the next message, so that a
worker whose writer is gone is gone at once. What becomes of an article is for the writer to say, who sees all of them
in their order; what a worker wrote of those that are not to stay is deleted from its segments afterwards.
"""

import os
import signal
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from index.account import known_digest
from index.account_rows import FILE
from index.article import check
from index.errors import ArticleError
from index.ledger import Ids
from index.manifest import IndexSettings
from index.schema import digest, restore, store
from index.segment_writer import SegmentWriter
from index.sources import Part, Record, read_part


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker works on: its index, and its share of memory in megabytes.

    ``look_up`` is whether to leave out articles that the account knows to be unchanged.
    """

    folder: Path
    settings: IndexSettings
    memory: int
    look_up: bool


@dataclass(frozen=True, slots=True)
class StoredArticles:
    """Articles as they are stored in an index, with their ids, to be written again. ``size`` is in bytes."""

    articles: tuple[tuple[str, bytes], ...]
    size: int


class Reading(NamedTuple):
    """A record as a worker read it, without the article.

    ``digest`` is that of its content, None for what was rejected. ``id`` is the article's, or the record's; ``warned``
    what had to be changed to take it in; ``written`` whether it is in a segment of the worker's.
    """

    file: str
    origin: str
    record_id: str | None
    reason: str
    warnings: tuple[str, ...]
    failure: str
    id: str = ""
    digest: bytes | None = None
    warned: tuple[str, ...] = ()
    written: bool = False


class Failure(NamedTuple):
    """An error that ended a worker's work."""

    error: BaseException


class Worker:
    """Does a task part by part."""

    def __init__(self, task: Task) -> None:
        self._zone = task.settings.zone
        self._segments = SegmentWriter(task.folder, task.memory, task.settings.title_weight, task.settings.language)
        self._met = Ids()
        self._account: sqlite3.Connection | None = None
        if task.look_up:
            self._account = sqlite3.connect(f"{(task.folder / FILE).absolute().as_uri()}?mode=ro", uri=True)

    def read(self, parts: Sequence[Part | StoredArticles]) -> list[list[Reading]]:
        """Read parts and write down their articles. Returns what was read of each, of stored articles nothing."""
        return [
            self._copy(part) if isinstance(part, StoredArticles) else [self._take(record) for record in read_part(part)]
            for part in parts
        ]

    def finish(self) -> list[Any]:
        """Return the segments, their files complete."""
        if self._account is not None:
            self._account.close()
        return self._segments.finish()

    def _copy(self, part: StoredArticles) -> list[Reading]:
        for identifier, stored in part.articles:
            article = restore(identifier, stored)
            self._segments.add(article, article.language, stored)
        return []

    def _take(self, record: Record) -> Reading:
        told = (record.file, record.origin, record.id, record.reason, record.warnings, record.failure)
        if record.article is None:
            return Reading(*told)
        try:
            checked = check(record.article, self._zone)
        except ArticleError as error:
            return Reading(record.file, record.origin, record.id, str(error), record.warnings, record.failure)
        article = checked.article
        stored = store(article)
        content = digest(stored)
        # A second article of an id is a duplicate, whatever others have read before the first.
        written = self._met.add(article.id) and self._known(article.id) != content
        if written:
            self._segments.add(article, article.language, stored)
        return Reading(*told, article.id, content, checked.warnings, written)

    def _known(self, identifier: str) -> bytes | None:
        return None if self._account is None else known_digest(self._account, identifier)


def main(descriptor: int) -> None:
    """Do what the other end of a pipe says, until it is gone; ``descriptor`` is this end."""
    # Control-C is for the writer, who then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = Connection(descriptor)
    messages: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, messages), daemon=True).start()
    try:
        worker = Worker(messages.get())
        while (parts := messages.get()) is not None:
            pipe.send(worker.read(parts))
        pipe.send(worker.finish())
    except Exception as error:  # whatever it is, the writer has to hear of it
        pipe.send(Failure(error))


def _receive(pipe: Connection, messages: "SimpleQueue[Any]") -> None:
    """Hand on messages. Nothing has to be put in order at the end: what is not committed is removed by the next run."""
    try:
        while True:
            messages.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(1)
