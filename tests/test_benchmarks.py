"""The benchmark measures what it says: the same articles, the same queries, the same matches."""

import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.articles import read_articles
from tests.benchmarks.engines import ENGINES, PAGE, Answer, Engine
from tests.benchmarks.figures import (
    MEASURES,
    ROWS,
    Answered,
    Built,
    Corpus,
    Figures,
    agreement,
    median_ratio,
    percentile,
)
from tests.benchmarks.measure import PROJECT, EngineError, started
from tests.benchmarks.memory import Peak
from tests.benchmarks.queries import STOP_WORDS, Kind, Query, draw, survey

ARTICLES = 200

# Every engine stems these to themselves, so that all have to find the same articles.
WORDS = re.findall(
    r"\w+",
    """
    bank grain cocoa trade ship export crop tin cotton gold harbour bread market union strike dam canal budget court
    storm flood road bridge school film festival museum garden river forest wheat oil gas coal steel copper rubber
    """,
)

PEERS = ["whoosh", "fts5", *(["tantivy"] if importlib.util.find_spec("tantivy") else [])]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of articles made up of a few words, over two years and three sections, some without date or section."""
    rng = random.Random(1)
    lines = []
    for number in range(ARTICLES):
        # The square makes the first words frequent and the last ones rare.
        text = [WORDS[int(rng.random() ** 2 * len(WORDS))] for _ in range(30)]
        record = {
            "id": str(number),
            "title": " ".join(text[:4]).title(),
            "body": " ".join(text[4:]) + ".",
            "section": rng.choice(["Politics", "Sport", "World", None]),
            # Each at a time of its own: the order by date has no ties.
            "date": None
            if number % 20 == 0
            else f"202{number % 2}-0{1 + number % 7}-10T{number // 60:02}:{number % 60:02}",
        }
        lines.append(json.dumps(record))
    path = tmp_path_factory.mktemp("benchmarks") / "articles.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def run_benchmark(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the benchmark's command in the project's folder."""
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_a_complete_table_comes_out(source: Path, tmp_path: Path) -> None:
    """Backfile and its peers build and answer in one run; no figure is missing, and the same articles are found."""
    engines = ["backfile", *PEERS[1:]]
    figures = tmp_path / "figures.json"
    done = run_benchmark(str(source), "--engines", ",".join(engines), "--queries", "6", "--json", str(figures))
    assert done.returncode == 0, done.stderr
    for row in ROWS:
        (line,) = (line for line in done.stdout.splitlines() if line.startswith(row.label))
        assert len(line.removeprefix(row.label).split()) >= 2 * len(engines) - 1, line
    found = json.loads(figures.read_text())
    for row in ROWS:
        assert all(found["medians"][row.label][name] > 0 for name in engines), row.label
        assert all(found["times_better"][row.label][name] > 0 for name in engines[1:]), row.label
    for name in engines[1:]:
        assert found["totals_agree"]["one word"][name] == 1
        assert found["totals_agree"]["word, section, dates"][name] == 1
    for note in ("medians" if found["runs"][1:] else "One run", "Backfile is built", "FTS5 has", "A fixed loop"):
        assert note in done.stdout


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """The message names the file, and the status is 2."""
    missing = tmp_path / "none.jsonl"
    done = run_benchmark(str(missing))
    assert done.returncode == 2
    assert str(missing) in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_engine_is_wrong_usage(source: Path) -> None:
    """The message says which engines there are."""
    done = run_benchmark(str(source), "--engines", "fts5,lucene")
    assert done.returncode == 2
    assert "lucene" in done.stderr
    assert "whoosh" in done.stderr


def test_every_engine_gives_the_same_answers(source: Path, tmp_path: Path) -> None:
    """Sets, counts by section and month, and the order by date are those of a plain look through the articles."""
    articles = list(read_articles(source))
    queries = [
        Query(Kind.WORD, ("bread",)),
        Query(Kind.ANY, ("rubber", "copper", "steel")),
        Query(Kind.ALL, ("bank", "grain", "gold")),
        Query(Kind.PHRASE, ("bank", "grain")),
        Query(Kind.PREFIX, ("cot",)),
        Query(Kind.FACETS, ("market",)),
        Query(Kind.NEWEST, ("bank",)),
        *draw(articles, 2)[Kind.FILTERED],
    ]
    for name in ["backfile", *PEERS]:
        engine = ENGINES[name].make()
        engine.prepare()
        engine.build(source, tmp_path / name, 1)
        engine.open(tmp_path / name)
        for query in queries:
            assert_answers(engine, query, articles_matching(query, source))
        engine.close()


def assert_answers(engine: Engine, query: Query, expected: Answer) -> None:
    """Compare an engine's answer with all the ids, newest first, and the counts that are right."""
    answer = engine.run(query)
    assert answer.total == expected.total, (engine, query)
    assert set(answer.ids) <= set(expected.ids), (engine, query)
    assert len(answer.ids) == min(PAGE, len(expected.ids)), (engine, query)
    if query.kind is Kind.NEWEST:
        assert answer.ids == expected.ids[:PAGE], (engine, query)
    if query.kind is Kind.FACETS:
        assert dict(answer.sections) == expected.sections, engine
        assert dict(answer.months) == expected.months, engine


def articles_matching(query: Query, source: Path) -> Answer:
    """Look through the articles one by one. The ids are all that match, newest first."""
    found = []
    for article in read_articles(source):
        texts = [text.lower().rstrip(".").split() for text in (article.title, article.body)]
        words = set(texts[0] + texts[1])
        matches = {
            Kind.ANY: bool(words.intersection(query.words)),
            Kind.PHRASE: any(" ".join(query.words) in " ".join(text) for text in texts),
            Kind.PREFIX: any(word.startswith(query.words[0]) for word in words),
        }.get(query.kind, words.issuperset(query.words))
        if query.kind is Kind.FILTERED:
            matches = (
                matches
                and article.section == query.section
                and article.date is not None
                and query.start <= article.date < query.end
            )
        if matches:
            found.append(article)
    found.sort(key=lambda article: article.date.timestamp() if article.date else 0, reverse=True)
    sections = [article.section for article in found if article.section]
    months = [f"{article.date:%Y-%m}" for article in found if article.date]
    return Answer(
        tuple(article.id for article in found),
        len(found),
        {section: sections.count(section) for section in sections},
        {month: months.count(month) for month in months},
    )


def test_queries_are_always_the_same(source: Path) -> None:
    """Two draws give the same queries; more queries of a kind leave the first ones as they are."""
    sample = survey(read_articles(source)).sample
    first, second, more = draw(sample, 10), draw(sample, 10), draw(sample, 15)
    assert first == second
    for kind in Kind:
        assert len(set(first[kind])) == 10
        assert more[kind][:10] == first[kind]


def test_queries_find_something(source: Path) -> None:
    """Every query is made of words of an article, so that it has a match; none is a stop word."""
    sample = survey(read_articles(source)).sample
    for kind, queries in draw(sample, 20).items():
        for query in queries:
            assert articles_matching(query, source).total, query
            assert kind is Kind.PREFIX or not STOP_WORDS.intersection(query.words)
        if kind in (Kind.ANY, Kind.ALL):
            assert {len(query.words) for query in queries} == {2, 3, 4}


def test_times_better_is_above_one_where_the_first_is_better() -> None:
    """A ratio is read the same way in every row: more a second, less time, less space; over queries both answered."""
    corpus = Corpus(100, 1_000_000)
    quick, slow = (1.0, 2.0, 50.0), (4.0, 8.0)
    good = Figures(Built(1.0, 100, 100, 100), 1.0, 100, {Kind.WORD: Answered(quick, (10, 100, 3), 3, quick)})
    bad = Figures(Built(4.0, 400, 400, 400), 4.0, 400, {Kind.WORD: Answered(slow, (10, 102), 1, slow)})
    runs = [{"good": good, "bad": bad}]
    rows = [*MEASURES, *(row for row in ROWS if row not in MEASURES and row.label.startswith("one word"))]
    assert [median_ratio(row, "good", "bad", runs, corpus) for row in rows] == [4.0] * len(rows)
    assert agreement("good", "bad", Kind.WORD, runs) == 0.5


def test_percentiles_are_values_that_were_measured() -> None:
    """The 99th percentile of 200 values is the third greatest, that of one value is itself."""
    assert percentile([float(number) for number in range(200)], 99) == 197
    assert percentile([3.0], 99) == 3
    assert percentile([1.0, 2.0, 3.0], 50) == 2


def test_the_memory_of_children_counts() -> None:
    """What a process that an engine starts holds is part of the engine's peak."""
    held = 64_000_000
    grandchild = f"import time; kept = b'x' * {held}; print('ready', flush=True); time.sleep(60)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        peak = Peak(process.pid)
        peak.look()
        assert held < peak.memory.private < 3 * held
    finally:
        subprocess.run(["kill", "--", f"-{process.pid}"], check=True)
        process.communicate()


def test_work_of_no_time_has_a_peak_too() -> None:
    """Where an engine is done before anybody looks, its peak is what it holds then, never nothing."""
    with started(ENGINES["fts5"]) as process:
        process.ask("prepare")
        peak = Peak(process.pid)
        process.ask("memory", peak=peak)
    assert peak.memory.resident > peak.memory.private > 1_000_000


def test_an_engine_that_fails_says_so(tmp_path: Path) -> None:
    """What goes wrong in an engine's process is told with its name, and the process ends."""
    with pytest.raises(EngineError, match=r"FTS5 failed[\s\S]*FileNotFoundError"), started(ENGINES["fts5"]) as process:
        process.ask("build", tmp_path / "none.jsonl", tmp_path / "index", 1)
    assert not Path(f"/proc/{process.pid}").exists()


def run_load(*arguments: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the measurement under load."""
    command = [sys.executable, "-m", "tests.benchmarks.load", *arguments]
    environment = os.environ if path is None else {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_load_says_what_it_lacks(source: Path, tmp_path: Path) -> None:
    """Without wrk nothing is built or served: a message says what to install."""
    done = run_load(str(source), path=str(tmp_path))
    assert done.returncode == 2
    assert "apt-get install wrk" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(shutil.which("wrk") is None, reason="there is no wrk here: apt-get install wrk")
def test_load_measures_what_is_served(source: Path) -> None:
    """Every cell of the table has a figure, and no request failed."""
    done = run_load(str(source), "--runs", "1", "--seconds", "1", "--queries", "2", "--workers", "1")
    assert done.returncode == 0, done.stderr
    rows = [line.strip("|").split("|") for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(rows) == 10
    assert all(float(cell.split(",")[0]) > 0 for row in rows[3:6] for cell in row[1:])
    assert "failed" not in done.stdout
