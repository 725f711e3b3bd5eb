"""The JSON endpoint. It speaks JSON only, also when something goes wrong."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from search import SearchRequest
from web.archive import current_searcher
from web.envelope import envelope
from web.parameters import read_request, write_request
from web.problems import answer_problems, json_response, problem_json
from web.security import protect

blueprint = Blueprint("backfile_api", __name__)
protect(blueprint)
answer_problems(blueprint, problem_json)


@blueprint.get("/api/search")
def search() -> Response:
    """Answer with hits, facets and suggestions for the request in the query string."""
    asked = read_request(request.args)
    return json_response(envelope(current_searcher().search(asked), _link))


def _link(other: SearchRequest) -> str:
    values: dict[str, Any] = {**write_request(other)}
    return url_for(".search", **values)
