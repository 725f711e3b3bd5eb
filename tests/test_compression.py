"""Pages, style and script come packed, and as light as they are promised to be."""

import gzip
from dataclasses import replace

import pytest

from tests.pages import client_of
from tests.web_archive import NEWS, FakeArchive
from web.compression import FIRST_FLIGHT

PACKED = {"Accept-Encoding": "br;q=0.9, gzip"}


@pytest.mark.parametrize("address", ["/", "/?q=bridge", "/?q=zeppelin", "/articles/2019/001.txt?q=bridge"])
def test_pages_come_packed_in_one_round_trip(address: str) -> None:
    """To those who read gzip a page is the same page, in fewer bytes than one round trip brings."""
    client = client_of(FakeArchive())
    plain, packed = client.get(address, buffered=True), client.get(address, headers=PACKED, buffered=True)
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) + len(str(packed.headers)) < FIRST_FLIGHT
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert "Accept-Encoding" in packed.vary
    assert "Accept-Encoding" in plain.vary
    assert plain.content_encoding is None


@pytest.mark.parametrize("refusal", ["", "identity", "gzip;q=0", "br"])
def test_who_does_not_read_gzip_gets_none(refusal: str) -> None:
    """An answer is packed for those alone who say that they read it."""
    answer = client_of(FakeArchive()).get("/", headers={"Accept-Encoding": refusal})
    assert answer.content_encoding is None
    assert answer.data.startswith(b"<!doctype html>")


def test_files_come_packed_and_are_asked_for_again_in_vain() -> None:
    """Style and script are packed too; whoever has them is told so, and a part of one is a part of the file."""
    client = client_of(FakeArchive())
    for name in ("backfile.css", "backfile.js"):
        address = f"/static/{name}"
        plain, packed = client.get(address, buffered=True), client.get(address, headers=PACKED, buffered=True)
        assert gzip.decompress(packed.data) == plain.data
        again = client.get(address, headers={**PACKED, "If-None-Match": packed.headers["ETag"]}, buffered=True)
        assert again.status_code == 304
        assert again.data == b""
        part = client.get(address, headers={**PACKED, "Range": "bytes=0-99"}, buffered=True)
        assert part.status_code == 206
        assert part.content_encoding is None
        assert part.data == plain.data[:100]


def test_what_is_small_stays_as_it_is() -> None:
    """What fits into a packet gains nothing."""
    answer = client_of(FakeArchive(), accent="#005f73").get("/accent.css", headers=PACKED, buffered=True)
    assert answer.content_encoding is None
    assert b"--accent" in answer.data


def test_json_is_packed_where_it_is_long() -> None:
    """An answer that takes more than one round trip is the same answer in fewer bytes; what does not stays as it is."""
    twice = [replace(one, id=f"{copy}/{one.id}") for copy in "ab" for one in NEWS]
    client = client_of(FakeArchive(twice))
    address = "/api/search?q=bridge&page-size=50"
    plain, packed = client.get(address), client.get(address, headers=PACKED)
    assert len(plain.data) > FIRST_FLIGHT
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Accept-Encoding" in packed.vary
    assert "Accept-Encoding" in plain.vary
    assert plain.content_encoding is None
    assert client.get(address, headers={"Accept-Encoding": "gzip;q=0"}).data == plain.data
    again = client.get(address, headers={**PACKED, "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for short in ("/api/search?q=bridge", "/api/suggest?q=br", "/api/search?page=x"):
        answer = client.get(short, headers=PACKED)
        assert answer.content_encoding is None
        assert len(answer.data) <= FIRST_FLIGHT


def test_a_page_weighs_little() -> None:
    """A page of results comes in under 20 kB with its style and script."""
    client = client_of(FakeArchive())
    addresses = ("/?q=bridge", "/static/backfile.css", "/static/backfile.js")
    assert sum(len(client.get(address, headers=PACKED, buffered=True).data) for address in addresses) < 20_000
