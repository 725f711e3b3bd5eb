"""What a page states of its article: in JSON-LD, then OpenGraph and other meta elements, then its own elements.

Each function asks the places where one thing is stated, the most explicit first.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml import etree

from index.article import canonical_language
from index.dates import read_date, read_dateline
from index.sources import json_ld
from index.sources.markup import all_text, plain, whole_address

_SEPARATOR = re.compile(r"\s+[-–—|·•»:/]+\s+|\s*[｜ㅣ|]\s*")
_WORD = re.compile(r"[^\W_]+")
_PUBLISHED_WRITTEN = (
    "article:published_time og:article:published_time og:published_time datepublished date dc.date"
    " dc.date.issued dc.date.created dcterms.date dcterms.created dcterms.issued dc.issued pubdate publishdate"
    " publish-date publish_date publication_date published_time article.published parsely-pub-date"
    " sailthru.date cxenseparse:recs:publishtime citation_publication_date last-modified article:modified_time"
)
_PUBLISHED = tuple(_PUBLISHED_WRITTEN.split())
_SECTIONS_WRITTEN = (
    "article:section og:article:section og:section articlesection section parsely-section sailthru.section"
    " cxenseparse:taxonomy dc.subject.section channel category page-section news_section"
)
_SECTIONS = tuple(_SECTIONS_WRITTEN.split())
_LINES = 2_000
"""Short elements looked at for a date line."""
_HEADINGS = 8
"""Headings looked at: one or two are of the article."""
_GENERAL_WRITTEN = (
    "home homepage start startseite accueil inicio início portada hem hjem forside strona główna главная ana"
    " sayfa anasayfa ホーム トップ 홈 首页 news article articles story stories nachrichten nachricht artikel index"
    " aktuell aktuelles noticias noticia archive archiv posts post blog www content latest all id html amp web"
)
_GENERAL = frozenset(_GENERAL_WRITTEN.split())
"""Names that say of every page where it is."""
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-]?(0?[1-9]|1[0-2])[/-]?(0?[1-9]|[12]\d|3[01])(?=\D)")


@dataclass(frozen=True)
class Page:
    """A page: its tree, and what its head states.

    ``metas`` maps the letters of names to contents. ``is_deep`` tells of elements nested deeper than
    anybody writes them.
    """

    tree: etree._Element
    metas: dict[str, str]
    objects: list[json_ld.Object]
    article: json_ld.Object
    is_deep: bool

    @cached_property
    def address(self) -> str | None:
        """Where the page says that it is."""
        canonical = next((link.get("href") for link in self.tree.iter("link") if link.get("rel") == "canonical"), None)
        stated = (canonical, self.meta("og:url"), json_ld.text(self.article.get("url")))
        return next(filter(None, map(whole_address, stated)), None)

    def meta(self, *names: str) -> str | None:
        """Return the first content there is under one of the names."""
        return next((self.metas[key] for key in map(_meta_key, names) if self.metas.get(key)), None)

    @cached_property
    def _microdata(self) -> list[etree._Element]:
        return found_by(self.tree, "//*[@itemprop]")

    @cached_property
    def titles(self) -> list[str]:
        """What it gives for its title, without the name of the site, the most explicit first."""
        return _titles(self)

    def properties(self, name: str) -> Iterator[str]:
        """Yield what microdata has under a name."""
        for element in self._microdata:
            if element.get("itemprop") != name:
                continue
            written = element.get("content") or element.get("datetime") or all_text(element)
            if line := plain(written):
                yield line


def _meta_key(name: str) -> str:
    """Return the letters of a meta element's name: between them are colons, dots or dashes as it comes."""
    return "".join(filter(str.isalnum, name)).lower()


def found_by(tree: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements that an XPath leads to."""
    found = tree.xpath(path)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def open_page(tree: etree._Element, is_deep: bool) -> Page:
    """Look at what a page states."""
    metas: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if content := plain(element.get("content") or ""):
            metas.setdefault(_meta_key(name), content)
    scripts = [
        element.text or "" for element in tree.iter("script") if "ld+json" in (element.get("type") or "").lower()
    ]
    objects = json_ld.read_objects(scripts)
    return Page(tree, metas, objects, json_ld.article_in(objects), is_deep)


def _titles(page: Page) -> list[str]:
    headings = [plain(all_text(heading)) for heading in islice(page.tree.iter("h1"), _HEADINGS)]
    headline, shared, window = (
        json_ld.text(page.article.get("headline")),
        page.meta("og:title"),
        plain(page.tree.findtext(".//title") or ""),
    )
    stated = [
        headline,
        shared,
        *islice(page.properties("headline"), _HEADINGS),
        page.meta("twitter:title"),
        *headings,
        window,
    ]
    lines = [line for line in stated if line]
    sites = _names_of_the_site(page)
    keys = [_key(line) for line in lines]
    titles = [_without_site(line, {key for key in keys if key != _key(line)}, sites) for line in lines]
    ours, seen = _key(titles[0]) if titles else "", {_key(heading) for heading in headings}
    if headline and shared and window and ours not in seen and ours == _key(titles[-1]) and _key(titles[1]) in seen:
        # A headline that none but the window bears is for search engines; readers see and share the other.
        titles[0], titles[1] = titles[1], titles[0]
    return titles


def date(page: Page) -> datetime.date | None:
    """Return when an article was published."""
    for written in _dates(page):
        if (read := read_date(written)) is not None:
            return read
    if page.address and (match := _IN_ADDRESS.search(urlsplit(page.address).path)):
        try:
            return datetime.date(*map(int, match.groups()))
        except ValueError:
            pass
    # "Bridge closed | The Courier | 01.03.2023": nearer to the article than any line of the page.
    for line in filter(None, (page.meta("og:title"), plain(page.tree.findtext(".//title") or ""))):
        *_, last = _SEPARATOR.split(line)
        if last != line and (read := read_date(last)) is not None:
            return read
    for element in islice(page.tree.iter("time", "p", "span", "div"), _LINES):
        if len(element) > 3 or any(len(child) for child in element):
            continue
        read_line = read_dateline(all_text(element)[:200])
        if read_line is not None and read_line.date is not None:
            return read_line.date
    return None


def section(page: Page) -> str | None:
    """Return the section that a page is in."""
    stated = json_ld.texts(page.article.get("articleSection"))
    if stated:
        return next((name for name in stated if not _is_general(name)), stated[0])
    if (named := page.meta(*_SECTIONS)) and not _is_general(named):
        return named.strip("/").partition("/")[0].partition(";")[0]
    if named := next(page.properties("articleSection"), None):
        return named
    for crumbs in (json_ld.breadcrumbs(page.objects), _crumbs(page.tree)):
        own = {_key(title) for title in page.titles}
        way = [name for name in crumbs if not _is_general(name) and _key(name) not in own and len(name) < 50]
        if way and _key(way[0]).replace(" ", "") in _names_of_the_site(page):
            way = way[1:]
        if way:
            return way[0]
    return _section_in_address(page.address)


def language(page: Page) -> str | None:
    """Return the language that a page says it is in."""
    root = page.tree.getroottree().getroot()
    stated = (
        json_ld.text(page.article.get("inLanguage")),
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        page.meta("og:locale", "content-language", "language", "dc.language"),
    )
    return next((tag for line in stated if line and (tag := canonical_language(line))), None)


def byline(page: Page) -> str | None:
    """Return who wrote an article."""
    names = list(json_ld.walk_authors(page.article.get("author") or page.article.get("creator")))
    if not names:
        meta = page.meta("author", "article:author", "parsely-author", "dc.creator", "byl", "sailthru.author")
        names = [] if meta is None or "://" in meta else [meta]
    if not names:
        names = [name for name in page.properties("author") if len(name) < 100][:5]
    return ", ".join(dict.fromkeys(names)) or None


def source(page: Page) -> str | None:
    """Return where an article appeared."""
    return json_ld.text(page.article.get("publisher")) or page.meta("og:site_name", "application-name")


def lead(page: Page) -> str | None:
    """Return the lines in which a page sums its article up."""
    return json_ld.text(page.article.get("description")) or page.meta("og:description", "description")


def words(line: str) -> list[str]:
    """Return the words of a line without regard to case."""
    return _WORD.findall(line.casefold())


def _key(line: str) -> str:
    return " ".join(words(line))


def _dates(page: Page) -> Iterator[str]:
    for name in ("datePublished", "dateCreated", "uploadDate"):
        yield from json_ld.texts(page.article.get(name))
    yield from (page.metas[key] for key in map(_meta_key, _PUBLISHED) if key in page.metas)
    yield from page.properties("datePublished")
    times = list(page.tree.iter("time"))
    times.sort(key=lambda element: "pubdate" not in element.attrib)
    for element in times:
        yield element.get("datetime") or plain(all_text(element))
    for thing in page.objects:
        yield from json_ld.texts(thing.get("datePublished"))


def _names_of_the_site(page: Page) -> set[str]:
    named = [page.meta("og:site_name", "application-name"), json_ld.text(page.article.get("publisher"))]
    named += [
        json_ld.text(thing.get("name"))
        for thing in page.objects
        if any(name.endswith(("Organization", "WebSite")) for name in json_ld.types_of(thing))
    ]
    names = {_key(name).replace(" ", "") for name in named if name}
    host = urlsplit(page.address or "").netloc.removeprefix("www.")
    return {name for name in (*names, _key(host).replace(" ", ""), *words(host)[:-1]) if name}


def _without_site(line: str, others: set[str], sites: set[str]) -> str:
    """Take the name of the site off the end of a title, and what other titles of the page do not have there."""
    while marks := list(_SEPARATOR.finditer(line)):
        heads = [line[: mark.start()] for mark in marks]
        # The shortest that is a title of its own: more than one thing may follow it, as a section and a date.
        if known := next((head for head in heads if _key(head) in others), None):
            return known
        if _key(line[marks[-1].end() :]).replace(" ", "") not in sites:
            break
        line = heads[-1]
    return line


def _is_general(name: str) -> bool:
    return all(word in _GENERAL for word in words(name))


def _crumbs(tree: etree._Element) -> list[str]:
    """Return the names on a page's visible way from the front page, by the class of the element that holds it."""
    lower = "translate(concat(@class,@id,@aria-label,@itemtype),'BREADCUM','breadcum')"
    for holder in found_by(
        tree, f"//*[self::ol or self::ul or self::nav or self::div][contains({lower},'breadcrumb')]"
    ):
        names = [plain(all_text(link)) for link in holder.iter("a")]
        if any(names):
            return [name for name in names if name]
    return []


def _section_in_address(address: str | None) -> str | None:
    if not address:
        return None
    *folders, _ = [part for part in urlsplit(address).path.split("/") if part] or [""]
    for folder in map(unquote, folders):
        name = folder.replace("-", " ").replace("_", " ").strip()
        if 2 < len(name) <= 30 and name.replace(" ", "").isalpha() and not _is_general(name):
            return name
    return None


def joined(lines: Iterable[str]) -> str:
    """Return lines as one text to be looked for in."""
    return " ".join(map(_key, lines))
