"""RSS and Atom: an article an item, by RSS 0.9 to 2.0, Atom, Dublin Core, and content:encoded.

A feed is read item by item, however long it is: exports of whole sites are feeds as well. Entities that a feed declares
are not expanded, nor is anything fetched. Its item's id is the guid where that is an address of some kind, else the
link: a bare number is another article's in the next feed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import Any

from lxml import etree

from index.article import Article, without_surrogates
from index.dates import read_date
from index.errors import ArticleError
from index.sources.compression import Joined
from index.sources.markup import all_text, clean, markup_of, plain, text_of, whole_address
from index.sources.part import EndsEarlyError, Known, Part
from index.sources.record import Record
from index.sources.whole import Opened, over

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_AT_ONCE = 1 << 18
"""Characters of items in a part."""
_ITEMS = ("{*}item", "{*}entry")
_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|RDF)\s*>")
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_FIELDS = {
    "guid": "guid",
    "id": "guid",
    "identifier": "guid",
    "title": "title",
    "link": "link",
    "description": "summary",
    "summary": "summary",
    "encoded": "content",
    "content": "content",
    "pubdate": "date",
    "published": "date",
    "issued": "date",
    "date": "date",
    "created": "date",
    "updated": "updated",
    "modified": "updated",
    "creator": "author",
    "author": "author",
    "category": "section",
    "subject": "section",
    "section": "section",
    "language": "language",
    "source": "source",
    "credit": "photo_credit",
}
"""The local names of elements, in lower case, whatever vocabulary they are from."""
_FOREIGN = ("search.yahoo.com/mrss", "itunes.com", "podcast")
"""Vocabularies that tell of pictures and sound: of them the credit alone is taken."""

_HARMLESS = (
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY,
    etree.ErrorTypes.WAR_UNDECLARED_ENTITY,
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE,
)
"""What is wrong in many a feed and costs nothing but itself."""
_AMPERSAND = re.compile(rb"&(?:(#?[0-9A-Za-z]{1,31});)?")
_ENTITY = 34
_OF_XML = frozenset(("amp", "lt", "gt", "quot", "apos"))

Item = dict[str, str]


@dataclass(frozen=True, slots=True)
class Items:
    """A part of a feed: items with the numbers they have in it, as they are written."""

    file: str
    items: tuple[tuple[int, Item], ...]
    size: int
    lasting = True

    def records(self) -> Iterator[Record]:
        """Yield a record for each item."""
        for number, item in self.items:
            origin = f"{self.file}:item {number}"
            identifier = _identifier(item)
            if identifier is None:
                yield Record(self.file, origin, reason="broken record: neither guid nor link, so it has no id")
                continue
            kept_as = without_surrogates(identifier)
            try:
                article, warnings = _article(identifier, item)
            except ArticleError as error:
                yield Record(self.file, origin, kept_as, reason=str(error))
            else:
                yield Record(self.file, origin, kept_as, article, warnings=warnings)


def divide_feed(opened: Opened) -> Iterator[Part]:
    """Divide a feed into parts of some items, holding a part and an item at most. Raises EndsEarlyError."""
    stream = _Watched(opened.blocks)
    about: Item = {}
    items: list[tuple[int, Item]] = []
    number = size = 0
    problem = None
    try:
        for element, item in _elements(stream):
            if element is None:
                about |= {name: text for name, text in item.items() if name not in about}
                continue
            number += 1
            length = sum(map(len, item.values()))
            if length > opened.limit:
                yield Known(Record(opened.file, f"{opened.file}:item {number}", reason=over(opened.limit)))
                continue
            items.append((number, {**{f"feed {name}": text for name, text in about.items()}, **item}))
            size += length
            if size >= _AT_ONCE:
                yield Items(opened.file, tuple(items), size)
                items, size = [], 0
    except etree.XMLSyntaxError as error:
        problem = f"broken XML: {error.msg}"
    if items:
        yield Items(opened.file, tuple(items), size)
    if not stream.tail.strip():
        if opened.identifier is not None:
            yield Known(Record(opened.file, opened.file, reason="no text: the file is empty"))
    elif not stream.is_feed:
        reason = "no feed: neither RSS nor Atom; --format chooses another reader"
        yield Known(Record(opened.file, opened.file, reason=reason))
    elif problem or stream.is_open:
        raise EndsEarlyError(problem or f"broken XML behind item {number:,}; what comes after it was not read")
    elif stream.errors:
        reason = f"broken XML: {stream.errors[0]}; items may be missing here, those that could be read were"
        yield Known(Record(opened.file, opened.file, reason=reason))
    elif not _END.search(stream.tail):
        raise EndsEarlyError("the feed is cut off, its last element has no end")


class _Watched(Joined):
    """A feed as it is read: without what stands before its beginning, its ampersands put right, and how it ends."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        super().__init__(_mended(blocks))
        self.tail = b""
        self.is_feed = False
        self.is_open = False
        self.errors: list[str] = []

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = super().read(size)
        # Bytes of UTF-16 are those of ASCII, with zeros between.
        self.tail = (self.tail + data.replace(b"\0", b""))[-512:] if data else self.tail
        return data


def _mended(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Make what many feeds take from HTML good XML: its entities, and ampersands that begin none."""
    rest, begun, plain_bytes = b"", False, True
    for block in blocks:
        data = rest + block
        if not begun:
            data = data.removeprefix(b"\xef\xbb\xbf").lstrip()
            begun, plain_bytes = bool(data), b"\0" not in data[:64]
        # What may be the beginning of an entity waits for its end.
        end = max(data.rfind(b"&", -_ENTITY), 0) if plain_bytes and b"&" in data[-_ENTITY:] else len(data)
        data, rest = data[:end], data[end:]
        yield _AMPERSAND.sub(_entity, data) if plain_bytes else data
    yield _AMPERSAND.sub(_entity, rest)


def _entity(match: re.Match[bytes]) -> bytes:
    name = (match[1] or b"").decode("ascii", "replace")
    if not name:
        return b"&amp;"
    return b"&#%d;" % name2codepoint[name] if name in name2codepoint and name not in _OF_XML else match[0]


def _elements(stream: _Watched) -> Iterator[tuple[etree._Element | None, Item]]:
    """Yield each item, and before it, without an element, what is said of all of the feed."""
    walk = etree.iterparse(
        stream,
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    inside: etree._Element | None = None
    depth = 0
    for event, element in walk:
        name = _local(element)
        if event == "start":
            depth += 1
            stream.is_open = True
            if depth == 1:
                stream.is_feed = name in ("rss", "feed", "rdf")
            if inside is None and name in ("item", "entry") and depth > 1:
                inside = element
                yield None, _about(element)
            continue
        depth -= 1
        stream.is_open = depth > 0
        if inside is not None and element is inside:
            yield element, _written(inside)
            inside.clear()
            while (before := inside.getprevious()) is not None and (parent := inside.getparent()) is not None:
                parent.remove(before)
            inside = None
    stream.errors += [
        f"{error.message} in line {error.line}" for error in walk.error_log if error.type not in _HARMLESS
    ]


def _about(first: etree._Element) -> Item:
    """Return what stands before an item of its feed as a whole."""
    about: Item = {}
    for holder in first.iterancestors():
        if language := holder.get(_XML_LANGUAGE):
            about.setdefault("language", language)
        channels = [holder, *(child for child in holder if _local(child) == "channel")]
        for channel in channels:
            for child in channel:
                if _local(child) in ("title", "language"):
                    about.setdefault(_local(child), all_text(child).strip())
    return {name: text for name, text in about.items() if text}


def _local(element: etree._Element) -> str:
    """Return an element's name without its vocabulary, known or not."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _written(item: etree._Element) -> Item:
    """Return what an item's elements say, each the first time that it is said."""
    fields: Item = {}
    if language := item.get(_XML_LANGUAGE):
        fields["language"] = language
    for element in item:
        if not isinstance(element.tag, str):
            continue
        space, name = element.tag[1:].rpartition("}")[0], _local(element)
        field = _FIELDS.get(name)
        if field is None and name == "comments" and "slash" in space:
            field = "comments"
        if field is None or (any(foreign in space for foreign in _FOREIGN) and field != "photo_credit"):
            continue
        if text := _value(element, field, space):
            fields.setdefault(field, text)
    return fields


def _value(element: etree._Element, field: str, space: str) -> str:
    atom = space in _ATOM
    if field == "link" and element.get("href"):
        return element.get("href") or "" if element.get("rel", "alternate") == "alternate" else ""
    if field == "section" and element.get("term"):
        return element.get("label") or element.get("term") or ""
    if field == "author" and len(element):
        return "".join(child.text or "" for child in element if _local(child) == "name").strip()
    if field == "source" and atom:
        return next((child.text or "" for child in element if _local(child) == "title"), "").strip()
    if atom and element.get("type") == "xhtml":
        return "".join(etree.tostring(child, encoding="unicode") for child in element)
    text = all_text(element).strip()
    if atom and field in ("title", "summary", "content") and element.get("type", "text") == "text":
        return text.replace("&", "&amp;").replace("<", "&lt;")
    return text


def _identifier(item: Item) -> str | None:
    guid, link = item.get("guid", "").strip(), item.get("link", "").strip()
    return (guid if ":" in guid or not link else link) or None


def _article(identifier: str, item: Item) -> tuple[Article, tuple[str, ...]]:
    warnings: list[str] = []
    link = whole_address(item.get("link"))
    if link is None and item.get("guid", "").startswith(("http://", "https://")):
        link = whole_address(item["guid"])
    content, summary = item.get("content", ""), item.get("summary", "")
    blocks = clean(content or summary, link)
    if not blocks and summary:
        blocks = clean(summary, link)
    written = item.get("date") or item.get("updated")
    date = read_date(written) if written else None
    if written and date is None:
        warnings.append(f"date {written[:60]!r} cannot be read; left undated")
    comments: Any = item.get("comments", "")
    return (
        Article(
            id=identifier,
            title=plain(item.get("title", "")),
            body=text_of(blocks),
            section=plain(item.get("section", "")) or None,
            date=date,
            byline=plain(item.get("author", "")) or None,
            language=item.get("language") or item.get("feed language"),
            url=link,
            source=plain(item.get("source") or item.get("feed title") or "") or None,
            photo_credit=plain(item.get("photo_credit", "")) or None,
            comments=int(comments) if comments.isascii() and comments.isdecimal() and len(comments) < 10 else None,
            body_html=markup_of(blocks),
        ),
        tuple(warnings),
    )
