"""What holds for every answer: what may be asked at all, and what a browser may do with what it gets."""

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, RequestURITooLarge
from werkzeug.urls import iri_to_uri

METHODS = ("GET", "HEAD")
MAX_URL_BYTES = 4096

HEADERS = {
    # Nothing but our own style, script, suggestions and icon: text of an article that became markup could still load
    # or run nothing.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def protect(scaffold: Flask | Blueprint) -> None:
    """Refuse what is never answered and put the headers on every answer, errors included.

    An application covers addresses that lead nowhere; a blueprint covers its own wherever it is registered.
    """
    scaffold.before_request(_refuse)
    scaffold.after_request(_add_headers)


def _refuse() -> None:
    if request.method not in METHODS:
        raise MethodNotAllowed(METHODS)
    # Servers keep the address as it was sent under one of two names; without either it is put together again.
    sent = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or iri_to_uri(request.full_path)
    if len(sent) > MAX_URL_BYTES:
        raise RequestURITooLarge(f"The address is longer than {MAX_URL_BYTES:,} bytes; ask for less at once.")


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
