"""Workers: the processes that share a run, as the writer holds them.

They are spawned, since a fork would take the writer's lock along, and each is fed before it is idle. What they read
comes back in the order of the sources, however many there are.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

from index.carrying import StoredArticles
from index.errors import BackfileError, StorageError, WorkerError
from index.outbox import Outbox
from index.sources import Part, Record
from index.worker import Failure, Job, Met, Task

T = TypeVar("T")

JOB = 1 << 18
"""Bytes of parts handed to a worker at once."""

WAITING = 2
"""Jobs that a worker has, one of them in work."""

AHEAD = 8
"""Jobs for each worker that may be done before the one whose turn it is: a worker may stop for seconds to sort."""


UNANSWERED = 8_000_000
"""Bytes given to a worker before one looks at what has come of them; twice as many while it is starting."""


class Done(NamedTuple, Generic[T]):
    """A part that was read: what came with it, by which worker, and what was met in it."""

    given: T
    worker: int
    met: Sequence[Met | Record]


class Workers:
    """Processes at work on one task. Raises WorkerError where one ends before its time, StorageError."""

    def __init__(self, count: int, task: Task) -> None:
        self._folder = task.folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._pipes: list[Connection] = []
        self._outboxes: list[Outbox] = []
        self._unanswered: deque[int] = deque()
        self._heard = False
        self._ending = False
        try:
            for _ in range(count):
                self._start()
                self._send(len(self._pipes) - 1, task)
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        ours, theirs = Pipe()
        self._pipes.append(ours)
        self._outboxes.append(Outbox(ours))
        paths = (str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", ""))
        with theirs:
            # Not this process's own main module, which may be anybody's, nor what lies in the folder it is in.
            program = f"from index.worker import main; main({theirs.fileno()})"
            try:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-c", program],
                    # Threads of linear algebra, of which there is none, take a fifth of the time to start.
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OPENBLAS_NUM_THREADS": "1"},
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    # Control-C is for this process alone, also while the other is starting.
                    process_group=0,
                )
            except OSError as error:
                raise WorkerError(
                    f"No process could be started to share the work ({error.strerror}). The index is as its last "
                    "commit left it."
                ) from error
        self._processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End them: they have nothing to lose that a commit has named."""
        for process in self._processes:
            # One that has answered everything ends by itself, others may be in no state to read what is under way.
            process.kill()
        for outbox, pipe in zip(self._outboxes, self._pipes, strict=True):
            outbox.close()
            pipe.close()
        for process in self._processes:
            process.wait()

    def read(self, parts: Iterable[tuple[T, Part | StoredArticles]]) -> Iterator[Done[T]]:
        """Have parts read, and yield each with what was met in it, in order."""
        jobs = _jobs(parts)
        waiting: list[deque[int]] = [deque() for _ in self._pipes]
        given: dict[int, list[T]] = {}
        done: dict[int, tuple[int, list[list[Met | Record]]]] = {}
        turn = sent = 0
        more = True
        while more or given:
            while more and sent - turn < AHEAD * len(self._pipes):
                worker = min(range(len(waiting)), key=lambda number: len(waiting[number]))
                if len(waiting[worker]) >= WAITING:
                    break
                job = next(jobs, None)
                if job is None:
                    more = False
                    break
                self._send(worker, [part for _, part in job])
                waiting[worker].append(sent)
                given[sent] = [what for what, _ in job]
                sent += 1
            busy = [self._pipes[number] for number in range(len(waiting)) if waiting[number]]
            for pipe in wait(busy) if busy else ():
                worker = self._pipes.index(pipe)  # type: ignore[arg-type]  # the pipes are all there is to wait for
                done[waiting[worker].popleft()] = worker, self._receive(worker)
            while turn in done:
                worker, parts_met = done.pop(turn)
                for what, met in zip(given.pop(turn), parts_met, strict=True):
                    yield Done(what, worker, met)
                turn += 1

    def give(self, part: Job) -> None:
        """Hand a part of which nothing is to be told to the only worker, and wait while it has much to do."""
        self._send(0, [part])
        self._unanswered.append(part.size)
        most = UNANSWERED if self._heard else 2 * UNANSWERED
        while sum(self._unanswered) > most or (self._unanswered and self._pipes[0].poll()):
            self._receive(0)
            self._unanswered.popleft()
            self._heard = True

    @property
    def unanswered(self) -> int:
        """How many parts the only worker has been given of which it has not said that they are done."""
        return len(self._unanswered)

    def end(self) -> None:
        """Have them write down what they have; ``finish`` waits for that."""
        if not self._ending:
            self._ending = True
            for worker in range(len(self._pipes)):
                self._send(worker, None)

    def finish(self) -> list[list[Any]]:
        """Return the segments that each worker wrote, all of them complete on the disk."""
        self.end()
        for _ in self._unanswered:
            self._receive(0)
        return [self._receive(worker) for worker in range(len(self._pipes))]

    def _send(self, worker: int, message: object) -> None:
        try:
            self._outboxes[worker].put(message)
        except OSError:
            # Its last word may say why.
            while self._pipes[worker].poll():
                self._receive(worker)
            raise self._ended(worker) from None

    def _receive(self, worker: int) -> Any:
        try:
            answer = self._pipes[worker].recv()
        except (EOFError, OSError):
            raise self._ended(worker) from None
        if isinstance(answer, Failure):
            if isinstance(answer.error, BackfileError):
                raise answer.error
            if isinstance(answer.error, OSError):
                raise StorageError.of(self._folder, answer.error) from answer.error
            raise WorkerError(
                f"A process that was indexing failed ({type(answer.error).__name__}: {answer.error}). "
                "The index is as its last commit left it."
            )
        return answer

    def _ended(self, worker: int) -> WorkerError:
        status = None
        with suppress(subprocess.TimeoutExpired):
            status = self._processes[worker].wait(5)
        how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
        return WorkerError(
            f"A process that was indexing ended with {how}, as it does when memory runs out. The index is as its last "
            "commit left it. Try again with less --memory or fewer --workers."
        )


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
