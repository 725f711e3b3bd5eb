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
        problems = []
        for name, given in (
            ("sections", self.sections),
            ("excluded_sections", self.excluded_sections),
            ("languages", self.languages),
            ("facets", self.facets),
        ):
            if isinstance(given, str):
                problems.append(Problem(name, "wants a tuple of strings, not one string"))
        for name, value, known in (
            ("order_by", self.order_by, ORDERS),
            ("match", self.match, MATCHES),
            ("date_interval", self.date_interval, INTERVALS),
        ):
            if value not in known:
                problems.append(Problem(name, f"{value!r} is not one of {', '.join(known)}"))
        facets = () if isinstance(self.facets, str) else self.facets
        problems += [
            Problem("facets", f"{one!r} is not one of {', '.join(FACETS)}") for one in facets if one not in FACETS
        ]
        if self.page < 1:
            problems.append(Problem("page", f"{self.page} is no page; the first one is 1"))
        if not 0 <= self.page_size <= MAX_PAGE_SIZE:
            problems.append(Problem("page_size", f"{self.page_size} is not from 0 to {MAX_PAGE_SIZE}"))
        if self.cursor is not None and self.page != 1:
            problems.append(Problem("cursor", "cannot be given together with a page"))
        timed = False
        for name, day in (("from_date", self.from_date), ("to_date", self.to_date)):
            if isinstance(day, datetime.datetime):
                problems.append(Problem(name, "wants a day, without a time"))
                timed = True
        if self.from_date and self.to_date and not timed and self.from_date > self.to_date:
            problems.append(Problem("from_date", f"{self.from_date} is after to_date, {self.to_date}"))
        return problems


PARAMETERS = tuple(field.name for field in fields(SearchRequest))
