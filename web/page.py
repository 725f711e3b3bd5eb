"""The search page and the article page, made on the server; they need no script."""

import datetime
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from search import DateFacet, Headline, Problem, SearchRequest, SearchResults, Snippet
from web import navigation, wording
from web.accent import style_sheet
from web.archive import archive_config, current_searcher
from web.caching import add_tag, current
from web.compression import pack
from web.examples import examples
from web.identifiers import ArticleId
from web.looks import looks
from web.markup import fit, marked
from web.nothing import explain_nothing
from web.observing import seen
from web.parameters import address_of, read_request, write_request
from web.plain_words import heading
from web.problems import ArticleNotFound, ProblemDetails, answer_problems
from web.security import MAX_URL_BYTES, protect
from web.site import beside, site, static_seconds, templates
from web.story import story
from web.timeline import can_be_drawn, timeline, wider

# Languages and scripts written from right to left, as subtags of BCP 47; all others go by the letters they hold.
RIGHT_TO_LEFT = frozenset(
    ["ar", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi", "arab", "hebr"]
)

# Articles like one that are shown beside it.
SIMILAR = 6

HEADLINES = {
    400: "That search does not work",
    404: "Not in the archive",
    405: "That cannot be done here",
    409: "The archive has moved on",
    414: "Too long a question",
    503: "Closed for a moment",
}

_HOME = "_backfile_home"

_WEB_ADDRESS = re.compile(r"https?://[^\s\\<>\"\x00-\x20\x7f-\x9f]+", re.IGNORECASE)

blueprint = Blueprint(
    "backfile", __name__, static_folder="static", static_url_path="/static", template_folder="templates"
)
# What Flask would make of the folder, and more; it is told so by the attribute of that name.
blueprint.jinja_loader = templates()
blueprint.get_send_file_max_age = static_seconds  # type: ignore[assignment,method-assign]


@blueprint.record
def _teach_article_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["article_id"] = ArticleId


@blueprint.get("/")
def search() -> Response:
    """Show what a search finds; with nothing asked, the start page: the newest articles and what the archive holds.

    Where nothing is found but for a correction, that is what is shown, as the page says, unless all words as they are
    typed are asked for.
    """
    typed = asked = read_request(request.args)
    searcher = current_searcher()
    current(searcher.state, asked, looks())
    results = seen(searcher.search(asked))
    meant = navigation.suggestions(results, _link)
    if meant and not results.total and asked.match == "auto":
        asked = navigation.from_start(asked, query=results.suggestions[0])
        results = searcher.search(asked)
        meant = meant[1:]
    facets = results.facets
    context = {
        "asked": asked,
        "results": results,
        "hits": [(hit, _article_link(hit.id, asked), _web_address(hit.url)) for hit in results.hits],
        "pages": navigation.pages(results, _link),
        "sections": navigation.sections(asked, facets.section, _link) if facets.section else (),
        "timeline": timeline(asked, facets.date, _link, _surroundings(asked, facets.date)) if facets.date else None,
    }
    if asked == SearchRequest():
        return _page("start.html", years=_years(results), **context)
    last_page = navigation.last_page(results, _link)
    nothing = None if results.total else explain_nothing(asked, searcher.explain(asked), facets.date, _link)
    return _page(
        "results.html",
        heading=heading(results),
        orders=navigation.orders(asked, _link),
        chips=navigation.chips(asked, _link),
        wide=_link(navigation.unlimited(asked, match="auto")),
        strict=_link(navigation.from_start(asked, match="all")),
        typed=typed.query.strip() if typed is not asked else None,
        as_typed=_link(navigation.from_start(typed, match="all")),
        suggestions=meant,
        why=nothing,
        feed=_elsewhere("backfile_feed.feed", asked),
        downloads=[
            ("CSV", _elsewhere("backfile_exports.export_table", asked)),
            ("JSONL", _elsewhere("backfile_exports.export_lines", asked)),
        ],
        last_page=last_page,
        **context,
    )


@blueprint.get("/articles/<article_id:identifier>")
def article(identifier: str) -> Response:
    """Show one article; the words of the search it is reached from are marked, and a link leads back there."""
    asked = read_request(request.args)
    searcher = current_searcher()
    current(searcher.state, asked, looks())
    found = searcher.article(identifier)
    if found is None:
        raise ArticleNotFound
    text = searcher.marked(found, asked.query)
    own = story(found, text.ranges)
    beside = searcher.neighbours(identifier)
    on_day = found.date.date() if isinstance(found.date, datetime.datetime) else found.date
    return _page(
        "article.html",
        asked=asked,
        article=found,
        text=text,
        own=own,
        marks=len(text.title.ranges) + sum(len(paragraph.ranges) for paragraph in text.paragraphs),
        places=own.places
        if own
        else [number for number, paragraph in enumerate(text.paragraphs, 1) if paragraph.ranges],
        direction=direction(found.language),
        here=_address("article", identifier=identifier),
        web_address=_web_address(found.url),
        back=_link(asked) if asked != SearchRequest() else None,
        section_link=_link(SearchRequest(sections=(found.section,))) if found.section else None,
        day_link=_link(SearchRequest(from_date=on_day, to_date=on_day)) if on_day else None,
        before=_pointed_to(beside.before),
        after=_pointed_to(beside.after),
        similar=[(hit, _article_link(hit.id)) for hit in searcher.similar(identifier, SIMILAR)],
    )


@blueprint.get("/accent.css")
def accent() -> Response:
    """Serve the archive's own colour as a style sheet: what a page may not have inline."""
    response = Response(style_sheet(archive_config().accent) or "", content_type="text/css; charset=utf-8")
    response.cache_control.max_age = static_seconds()
    return response


def problem_page(details: ProblemDetails) -> Response:
    """Show a problem: the words of the JSON answer, and the query with the place that is meant."""
    query = request.args.get("q", "") if details.status != 414 else ""
    return _page(
        "problem.html",
        details=details,
        headline=HEADLINES.get(details.status, "Something went wrong"),
        faults=[(error, _place(query, error)) for error in details.errors],
        query=query,
    )


protect(blueprint)
# What is packed is the answer with its tag.
blueprint.after_request(pack)
blueprint.after_request(add_tag)
answer_problems(blueprint, problem_page)


def direction(language: str | None) -> str:
    """Return the ``dir`` attribute for text in a language: ``rtl``, or ``auto``."""
    parts = (language or "").lower().split("-")
    return "rtl" if RIGHT_TO_LEFT.intersection(parts) and "latn" not in parts else "auto"


def _page(template: str, **context: Any) -> Response:
    """Answer with a template, without any character that HTML cannot hold."""
    html = render_template(
        f"backfile/{template}",
        site=site(request.blueprint or blueprint.name),
        examples=examples(context.get("asked") or SearchRequest(), _link),
        hidden_inputs=navigation.hidden_inputs,
        direction_of=direction,
        marked=marked,
        words=wording,
        **context,
    )
    # Nearly every page is printable but for these two; whoever looks at each character takes thirty times as long.
    plain = html.replace("\n", "").replace("\N{NO-BREAK SPACE}", "").isprintable()
    return Response(html if plain else fit(html), content_type="text/html; charset=utf-8")


def _address(endpoint: str, **values: Any) -> str:
    """Make an address of this blueprint, also where none of its own views answers: an address that leads nowhere."""
    return url_for(f"{request.blueprint or blueprint.name}.{endpoint}", **values)


def _link(other: SearchRequest) -> str:
    if _HOME not in g:
        setattr(g, _HOME, _address("search"))
    return address_of(getattr(g, _HOME), other)


def _elsewhere(endpoint: str, asked: SearchRequest) -> str | None:
    """Make the address at which another of our blueprints answers the same search, from its beginning."""
    whole = navigation.from_start(asked, page_size=SearchRequest().page_size, facets=SearchRequest().facets)
    values = write_request(navigation.from_start(whole, date_interval="auto"))
    return beside(request.blueprint or blueprint.name, endpoint, **values)


def _article_link(identifier: str, asked: SearchRequest | None = None) -> str:
    """Make the address of an article in a search; without the search where it would be too long with it."""
    alone = _address("article", identifier=identifier)
    address = address_of(alone, asked) if asked else alone
    return address if len(address) <= MAX_URL_BYTES else alone


def _pointed_to(other: Headline | None) -> tuple[Headline, str] | None:
    return (other, _article_link(other.id)) if other else None


def _surroundings(asked: SearchRequest, facet: DateFacet) -> DateFacet:
    """Return the dates around those asked for, the nearest that make a chart, where these alone make none."""
    around = wider(asked)
    while around and not can_be_drawn(facet):
        found = current_searcher().search(replace(around, page_size=0, facets=("date",)))
        facet = found.facets.date or facet
        around = wider(around)
    return facet


def _years(results: SearchResults) -> tuple[int, int] | None:
    """Return the first and the last year of which the archive holds anything."""
    buckets = [bucket for bucket in results.facets.date.buckets if bucket.published] if results.facets.date else []
    return (buckets[0].first.year, buckets[-1].last.year) if buckets else None


def _place(query: str, error: Problem) -> Snippet | None:
    """Return the query with the characters that an error means."""
    if error.parameter != "q" or error.start is None:
        return None
    end = error.end if error.end is not None else len(query)
    return Snippet(query, ((error.start, end),))


def _web_address(url: str | None) -> tuple[str, str] | None:
    """Return an address on the web and its host; None for all that is not plainly one (``javascript:`` and its kin)."""
    if not url or not _WEB_ADDRESS.fullmatch(url):
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return (url, host.removeprefix("www.")) if host else None
