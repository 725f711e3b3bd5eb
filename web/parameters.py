"""The query string: tables of parameters, by which requests are read, written and described.

``TABLE`` is that of a search, of which feed and exports take their part; other addresses have tables of their own.
"""

import calendar
import datetime
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from werkzeug.datastructures import MultiDict

from index.settings import MAX_QUERY_LENGTH
from search import FACETS, INTERVALS, MATCHES, MAX_PAGE_SIZE, ORDERS, Problem, RequestError, SearchRequest

NO_FACETS = "none"

Schema = dict[str, Any]
"""A JSON Schema, of what a parameter may be in a query string."""

_DATE = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")
_NUMBER = re.compile(r"[0-9]{1,9}")


class ParameterError(RequestError):
    """Parameters that are wrong, under their names in the query string."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in the query string, the field it sets, and the way there and back.

    ``read`` raises ValueError with a reason. A repeatable parameter may stand several times, and its field is a tuple.
    ``help`` and ``schema`` describe it: the schema that of one value, as text that is not blank.
    """

    name: str
    field: str
    help: str
    schema: Schema
    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    repeatable: bool = False
    required: bool = False


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{_short(text)!r} is no whole number")
    return int(text)


def _first_day(text: str) -> datetime.date:
    return _days(text)[0]


def _last_day(text: str) -> datetime.date:
    return _days(text)[1]


def _days(text: str) -> tuple[datetime.date, datetime.date]:
    """Return the first and the last day of a year, a month or a day."""
    found = _DATE.fullmatch(text)
    try:
        if found:
            year = int(found["year"])
            first_month, last_month = (int(found["month"]),) * 2 if found["month"] else (1, 12)
            first_day, last_day = (int(found["day"]),) * 2 if found["day"] else (1, _month_length(year, last_month))
            return datetime.date(year, first_month, first_day), datetime.date(year, last_month, last_day)
    except ValueError:
        pass
    raise ValueError(f"{_short(text)!r} is no date; write 2021, 2021-01 or 2021-01-18")


def _month_length(year: int, month: int) -> int:
    if not 1 <= month <= 12:
        raise ValueError
    return calendar.monthrange(year, month)[1]


def _facets(text: str) -> tuple[str, ...]:
    return () if text == NO_FACETS else tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _write_facets(names: tuple[str, ...]) -> str:
    return ",".join(names) or NO_FACETS


def _sized(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = _number(text)
        if not low <= number <= high:
            raise ValueError(f"{number} is not from {low} to {high}")
        return number

    return read


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"{_short(text)!r} is not one of {', '.join(known)}")
        return text

    return read


_NAME: Schema = {"type": "string", "minLength": 1}
_DAYS: Schema = {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", "examples": ["2021-01-18"]}
_FACET_LIST = "|".join((NO_FACETS, *(f"{one}(,{other})?" for one, other in (FACETS, FACETS[::-1]))))

TABLE = (
    Parameter(
        "q",
        "query",
        "The query, in the query language; every article without one.",
        {"type": "string", "maxLength": MAX_QUERY_LENGTH.default},
    ),
    Parameter("section", "sections", "Only articles of this section.", _NAME, str.strip, repeatable=True),
    Parameter("-section", "excluded_sections", "No articles of this section.", _NAME, str.strip, repeatable=True),
    Parameter(
        "language",
        "languages",
        "Only articles in this language, a BCP 47 tag; en takes in en-GB.",
        _NAME,
        str.strip,
        repeatable=True,
    ),
    Parameter(
        "from-date",
        "from_date",
        "Only articles of this day, month or year and later.",
        _DAYS,
        _first_day,
        datetime.date.isoformat,
    ),
    Parameter(
        "to-date",
        "to_date",
        "Only articles of this day, month or year and earlier.",
        _DAYS,
        _last_day,
        datetime.date.isoformat,
    ),
    Parameter(
        "order-by",
        "order_by",
        "The order of hits.",
        {"type": "string", "enum": [*ORDERS], "default": "relevance"},
    ),
    Parameter(
        "match",
        "match",
        "How many of the words an article has to have; auto is all, or most where hardly any has all.",
        {"type": "string", "enum": [*MATCHES], "default": "auto"},
    ),
    Parameter("page", "page", "Which page of hits.", {"type": "integer", "minimum": 1, "default": 1}, _number),
    Parameter(
        "page-size",
        "page_size",
        "Hits on a page.",
        {"type": "integer", "minimum": 0, "maximum": MAX_PAGE_SIZE, "default": 10},
        _number,
    ),
    Parameter("cursor", "cursor", "Go on behind the answer that had this as its next_cursor.", {"type": "string"}),
    Parameter(
        "facets",
        "facets",
        f"What is counted: {', '.join(FACETS)}, with a comma between, or {NO_FACETS}.",
        {"type": "string", "pattern": f"^({_FACET_LIST})$", "default": ",".join(FACETS)},
        _facets,
        _write_facets,
    ),
    Parameter(
        "date-interval",
        "date_interval",
        "The length of the date facet's buckets.",
        {"type": "string", "enum": [*INTERVALS], "default": "auto"},
    ),
)
BY_FIELD = {parameter.field: parameter for parameter in TABLE}
"""The parameters of a search by the field they set, in the table's order."""

_values_of = attrgetter(*(parameter.field for parameter in TABLE))
_DEFAULTS = _values_of(SearchRequest())

PAGED = tuple(one for one in TABLE if one.name not in ("facets", "date-interval"))
"""What a feed takes: a search that shows hits alone."""

WHOLE = tuple(one for one in PAGED if one.name not in ("page", "page-size", "cursor"))
"""What an export takes: a search without pages."""

TYPED = (
    Parameter(
        "q",
        "text",
        "What has been typed so far.",
        {"type": "string", "maxLength": MAX_QUERY_LENGTH.default},
        required=True,
    ),
    Parameter(
        "page-size",
        "size",
        "Suggestions at most.",
        {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
        _sized(1, 50),
    ),
    Parameter(
        "format",
        "format",
        "json, or the array that browsers want of an OpenSearch description.",
        {"type": "string", "enum": ["json", "opensearch"], "default": "json"},
        _one_of(("json", "opensearch")),
    ),
)
LIKE = (
    Parameter("id", "id", "The id of an article.", {"type": "string", "minLength": 1}, required=True),
    Parameter(
        "page-size",
        "size",
        "Articles at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": 10},
        _sized(1, MAX_PAGE_SIZE),
    ),
)
MARKED = (
    Parameter(
        "q",
        "query",
        "A query whose words are marked in the article.",
        {"type": "string", "maxLength": MAX_QUERY_LENGTH.default},
    ),
)


def read_parameters(arguments: MultiDict[str, str], table: tuple[Parameter, ...]) -> dict[str, Any]:
    """Read a query string by a table: values by field, of what was given. Blank, as forms leave boxes, is not given.

    Raises ParameterError with everything that is wrong at once.
    """
    values, problems = _read(arguments, table)
    problems += [Problem(one.name, "is wanted") for one in table if one.required and not _given(arguments, one.name)]
    if problems:
        raise ParameterError(*problems)
    return values


def read_request(arguments: MultiDict[str, str], table: tuple[Parameter, ...] = TABLE) -> SearchRequest:
    """Read the request out of a query string, by all of its table or a part of it.

    Raises ParameterError with everything that is wrong at once.
    """
    values, problems = _read(arguments, table)
    try:
        request = SearchRequest(**values)
    except RequestError as error:
        problems += public_problems(error)
    if problems:
        raise ParameterError(*problems)
    return request


def _read(arguments: MultiDict[str, str], table: tuple[Parameter, ...]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values by field, and what is wrong with the others."""
    known = {parameter.name: parameter for parameter in table}
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, given in arguments.lists():
        parameter = known.get(name)
        if parameter is None:
            problems.append(Problem(name, f"no such parameter; {_nearest(name, table)}"))
            continue
        texts = [text for text in given if text.strip()]
        if len(texts) > 1 and not parameter.repeatable:
            problems.append(Problem(name, f"given {len(texts)} times, where once is all"))
        elif texts:
            try:
                read = [parameter.read(text) for text in texts]
            except ValueError as error:
                problems.append(Problem(name, str(error)))
            else:
                values[parameter.field] = tuple(dict.fromkeys(read)) if parameter.repeatable else read[0]
    return values, problems


def _given(arguments: MultiDict[str, str], name: str) -> bool:
    return any(text.strip() for text in arguments.getlist(name))


def write_request(request: SearchRequest) -> dict[str, list[str]]:
    """Write the query string for a request, name by name in the table's order; defaults are left out."""
    arguments = {}
    for parameter, value, default in zip(TABLE, _values_of(request), _DEFAULTS, strict=True):
        if value != default:
            values = value if parameter.repeatable else (value,)
            arguments[parameter.name] = [parameter.write(one) for one in values]
    return arguments


def public_problems(error: RequestError) -> tuple[Problem, ...]:
    """Return what is wrong under the names that the query string uses, in ``parameter`` and in the reason."""
    if isinstance(error, ParameterError):
        return error.problems
    return tuple(_public(problem) for problem in error.problems)


def _public(problem: Problem) -> Problem:
    parameter = BY_FIELD.get(problem.parameter)
    reason = re.sub(r"\b[a-z]+_[a-z]+\b", lambda word: _public_name(word[0]), problem.reason)
    return Problem(parameter.name if parameter else problem.parameter, reason, problem.start, problem.end)


def _public_name(field: str) -> str:
    return BY_FIELD[field].name if field in BY_FIELD else field


def _nearest(name: str, table: tuple[Parameter, ...]) -> str:
    names = [parameter.name for parameter in table]
    if not names:
        return "this address takes none"
    nearest = difflib.get_close_matches(name.lower().replace("_", "-"), names, n=1)
    return f"the nearest one is {nearest[0]}" if nearest else f"there are {', '.join(names)}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
