"""The lexer of the query language: text -> lexemes with their places, in one pass from left to right.

Nothing here fails but a parenthesis: what has no meaning as an operator is a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

QUOTES = '"“”„‟«»'
FIELDS = ("title", "body", "section", "byline", "language", "date")

_SPACE = regex.compile(r"\s+")
_CHUNK = regex.compile(rf"[^\s(){QUOTES}]+")
_AFTER_PHRASE = regex.compile(r"(?:~(?P<slop>\d*))?(?:\^(?P<boost>[\d.]+))?")
_AFTER_GROUP = regex.compile(r"\^(?P<boost>[\d.]+)")
# Case is left to str.lower: without regard to case, a pattern takes the long s and the dotted I for s and i.
_FIELD = regex.compile(r"(?P<field>[A-Za-z]+):")
_WORD_OPERATORS = {"AND", "OR", "NOT"}


class Kind(Enum):
    """What a lexeme is."""

    WORD = auto()
    PHRASE = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of the query: its kind, its text without marks, its place, and the field put right before it."""

    kind: Kind
    text: str
    start: int
    end: int
    field: str = ""
    slop: int = 0
    boost: str = ""


@dataclass(frozen=True, slots=True)
class Lexed:
    """The lexemes of a query, and what was taken as words though it might have been meant otherwise."""

    lexemes: tuple[Lexeme, ...]
    warnings: tuple[str, ...]


def lex(query: str) -> Lexed:
    """Cut a query into lexemes."""
    warnings: list[str] = []
    return Lexed(tuple(_settle(list(_cut(query, warnings)), warnings)), tuple(warnings))


def _cut(query: str, warnings: list[str]) -> Iterator[Lexeme]:
    at = 0
    field, field_start = "", 0
    while at < len(query):
        if space := _SPACE.match(query, at):
            if field:
                yield Lexeme(Kind.WORD, "", field_start, at, field)
                field = ""
            at = space.end()
            continue
        start = field_start if field else at
        char = query[at]
        if char == "(":
            yield Lexeme(Kind.OPEN, char, start, at + 1, field)
            at += 1
        elif char == ")":
            if field:
                yield Lexeme(Kind.WORD, "", field_start, at, field)
            after = _AFTER_GROUP.match(query, at + 1)
            end = after.end() if after else at + 1
            yield Lexeme(Kind.CLOSE, char, at, end, boost=after["boost"] if after else "")
            at = end
        elif char in QUOTES:
            close = next((i for i in range(at + 1, len(query)) if query[i] in QUOTES), -1)
            if close < 0:
                warnings.append(f"The quotation mark at character {at + 1} is never closed; searched as words.")
                at += 1
                if field:
                    continue
            else:
                after = _AFTER_PHRASE.match(query, close + 1)
                end = after.end() if after else close + 1
                slop, boost = (after["slop"], after["boost"]) if after else (None, None)
                if slop == "":
                    warnings.append(f"~ at character {close + 2} wants a number behind it; searched as a phrase.")
                yield Lexeme(Kind.PHRASE, query[at + 1 : close], start, end, field, int(slop or 0), boost or "")
                at = end
        else:
            if char == "-" and not field and _starts_operand(query, at + 1):
                yield Lexeme(Kind.NOT, char, at, at + 1)
                at += 1
                continue
            if not field and (named := _FIELD.match(query, at)) and named["field"].lower() in FIELDS:
                field, field_start, at = named["field"].lower(), at, named.end()
                if at < len(query):
                    continue
                yield Lexeme(Kind.WORD, "", field_start, at, field)
                return
            chunk = _CHUNK.match(query, at)
            assert chunk is not None
            text = chunk.group()
            kind = Kind[text] if text in _WORD_OPERATORS and not field else Kind.WORD
            yield Lexeme(kind, text, start, chunk.end(), field)
            at = chunk.end()
        field = ""


def _starts_operand(query: str, at: int) -> bool:
    """Whether what follows a minus can be left out: a dash with a space after it is a dash."""
    return at < len(query) and not query[at].isspace() and query[at] not in ")-"


def _settle(lexemes: list[Lexeme], warnings: list[str]) -> Iterator[Lexeme]:
    """Make a word of each operator that has nothing to stand between: ``AND`` at either end is a word in capitals."""
    for index, lexeme in enumerate(lexemes):
        before = lexemes[index - 1].kind if index else None
        after = lexemes[index + 1].kind if index + 1 < len(lexemes) else None
        opens = after in (Kind.WORD, Kind.PHRASE, Kind.OPEN, Kind.NOT)
        # A minus stands right before its operand: -OR leaves out the word, which has nothing to join there.
        opens = opens or (lexeme.text == "-" and after in (Kind.AND, Kind.OR))
        closes = before in (Kind.WORD, Kind.PHRASE, Kind.CLOSE)
        if (lexeme.kind in (Kind.AND, Kind.OR) and not (opens and closes)) or (lexeme.kind is Kind.NOT and not opens):
            if lexeme.text != "-":
                warnings.append(f"{lexeme.text} at character {lexeme.start + 1} joins nothing; searched as a word.")
                yield Lexeme(Kind.WORD, lexeme.text, lexeme.start, lexeme.end)
        else:
            yield lexeme
