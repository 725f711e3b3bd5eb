"""Runs that are interrupted, and runs that commit on their way: each goes on from its last commit."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from index.errors import VanishingError
from index.generation import damage, generations, newest, open_generation
from index.indexing import index
from index.lock import NOTE
from index.reading import Reader
from index.sources import Source
from index.writer import Writer
from tests.archives import counts, entries_in, good, lines_of, titles_in, write_lines
from tests.test_indexing_model import left_over
from tests.test_workers import change, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of an index that is not there yet."""
    return tmp_path / "index"


def start(words: list[str]) -> subprocess.Popen[bytes]:
    """Start a command as a user does, with a pipe as standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "web", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_says_so_and_lets_go(tmp_path: Path, folder: Path, sign: signal.Signals) -> None:
    """A signal ends a run with its own status, a message, nothing committed and no lock."""
    index(folder, [write_lines(tmp_path / "a.jsonl", *good("1"))])
    process = start(["index", "-", "--index", str(folder), "--json"])
    assert process.stdin is not None
    process.stdin.write(lines_of(good(*map(str, range(2, 5_000)))))
    process.stdin.flush()
    until = time.monotonic() + 30
    while not (folder / NOTE).exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.1)
    process.send_signal(sign)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 128 + sign
    assert b"as its last commit left it" in error
    assert b"Traceback" not in error
    assert json.loads(out)["status"] == 128 + sign
    assert titles_in(folder) == {"1": "T"}
    assert left_over(folder) == set()
    assert index(folder, [str(tmp_path / "a.jsonl")]).unchanged == 1


def every(parts: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let runs commit after every so many parts; gives the articles after each commit, as they are made."""
    asked, made = iter(range(10**9)), list[int]()
    commit = Writer.commit_so_far

    def committing(self: Writer) -> None:
        commit(self)
        folder = self._folder
        made.append(open_generation(folder).manifest.articles)
        assert damage(open_generation(folder)) == []
        assert len(generations(folder)) <= 2
        assert set(titles_in(folder)) == set(entries_in(folder))

    monkeypatch.setattr(Writer, "commit_so_far", committing)
    monkeypatch.setattr(Reader, "_is_time", lambda *_: next(asked) % parts == parts - 1)
    return made


@pytest.mark.parametrize("workers", [1, 2])
def test_commits_on_the_way_change_nothing_in_the_end(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """Reports, articles and account are those of one commit, whatever the sources held before."""
    monkeypatch.setattr("index.reading.WORTH_SHARING", 0)
    monkeypatch.setattr("index.sources.compression.BLOCK", 700)
    monkeypatch.setattr("index.workers.JOB", 600)
    (tmp_path / "s").mkdir()
    seen: list[list[Any]] = [[], []]
    for often in (False, True):
        at = tmp_path / f"index{often}"
        made = every(7 if workers == 1 else 90, monkeypatch) if often else []
        for seed in (1, 2, 4):
            for path in (tmp_path / "s").iterdir():
                path.unlink()
            change(tmp_path / "s", seed)
            report = index(at, [str(tmp_path / "s")], workers=workers, allow_deletes=True)
            seen[often].append((told(report), titles_in(at), entries_in(at)))
        assert len(made) > 1 or not often
    assert seen[True] == seen[False]


def test_each_commit_is_what_was_read_so_far(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles come in file by file, and what vanished goes with the last commit only."""
    source = tmp_path / "s"
    for number in range(6):
        write_lines(source / f"{number}.jsonl", *good(f"{number}a", f"{number}b"))
    write_lines(tmp_path / "s/old.jsonl", *good("old"))
    index(folder, [str(source)])
    for number in range(6):
        write_lines(source / f"{number}.jsonl", *good(f"{number}a", f"{number}c"))
    (source / "old.jsonl").unlink()
    # A file is its lines and its end.
    made = every(4, monkeypatch)
    report = index(folder, [str(source)], allow_deletes=True)
    assert made == [15, 17, 19]
    assert counts(report) == {"added": 6, "unchanged": 6, "deleted": 7}
    assert report.articles == 12
    assert newest(folder) == 5


def test_a_run_that_stops_goes_on_where_it_committed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run committed before it broke off is there, and is not read again."""
    source = tmp_path / "s"
    for number in range(6):
        write_lines(source / f"{number}.jsonl", *good(f"{number}"))
        os.utime(source / f"{number}.jsonl", ns=(10**18, 10**18))
    made = every(4, monkeypatch)
    commit = Writer.commit_so_far

    def breaking(self: Writer) -> None:
        commit(self)
        if len(made) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Writer, "commit_so_far", breaking)
    with pytest.raises(KeyboardInterrupt):
        index(folder, [str(source)])
    monkeypatch.undo()
    assert set(titles_in(folder)) == set("0123")
    assert left_over(folder) == set()
    opened: list[str] = []
    divide = Source._path

    def looking(self: Any, found: Any) -> Path:
        opened.append(found.file)
        return divide(self, found)

    monkeypatch.setattr(Source, "_path", looking)
    assert counts(index(folder, [str(source)])) == {"added": 2, "unchanged": 4}
    assert opened == ["4.jsonl", "5.jsonl"]


def test_a_run_that_may_not_delete_says_what_it_has_done(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a commit on the way it cannot say that nothing was changed."""
    source = write_lines(tmp_path / "s/a.jsonl", *good("1", "2", "3"))
    index(folder, [str(tmp_path / "s")])
    write_lines(Path(source), *good("1", "4"))
    every(1, monkeypatch)
    with pytest.raises(VanishingError, match="What was read is in, and nothing was taken out"):
        index(folder, [str(tmp_path / "s")])
    assert set(titles_in(folder)) == {"1", "2", "3", "4"}


def test_building_afresh_is_one_commit(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches never see half of an index that is built anew; a dry run commits nothing at all."""
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    monkeypatch.setattr(Reader, "_is_time", lambda *_: True)
    index(folder, [source], dry_run=True)
    assert not folder.exists()
    index(folder, [source])
    before = newest(folder)
    index(folder, [source], afresh=True)
    assert newest(folder) == before + 1
