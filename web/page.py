"""The search page and the article page, made on the server; they need no script."""

import datetime
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.blueprints import BlueprintSetupState

from index.settings import MAX_QUERY_LENGTH, MAX_QUERY_WORDS
from index.words import words
from search import DateFacet, Headline, Problem, SearchRequest, SearchResults, Snippet
from web import navigation, wording
from web.accent import style_sheet
from web.addresses import Addresses, address_of
from web.archive import archive_config, current_searcher
from web.caching import add_tag, current
from web.compression import pack
from web.examples import examples
from web.identifiers import ArticleId
from web.listing import article_address, direction, entries, web_address
from web.looks import looks
from web.markup import encoded, marked
from web.nothing import explain_nothing
from web.observing import seen
from web.parameters import read_request
from web.plain_words import heading
from web.problems import ArticleNotFound, ProblemDetails, answer_problems
from web.security import protect
from web.site import Site, site, static_seconds, templates
from web.story import story
from web.timeline import can_be_drawn, timeline, wider

# Articles like one that are shown beside it.
SIMILAR = 6

_DEFAULT = SearchRequest()

HEADLINES = {
    400: "That search does not work",
    404: "Not in the archive",
    405: "That cannot be done here",
    409: "The archive has moved on",
    414: "Too long a question",
    503: "Closed for a moment",
}

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
    here = _site()
    link = Addresses(here.home, asked)
    meant = navigation.suggestions(results, link)
    if meant and not results.total and asked.match == "auto":
        asked = navigation.from_start(asked, query=results.suggestions[0])
        link = Addresses(here.home, asked)
        results = searcher.search(asked)
        meant = meant[1:]
    facets = results.facets
    context = {
        "asked": asked,
        "results": results,
        "hits": entries(results.hits, here.articles, link.own_query),
        "pages": navigation.pages(results, link),
        "sections": navigation.sections(asked, facets.section, link) if facets.section else None,
        "timeline": timeline(asked, facets.date, link, _surroundings(asked, facets.date)) if facets.date else None,
    }
    if asked == _DEFAULT:
        return _page("start.html", here, link, years=_years(results), **context)
    nothing = None if results.total else explain_nothing(asked, searcher.explain(asked), facets.date, link)
    # What is taken away is all of it, in the shape of its own.
    everything = link.query(page_size=_DEFAULT.page_size, facets=_DEFAULT.facets, date_interval=_DEFAULT.date_interval)
    return _page(
        "results.html",
        here,
        link,
        heading=heading(results),
        orders=navigation.orders(asked, link),
        chips=navigation.chips(asked, link),
        wide=link(**navigation.NO_LIMITS, match="auto"),
        strict=link(match="all"),
        typed=typed.query.strip() if typed is not asked else None,
        as_typed=Addresses(here.home, typed)(match="all") if typed is not asked else None,
        suggestions=meant,
        why=nothing,
        feed=here.feed + everything if here.feed else None,
        downloads=[(kind, address + everything) for kind, address in here.downloads],
        last_page=navigation.last_page(results, link),
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
    here = _site()
    link = Addresses(here.home, asked)
    on_day = found.date.date() if isinstance(found.date, datetime.datetime) else found.date
    return _page(
        "article.html",
        here,
        link,
        asked=asked,
        article=found,
        text=text,
        own=own,
        marks=len(text.title.ranges) + sum(len(paragraph.ranges) for paragraph in text.paragraphs),
        places=own.places
        if own
        else [number for number, paragraph in enumerate(text.paragraphs, 1) if paragraph.ranges],
        direction=direction(found.language),
        here=article_address(here.articles, identifier),
        # Feeds often have the address alone as where an article appeared.
        web_address=web_address(found.url) or web_address(found.source),
        back=here.home + link.own_query if asked != _DEFAULT else None,
        byline_link=_byline_link(found.byline, here),
        section_link=address_of(here.home, SearchRequest(sections=(found.section,))) if found.section else None,
        day_link=address_of(here.home, SearchRequest(from_date=on_day, to_date=on_day)) if on_day else None,
        before=_pointed_to(beside.before, here),
        after=_pointed_to(beside.after, here),
        similar=entries(searcher.similar(identifier, SIMILAR), here.articles),
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
    here = _site()
    return _page(
        "problem.html",
        here,
        Addresses(here.home, _DEFAULT),
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


def _page(template: str, here: Site, link: Addresses, /, **context: Any) -> Response:
    """Answer with a template, without any character that HTML cannot hold."""
    html = render_template(
        f"backfile/{template}",
        site=here,
        examples=examples(context.get("asked") or _DEFAULT, link),
        hidden_inputs=navigation.hidden_inputs,
        marked=marked,
        words=wording,
        **context,
    )
    return Response(encoded(html), content_type="text/html; charset=utf-8")


def _site() -> Site:
    """Describe the site of this blueprint, also where none of its own views answers: an address that leads nowhere."""
    return site(request.blueprint or blueprint.name)


def _pointed_to(other: Headline | None, here: Site) -> tuple[Headline, str] | None:
    return (other, article_address(here.articles, other.id)) if other else None


def _byline_link(byline: str | None, here: Site) -> str | None:
    """Return the address of all that has a byline; None where it has no words, or more than a search may have."""
    # Its words alone: quotation marks of its own would end the phrase.
    spelt = [word.text for word in words(byline or "", query=True)]
    query = f'byline:"{" ".join(spelt)}"'
    if not 0 < len(spelt) <= MAX_QUERY_WORDS.value() or len(query) > MAX_QUERY_LENGTH.value():
        return None
    return address_of(here.home, SearchRequest(query=query))


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
