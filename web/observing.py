"""What a search found, kept for the length of a request: for figures and for the access log."""

from flask import g

from search import SearchResults

_KEPT = "_backfile_total"


def seen(results: SearchResults) -> SearchResults:
    """Note how much was found."""
    seen_again(results.total)
    return results


def seen_again(total: int | None) -> None:
    """Note how much a search found that is answered as it was before."""
    setattr(g, _KEPT, total)


def seen_total() -> int | None:
    """Return how much this request has found, None where nothing was searched for."""
    total: int | None = g.get(_KEPT)
    return total
