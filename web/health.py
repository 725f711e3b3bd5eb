"""Is the process alive? Whether it has an index to search is another question."""

from flask import Blueprint, Response

from web.problems import answer_problems, json_response, problem_json
from web.security import protect

blueprint = Blueprint("backfile_health", __name__)
protect(blueprint)
answer_problems(blueprint, problem_json)


@blueprint.get("/healthz")
def live() -> Response:
    """Say that the process is alive: the answer is the proof."""
    return json_response({"status": "ok"})
