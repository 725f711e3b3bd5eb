"""Whatever went wrong, as RFC 9457 problem details: JSON for programs, a page with the same words for people."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from index.errors import UnusableIndexError
from search import Problem, RequestError, SlowSearchError, StaleCursorError
from web.caching import NotModified
from web.parameters import public_problems

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 10

_log = logging.getLogger("backfile.web")

# Codes that last, where the phrase of the status would say less.
_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    414: "uri-too-long",
    429: "too-many-requests",
}
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address only answers GET and HEAD.",
    500: "Something went wrong here, and it has been noted. Other searches may well work.",
}


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """A problem with a request: HTTP status, a code that lasts, what to tell, and each parameter's part in it."""

    status: int
    code: str
    detail: str
    errors: tuple[Problem, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The phrase of the status, as RFC 9457 wants it for problems without a type of their own."""
        return HTTP_STATUS_CODES[self.status]


class ArticleNotFound(Exception):  # noqa: N818  # what it says is no error of anybody's
    """No article has the id asked for."""


Render = Callable[[ProblemDetails], Response]


def answer_problems(scaffold: Flask | Blueprint, render: Render) -> None:
    """Answer everything that goes wrong in an application or a blueprint by ``render``."""

    def handle(error: Exception) -> Response:
        if isinstance(error, NotModified):
            return Response(status=304)
        details = details_of(error)
        response = render(details)
        response.status_code = details.status
        response.headers.extend(details.headers)
        return response

    scaffold.register_error_handler(Exception, handle)


def details_of(error: Exception) -> ProblemDetails:
    """Find what to tell of an error. One that nobody foresaw is logged with its traceback, and told without."""
    if isinstance(error, RequestError):
        errors = public_problems(error)
        detail = "; ".join(f"{one.parameter}: {one.reason}" for one in errors)
        return ProblemDetails(409 if isinstance(error, StaleCursorError) else 400, error.code, detail, errors)
    if isinstance(error, SlowSearchError):
        return ProblemDetails(503, error.code, str(error), headers=(("Retry-After", str(RETRY_SECONDS)),))
    if isinstance(error, UnusableIndexError):
        # Its words are for whoever runs the archive: they name folders and commands.
        _log.error("no index to search: %s", error)
        detail = "The archive cannot be searched at the moment. Please try again a little later."
        return ProblemDetails(503, "index-unavailable", detail, headers=(("Retry-After", str(RETRY_SECONDS)),))
    if isinstance(error, ArticleNotFound):
        return ProblemDetails(404, "article-not-found", "The archive holds no article with this id.")
    if isinstance(error, HTTPException) and error.code in HTTP_STATUS_CODES:
        code = _CODES.get(error.code, HTTP_STATUS_CODES[error.code].lower().replace(" ", "-"))
        detail = _DETAILS.get(error.code) or error.description or HTTP_STATUS_CODES[error.code]
        kept = tuple((name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After"))
        return ProblemDetails(error.code, code, detail, headers=kept)
    _log.error("%s %r failed", request.method, request.path, exc_info=error)
    return ProblemDetails(500, "internal-error", _DETAILS[500])


def problem_json(details: ProblemDetails) -> Response:
    """Answer with the problem as ``application/problem+json``."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": details.title,
        "status": details.status,
        "detail": details.detail,
        "instance": quote(request.root_path + request.path),
        "code": details.code,
        "errors": [
            {"parameter": one.parameter, "reason": one.reason, "start": one.start, "end": one.end}
            for one in details.errors
        ],
    }
    return json_response(body, MEDIA_TYPE)


def json_response(body: dict[str, Any] | list[Any], media_type: str = "application/json") -> Response:
    """Answer in JSON, in UTF-8, with its keys in the order given."""
    try:
        text = orjson.dumps(body)
    except TypeError:  # lone surrogates, of a query for instance: those become question marks
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(text, content_type=media_type)
