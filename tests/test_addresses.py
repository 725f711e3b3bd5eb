"""Addresses of requests: written piece by piece, they are what the whole request, written anew, has."""

from dataclasses import replace
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from search import SearchRequest
from tests.test_api import REQUESTS
from web.addresses import Addresses, address_of
from web.parameters import write_request

FIELDS = ("query", "sections", "excluded_sections", "languages", "order_by", "match", "page", "page_size", "facets")


def written(path: str, request: SearchRequest) -> str:
    """Return the address of a request as Werkzeug writes one."""
    query = urlencode(write_request(request), doseq=True, safe="!$'()*,/:;?@")
    return f"{path}?{query}" if query else path


@settings(deadline=None)
@given(REQUESTS)
def test_an_address_says_what_the_request_does(request: SearchRequest) -> None:
    """Every field that is not as it is unless told stands in it, in the table's order."""
    assert address_of("/search", request) == written("/search", request)
    assert Addresses("/", request).own_query == written("", request)


@settings(deadline=None)
@given(REQUESTS, REQUESTS, st.sets(st.sampled_from(FIELDS)), st.booleans())
def test_a_change_is_written_as_in_a_request_of_its_own(
    request: SearchRequest, other: SearchRequest, fields: set[str], dated: bool
) -> None:
    """Some fields of another request, the page the first one unless told, and all else as it was."""
    changes = {name: getattr(other, name) for name in fields}
    if dated:
        changes |= {"from_date": other.from_date, "to_date": other.to_date}
    whole = replace(request, **{"page": 1, "cursor": None, **changes})
    assert Addresses("/search", request)(**changes) == written("/search", whole)


def test_a_cursor_goes_no_further_than_its_page() -> None:
    """It stands in the address of the page itself, and in that of the next one, but in no other."""
    link = Addresses("/", SearchRequest(query="a", cursor="here"))
    assert link.own_query == "?q=a&cursor=here"
    assert link(order_by="newest") == "/?q=a&order-by=newest"
    assert link(page=1, cursor="there") == "/?q=a&cursor=there"
