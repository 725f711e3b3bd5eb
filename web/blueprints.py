"""What every blueprint for programs has in common: problems as JSON, shared with other sites if told, ETags."""

from flask import Blueprint

from web.caching import add_tag
from web.problems import answer_problems, problem_json
from web.security import protect, share


def for_programs(name: str, module: str) -> Blueprint:
    """Make a blueprint whose answers are read by programs."""
    blueprint = Blueprint(name, module)
    protect(blueprint)
    share(blueprint)
    blueprint.after_request(add_tag)
    answer_problems(blueprint, problem_json)
    return blueprint
