"""How a query reads: its words and phrases one by one, for saying to people what was searched."""

from dataclasses import dataclass
from typing import Literal

import regex

from search.lexer import Kind, Lexeme, lex

_MARKS = regex.compile(r"(?P<text>.+?)(?P<tail>~\d?|\*)?(?:\^[\d.]+)?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A word or phrase of a query: as typed but for its marks, how it is looked for, in which field, or left out.

    ``kind`` is ``word``, ``phrase``, ``near`` (a phrase with at most ``slop`` other words between), ``prefix`` or
    ``fuzzy``; ``field`` is empty for title and body together.
    """

    text: str
    kind: Literal["word", "phrase", "near", "prefix", "fuzzy"]
    field: str = ""
    excluded: bool = False
    slop: int = 0


def read_query(query: str) -> tuple[Clause, ...] | None:
    """Return the clauses of a query that is a plain list of them; None for one with alternatives or parentheses."""
    clauses: list[Clause] = []
    excluded = False
    for lexeme in lex(query).lexemes:
        if lexeme.kind in (Kind.OR, Kind.OPEN, Kind.CLOSE):
            return None
        if lexeme.kind is Kind.NOT:
            excluded = not excluded
        elif lexeme.kind is not Kind.AND:
            clauses.append(_clause(lexeme, excluded))
            excluded = False
    return tuple(clauses)


def _clause(lexeme: Lexeme, excluded: bool) -> Clause:
    if lexeme.kind is Kind.PHRASE:
        return Clause(lexeme.text, "near" if lexeme.slop else "phrase", lexeme.field, excluded, lexeme.slop)
    found = _MARKS.fullmatch(lexeme.text)
    if found is None or lexeme.field in ("section", "language", "date"):
        return Clause(lexeme.text, "word", lexeme.field, excluded)
    tail = found["tail"] or ""
    return Clause(found["text"], "prefix" if tail == "*" else "fuzzy" if tail else "word", lexeme.field, excluded)
