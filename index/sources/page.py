"""HTML pages: an article a page, as it states it, else as it shows it."""

import lxml.html
from lxml import etree

from index.article import Article
from index.errors import ArticleError
from index.sources import json_ld, statements
from index.sources.charset import decode_page
from index.sources.main_text import main_text
from index.sources.manner import Manner
from index.sources.markup import markup_of, text_of
from index.sources.record import Reading


def read_page(data: bytes, identifier: str, _: Manner) -> Reading:
    """Read a page as the article ``identifier``. Raises ArticleError where it is no text, or there is none in it."""
    text, warnings = decode_page(data)
    page = statements.open_page(parse_page(text))
    blocks = main_text(page)
    if not page.titles and not blocks:
        raise ArticleError("no text: neither title nor body in this page; is it one that scripts fill in?")
    article = Article(
        id=identifier,
        title=next(iter(page.titles), ""),
        body=text_of(blocks),
        body_html=markup_of(blocks),
        section=statements.section(page),
        date=statements.date(page),
        byline=statements.byline(page),
        language=statements.language(page),
        url=page.address,
        source=statements.source(page),
        comments=_count(page.article.get("commentCount")),
    )
    return Reading(article, warnings)


def parse_page(text: str) -> etree._Element:
    """Parse a page, however broken. Raises ArticleError where no element is left of it."""
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        return lxml.html.document_fromstring(text.encode(), parser)
    except (etree.LxmlError, ValueError):
        raise ArticleError("no text: there is no element in this page") from None


def _count(value: object) -> int | None:
    text = json_ld.text(str(value)) if isinstance(value, str | int) else None
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None
