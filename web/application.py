"""The Flask application: the blueprints, the archive they search, and an answer for addresses that lead nowhere."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from index.settings import PREFIX, TRUSTED_PROXIES
from search import LiveSearcher
from web import access_log, api, descriptions, exports, feed, health, lookups, metrics, page
from web.archive import CONFIG_KEY, EXTENSION, Archive
from web.config import Config
from web.problems import ProblemDetails, answer_problems, problem_json
from web.security import protect

PROGRAMS = tuple(module.blueprint for module in (api, lookups, feed, exports, descriptions, health, metrics))
"""The blueprints whose answers are for programs."""


class Application(Flask):
    """Flask, for views and hooks none of which is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or a hook as it is. Flask would look at each of them for each request, a tenth of its time."""
        return func


_PROGRAM_ENDPOINTS = tuple(f"{blueprint.name}." for blueprint in PROGRAMS)


def create_app(config: Config | None = None, archive: Archive | None = None) -> Flask:
    """Make the application for ``config``, by default the index that ``$BACKFILE_INDEX`` names.

    ``archive`` is searched instead of the index of ``config`` where it is given. Nothing is opened before the first
    request: an index that is not there is a 503 until it is.
    """
    config = config or Config.from_environment()
    # Templates of the application come before those of its blueprints.
    app = Application(
        "web", static_folder=None, template_folder=str(config.templates.absolute()) if config.templates else None
    )
    app.config[CONFIG_KEY] = config
    app.extensions[EXTENSION] = archive or LiveSearcher(config.index)
    # The first to see a request, the last to see its answer.
    metrics.measure(app)
    access_log.watch(app)
    protect(app)
    answer_problems(app, _answer_in_kind)
    for blueprint in (page.blueprint, *PROGRAMS):
        app.register_blueprint(blueprint)
    if prefix := PREFIX.value():
        # Whoever looks after the server asks it without the prefix.
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {prefix: app.wsgi_app})  # type: ignore[method-assign]
    if proxies := TRUSTED_PROXIES.value():
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Werkzeug's documentation has it
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=proxies, x_prefix=proxies
        )
    return app


def _answer_in_kind(details: ProblemDetails) -> Response:
    """Programs ask under ``/api/`` and at some addresses besides, and get JSON; everybody else gets a page."""
    ours = {rule.rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith(_PROGRAM_ENDPOINTS)}
    for_programs = request.path.startswith("/api/") or request.path in ours
    return problem_json(details) if for_programs else page.problem_page(details)
