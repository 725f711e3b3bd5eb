"""``index --watch`` follows its sources, and lets go of the index between runs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.errors import LockedIndexError
from index.lock import writer_lock
from tests.archives import good, titles_in, write_lines
from tests.test_indexing_model import left_over
from web.commands import backfile


def soon(true: Callable[[], bool]) -> bool:
    """Wait for something to be true, half a minute at most."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def holds(folder: Path, *identifiers: str) -> Callable[[], bool]:
    """Say whether an index holds these articles and no others."""

    def held() -> bool:
        try:
            return set(titles_in(folder)) == set(identifiers)
        except Exception:  # there is no index yet
            return False

    return held


@contextmanager
def watching(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``index --watch`` as a user does."""
    command = [sys.executable, "-m", "web", "index", "--watch", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def lock_between_runs(folder: Path) -> Iterator[None]:
    """Hold an index's lock as soon as a run that is still at work lets go of it."""
    with ExitStack() as held:

        def taken() -> bool:
            with suppress(LockedIndexError):
                held.enter_context(writer_lock(folder))
                return True
            return False

        assert soon(taken)
        yield


def test_changes_are_followed_until_a_signal(tmp_path: Path) -> None:
    """New, changed and removed files, new folders, and a lone file that another takes the place of."""
    folder, source, lone = tmp_path / "s/index", tmp_path / "s", tmp_path / "l/lone.jsonl"
    write_lines(source / "a.jsonl", *good("1", "2", "3"))
    write_lines(lone, *good("l"))
    with watching(str(source), str(lone), "--index", str(folder)) as process:
        assert soon(holds(folder, "1", "2", "3", "l"))
        write_lines(source / "new/b.jsonl", *good("4"))
        assert soon(holds(folder, "1", "2", "3", "l", "4"))
        write_lines(source / "a.jsonl", *good("1", "2"))
        assert soon(holds(folder, "1", "2", "l", "4"))
        write_lines(tmp_path / "l/beside.jsonl", *good("l", "m"))
        (tmp_path / "l/beside.jsonl").rename(lone)
        assert soon(holds(folder, "1", "2", "l", "m", "4"))
        with lock_between_runs(folder):
            # Nobody holds the lock between runs; while another does, the change waits.
            write_lines(source / ".hidden.jsonl", *good("h"))
            write_lines(source / "c.jsonl", *good("5"))
            assert process.stderr is not None
            assert "try again" in process.stderr.readline()
        assert soon(holds(folder, "1", "2", "l", "m", "4", "5"))
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert "1 deleted; 4 articles in the index." in out
    assert "Traceback" not in error
    assert left_over(folder) == set()


def test_a_run_that_fails_is_told_and_the_next_change_tried(tmp_path: Path) -> None:
    """A change that would empty the index stops nothing but itself."""
    folder, source = tmp_path / "index", tmp_path / "s"
    write_lines(source / "a.jsonl", *good("1", "2", "3"))
    with watching(str(source), "--index", str(folder)) as process:
        assert soon(holds(folder, "1", "2", "3"))
        write_lines(source / "a.jsonl", *good("4"))
        assert process.stderr is not None
        assert "--allow-deletes" in process.stderr.readline()
        write_lines(source / "a.jsonl", *good("1", "2", "3", "4"))
        assert soon(holds(folder, "1", "2", "3", "4"))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 128 + signal.SIGINT


@pytest.mark.parametrize(("words", "sign"), [(["--json"], "--json"), (["--dry-run"], "--dry-run"), (["-"], " -.")])
def test_what_does_not_go_with_watching_is_refused(tmp_path: Path, words: list[str], sign: str) -> None:
    """An answer that is one object, a run without effect and a pipe have an end."""
    before = threading.active_count()
    result = CliRunner().invoke(backfile, ["index", str(tmp_path), "--watch", *words])
    assert result.exit_code == 2
    assert sign in result.stderr
    assert os.listdir(tmp_path) == []  # noqa: PTH208
    assert threading.active_count() == before
