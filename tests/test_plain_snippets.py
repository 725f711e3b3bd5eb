"""Snippets are made quickly, and are those that the plain way makes."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from index.words import words
from search.marks import Mark, locate
from search.snippets import passages, whole
from tests.marked_texts import BETWEEN, CLUSTERS, located, marked_texts
from tests.plain_snippets import plain_locate, plain_passages, plain_whole

HOSTILE = ["U.S. ", "don't ", "l'armée", "’s", "C++", "R&D", "1,250.5", "$5", "-", "\x1c", "\x85", "\u3000", "\u00ad"]
HOSTILE += ["\u200b", "ﬁ", "İ", "™", "\r", "\u0301" * 40, "a" * 70, "東" * 70]
SENTENCES = [
    "storm",
    "a word ",
    "The night came. ",
    "J. ",
    "U.S. ",
    'end." ',
    "what?! ",
    "...",
    ". ",
    "\n",
    "\n \n",
    "  ",
]
SENTENCES += ["。", "」", "」 ", "…", "’", ") ", "é. ", "x" * 90, "many words of no note at all go on and on and on "]
MIXED = st.lists(
    st.sampled_from([*CLUSTERS, *BETWEEN, *HOSTILE]) | st.characters(exclude_categories=["Cs"]), max_size=50
).flatmap(lambda pieces: st.sampled_from([1, 1, 12]).map(lambda times: "".join(pieces) * times))


@given(st.lists(MIXED, min_size=1, max_size=4), st.data())
@settings(max_examples=300, deadline=None)
def test_words_are_located_as_if_all_were_read(texts: list[str], data: st.DataObject) -> None:
    """Going through several texts at once leads to the very characters that reading word by word leads to."""
    last = max(sum(1 for _ in words(text)) for text in texts) + 2
    leaves = st.tuples(st.integers(0, last), st.integers(0, 3), st.sampled_from([1.0, 2.0]))
    wanted = [data.draw(st.lists(leaves, max_size=12)) for _ in texts]
    assert locate(texts, wanted) == [plain_locate(*one) for one in zip(texts, wanted, strict=True)]


SIGNS = [
    "a",
    "B",
    "1",
    "23",
    "x9",
    " ",
    " ",
    "\n",
    ".",
    ",",
    "'",
    "`",
    "&",
    "+",
    "#",
    "$",
    "%",
    "'s",
    "qu'",
    "-",
    "\x1c",
    "_",
]


@given(st.lists(st.lists(st.sampled_from(SIGNS), max_size=24).map("".join), min_size=1, max_size=3))
@settings(max_examples=500, deadline=None)
def test_signs_join_words_as_the_words_say(texts: list[str]) -> None:
    """Where letters, digits and signs of ASCII meet, every word is where ``index.words`` has it."""
    wanted = [[(number, 0, 1.0) for number, _ in enumerate(words(text))] for text in texts]
    assert locate(texts, wanted) == [plain_locate(*one) for one in zip(texts, wanted, strict=True)]


@given(marked_texts())
@settings(max_examples=200, deadline=None)
def test_ranges_are_where_the_marks_come_to_stand(drawn: tuple[str, list[Mark]]) -> None:
    """Squeezing blanks piece by piece gives the text and the ranges that squeezing the whole gives."""
    text, found = drawn
    assert whole(text, found) == plain_whole(text, found)


@given(marked_texts())
@settings(max_examples=400, deadline=None)
def test_passages_are_those_of_the_plain_way(drawn: tuple[str, list[Mark]]) -> None:
    """Looking around the places in question finds the very passages that going through the whole text finds."""
    text, found = drawn
    assert passages(text, found) == plain_passages(text, found)


@given(st.lists(st.sampled_from(SENTENCES), max_size=60), st.data())
@settings(max_examples=400, deadline=None)
def test_passages_end_with_sentences_as_in_the_plain_way(pieces: list[str], data: st.DataObject) -> None:
    """Whatever stands at the end of a sentence and around it, the same places are its end."""
    text = "".join(pieces)
    places = st.tuples(st.integers(0, 40), st.integers(0, 3), st.sampled_from([0.5, 1.0, 2.0]))
    found = located(text, data.draw(st.lists(places, max_size=8)))
    assert passages(text, found) == plain_passages(text, found)


def test_many_words_are_located_fast() -> None:
    """Every other word of 200,000 characters is located in a moment."""
    text = "The storm came in the night. " * 7_000
    began = time.process_time()
    assert len(located(text, [(position, 0, 1.0) for position in range(0, 42_000, 2)])) == 21_000
    assert time.process_time() - began < 3
