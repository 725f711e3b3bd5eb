"""Dates in a query: ``2021``, ``2021-01``, ``2021-01-18``, spans ``a..b`` and bounds ``>a``; all days inclusive."""

import calendar
import datetime

import regex

from search.errors import Problem, QueryError

_DAY = regex.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def days(text: str) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and the last day of a year, a month or a day, or None for what is none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), match[2], match[3]
    try:
        first = datetime.date(year, int(month or 1), int(day or 1))
        if day:
            return first, first
        if month:
            return first, last_day(year, first.month)
        return first, last_day(year, 12)
    except ValueError:
        return None


def day_range(text: str, start: int, end: int) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """Return from when (included) to when (excluded) a query's date reaches; None where it is open.

    ``>2021-01`` begins after the month's last day. Raises QueryError placed at ``start`` to ``end``.
    """
    value = text.strip()
    low: datetime.date | None = None
    high: datetime.date | None = None
    if ".." in value:
        left, _, right = value.partition("..")
        low = _known(left, start, end)[0] if left else None
        high = _known(right, start, end)[1] if right else None
        if low and high and low > high:
            raise QueryError(Problem("query", f"{left} is after {right}; say date:{right}..{left}.", start, end))
        if low is None and high is None:
            raise _unreadable(value, start, end)
        return _opening(low), _closing(high)
    for sign in (">=", "<=", ">", "<"):
        if value.startswith(sign):
            first, last = _known(value.removeprefix(sign), start, end)
            following = _closing(last)
            return {
                ">=": (_opening(first), None),
                "<=": (None, following),
                # Nothing comes after the last day there is, as nothing comes before the first.
                ">": (following, None if following else datetime.datetime.min),
                "<": (None, _opening(first)),
            }[sign]
    first, last = _known(value, start, end)
    return _opening(first), _closing(last)


def _known(text: str, start: int, end: int) -> tuple[datetime.date, datetime.date]:
    found = days(text.strip())
    if found is None:
        raise _unreadable(text, start, end)
    return found


def _unreadable(text: str, start: int, end: int) -> QueryError:
    return QueryError(Problem("query", f"{text!r} is no date; 2021, 2021-01, 2021-01-18, a..b and >a are.", start, end))


def _opening(day: datetime.date | None) -> datetime.datetime | None:
    return datetime.datetime.combine(day, datetime.time()) if day else None


def _closing(day: datetime.date | None) -> datetime.datetime | None:
    """Return the midnight that ends a day; the last day there is does not end."""
    if day is None or day == datetime.date.max:
        return None
    return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time())


def last_day(year: int, month: int) -> datetime.date:
    """Return the last day of a month."""
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
