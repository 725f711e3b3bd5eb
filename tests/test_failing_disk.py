"""A disk that is full or broken, at any point of a command: a message, the old index served, and nothing in the way."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.generation import newest
from index.indexing import index
from index.lock import NOTE
from tests.archives import articles_in, entries_in, quick_folder, write_lines
from tests.failing_disk import FailingDisk, able, failing_disk
from tests.test_indexing_model import left_over
from tests.test_killed import records
from web.commands import backfile

FAULTS = ((errno.ENOSPC, True), (errno.EIO, False))
"""A full disk, and one that fails once."""

MESSAGES = ("No space left", "Input/output error", "disk is full", "disk I/O error", "unable to open database file")
"""What the system and SQLite say of them; SQLite says the last where it cannot make its journal."""


@pytest.fixture(scope="module")
def disk() -> Iterator[FailingDisk]:
    """Give a disk that fails."""
    if not able():
        pytest.skip("a disk that fails wants Linux and a C compiler (apt-get install gcc)")
    with tempfile.TemporaryDirectory() as folder, failing_disk(Path(folder)) as disk:
        yield disk


def state(folder: Path) -> tuple[Any, ...]:
    """Give all that an index holds, and what its account tells of it."""
    return newest(folder), articles_in(folder), entries_in(folder)


def run(*words: str) -> None:
    """Run a command on a disk that works, to its good end."""
    result = CliRunner().invoke(backfile, words)
    assert result.exit_code == 0, result.output


def fail_everywhere(disk: FailingDisk, top: Path, points: int) -> None:
    """Have the disk fail at that many points of each command, full at every second one and broken at the others."""
    folder, source, archive = top / "index", str(top / "source.jsonl"), str(top / "b.tar")
    for until in (40, 80, 120):
        index(folder, [write_lines(Path(source), *records(range(until), "as it was"))])
    run("backup", archive, "--index", str(folder), "-q")
    write_lines(Path(source), *records(range(30), "as it was"), *records(range(30, 100), "anew"))
    index(folder, [source])
    write_lines(Path(source), *records(range(20), "again"), *records(range(20, 100), "anew"))
    old = state(folder)
    commands = (["index", source], ["reindex", source], ["reindex"], ["restore", archive, "--replace"])
    for words in commands:
        copy = top / "copy"
        shutil.copytree(folder, copy)
        words = [*words, "--index", str(copy), "-q"]
        calls = disk.run(*words).calls
        new = state(copy)
        assert calls > 20
        assert new != old
        shutil.rmtree(copy)
        refused = 0
        for point in range(points):
            error, lasting = FAULTS[point % len(FAULTS)]
            at = 1 + point * calls // points
            shutil.copytree(folder, copy)
            ended = disk.run(*words, at=at, error=error, lasting=lasting)
            found = state(copy)
            where = (words, at, calls, ended)
            # Whatever failed after all was visible can be put off, and need not be told.
            assert (found in (old, new)) if ended.status else (found == new), where
            if ended.status:
                refused += found == old
                assert ended.status == 3, where
                (line,) = ended.stderr.splitlines()
                assert line.startswith("backfile: "), where
                assert any(message in line for message in MESSAGES), where
            assert not (copy / NOTE).exists(), where
            run("check", "--index", str(copy))
            run(*words)
            assert state(copy)[1:] == new[1:], where
            assert left_over(copy) == set(), where
            shutil.rmtree(copy)
        assert refused > points // 2


def test_a_disk_that_fails_at_any_point_leaves_the_old_index(disk: FailingDisk) -> None:
    """Status 3 and a message of one line, no lock and no leftovers in the next run's way; the old index, or the new."""
    with quick_folder() as top:
        fail_everywhere(disk, top, 12)


@pytest.mark.long
def test_a_disk_that_fails_at_a_hundred_points(disk: FailingDisk) -> None:
    """The same at a hundred points of each command."""
    with quick_folder() as top:
        fail_everywhere(disk, top, 100)


@pytest.mark.parametrize("points", [8, pytest.param(100, marks=pytest.mark.long)])
def test_a_backup_on_a_failing_disk_is_whole_or_not_there(disk: FailingDisk, tmp_path: Path, points: int) -> None:
    """No half of an archive bears its name, and the index that is copied is not touched."""
    folder, archive = tmp_path / "index", tmp_path / "b.tar"
    index(folder, [write_lines(tmp_path / "source.jsonl", *records(range(120), "as it was"))])
    words = ["backup", str(archive), "--index", str(folder), "-q"]
    was, calls = state(folder), disk.run(*words).calls
    whole = archive.read_bytes()
    archive.unlink()
    for point in range(points):
        error, lasting = FAULTS[point % len(FAULTS)]
        ended = disk.run(*words, at=1 + point * calls // points, error=error, lasting=lasting)
        assert ended.status in (0, 3), ended
        assert len(ended.stderr.splitlines()) == bool(ended.status), ended
        # The last sync, of the folder, can fail when the archive has its name: it is told, and the archive is whole.
        assert archive.exists() or ended.status, ended
        if archive.exists():
            assert len(archive.read_bytes()) == len(whole)
            archive.unlink()
        assert {path.name for path in tmp_path.iterdir()} == {"index", "source.jsonl"}, ended
        assert state(folder) == was
