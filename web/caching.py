"""ETags: an answer that a client has already is not worked out again.

An answer depends on the state of the index, on the request once it is read, and on where the application stands; what
says all that is known before anything is searched for. Tags are weak: how long a search took stands in its answer.
"""

import hashlib
from collections.abc import Iterable

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from search import IndexState

_KEPT = "_backfile_etag"

PLACE = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
"""What an application's addresses begin with, as the keys of a request's environment."""


class NotModified(HTTPException):
    """What the client has is what it would get."""

    code = 304


def current(state: IndexState, *asked: object) -> None:
    """Say what the answer will depend on, before working it out. Raises NotModified if the client has that answer.

    ``asked`` is all that a request says, read and put into its normal form.
    """
    # Where it stands, from what ``request.host_url`` takes twenty times as long to make.
    where = [request.environ.get(name) for name in (*PLACE, "PATH_INFO")]
    told = (state.generation, state.updated, *where, *asked)
    made = hashlib.blake2b(repr(told).encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
    setattr(g, _KEPT, made)
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(made):
        raise NotModified


def tag() -> str:
    """Return what ``current`` has made of what the answer depends on."""
    kept: str = getattr(g, _KEPT)
    return kept


def add_tag(response: Response) -> Response:
    """Put the tag on an answer that is one: 200 or 304. It may be kept, and has to be asked for again."""
    made = g.get(_KEPT)
    if made is not None and response.status_code in (200, 304):
        response.set_etag(made, weak=True)
        response.headers["Cache-Control"] = "no-cache"
        if response.status_code == 304:
            _strip(response, ("Content-Type", "Content-Length"))
    return response


def _strip(response: Response, names: Iterable[str]) -> None:
    for name in names:
        response.headers.pop(name, None)
