"""The query string: one table of parameters, read into a SearchRequest and written back from one."""

import calendar
import datetime
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from search import Problem, RequestError, SearchRequest

NO_FACETS = "none"

_DATE = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")
_NUMBER = re.compile(r"[0-9]{1,9}")


class ParameterError(RequestError):
    """Parameters that are wrong, under their names in the query string."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in the query string, the SearchRequest field it sets, and the way there and back.

    ``read`` raises ValueError with a reason. A repeatable parameter may stand several times, and its field is a tuple.
    """

    name: str
    field: str
    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    repeatable: bool = False


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


TABLE = (
    Parameter("q", "query"),
    Parameter("section", "sections", str.strip, repeatable=True),
    Parameter("-section", "excluded_sections", str.strip, repeatable=True),
    Parameter("language", "languages", str.strip, repeatable=True),
    Parameter("from-date", "from_date", _first_day, datetime.date.isoformat),
    Parameter("to-date", "to_date", _last_day, datetime.date.isoformat),
    Parameter("order-by", "order_by"),
    Parameter("match", "match"),
    Parameter("page", "page", _number),
    Parameter("page-size", "page_size", _number),
    Parameter("cursor", "cursor"),
    Parameter("facets", "facets", _facets, _write_facets),
    Parameter("date-interval", "date_interval"),
)
_BY_NAME = {parameter.name: parameter for parameter in TABLE}
_BY_FIELD = {parameter.field: parameter for parameter in TABLE}
_DEFAULT = SearchRequest()


def read_request(arguments: MultiDict[str, str]) -> SearchRequest:
    """Read the request out of a query string. What is blank, as a form leaves its empty boxes, counts as not given.

    Raises ParameterError with everything that is wrong at once.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, given in arguments.lists():
        parameter = _BY_NAME.get(name)
        if parameter is None:
            problems.append(Problem(name, f"no such parameter; {_nearest(name)}"))
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
    try:
        request = SearchRequest(**values)
    except RequestError as error:
        problems += public_problems(error)
    if problems:
        raise ParameterError(*problems)
    return request


def write_request(request: SearchRequest) -> dict[str, list[str]]:
    """Write the query string for a request, name by name in the table's order; defaults are left out."""
    arguments = {}
    for parameter in TABLE:
        value = getattr(request, parameter.field)
        if value != getattr(_DEFAULT, parameter.field):
            values = value if parameter.repeatable else (value,)
            arguments[parameter.name] = [parameter.write(one) for one in values]
    return arguments


def public_problems(error: RequestError) -> tuple[Problem, ...]:
    """Return what is wrong under the names that the query string uses, in ``parameter`` and in the reason."""
    if isinstance(error, ParameterError):
        return error.problems
    return tuple(_public(problem) for problem in error.problems)


def _public(problem: Problem) -> Problem:
    parameter = _BY_FIELD.get(problem.parameter)
    reason = re.sub(r"\b[a-z]+_[a-z]+\b", lambda word: _public_name(word[0]), problem.reason)
    return Problem(parameter.name if parameter else problem.parameter, reason, problem.start, problem.end)


def _public_name(field: str) -> str:
    return _BY_FIELD[field].name if field in _BY_FIELD else field


def _nearest(name: str) -> str:
    nearest = difflib.get_close_matches(name.lower().replace("_", "-"), _BY_NAME, n=1)
    return f"the nearest one is {nearest[0]}" if nearest else f"there are {', '.join(_BY_NAME)}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
