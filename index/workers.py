"""Workers: processes that read a share of the sources each, and write segments of their own.

Each is fed before it is idle. What they read comes back in the order of the sources, however many there are.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.connection import wait
from typing import Generic, NamedTuple, TypeVar

from index.carrying import StoredArticles
from index.hired import Hired
from index.sources import Part, Record
from index.worker import Met, Task

T = TypeVar("T")

JOB = 1 << 18
"""Bytes of parts handed to a worker at once."""

WAITING = 2
"""Jobs that a worker has, one of them in work."""

AHEAD = 8
"""Jobs for each worker that may be done before the one whose turn it is: a worker may stop for seconds to sort."""


class Done(NamedTuple, Generic[T]):
    """A part that was read: what came with it, by which worker, and what was met in it."""

    given: T
    worker: int
    met: Sequence[Met | Record]


class Workers(Hired):
    """Processes at work on one task; ``finish`` returns the segments that each wrote, complete on the disk."""

    def __init__(self, count: int, task: Task) -> None:
        super().__init__(task.folder, count, "index.worker", task)

    def read(self, parts: Iterable[tuple[T, Part | StoredArticles]]) -> Iterator[Done[T]]:
        """Have parts read, and yield each with what was met in it, in order."""
        jobs = _jobs(parts)
        waiting: list[deque[int]] = [deque() for _ in self.pipes]
        given: dict[int, list[T]] = {}
        done: dict[int, tuple[int, list[list[Met | Record]]]] = {}
        turn = sent = 0
        more = True
        while more or given:
            while more and sent - turn < AHEAD * len(self.pipes):
                worker = min(range(len(waiting)), key=lambda number: len(waiting[number]))
                if len(waiting[worker]) >= WAITING:
                    break
                job = next(jobs, None)
                if job is None:
                    more = False
                    break
                self.send(worker, [part for _, part in job])
                waiting[worker].append(sent)
                given[sent] = [what for what, _ in job]
                sent += 1
            busy = [self.pipes[number] for number in range(len(waiting)) if waiting[number]]
            for pipe in wait(busy) if busy else ():
                worker = self.pipes.index(pipe)  # type: ignore[arg-type]  # the pipes are all there is to wait for
                done[waiting[worker].popleft()] = worker, self.receive(worker)
            while turn in done:
                worker, parts_met = done.pop(turn)
                for what, met in zip(given.pop(turn), parts_met, strict=True):
                    yield Done(what, worker, met)
                turn += 1


def _jobs(parts: Iterable[tuple[T, Part | StoredArticles]]) -> Iterator[list[tuple[T, Part | StoredArticles]]]:
    """Gather parts into jobs."""
    job: list[tuple[T, Part | StoredArticles]] = []
    size = 0
    for what, part in parts:
        job.append((what, part))
        size += part.size
        if size >= JOB:
            yield job
            job, size = [], 0
    if job:
        yield job
