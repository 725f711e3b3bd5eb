"""Snippets are made quickly, and are those that the plain way makes."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.words import words
from search.snippets import Mark, locate, passages, whole
from tests.marked_texts import BETWEEN, CLUSTERS, marked_texts
from tests.plain_snippets import plain_cluster, plain_last_space, plain_locate, plain_whole

HOSTILE = ["U.S. ", "don't ", "l'armée", "’s", "C++", "R&D", "1,250.5", "$5", "-", "\x1c", "\x85", "\u3000", "\u00ad"]
HOSTILE += ["\u200b", "ﬁ", "İ", "™", "\r", "\u0301" * 40, "a" * 70, "東" * 70]
MIXED = st.lists(
    st.sampled_from([*CLUSTERS, *BETWEEN, *HOSTILE]) | st.characters(exclude_categories=["Cs"]), max_size=50
).flatmap(lambda pieces: st.sampled_from([1, 1, 12]).map(lambda times: "".join(pieces) * times))


@given(MIXED, st.data())
@settings(max_examples=300, deadline=None)
def test_words_are_located_as_if_all_were_read(text: str, data: st.DataObject) -> None:
    """Counting words by chunks leads to the very characters that reading word by word leads to, in any text."""
    last = sum(1 for _ in words(text)) + 2
    leaves = st.tuples(st.integers(0, last), st.integers(0, 3), st.sampled_from([1.0, 2.0]))
    positions = data.draw(st.lists(leaves, max_size=12))
    assert locate(text, positions) == plain_locate(text, positions)


@given(marked_texts())
@settings(max_examples=200, deadline=None)
def test_ranges_are_where_the_marks_come_to_stand(drawn: tuple[str, list[Mark]]) -> None:
    """Squeezing blanks piece by piece gives the text and the ranges that squeezing the whole gives."""
    text, found = drawn
    assert whole(text, found) == plain_whole(text, found)


@given(marked_texts())
@settings(max_examples=200, deadline=None)
def test_passages_are_cut_as_by_patterns(drawn: tuple[str, list[Mark]]) -> None:
    """The quick ways to the last blank and to the character around a place cut no other passages than the plain."""
    text, found = drawn
    quick = passages(text, found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.snippets._last_space", plain_last_space)
        patch.setattr("search.snippets._cluster", plain_cluster)
        assert quick == passages(text, found)


def test_many_words_are_located_fast() -> None:
    """Every other word of 200,000 characters is located in a moment."""
    text = "The storm came in the night. " * 7_000
    began = time.process_time()
    assert len(locate(text, [(position, 0, 1.0) for position in range(0, 42_000, 2)])) == 21_000
    assert time.process_time() - began < 3
