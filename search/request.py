"""A search request: everything a person or a program can ask, as one checked value."""

import datetime
from dataclasses import dataclass, fields
from typing import Literal, get_args

from search.errors import Problem, RequestError

Order = Literal["relevance", "newest", "oldest"]
Match = Literal["auto", "all", "any"]
Interval = Literal["auto", "year", "month", "day"]
FacetName = Literal["section", "date"]

ORDERS: tuple[str, ...] = get_args(Order)
MATCHES: tuple[str, ...] = get_args(Match)
INTERVALS: tuple[str, ...] = get_args(Interval)
FACETS: tuple[str, ...] = get_args(FacetName)

MAX_PAGE_SIZE = 100

_NO_TUPLE = "wants a tuple of strings, not one string"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked. Dates are inclusive; an empty ``query`` asks for every article within the filters.

    Raises RequestError naming each parameter that is wrong.
    """

    query: str = ""
    sections: tuple[str, ...] = ()
    excluded_sections: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    from_date: datetime.date | None = None
    to_date: datetime.date | None = None
    order_by: Order = "relevance"
    match: Match = "auto"
    page: int = 1
    page_size: int = 10
    cursor: str | None = None
    facets: tuple[FacetName, ...] = ("section", "date")
    date_interval: Interval = "auto"

    def __post_init__(self) -> None:
        if problems := self._problems():
            raise RequestError(*problems)

    def _problems(self) -> list[Problem]:
        # One by one, without a loop: every search begins here, and is half done in the time that three loops take.
        problems: list[Problem] = []
        if isinstance(self.sections, str):
            problems.append(Problem("sections", _NO_TUPLE))
        if isinstance(self.excluded_sections, str):
            problems.append(Problem("excluded_sections", _NO_TUPLE))
        if isinstance(self.languages, str):
            problems.append(Problem("languages", _NO_TUPLE))
        if isinstance(self.facets, str):
            problems.append(Problem("facets", _NO_TUPLE))
        elif self.facets:
            problems += [_not_one_of("facets", facet, FACETS) for facet in self.facets if facet not in FACETS]
        if self.order_by not in ORDERS:
            problems.append(_not_one_of("order_by", self.order_by, ORDERS))
        if self.match not in MATCHES:
            problems.append(_not_one_of("match", self.match, MATCHES))
        if self.date_interval not in INTERVALS:
            problems.append(_not_one_of("date_interval", self.date_interval, INTERVALS))
        if self.page < 1:
            problems.append(Problem("page", f"{self.page} is no page; the first one is 1"))
        if not 0 <= self.page_size <= MAX_PAGE_SIZE:
            problems.append(Problem("page_size", f"{self.page_size} is not from 0 to {MAX_PAGE_SIZE}"))
        if self.cursor is not None and self.page != 1:
            problems.append(Problem("cursor", "cannot be given together with a page"))
        if self.from_date is not None or self.to_date is not None:
            problems += self._wrong_dates()
        return problems

    def _wrong_dates(self) -> list[Problem]:
        problems = []
        timed = False
        for name, day in (("from_date", self.from_date), ("to_date", self.to_date)):
            if isinstance(day, datetime.datetime):
                problems.append(Problem(name, "wants a day, without a time"))
                timed = True
        if self.from_date and self.to_date and not timed and self.from_date > self.to_date:
            problems.append(Problem("from_date", f"{self.from_date} is after to_date, {self.to_date}"))
        return problems


def _not_one_of(name: str, value: str, known: tuple[str, ...]) -> Problem:
    return Problem(name, f"{value!r} is not one of {', '.join(known)}")


PARAMETERS = tuple(field.name for field in fields(SearchRequest))
