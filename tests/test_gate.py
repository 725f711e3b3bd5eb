"""The gate: an index that answers saved queries otherwise than the one before does not take its place unasked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.article import Article
from index.generation import newest, open_generation
from index.writer import open_writer
from search.errors import GateError
from search.evaluation import evaluate, read_judgments, read_queries
from search.gate import Gate
from tests.archives import build, bytes_in, write_lines
from tests.exact import articles
from web.commands import backfile

QUERIES = {"q1": "bank river", "q2": '"peace talks" OR title:ban*', "q3": "the -bank", "q4": "nothing like that"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an index in two segments, one article of it gone."""
    folder = build(tmp_path / "index", *articles(1, 60))
    build(folder, *articles(2, 60), Article("bank", "bank", "river bank " * 30))
    with open_writer(folder) as writer:
        writer.remove("a0003")
    return folder


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """Give a file of queries."""
    file = tmp_path / "queries.tsv"
    file.write_text("".join(f"{key}\t{text}\n" for key, text in QUERIES.items()))
    return file


@pytest.fixture
def qrels(tmp_path: Path) -> Path:
    """Give a file of judgments by which the index answers well."""
    file = tmp_path / "qrels.tsv"
    file.write_text("q1\tbank\t3\nq3\ta0001\t1\n")
    return file


@pytest.fixture
def changed(tmp_path: Path) -> str:
    """Give a source with a new version of one article that many queries find."""
    return write_lines(tmp_path / "more.jsonl", {"id": "bank", "title": "no", "body": "other words"})


def run(folder: Path, *words: str) -> Result:
    """Run ``reindex``."""
    result = CliRunner().invoke(backfile, ["reindex", "--index", str(folder), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def test_the_same_articles_built_anew_pass(folder: Path, queries: Path, qrels: Path) -> None:
    """One segment for two, no dead article: every total, order and figure is the same, with no tolerance at all."""
    for more in ([], ["--qrels", str(qrels)]):
        number = newest(folder)
        result = run(folder, "--gate", str(queries), *more)
        assert result.exit_code == 0, result.output
        assert "4 queries: 0 have another top ten, 0 only another total" in result.stdout
        assert newest(folder) == number + 1


def test_other_answers_are_told_and_held_back(folder: Path, queries: Path, changed: str) -> None:
    """The old index stays to the byte, the message says by how much, and the list what changed; tolerated it passes."""
    was = bytes_in(folder)
    result = run(folder, changed, "--gate", str(queries), "--allow-deletes")
    assert result.exit_code == 1
    assert bytes_in(folder) == was
    assert "0.5000 of the queries have another top ten, and the tolerance is 0. The old index stays." in result.stderr
    assert "q1: bank river" in result.stdout
    assert "-bank" in result.stdout
    assert "q4" not in result.stdout
    assert run(folder, changed, "--gate", str(queries), "--tolerance", "0.49").exit_code == 1
    assert bytes_in(folder) == was
    result = run(folder, changed, "--gate", str(queries), "--tolerance", "0.5")
    assert result.exit_code == 0, result.output
    assert "2 have another top ten" in result.stdout
    assert "1 updated" in result.stdout


def test_with_judgments_it_is_the_figures_that_count(folder: Path, queries: Path, qrels: Path, changed: str) -> None:
    """The loss of nDCG@10 is measured, and it is what ``evaluate`` says of both."""
    before = evaluate(folder, read_queries(queries), read_judgments(qrels))
    words = [changed, "--gate", str(queries), "--qrels", str(qrels), "--json"]
    result = run(folder, *words)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["status"] == 1
    loss = told["gate"]["measured"]
    assert "nDCG@10 falls by" in told["error"]
    result = run(folder, *words, "--tolerance", f"{loss:.4f}1")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["updated"], told["gate"]["passed"]) == (1, True)
    after = evaluate(folder, read_queries(queries), read_judgments(qrels))
    assert told["gate"]["figures"] == [
        {"nDCG@10": one.ndcg, "MAP": one.mean_average_precision, "recall@100": one.recall} for one in (before, after)
    ]
    assert loss == before.ndcg - after.ndcg > 0
    # The other way round is a gain.
    build(folder, Article("bank", "bank", "river bank " * 30))
    gate = Gate(QUERIES, read_judgments(qrels), 0.0)
    assert gate(open_generation(folder, newest(folder) - 1), open_generation(folder))
    assert gate.comparison is not None
    assert gate.comparison.measured == 0
    assert gate.comparison.changes


def test_a_dry_run_shows_what_would_change(folder: Path, queries: Path, changed: str) -> None:
    """``--dry-run`` compares and leaves every byte as it was, whatever comes of it."""
    was = bytes_in(folder)
    result = run(folder, changed, "--gate", str(queries), "--tolerance", "1", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "2 have another top ten" in result.stdout
    assert bytes_in(folder) == was


def test_changed_totals_alone_are_told_and_let_through(tmp_path: Path) -> None:
    """An article on the second page changes no top ten."""
    folder = build(tmp_path / "index", *(Article(f"{n}", "One title") for n in range(12)))
    queries = tmp_path / "queries.tsv"
    queries.write_text("q\ttitle\n")
    result = run(folder, write_lines(tmp_path / "z.jsonl", {"id": "z", "title": "A title"}), "--gate", str(queries))
    assert result.exit_code == 0, result.output
    assert "0 have another top ten, 1 only another total" in result.stdout
    assert "12 -> 13 articles\n" in result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "There is no query"), ("q1\t(bank\n", "Query 'q1' cannot be asked"), ("no tab\n", "a query is its id")],
)
def test_queries_that_cannot_be_asked_are_told_before_anything_is_built(
    folder: Path, queries: Path, text: str, said: str
) -> None:
    """A gate that lets everything through by mistake would be worse than none."""
    queries.write_text(text)
    was = bytes_in(folder)
    result = run(folder, "--gate", str(queries))
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert bytes_in(folder) == was


def test_there_has_to_be_something_to_compare_with(tmp_path: Path, queries: Path, changed: str) -> None:
    """Without an index there is nothing to compare; without a gate nothing to tolerate."""
    result = run(tmp_path / "none", changed, "--gate", str(queries))
    assert (result.exit_code, "Leave out --gate" in result.stderr) == (1, True)
    assert not (tmp_path / "none").exists()
    assert run(tmp_path / "none", changed, "--tolerance", "0.1").exit_code == 2
    with pytest.raises(GateError, match="no judgment"):
        Gate(QUERIES, {}, 0.0)
