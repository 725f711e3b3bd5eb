"""Figures for Prometheus: requests by address and status, their seconds, searches that found nothing, the index.

``backfile serve`` has several processes, whose figures are added up over files in ``$PROMETHEUS_MULTIPROC_DIR``; an
application that runs elsewhere does the same where that is set, and else tells the figures of its own process.
"""

# prometheus_client looks at that variable when it is imported, and a server sets it after this module has been: so it
# is imported where it is first used, in the process that counts.

import os
import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from index.errors import UnusableIndexError
from web.archive import current_searcher
from web.blueprints import for_programs
from web.observing import seen_total
from web.parameters import read_parameters

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_BEGAN = "_backfile_began"

blueprint = for_programs("backfile_metrics", __name__)


class Figures:
    """What one process has counted."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        self.requests = Counter(
            "backfile_requests", "Requests answered.", ("endpoint", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "backfile_request_seconds", "Seconds to an answer.", ("endpoint",), buckets=SECONDS, registry=self.registry
        )
        self.empty = Counter("backfile_empty_searches", "Searches that found nothing.", registry=self.registry)

        # Counters by their labels, which take longer to be found than to be added to.
        self.answered = cache(lambda endpoint, status: self.requests.labels(endpoint, str(status)))
        self.took = cache(self.seconds.labels)

    def text(self) -> bytes:
        """Return the figures of all processes, if they are kept together, else of this one."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        if not os.environ.get(DIRECTORY):
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # it registers itself
        return generate_latest(together)


class State:
    """The index as it is when somebody asks."""

    def collect(self) -> Iterator["GaugeMetricFamily"]:
        """Yield what is told of it; of one that is not there, only that."""
        from prometheus_client.core import GaugeMetricFamily

        try:
            state = current_searcher().state
        except UnusableIndexError:
            yield GaugeMetricFamily("backfile_index_up", "Whether there is an index to search.", value=0)
            return
        yield GaugeMetricFamily("backfile_index_up", "Whether there is an index to search.", value=1)
        yield GaugeMetricFamily("backfile_index_articles", "Articles in the index.", value=state.articles)
        yield GaugeMetricFamily("backfile_index_generation", "The newest generation.", value=state.generation)
        when = state.updated.timestamp()
        yield GaugeMetricFamily("backfile_index_updated_seconds", "When it was committed.", value=when)


@cache
def figures() -> Figures:
    """Return the figures of this process."""
    return Figures()


def measure(app: Flask) -> None:
    """Count what an application answers."""
    app.before_request(_begin)
    app.after_request(_count)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer with the figures, in the form that Prometheus reads."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    read_parameters(request.args, ())
    state = CollectorRegistry()
    state.register(State())
    response = Response(generate_latest(state) + figures().text(), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _begin() -> None:
    setattr(g, _BEGAN, time.perf_counter())


def _count(response: Response) -> Response:
    counted = figures()
    endpoint = request.endpoint or "none"
    counted.answered(endpoint, response.status_code).inc()
    if (began := g.get(_BEGAN)) is not None:
        counted.took(endpoint).observe(time.perf_counter() - began)
    if seen_total() == 0:
        counted.empty.inc()
    return response
