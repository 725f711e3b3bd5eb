"""A run: every engine builds its index and answers the queries, each in processes of its own.

Engines build one after the other. They answer side by side, one at a time, pass by pass, so that a machine that is
slower now than a minute ago is so for all of them; each run begins with another engine.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.benchmarks.engines import Specification
from tests.benchmarks.figures import Answered, Built, Figures, Run
from tests.benchmarks.memory import Peak
from tests.benchmarks.queries import Kind, Query

PASSES = 3
"""Times that a query is answered; the median counts."""

QUICK_PASSES = 9
"""Times for an engine whose pass over the queries of a kind takes less than ``QUICK_SECONDS``: a disturbance on the
machine can outlast three of those."""

QUICK_SECONDS = 0.5
"""Time for a pass below which an engine is quick."""

OPENINGS = 3
"""Fresh processes that open an index; the median counts."""

PASS_SECONDS = 40.0
"""Time after which an engine's pass over the queries of a kind ends where it is. A pass over half makes it the last."""

LOOK_SECONDS = 0.01
"""Time between two looks at an engine's memory."""

PROJECT = Path(__file__).parents[2]


class EngineError(Exception):
    """An engine failed or its process ended; says which and how."""


class Process:
    """The process of an engine."""

    def __init__(self, engine: Specification, process: "subprocess.Popen[bytes]", pipe: Connection) -> None:
        self._engine = engine
        self._process = process
        self._pipe = pipe

    def ask(self, message: str, *arguments: object, peak: Peak | None = None) -> Any:
        """Let the engine do something and return what it answers, watching its memory meanwhile where told.

        Raises EngineError.
        """
        try:
            self._pipe.send((message, arguments))
            if peak is not None:
                answered = False
                while not answered:
                    answered = self._pipe.poll(LOOK_SECONDS)
                    # Once more when it is done: work that ends before the first look would leave no figure.
                    peak.look()
            status, value = self._pipe.recv()
        except (EOFError, ConnectionError):
            code = self._process.wait()
            raise EngineError(f"The process of {self._engine.label} ended with status {code}.") from None
        if status == "failed":
            raise EngineError(f"{self._engine.label} failed:\n{value}")
        return value

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid


@contextmanager
def started(engine: Specification) -> Iterator[Process]:
    """Start a process for an engine; it ends with the block."""
    ours, theirs = Pipe()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.child", engine.name, str(theirs.fileno())],
            cwd=PROJECT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        try:
            yield Process(engine, process, ours)
            ours.send(("stop", ()))
            process.wait(timeout=60)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def measure_run(
    engines: Sequence[Specification],
    source: Path,
    folder: Path,
    queries: Mapping[Kind, tuple[Query, ...]],
    workers: int,
    say: Callable[[str], None],
) -> tuple[Run, list[float]]:
    """Let every engine build in ``folder`` and answer; also returns how fast the machine was in between.

    That is the milliseconds that a fixed loop took, before each build and each kind of queries. Raises EngineError.
    """
    pulse = []
    built = {}
    for engine in engines:
        if engine.index_of is None:
            say(f"{engine.label} indexes")
            pulse.append(fixed_loop())
            built[engine.name] = _build(engine, source, folder / engine.name, workers)
    first = next(query for drawn in queries.values() for query in drawn)
    folders = {engine.name: folder / (engine.index_of or engine.name) for engine in engines}
    opened = {engine.name: _openings(engine, folders[engine.name], first) for engine in engines}
    with ExitStack() as stack:
        processes = {}
        for engine in engines:
            process = stack.enter_context(started(engine))
            opened[engine.name].append(process.ask("open", folders[engine.name], first))
            process.ask("keep", queries)
            processes[engine.name] = process
        answered: dict[str, dict[Kind, Answered]] = {engine.name: {} for engine in engines}
        for kind in Kind:
            say(f"Everyone answers: {kind.value}")
            pulse.append(fixed_loop())
            for name, result in _answer(processes, kind, len(queries[kind])).items():
                answered[name][kind] = result
        private = {name: process.ask("memory") for name, process in processes.items()}
        for process in processes.values():
            process.ask("close")
    figures = {
        engine.name: Figures(
            built.get(engine.name), statistics.median(opened[engine.name]), private[engine.name], answered[engine.name]
        )
        for engine in engines
    }
    return figures, pulse


def fixed_loop() -> float:
    """Milliseconds that a loop of pure Python takes, always the same one: how fast the machine is now."""
    began = time.perf_counter_ns()
    total = 0
    for number in range(200_000):
        total += number & 7
    return (time.perf_counter_ns() - began) / 1e6


def _build(engine: Specification, source: Path, folder: Path, workers: int) -> Built:
    with started(engine) as process:
        process.ask("prepare")
        peak = Peak(process.pid)
        seconds = process.ask("build", source, folder, workers, peak=peak)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    # What the system has still to write is not to be the next engine's burden.
    os.sync()
    return Built(seconds, peak.memory.resident, peak.memory.private, size)


def _openings(engine: Specification, folder: Path, query: Query) -> list[float]:
    """Open an index in fresh processes, all but the last one, which goes on to answer the queries."""
    taken = []
    for _ in range(OPENINGS - 1):
        with started(engine) as process:
            taken.append(process.ask("open", folder, query))
            process.ask("close")
    return taken


def _answer(processes: Mapping[str, Process], kind: Kind, count: int) -> dict[str, Answered]:
    """Let every engine answer the queries of a kind, pass by pass in turn."""
    taken: dict[str, list[list[float]]] = {name: [] for name in processes}
    totals: dict[str, list[int | None]] = {}
    counts = dict.fromkeys(processes, count)
    for number in range(QUICK_PASSES):
        for name, process in processes.items():
            if number > 0 and number >= _passes(sum(taken[name][0]) / 1000):
                continue
            milliseconds, found = process.ask("once", kind, counts[name], PASS_SECONDS)
            if number == 0:
                counts[name], totals[name] = len(found), found
            taken[name].append(milliseconds)
    return {
        name: Answered(
            tuple(statistics.median(times) for times in zip(*taken[name], strict=False)),
            tuple(totals[name]),
            len(taken[name]),
            tuple(taken[name][0]),
        )
        for name in processes
    }


def _passes(seconds: float) -> int:
    """Return how many passes an engine makes whose first one took that long."""
    if seconds < QUICK_SECONDS:
        return QUICK_PASSES
    return PASSES if seconds < PASS_SECONDS / 2 else 1
