"""How long searches take while the index is built afresh again and again, beside how long they take in peace.

    python -m tests.benchmarks.reindexes FILE.jsonl [REINDEXES [ARTICLES]]

Searches go on in this process without a pause, through the same ``LiveSearcher`` as a server's. Between two reindexes
they have the machine for themselves for as long as the one before took, so that both are measured in the same weather.
Every answer has to be that of the first round: the articles are the same in every generation.
"""

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.generation import newest
from search import LiveSearcher, SearchRequest
from tests.benchmarks.articles import copy_lines, read_articles
from tests.benchmarks.backfile import request_for
from tests.benchmarks.figures import percentile
from tests.benchmarks.queries import Kind, draw, survey


@dataclass(frozen=True, slots=True)
class Searched:
    """Milliseconds of searches, on the clock and of the processor, and the generations that answered."""

    wall: list[float]
    processor: list[float]
    generations: set[int]

    def __str__(self) -> str:
        rows = (
            f"{name} " + ", ".join(f"{percent:g}%: {percentile(values, percent):.2f}" for percent in (50, 99, 99.9))
            for name, values in (("ms on the clock", self.wall), ("ms of the processor", self.processor))
        )
        return f"{len(self.wall):,} searches; {'; '.join(rows)}"


class Asker:
    """Asks the same queries in turn, and raises AssertionError where an answer is not what it was."""

    def __init__(self, folder: Path, requests: list[SearchRequest]) -> None:
        self._live = LiveSearcher(folder)
        self._known: dict[int, tuple[int, list[str]]] = {}
        self._count = len(requests)
        self._requests = itertools.cycle(enumerate(requests))

    def ask(self, searched: Searched, is_over: Callable[[], bool]) -> None:
        """Ask until it is over."""
        while not is_over():
            number, request = next(self._requests)
            wall, processor = time.perf_counter(), time.thread_time()
            results = self._live.current().search(request)
            searched.wall.append(1000 * (time.perf_counter() - wall))
            searched.processor.append(1000 * (time.thread_time() - processor))
            searched.generations.add(results.index.generation)
            answer = results.total, [hit.id for hit in results.hits]
            assert self._known.setdefault(number, answer) == answer, request

    def ask_all(self, searched: Searched) -> None:
        """Ask each once."""
        last = len(searched.wall) + self._count
        self.ask(searched, lambda: len(searched.wall) == last)

    def reindex(self, command: list[str], during: Searched, idle: Searched) -> None:
        """Ask while the index is built afresh and for a round after that; then for as long in peace."""
        began, process = time.monotonic(), subprocess.Popen(command)
        self.ask(during, lambda: process.poll() is not None)
        assert process.returncode == 0
        # The new generation's first searches are part of it.
        self.ask_all(during)
        end = 2 * time.monotonic() - began
        self.ask(idle, lambda: time.monotonic() > end)


def measure(source: Path, reindexes: int, articles: int) -> Iterator[str]:
    """Yield lines that tell of it."""
    with tempfile.TemporaryDirectory() as top:
        lines, folder = Path(top) / "articles.jsonl", Path(top) / "index"
        copy_lines(source, lines, articles)
        command = [sys.executable, "-m", "web", "reindex", "--index", str(folder), "-q"]
        subprocess.run([*command, str(lines)], check=True)
        queries = draw(survey(read_articles(lines)).sample, 25)
        asker = Asker(folder, [request_for(query) for kind in Kind for query in queries[kind]])
        idle, during = Searched([], [], set()), Searched([], [], set())
        asker.ask_all(Searched([], [], set()))
        for _ in range(reindexes):
            asker.reindex(command, during, idle)
        assert newest(folder) == reindexes + 1
        yield f"{articles:,} articles, {reindexes} reindexes, {len(during.generations):,} generations met"
        yield f"in peace:        {idle}"
        yield f"while reindexed: {during}"


def main() -> None:
    """Print the figures."""
    source, *numbers = sys.argv[1:]
    reindexes, articles = [*map(int, numbers), *(100, 5_000)[len(numbers) :]]
    for line in measure(Path(source), reindexes, articles):
        print(line)


if __name__ == "__main__":
    main()
