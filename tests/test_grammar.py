"""The query language: what each query means, what it warns of, where it goes wrong."""

import contextlib
import statistics
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from whoosh.query import And, DateRange, Every, FuzzyTerm, Not, Or, Prefix, Sequence

from index.words import words
from search.errors import QueryError
from search.grammar import LIMITS, MAX_DEPTH, ParsedQuery, leaves, parse


def shown(node: Any) -> str:
    """Write a tree in one line: ``(a & "b c")``; a leaf outside title and body with its field."""
    if isinstance(node, And | Or):
        return "(" + (" & " if isinstance(node, And) else " | ").join(map(shown, node.subqueries)) + ")"
    if isinstance(node, Not):
        return f"!{shown(node.query)}"
    if isinstance(node, Every):
        return "all"
    boost = f"^{node.boost:g}" if node.boost != 1 else ""
    field = "" if node.fieldname == "text" else f"{node.fieldname}:"
    if isinstance(node, DateRange):
        return f"date:{_day(node.startdate)}..{_day(node.enddate)}"
    if isinstance(node, Sequence):
        slots = " ".join(shown(slot).removeprefix(field) for slot in node.subqueries)
        return f'{field}"{slots}"{"" if node.ordered else f"~{node.slop}"}{boost}'
    if isinstance(node, Prefix):
        return f"{field}{node.text}*{boost}"
    if isinstance(node, FuzzyTerm):
        return f"{field}{node.text}~{node.maxdist}{boost}"
    return f"{field}{node.text}{boost}"


def _day(moment: Any) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", "all"),
        ("  \t ", "all"),
        ("*", "all"),
        ("peace", "peace"),
        ("Peace TALKS", "(peace & talks)"),
        ("U.S. C++ R&D 1,250.50 don’t", "(us & c++ & r&d & 1,250.50 & don't)"),
        ("Nagorno-Karabakh", '"nagorno karabakh"'),
        ("to be or not to be", "(to & be & or & not & to & be)"),
        ('"Peace talks"', '"peace talks"'),
        ("“Peace talks”", '"peace talks"'),
        ("«мир» „Krieg“", "(мир & krieg)"),
        ('"peace"', "peace"),
        ('"peace talks"~5', '"peace talks"~5'),
        ('"peace talks"~0', '"peace talks"'),
        ('"peace talks"~12345', '"peace talks"~12345'),
        ('"peace talks"~5^2', '"peace talks"~5^2'),
        ("peace^2 talks^0.5", "(peace^2 & talks^0.5)"),
        ('title:"peace talks"^3', 'title:"peace talks"^3'),
        ("armen*", "armen*"),
        ("Élys*", "elys*"),
        ('"peace tal*"', '"peace tal*"'),
        ("c++*", "c++*"),
        ("karabah~", "karabah~2"),
        ("tlaks~", "tlaks~1"),
        ("karabah~1 tlaks~2", "(karabah~1 & tlaks~2)"),
        ("karabah~^2", "karabah~2^2"),
        ("title:peace body:talks", "(title:peace & body:talks)"),
        ("TITLE:peace Body:talks", "(title:peace & body:talks)"),
        ("title:armen* body:tlaks~", "(title:armen* & body:tlaks~1)"),
        ("title:(peace talks)", "(title:peace & title:talks)"),
        ("title:(peace OR body:talks)", "(title:peace | body:talks)"),
        ("title:(peace AND talks OR -war)", "((title:peace & title:talks) | (all & !title:war))"),
        ("(peace talks)^2", "(peace^2 & talks^2)"),
        ("(peace^3 OR talks)^2", "(peace^6 | talks^2)"),
        ("section:World", "section:world"),
        ('section:" Local  NEWS "', "section:local  news"),
        ("byline:smith", "byline:smith"),
        ('byline:"John Smith"', 'byline:"john smith"'),
        ("language:EN-gb", "language:en-gb"),
        ("date:2021", "date:2021-01-01..2022-01-01"),
        ("date:2021-01", "date:2021-01-01..2021-02-01"),
        ("date:2021-1-8", "date:2021-01-08..2021-01-09"),
        ("date:2021-01-18..2021-02-03", "date:2021-01-18..2021-02-04"),
        ("date:2020..2021-06", "date:2020-01-01..2021-07-01"),
        ("date:..2021", "date:..2022-01-01"),
        ("date:2021..", "date:2021-01-01.."),
        ("date:>2021-01", "date:2021-02-01.."),
        ("date:>=2021-01", "date:2021-01-01.."),
        ("date:<2021-01", "date:..2021-01-01"),
        ("date:<=2021-01", "date:..2021-02-01"),
        ('date:"2021 .. 2022"', "date:2021-01-01..2023-01-01"),
        ("date:<=9999-12-31", "date:.."),
        ("peace -war", "(peace & !war)"),
        ("peace NOT war", "(peace & !war)"),
        ("-war", "(all & !war)"),
        ("-war -peace", "(all & !war & !peace)"),
        ("section:world -war", "(section:world & !war)"),
        ('-"peace talks"', '(all & !"peace talks")'),
        ("-title:war peace", "(peace & !title:war)"),
        ("-(war peace) talks", "(talks & !(war & peace))"),
        ("NOT NOT war", "(all & !!war)"),
        ("peace AND talks", "(peace & talks)"),
        ("peace OR talks", "(peace | talks)"),
        ("peace AND NOT war", "(peace & !war)"),
        ("a b OR c d", "((a & b) | (c & d))"),
        ("a AND b OR c", "((a & b) | c)"),
        ("a (b OR c) d", "(a & (b | c) & d)"),
        ("a OR -b", "(a | (all & !b))"),
        ("peace - talks", "(peace & talks)"),
        ("peace -- talks", "(peace & talks)"),
        ("wall-to-wall", '"wall to wall"'),
        ("and or not", "(and & or & not)"),
        ("peace (&) talks", "(peace & talks)"),
        ("東京都", '"東京 京都"'),
        ("東京", "東京"),
        ("東", "東*"),
        ("東*", "東*"),
        ("東京都*", '"東京 京都*"'),
        ("http://example.org/a", '"http example org a"'),
        ("16:26", '"16 26"'),
    ],
)
def test_what_a_query_means(query: str, tree: str) -> None:
    """The tree of each form of the query language; none of these warns."""
    parsed = parse(query)
    assert shown(parsed.tree) == tree
    assert parsed.warnings == ()


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("peace talks", "(peace | talks)"),
        ('peace "a b" talks', '(peace | "a b" | talks)'),
        ("peace", "peace"),
        ("peace talks -war", "((peace | talks) & !war)"),
        ("peace talks section:world", "((peace | talks) & section:world)"),
        ("peace byline:smith date:2021", "(peace & byline:smith & date:2021-01-01..2022-01-01)"),
        ("peace talks (section:world OR section:sport)", "((peace | talks) & (section:world | section:sport))"),
        ("peace byline:(smith OR jones)", "(peace & (byline:smith | byline:jones))"),
        ("a AND b c", "((a & b) | c)"),
        ("(a b) c", "((a | b) | c)"),
    ],
)
def test_any_joins_words_with_or_and_nothing_else(query: str, tree: str) -> None:
    """With ``any``, words side by side are alternatives; what limits or leaves out holds in any case."""
    assert shown(parse(query, "any").tree) == tree


@pytest.mark.parametrize(
    ("query", "tree", "warning"),
    [
        ('peace "talks', "(peace & talks)", "character 7 is never closed"),
        ('title:"peace', "title:peace", "never closed"),
        ("peace AND", "(peace & and)", "AND at character 7 joins nothing"),
        ("OR peace", "(or & peace)", "OR at character 1 joins nothing"),
        ("NOT", "not", "joins nothing"),
        ("peace AND OR talks", "(peace & and & or & talks)", "joins nothing"),
        ("peace -OR", "(peace & !or)", "joins nothing"),
        ("-AND", "(all & !and)", "joins nothing"),
        ("reuters:peace", '"reuters peace"', "no field 'reuters'"),
        ("title:title:peace", 'title:"title peace"', "second field"),
        ("title:-peace", "title:peace", "-title:peace"),
        ("pe*ce", '"pe ce"', "* stands for any ending"),
        ("*peace", "peace", "* stands for any ending"),
        ("peace.*", "peace", "* stands for any ending"),
        ('"pea* talks"', '"pea talks"', "* stands for any ending"),
        ("byline:smi*", "byline:smi", "* stands for any ending"),
        ("byline:smith~", "byline:smith", "~ goes with one word"),
        ("peace-talks~", '"peace talks"', "~ goes with one word"),
        ('"peace talks"~', '"peace talks"', "~ at character 14 wants a number"),
        ("peace^", "peace", "^ wants a number"),
        ("peace^high", '"peace high"', "^ wants a number"),
        ("^2", "2", "^ wants a number"),
    ],
)
def test_what_is_searched_otherwise_than_written_is_said(query: str, tree: str, warning: str) -> None:
    """A mark without a meaning is not dropped in silence: the query is searched, and a warning says how."""
    parsed = parse(query)
    assert shown(parsed.tree) == tree
    assert warning in " ".join(parsed.warnings)


@pytest.mark.parametrize(
    ("query", "meant", "reason"),
    [
        ("peace (talks", "(", "never closed"),
        ("peace) talks", ")", "closes nothing"),
        ("peace ( ) talks", "( )", "nothing between"),
        ("title:(peace", "title:(", "never closed"),
        ("peace title: talks", "title:", "wants a value"),
        ("peace title:", "title:", "wants a value"),
        ("(title:)", "title:", "wants a value"),
        ('peace section:""', 'section:""', "wants a value"),
        ("section:(a b)", "section:(", "one value"),
        ("peace date:2021-02-30", "date:2021-02-30", "no date"),
        ("date:yesterday", "date:yesterday", "no date"),
        ("date:..", "date:..", "no date"),
        ("date:>", "date:>", "no date"),
        ("date:2021..2020", "date:2021..2020", "date:2020..2021"),
        ("peace tlaks~3", "tlaks~3", "one or two typos"),
        ("peace^0 talks", "peace^0", "no boost"),
        ("peace^101", "peace^101", "no boost"),
        ("peace^1.2.3", "peace^1.2.3", "no boost"),
        ('"peace talks"^0', '"peace talks"^0', "no boost"),
        ("(peace)^0", ")^0", "no boost"),
        ("###", "###", "nothing to search for"),
        ('""', '""', "nothing to search for"),
        ("title:###", "title:###", "nothing to search for"),
        ("(&)", "(&)", "nothing to search for"),
        ("peace " + "(" * 17 + "a" + ")" * 17, "(", "levels"),
        ("NOT " * 17 + "a", "NOT", "levels"),
        ("a " * 32 + "beyond", "beyond", "more than 32 words"),
        ('"' + "a " * 33 + '"', '"' + "a " * 33 + '"', "more than 32 words"),
        ("a" * 512 + "bcd", "bcd", "515 characters long"),
    ],
)
def test_an_error_points_at_its_place(query: str, meant: str, reason: str) -> None:
    """What cannot be understood is an error that says why, and whose place is the part of the query that is meant."""
    with pytest.raises(QueryError) as raised:
        parse(query)
    (problem,) = raised.value.problems
    assert problem.parameter == "query"
    assert reason in problem.reason
    assert query[problem.start : problem.end] == meant


def test_limits_are_what_they_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """512 characters, 32 words and 16 levels are read, not one less, and settings move the first two."""
    parse("a" * 512)
    parse("a " * 32)
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    monkeypatch.setenv("BACKFILE_MAX_QUERY_LENGTH", "16")
    monkeypatch.setenv("BACKFILE_MAX_QUERY_WORDS", "3")
    parse("a b c")
    with pytest.raises(QueryError, match="more than 3 words"):
        parse("a b c d")
    with pytest.raises(QueryError, match="17 characters"):
        parse("a" * 17)


@pytest.mark.parametrize(
    ("query", "clauses", "limits", "operators"),
    [
        ('peace "a b" title:war tal* tlaks~ x^2', 6, 0, False),
        ("peace section:world date:2021 byline:smith language:en", 1, 4, False),
        ("peace -war", 0, 0, True),
        ("peace OR war", 0, 0, True),
        ("peace AND war", 0, 0, True),
        ("(peace)", 0, 0, True),
        ("peace AND", 2, 0, False),
    ],
)
def test_what_may_be_relaxed_is_told_apart(query: str, clauses: int, limits: int, operators: bool) -> None:
    """Words and phrases side by side are clauses, limits are not, and any operator makes the tree all there is."""
    parsed = parse(query)
    assert (len(parsed.clauses), len(parsed.limits), parsed.operators) == (clauses, limits, operators)


def test_a_leaf_knows_its_place() -> None:
    """Every leaf has the characters of the query it was read from, its field and marks included."""
    query = 'peace title:talk* -"a b"~3^2 (war OR section:"Local news")'
    places = {query[leaf.startchar : leaf.endchar] for leaf in leaves(parse(query).tree)}
    assert places == {"peace", "title:talk*", '"a b"~3^2', "war", 'section:"Local news"'}


@pytest.mark.parametrize("look_alike", ["ſection:world", "tİtle:peace", "titlé:peace", "sectıon:world", "title：peace"])
def test_what_merely_looks_like_a_field_is_words(look_alike: str) -> None:
    """A field's name is its ASCII letters: letters that only casefold to them name no field."""
    assert all(leaf.fieldname == "text" for leaf in leaves(parse(look_alike).tree))


@given(st.text(st.sampled_from("aé東 \t\"“()-~^*:.&'1²<>\ud800\u0301\u200b"), max_size=40))
@example("ſection:x")
@settings(max_examples=300, deadline=None)
def test_any_marks_are_understood_or_refused_in_place(query: str) -> None:
    """Whatever is typed is a tree or an error with a place inside the query; nothing else is raised."""
    understood(query)


FIELDS_AND_DATES = ["title:", "body:", "section:", "byline:", "language:", "date:", "2021", "2021-01", "..", ">"]
PIECES = st.sampled_from([*FIELDS_AND_DATES, "AND", "OR", "NOT", "peace", "a", "東京", "é", *'-()"~^*#:', "~2", "^2"])


@given(st.lists(st.tuples(PIECES, st.sampled_from(["", " "])), max_size=14))
@settings(max_examples=300, deadline=None)
def test_any_row_of_its_own_marks_is_understood_or_refused(pieces: list[tuple[str, str]]) -> None:
    """The same for rows of the language's own marks, which meet in ways that letters drawn at random do not."""
    understood("".join(piece + space for piece, space in pieces))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_understood_or_refused(query: str) -> None:
    """The same for any characters there are."""
    understood(query)


def understood(query: str) -> None:
    """Parse both ways; check the tree, or the place of the error."""
    for combine in ("all", "any"):
        try:
            parsed = parse(query, combine)
        except QueryError as error:
            for problem in error.problems:
                assert problem.start is not None
                assert problem.end is not None
                assert 0 <= problem.start < problem.end <= len(query)
                assert problem.reason
        else:
            whole(parsed, query)


def whole(parsed: ParsedQuery, query: str) -> None:
    """Check that a tree has leaves in place, and is without any only where the query is empty."""
    found = list(leaves(parsed.tree))
    assert found or query.strip() in ("", "*")
    for leaf in found:
        assert 0 <= leaf.startchar < leaf.endchar <= len(query)
        assert leaf.fieldname in ("text", "title", "body", *LIMITS)
    assert parsed.operators or len(parsed.clauses) + len(parsed.limits) == len(found)


@given(st.text(st.characters(exclude_characters='"“”„‟«»()-~^*:', exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_word_of_a_plain_text_is_lost(text: str) -> None:
    """Each word of a text without marks of the language is in a leaf, in the text's order."""
    capitals = {"AND", "OR", "NOT"} & set(text.split())
    expected = [word.text for word in words(text, query=True)]
    if capitals or len(expected) > 32:
        return
    if text.strip() and not expected:
        with pytest.raises(QueryError, match="nothing to search for"):
            parse(text)
        return
    found = []
    for leaf in parse(text).clauses:
        slots = leaf.subqueries if isinstance(leaf, Sequence) else [leaf]
        found += [slot.text for slot in slots]
    assert len(found) == len(expected)
    assert all(a == b or len(b) == 1 for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    "row",
    [
        *".-\"()^~*':,a東ﷺ\u0301\u200b\x00",
        *("()", "NOT ", "a OR ", "a AND ", "a.", "a&", "a+", "1,", "- ", "a\u0301"),
        *("title:", "title:(", "date:2021 ", '"a"~9', "a^2 ", "[a TO ", "<a> "),
    ],
)
def test_no_row_of_marks_takes_long(row: str) -> None:
    """512 characters of anything are read in less than a twentieth of a second."""
    query = (row * 512)[:512]
    assert statistics.median(seconds(query) for _ in range(3)) < 0.05


def test_time_is_linear_in_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the query takes nothing like 64 times as long, wherever the limits are put."""
    monkeypatch.setenv("BACKFILE_MAX_QUERY_LENGTH", "100000")
    monkeypatch.setenv("BACKFILE_MAX_QUERY_WORDS", "10000")
    for row in ("a ", '"a" ', "a.", "a OR ", "-a ", "a^", "'a", "«"):
        short, long = (min(seconds(row * times) for _ in range(3)) for times in (250, 2000))
        assert long < 30 * short + 0.01, row


def seconds(query: str) -> float:
    """Return the processor time of parsing a query, understood or not."""
    began = time.process_time()
    with contextlib.suppress(QueryError):
        parse(query)
    return time.process_time() - began
