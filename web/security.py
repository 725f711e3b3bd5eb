"""What holds for every answer: what may be asked at all, and what a browser may do with what it gets."""

from urllib.parse import quote

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge, RequestURITooLarge, SecurityError
from werkzeug.sansio.utils import host_is_trusted

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

_LOOKED_AT, _COVERED = "backfile.looked_at", "backfile.covered"


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
    # A blueprint's requests have been looked at already where its application is protected as well.
    if _LOOKED_AT in request.environ:
        return
    request.environ[_LOOKED_AT] = True
    hosts = HOSTS.value().split()
    if hosts and not host_is_trusted(request.host, hosts):
        raise SecurityError("This is not a name that the archive is reached by.")
    if request.method not in METHODS:
        raise MethodNotAllowed(METHODS)
    most = URL_BYTES.value()
    if _address_length() > most:
        raise RequestURITooLarge(f"The address is longer than {most:,} bytes; ask for less at once.")
    # A body of unknown length is longer than any that is allowed.
    length = request.content_length
    if (length and length > MAX_BODY_BYTES.value()) or "HTTP_TRANSFER_ENCODING" in request.environ:
        raise RequestEntityTooLarge("Nothing here reads a body; ask by the address alone.")


def _address_length() -> int:
    """Return how many bytes the address had as it was sent."""
    # Servers keep it under one of two names; without either it is put together again.
    sent: str | None = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    return len(sent) if sent else len(quote(request.root_path + request.path)) + 1 + len(request.query_string)


def _add_headers(response: Response) -> Response:
    # An application adds nothing to what its blueprint has put there.
    if request.environ.get(_COVERED) is not response:
        request.environ[_COVERED] = response
        for name, value in HEADERS.items():
            response.headers[name] = value
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
