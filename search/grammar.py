"""The query language: text -> a tree of ``whoosh.query`` nodes.

    query   = every ("OR" every)*
    every   = both both*                        side by side: all of them, or any of them when that is asked for
    both    = single ("AND" single)*
    single  = ("NOT" | "-") single | "(" query ")" | [field ":"] (word | word "*" | word "~" | "phrase" ["~" n]) ["^" n]

A tree consists of And, Or, Not, Every, ConstantScoreQuery (what has to hold but does not score) and these leaves, whose
fields are ``text`` (title and body), ``title`` and ``body``:

    Term(field, word)           a word as spelt by index.words; which stems it stands for is the generation's to say
    Prefix(field, beginning)    words that begin so, folded
    FuzzyTerm(field, word)      words one or two typos away, folded
    Sequence([leaf, ...])       a phrase, in order; with ordered=False near words, ``slop`` others between them at most
    Term, Sequence on byline; Term on section, language; DateRange on date: limits, which filter and do not score

Every leaf has ``startchar`` and ``endchar``, its place in the query, and ``key``: what makes two leaves the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from whoosh.query import And, ConstantScoreQuery, DateRange, Every, FuzzyTerm, Not, Or, Prefix, Sequence, Term

from index.schema import section_key
from index.settings import MAX_QUERY_LENGTH, MAX_QUERY_WORDS
from index.stemming import fold
from index.words import MAX_WORD, is_unspaced, words
from search.dates import day_range
from search.errors import Problem, QueryError
from search.lexer import FIELDS, Kind, Lexeme, lex

MAX_DEPTH = 16
MAX_BOOST = 100.0
LIMITS = ("section", "byline", "language", "date")

Node = Any
"""A node of a ``whoosh.query`` tree; Whoosh has no types."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query understood.

    ``clauses`` are the words and phrases that stand side by side at the top, ``limits`` what else has to hold;
    ``operators`` says that it is more than such a list, and then ``tree`` is all there is to it.
    """

    tree: Node
    clauses: tuple[Node, ...]
    limits: tuple[Node, ...]
    operators: bool
    warnings: tuple[str, ...]


def parse(query: str, combine: Literal["all", "any"] = "all") -> ParsedQuery:
    """Parse a query; ``combine`` says what words side by side mean. Raises QueryError with the place."""
    most = MAX_QUERY_LENGTH.value()
    if len(query) > most:
        raise QueryError(
            Problem("query", f"The query is {len(query):,} characters long; {most:,} are read.", most, len(query))
        )
    lexed = lex(query)
    parser = _Parser(list(lexed.lexemes), combine, list(lexed.warnings))
    return parser.parse(query)


class _Parser:
    """A recursive descent over lexemes; ``_at`` is the next one."""

    def __init__(self, lexemes: list[Lexeme], combine: str, warnings: list[str]) -> None:
        self._lexemes = lexemes
        self._combine = combine
        self._warnings = warnings
        self._at = 0
        self._depth = 0
        self._words = 0
        self._most = MAX_QUERY_WORDS.value()

    def parse(self, query: str) -> ParsedQuery:
        operators = any(lexeme.kind not in (Kind.WORD, Kind.PHRASE) for lexeme in self._lexemes)
        items: list[Node] = []
        if not operators:
            while self._at < len(self._lexemes):
                items += self._single("")
            tree = self._joined(items)
        else:
            tree = self._any_of("")
            if self._at < len(self._lexemes):
                stray = self._lexemes[self._at]
                raise _error("This parenthesis closes nothing.", stray.start, stray.end)
        if tree is None and query.strip() and query.strip() != "*":
            raise _error(f"There is nothing to search for in {query.strip()!r}: no letter and no digit.", 0, len(query))
        limits = tuple(item for item in items if item.fieldname in LIMITS)
        clauses = tuple(item for item in items if item.fieldname not in LIMITS)
        return ParsedQuery(tree or Every(), clauses, limits, operators, tuple(self._warnings))

    def _any_of(self, field: str) -> Node | None:
        parts = [self._side_by_side(field)]
        while self._next() is Kind.OR:
            self._at += 1
            parts.append(self._side_by_side(field))
        found = [part for part in parts if part is not None]
        return found[0] if len(found) == 1 else Or(found) if found else None

    def _side_by_side(self, field: str) -> Node | None:
        items: list[Node] = []
        while self._next() not in (None, Kind.OR, Kind.CLOSE):
            items += self._both(field)
        return self._joined(items)

    def _both(self, field: str) -> list[Node]:
        items = self._single(field)
        joined = False
        while self._next() is Kind.AND:
            self._at += 1
            items += self._single(field)
            joined = True
        return [And(items)] if joined and len(items) > 1 else items

    def _joined(self, items: list[Node]) -> Node | None:
        """Join what stands side by side: limits and what is left out hold in any case, words as asked for."""
        wanted: list[Node] = []
        held: list[Node] = []
        for item in items:
            (held if isinstance(item, Not) or _is_limit(item) else wanted).append(item)
        if self._combine == "any" and len(wanted) > 1:
            wanted = [Or(wanted)]
        if wanted and not held:
            return wanted[0] if len(wanted) == 1 else And(wanted)
        if not held:
            return None
        if not wanted and all(isinstance(item, Not) for item in held):
            wanted = [Every()]
        return And([*wanted, *held]) if len(wanted) + len(held) > 1 else held[0]

    def _single(self, field: str) -> list[Node]:
        lexeme = self._lexemes[self._at]
        self._at += 1
        if lexeme.kind is Kind.NOT:
            self._deeper(lexeme)
            inner = self._single(field)
            self._depth -= 1
            return [Not(inner[0] if len(inner) == 1 else And(inner))] if inner else []
        if lexeme.kind is Kind.OPEN:
            return self._group(lexeme, lexeme.field or field)
        node = self._leaf(lexeme, lexeme.field or field)
        return [] if node is None else [node]

    def _group(self, opened: Lexeme, field: str) -> list[Node]:
        if field in LIMITS and field != "byline":
            raise _error(
                f"{field}: takes one value, not a group; say {field}:a OR {field}:b.", opened.start, opened.end
            )
        self._deeper(opened)
        if self._next() is Kind.CLOSE:
            raise _error("There is nothing between these parentheses.", opened.start, self._lexemes[self._at].end)
        inside = self._any_of(field)
        if self._next() is not Kind.CLOSE:
            raise _error("This parenthesis is never closed.", opened.start, opened.end)
        closed = self._lexemes[self._at]
        self._at += 1
        self._depth -= 1
        if inside is not None and closed.boost:
            factor = _boost(closed.boost, closed)
            for leaf in leaves(inside):
                leaf.boost *= factor
        return [] if inside is None else [inside]

    def _deeper(self, lexeme: Lexeme) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _error(f"More than {MAX_DEPTH} levels of parentheses and NOT.", lexeme.start, lexeme.end)

    def _next(self) -> Kind | None:
        return self._lexemes[self._at].kind if self._at < len(self._lexemes) else None

    def _leaf(self, lexeme: Lexeme, field: str) -> Node | None:
        text = lexeme.text
        if lexeme.field and not text.strip():
            raise _error(
                f"{field}: wants a value right behind it, such as {_EXAMPLES[field]}.", lexeme.start, lexeme.end
            )
        if field == "date":
            start, end = day_range(text, lexeme.start, lexeme.end)
            return _placed(DateRange("date", start, end, endexcl=True), lexeme)
        if field == "section":
            return _placed(Term("section", section_key(text)), lexeme)
        if field == "language":
            return _placed(Term("language", text.strip().lower()), lexeme)
        if lexeme.kind is Kind.PHRASE:
            node = self._phrase(text, field or "text", lexeme, slop=lexeme.slop)
            return self._boosted(node, lexeme.boost, lexeme)
        return self._word(lexeme, field or "text")

    def _word(self, lexeme: Lexeme, field: str) -> Node | None:
        text, boost = lexeme.text, ""
        if text.isascii() and text.isalnum() and len(text) <= MAX_WORD:
            # As most are: nothing in it can mean anything else. 3 us instead of 10.
            self._count(1, lexeme)
            return _placed(Term(field, text.lower()), lexeme)
        head, caret, tail = text.rpartition("^")
        if caret and head and tail and all(char in "0123456789." for char in tail):
            text, boost = head, tail
        head, tilde, tail = text.rpartition("~")
        fuzzy = bool(tilde and head) and (not tail or tail.isdecimal())
        if fuzzy and tail not in ("", "1", "2"):
            raise _error("A word can be one or two typos away: ~1 or ~2.", lexeme.start, lexeme.end)
        if fuzzy:
            found = [word.text for word in words(head, query=True)]
            if len(found) == 1 and field != "byline":
                self._count(1, lexeme)
                folded = fold(found[0])
                distance = int(tail) if tail else 1 if len(folded) <= 5 else 2
                node = _placed(FuzzyTerm(field, folded, maxdist=distance, prefixlength=0), lexeme)
                return self._boosted(node, boost, lexeme)
            self._warnings.append(f"~ goes with one word; {lexeme.text!r} is searched as written.")
            text = head
        self._hint(text, lexeme)
        return self._boosted(self._phrase(text, field, lexeme), boost, lexeme)

    def _phrase(self, text: str, field: str, lexeme: Lexeme, slop: int = 0) -> Node | None:
        """Make a leaf of the words of a text: one word is a term, several are a sequence."""
        text = text.rstrip()
        spelt = list(words(text, query=True))
        self._count(len(spelt), lexeme)
        # A star that follows punctuation ends nothing.
        open_ended = text.endswith("*") and field != "byline" and bool(spelt) and spelt[-1].end == len(text) - 1
        if spelt and text.count("*") > open_ended:
            self._warnings.append(
                f"* stands for any ending of a word of title or body, right behind it; {text!r} is searched without."
            )
        slots = [_placed(_slot(field, word.text), lexeme) for word in spelt]
        if open_ended:
            slots[-1] = _placed(Prefix(field, fold(spelt[-1].text)), lexeme)
        if len(slots) < 2:
            return slots[0] if slots else None
        sequence = Sequence(slots, slop=slop, ordered=slop == 0)
        sequence.fieldname = field
        return _placed(sequence, lexeme)

    def _hint(self, text: str, lexeme: Lexeme) -> None:
        name, colon, value = text.partition(":")
        if colon and name.isalpha() and value and not value.startswith("//"):
            self._warnings.append(
                f"{lexeme.text!r} is searched as words: a second field has no meaning."
                if name.lower() in FIELDS
                else f"There is no field {name!r}; searched as words. The fields are {', '.join(FIELDS)}."
            )
        if lexeme.field and text.startswith("-"):
            self._warnings.append(f"A minus goes before the field, -{lexeme.field}:{text[1:]}; it is searched without.")
        if "^" in text:
            self._warnings.append(f"^ wants a number behind a word, such as election^2; {text!r} is searched without.")

    def _boosted(self, node: Node | None, boost: str, lexeme: Lexeme) -> Node | None:
        if node is not None and boost:
            node.boost = _boost(boost, lexeme)
        return node

    def _count(self, number: int, lexeme: Lexeme) -> None:
        self._words += number
        if self._words > self._most:
            raise _error(f"The query has more than {self._most} words.", lexeme.start, lexeme.end)


_EXAMPLES = {
    "title": "title:election",
    "body": "body:election",
    "section": 'section:"Local news"',
    "byline": "byline:smith",
    "language": "language:en",
    "date": "date:2021-01",
}


def leaves(node: Node, *, wanted: bool = False) -> Iterator[Node]:
    """Yield the leaves of a tree in the order of the query; with ``wanted``, only those that can score."""
    if isinstance(node, And | Or):
        for child in node.subqueries:
            yield from leaves(child, wanted=wanted)
    elif isinstance(node, Not):
        if not wanted:
            yield from leaves(node.query)
    elif isinstance(node, ConstantScoreQuery):
        if not wanted:
            yield from leaves(node.child)
    elif not isinstance(node, Every):
        yield node


def scores(leaf: Node) -> bool:
    """Whether a leaf adds to the score, as words do and limits do not."""
    return leaf.fieldname not in LIMITS


def leaf_key(leaf: Node) -> tuple[Any, ...]:
    """What makes two leaves the same, boost and place aside."""
    if isinstance(leaf, Sequence):
        return ("sequence", leaf.slop, leaf.ordered, *(leaf_key(slot) for slot in leaf.subqueries))
    if isinstance(leaf, DateRange):
        return ("date", leaf.startdate, leaf.enddate)
    return (type(leaf).__name__, leaf.fieldname, leaf.text, getattr(leaf, "maxdist", 0))


def _is_limit(node: Node) -> bool:
    """Whether a node is a limit, or a group of nothing but limits."""
    if type(node) is Term:
        return node.fieldname in LIMITS
    fields = {leaf.fieldname for leaf in leaves(node)}
    return bool(fields) and fields.issubset(LIMITS)


def _slot(field: str, word: str) -> Node:
    # Unspaced scripts are indexed in pairs: one character alone is the beginning of every pair it begins. Of bylines
    # no vocabulary is kept to look beginnings up in.
    beginning = len(word) == 1 and is_unspaced(word) and field != "byline"
    return Prefix(field, fold(word)) if beginning else Term(field, word)


def keyed(leaf: Node) -> Node:
    """Give a leaf its key, by which an executor knows it."""
    leaf.key = leaf_key(leaf)
    return leaf


def _placed(node: Node, lexeme: Lexeme) -> Node:
    node.startchar, node.endchar = lexeme.start, lexeme.end
    return keyed(node)


def _boost(text: str, lexeme: Lexeme) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.0 < factor <= MAX_BOOST:
        raise _error(f"^{text} is no boost; it has to be over 0 and {MAX_BOOST:g} at most.", lexeme.start, lexeme.end)
    return factor


def _error(reason: str, start: int, end: int) -> QueryError:
    return QueryError(Problem("query", reason, start, end))
