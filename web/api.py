"""The JSON endpoint. It speaks JSON only, also when something goes wrong."""

from typing import Any

from flask import Response, request, url_for

from search import SearchRequest
from web.archive import current_searcher
from web.blueprints import for_programs
from web.caching import current
from web.envelope import envelope
from web.observing import seen
from web.parameters import read_request, write_request
from web.problems import json_response

blueprint = for_programs("backfile_api", __name__)


@blueprint.get("/api/search")
def search() -> Response:
    """Answer with hits, facets and suggestions for the request in the query string."""
    asked = read_request(request.args)
    searcher = current_searcher()
    current(searcher.state, asked)
    return json_response(envelope(seen(searcher.search(asked)), _link))


def _link(other: SearchRequest) -> str:
    values: dict[str, Any] = {**write_request(other)}
    return url_for(".search", **values)
