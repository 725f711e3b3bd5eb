"""The executor against the scan, query by query."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.query import Term

from search import Article, Searcher, SearchRequest, open_searcher
from search.occurrences import near
from tests import scan
from tests.plain_executor import in_order
from tests.searching import RandomArchive, ask, ids, make_index, random_article, random_request


def compare(searcher: Searcher, oracle: scan.Scan, request: SearchRequest) -> int:
    """Ask both; return how many articles they agree on. Scores are rounded to 1e-6, so nearer than that is equal."""
    results, answer = searcher.search(request), oracle.search(request)
    assert (results.match, results.min_words) == (answer.match, answer.min_words), request
    assert results.total == len(answer.ids), request
    assert ids(results) == answer.ids[: request.page_size], request
    assert [hit.score for hit in results.hits] == pytest.approx(answer.scores[: request.page_size], abs=5e-7, rel=0), (
        request
    )
    return results.total


def play(folder: Path, seed: int, queries: int, commits: int = 4) -> int:
    """Compare all answers to random questions about a random archive; return how many of them were not empty."""
    chance = random.Random(seed)
    archive = RandomArchive(folder, chance, commits)
    texts = [text for article in archive.written for text in (article.title, article.body)]
    oracle = scan.Scan(archive.articles, written=archive.written)
    with open_searcher(folder) as searcher:
        return sum(compare(searcher, oracle, random_request(chance, texts)) > 0 for _ in range(queries))


@pytest.mark.parametrize("seed", range(6))
def test_answers_are_those_of_a_scan(tmp_path: Path, seed: int) -> None:
    """Same articles, order, scores, total and way of matching as a scan, over commits with changes and deletions."""
    assert play(tmp_path / "archive", seed, queries=50) > 15


def test_answers_are_those_of_a_scan_when_segments_were_merged(tmp_path: Path) -> None:
    """Merging segments changes no answer."""
    assert play(tmp_path / "archive", 99, queries=50, commits=12) > 20


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_answers_are_those_of_a_scan_at_length(tmp_path: Path, seed: int) -> None:
    """The same on many more archives."""
    play(tmp_path / "archive", seed, queries=200, commits=1 + seed % 12)


def test_reindexing_changes_no_answer_of_an_archive_without_deletions(tmp_path: Path) -> None:
    """Where nothing was deleted or changed, segments make no difference: many, or one, or in another order."""
    chance = random.Random(5)
    articles = [random_article(chance, f"id{number}") for number in range(45)]
    requests = [random_request(chance, [article.body for article in articles]) for _ in range(80)]
    many = make_index(tmp_path / "many", *(articles[at : at + 9] for at in range(0, 45, 9)))
    chance.shuffle(articles)
    one = make_index(tmp_path / "one", articles)
    with open_searcher(many) as left, open_searcher(one) as right:
        for request in requests:
            ours, theirs = left.search(request), right.search(request)
            assert ids(ours) == ids(theirs), request
            assert [hit.score for hit in ours.hits] == pytest.approx([hit.score for hit in theirs.hits], abs=2e-6)


def test_an_empty_archive_answers_every_query_with_nothing(tmp_path: Path) -> None:
    """No article at all is no special case: zero hits, no error."""
    chance = random.Random(1)
    with open_searcher(make_index(tmp_path / "empty")) as searcher:
        for _ in range(40):
            assert searcher.search(random_request(chance, ["peace talks in Armenia"])).total == 0


def test_one_article_alone_is_found_and_scored(tmp_path: Path) -> None:
    """The smallest archive scores by the formula too."""
    article = Article(id="1", title="Peace talks", body="Talks on peace go on.")
    oracle = scan.Scan([article])
    with open_searcher(make_index(tmp_path / "one", [article])) as searcher:
        for query in ("peace", "title:talks", '"go on"', "peace -war", "talk* peece~"):
            assert compare(searcher, oracle, SearchRequest(query=query)) == 1


def test_a_score_worked_out_by_hand(tmp_path: Path) -> None:
    """The formula in figures: two articles, one word twice in a title of 2 and once in a body of 3 words."""
    articles = [
        Article(id="1", title="storm storm", body="a storm came", language="en"),
        Article(id="2", title="", body="nothing at all happened here", language="en"),
    ]
    with open_searcher(make_index(tmp_path / "two", articles)) as searcher:
        (hit,) = ask(searcher, "storm").hits
    # idf = ln(1 + 1.5/1.5); without it 1.5/3; tf = 2*2 + 1; len = 2*2 + 3; average = (7 + 5) / 2
    assert hit.score == pytest.approx(0.6931472 * 0.5 * 5 * 2.6 / (5 + 1.6 * (0.25 + 0.75 * 7 / 6)), abs=1e-5)


def test_how_far_exact_lengths_would_differ(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Lengths as the codec keeps them move no score by more than a twentieth, on texts of up to 3,000 words."""
    chance = random.Random(3)
    vocabulary = [f"word{number}" for number in range(500)]
    articles = [
        Article(id=str(number), title="a title", body=" ".join(chance.choices(vocabulary, k=2 + number * number // 3)))
        for number in range(0, 96, 5)
    ]
    quantised = scan.Scan(articles)
    exact = scan.Scan(articles, length=lambda words: words)
    worst = 0.0
    with open_searcher(make_index(tmp_path / "long", articles)) as searcher:
        for query in vocabulary[:6]:
            request = SearchRequest(query=query, page_size=100)
            compare(searcher, quantised, request)
            ours = dict(zip(*(lambda a: (a.ids, a.scores))(quantised.search(request)), strict=True))
            theirs = dict(zip(*(lambda a: (a.ids, a.scores))(exact.search(request)), strict=True))
            worst = max([worst, *(abs(ours[key] / theirs[key] - 1) for key in theirs)])
    record_property("largest relative difference of a score", round(worst, 4))
    assert 0 < worst < 0.05


PLACES = st.lists(st.integers(0, 14), max_size=7, unique=True).map(sorted)


@given(words=st.lists(st.tuples(st.sampled_from("abc"), PLACES), min_size=1, max_size=5), slop=st.integers(0, 12))
@settings(max_examples=150, deadline=None)
def test_near_words_are_those_of_every_stretch_tried(words: list[tuple[str, list[int]]], slop: int) -> None:
    """Near windows: as many as trying each stretch of a text finds, and the words in them, also for words twice."""
    places = dict(words)
    slots = [Term("text", name) for name, _ in words]
    brute = scan.windows([set(places[name]) for name, _ in words], slots, slop)
    found = near([(name, places[name]) for name, _ in words], slop)
    assert found.times == len(brute)
    anywhere = {place for name, _ in words for place in places[name]}
    assert set(found.positions) == {p for p in anywhere if any(low <= p <= high for low, high in brute)}


@given(text=st.text("abc", max_size=14), phrase=st.text("abc", min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_phrases_are_found_where_they_stand(text: str, phrase: str) -> None:
    """A phrase occurs as often as its words stand one behind the other, overlapping ones counted too."""
    slots = [[at for at, char in enumerate(text) if char == wanted] for wanted in phrase]
    starts = [at for at in range(len(text)) if text.startswith(phrase, at)]
    found = in_order(slots)
    assert found.times == len(starts)
    assert set(found.positions) == {start + i for start in starts for i in range(len(phrase))}
