"""The Flask application: the blueprints, the archive they search, and an answer for addresses that lead nowhere."""

from flask import Flask, Response, request

from search import LiveSearcher
from web import api, health, page
from web.archive import CONFIG_KEY, EXTENSION, Archive
from web.config import Config
from web.problems import ProblemDetails, answer_problems, problem_json
from web.security import protect


def create_app(config: Config | None = None, archive: Archive | None = None) -> Flask:
    """Make the application for ``config``, by default the index that ``$BACKFILE_INDEX`` names.

    ``archive`` is searched instead of the index of ``config`` where it is given. Nothing is opened before the first
    request: an index that is not there is a 503 until it is.
    """
    config = config or Config.from_environment()
    # Templates of the application come before those of its blueprints.
    app = Flask(
        "web", static_folder=None, template_folder=str(config.templates.absolute()) if config.templates else None
    )
    app.config[CONFIG_KEY] = config
    app.extensions[EXTENSION] = archive or LiveSearcher(config.index)
    protect(app)
    answer_problems(app, _answer_in_kind)
    for blueprint in (page.blueprint, api.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    return app


def _answer_in_kind(details: ProblemDetails) -> Response:
    """Programs ask under ``/api/`` and get JSON; everybody else gets a page."""
    return problem_json(details) if request.path.startswith("/api/") else page.problem_page(details)
