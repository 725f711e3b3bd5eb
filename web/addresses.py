"""The addresses of a search and of those like it: another page, order or section. A page holds eighty of them."""

from functools import lru_cache
from operator import attrgetter
from typing import Any
from urllib.parse import quote_plus

from search import SearchRequest
from web.parameters import BY_FIELD

_PLAIN = "!$'()*,/:;?@"
"""Signs that have no meaning of their own in a query string."""

_values_of = attrgetter(*BY_FIELD)
_DEFAULTS = dict(zip(BY_FIELD, _values_of(SearchRequest()), strict=True))
_PLACES = {field: place for place, field in enumerate(BY_FIELD)}


class Addresses:
    """The addresses of requests like one, at one path. Called with fields of another, it makes that one's address.

    The other is the same request from its first page on but for the fields given, which are as ``SearchRequest`` has
    them. Only these are written anew: that takes 2 us, where the other request, checked and written out, takes 15.
    """

    def __init__(self, path: str, request: SearchRequest) -> None:
        """Make addresses of a path, quoted already."""
        self._path = path
        self._parts = list(map(_part, BY_FIELD, _values_of(request)))
        self._from_start = self._parts.copy()
        self._from_start[_PLACES["page"]] = self._from_start[_PLACES["cursor"]] = ""

    def __call__(self, **changes: Any) -> str:
        """Return the address of the request from its first page on, but for some fields."""
        return self._path + self.query(**changes)

    def query(self, **changes: Any) -> str:
        """Return the query string of such an address with its question mark; nothing where nothing is asked."""
        parts = self._from_start.copy()
        for field, value in changes.items():
            parts[_PLACES[field]] = _part(field, value)
        return _joined(parts)

    @property
    def own_query(self) -> str:
        """The query string of the request itself, on the page it asks for."""
        return _joined(self._parts)


def address_of(path: str, request: SearchRequest) -> str:
    """Return the address of a request at a path, quoted already: what ``url_for`` writes, in a tenth of the time."""
    return path + Addresses(path, request).own_query


def _joined(parts: list[str]) -> str:
    query = "&".join(filter(None, parts))
    return f"?{query}" if query else ""


@lru_cache(1 << 10)
def _part(field: str, value: Any) -> str:
    """Return what the query string says of a field; nothing of one that is as it is unless told.

    What has been written is kept: a page says the same sections twice, and the next page says most of them again.
    """
    if value == _DEFAULTS[field]:
        return ""
    parameter = BY_FIELD[field]
    values = value if parameter.repeatable else (value,)
    return "&".join([f"{parameter.name}={quote_plus(parameter.write(one), safe=_PLAIN)}" for one in values])
