"""Hits as a page lists them: all that it shows of them, so that a template has only to put it in its place."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from markupsafe import Markup

from search import Hit
from web.identifiers import quoted_id
from web.markup import all_marked
from web.security import MAX_URL_BYTES
from web.wording import day

# Languages and scripts written from right to left, as subtags of BCP 47; all others go by the letters they hold.
RIGHT_TO_LEFT = frozenset(
    ["ar", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi", "arab", "hebr"]
)

_WEB_ADDRESS = re.compile(r"https?://[^\s\\<>\"\x00-\x20\x7f-\x9f]+", re.IGNORECASE)


class Entry(NamedTuple):
    """A hit in a list: title and passages as HTML, the title None where there is none, and where they lead.

    ``direction`` is a ``dir`` attribute, ``moment`` the date as HTML wants it and ``day`` in words, ``original`` an
    address on the web and its host.
    """

    url: str
    title: Markup | None
    passages: list[Markup]
    section: str | None
    byline: str | None
    language: str | None
    direction: str
    moment: str | None
    day: str | None
    original: tuple[str, str] | None


def entries(hits: Sequence[Hit], articles: str, query: str = "") -> list[Entry]:
    """Make the list of some hits; ``articles`` and ``query`` are what ``article_address`` wants."""
    html = map(Markup, all_marked([snippet for hit in hits for snippet in (hit.marked_title, *hit.snippets)]))
    listed = []
    for hit in hits:
        title = next(html)
        listed.append(
            Entry(
                url=article_address(articles, hit.id, query),
                title=title if hit.marked_title.text.strip() else None,
                passages=[next(html) for _ in hit.snippets],
                section=hit.section,
                byline=hit.byline,
                language=hit.language,
                direction=direction(hit.language),
                moment=hit.date.isoformat() if hit.date else None,
                day=day(hit.date) if hit.date else None,
                original=web_address(hit.url),
            )
        )
    return listed


def article_address(articles: str, identifier: str, query: str = "") -> str:
    """Make the address of an article of a search; without the search where it would be too long with it.

    ``articles`` is where the addresses of articles begin, ``query`` the query string of the search, with its ``?``.
    """
    alone = articles + quoted_id(identifier)
    return alone + query if len(alone) + len(query) <= MAX_URL_BYTES else alone


@lru_cache(64)
def direction(language: str | None) -> str:
    """Return the ``dir`` attribute for text in a language: ``rtl``, or ``auto``."""
    parts = (language or "").lower().split("-")
    return "rtl" if RIGHT_TO_LEFT.intersection(parts) and "latn" not in parts else "auto"


def web_address(url: str | None) -> tuple[str, str] | None:
    """Return an address on the web and its host; None for all that is not plainly one (``javascript:`` and its kin)."""
    if not url or not _WEB_ADDRESS.fullmatch(url):
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return (url, host.removeprefix("www.")) if host else None
