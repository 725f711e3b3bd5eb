"""The description of the API for programs (OpenAPI 3.1): parameters from the tables that read them, answers exactly."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from index.settings import MAX_QUERY_LENGTH
from web.parameters import LIKE, MARKED, PAGED, TABLE, TYPED, WHOLE, Parameter
from web.problems import MEDIA_TYPE as PROBLEM_TYPE

Schema = dict[str, Any]

JSON = "application/json"
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_DAY: Schema = {"type": "string", "format": "date"}
_WHEN: Schema = {
    "type": ["string", "null"],
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?$",
    "description": "A day, or a minute of it: wall time in the archive's zone.",
}
_MARKED: Schema = {"type": "string", "description": "HTML: text escaped, <mark> the only tag."}
_MAYBE: Schema = {"type": ["string", "null"]}


def _object(**properties: Schema) -> Schema:
    """Describe an object that has just these keys, always."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


SCHEMAS: dict[str, Schema] = {
    "Index": _object(generation=_COUNT, articles=_COUNT, updated={"type": "string", "format": "date-time"}),
    "Hit": _object(
        id=_TEXT,
        url=_MAYBE,
        title=_TEXT,
        section=_MAYBE,
        date=_WHEN,
        language=_MAYBE,
        byline=_MAYBE,
        score={"type": "number"},
        highlights=_object(title=_MARKED, body=_list(_MARKED)),
    ),
    "SectionFacet": _object(
        values=_list(_object(value=_TEXT, count=_COUNT, selected={"type": "boolean"})),
        more=_COUNT,
    ),
    "DateFacet": _object(
        interval={"enum": ["year", "month", "day"]},
        before=_COUNT,
        after=_COUNT,
        undated=_COUNT,
        buckets=_list(_object(**{"from": _DAY, "to": _DAY}, count=_COUNT, published=_COUNT)),
    ),
    "Results": _object(
        query=_object(
            q=_TEXT,
            match={"enum": ["all", "most", "any"]},
            min_words={"type": ["integer", "null"]},
            filters=_object(
                section=_list(_TEXT),
                excluded_section=_list(_TEXT),
                language=_list(_TEXT),
                from_date=_or_null(_DAY),
                to_date=_or_null(_DAY),
            ),
            warnings=_list(_TEXT),
        ),
        total=_COUNT,
        page={"type": "integer", "minimum": 1},
        page_size=_COUNT,
        pages=_COUNT,
        next=_MAYBE,
        previous=_MAYBE,
        next_cursor=_MAYBE,
        took_ms={"type": "number", "minimum": 0},
        index=_ref("Index"),
        facets=_object(section=_or_null(_ref("SectionFacet")), date=_or_null(_ref("DateFacet"))),
        suggestions=_list(_TEXT),
        results=_list(_ref("Hit")),
    ),
    "Suggestions": _object(
        q=_TEXT,
        suggestions=_list(
            _object(kind={"enum": ["word", "section", "title"]}, text=_TEXT, query=_MAYBE, articles=_COUNT, id=_MAYBE)
        ),
        index=_ref("Index"),
    ),
    "BrowserSuggestions": {
        "type": "array",
        "items": {"anyOf": [_TEXT, _list(_TEXT)]},
        "minItems": 2,
        "maxItems": 2,
    },
    "Article": _object(
        id=_TEXT,
        title=_TEXT,
        body=_TEXT,
        section=_MAYBE,
        date=_WHEN,
        byline=_MAYBE,
        language=_MAYBE,
        url=_MAYBE,
        source=_MAYBE,
        photo_credit=_MAYBE,
        comments={"type": ["integer", "null"]},
        title_html=_MARKED,
        body_html={"type": "string", "description": "HTML: text escaped, <p> and <mark> the only tags."},
    ),
    "Similar": _object(id=_TEXT, results=_list(_ref("Hit")), index=_ref("Index")),
    "Alive": _object(status={"const": "ok"}),
    "Ready": _object(status={"const": "ok"}, index=_ref("Index")),
    "Problem": _object(
        type={"type": "string", "format": "uri-reference"},
        title=_TEXT,
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail=_TEXT,
        instance=_TEXT,
        code={"type": "string", "pattern": "^[a-z-]+$"},
        errors=_list(
            _object(
                parameter=_TEXT,
                reason=_TEXT,
                start={"type": ["integer", "null"]},
                end={"type": ["integer", "null"]},
            )
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An address that is answered: what for, its parameters, its media types with their schemas, its own problems."""

    path: str
    name: str
    help: str
    parameters: tuple[Parameter, ...]
    answers: dict[str, Schema]
    problems: tuple[int, ...] = ()
    cached: bool = True


_BY_ID = Parameter("identifier", "id", "The id of an article, slashes and all.", {"type": "string", "minLength": 1})
_PROBLEMS = {
    400: "A parameter or the query is wrong; errors name each one, and in a query the place.",
    404: "The archive holds no such article.",
    405: "Only GET and HEAD are answered.",
    409: "The cursor belongs to another generation of the index.",
    413: "The request has a body.",
    414: "The address is too long.",
    429: "As many as may are downloading already; Retry-After says when to try.",
    503: "The archive cannot be searched at the moment, or the search took too long; Retry-After says when to try.",
}
_ALWAYS = (400, 405, 413, 414, 503)

OPERATIONS = (
    Operation("/api/search", "search", "Search.", TABLE, {JSON: _ref("Results")}, (409,)),
    Operation(
        "/api/suggest",
        "suggest",
        "Complete what is being typed.",
        TYPED,
        {JSON: _ref("Suggestions"), "application/x-suggestions+json": _ref("BrowserSuggestions")},
    ),
    Operation(
        "/api/articles/{identifier}",
        "article",
        "Read one article.",
        (_BY_ID, *MARKED),
        {JSON: _ref("Article")},
        (404,),
    ),
    Operation("/api/similar", "similar", "Find articles like one.", LIKE, {JSON: _ref("Similar")}, (404,)),
    Operation(
        "/feed.atom",
        "feed",
        "Follow a search in a feed reader; newest first unless told.",
        PAGED,
        {"application/atom+xml": _TEXT},
        (409,),
    ),
    Operation(
        "/export.jsonl",
        "exportLines",
        "Download every hit, one article a line.",
        WHOLE,
        {"application/jsonl": _TEXT},
        (429,),
    ),
    Operation("/export.csv", "exportTable", "Download every hit as a table.", WHOLE, {"text/csv": _TEXT}, (429,)),
    Operation(
        "/opensearch.xml",
        "opensearch",
        "Describe the archive to browsers.",
        (),
        {"application/opensearchdescription+xml": _TEXT},
    ),
    Operation("/openapi.json", "openapi", "Describe the API.", (), {JSON: {"type": "object"}}),
    Operation("/healthz", "alive", "Is the process alive?", (), {JSON: _ref("Alive")}, cached=False),
    Operation("/readyz", "ready", "Is there an index to search?", (), {JSON: _ref("Ready")}, cached=False),
    Operation("/metrics", "metrics", "Figures for Prometheus.", (), {"text/plain": _TEXT}, cached=False),
)


def document(title: str, version: str, server: str) -> dict[str, Any]:
    """Return the description of the API of an archive at an address."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": "Search for a newspaper's archive."},
        "servers": [{"url": server or "/"}],
        "paths": {one.path: {"get": _operation(one), "head": _operation(one, head=True)} for one in OPERATIONS},
        "components": {"schemas": SCHEMAS},
    }


def _operation(one: Operation, *, head: bool = False) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "The answer."}
    problem: dict[str, Any] = {}
    if not head:
        answer["content"] = {media: {"schema": schema} for media, schema in one.answers.items()}
        problem["content"] = {PROBLEM_TYPE: {"schema": _ref("Problem")}}
    responses: dict[str, Any] = {"200": answer}
    if one.cached:
        responses["304"] = {"description": "What If-None-Match names is what the answer would be."}
    for status in sorted({*_ALWAYS, *one.problems}):
        responses[str(status)] = {"description": _PROBLEMS[status], **problem}
    return {
        "operationId": one.name + "Head" * head,
        "summary": one.help,
        "parameters": [*_parameters(one)],
        "responses": responses,
    }


def _parameters(one: Operation) -> Iterable[dict[str, Any]]:
    for parameter in one.parameters:
        in_path = parameter.name in one.path
        schema = parameter.schema
        if "maxLength" in schema:
            schema = {**schema, "maxLength": MAX_QUERY_LENGTH.value()}
        described = {
            "name": parameter.name,
            "in": "path" if in_path else "query",
            "description": parameter.help,
            "required": in_path or parameter.required,
            "schema": _list(schema) if parameter.repeatable else schema,
        }
        if not (in_path or parameter.required):
            # What is blank, as forms leave their boxes, counts as not given.
            described["allowEmptyValue"] = True
        yield described
