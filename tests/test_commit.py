"""The commit: a generation is visible whole or not at all, whatever the disk and the power do."""

import errno
import os
import resource
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import whoosh.index
from whoosh.query import And, Every, Not, Or, Phrase, Prefix, Term

from index import generation as generation_module
from index.account import Account
from index.article import Article
from index.errors import BackfileError, DamagedIndexError, StorageError
from index.generation import damage, generations, newest, open_generation
from index.indexing import delete
from index.lock import NOTE
from index.schema import restore
from index.segment_writer import SegmentWriter
from index.writer import open_writer
from tests.archives import articles_in, build, bytes_in, entries_in, quick_folder, titles_in

OLD = {"1": "One", "2": "Two", "3": "Three"}
NEW = {"1": "Uno", "3": "Three", "4": "Four"}

STEPS: list[tuple[Any, str]] = [
    (os, "fsync"),
    (Path, "rename"),
    (Path, "unlink"),
    (Path, "open"),
    (shutil, "rmtree"),
    (Account, "save"),
    (SegmentWriter, "add"),
    (SegmentWriter, "finish"),
]
"""Where a run can be stopped: each call of these, before it has done anything and after."""


def change(folder: Path) -> None:
    """Make OLD into NEW in one commit: an article added, one updated, one removed."""
    with open_writer(folder) as writer:
        writer.add(Article(id="1", title="Uno"))
        writer.add(Article(id="4", title="Four"))
        writer.remove("2", for_good=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an index of three generations that holds OLD."""
    folder = tmp_path / "index"
    for identifier, title in OLD.items():
        build(folder, Article(id=identifier, title=title))
    return folder


@pytest.fixture
def quick() -> Iterator[Path]:
    """Give a folder in memory."""
    with quick_folder() as folder:
        yield folder


def at_each_step(stop: Callable[[int], None], *, after: bool) -> Callable[[], int]:
    """Patch every step to call ``stop`` with a number of its own before, or also after; returns what counts them."""
    count = 0

    def wrap(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(*arguments: Any, **more: Any) -> Any:
            nonlocal count
            count += 1
            stop(count - 1)
            result = real(*arguments, **more)
            if after:
                count += 1
                stop(count - 1)
            return result

        setattr(owner, name, step)

    for owner, name in STEPS:
        wrap(owner, name)
    return lambda: count


def in_child(work: Callable[[], int]) -> int:
    """Do something in a forked process that ends at once, and give its status; a signal is negative."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = work()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def assert_whole(folder: Path, *, old: dict[str, str], new: dict[str, str]) -> int:
    """See that an index is at the old or the new state with every byte sound, and its account too; gives which."""
    generation = open_generation(folder)
    number = generation.number
    assert damage(generation) == []
    titles = titles_in(folder)
    assert titles in (old, new)
    assert set(entries_in(folder)) == set(titles)
    with closing(Account(folder, number)) as account:
        assert account.deleted("2") == (titles == NEW)
    return number


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_crash_at_any_step_leaves_old_or_new(quick: Path, folder: Path) -> None:
    """Killed before or after any step of a commit, the index is at one of the two, and the next run goes through."""
    was = bytes_in(folder)
    steps = 0
    seen = set()
    for killed_at in range(1_000):
        copy = shutil.copytree(folder, quick / f"copy{killed_at}")

        def work(copy: Path = copy, killed_at: int = killed_at) -> int:
            at_each_step(
                lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == killed_at else None, after=True
            )
            change(copy)
            return 0

        status = in_child(work)
        if status == 0:
            steps = killed_at
            break
        assert status == -signal.SIGKILL
        seen.add(assert_whole(copy, old=OLD, new=NEW))
        change(copy)
        assert assert_whole(copy, old=NEW, new=NEW) in (4, 5)
        assert not [name for name in bytes_in(copy) if name.endswith((".new", ".tmp")) or name == NOTE]
        shutil.rmtree(copy)
    assert steps > 30
    assert seen == {3, 4}
    assert bytes_in(folder) == was


def test_a_failing_disk_at_any_step_leaves_old_or_new(
    quick: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk at any step is told by name, or came too late to matter; old or new, and free to go on."""
    failed = kept = 0
    for fails_at in range(1_000):
        copy = shutil.copytree(folder, quick / f"copy{fails_at}")

        def stop(number: int, fails_at: int = fails_at) -> None:
            if number == fails_at:
                raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            for owner, name in STEPS:
                patched.setattr(owner, name, getattr(owner, name))
            steps = at_each_step(stop, after=False)
            try:
                change(copy)
                kept += 1
                assert titles_in(copy) == NEW
            except (StorageError, DamagedIndexError) as error:
                failed += "No space left on device" in str(error)
        assert_whole(copy, old=OLD, new=NEW)
        change(copy)
        assert titles_in(copy) == NEW
        shutil.rmtree(copy)
        if steps() <= fails_at:
            break
    assert failed > 15
    assert kept > 2


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("size", [0, 10, 500, 2_000, 8_000])
def test_a_full_disk_is_told_of_and_harmless(folder: Path, size: int) -> None:
    """When no file can grow beyond a size, by whoever writes it, the run fails by name and the index is as it was."""

    def work() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            build(folder, *(Article(id=f"new{number}", title="x", body=f"word{number} " * 50) for number in range(50)))
        except StorageError:
            return 1
        return 0

    assert in_child(work) == 1
    assert_whole(folder, old=OLD, new=OLD)
    change(folder)
    assert titles_in(folder) == NEW


def test_what_cannot_be_tidied_up_does_not_undo_a_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that will not go are left to the next writer; the commit stands and is not reported as failed."""

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with open_writer(folder) as writer:
            writer.add(Article(id="4", title="Four"))
    assert generations(folder) == [2, 3, 4]
    build(folder, Article(id="5", title="Five"))
    assert generations(folder) == [4, 5]


def test_everything_is_on_the_disk_before_it_is_visible(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file that is named is synced, the account saved, the folder synced, then the rename, the folder again."""
    order: list[str] = []
    fsync, rename, save = os.fsync, Path.rename, Account.save

    def noting_fsync(handle: int) -> None:
        order.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    def noting_rename(path: Path, target: Path) -> Path:
        order.append(f"{path.name} -> {target.name}")
        return rename(path, target)

    def noting_save(*arguments: Any, **more: Any) -> None:
        order.append("account")
        save(*arguments, **more)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "rename", noting_rename)
    monkeypatch.setattr(Account, "save", noting_save)
    before = set(bytes_in(folder))
    change(folder)
    new = {name for name in bytes_in(folder) if name.startswith("MAIN_")} - before
    assert set(order[: order.index("account")]) == new
    assert order[order.index("account") :] == [
        "account",
        "_MAIN_4.toc.new",
        folder.name,
        "_MAIN_4.toc.new -> _MAIN_4.toc",
        folder.name,
    ]


def test_the_generation_before_stays_until_the_next_commit(folder: Path) -> None:
    """A reader that pinned it can open it, and everything in it is as it was; the one before that has gone."""
    was = articles_in(folder)
    change(folder)
    assert generations(folder) == [3, 4]
    assert articles_in(folder, 3) == was
    assert titles_in(folder, 4) == titles_in(folder) == NEW
    build(folder, Article(id="5", title="Five"))
    assert generations(folder) == [4, 5]
    with pytest.raises(BackfileError, match="no generation 3"):
        open_generation(folder, 3)


def test_an_open_generation_outlives_its_files(folder: Path) -> None:
    """A reader keeps its generation as it was, also after commits that removed its files."""
    generation = open_generation(folder)
    for number in range(12):
        build(folder, Article(id=f"new{number}", title="Other"))
    delete(folder, ["1", "2", "3"])
    assert generations(folder) == [15, 16]
    found = {
        segment.article(doc).title: list(segment.positions("title", segment.article(doc).title.lower()))
        for segment in generation.segments
        for doc in range(segment.size)
        if segment.live[doc]
    }
    assert set(found) == set(OLD.values())
    assert found["Two"] == [(0, [0])]


def test_leftovers_go_and_other_files_stay(folder: Path) -> None:
    """What runs that were killed left behind goes with the next writer; what is not Backfile's is not touched."""
    for name in ("MAIN_dead.arrays", "MAIN_dead.words", "_MAIN_9.toc.new", "_MAIN_2.toc.1611000000.5"):
        (folder / name).write_bytes(b"left")
    (folder / "MAIN.tmp").mkdir()
    (folder / "MAIN.tmp/run").write_bytes(b"left")
    others = ("notes.txt", "MAINTENANCE", "backup.tar")
    for name in others:
        (folder / name).write_bytes(b"mine")
    with open_writer(folder):
        pass
    left = {name for name, data in bytes_in(folder).items() if data == b"left"}
    assert left == set()
    assert all((folder / name).read_bytes() == b"mine" for name in others)
    assert titles_in(folder) == OLD


def test_nothing_is_removed_while_it_is_not_known_what_is_needed(folder: Path) -> None:
    """With a damaged table of contents every file stays, until it is two generations old."""
    (folder / "_MAIN_2.toc").write_bytes(b"")
    kept = {name for name in bytes_in(folder) if name.startswith("MAIN_")}
    build(folder, Article(id="4", title="Four"))
    assert kept <= set(bytes_in(folder))
    assert generations(folder) == [3, 4]


def test_readers_and_a_writer_never_meet(folder: Path) -> None:
    """While generations come and go, opening the newest gives a whole one each time."""
    done = threading.Event()
    opened: list[tuple[int, int]] = []
    errors: list[BaseException] = []

    def keep_opening() -> None:
        try:
            while not done.is_set():
                generation = open_generation(folder)
                assert generation.manifest.articles == sum(int(s.live.sum()) for s in generation.segments)
                opened.append((generation.number, generation.manifest.articles))
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=keep_opening) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(15):
        build(folder, Article(id=f"new{number}", title="T"))
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert len(opened) > 10
    assert all(number == articles for number, articles in opened)


def test_a_generation_that_goes_while_it_is_opened_is_looked_for_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commits between finding the newest generation and reading it take its files away: then there is a newer."""
    real = generation_module.read_toc

    def slow(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(generation_module, "read_toc", real)
        build(folder, Article(id="4", title="Four"))
        build(folder, Article(id="5", title="Five"))
        return real(*arguments, **more)

    monkeypatch.setattr(generation_module, "read_toc", slow)
    generation = open_generation(folder)
    assert generation.number == 5


def test_stock_whoosh_opens_the_index(tmp_path: Path) -> None:
    """Whoosh's own reader finds documents by every kind of query that is promised to it, in several segments."""
    build(
        tmp_path,
        Article(id="1", title="Contacts with Karabakh", body="Russia sees no reason to hinder it.", section="CIS"),
        Article(id="2", title="Harbour", body="Contacts go on. Russia sees.", section="Sport", comments=7),
        Article(id="gone", title="Contacts"),
    )
    build(tmp_path, Article(id="3", title="Karabakh", body="no contacts"))
    delete(tmp_path, ["gone"])
    (tmp_path / "_MAIN_9.toc.new").write_bytes(b"left by a crash")
    ix = whoosh.index.open_dir(str(tmp_path))
    assert ix.latest_generation() == newest(tmp_path) == 3
    with ix.searcher() as searcher:
        for query, expected in {
            Term("title", "contact"): "1",
            Term("body", "contact"): "23",
            Term("id", "3"): "3",
            Term("id", "gone"): "",
            Term("section", "cis"): "1",
            And([Term("title", "karabakh"), Term("body", "contact")]): "3",
            Or([Term("title", "harbour"), Term("title", "karabakh")]): "123",
            And([Every("id"), Not(Term("body", "russia"))]): "3",
            Phrase("body", ["russia", "see"]): "12",
            Phrase("body", ["see", "russia"]): "",
            Prefix("title", "kara"): "13",
        }.items():
            hits = searcher.search(query, limit=None)
            assert sorted(restore(hit["id"], hit["article"]).id for hit in hits) == list(expected), query
