"""Snippets: passages and marks, on texts of all sorts."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from index import open_writer
from index.words import words
from search import Article, SearchRequest, Snippet, open_searcher
from search.marks import Mark
from search.snippets import LENGTH, PASSAGES, paragraphs, passages, whole
from tests.marked_texts import located, marked_texts
from tests.plain_snippets import squeezed
from tests.searching import ask, make_index

LONGEST = 2 * LENGTH + 64

STORM = "The storm came in the night. "
CALM = "Nothing of note was reported from the villages along the coast that day. "


def marks(text: str, *wanted: str) -> list[Mark]:
    """Mark words of a text; each is a leaf of its own, and all are equally telling."""
    return located(
        text,
        [
            (position, leaf, 1.0)
            for position, word in enumerate(words(text))
            for leaf, one in enumerate(wanted)
            if word.text == one
        ],
    )


def marked(snippet: Snippet) -> list[str]:
    """Return the marked parts of a snippet."""
    return [snippet.text[start:end] for start, end in snippet.ranges]


def check(snippet: Snippet, text: str) -> None:
    """Check what holds for every snippet of a text."""
    inside = [0, *(place for range_ in snippet.ranges for place in range_), len(snippet.text)]
    assert inside == sorted(inside)
    assert all(start < end for start, end in snippet.ranges)
    assert all(left[1] <= right[0] for left, right in pairwise(snippet.ranges))
    assert snippet.text in squeezed(text)
    assert len(snippet.text) <= LONGEST
    if snippet.cut_before is False:
        assert squeezed(text).lstrip().startswith(snippet.text.lstrip())
    if snippet.cut_after is False:
        assert squeezed(text).rstrip().endswith(snippet.text.rstrip())


# Marks


def test_marks_cover_exactly_the_words_that_match() -> None:
    """Marks are the characters of the words: hyphens, possessives and points as in the text, no more."""
    text = "U.S. envoy: Armenia’s Nagorno-Karabakh (C++)"
    found = located(text, [(0, 0, 1.0), (2, 1, 1.0), (4, 2, 1.0), (5, 3, 1.0)])
    assert [text[mark.start : mark.end] for mark in found] == ["U.S", "Armenia", "Karabakh", "C++"]


def test_a_search_marks_what_it_found(tmp_path: Path) -> None:
    """Stems, phrases, near words, prefixes and typos are marked where they stand, and words left out are not."""
    article = Article(
        id="1",
        title="Ministers’ storm",
        body="The minister saw the storm. No war came, the storm in peace talks went, talks of peace.",
        language="en",
    )
    cases = {
        "ministers": (["Ministers"], ["minister"]),
        '"peace talks"': ([], ["peace", "talks"]),
        '"peace talks"~1': ([], ["peace", "talks", "talks", "peace"]),
        "title:storm": (["storm"], []),
        "body:storm -unheard": ([], ["storm", "storm"]),
        "stor* -unheard": (["storm"], ["storm", "storm"]),
        "minisetr~": (["Ministers"], ["minister"]),
        "storm OR unheard": (["storm"], ["storm", "storm"]),
        "": ([], []),
    }
    with open_searcher(make_index(tmp_path / "index", [article])) as searcher:
        for query, (title, body) in cases.items():
            (hit,) = ask(searcher, query).hits
            assert marked(hit.marked_title) == title, query
            assert [part for snippet in hit.snippets for part in marked(snippet)] == body, query
            again = searcher.marked(article, query)
            assert marked(again.title) == title, query
            assert [part for paragraph in again.paragraphs for part in marked(paragraph)] == body, query


def test_every_word_of_a_long_list_is_marked(tmp_path: Path) -> None:
    """A beginning that stands for hundreds of words marks each where it stands, in this article and no other."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    stormy = [f"storm{syllable}{syllable}k" for syllable in syllables]
    articles = [
        Article(id=f"{n}", title=f"Of {stormy[n]}", body=f"{stormy[-n]} no {stormy[n]}", language="en")
        for n in range(60)
    ]
    with open_searcher(make_index(tmp_path / "index", articles[:30], articles[30:])) as searcher:
        results = searcher.search(SearchRequest("stormba* OR storm* -unheard", page_size=60))
        assert len(results.hits) == 60
        for hit in results.hits:
            n = int(hit.id)
            assert marked(hit.marked_title) == [stormy[n]]
            assert [part for snippet in hit.snippets for part in marked(snippet)] == [stormy[-n], stormy[n]]


def test_the_title_is_whole(tmp_path: Path) -> None:
    """However long, a title is neither cut nor left out."""
    title = "A storm " + "and more rain " * 60 + "storm"
    with open_searcher(make_index(tmp_path / "index", [Article(id="1", title=title)])) as searcher:
        (hit,) = ask(searcher, "storm").hits
    assert hit.marked_title.text == title
    assert marked(hit.marked_title) == ["storm", "storm"]
    assert not hit.marked_title.cut_before
    assert not hit.marked_title.cut_after
    assert hit.snippets == ()


def test_the_beginning_is_shown_where_nothing_in_the_body_matches(tmp_path: Path) -> None:
    """A hit by its title alone shows how its body begins."""
    with open_searcher(make_index(tmp_path / "index", [Article(id="1", title="storm", body=CALM * 9)])) as searcher:
        (hit,) = ask(searcher, "storm").hits
    (snippet,) = hit.snippets
    assert snippet.text == (CALM * 3).strip()
    assert (snippet.ranges, snippet.cut_before, snippet.cut_after) == ((), False, True)


def test_overlapping_marks_are_one_range() -> None:
    """Pairs of an unspaced text overlap; what is marked is their union."""
    text = "東京都庁"
    assert marked(whole(text, located(text, [(0, 0, 1.0), (1, 0, 1.0)]))) == ["東京都"]


def test_a_word_of_two_leaves_is_marked_once() -> None:
    """The same word asked for twice is one range."""
    text = "the storm came"
    assert marked(whole(text, located(text, [(1, 0, 1.0), (1, 1, 2.0)]))) == ["storm"]


# Passages


def test_a_passage_begins_and_ends_with_a_sentence() -> None:
    """Where sentences fit, a passage is made of whole ones, and says that the text goes on."""
    text = CALM * 8 + STORM + CALM * 8
    (snippet,) = passages(text, marks(text, "storm"))
    assert snippet.text == (STORM + CALM * 2).strip()
    assert marked(snippet) == ["storm"]
    assert snippet.cut_before
    assert snippet.cut_after


def test_a_passage_of_a_long_sentence_is_cut_between_words() -> None:
    """A sentence longer than a passage is cut at blanks, some words before the match."""
    text = "word " * 200 + "storm " + "word " * 200
    (snippet,) = passages(text, marks(text, "storm"))
    assert set(snippet.text.split()) == {"word", "storm"}
    assert snippet.text.startswith("word ")
    assert 0.5 * LENGTH < len(snippet.text) <= LENGTH
    assert snippet.text == snippet.text.strip()


def test_initials_end_no_sentence() -> None:
    """The point of an acronym or an initial is no sentence's end, so that no passage begins behind it."""
    text = CALM * 5 + "Envoys of the U.S. Storm office met J. Doe. " + CALM * 5
    (snippet,) = passages(text, marks(text, "doe"))
    assert snippet.text.startswith("Envoys of the U.S. Storm office met J. Doe. Nothing")


def test_a_paragraph_ends_a_sentence_without_a_full_stop() -> None:
    """A headline within the text, followed by a blank line, is not run into a passage about something else."""
    text = CALM * 5 + "A HEADLINE WITHOUT A STOP\n \n" + STORM + CALM * 5
    (snippet,) = passages(text, marks(text, "storm"))
    assert snippet.text.startswith("The storm")


def test_two_good_passages_come_out_where_there_are_two() -> None:
    """Matches far apart give two passages, in the order of the text."""
    text = STORM + CALM * 8 + "Rain followed the storm. " + CALM * 8
    first, second = passages(text, marks(text, "storm", "rain"))
    assert first.text.startswith("The storm")
    assert second.text.startswith("Rain followed the storm")
    assert not first.cut_before
    assert first.cut_after
    assert second.cut_before


def test_the_best_passage_has_the_most_different_words() -> None:
    """Three words of the query close together beat one that comes often."""
    text = "storm storm storm storm. " + CALM * 8 + "Storm, rain and snow. " + CALM * 8 + "rain rain rain. " + CALM
    best = max(passages(text, marks(text, "storm", "rain", "snow")), key=lambda snippet: len(set(marked(snippet))))
    assert set(map(str.lower, marked(best))) == {"storm", "rain", "snow"}


def test_the_second_passage_shows_what_the_first_does_not() -> None:
    """A word that tells less but is not shown yet comes before more of the same."""
    text = "Storm here. " + CALM * 8 + "Storm there. " + CALM * 8 + "Some rain. " + CALM * 8
    shown = passages(text, [mark._replace(weight=2.0 - mark.leaf) for mark in marks(text, "storm", "rain")])
    assert [marked(snippet) for snippet in shown] == [["Storm"], ["rain"]]


def test_passages_do_not_overlap() -> None:
    """Matches in sentences side by side are shown once each."""
    text = " ".join(f"Sentence {n} of the long report tells of storm number {n} in plain words." for n in range(40))
    shown = passages(text, marks(text, "storm"))
    assert len(shown) == PASSAGES
    assert not set(shown[0].text.split(". ")) & set(shown[1].text.split(". "))


@given(st.lists(st.integers(0, 60), min_size=60, max_size=150))
@settings(max_examples=150, deadline=None)
def test_nothing_is_shown_twice(drawn: list[int]) -> None:
    """Two passages share no word, wherever the matches stand, and come in the order of the text."""
    text = " ".join(f"{number:03}{'.' if value == 60 else ''}" for number, value in enumerate(drawn))
    wanted = [(number, value, 1.0 + value) for number, value in enumerate(drawn) if value < 5]
    shown = [
        [int(word.strip(".")) for word in snippet.text.split()] for snippet in passages(text, located(text, wanted))
    ]
    numbers = [number for passage in shown for number in passage]
    assert numbers == sorted(set(numbers))
    assert all(passage == list(range(passage[0], passage[-1] + 1)) for passage in shown)


def test_a_text_of_blanks_has_no_passage() -> None:
    """Nothing to show is nothing."""
    assert passages("", []) == ()
    assert passages(" \n\t ", []) == ()


def test_a_short_text_is_shown_whole() -> None:
    """A body that fits is shown from its first letter to its last, without signs of being cut."""
    text = "  \n" + STORM + "\n\n" + STORM + "\n"
    (snippet,) = passages(text, marks(text, "storm"))
    assert snippet.text == f"{STORM}{STORM}".strip()
    assert not snippet.cut_before
    assert not snippet.cut_after
    assert marked(snippet) == ["storm", "storm"]


def test_a_word_longer_than_a_passage_is_shown_from_its_start() -> None:
    """Encoded data that matches as one word does not make a passage of its own length."""
    text = f"before {'a' * 100_000} after"
    (snippet,) = passages(text, [Mark(7, 100_007, 0, 1.0)])
    assert len(snippet.text) <= LONGEST
    assert set(marked(snippet)[0]) == {"a"}


@pytest.mark.parametrize(
    "row", [*("東", "a", "é\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "word ", "a. ", "?! ", ".)", "\n", "\n "), "." * 99_999 + "a"]
)
def test_texts_of_a_kind_are_fast(row: str) -> None:
    """100,000 characters without spaces, or of nothing but stops or blanks, take no longer than others."""
    text = row * (100_000 // len(row)) + "a"
    began = time.process_time()
    found = [Mark(at, at + 2, at % 3, 1.0) for at in range(0, len(text) - 2, 40)]
    for snippet in (*passages(text, ()), *passages(text, found)):
        assert len(snippet.text) <= LONGEST
    paragraphs(text, found)
    assert time.process_time() - began < 1.5


def test_many_marks_in_a_long_text_are_fast() -> None:
    """200,000 characters with a mark in every other word are a matter of a moment."""
    text = STORM * 7_000
    found = [
        Mark(match.start(), match.end(), match.start() % 5, 1.0) for match in regex.finditer("storm|night|in", text)
    ]
    began = time.process_time()
    passages(text, found)
    paragraphs(text.replace(". ", "\n\n"), found)
    assert time.process_time() - began < 3


@given(marked_texts())
@settings(max_examples=200, deadline=None)
def test_what_holds_for_passages_of_any_text(drawn: tuple[str, list[Mark]]) -> None:
    """Ranges ascend within the text and are what was marked; the text is the article's; lengths have a bound."""
    text, found = drawn
    shown = passages(text, found)
    assert len(shown) <= PASSAGES
    assert bool(shown) == bool(text.strip())
    covered = {squeezed(text[mark.start : mark.end]) for mark in found}
    for snippet in shown:
        check(snippet, text)
        assert bool(snippet.ranges) == bool(found)
        for part in marked(snippet):
            assert any(one in part or one.startswith(part) for one in covered)


@given(marked_texts())
@settings(max_examples=200, deadline=None)
def test_no_passage_is_cut_inside_a_cluster(drawn: tuple[str, list[Mark]]) -> None:
    """A passage begins and ends between what a reader takes for characters: no accent, no half flag is left over."""
    text, found = drawn
    pieces = regex.findall(r"\X", text, regex.DOTALL)
    for snippet in passages(text, found):
        own = regex.findall(r"\X", snippet.text, regex.DOTALL)
        assert not own or set(map(squeezed, own)) <= set(map(squeezed, pieces))


@given(marked_texts())
@settings(max_examples=100, deadline=None)
def test_a_text_whole_keeps_every_mark(drawn: tuple[str, list[Mark]]) -> None:
    """Whole texts lose no mark and no character but white space."""
    text, found = drawn
    snippet = whole(text, found)
    assert snippet.text == squeezed(text)
    assert "".join(marked(snippet)) == "".join(squeezed(text[low:high]) for low, high in union(found))
    assert (snippet.cut_before, snippet.cut_after) == (False, False)


def union(found: list[Mark]) -> list[tuple[int, int]]:
    """Put overlapping marks together."""
    places = sorted({place for mark in found for place in range(mark.start, mark.end)})
    starts = [place for place in places if place - 1 not in places]
    ends = [place + 1 for place in places if place + 1 not in places]
    return list(zip(starts, ends, strict=True))


# Paragraphs


def test_paragraphs_are_what_blank_lines_part() -> None:
    """Hard-wrapped lines stay one paragraph; any number of blank lines, blanks on them or not, parts two."""
    text = "\n\n  one storm\nand more \n\n\n\ntwo storms  \n \t \nthree\r\n\r\nfour storm\n"
    shown = paragraphs(text, marks(text, "storm", "storms"))
    assert [snippet.text for snippet in shown] == ["one storm and more", "two storms", "three", "four storm"]
    assert [marked(snippet) for snippet in shown] == [["storm"], ["storms"], [], ["storm"]]
    assert not any(snippet.cut_before or snippet.cut_after for snippet in shown)


@given(marked_texts())
@settings(max_examples=100, deadline=None)
def test_paragraphs_put_together_are_the_text(drawn: tuple[str, list[Mark]]) -> None:
    """No word and no mark gets lost between paragraphs."""
    text, found = drawn
    shown = paragraphs(text, found)
    assert "".join("".join(snippet.text.split()) for snippet in shown) == "".join(text.split())
    assert sum(end - start for snippet in shown for start, end in snippet.ranges) == sum(
        end - start for start, end in union(found)
    )


def test_an_article_is_marked_even_if_the_query_cannot_be(tmp_path: Path) -> None:
    """A query with an error, an empty one, or an article that is gone marks nothing and fails nothing."""
    article = Article(id="1", title="storm", body=STORM)
    folder = make_index(tmp_path / "index", [article, Article(id="2", body="x")])
    with open_searcher(folder) as searcher:
        for query in ("", "(storm", "date:never", "###", "a" * 600):
            assert searcher.marked(article, query).paragraphs == (Snippet(STORM.strip()),)
    with open_writer(folder) as writer:
        writer.remove("1")
    with open_searcher(folder) as searcher:
        assert searcher.marked(article, "storm").title == Snippet("storm")
