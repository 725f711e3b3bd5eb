"""What can be wrong with a request.

BackfileError (index.errors)
├── RequestError            a parameter is wrong; every problem is named
│   ├── QueryError          the query cannot be understood; the problem says where
│   └── StaleCursorError    the cursor belongs to another generation of the index
├── SlowSearchError         answering took longer than a search may take
├── JudgmentError           queries or judgments to measure by are wrong; the message says where
└── GateError               a new index answers otherwise than the old one, or cannot be compared with it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.errors import BackfileError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: the SearchRequest field, why, and for a query the characters meant."""

    parameter: str
    reason: str
    start: int | None = None
    end: int | None = None


class RequestError(BackfileError, ValueError):
    """A request that cannot be answered as it stands."""

    exit_status = 2
    code = "bad-parameter"

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.parameter}: {problem.reason}" for problem in problems))
        self.problems = problems


class QueryError(RequestError):
    """A query that cannot be understood."""

    code = "bad-query"


class StaleCursorError(RequestError):
    """A relevance cursor made by another generation: scores have moved, so the place it marks is gone."""

    code = "stale-cursor"


class SlowSearchError(BackfileError):
    """A search that was given up."""

    code = "search-timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The search was given up after {seconds:g} seconds. "
            "Ask for rarer words or fewer of them, without ~ and *, or within some sections or dates."
        )


class JudgmentError(BackfileError, ValueError):
    """Queries or judgments that nothing can be measured by."""

    exit_status = 2


class GateError(BackfileError):
    """An index that was not let through the gate; ``gate`` is what was compared, for ``--json``."""

    def __init__(self, message: str, gate: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details = {"gate": gate} if gate is not None else {}
