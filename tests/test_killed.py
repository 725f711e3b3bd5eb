"""Killed by the kernel, at any moment of a run: the index opens, and the next run goes on."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import Article
from index.generation import damage, newest, open_generation
from index.indexing import index
from index.lock import NOTE
from tests.archives import build, quick_folder, titles_in, write_lines
from web.commands import backfile

OLD = {"1": "One", "2": "Two", "3": "Three"}


def in_fork(source: str, folder: Path) -> int:
    """Run ``backfile index`` in a fork of this process, and give its number."""
    child = os.fork()
    if child == 0:
        try:
            backfile.main(["index", source, "--index", str(folder), "-q"])
        finally:
            os._exit(0)
    return child


def in_process(source: str, folder: Path) -> int:
    """Run ``backfile index`` as a command of its own, and give the number of its process."""
    command = [sys.executable, "-m", "web", "index", source, "--index", str(folder), "-q"]
    return os.spawnv(os.P_NOWAIT, command[0], command)


def kill_while_indexing(tmp_path: Path, kills: int, start: Callable[[str, Path], int]) -> None:
    """Kill a run at that many moments spread over it, and see that each index is at old or new and can go on."""
    new = {f"n{number}": f"Title {number}" for number in range(40)}
    records = [{"id": i, "title": t, "body": " ".join(f"{t}{word}" for word in range(30))} for i, t in new.items()]
    source = write_lines(tmp_path / "new.jsonl", *records)
    folder = build(tmp_path / "index", *(Article(id=identifier, title=title) for identifier, title in OLD.items()))
    began = time.monotonic()
    index(shutil.copytree(folder, tmp_path / "timed"), [source])
    seconds = time.monotonic() - began
    seen = set()
    for moment in range(kills):
        copy = shutil.copytree(folder, tmp_path / "copy")
        process = start(source, copy)
        started = time.monotonic()
        while not (copy / NOTE).exists() and newest(copy) == 1 and time.monotonic() < started + 60:
            time.sleep(0.001)
        time.sleep(1.1 * seconds * moment / kills)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        titles = titles_in(copy)
        assert titles in (OLD, OLD | new)
        seen.add(len(titles))
        generation = open_generation(copy)
        assert damage(generation) == []
        report = index(copy, [source])
        assert report.added + report.unchanged == len(new)
        assert titles_in(copy) == OLD | new
        assert not (copy / NOTE).exists()
        shutil.rmtree(copy)
    assert len(OLD) in seen


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_while_indexing_it_opens_as_old_or_new() -> None:
    """The command, killed by the kernel at some moment, leaves an index that opens and that a second run finishes."""
    with quick_folder() as folder:
        kill_while_indexing(folder, 15, in_fork)


def test_killed_as_a_process_of_its_own_it_opens_as_old_or_new(tmp_path: Path) -> None:
    """The same with the command as a user runs it."""
    kill_while_indexing(tmp_path, 2, in_process)


@pytest.mark.long
def test_killed_while_indexing_many_more_times(tmp_path: Path) -> None:
    """The same at 150 moments."""
    kill_while_indexing(tmp_path, 150, in_process)
