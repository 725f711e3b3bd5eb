"""Markup: a tree of elements -> paragraphs of plain text, and the same as clean markup.

Clean markup is built here from a short list of tags, never taken over: ``p h2 h3 h4 ul ol li blockquote pre table tr
td``, and inside them ``a em strong code sub sup br``, with no attribute but the address of a link. What is no such
element leaves its text; scripts, styles, forms and what is hidden leave nothing. Cleaning clean markup changes nothing.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree

from index.sources.charset import without_nuls

_LEFT_OUT_WRITTEN = (
    "script style noscript template svg math iframe object embed applet form button select textarea input"
    " audio video canvas head title link meta base"
)
_LEFT_OUT = frozenset(_LEFT_OUT_WRITTEN.split())
_INLINE = {
    "a": "a",
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "cite": "em",
    "code": "code",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
    "sub": "sub",
    "sup": "sup",
}
_TRANSPARENT_WRITTEN = (
    "span font small big u s del ins abbr acronym time mark q dfn var bdi bdo wbr label nobr ruby rb rp rt"
    " data img center-dot shy blink strike picture source"
)
_TRANSPARENT = frozenset(_TRANSPARENT_WRITTEN.split())
_KINDS = {
    "li": "ul",
    "blockquote": "quote",
    "pre": "pre",
    "h1": "h2",
    "h2": "h2",
    "h3": "h3",
    "h4": "h4",
    "h5": "h4",
    "h6": "h4",
}
_INSIDE = {"ul": ("ul", "li"), "ol": ("ol", "li"), "quote": ("blockquote", "p"), "row": ("table", "tr")}
_MADE_OF_BLOCKS = "p|div|table|ul|ol|blockquote|h1|h2|h3|h4|article|section"
_BLANKS = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad]")
# Not any word in angle brackets: <COP> is a ticker.
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|li|mark|p|q|s|small|span|strike|strong|sub|sup|u|wbr)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row: its text, and that as markup.

    ``kind`` is ``p``, ``h2``, ``h3``, ``h4``, ``pre``, ``ul`` or ``ol`` (an item of such a list), ``quote`` or
    ``row``. ``linked`` is how many characters of the text are links.
    """

    kind: str
    text: str
    markup: str
    linked: int = 0


def blocks_of(tree: etree._Element, address: str | None = None) -> list[Block]:
    """Return the blocks of a tree in their order; links are made whole by ``address``."""
    building = _Building(address)
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            if _is_left_out(element):
                walk.skip_subtree()
            else:
                building.start(element)
        else:
            if event == "end" and not _is_left_out(element):
                building.end(element)
            if element is not tree:
                building.add(element.tail)
    building.flush()
    return building.blocks


def text_of(blocks: Iterable[Block]) -> str:
    """Return blocks as plain text, a blank line between two."""
    return "\n\n".join(block.text for block in blocks)


def markup_of(blocks: Iterable[Block]) -> str | None:
    """Return blocks as clean markup, or None where it would say no more than their text."""
    blocks = list(blocks)
    if all(block.kind == "p" and "<" not in block.markup for block in blocks):
        return None
    return "\n".join(_grouped(blocks))


def parse(source: str) -> etree._Element:
    """Parse a piece of markup, however broken. Takes no more than is there: no entity, no network."""
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_blank_text=False)
    # A tree is never empty: the parser refuses to make none.
    return lxml.html.document_fromstring(f"<body>{without_nuls(source)}</body>".encode("utf-8", "replace"), parser)


def clean(source: str, address: str | None = None) -> list[Block]:
    """Return the blocks of a piece of markup; plain text is one, or several where blank lines divide it."""
    if "<" not in source and "&" not in source:
        pieces = (" ".join(piece.split()) for piece in re.split(r"\n\s*\n", _CONTROL.sub("", without_nuls(source))))
        return [Block("p", piece, html.escape(piece, quote=False)) for piece in pieces if piece]
    return blocks_of(parse(source), address)


def all_text(element: etree._Element) -> str:
    """Return all text in an element."""
    return "".join(map(str, element.itertext()))


def plain(source: str) -> str:
    """Return the text of a line that may hold markup or escaped characters: a title in a feed, a name."""
    if "&" in source:
        source = html.unescape(html.unescape(source))
    if "<" in source and _TAG.search(source):
        source = " ".join(block.text for block in clean(source))
    return " ".join(_CONTROL.sub("", source).split())


def _is_left_out(element: etree._Element) -> bool:
    if element.tag in _LEFT_OUT:
        return True
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _grouped(blocks: list[Block]) -> Iterator[str]:
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        outer, inner = _INSIDE.get(kind, ("", kind))
        lines = "\n".join(f"<{inner}>{block.markup}</{inner}>" for block in group)
        yield f"<{outer}>\n{lines}\n</{outer}>" if outer else lines


class _Inline(NamedTuple):
    """An element inside a block: the tags that it becomes, empty for a link that leads nowhere."""

    opening: str
    closing: str
    is_link: bool


class _Building:
    """Blocks in the making."""

    def __init__(self, address: str | None) -> None:
        self.blocks: list[Block] = []
        self._address = address
        self._kinds: list[str] = []
        self._inline: list[_Inline] = []
        self._opened = 0
        self._markup: list[str] = []
        self._text: list[str] = []
        self._linked = 0

    def start(self, element: etree._Element) -> None:
        """Take notice of an element that begins."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _INLINE:
            self._inline.append(self._tags(_INLINE[tag], element))
        elif tag == "br":
            self._break()
        elif tag in ("td", "th") and self._kind == "row":
            self._cell()
        elif tag not in _TRANSPARENT:
            self.flush()
            if (kind := self._kind_of(tag, element)) is not None:
                self._kinds.append(kind)
        self.add(element.text)

    def end(self, element: etree._Element) -> None:
        """Take notice of an element that ends."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _INLINE:
            if self._opened == len(self._inline):
                self._markup.append(self._inline[-1].closing)
                self._opened -= 1
            self._inline.pop()
        elif tag not in _TRANSPARENT and tag != "br" and not (tag in ("td", "th") and self._kind == "row"):
            self.flush()
            if self._kind_of(tag, element) is not None:
                self._kinds.pop()

    def add(self, text: str | None) -> None:
        """Add text, runs of blanks as one."""
        if not text:
            return
        text = _CONTROL.sub("", text)
        if self._kind != "pre":
            text = _BLANKS.sub(" ", text)
            if not self._text or self._text[-1].endswith((" ", "\n", "\t")):
                text = text.lstrip(" ")
        if not text:
            return
        self._markup += [inline.opening for inline in self._inline[self._opened :]]
        self._opened = len(self._inline)
        self._markup.append(html.escape(text, quote=False))
        self._text.append(text)
        if any(inline.is_link for inline in self._inline):
            self._linked += len(text)

    def flush(self) -> None:
        """End the block that is being built."""
        self._close()
        text = "".join(self._text).strip()
        if text:
            # Links that lead nowhere end with nothing.
            while self._markup[-1] in ("<br>", "") or self._markup[-1].isspace():
                self._markup.pop()
            markup = "".join(self._markup).strip()
            kind = self._kind
            self.blocks.append(Block(kind, text, f"<td>{markup}</td>" if kind == "row" else markup, self._linked))
        self._markup.clear()
        self._text.clear()
        self._linked = 0

    @property
    def _kind(self) -> str:
        return self._kinds[-1] if self._kinds else "p"

    def _kind_of(self, tag: str, element: etree._Element) -> str | None:
        if tag == "li":
            parent = element.getparent()
            return "ol" if parent is not None and parent.tag == "ol" else "ul"
        if tag == "tr":
            # A table of blocks is there for the layout.
            return None if any(child.tag in _LAYOUT for cell in element for child in cell) else "row"
        return _KINDS.get(tag)

    def _break(self) -> None:
        if self._text and self._text[-1] == "\n" and self._kind in ("p", "quote"):
            self.flush()
        elif self._text:
            self._markup.append("<br>")
            self._text.append("\n")

    def _cell(self) -> None:
        if self._text:
            self._text[-1] = self._text[-1].rstrip(" ")
            if not self._opened:
                self._markup[-1] = self._markup[-1].rstrip(" ")
            self._close()
            self._markup.append("</td><td>")
            self._text.append("\t")

    def _close(self) -> None:
        self._markup += [inline.closing for inline in reversed(self._inline[: self._opened])]
        self._opened = 0

    def _tags(self, name: str, element: etree._Element) -> "_Inline":
        if name != "a":
            return _Inline(f"<{name}>", f"</{name}>", is_link=False)
        # No parser would read a link within a link so again.
        within = any(inline.opening for inline in self._inline if inline.is_link)
        address = None if within else whole_address(element.get("href"), self._address)
        return _Inline(f'<a href="{html.escape(address)}">' if address else "", "</a>" if address else "", is_link=True)


_LAYOUT = frozenset(_MADE_OF_BLOCKS.split("|"))


def whole_address(written: str | None, base: str | None = None) -> str | None:
    """Return an address of the web or of mail, made whole by ``base``; None for what is none."""
    if not written:
        return None
    try:
        address = "".join(_CONTROL.sub("", written).split())
        if base and not address.startswith(("http://", "https://")):
            address = urljoin(base, address)
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and parts.netloc:
        return address
    return address if parts.scheme == "mailto" and parts.path else None
