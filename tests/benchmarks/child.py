"""The process in which one engine works: it does what it is told through a pipe, and answers with what it measured.

    python -m tests.benchmarks.child ENGINE DESCRIPTOR

A message is a name and its arguments; the answer is ("done", value) or ("failed", traceback). Little is imported here,
since what is imported counts as the engine's memory.
"""

import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.benchmarks.engines import ENGINES, Engine
from tests.benchmarks.memory import memory_of
from tests.benchmarks.queries import Kind, Query

WARM_UP = 10
"""Queries answered unmeasured before each pass."""


class Child:
    """Keeps an engine and answers messages about it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queries: dict[Kind, tuple[Query, ...]] = {}

    def prepare(self) -> None:
        """Import what building needs."""
        self._engine.prepare()

    def build(self, source: Path, folder: Path, workers: int) -> float:
        """Build an index; returns the seconds it took, from reading the file to the durable commit."""
        began = time.perf_counter()
        self._engine.build(source, folder, workers)
        return time.perf_counter() - began

    def open(self, folder: Path, query: Query) -> float:
        """Open an index and answer a first query; returns the milliseconds both took."""
        began = time.perf_counter_ns()
        self._engine.open(folder)
        self._engine.run(query)
        return (time.perf_counter_ns() - began) / 1e6

    def keep(self, queries: dict[Kind, tuple[Query, ...]]) -> None:
        """Keep the queries for the passes to come."""
        self._queries = queries

    def once(self, kind: Kind, count: int, seconds: float) -> tuple[list[float], list[int | None]]:
        """Answer the first ``count`` queries of a kind in turn, until ``seconds`` are over.

        Returns the milliseconds of each, and the totals: lists of equal length, which is ``count`` or less.
        """
        queries = self._queries[kind][:count]
        run = self._engine.run
        clock = time.perf_counter_ns
        deadline = clock() + int(seconds * 1e9)
        for query in queries[:WARM_UP]:
            run(query)
            if clock() > deadline:
                break
        taken: list[float] = []
        totals: list[int | None] = []
        for query in queries:
            began = clock()
            answer = run(query)
            ended = clock()
            taken.append((ended - began) / 1e6)
            totals.append(answer.total)
            if ended > deadline:
                break
        return taken, totals

    def memory(self) -> int:
        """Bytes of this process that no file stands behind: what one more process like it would cost."""
        return memory_of("self").private

    def close(self) -> None:
        """Close the index."""
        self._engine.close()


def main(name: str, descriptor: int) -> None:
    """Answer messages until told to stop or until the other end is gone."""
    pipe = Connection(descriptor)
    child = None
    while True:
        try:
            message, arguments = pipe.recv()
        except EOFError:
            return
        if message == "stop":
            return
        answer: tuple[str, Any]
        try:
            child = child or Child(ENGINES[name].make())
            method: Callable[..., Any] = getattr(child, message)
            answer = ("done", method(*arguments))
        except BaseException:  # whatever it is, the one who asked has to hear of it
            answer = ("failed", traceback.format_exc())
        pipe.send(answer)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
