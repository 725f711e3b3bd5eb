"""One writer at a time, whatever becomes of it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from index.article import Article
from index.errors import LockedIndexError
from index.lock import NOTE
from index.writer import open_writer
from tests.archives import build, titles_in

HOLDER = """
import sys
from index import Article, open_writer
with open_writer(sys.argv[1]) as writer:
    writer.add(Article(id="2", title="never committed"))
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    """It does not wait: the message names process, machine, time and command, and the first writer is not disturbed."""
    with open_writer(tmp_path / "index") as writer:
        with (
            pytest.raises(
                LockedIndexError,
                match=rf"process {os.getpid()} on {socket.gethostname()} since \d+ \w+ 20\d\d, .*\(.*python.*try again",
            ) as caught,
            open_writer(tmp_path / "index"),
        ):
            pass
        assert caught.value.exit_status == 3
        writer.add(Article(id="1", title="One"))
    assert titles_in(tmp_path / "index") == {"1": "One"}
    assert not (tmp_path / "index" / NOTE).exists()


@pytest.mark.parametrize("note", ["", "no json", "[]", "{}", '{"process": 1}'])
def test_a_note_that_says_nothing_does_not_matter(tmp_path: Path, note: str) -> None:
    """The lock is the kernel's: whatever stands in the note, or if it was deleted, the second writer is refused."""
    with open_writer(tmp_path):
        (tmp_path / NOTE).write_text(note)
        with pytest.raises(LockedIndexError, match="another process"), open_writer(tmp_path):
            pass
        (tmp_path / NOTE).unlink()
        with pytest.raises(LockedIndexError, match="another process"), open_writer(tmp_path):
            pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    """A writer that failed, before or after it was open, leaves the index to the next one."""
    with pytest.raises(ZeroDivisionError), open_writer(tmp_path):
        print(1 / 0)
    build(tmp_path, Article(id="1", title="One"))
    (tmp_path / "account.sqlite").write_bytes(b"x" * 5_000)
    for _ in range(2):
        with pytest.raises(Exception, match=r"account\.sqlite cannot be read"), open_writer(tmp_path):
            pass


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    """Another process that holds the lock is named; once it is killed, the next writer goes on from its last commit."""
    folder = build(tmp_path / "index", Article(id="1", title="One"))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedIndexError, match=f"process {holder.pid} on "), open_writer(folder):
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
        holder.stdin.close()
    build(folder, Article(id="3", title="Three"))
    assert titles_in(folder) == {"1": "One", "3": "Three"}
    assert not (folder / NOTE).exists()
