"""The JSON endpoint. It speaks JSON only, also when something goes wrong."""

from urllib.parse import quote

from flask import Response, request

from web.addresses import Addresses
from web.answers import keep, kept_answer
from web.archive import current_searcher
from web.blueprints import for_programs
from web.caching import current
from web.compression import pack_long
from web.envelope import envelope
from web.observing import seen
from web.parameters import read_request
from web.problems import json_response

blueprint = for_programs("backfile_api", __name__)
blueprint.after_request(pack_long)


@blueprint.get("/api/search")
def search() -> Response:
    """Answer with hits, facets and suggestions for the request in the query string."""
    asked = read_request(request.args)
    searcher = current_searcher()
    current(searcher.state, asked)
    if answered := kept_answer():
        return answered
    # The next page and the one before are at the address that was asked, with another query string.
    link = Addresses(quote(request.root_path + request.path), asked)
    return keep(json_response(envelope(seen(searcher.search(asked)), link)))
