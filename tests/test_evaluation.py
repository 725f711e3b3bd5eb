"""Evaluation: the measures, the two files, what is searched for, and how good the ranking is on judged collections."""

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from index import open_writer
from index.generation import open_generation
from index.indexing import index
from search import Article, SearchRequest, open_searcher
from search.collection import Collection
from search.evaluation import average_precision, evaluate, ndcg, rank, read_judgments, read_queries, recall
from tests import scan
from tests.searching import RandomArchive, make_index, random_article
from web.commands import backfile

IDS = st.text("abcdef", min_size=1, max_size=2)
FOUND = st.lists(IDS, unique=True, max_size=40)
WORDS = ("peace", "talks", "war", "the", "of", "to", "run", "bridge", "contact", "prices", "harbour")
RELEVANT = st.dictionaries(IDS, st.integers(1, 5), min_size=1, max_size=20)


# Measures


def test_measures_worked_out_by_hand() -> None:
    """Three relevant articles, of which one is found first and one fourth: each measure in figures."""
    found, relevant = ["a", "x", "y", "b"], {"a": 1, "b": 3, "c": 2}
    best = 7 + 3 / math.log2(3) + 1 / 2
    assert ndcg(found, relevant) == pytest.approx((1 + 7 / math.log2(5)) / best)
    assert average_precision(found, relevant) == pytest.approx((1 / 1 + 2 / 4) / 3)
    assert recall(found, relevant) == pytest.approx(2 / 3)


def test_measures_look_as_deep_as_their_names_say() -> None:
    """Of nDCG the tenth is the last, of recall the hundredth; average precision takes all that it is given."""
    others = [f"x{number}" for number in range(2_000)]
    relevant = {"a": 1}
    assert ndcg([*others[:9], "a"], relevant) == pytest.approx(1 / math.log2(11))
    assert ndcg([*others[:10], "a"], relevant) == 0
    assert recall([*others[:99], "a"], relevant) == 1
    assert recall([*others[:100], "a"], relevant) == 0
    assert average_precision([*others[:999], "a"], relevant) == pytest.approx(1 / 1_000)


def test_the_ideal_has_ten_places_too() -> None:
    """With more than ten relevant articles, ten of them in the best order are all that can be wanted."""
    relevant = {str(number): 1 + number % 3 for number in range(30)}
    found = sorted(relevant, key=lambda identifier: -relevant[identifier])
    assert ndcg(found, relevant) == pytest.approx(1)
    assert ndcg(found[:10], relevant) == pytest.approx(1)
    assert ndcg(found[:9], relevant) < 1


@settings(deadline=None)
@given(found=FOUND, relevant=RELEVANT)
def test_measures_are_their_definitions(found: list[str], relevant: dict[str, int]) -> None:
    """Each measure is what its definition, followed to the letter, comes to; none leaves 0 to 1."""
    gains = [0 if i not in relevant else 2 ** relevant[i] - 1 for i in found]
    ideal = sorted((2**grade - 1 for grade in relevant.values()), reverse=True)

    def cumulated(gains: list[int]) -> float:
        return sum(gains[place] / math.log(place + 2, 2) for place in range(min(10, len(gains))))

    precisions = [
        sum(i in relevant for i in found[: found.index(one) + 1]) / (found.index(one) + 1) if one in found else 0
        for one in relevant
    ]
    assert ndcg(found, relevant) == pytest.approx(cumulated(gains) / cumulated(ideal))
    assert average_precision(found, relevant) == pytest.approx(sum(precisions) / len(precisions))
    assert recall(found, relevant) == pytest.approx(len(set(found[:100]) & set(relevant)) / len(relevant))
    for measure in (ndcg, average_precision, recall):
        assert 0 <= measure(found, relevant) <= 1 + 1e-9


@settings(deadline=None)
@given(found=FOUND, relevant=RELEVANT)
def test_a_relevant_article_further_up_is_never_worse(found: list[str], relevant: dict[str, int]) -> None:
    """All measures rise or stay when a relevant article changes places with one before it that is not."""
    for place in range(1, len(found)):
        if found[place] in relevant and found[place - 1] not in relevant:
            better = [*found[: place - 1], found[place], found[place - 1], *found[place + 1 :]]
            for measure in (ndcg, average_precision, recall):
                assert measure(better, relevant) >= measure(found, relevant) - 1e-12


# What is searched for


@pytest.fixture(scope="module")
def storms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of four articles in two segments."""
    bodies = ["a storm came", "storm and rain and storm", "nothing at all", "title and rain: not section"]
    articles = [Article(id=str(number), body=body, language="en") for number, body in enumerate(bodies, 1)]
    return make_index(tmp_path_factory.mktemp("storms") / "index", articles[:2], articles[2:])


def ranked(folder: Path, text: str, depth: int = 1_000) -> list[tuple[str, float]]:
    """Rank an index's articles for a text."""
    return list(rank(Collection(open_generation(folder)), text, depth))


@pytest.mark.parametrize(
    "written",
    [
        'title:storm "rain not"',
        "storm -rain NOT title",
        "(title storm AND rain NOT",
        "title:(storm) OR rain*^3 not~2",
        "not:storm – rain, TITLE!",
        "\"storm title: ')( rain\tnot",
        "section:x storm rain not title",
    ],
)
def test_queries_are_plain_words(storms: Path, written: str) -> None:
    """Signs of the query language mean nothing: what is found is what the words alone find, any of them."""
    words = "".join(char if char.isalpha() else " " for char in written).split()
    assert {identifier for identifier, _ in ranked(storms, written)} >= {"1", "2", "4"}
    assert dict(ranked(storms, written)) == pytest.approx(dict(ranked(storms, " ".join(words).lower())), abs=1e-5)


def test_queries_have_no_limits(storms: Path) -> None:
    """A query far longer than one that is typed is answered as any other, by all of its words."""
    found = ranked(storms, "of all the things there are " * 2_000 + "storm")
    assert {identifier for identifier, _ in found} == {"1", "2", "3"}


def test_a_text_without_words_finds_nothing(storms: Path) -> None:
    """Signs alone are no query, and no error."""
    assert ranked(storms, "?! … --") == []
    assert ranked(storms, "") == []


def test_a_word_counts_as_often_as_it_is_asked_for(storms: Path) -> None:
    """Two of a word score twice as much as one."""
    once, twice = dict(ranked(storms, "storm")), dict(ranked(storms, "storm storm"))
    assert twice == pytest.approx({identifier: 2 * score for identifier, score in once.items()}, abs=2e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_ranking_is_that_of_a_scan_and_of_a_search(tmp_path: Path, seed: int) -> None:
    """Over several segments with deletions: what a scan of all texts finds, in its order, and a search for any word."""
    chance = random.Random(seed)
    archive = RandomArchive(tmp_path / "index", chance)
    oracle = scan.Scan(archive.articles, written=archive.written)
    with open_searcher(archive.folder) as searcher:
        for _ in range(12):
            words = " ".join(chance.choices(WORDS, k=4))
            request = SearchRequest(query=words, match="any", page_size=100)
            found = ranked(archive.folder, words)
            answer, top = oracle.search(request), searcher.top(request)
            assert [identifier for identifier, _ in found] == answer.ids
            assert [score for _, score in found] == pytest.approx(answer.scores, abs=1e-6)
            assert found == list(zip(top.ids, top.scores, strict=True))
            assert found[:5] == ranked(archive.folder, words, 5)


# The command


@pytest.fixture
def run(tmp_path: Path, storms: Path) -> Callable[..., Result]:
    """Runs ``backfile evaluate`` on two files of these texts."""

    def call(queries: str | bytes, judgments: str | bytes, *more: str, status: int = 0) -> Result:
        paths = []
        for name, text in (("queries.tsv", queries), ("qrels.tsv", judgments)):
            paths.append(tmp_path / name)
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        line = ["evaluate", *map(str, paths), "--index", str(storms), *more]
        result = CliRunner().invoke(backfile, line, catch_exceptions=False)
        assert result.exit_code == status, result.output
        return result

    return call


QUERIES = "q1\tstorm\nq2\train\nq3\tnothing judged\n"
JUDGMENTS = "q1\t2\t2\nq1\t3\t0\nq2\t4\t1\nq2\t1\t1\nq3\t1\t0\n"


def test_means_are_over_the_queries_with_a_relevant_article(run: Callable[..., Result], storms: Path) -> None:
    """Of three queries one has no relevant article: means are over two, and worked out by hand."""
    answer = json.loads(run(QUERIES, JUDGMENTS, "--json").stdout)
    assert [identifier for identifier, _ in ranked(storms, "storm")] == ["2", "1"]
    assert [identifier for identifier, _ in ranked(storms, "rain")] == ["2", "4"]
    ideal = 1 + 1 / math.log2(3)
    assert answer == {
        "queries": 2,
        "unjudged": 1,
        "nDCG@10": pytest.approx((1 + 1 / math.log2(3) / ideal) / 2),
        "MAP": pytest.approx((1 + (1 / 2) / 2) / 2),
        "recall@100": pytest.approx((1 + 1 / 2) / 2),
        "unknown_queries": [],
        "unknown_articles": [],
    }


def test_means_are_printed_for_people(run: Callable[..., Result]) -> None:
    """Each measure has a line with its name."""
    printed = run(QUERIES, JUDGMENTS).stdout
    assert [line.split()[0] for line in printed.splitlines()] == ["nDCG@10", "MAP", "recall@100", "queries"]
    assert "nDCG@10     0.6934" in printed
    assert "queries     2, 1 unjudged" in printed


def test_the_run_is_what_was_found_query_by_query(run: Callable[..., Result], storms: Path, tmp_path: Path) -> None:
    """``--run`` writes all queries in their order, judged or not, each best first."""
    to = tmp_path / "run.tsv"
    run(QUERIES, JUDGMENTS, "--run", str(to))
    wanted = [
        f"{query}\t{identifier}\t{score:.6f}\n"
        for query, text in (line.split("\t") for line in QUERIES.splitlines())
        for identifier, score in ranked(storms, text)
    ]
    assert to.read_bytes().decode() == "".join(wanted)
    assert len({line.split("\t")[0] for line in wanted}) == 3


def test_the_run_is_a_thousand_deep(tmp_path: Path) -> None:
    """The best 1,000 of all segments together, and no more; newest first where scores are equal."""
    articles = [Article(id=f"{number:04}", body="storm", language="en") for number in range(1_200)]
    folder = make_index(tmp_path / "many", articles[::2], articles[1::2])
    found = evaluate(folder, {"q": "storm"}, {"q": {"0999": 1, "1000": 1}})
    assert [identifier for identifier, _ in found.rankings["q"]] == [article.id for article in articles[:1_000]]
    assert found.mean_average_precision == pytest.approx(1 / 1_000 / 2)
    assert found.recall == 0


def test_ids_that_are_not_there_are_told(run: Callable[..., Result]) -> None:
    """Judgments of unknown queries and articles are named; the articles count as not found."""
    result = run(QUERIES, "q1\t2\t1\nq1\tghost\t1\nq9\t1\t1\n", "--json")
    answer = json.loads(result.stdout)
    assert (answer["unknown_queries"], answer["unknown_articles"]) == (["q9"], ["ghost"])
    assert answer["recall@100"] == 0.5
    assert "queries.tsv: q9" in result.stderr
    assert "not in the index: ghost" in result.stderr


@pytest.mark.parametrize(
    ("queries", "judgments", "words"),
    [
        ("q1 storm\n", JUDGMENTS, "queries.tsv:1: a query is its id, a tab and its text, not 'q1 storm'"),
        ("q1\tstorm\n\n\tstorm\n", JUDGMENTS, "queries.tsv:3: a query is"),
        ("q1\t \n", JUDGMENTS, "queries.tsv:1: a query is"),
        ("q1\tstorm\nq1\train\n", JUDGMENTS, "queries.tsv:2: there is a query 'q1' already"),
        (b"q1\tstorm\nq2\t\xff\n", JUDGMENTS, "queries.tsv:2: this is not UTF-8"),
        (QUERIES, "q1\t2\n", "qrels.tsv:1: a judgment is a query's id, an article's id and a grade"),
        (QUERIES, "q1\t2\t1\nq1\t0\t2\t1\n", "qrels.tsv:2: a judgment is"),
        (QUERIES, "q1\t\t1\n", "qrels.tsv:1: a judgment is"),
        (QUERIES, "q1\t2\tgood\n", "qrels.tsv:1: a grade is a whole number, 100 at most, not 'good'"),
        (QUERIES, "q1\t2\t1.5\n", "a grade is"),
        (QUERIES, "q1\t2\t101\n", "a grade is"),
        (QUERIES, "q1\t2\t²\n", "a grade is"),
        (QUERIES, "q1\t2\t1\nq1\t2\t0\n", "qrels.tsv:2: article '2' is judged for query 'q1' already"),
        ("", JUDGMENTS, "nothing to measure"),
        (QUERIES, "", "nothing to measure"),
        (QUERIES, "q1\t2\t0\nq2\t1\t-1\n", "nothing to measure"),
        (QUERIES, "other\t2\t1\n", "nothing to measure"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    run: Callable[..., Result], queries: Any, judgments: Any, words: str
) -> None:
    """Status 2, and a message that names file and line; with ``--json`` an object all the same."""
    assert words in run(queries, judgments, status=2).stderr
    assert words in json.loads(run(queries, judgments, "--json", status=2).stdout)["error"]


def test_files_from_other_systems_are_read(tmp_path: Path) -> None:
    """A mark at the beginning, line ends of two bytes, blank lines, no last line end, tabs and U+2028 in a text."""
    queries, judgments = tmp_path / "q", tmp_path / "j"
    queries.write_bytes("\ufeff1\tone\ttwo\r\n\r\n2\ta\u2028b".encode())
    judgments.write_bytes("\ufeff1\ta b\t 2\r\n \n1\tc\t-1".encode())
    assert read_queries(queries) == {"1": "one\ttwo", "2": "a\u2028b"}
    assert read_judgments(judgments) == {"1": {"a b": 2, "c": -1}}


def test_what_cannot_be_reached_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """No file to read is status 2, no place to write the run 1, no index 3."""
    assert "gone.tsv" in CliRunner().invoke(backfile, ["evaluate", "gone.tsv", "gone.tsv"]).stderr
    assert "could not be written" in run(QUERIES, JUDGMENTS, "--run", str(tmp_path / "no" / "run"), status=1).stderr
    assert "There is no index" in run(QUERIES, JUDGMENTS, "--index", str(tmp_path / "none"), status=3).stderr


def test_an_empty_index_scores_nothing(tmp_path: Path) -> None:
    """Without articles all means are 0: numbers, not NaN."""
    with open_writer(tmp_path / "empty"):
        pass
    found = evaluate(tmp_path / "empty", {"q": "storm"}, {"q": {"1": 1}})
    assert (found.ndcg, found.mean_average_precision, found.recall) == (0, 0, 0)
    assert found.unknown_articles == ("1",)


# How good the ranking is


@pytest.mark.parametrize(("name", "least_ndcg", "least_map"), [("time", 0.756, 0.697), ("cranfield", 0.523, 0.422)])
def test_judged_collections_are_ranked_as_well_as_by_lucene(
    shared: Path, tmp_path: Path, name: str, least_ndcg: float, least_map: float
) -> None:
    """With one set of constants, nDCG@10 and MAP of both are no less than Lucene 9's (English analyzer, BM25)."""
    data = shared / "data"
    index(tmp_path / "index", [str(data / f"{name}.jsonl")], quiet=True)
    found = evaluate(
        tmp_path / "index", read_queries(data / f"{name}.queries.tsv"), read_judgments(data / f"{name}.qrels.tsv")
    )
    assert found.ndcg >= least_ndcg
    assert found.mean_average_precision >= least_map


def test_a_query_of_common_words_alone_works(tmp_path: Path) -> None:
    """Every word is searched for: ``to be or not to be`` finds the article that is full of it among many others."""
    chance = random.Random(4)
    others = [random_article(chance, str(number)) for number in range(40)]
    hamlet = Article(id="hamlet", body="To be, or not to be: that is the question.", language="en")
    (first, score), *_ = ranked(make_index(tmp_path / "index", [*others, hamlet]), "to be or not to be")
    assert first == "hamlet"
    assert score > 0
