"""Where one can go from an answer: each way a label, and the address of another request."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from index.settings import MAX_HITS_DEEP
from search import SearchRequest, SearchResults, SectionFacet
from web.parameters import write_request
from web.wording import dates, language, number


class Link(Protocol):
    """Makes the addresses of requests like the one that is asked, as ``web.addresses.Addresses`` does."""

    def __call__(self, **changes: Any) -> str:
        """Return the address of the request from its first page on, but for some fields."""


ORDERS = ("relevance", "newest", "oldest")

SECTIONS_SHOWN = 12
PAGES_AROUND = 2

NO_LIMITS: dict[str, Any] = {
    "sections": (),
    "excluded_sections": (),
    "languages": (),
    "from_date": None,
    "to_date": None,
}
"""What changes in a request that asks for the same words in the whole archive."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: where it leads, and whether it is the present one."""

    label: str
    url: str
    current: bool


class SectionChoice(NamedTuple):
    """A section, its matching articles, whether it is asked for or left out, and where the two switches lead.

    ``articles`` and ``unit`` are a number and what it counts: ``1,204`` and ``articles``. ``url`` takes it in, or out
    again where it is asked for or left out; ``without`` leaves it out, None where it is.
    """

    name: str
    articles: str
    unit: str
    selected: bool
    excluded: bool
    url: str
    without: str | None


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections ``shown`` at once; the ``rest``, which is ``open`` where one of them is asked for or left out.

    ``more`` of them are not listed.
    """

    shown: list[SectionChoice]
    rest: list[SectionChoice]
    open: bool
    more: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A limit that is set (``kind`` and ``label``), and the address without it."""

    kind: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Ways through the pages; None among ``numbers`` is a gap."""

    previous: str | None
    next: str | None
    numbers: tuple[Choice | None, ...]


def from_start(request: SearchRequest, **changes: object) -> SearchRequest:
    """Another request, from its first page on."""
    return replace(request, **{"page": 1, "cursor": None, **changes})  # type: ignore[arg-type]  # fields by name


def numbered(results: SearchResults) -> int:
    """Return how many pages can be asked for by number: all, but for what lies too deep down."""
    size = results.request.page_size
    return min(results.pages, MAX_HITS_DEEP.value() // size) if size else 0


def following(results: SearchResults) -> dict[str, Any] | None:
    """Say what the next page changes, asked for as this one was: by cursor, or by number as far as numbers go."""
    request = results.request
    if request.cursor is None and request.page < numbered(results):
        return {"page": request.page + 1}
    return {"page": 1, "cursor": results.next_cursor} if results.next_cursor else None


def preceding(results: SearchResults) -> dict[str, Any] | None:
    """Say what the page before changes; from beyond the end, the last page. A cursor only goes forward."""
    page = min(results.page - 1, numbered(results))
    return {"page": page} if page >= 1 else None


def pages(results: SearchResults, link: Link) -> Pages:
    """Previous, next, the first and the last page and those around this one."""
    before, after = preceding(results), following(results)
    numbers: list[Choice | None] = []
    if results.request.cursor is None and results.pages > 1:
        last_one = numbered(results)
        near = range(results.page - PAGES_AROUND, results.page + PAGES_AROUND + 1)
        shown = sorted({page for page in (1, *near, last_one) if 1 <= page <= last_one})
        for last, page in zip([0, *shown], shown, strict=False):
            if page > last + 1:
                numbers.append(None)
            numbers.append(Choice(number(page), link(page=page), page == results.page))
    return Pages(link(**before) if before else None, link(**after) if after else None, tuple(numbers))


def orders(request: SearchRequest, link: Link) -> tuple[Choice, ...]:
    """List the orders of hits. Without words nothing is more relevant than anything else: the newest come first."""
    known: tuple[str, ...] = ORDERS
    current: str = request.order_by
    if not request.query.strip():
        known = tuple(order for order in ORDERS if order != "relevance")
        current = "newest" if current == "relevance" else current
    return tuple(Choice(order.capitalize(), link(order_by=order), order == current) for order in known)


def sections(request: SearchRequest, facet: SectionFacet, link: Link) -> Sections:
    """Make switches of the sections of a facet. Their names match without regard to case."""
    choices = []
    for value in facet.values:
        name, selected = value.value, value.selected
        others, other_excluded = _but(name, request.sections), _but(name, request.excluded_sections)
        excluded = len(other_excluded) < len(request.excluded_sections)
        chosen = others if selected or excluded else (*others, name)
        url = link(sections=chosen, excluded_sections=other_excluded)
        without = None
        if not excluded:
            without = link(sections=others, excluded_sections=(*request.excluded_sections, name))
        unit = "article" if value.count == 1 else "articles"
        choices.append(SectionChoice(name, number(value.count), unit, selected, excluded, url, without))
    rest = choices[SECTIONS_SHOWN:]
    return Sections(choices[:SECTIONS_SHOWN], rest, any(one.selected or one.excluded for one in rest), facet.more)


def _but(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return some names but for one."""
    if not names:
        return names
    key = name.casefold()
    return tuple([other for other in names if other.casefold() != key])


def chips(request: SearchRequest, link: Link) -> tuple[Chip, ...]:
    """Everything that limits the request beside its words, each to be taken away on its own."""
    found = []
    for field, kind in (("sections", "Section"), ("excluded_sections", "Without section"), ("languages", "Language")):
        names: tuple[str, ...] = getattr(request, field)
        for name in names:
            rest = tuple(other for other in names if other != name)
            label = language(name).removeprefix("the language ") if field == "languages" else name
            found.append(Chip(kind, label, link(**{field: rest})))
    words = dates(request)
    if words:
        found.append(Chip("Dates", words, link(from_date=None, to_date=None)))
    if request.match != "auto":
        label = {"all": "all words", "any": "any word"}[request.match]
        found.append(Chip("Match", label, link(match="auto")))
    return tuple(found)


def suggestions(results: SearchResults, link: Link) -> tuple[Choice, ...]:
    """Other queries that may have been meant."""
    return tuple(Choice(words, link(query=words), False) for words in results.suggestions)


def last_page(results: SearchResults, link: Link) -> Choice | None:
    """Back to the last page from beyond it."""
    if not results.pages or results.page <= results.pages:
        return None
    last = numbered(results)
    return Choice(number(last), link(page=last), False)


def hidden_inputs(request: SearchRequest, *boxes: str) -> Iterable[tuple[str, str]]:
    """Names and values that a form carries along beside the ``boxes`` it shows; its answer begins at page 1."""
    left_out = ("page", "cursor", *boxes)
    return [(name, value) for name, all_ in write_request(request).items() if name not in left_out for value in all_]
