"""A worker: a process that reads parts of sources and writes segments of its own.

It is told what to do through a pipe, and ends with it: a thread does nothing but wait for the next message, so that a
worker whose writer is gone is gone at once. What becomes of an article is for the writer to say, who sees all of them
in their order; what a worker wrote of those that are not to stay is deleted from its segments afterwards.
"""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from index.account_rows import FILE, known_digests
from index.articles import Articles
from index.carrying import StoredArticles
from index.collecting import collecting_rarely
from index.intake import read_articles
from index.ledger import Ids
from index.manifest import IndexSettings
from index.parcels import Parcel
from index.segment_writer import SegmentWriter
from index.sources import Part, Record

SWITCH = 0.0005
"""Seconds after which the thread that reads the pipe, a piece of a message at a time, gets its turn."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker works on: its index, and its share of memory in megabytes.

    ``look_up`` is whether to leave out articles that the account knows to be unchanged.
    """

    folder: Path
    settings: IndexSettings
    memory: int
    look_up: bool


class Met(NamedTuple):
    """A run of articles as a worker met them, without what it has written down of them: see ``Articles``.

    ``written`` says of each whether it is in a segment of the worker's.
    """

    ids: list[str]
    origins: list[str]
    digests: list[bytes]
    warned: Mapping[int, tuple[str, ...]]
    written: list[bool]


@dataclass(frozen=True, slots=True)
class Removal:
    """An article to be taken out again."""

    id: str

    @property
    def size(self) -> int:
        """None of its bytes are told."""
        return 0


Job = Part | StoredArticles | Parcel | Removal
"""Something to be done by a worker."""


class Failure(NamedTuple):
    """An error that ended a worker's work."""

    error: BaseException


class Worker:
    """Does a task part by part."""

    def __init__(self, task: Task) -> None:
        self._zone = task.settings.zone
        self._segments = SegmentWriter(task.folder, task.memory, task.settings.title_weight, task.settings.language)
        self._met = Ids(task.folder)
        self._account: sqlite3.Connection | None = None
        if task.look_up:
            self._account = sqlite3.connect(f"{(task.folder / FILE).absolute().as_uri()}?mode=ro", uri=True)

    def read(self, parts: Sequence[Job]) -> list[list[Met | Record]]:
        """Read parts and write down their articles.

        Returns what was met in each, rejected records among it; of what has been met already nothing.
        """
        return [self._read(part) for part in parts]

    def finish(self) -> list[Any]:
        """Return the segments, their files complete."""
        if self._account is not None:
            self._account.close()
        return self._segments.finish()

    def _read(self, part: Job) -> list[Met | Record]:
        match part:
            case Parcel():
                self._segments.take(part)
            case StoredArticles():
                self._segments.add(part.articles())
            case Removal():
                self._segments.remove(part.id)
            case _:
                return [self._take(found) for found in read_articles(part, self._zone)]
        return []

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
    # Control-C is for the writer, who then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH)
    pipe = Connection(descriptor)
    messages: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, messages), daemon=True).start()
    try:
        with collecting_rarely():
            worker = Worker(messages.get())
            while (parts := messages.get()) is not None:
                if isinstance(parts, Failure):
                    raise parts.error
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
    except Exception as error:  # there may be no memory for it; nobody would wait for the rest in vain
        messages.put(Failure(error))
