"""The small questions of the API: suggestions while typing, one article, articles like one."""

from typing import Any

from flask import Response, request

from search import Suggestion
from web.archive import current_searcher
from web.articles import article_body, index_body
from web.blueprints import for_programs
from web.caching import current
from web.compression import pack_long
from web.envelope import hit_bodies
from web.identifiers import ArticleId
from web.parameters import LIKE, MARKED, TYPED, read_parameters
from web.problems import ArticleNotFound, json_response

SUGGESTIONS_TYPE = "application/x-suggestions+json"

blueprint = for_programs("backfile_lookups", __name__)
blueprint.after_request(pack_long)
blueprint.record(lambda state: state.app.url_map.converters.update(article_id=ArticleId))


@blueprint.get("/api/suggest")
def suggest() -> Response:
    """Answer with completions of what is being typed."""
    asked = read_parameters(request.args, TYPED)
    searcher = current_searcher()
    current(searcher.state, asked)
    found = searcher.suggest(asked["text"], asked.get("size", 10))
    if asked.get("format") == "opensearch":
        queries = [one.query for one in found if one.query is not None]
        return json_response([asked["text"], queries], SUGGESTIONS_TYPE)
    return json_response(
        {"q": asked["text"], "suggestions": [_suggestion(one) for one in found], "index": index_body(searcher.state)}
    )


@blueprint.get("/api/articles/<article_id:identifier>")
def article(identifier: str) -> Response:
    """Answer with one article, the words of a query marked in it."""
    asked = read_parameters(request.args, MARKED)
    searcher = current_searcher()
    current(searcher.state, asked)
    found = searcher.article(identifier)
    if found is None:
        raise ArticleNotFound
    return json_response(article_body(found, searcher.marked(found, asked.get("query", ""))))


@blueprint.get("/api/similar")
def similar() -> Response:
    """Answer with the articles most like one."""
    asked = read_parameters(request.args, LIKE)
    searcher = current_searcher()
    current(searcher.state, asked)
    if searcher.article(asked["id"]) is None:
        raise ArticleNotFound
    found = searcher.similar(asked["id"], asked.get("size", 10))
    return json_response({"id": asked["id"], "results": hit_bodies(found), "index": index_body(searcher.state)})


def _suggestion(one: Suggestion) -> dict[str, Any]:
    return {"kind": one.kind, "text": one.text, "query": one.query, "articles": one.articles, "id": one.id}
