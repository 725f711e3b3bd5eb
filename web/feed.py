"""A search as an Atom feed (RFC 4287): what is new on a subject, for feed readers. All of it is plain text."""

import datetime
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from search import Hit, SearchRequest, SearchResults
from web.archive import archive_title, current_searcher
from web.blueprints import for_programs
from web.caching import current
from web.markup import fit
from web.navigation import following
from web.observing import seen
from web.parameters import PAGED, read_request, write_request

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"

blueprint = for_programs("backfile_feed", __name__)


@blueprint.get("/feed.atom")
def feed() -> Response:
    """Answer with the hits of a search, the newest first unless told otherwise."""
    asked = read_request(request.args, PAGED)
    if "order-by" not in request.args:
        asked = replace(asked, order_by="newest")
    asked = replace(asked, facets=())
    searcher = current_searcher()
    current(searcher.state, asked, archive_title())
    results = seen(searcher.search(asked))
    return Response(_atom(results, searcher.zone), content_type=MEDIA_TYPE)


def _atom(results: SearchResults, zone: ZoneInfo) -> bytes:
    asked, updated = results.request, results.index.updated
    top = Element("feed", xmlns=ATOM)
    _text(top, "title", f"{asked.query.strip()} – {archive_title()}" if asked.query.strip() else archive_title())
    _text(top, "id", _address("backfile_feed.feed", asked))
    _text(top, "updated", _moment(updated, zone))
    _text(SubElement(top, "author"), "name", archive_title())
    SubElement(top, "link", rel="self", type="application/atom+xml", href=_address("backfile_feed.feed", asked))
    SubElement(top, "link", rel="alternate", type="text/html", href=_address("backfile.search", asked))
    if (more := following(results)) is not None:
        SubElement(
            top,
            "link",
            rel="next",
            type="application/atom+xml",
            href=_address("backfile_feed.feed", replace(asked, **more)),
        )
    for hit in results.hits:
        _entry(top, hit, updated, zone)
    written: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return written


def _entry(top: Element, hit: Hit, updated: datetime.datetime, zone: ZoneInfo) -> None:
    entry = SubElement(top, "entry")
    address = url_for("backfile.article", identifier=hit.id, _external=True)
    _text(entry, "title", hit.title or "Untitled")
    _text(entry, "id", address)
    # Atom wants a moment of every entry; of an article without a date all that is known is that it is there.
    _text(entry, "updated", _moment(hit.date or updated, zone))
    if hit.date is not None:
        _text(entry, "published", _moment(hit.date, zone))
    SubElement(entry, "link", rel="alternate", type="text/html", href=address)
    if hit.url and urlsplit(hit.url).scheme.lower() in ("http", "https"):
        SubElement(entry, "link", rel="via", href=fit(hit.url))
    if hit.byline:
        _text(SubElement(entry, "author"), "name", hit.byline)
    if hit.section:
        SubElement(entry, "category", term=fit(hit.section))
    passages = [("… " if one.cut_before else "") + one.text + (" …" if one.cut_after else "") for one in hit.snippets]
    summary = _text(entry, "summary", "\n".join(passages))
    summary.set("type", "text")
    if hit.language:
        entry.set("xml:lang", hit.language)


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = fit(text)
    return element


def _address(endpoint: str, asked: SearchRequest) -> str:
    values: dict[str, Any] = write_request(replace(asked, facets=SearchRequest().facets))
    return url_for(endpoint, **values, _external=True)


def _moment(date: datetime.date, zone: ZoneInfo) -> str:
    """Write a date as RFC 3339 wants it: a day as its midnight, wall time with the zone's offset at that moment."""
    if not isinstance(date, datetime.datetime):
        date = datetime.datetime.combine(date, datetime.time())
    if date.tzinfo is None:
        try:
            date = date.replace(tzinfo=zone).astimezone(datetime.UTC)
        except OverflowError:  # the first or the last day there is
            date = date.replace(tzinfo=datetime.UTC)
    return date.astimezone(datetime.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
