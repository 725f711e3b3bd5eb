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

from index.changed import Changes
from index.errors import LockedIndexError
from index.indexing import Report, delete, index
from index.lock import writer_lock
from index.watching import keep_in_step
from tests.archives import good, lines_of, titles_in, write_lines
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


def follow(source: Path, folder: Path, *steps: Callable[[], object]) -> list[Changes | None]:
    """Follow a source while one step after another is done, each when a run has ended; give what runs were given."""
    given: list[Changes | None] = []
    waiting = list(steps)

    def run(changes: Changes | None) -> Report:
        given.append(changes)
        return index(folder, [str(source)], changes=changes)

    def show(report: Report) -> None:
        if not waiting:
            raise StopIteration
        waiting.pop(0)()

    with pytest.raises(StopIteration):
        keep_in_step([str(source)], folder, run, show, lambda error: pytest.fail(str(error)))
    return given


def test_a_run_is_told_what_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it at first, and where somebody else has written the index or it is time; else the paths alone."""
    source, folder = tmp_path / "s", tmp_path / "index"
    write_lines(source / "a.jsonl", *good("1", "2", "3"))
    b, c, d = (str(source / f"{name}.jsonl") for name in "bcd")

    def by_another() -> None:
        delete(folder, ["1"])
        write_lines(Path(c), *good("c"))

    def late() -> None:
        monkeypatch.setattr("index.watching.LOOK_SECONDS", 0)
        write_lines(Path(d), *good("d"))

    given = follow(source, folder, lambda: write_lines(Path(b), *good("b")), by_another, late)
    assert [changes and set(changes.paths) for changes in given] == [None, {b}, {c}, None, None]
    assert set(titles_in(folder)) == {"2", "3", "b", "c", "d"}


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode on other systems")
def test_a_name_that_is_no_text_ends_nothing(tmp_path: Path) -> None:
    """What follows files gives up at a name that is no UTF-8: it is begun anew, and nothing is missed."""
    source, folder = tmp_path / "s", tmp_path / "index"
    write_lines(source / "a.jsonl", *good("1", "2", "3"))
    odd = os.fsencode(source) + b"/caf\xe9.jsonl"

    def write_odd() -> None:
        Path(os.fsdecode(odd)).write_bytes(lines_of(good("odd")))

    follow(source, folder, write_odd, lambda: write_lines(source / "b.jsonl", *good("b")))
    assert set(titles_in(folder)) == {"1", "2", "3", "odd", "b"}
