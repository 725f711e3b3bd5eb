"""What was searched, in plain words: *12 articles with karabakh and armenia in CIS countries, January 2021*."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search import Clause, SearchResults, read_query
from web.wording import counted, dates, language, number

clauses_of = lru_cache(16)(read_query)
"""What ``read_query`` reads in a query. A page says it in a sentence and makes examples of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence: our own words, or ``asked`` words of the query, or the ``name`` of something."""

    text: str
    kind: str = ""


def heading(results: SearchResults) -> tuple[Piece, ...]:
    """Say how many articles there are of what."""
    request = results.request
    total = counted(results.total, "article")
    words = list(_words(results))
    pieces = [Piece(total[0].upper() + total[1:]), *words]
    comma = "," if words or request.sections else ""
    if request.sections:
        pieces += [Piece(" in "), *_listed(_names(request.sections), "or")]
    if request.excluded_sections:
        pieces += [Piece(f"{comma} not in "), *_listed(_names(request.excluded_sections), "or")]
    if request.languages:
        pieces += [Piece(f"{comma} in "), *_listed(_names([language(tag) for tag in request.languages]), "or")]
    if when := dates(request):
        pieces.append(Piece(f", {when}"))
    return tuple(pieces)


def plain(pieces: Sequence[Piece]) -> str:
    """Return a sentence as text."""
    return "".join(piece.text for piece in pieces)


def _words(results: SearchResults) -> Iterator[Piece]:
    query = results.request.query.strip()
    if not query:
        return
    clauses = clauses_of(query)
    if not clauses:
        yield from (Piece(" for "), Piece(query, "asked"))
        return
    limits = [clause for clause in clauses if clause.field in ("section", "language", "date")]
    wanted = [clause for clause in clauses if clause not in limits and not clause.excluded]
    unwanted = [clause for clause in clauses if clause not in limits and clause.excluded]
    if wanted:
        yield Piece(" with ")
        if results.match == "most" and (results.min_words or len(wanted)) < len(wanted):
            yield Piece(f"at least {number(results.min_words or 0)} of ")
        join = "or" if results.match == "any" else "and"
        yield from _listed([tuple(_said(clause)) for clause in wanted], join)
    if unwanted:
        yield Piece(", without " if wanted else " without ")
        yield from _listed([tuple(_said(clause)) for clause in unwanted], "or")
    for clause in limits:
        yield Piece((", not " if clause.excluded else ", ") + _LIMITS[clause.field])
        yield Piece(language(clause.text) if clause.field == "language" else clause.text, "name")


_LIMITS = {"section": "in ", "language": "in ", "date": "dated "}
_FIELDS = {"title": " in the headline", "body": " in the text", "byline": " as the author"}


def _said(clause: Clause) -> Iterator[Piece]:
    if clause.kind in ("phrase", "near"):
        yield Piece(f"“{clause.text}”", "asked")
    else:
        yield Piece(clause.text, "asked")
    if clause.kind == "near":
        yield Piece(f" within {counted(clause.slop, 'word')}")
    elif clause.kind == "prefix":
        yield Piece("…")
    elif clause.kind == "fuzzy":
        yield Piece(" or nearly so")
    if clause.field:
        yield Piece(_FIELDS[clause.field])


def _names(names: Sequence[str]) -> list[tuple[Piece, ...]]:
    return [(Piece(name, "name"),) for name in names]


def _listed(items: Sequence[Sequence[Piece]], join: str) -> Iterator[Piece]:
    """Join with commas, and the last two with ``and`` or ``or``."""
    for place, item in enumerate(items):
        if place:
            yield Piece(f" {join} " if place == len(items) - 1 else ", ")
        yield from item
