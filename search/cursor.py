"""Cursors: a place in the order of hits to go on from, that stays right when articles come and go.

A cursor holds the place of the last hit given, what the search was, and the generation it was made of. Under an order
by date the place is good in every generation; under relevance the scores have moved with the next one.
"""

import base64
import hashlib
import json

from search.errors import Problem, RequestError, StaleCursorError
from search.request import PARAMETERS, SearchRequest

Place = tuple[float, int, str]
"""Score (0 under an order by date), stamp, id."""


def write_cursor(place: Place, request: SearchRequest, generation: int) -> str:
    """Return the cursor behind a hit."""
    text = json.dumps([*place, generation, _search(request)], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, request: SearchRequest, generation: int) -> Place:
    """Return the place a cursor marks.

    Raises RequestError for one that is none or of another search, StaleCursorError for one of another generation
    where that matters.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        score, stamp, identifier, made, search = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        place = (float(score), int(stamp), str(identifier))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise RequestError(Problem("cursor", "This is no cursor; take next_cursor of an answer.")) from None
    if search != _search(request):
        raise RequestError(Problem("cursor", "This cursor belongs to another search; start again without one."))
    if made != generation and request.order_by == "relevance":
        raise StaleCursorError(
            Problem("cursor", "The index has changed since, and scores with it; start again without a cursor.")
        )
    return place


def _search(request: SearchRequest) -> str:
    """What a search is to its cursor: all that decides on the order and the set, not how much of it is shown."""
    shown = ("page", "page_size", "cursor", "facets", "date_interval")
    kept = [str(getattr(request, name)) for name in PARAMETERS if name not in shown]
    return hashlib.blake2b(json.dumps(kept).encode(), digest_size=8).hexdigest()
