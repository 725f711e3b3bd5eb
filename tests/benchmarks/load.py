"""Backfile under load: how many requests a second its server answers, how soon, and what a request's time goes to.

    python -m tests.benchmarks.load [FILE.jsonl]

wrk (``apt-get install wrk``) asks the API and the search page, and Flask that does nothing, which is what no answer can
be quicker than: in turn, each for some seconds, several times. Every answer is worked out; in a column of its own, the
API sends again what it has answered and kept. Processor time tells what wall time does not where other work goes on
beside it.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import click

from index.settings import ANSWERS_MEGABYTES
from search import SearchRequest
from tests.benchmarks.articles import read_articles
from tests.benchmarks.backfile import request_for
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import PROJECT
from tests.benchmarks.memory import family
from tests.benchmarks.parts import Parts, parts_of
from tests.benchmarks.queries import SEED, draw, survey
from web.parameters import write_request

DEFAULT_SOURCE = PROJECT.parent / "shared" / "data" / "reuters21578.jsonl.gz"
SCRIPT = Path(__file__).with_name("wrk.lua")
API = "/api/search"
NAMES = {"Flask": "Flask alone", API: f"`{API}`", "/": "`/`", "kept": f"`{API}`, kept"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A server under load: requests a second, milliseconds to an answer, processor time of a request, failures."""

    rate: float
    median_ms: float
    p99_ms: float
    processor_ms: float
    failed: int


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("source", metavar="[FILE]", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT_SOURCE)
@click.option("--index", type=click.Path(file_okay=False, path_type=Path), help="An index of FILE that is there.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes that serve.")
@click.option("--connections", type=click.IntRange(1), default=4, show_default=True, help="Requests under way at once.")
@click.option("--seconds", type=click.IntRange(1), default=10, show_default=True, help="How long each is asked.")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="Times; medians count.")
@click.option("--queries", type=click.IntRange(1), default=50, show_default=True, help="Queries of each kind.")
def main(
    source: Path, index: Path | None, workers: int, connections: int, seconds: int, runs: int, queries: int
) -> None:
    """Serve an index of FILE, ask it as fast as it answers, and print one table."""
    if shutil.which("wrk") is None:
        raise click.UsageError("There is no wrk here, which asks the questions. Install it: apt-get install wrk")
    if not source.exists():
        raise click.UsageError(f"There is no file {source}. Name one: python -m tests.benchmarks.load FILE.jsonl")
    with tempfile.TemporaryDirectory(prefix="backfile-load-") as temporary:
        scratch = Path(temporary)
        if index is None:
            index = scratch / "index"
            subprocess.run([sys.executable, "-m", "web", "index", source, "--index", index, "-q"], check=True)
        drawn = draw(survey(read_articles(source)).sample, queries)
        requests = [
            replace(request_for(query), facets=("section", "date"), date_interval="auto")
            for kind in drawn.values()
            for query in kind
        ]
        random.Random(SEED).shuffle(requests)
        paths = {path: [f"{path}?{_query(one)}" for one in requests] for path in (API, "/")}
        parts = {path: parts_of(index, requests, asked) for path, asked in paths.items()}
        nothing = ["-m", "tests.benchmarks.bare", str(parts[API].size), str(workers)]
        ours = ["-m", "web", "serve", "--index", str(index), "--workers", str(workers), "--port", "0"]
        loaded: dict[str, list[Loaded]] = {name: [] for name in NAMES}
        working = _serving(ours, ANSWERS_MEGABYTES=0)
        sending_again = _serving(ours, ANSWERS_MEGABYTES=ANSWERS_MEGABYTES.default)
        with _serving(nothing) as bare, working as server, sending_again as keeping:
            for path, asked in paths.items():
                (scratch / _file(path)).write_text("\n".join(asked) + "\n")
            servers = {"Flask": (bare, API), API: (server, API), "/": (server, "/"), "kept": (keeping, API)}
            for where, path in servers.values():
                _ask(where, scratch / _file(path), 2, connections)  # once, to get warm
            for _ in range(runs):
                for name, (where, path) in servers.items():
                    loaded[name].append(_ask(where, scratch / _file(path), seconds, connections))
    click.echo(_table(loaded, parts, workers, connections), nl=False)
    click.echo(f"\n{machine()}")


def _query(request: SearchRequest) -> str:
    return urlencode(write_request(request), doseq=True)


def _file(path: str) -> str:
    return f"paths{path.replace('/', '-')}"


@contextmanager
def _serving(arguments: Sequence[str], **settings: int) -> Iterator[tuple[str, int]]:
    """Run something that serves, with some settings; yields its address, once it has said it, and its process."""
    environment = os.environ | {f"BACKFILE_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+[0-9]", said)
            if not found:
                raise click.ClickException(f"{' '.join(arguments)} does not serve: {said or 'it said nothing'}")
            yield found.group(), process.pid
        finally:
            process.send_signal(signal.SIGTERM)


def _ask(server: tuple[str, int], paths: Path, seconds: int, connections: int) -> Loaded:
    address, process = server
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), address, "--", str(paths)]
    before = _processor(process)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used = _processor(process) - before
    told = json.loads(done.stdout.splitlines()[-1])
    count = told["requests"]
    return Loaded(count / told["seconds"], told["median_ms"], told["p99_ms"], used / count * 1000, told["failed"])


def _processor(pid: int) -> float:
    """Return the seconds that a server's processes have worked."""
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(pid)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS


def _table(loaded: dict[str, list[Loaded]], parts: dict[str, Parts], workers: int, connections: int) -> str:
    names = NAMES
    of = {name: parts.get(name, parts[API]) for name in names}
    rows = [
        ("bytes of an answer", [f"{of[name].size:,}" for name in names]),
        ("requests a second", [f"{median([one.rate for one in loaded[name]]):,.0f}" for name in names]),
        (
            "milliseconds to an answer, median, 99th percentile",
            [
                f"{_short(median([one.median_ms for one in loaded[name]]))}, "
                f"{_short(median([one.p99_ms for one in loaded[name]]))}"
                for name in names
            ],
        ),
        (
            "processor time of a request, ms",
            [_short(median([one.processor_ms for one in loaded[name]])) for name in names],
        ),
        *(
            (f"of that {label}, in one process", ["", *[_short(getattr(part, field)) for part in parts.values()], ""])
            for label, field in (
                ("Flask", "flask"),
                ("search, with facets", "search"),
                ("stored articles and snippets", "snippets"),
                ("parameters, headers, JSON or HTML", "rendering"),
            )
        ),
    ]
    lines = [
        f"| {workers} processes, {connections} connections | {' | '.join(names.values())} |",
        f"| --- |{' ---: |' * len(names)}",
        *(f"| {label} | {' | '.join(cells)} |" for label, cells in rows),
    ]
    failed = sum(one.failed for several in loaded.values() for one in several)
    return "\n".join(lines) + ("" if not failed else f"\n\n{failed} requests failed.") + "\n"


def _short(number: float) -> str:
    return f"{number:.3g}"


if __name__ == "__main__":
    main()
