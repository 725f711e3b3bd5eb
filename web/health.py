"""For those who run it: is the process alive, and has it an index to search?"""

from flask import Response, request

from web.archive import current_searcher
from web.articles import index_body
from web.blueprints import for_programs
from web.parameters import read_parameters
from web.problems import json_response

blueprint = for_programs("backfile_health", __name__)


@blueprint.get("/healthz")
def live() -> Response:
    """Say that the process is alive: the answer is the proof."""
    read_parameters(request.args, ())
    return _now({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """Say that there is an index to search; a 503 where there is none."""
    read_parameters(request.args, ())
    return _now({"status": "ok", "index": index_body(current_searcher().state)})


def _now(body: dict[str, object]) -> Response:
    response = json_response(body)
    response.headers["Cache-Control"] = "no-store"
    return response
