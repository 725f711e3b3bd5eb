"""The executor of arrays answers what the plain one answers: set, order, score and total, for every kind of query."""

import random
import sys
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any, Literal

import pytest

from index import Article
from search import Searcher, SearchRequest, open_searcher
from search.errors import QueryError
from tests.exact import Oracle, articles, requests, segmented
from tests.searching import make_index, shape

SEGMENTS = (1, 3, 8)
THREADS = 8
SWITCHES = 0.004
"""Share of the calls of compiled code before which another thread may go on."""


def prove_exact(folder: Path, segments: int, count: int) -> None:
    """Hold so many answers over an index of so many segments against the plain executor's."""
    made = articles(segments, 400)
    with open_searcher(segmented(folder, made, segments, segments)) as searcher:
        assert len(searcher._collection.segments) == segments
        assert all(segment.count < segment.size for segment in searcher._collection.segments)
        oracle = Oracle(searcher)
        found = [oracle.answered(request) for request in requests(segments, count, made)]
    assert sum(total > 0 for total in found) > count / 3


@pytest.mark.parametrize("segments", SEGMENTS)
def test_every_query_is_answered_as_the_plain_executor_answers_it(tmp_path: Path, segments: int) -> None:
    """Random queries of every kind, on one segment and several with deletions: the same documents, order and scores."""
    prove_exact(tmp_path / "index", segments, 120)


@pytest.mark.long
@pytest.mark.parametrize("segments", SEGMENTS)
def test_ten_thousand_queries_are_answered_as_the_plain_executor_answers_them(tmp_path: Path, segments: int) -> None:
    """The same for ten thousand queries an index."""
    prove_exact(tmp_path / "index", segments, 10_000)


def answer(searcher: Searcher, request: SearchRequest) -> tuple[Any, ...]:
    """Give all of an answer that does not depend on time, or what the query is refused for."""
    try:
        return shape(searcher.search(request))
    except QueryError as error:
        return (str(error),)


able_to_profile = pytest.mark.skipif(
    sys.version_info < (3, 11, 3),
    reason="Python before 3.11.3 crashes where garbage is collected while threads are profiled (cpython issue 101975)",
)


def prove_threads(folder: Path, count: int) -> None:
    """Put the same requests to one searcher from several threads, each in an order of its own."""
    made = articles(7, 300)
    segmented(folder, made, 3, 7)
    asked = list(requests(7, count, made))
    with open_searcher(folder) as alone:
        expected = [answer(alone, request) for request in asked]
    wrong: list[object] = []
    ready = threading.Barrier(THREADS)

    def keep_asking(searcher: Searcher, seed: int) -> None:
        order = random.Random(seed).sample(range(count), count)
        chance = random.Random(seed).random
        ready.wait()
        # Left to itself, a busy machine changes from thread to thread too seldom to come between two array operations.
        sys.setprofile(
            lambda frame, event, argument: sleep(1e-6) if event == "c_call" and chance() < SWITCHES else None
        )
        try:
            wrong.extend(asked[at] for at in order if answer(searcher, asked[at]) != expected[at])
        except Exception as error:
            wrong.append(error)
        finally:
            sys.setprofile(None)

    with pytest.MonkeyPatch.context() as patient, open_searcher(folder) as together:
        patient.setattr(together, "_seconds", 600)
        threads = [threading.Thread(target=keep_asking, args=(together, seed)) for seed in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


@able_to_profile
def test_eight_threads_over_one_searcher_get_the_answers_of_one(tmp_path: Path) -> None:
    """Asked from eight threads at once, a searcher that nobody asked before answers as it does one at a time."""
    prove_threads(tmp_path / "index", 50)


@able_to_profile
@pytest.mark.long
def test_eight_threads_get_the_answers_of_one_for_longer(tmp_path: Path) -> None:
    """The same with ten thousand answers, all from one searcher."""
    prove_threads(tmp_path / "index", 1_250)


def prove_same(one: Path, other: Path, asked: Sequence[tuple[SearchRequest, SearchRequest]]) -> None:
    """See that two indexes give the same hits, order, scores and total, each asked in its own way."""
    found = 0
    with open_searcher(one) as left, open_searcher(other) as right:
        for ours, theirs in asked:
            try:
                mine = left.top(ours)
            except QueryError:
                with pytest.raises(QueryError):
                    right.top(theirs)
                continue
            assert right.top(theirs) == mine, (ours, theirs)
            found += bool(mine.ids)
    assert found > len(asked) / 3


def prove_order_does_not_matter(folder: Path, count: int) -> None:
    """Feed one index in order and two shuffled, one of these in several segments."""
    made = articles(5, 300)
    asked = [(request, request) for request in requests(5, count, made)]
    shuffled = random.Random(5).sample(made, len(made))
    one = make_index(folder / "one", made)
    prove_same(one, make_index(folder / "shuffled", shuffled), asked)
    prove_same(one, make_index(folder / "parts", shuffled[::3], shuffled[1::3], shuffled[2::3]), asked)


def test_the_order_in_which_articles_come_changes_no_answer(tmp_path: Path) -> None:
    """Articles fed in any order, in one segment or several, are found in the same order with the same scores."""
    prove_order_does_not_matter(tmp_path, 150)


@pytest.mark.long
def test_the_order_in_which_articles_come_changes_none_of_many_answers(tmp_path: Path) -> None:
    """The same for ten thousand queries."""
    prove_order_does_not_matter(tmp_path, 5_000)


Form = Literal["NFC", "NFD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD")
ACCENTED = str.maketrans({"a": "ä", "i": "ï", "r": "ŕ", "k": "ḱ", "o": "ṓ"})


def composed(form: Form, made: Sequence[Article]) -> list[Article]:
    """Give articles with their texts in a normal form."""
    return [
        replace(
            article,
            title=unicodedata.normalize(form, article.title),
            body=unicodedata.normalize(form, article.body),
            section=article.section and unicodedata.normalize(form, article.section),
            byline=article.byline and unicodedata.normalize(form, article.byline),
        )
        for article in made
    ]


def prove_composition_does_not_matter(folder: Path, count: int) -> None:
    """Index articles with accents composed and decomposed, and ask both indexes with both kinds of queries."""
    made = [
        replace(
            article,
            title=article.title.translate(ACCENTED),
            body=article.body.translate(ACCENTED),
            section=article.section and article.section.translate(ACCENTED),
        )
        for article in articles(6, 300)
    ]
    asked = []
    for request in requests(6, count, made):
        names = ("sections", "excluded_sections")
        query = request.query if ":" in request.query else request.query.translate(ACCENTED)
        both = []
        for form in FORMS:
            texts = {
                name: tuple(unicodedata.normalize(form, text.translate(ACCENTED)) for text in getattr(request, name))
                for name in names
            }
            # Sections in facets are named as the articles have them, in either form.
            asking = replace(request, query=unicodedata.normalize(form, query), facets=("date",))
            both.append(replace(asking, **texts))  # type: ignore[arg-type]
        asked.append((both[0], both[1]))
    one = make_index(folder / "NFC", composed("NFC", made))
    other = make_index(folder / "NFD", composed("NFD", made))
    prove_same(one, one, asked)
    prove_same(one, other, [(ours, ours) for ours, _ in asked])
    prove_same(one, other, asked)


def test_how_letters_are_composed_changes_no_answer(tmp_path: Path) -> None:
    """An accent of its own or part of its letter, in articles or in queries: the same hits, scores and total."""
    prove_composition_does_not_matter(tmp_path, 150)


@pytest.mark.long
def test_how_letters_are_composed_changes_none_of_many_answers(tmp_path: Path) -> None:
    """The same for ten thousand queries."""
    prove_composition_does_not_matter(tmp_path, 3_400)


def prove_pages(folder: Path, segments: int, count: int) -> None:
    """Go through whole answers by pages and by cursors of all sizes, and hold both against the plain executor's."""
    made = articles(segments + 20, 250)
    draw = random.Random(segments)
    with open_searcher(segmented(folder, made, segments, segments)) as searcher:
        oracle = Oracle(searcher)
        for asked in requests(segments + 20, count, made):
            size = draw.choice([1, 2, 7, 30, 100])
            request = replace(asked, page=1, page_size=size, facets=())
            try:
                ranked = oracle.ranked(request)
            except QueryError:
                continue
            if len(ranked) > 40 * size:
                request = replace(request, page_size=(size := 30))
            whole = [identifier for identifier, _ in ranked]
            pages: list[str] = []
            for page in range(1, len(whole) // size + 2):
                pages += searcher.top(replace(request, page=page)).ids
            assert pages == whole, request
            walked: list[str] = []
            cursor = None
            while len(walked) <= len(whole):
                results = searcher.search(replace(request, cursor=cursor))
                assert results.total == len(whole)
                walked += [hit.id for hit in results.hits]
                cursor = results.next_cursor
                if cursor is None:
                    break
            assert walked == whole, request


@pytest.mark.parametrize("segments", SEGMENTS)
def test_pages_of_any_size_put_together_are_the_whole_answer(tmp_path: Path, segments: int) -> None:
    """By page number and by cursor, every hit of every kind of query comes once, in the plain executor's order."""
    prove_pages(tmp_path / "index", segments, 20)


@pytest.mark.long
@pytest.mark.parametrize("segments", SEGMENTS)
def test_pages_put_together_are_the_whole_answer_of_many_queries(tmp_path: Path, segments: int) -> None:
    """The same for more queries."""
    prove_pages(tmp_path / "index", segments, 700)
