"""What holds for every answer: what may be asked at all, and what a browser may do with what it gets."""

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge, RequestURITooLarge, SecurityError
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.urls import iri_to_uri

from index.settings import CORS_ORIGINS, HOSTS, MAX_BODY_BYTES
from index.settings import MAX_URL_BYTES as URL_BYTES

METHODS = ("GET", "HEAD")
MAX_URL_BYTES = URL_BYTES.default

HEADERS = {
    # Nothing but our own style, script, suggestions and icon: text of an article that became markup could still load
    # or run nothing.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(scaffold: Flask | Blueprint) -> None:
    """Refuse what is never answered and put the headers on every answer, errors included.

    An application covers addresses that lead nowhere; a blueprint covers its own wherever it is registered.
    """
    scaffold.before_request(_refuse)
    scaffold.after_request(_add_headers)


def share(blueprint: Blueprint) -> None:
    """Let scripts of the sites that the settings name read the answers of a blueprint."""
    blueprint.after_request(_add_origin)


def _refuse() -> None:
    hosts = HOSTS.value().split()
    if hosts and not host_is_trusted(request.host, hosts):
        raise SecurityError("This is not a name that the archive is reached by.")
    if request.method not in METHODS:
        raise MethodNotAllowed(METHODS)
    # Servers keep the address as it was sent under one of two names; without either it is put together again.
    sent = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or iri_to_uri(request.full_path)
    most = URL_BYTES.value()
    if len(sent) > most:
        raise RequestURITooLarge(f"The address is longer than {most:,} bytes; ask for less at once.")
    # A body of unknown length is longer than any that is allowed.
    if (request.content_length or 0) > MAX_BODY_BYTES.value() or "Transfer-Encoding" in request.headers:
        raise RequestEntityTooLarge("Nothing here reads a body; ask by the address alone.")


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _add_origin(response: Response) -> Response:
    origins = CORS_ORIGINS.value().split()
    if "*" in origins:
        response.headers["Access-Control-Allow-Origin"] = "*"
    elif origins:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
    return response
