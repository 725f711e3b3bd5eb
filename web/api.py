"""The JSON endpoint. It speaks JSON only, also when something goes wrong."""

from urllib.parse import quote

from flask import Response, request

from search import SearchRequest
from web.archive import current_searcher
from web.blueprints import for_programs
from web.caching import current
from web.envelope import envelope
from web.observing import seen
from web.parameters import address_of, read_request
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
    """Return the address of another request: the one that was asked, with another query string."""
    return address_of(quote(request.root_path + request.path), other)
