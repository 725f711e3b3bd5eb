"""The API is as its description says: questions made from the description, answers held against it."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.searching import some_archive
from web import Config, create_app
from web.openapi import OPERATIONS
from web.parameters import TABLE

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
REAL = (
    "/api/search?q=peace&page-size=3&section=world",
    "/api/search?facets=none&q=peace",
    "/api/suggest?q=pe",
    "/api/similar?id=a0",
    "/api/articles/a0?q=peace",
    "/healthz",
    "/readyz",
    "/openapi.json",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application over an index of 60 articles of all sorts."""
    return create_app(Config(index=some_archive(tmp_path_factory.mktemp("openapi") / "index")))


def question(app: Flask, path: str, method: str, examples: int, checks: list[Any]) -> None:
    """Ask many questions of one operation, made from its description, and hold the answers against it."""
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[path][method]

    @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 100,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        # What clients of HTTP unpack nobody unpacks over WSGI.
        case.call_and_validate(checks=checks, headers={"Accept-Encoding": "identity"})

    ask()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [one.path for one in OPERATIONS])
def test_answers_are_as_described(app: Flask, path: str, method: str) -> None:
    """Whatever is asked, well or badly: a status, a type, headers and a body that the description names."""
    question(app, path, method, 15 if method == "GET" else 3, CHECKS)


@pytest.mark.long
@pytest.mark.parametrize("path", [one.path for one in OPERATIONS])
def test_answers_are_as_described_at_length(app: Flask, path: str) -> None:
    """The same with many more questions."""
    question(app, path, "GET", 1_000, CHECKS)


@cache
def _validator(schemas: str, name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": json.loads(schemas)}}
    )


def test_the_description_is_one_of_openapi(app: Flask) -> None:
    """Every address with its parameters, in the order of the tables that read them."""
    body = json.loads(app.test_client().get("/openapi.json").data)
    assert body["openapi"] == "3.1.0"
    rules = {
        rule.rule.replace("<article_id:identifier>", "{identifier}")
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith("backfile.")
    }
    assert set(body["paths"]) == rules == {one.path for one in OPERATIONS}
    search = body["paths"]["/api/search"]["get"]["parameters"]
    assert [one["name"] for one in search] == [parameter.name for parameter in TABLE]
    operations = [operation for path in body["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.parametrize("path", REAL)
def test_real_answers_have_just_the_keys_described(app: Flask, path: str) -> None:
    """Nothing is left out of the description, and nothing is in it that is not answered."""
    client: FlaskClient = app.test_client()
    document = json.loads(client.get("/openapi.json").data)
    described = next(
        one for one in OPERATIONS if one.path.split("{")[0] == path.split("?")[0][: len(one.path.split("{")[0])]
    )
    schema = described.answers["application/json"]
    response = client.get(path)
    assert response.status_code == 200
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        _validator(json.dumps(document["components"]["schemas"]), name).validate(json.loads(response.data))


@pytest.mark.parametrize("path", ["/api/search?page=x", "/api/search?q=(", "/api/articles/none", "/api/none"])
def test_problems_are_as_described(app: Flask, path: str) -> None:
    """Also what goes wrong has just the keys described."""
    client = app.test_client()
    schemas = json.loads(client.get("/openapi.json").data)["components"]["schemas"]
    _validator(json.dumps(schemas), "Problem").validate(json.loads(client.get(path).data))


@pytest.mark.parametrize("parameter", TABLE, ids=lambda parameter: parameter.name)
def test_a_default_described_is_the_default(app: Flask, parameter: Any) -> None:
    """Giving a parameter its default is the same request as leaving it out."""
    if "default" in parameter.schema:
        client = app.test_client()
        with_it = client.get("/api/search", query_string={"q": "peace", parameter.name: parameter.schema["default"]})
        without = client.get("/api/search", query_string={"q": "peace"})
        assert with_it.headers["ETag"] == without.headers["ETag"]


def test_the_schemas_of_parameters_are_what_is_read(app: Flask) -> None:
    """Every value that an enumeration names is taken, and one that it does not name is a 400."""
    client = app.test_client()
    for parameter in TABLE:
        for value in parameter.schema.get("enum", ()):
            assert client.get("/api/search", query_string={parameter.name: value}).status_code == 200
        if "enum" in parameter.schema:
            assert client.get("/api/search", query_string={parameter.name: "nothing"}).status_code == 400
