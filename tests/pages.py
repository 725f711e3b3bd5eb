"""Reading pages in tests: a client of an application over an archive, and its answers, parsed without mercy."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient

from tests.web_archive import FakeArchive
from web import Config, create_app

# Every element that our templates make, with every attribute that they give it.
# fmt: off
OURS = {
    "html": {"lang"},
    "head": set(),
    "meta": {"charset", "name", "content"},
    "title": set(),
    "link": {"rel", "href", "type", "title"},
    "script": {"type", "src"},
    "body": {"class"},
    "a": {"class", "href", "type", "dir", "lang", "rel", "title", "aria-current"},
    "header": {"class"},
    "footer": {"class"},
    "main": {"id", "tabindex", "class", "aria-labelledby"},
    "aside": {"id", "class", "aria-label", "aria-labelledby"},
    "nav": {"class", "aria-label", "dir"},
    "section": {"class", "aria-labelledby"},
    "article": {"class", "dir"},
    "div": {"class", "lang", "dir"},
    "h1": {"class", "id", "dir", "lang"},
    "h2": {"class", "id", "dir", "lang"},
    "h3": {"id", "dir", "lang"},
    "p": {"class", "id", "dir", "lang", "role", "hidden", "aria-hidden"},
    "span": {"class", "dir", "lang", "role", "aria-hidden"},
    "b": {"dir"},
    "i": {"class", "dir"},
    "bdi": set(),
    "small": set(),
    "br": set(),
    "code": {"dir"},
    "em": set(),
    "strong": set(),
    "sub": set(),
    "sup": set(),
    "blockquote": set(),
    "pre": {"id"},
    "h4": {"id"},
    "mark": set(),
    "time": {"datetime", "dir"},
    "ul": {"class", "id", "role", "aria-label", "hidden"},
    "ol": {"class", "start"},
    "li": {"id", "class", "dir"},
    "dl": set(),
    "dt": set(),
    "dd": set(),
    "details": {"class", "open"},
    "summary": set(),
    "table": set(),
    "thead": set(),
    "tbody": set(),
    "tr": set(),
    "th": {"scope", "dir"},
    "td": {"id"},
    "form": {"class", "role", "aria-label", "action", "method", "data-suggest", "data-articles"},
    "label": {"class", "for"},
    "input": {
        "type",
        "id",
        "name",
        "value",
        "dir",
        "autocomplete",
        "autocapitalize",
        "spellcheck",
        "placeholder",
        "inputmode",
        "enterkeyhint",
    },
    "button": {"type", "data-step", "aria-label"},
    "svg": {
        "class",
        "width",
        "height",
        "viewBox",
        "preserveAspectRatio",
        "role",
        "aria-label",
        "aria-hidden",
        "data-interval",
        "data-edges",
        "data-counts",
        "data-published",
    },
    "pattern": {"id", "width", "height", "patternUnits", "patternTransform"},
    "rect": {"class", "x", "y", "width", "height", "fill"},
    "path": {"class", "d"},
    "text": {"class", "x", "y", "dx", "dy", "aria-hidden"},
}
# fmt: on


def client_of(archive: FakeArchive, title: str = "The Aldra Courier", **config: Any) -> FlaskClient:
    """Return a client of an application over an archive."""
    return create_app(Config(index=Path("unused"), title=title, **config), archive).test_client()


def read(client: FlaskClient, address: str, status: int = 200) -> Element:
    """Fetch a page and parse it without mercy; every element and attribute has to be one of ours."""
    response = client.get(address)
    assert response.status_code == status
    assert response.content_type == "text/html; charset=utf-8"
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.data.decode())
    for element in tree.iter():
        name = str(element.tag).rpartition("}")[2]
        assert name in OURS, name
        assert set(element.attrib) <= OURS[name], (name, element.attrib)
    return tree


def text(element: Element | None) -> str:
    """Return the text of an element, blanks run together."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def links(tree: Element, words: str) -> list[str]:
    """Return the addresses of all links that hold these words."""
    return [link.attrib["href"] for link in tree.iter() if str(link.tag).endswith("a") and words in text(link)]


def asked(address: str) -> dict[str, list[str]]:
    """Return the query string of an address."""
    return parse_qs(urlsplit(address).query, strict_parsing=bool(urlsplit(address).query))
