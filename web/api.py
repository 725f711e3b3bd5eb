"""The JSON endpoint. It speaks JSON only, also when something goes wrong."""

from urllib.parse import quote, urlencode

from flask import Response, request

from search import SearchRequest
from web.archive import current_searcher
from web.blueprints import for_programs
from web.caching import current
from web.envelope import envelope
from web.observing import seen
from web.parameters import read_request, write_request
from web.problems import json_response

blueprint = for_programs("backfile_api", __name__)

_PLAIN = "!$'()*,/:;?@"
"""Signs that have no meaning of their own in a query string."""


@blueprint.get("/api/search")
def search() -> Response:
    """Answer with hits, facets and suggestions for the request in the query string."""
    asked = read_request(request.args)
    searcher = current_searcher()
    current(searcher.state, asked)
    return json_response(envelope(seen(searcher.search(asked)), _link))


def _link(other: SearchRequest) -> str:
    """Return the address of another request: the one that was asked, with another query string."""
    address = quote(request.root_path + request.path)
    asked = write_request(other)
    # What url_for writes, in a tenth of the time.
    return f"{address}?{urlencode(asked, doseq=True, safe=_PLAIN)}" if asked else address
