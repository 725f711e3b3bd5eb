"""Backfile's API in the benchmark: whole requests, from the query string to the bytes of JSON."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import orjson
from flask import Flask
from werkzeug.test import run_wsgi_app

from tests.benchmarks.backfile import request_for
from tests.benchmarks.engines import Answer
from tests.benchmarks.queries import Query
from web import Config, create_app
from web.parameters import write_request


class BackfileApi:
    """The application, called as a server calls it: ten hits with snippets, and both facets, whatever the query."""

    def __init__(self) -> None:
        self._app: Flask

    def prepare(self) -> None:
        """Do nothing: another one builds the index."""

    def build(self, source: Path, folder: Path, workers: int) -> None:
        """Refuse: another one builds the index. Raises RuntimeError."""
        raise RuntimeError(f"{folder} is to be built by Backfile itself")

    def open(self, folder: Path) -> None:
        """Make the application; it opens the index at its first request, and keeps no answer."""
        os.environ["BACKFILE_ANSWERS_MEGABYTES"] = "0"
        self._app = create_app(Config(folder))

    def run(self, query: Query) -> Answer:
        """Answer a query. The ids and the total are read out of the JSON, which a program would have to do as well."""
        request = replace(request_for(query), facets=("section", "date"), date_interval="auto")
        environment: dict[str, Any] = {
            "PATH_INFO": "/api/search",
            "QUERY_STRING": urlencode(write_request(request), doseq=True),
        }
        setup_testing_defaults(environment)
        chunks, status, _ = run_wsgi_app(self._app, environment)
        body = b"".join(chunks)
        if status != "200 OK":
            raise RuntimeError(f"{environment['QUERY_STRING']} was answered with {status}: {body!r}")
        answer = orjson.loads(body)
        return Answer(tuple(hit["id"] for hit in answer["results"]), answer["total"])

    def close(self) -> None:
        """Do nothing: the index goes with the process."""
