"""The search page and the article page, made on the server; they need no script."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from search import Problem, SearchRequest, SearchResults, Snippet
from web import navigation, wording
from web.archive import archive_title, current_searcher
from web.identifiers import ArticleId
from web.markup import fit, marked
from web.parameters import read_request, write_request
from web.problems import ArticleNotFound, ProblemDetails, answer_problems
from web.security import MAX_URL_BYTES, protect
from web.timeline import timeline

# Languages and scripts written from right to left, as subtags of BCP 47; all others go by the letters they hold.
RIGHT_TO_LEFT = frozenset(
    ["ar", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi", "arab", "hebr"]
)

HEADLINES = {
    400: "That search does not work",
    404: "Not in the archive",
    405: "That cannot be done here",
    409: "The archive has moved on",
    414: "Too long a question",
    503: "Closed for a moment",
}

_WEB_ADDRESS = re.compile(r"https?://[^\s\\<>\"\x00-\x20\x7f-\x9f]+", re.IGNORECASE)

blueprint = Blueprint(
    "backfile", __name__, static_folder="static", static_url_path="/static", template_folder="templates"
)


@blueprint.record
def _teach_article_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["article_id"] = ArticleId


@blueprint.get("/")
def search() -> Response:
    """Show what a search finds; with nothing asked, the start page: the newest articles and what the archive holds."""
    asked = read_request(request.args)
    results = current_searcher().search(asked)
    facets = results.facets
    context = {
        "asked": asked,
        "results": results,
        "hits": [(hit, _article_link(hit.id, asked)) for hit in results.hits],
        "pages": navigation.pages(results, _link),
        "orders": navigation.orders(asked, _link),
        "chips": navigation.chips(asked, _link),
        "wide": _link(navigation.unlimited(asked, match="auto")),
        "sections": navigation.sections(asked, facets.section, _link) if facets.section else (),
        "timeline": timeline(asked, facets.date, _link) if facets.date else None,
    }
    if asked == SearchRequest():
        return _page("start.html", years=_years(results), **context)
    return _page(
        "results.html",
        strict=_link(navigation.from_start(asked, match="all")),
        suggestions=navigation.suggestions(results, _link),
        ways_out=() if results.total else navigation.ways_out(asked, _link),
        last_page=navigation.last_page(results, _link),
        **context,
    )


@blueprint.get("/articles/<article_id:identifier>")
def article(identifier: str) -> Response:
    """Show one article; the words of the search it is reached from are marked, and a link leads back there."""
    asked = read_request(request.args)
    searcher = current_searcher()
    found = searcher.article(identifier)
    if found is None:
        raise ArticleNotFound
    return _page(
        "article.html",
        asked=asked,
        article=found,
        text=searcher.marked(found, asked.query),
        direction=direction(found.language),
        original=_web_address(found.url),
        back=_link(asked) if asked != SearchRequest() else None,
        section_link=_link(SearchRequest(sections=(found.section,))) if found.section else None,
    )


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
answer_problems(blueprint, problem_page)


def direction(language: str | None) -> str:
    """Return the ``dir`` attribute for text in a language: ``rtl``, or ``auto``."""
    parts = (language or "").lower().split("-")
    return "rtl" if RIGHT_TO_LEFT.intersection(parts) and "latn" not in parts else "auto"


def _page(template: str, **context: Any) -> Response:
    """Answer with a template, without any character that HTML cannot hold."""
    html = render_template(
        f"backfile/{template}",
        archive=archive_title(),
        home=_address("search"),
        style=_address("static", filename="backfile.css"),
        icon=_address("static", filename="icon.svg"),
        hidden_inputs=navigation.hidden_inputs,
        direction_of=direction,
        marked=marked,
        words=wording,
        **context,
    )
    return Response(fit(html), content_type="text/html; charset=utf-8")


def _address(endpoint: str, **values: Any) -> str:
    """Make an address of this blueprint, also where none of its own views answers: an address that leads nowhere."""
    return url_for(f"{request.blueprint or blueprint.name}.{endpoint}", **values)


def _link(other: SearchRequest) -> str:
    return _address("search", **write_request(other))


def _article_link(identifier: str, asked: SearchRequest) -> str:
    """Make the address of an article in a search; without the search where it would be too long with it."""
    address = _address("article", identifier=identifier, **write_request(asked))
    return address if len(address) <= MAX_URL_BYTES else _address("article", identifier=identifier)


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
