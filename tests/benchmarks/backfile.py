"""Backfile in the benchmark: built by its command line, searched by its searcher."""

import importlib
from contextlib import ExitStack
from pathlib import Path

from search import Searcher, SearchRequest, open_searcher
from tests.benchmarks.engines import PAGE, Answer
from tests.benchmarks.queries import Kind, Query


class Backfile:
    """Backfile, searched without snippets: ids, exact total, and facets where they are asked for."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._searcher: Searcher

    def prepare(self) -> None:
        """Import the command line."""
        importlib.import_module("web.__main__")

    def build(self, source: Path, folder: Path, workers: int) -> None:
        """Run ``backfile index`` in this process. Raises RuntimeError where it does not end well."""
        command = importlib.import_module("web.__main__").backfile
        arguments = ["index", str(source), "--index", str(folder), "--workers", str(workers), "--quiet"]
        status = command.main(args=arguments, prog_name="backfile", standalone_mode=False)
        if isinstance(status, int) and status != 0:
            raise RuntimeError(f"backfile {' '.join(arguments)} ended with status {status}")

    def open(self, folder: Path) -> None:
        """Open the newest generation."""
        self._searcher = self._open.enter_context(open_searcher(folder))

    def run(self, query: Query) -> Answer:
        """Answer a query."""
        request = request_for(query)
        top = self._searcher.top(request)
        if query.kind is not Kind.FACETS:
            return Answer(top.ids, top.total)
        sections = top.facets.section.values if top.facets.section else ()
        buckets = top.facets.date.buckets if top.facets.date else ()
        return Answer(
            top.ids,
            top.total,
            {value.value: value.count for value in sections},
            {bucket.first.isoformat()[:7]: bucket.count for bucket in buckets if bucket.count},
        )

    def close(self) -> None:
        """Let go of the generation."""
        self._open.close()


def request_for(query: Query) -> SearchRequest:
    """Return the request that asks for what a query of the benchmark means."""
    text = " ".join(query.words)
    if query.kind is Kind.PHRASE:
        text = f'"{text}"'
    elif query.kind is Kind.PREFIX:
        text += "*"
    return SearchRequest(
        query=text,
        match="any" if query.kind is Kind.ANY else "all",
        sections=() if query.section is None else (query.section,),
        from_date=query.first,
        to_date=query.last,
        order_by="newest" if query.kind is Kind.NEWEST else "relevance",
        page_size=PAGE,
        facets=("section", "date") if query.kind is Kind.FACETS else (),
        date_interval="month",
    )
