"""Addresses of the web: what stands there, as a stream."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from index.sources.compression import Joined
from index.sources.part import EndsEarlyError

MOST = 1 << 28
"""Bytes read from an address: a feed has a thousandth of that."""
_SECONDS = 30
"""Without a byte, before an address is given up."""
_BLOCK = 1 << 16
_ACCEPTED = (
    "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)


def is_address(name: str) -> bool:
    """Whether a source is named by an address."""
    return name.startswith(("http://", "https://"))


@contextmanager
def open_address(address: str) -> Iterator[BinaryIO]:
    """Open what stands at an address. Raises OSError, EndsEarlyError where less comes than was promised."""
    # Nothing but the web: a redirection must not lead to a file.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "Backfile/0.1", "Accept": _ACCEPTED})
        response = opener.open(request, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()  # it is a response as well
        raise OSError(str(error)) from None
    except urllib.error.URLError as error:
        raise OSError(getattr(error.reason, "strerror", None) or str(error.reason)) from None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(str(error) or type(error).__name__) from None
    with response:
        yield cast("BinaryIO", Joined(_blocks(response)))


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    total = 0
    try:
        while block := response.read(_BLOCK):
            total += len(block)
            if total > MOST:
                raise EndsEarlyError(f"there are over {MOST:,} bytes at this address")
            yield block
        if response.length:
            raise EndsEarlyError("the connection was closed before its end")
    except http.client.HTTPException:
        raise EndsEarlyError("the connection was closed before its end") from None
