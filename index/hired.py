"""Hired processes: those that do a part of a run, as the writer holds them.

They are spawned, since a fork would take the writer's lock along. What they are told and what they answer goes through
a pipe each; they have nothing to lose that a commit has named.
"""

import os
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index.errors import BackfileError, StorageError, WorkerError
from index.outbox import Outbox
from index.process import Failure

_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
"""Threads of linear algebra, of which there is none, take a fifth of the time to start."""

_MALLOC = {"MALLOC_MMAP_THRESHOLD_": f"{8 << 20}", "MALLOC_TRIM_THRESHOLD_": f"{32 << 20}"}
"""Where glibc comes to only in time: not to give each array's memory back, to get it again, zeroed, for the next one.
21,578 articles take 0.52 s instead of 0.54, and as much memory."""


class Hired:
    """``count`` processes that run ``program``, a module with a ``main``, and get ``task`` as their first message.

    Raises WorkerError where one ends before its time, StorageError where the disk of ``folder`` refuses.
    """

    def __init__(self, folder: Path, count: int, program: str, task: object) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.pipes: list[Connection] = []
        self._outboxes: list[Outbox] = []
        self._ending = False
        try:
            for number in range(count):
                self._start(program)
                self.send(number, task)
        except BaseException:
            self.close()
            raise

    def _start(self, program: str) -> None:
        ours, theirs = Pipe()
        self.pipes.append(ours)
        self._outboxes.append(Outbox(ours))
        paths = (str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", ""))
        with theirs:
            # Not this process's own main module, which may be anybody's, nor what lies in the folder it is in.
            call = f"from {program} import main; main({theirs.fileno()})"
            try:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-c", call],
                    env={**_MALLOC, **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **_THREADS},
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
        for outbox, pipe in zip(self._outboxes, self.pipes, strict=True):
            outbox.close()
            pipe.close()
        for process in self._processes:
            process.wait()

    def end(self) -> None:
        """Tell them that nothing more is to come; ``finish`` waits for what they answer to that."""
        if not self._ending:
            self._ending = True
            for worker in range(len(self.pipes)):
                self.send(worker, None)

    def finish(self) -> list[Any]:
        """Return the last answer of each, when all others have come."""
        self.end()
        return [self.receive(number) for number in range(len(self.pipes))]

    def send(self, worker: int, message: object) -> None:
        """Send one of them a message, and go on."""
        try:
            self._outboxes[worker].put(message)
        except OSError:
            # Its last word may say why.
            while self.pipes[worker].poll():
                self.receive(worker)
            raise self._ended(worker) from None

    def receive(self, worker: int) -> Any:
        """Wait for the next answer of one of them."""
        try:
            answer = self.pipes[worker].recv()
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
