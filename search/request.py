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
        problems = list(self._problems())
        if problems:
            raise RequestError(*problems)

    def _problems(self) -> list[Problem]:
        problems = [
            Problem(name, "wants a tuple of strings, not one string")
            for name in ("sections", "excluded_sections", "languages", "facets")
            if isinstance(getattr(self, name), str)
        ]
        problems += [
            Problem(name, f"{getattr(self, name)!r} is not one of {', '.join(known)}")
            for name, known in (("order_by", ORDERS), ("match", MATCHES), ("date_interval", INTERVALS))
            if getattr(self, name) not in known
        ]
        problems += [
            Problem("facets", f"{name!r} is not one of {', '.join(FACETS)}")
            for name in self.facets
            if name not in FACETS and not isinstance(self.facets, str)
        ]
        if self.page < 1:
            problems.append(Problem("page", f"{self.page} is no page; the first one is 1"))
        if not 0 <= self.page_size <= MAX_PAGE_SIZE:
            problems.append(Problem("page_size", f"{self.page_size} is not from 0 to {MAX_PAGE_SIZE}"))
        if self.cursor is not None and self.page != 1:
            problems.append(Problem("cursor", "cannot be given together with a page"))
        timed = [name for name in ("from_date", "to_date") if isinstance(getattr(self, name), datetime.datetime)]
        problems += [Problem(name, "wants a day, without a time") for name in timed]
        if self.from_date and self.to_date and not timed and self.from_date > self.to_date:
            problems.append(Problem("from_date", f"{self.from_date} is after to_date, {self.to_date}"))
        return problems


PARAMETERS = tuple(field.name for field in fields(SearchRequest))
