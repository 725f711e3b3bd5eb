"""Killed by the kernel, at any moment of a run: the index opens, and the next run goes on."""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.generation import newest
from index.indexing import index
from index.lock import NOTE
from tests.archives import articles_in, entries_in, quick_folder, write_lines
from tests.test_indexing_model import left_over
from web.commands import backfile


def in_fork(words: list[str]) -> int:
    """Run a command in a fork of this process, and give its number."""
    child = os.fork()
    if child == 0:
        try:
            backfile.main(words)
        finally:
            os._exit(0)
    return child


def in_process(words: list[str]) -> int:
    """Run a command as a user does, and give the number of its process."""
    command = [sys.executable, "-m", "web", *words]
    return os.spawnv(os.P_NOWAIT, command[0], command)


def records(numbers: range, version: str) -> list[dict[str, Any]]:
    """Give articles of many different words."""
    return [
        {"id": f"n{n}", "title": f"Title {n} {version}", "body": " ".join(f"w{n}x{word}" for word in range(40))}
        for n in numbers
    ]


def state(folder: Path) -> tuple[Any, ...]:
    """Give all that an index holds, and all that its account tells of where it came from."""
    return newest(folder), articles_in(folder), entries_in(folder)


def run(words: list[str]) -> None:
    """Run a command within this process to its good end."""
    result = CliRunner().invoke(backfile, words)
    assert result.exit_code == 0, result.output


def kill_at_random(top: Path, kills: int, start: Callable[[list[str]], int], seed: int) -> None:
    """Kill runs of every kind at random moments, and see that each index is at old or new, sound, and can go on."""
    folder, source = top / "index", str(top / "source.jsonl")
    for until in (40, 80, 120):
        index(folder, [write_lines(Path(source), *records(range(until), "as it was"))])
    archive = str(top / "earlier.tar")
    run(["backup", archive, "--index", str(folder), "-q"])
    index(folder, [write_lines(Path(source), *records(range(130), "as it was"))])
    changed = [*records(range(30), "as it was"), *records(range(30, 100), "anew"), *records(range(200, 260), "added")]
    write_lines(Path(source), *changed)
    commands = [["index", source], ["reindex", source], ["reindex"], ["restore", archive, "--replace"]]
    old, new, seconds = state(folder), [], []
    for words in commands:
        copy = shutil.copytree(folder, top / "timed")
        began = time.monotonic()
        run([*words, "--index", str(copy), "-q"])
        seconds.append(time.monotonic() - began)
        new.append(state(copy))
        shutil.rmtree(copy)
    assert all(one != old for one in new)
    draw = random.Random(seed)
    seen = set()
    for kill in range(kills):
        which = kill % len(commands)
        copy = shutil.copytree(folder, top / "copy")
        words = [*commands[which], "--index", str(copy), "-q"]
        process = start(words)
        started = time.monotonic()
        while not (copy / NOTE).exists() and newest(copy) == old[0] and time.monotonic() < started + 60:
            time.sleep(0.0005)
        # The second one at once, so that one at least comes before the commit however busy the machine is.
        # A process of its own takes longer than this one, which has done it before.
        time.sleep(draw.uniform(0, 2) * seconds[which] * (kill != 1))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        run(["check", "--index", str(copy)])
        found = state(copy)
        assert found in (old, new[which])
        seen.add(found == old)
        run(words)
        assert state(copy)[1:] == new[which][1:]
        assert left_over(copy) == set()
        shutil.rmtree(copy)
    assert kills < 2 or True in seen
    assert kills < 50 or False in seen


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_at_random_moments_it_opens_as_old_or_new() -> None:
    """``index`` and ``reindex``, killed by the kernel, leave an index that is sound and that a second run finishes."""
    with quick_folder() as folder:
        kill_at_random(folder, 12, in_fork, 1)


def test_killed_as_a_process_of_its_own_it_opens_as_old_or_new(tmp_path: Path) -> None:
    """The same with a command as a user runs it."""
    kill_at_random(tmp_path, 1, in_process, 2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 14))
def test_killed_at_two_hundred_moments(tmp_path: Path, seed: int) -> None:
    """The same at two hundred moments of ``index`` and ``reindex``, and at a third as many of ``restore``."""
    kill_at_random(tmp_path, 68, in_process, seed)


def kill_backups(top: Path, kills: int, start: Callable[[list[str]], int], seed: int) -> None:
    """Kill backups at random moments: no half of one is there, and the index is not touched."""
    folder, archive = top / "index", top / "b.tar"
    index(folder, [write_lines(top / "source.jsonl", *records(range(200), "as it was"))])
    words = ["backup", str(archive), "--index", str(folder), "-q"]
    began = time.monotonic()
    os.waitpid(start(words), 0)
    seconds, was = time.monotonic() - began, state(folder)
    draw = random.Random(seed)
    whole = 0
    for kill in range(kills):
        archive.unlink(missing_ok=True)
        process = start(words)
        # The first one at once, the second in its own time, so that both ends are met however busy the machine is.
        time.sleep(draw.uniform(0, 1.2) * seconds * (kill > 0))
        if kill != 1:
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        assert state(folder) == was
        if archive.exists():
            whole += 1
            run(["restore", str(archive), "--index", str(top / "restored"), "-q"])
            assert state(top / "restored") == was
            run(["check", "--index", str(top / "restored")])
            shutil.rmtree(top / "restored")
    assert 0 < whole < kills
    run([*words, "--overwrite"])
    shutil.rmtree(folder)
    # What a killed run could not tidy up has no name that anybody would take for a backup.
    assert all(path.name.startswith(".") for path in top.iterdir() if path.name not in ("b.tar", "source.jsonl"))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_killed_backup_is_whole_or_not_there() -> None:
    """An archive has its name when it is whole, and not before."""
    with quick_folder() as folder:
        kill_backups(folder, 6, in_fork, 4)


@pytest.mark.long
def test_backups_killed_at_a_hundred_moments(tmp_path: Path) -> None:
    """The same at a hundred moments."""
    kill_backups(tmp_path, 100, in_process, 5)


def kill_watches(top: Path, kills: int, start: Callable[[list[str]], int], seed: int) -> None:
    """Kill ``--watch`` at random moments around a change: it is seen whole or not at all, and the next one goes on."""
    folder, source = top / "index", top / "source"

    def write(version: str, last: int) -> None:
        for file in range(4):
            numbers = range(file * 40, min((file + 1) * 40, last))
            write_lines(source / f"{file}.jsonl", *records(numbers, version if file % 2 else "as it was"))

    write("as it was", 150)
    index(folder, [str(source)])
    old = articles_in(folder)
    write("anew", 155)
    shutil.copytree(folder, top / "copy")
    index(top / "copy", [str(source)])
    new, entries = articles_in(top / "copy"), entries_in(top / "copy")
    draw, seen = random.Random(seed), set()
    for kill in range(kills):
        shutil.rmtree(top / "copy")
        write("as it was", 150)
        copy = shutil.copytree(folder, top / "copy")
        process = start(["index", str(source), "--watch", "--index", str(copy), "-q"])
        # The first one at once, the last when all of it is there, so that both ends are met however busy the machine.
        time.sleep(draw.uniform(0, 2) * (kill > 0))
        # Files are written one after the other: a run may well begin between two of them.
        write("anew", 155)
        started, whole = time.monotonic(), kill == kills - 1
        until = 60 if whole else draw.uniform(0, 1.5) * (kill > 0)
        while time.monotonic() < started + until and not (whole and articles_in(copy) == new):
            time.sleep(0.005)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        run(["check", "--index", str(copy)])
        found = articles_in(copy)
        assert set(entries_in(copy)) == set(found)
        assert all(article in (old.get(name), new.get(name)) for name, article in found.items())
        assert set(old) <= set(found) <= set(new)
        seen.add((found == old, found == new))
        run(["index", str(source), "--index", str(copy), "-q"])
        assert (articles_in(copy), entries_in(copy)) == (new, entries)
        assert left_over(copy) == set()
    assert {(True, False), (False, True)} <= seen


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_watch_that_is_killed_leaves_a_sound_index() -> None:
    """Whatever it was at, and the next one brings the index in step."""
    with quick_folder() as folder:
        kill_watches(folder, 4, in_fork, 6)


@pytest.mark.long
def test_watches_killed_at_fifty_moments(tmp_path: Path) -> None:
    """The same at fifty moments."""
    kill_watches(tmp_path, 50, in_process, 7)
