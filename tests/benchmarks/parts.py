"""What the time of a request goes to, in one process without a server: processor time, the least of several rounds.

Nothing is measured from within: the same requests are answered by ever more of the program, and each part is what it
takes longer than the one before. What is left in the end is reading parameters, and JSON or HTML.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar
from wsgiref.util import setup_testing_defaults

from flask import Flask
from werkzeug.test import run_wsgi_app

from search import SearchRequest, open_searcher
from tests.benchmarks.bare import bare
from web import Config, create_app

ROUNDS = 5

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Parts:
    """Milliseconds of an average request, and the bytes of its answer."""

    flask: float
    search: float
    snippets: float
    rendering: float
    size: int


def parts_of(index: Path, requests: Sequence[SearchRequest], paths: Sequence[str]) -> Parts:
    """Measure the parts of requests; ``paths`` are their addresses, of the API or of the page."""
    app = create_app(Config(index))
    # Nothing that was answered is kept: it is what an answer takes that is measured.
    os.environ["BACKFILE_ANSWERS_MEGABYTES"] = "0"
    size = round(fmean([len(_answer(app, path)) for path in paths]))
    with open_searcher(index) as searcher:
        flask = _least(partial(_answer, bare(size)), paths)
        search = _least(searcher.top, requests)
        snippets = _least(searcher.search, requests)
        whole = _least(partial(_answer, app), paths)
    return Parts(flask, search, snippets - search, whole - snippets - flask, size)


def _answer(app: Flask, path: str) -> bytes:
    path, _, query = path.partition("?")
    environment: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "RAW_URI": f"{path}?{query}"}
    setup_testing_defaults(environment)
    chunks, status, _ = run_wsgi_app(app, environment)
    if status != "200 OK":
        raise RuntimeError(f"{path}?{query} was answered with {status}")
    return b"".join(chunks)


def _least(answer: Callable[[Asked], object], asked: Sequence[Asked]) -> float:
    """Return the mean over what is asked of the least milliseconds that an answer took."""
    least = [float("inf")] * len(asked)
    for _ in range(ROUNDS):
        for number, one in enumerate(asked):
            began = time.thread_time()
            answer(one)
            least[number] = min(least[number], time.thread_time() - began)
    return fmean(least) * 1000
