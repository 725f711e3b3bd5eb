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
    tree, trouble = _parse(text, deep=False)
    is_deep = bool(trouble)
    if is_deep:
        tree, trouble = _parse(text, deep=True)
    page = statements.open_page(tree, is_deep)
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
    return Reading(article, warnings + trouble)


def _parse(text: str, *, deep: bool) -> tuple[etree._Element, tuple[str, ...]]:
    """Parse a page, however broken. Return a warning if not all of it could be, which is where it is nested too deep.

    That is 256 elements, or 2,048 if it may be ``deep``. Raises ArticleError where no element is left of it.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=deep)
    try:
        tree = lxml.html.document_fromstring(text.encode(), parser)
    except (etree.LxmlError, ValueError):
        raise ArticleError("no text: there is no element in this page") from None
    fatal = [error for error in parser.error_log if error.level == etree.ErrorLevels.FATAL]
    return tree, tuple(f"what comes after line {error.line:,} was not read: {error.message}" for error in fatal[:1])


def _count(value: object) -> int | None:
    text = json_ld.text(str(value)) if isinstance(value, str | int) else None
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None
