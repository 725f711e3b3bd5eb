"""The JSON of the API: SearchResults as plain dictionaries, keys in the order in which they are promised."""

import datetime
from collections.abc import Sequence
from typing import Any

from search import DateFacet, Facets, Hit, SearchRequest, SearchResults, SectionFacet
from web.markup import all_marked
from web.navigation import Link, following, preceding


def envelope(results: SearchResults, link: Link) -> dict[str, Any]:
    """Return the answer to ``/api/search``; ``link`` makes the addresses of others to it."""
    request = results.request
    before, after = preceding(results), following(results)
    return {
        "query": {
            "q": request.query,
            "match": results.match,
            "min_words": results.min_words,
            "filters": _filters(request),
            "warnings": list(results.warnings),
        },
        "total": results.total,
        "page": results.page,
        "page_size": request.page_size,
        "pages": results.pages,
        "next": link(**after) if after else None,
        "previous": link(**before) if before else None,
        "next_cursor": results.next_cursor,
        "took_ms": round(results.took_ms, 3),
        "index": {
            "generation": results.index.generation,
            "articles": results.index.articles,
            "updated": utc(results.index.updated),
        },
        "facets": _facets(results.facets),
        "suggestions": list(results.suggestions),
        "results": hit_bodies(results.hits),
    }


def _filters(request: SearchRequest) -> dict[str, Any]:
    return {
        "section": list(request.sections),
        "excluded_section": list(request.excluded_sections),
        "language": list(request.languages),
        "from_date": iso(request.from_date),
        "to_date": iso(request.to_date),
    }


def _facets(facets: Facets) -> dict[str, Any]:
    return {
        "section": _section_facet(facets.section) if facets.section else None,
        "date": _date_facet(facets.date) if facets.date else None,
    }


def _section_facet(facet: SectionFacet) -> dict[str, Any]:
    return {
        "values": [{"value": one.value, "count": one.count, "selected": one.selected} for one in facet.values],
        "more": facet.more,
    }


def _date_facet(facet: DateFacet) -> dict[str, Any]:
    return {
        "interval": facet.interval,
        "before": facet.before,
        "after": facet.after,
        "undated": facet.undated,
        "buckets": [
            {
                "from": bucket.first.isoformat(),
                "to": bucket.last.isoformat(),
                "count": bucket.count,
                "published": bucket.published,
            }
            for bucket in facet.buckets
        ],
    }


def hit_bodies(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Return hits, their titles and passages as HTML in which ``<mark>`` is the only tag."""
    html = iter(all_marked([snippet for hit in hits for snippet in (hit.marked_title, *hit.snippets)]))
    return [
        {
            "id": hit.id,
            "url": hit.url,
            "title": hit.title,
            "section": hit.section,
            "date": iso(hit.date),
            "language": hit.language,
            "byline": hit.byline,
            "score": round(hit.score, 6),
            "highlights": {"title": next(html), "body": [next(html) for _ in hit.snippets]},
        }
        for hit in hits
    ]


def iso(date: datetime.date | None) -> str | None:
    """Write a day as ``2021-01-18``, a minute as ``2021-01-18T16:26:00``: wall time in the archive's zone."""
    return date.isoformat() if date else None


def utc(moment: datetime.datetime) -> str:
    """Write a moment in UTC, to the second; a naive one is in UTC already."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
