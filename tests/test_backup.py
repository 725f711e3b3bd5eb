"""Backup and restore: a copy made while the index is used, and nothing taken on trust from one."""

import io
import json
import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index import backup as backup_module
from index import commit as commit_module
from index import restore as restore_module
from index.account_rows import FILE
from index.article import Article
from index.backup import CONTENTS, backup
from index.errors import BackupError, DamagedIndexError, ExistingIndexError, LockedIndexError, StorageError
from index.generation import generations, newest, open_generation
from index.indexing import delete, index
from index.manifest import IndexSettings, seal
from index.restore import restore
from index.row_seals import seal as row_seal
from index.staged import staged
from index.writer import open_writer
from search import SearchRequest, open_searcher
from tests.archives import articles_in, build, bytes_in, counts, entries_in, events_in, good, quick_folder, write_lines
from tests.test_indexing_model import left_over
from web.commands import backfile

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Give a source of four articles."""
    return write_lines(tmp_path / "a.jsonl", *good("1", "2", "3", "4", title="Some title"))


@pytest.fixture
def folder(tmp_path: Path, source: str) -> Path:
    """Give an index with several segments, deleted articles, events, and settings of its own."""
    folder = tmp_path / "index"
    index(folder, [source], settings=IndexSettings(time_zone="Asia/Tokyo", title_weight=3))
    build(folder, Article("5", "Five"), Article("6", "Six", language="de"))
    delete(folder, ["2", "5"])
    return folder


def archived(folder: Path) -> bytes:
    """Give a backup."""
    stream = io.BytesIO()
    backup(folder, stream)
    return stream.getvalue()


def state(folder: Path) -> tuple[Any, ...]:
    """Give what an index holds, and what it knows of it."""
    generation = open_generation(folder)
    return articles_in(folder), entries_in(folder), events_in(folder), generation.manifest.settings


def run(folder: Path, *words: str, given: bytes | None = None) -> Result:
    """Run a command."""
    result = CliRunner().invoke(backfile, [*words, "--index", str(folder)], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def sound(folder: Path) -> bool:
    """Say what ``check`` says, and that nothing lies about."""
    assert left_over(folder) == set()
    return run(folder, "check").exit_code == 0


def test_what_is_restored_is_what_was_backed_up(tmp_path: Path, folder: Path, source: str) -> None:
    """Articles, account, events, settings and deletions for good: the next run goes on as if nothing had happened."""
    was = state(folder)
    file, other = tmp_path / "b.tar", tmp_path / "other"
    assert "generation 3, 4 articles" in run(folder, "backup", str(file)).stdout
    shutil.rmtree(folder)
    assert "generation 3, 4 articles" in run(other, "restore", str(file)).stdout
    assert state(other) == was
    assert sound(other)
    assert other.stat().st_mode & 0o077 == 0
    assert counts(index(other, [source])) == {"unchanged": 4}
    assert "2" not in articles_in(other)
    assert run(other, "backup", "-").stdout_bytes[:10] == CONTENTS.encode()


def test_a_backup_goes_through_a_pipe(tmp_path: Path, folder: Path) -> None:
    """``-`` is standard output and standard input, and what is written there is the archive alone."""
    piped = run(folder, "backup", "-", "-q")
    assert piped.stdout_bytes == archived(folder)
    assert run(tmp_path / "other", "restore", "-", given=piped.stdout_bytes).exit_code == 0
    assert state(tmp_path / "other") == state(folder)
    command = f"{sys.executable} -m web backup - --index {folder} | {sys.executable} -m web restore - --json --index "
    done = subprocess.run(["bash", "-c", command + str(tmp_path / "third")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["articles"] == 4


def test_an_index_is_replaced_only_when_told_and_in_one_step(tmp_path: Path, folder: Path) -> None:
    """A reader goes on with what it has, one that looks again sees the backup, and the old index stays until then."""
    was, archive = state(folder), archived(folder)
    for number in range(4):
        build(folder, Article(f"later{number}", "Later"))
    before, bytes_before = newest(folder), bytes_in(folder)
    with pytest.raises(ExistingIndexError, match="--replace"):
        restore(folder, io.BytesIO(archive))
    assert bytes_in(folder) == bytes_before
    with open_searcher(folder) as searcher:
        manifest = restore(folder, io.BytesIO(archive), replacing=True)
        assert searcher.search(SearchRequest(query="later")).total == 4
    assert manifest.generation == newest(folder) == before + 1
    assert state(folder) == was
    assert sound(folder)
    assert generations(folder) == [before, before + 1]
    assert articles_in(folder, before).keys() > was[0].keys()
    build(folder, Article("new", "New"))
    assert sound(folder)
    # An index that has fallen behind its backup takes the backup's number.
    other = build(tmp_path / "other", Article("x", "X"))
    assert restore(other, io.BytesIO(archive), replacing=True).generation == 3
    assert state(other) == was


def test_a_damaged_index_is_replaced(folder: Path) -> None:
    """That is what backups are for: neither files nor account nor table of contents have to be readable."""
    was, archive = state(folder), archived(folder)
    for path in folder.iterdir():
        path.write_bytes(b"damaged")
    restore(folder, io.BytesIO(archive), replacing=True)
    assert state(folder) == was
    assert run(folder, "check").exit_code == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("visible", [False, True])
def test_interrupted_it_is_old_or_new(folder: Path, monkeypatch: pytest.MonkeyPatch, visible: bool) -> None:
    """Cut off right before or after the rename that makes it visible, account and index agree all the same."""
    archive, new = archived(folder), state(folder)
    build(folder, Article("later", "Later"))
    old = state(folder)
    (folder / f"{FILE}-journal").write_bytes(b"of a run that was killed")

    def cut(*words: Any) -> None:
        if visible:
            commit_module.publish(*words)
        os._exit(9)

    child = os.fork()
    if child == 0:
        monkeypatch.setattr(restore_module, "publish", cut)
        restore(folder, io.BytesIO(archive), replacing=True)
    assert os.waitpid(child, 0)[1] == 9 << 8
    (folder / f"{FILE}-journal").unlink()
    checked = run(folder, "check")
    assert checked.exit_code == 0, checked.output
    expected = new if visible else old
    assert articles_in(folder) == expected[0]
    assert io.BytesIO(archived(folder)).getvalue()
    with open_writer(folder) as writer:
        writer.add(Article("1", "Another title"))
    assert set(articles_in(folder)) == set(entries_in(folder)) == expected[0].keys()
    assert sound(folder)


def test_a_restored_account_is_found_wherever_it_is(folder: Path) -> None:
    """Before it is in its place, and after, also where its own folder could not be removed any more."""
    number = newest(folder)
    waiting = staged(folder, number)
    waiting.mkdir()
    assert run(folder, "check").exit_code == 0
    (folder / FILE).rename(waiting / FILE)
    assert run(folder, "check").exit_code == 0
    build(folder, Article("more", "More"))
    assert sound(folder)
    assert entries_in(folder).keys() == articles_in(folder).keys()


def changed_members(archive: bytes, change: Callable[[Members], None]) -> bytes:
    """Give an archive with other members."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    change(members)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def added(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[Members], None]:
    """Give a change that puts a member into an archive, after the first one."""

    def change(members: Members) -> None:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        members.insert(1, (member, b"" if link else b"content"))

    return change


HOSTILE: dict[str, Callable[[Members], None]] = {
    "climbing": added("../climbed"),
    "absolute": added("/tmp/climbed"),
    "table of contents": added("_MAIN_9.toc"),
    "unknown": added("MAIN_another.arrays"),
    "symbolic link": added(FILE, tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": added(FILE, tarfile.LNKTYPE, CONTENTS),
    "device": added(FILE, tarfile.CHRTYPE, "x"),
    "folder": added(FILE, tarfile.DIRTYPE, "x"),
    "twice": lambda members: members.append(members[-1]),
    "without its end": lambda members: members.__delitem__(-1),
    "without its beginning": lambda members: members.__delitem__(0),
    "swapped": lambda members: members.__setitem__(1, (members[1][0], members[2][1])),
    "longer": lambda members: members.__setitem__(1, (members[1][0], members[1][1] + b"x")),
    "empty": lambda members: members.clear(),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_only_what_belongs_in_an_archive_is_taken_from_it(
    tmp_path: Path, folder: Path, change: Callable[[Members], None]
) -> None:
    """Links, paths that climb, strange, missing and repeated members are refused, and leave nothing anywhere."""
    archive = changed_members(archived(folder), change)
    before = bytes_in(tmp_path)
    for replacing, place in ((False, tmp_path / "new"), (True, folder)):
        with pytest.raises(BackupError, match="Nothing was changed"):
            restore(place, io.BytesIO(archive), replacing=replacing)
    assert bytes_in(tmp_path) == before
    assert not (tmp_path / "new").exists()


class Bomb:
    """Something that acts when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (os._exit, (9,))


def test_nothing_of_an_archive_is_unpickled(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no pickle in an archive, and none that somebody puts in is opened, sealed or not."""
    archive = archived(folder)
    assert b"whoosh" not in archive

    manifest = open_generation(folder).manifest

    def armed(members: Members) -> None:
        members[0] = (members[0][0], seal(pickle.dumps(Bomb()), manifest))

    publish_really = commit_module.publish

    def publish(*words: Any) -> None:
        # From here on there is a table of contents that was written here.
        monkeypatch.undo()
        publish_really(*words)

    strange = changed_members(archive, armed)
    for name in ("load", "loads"):
        monkeypatch.setattr(pickle, name, lambda *_: os._exit(9))
    monkeypatch.setattr(restore_module, "publish", publish)
    with pytest.raises(BackupError):
        restore(tmp_path / "new", io.BytesIO(strange))
    restore(tmp_path / "new", io.BytesIO(archive))
    assert articles_in(tmp_path / "new") == articles_in(folder)


@pytest.mark.parametrize(
    "statement",
    ["create trigger t after insert on article begin select 1; end", "create virtual table t using fts5(a)"],
)
def test_an_account_that_acts_by_itself_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Tables and rows are all that an account is made of."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.executescript(statement)
    with pytest.raises(DamagedIndexError, match="its schema is not that"):
        archived(folder)
    with monkeypatch.context() as patched:
        # Whoever makes an archive to do harm does not look.
        patched.setattr("index.account.lay_out", lambda connection: connection.create_function("seal", -1, row_seal))
        patched.setattr("index.backup.account_damage", lambda *_: [])
        archive = archived(folder)
    with pytest.raises(BackupError, match="more than an account does"):
        restore(tmp_path / "new", io.BytesIO(archive))


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(60, 2_000), marks=pytest.mark.long)])
def test_no_damage_to_an_archive_is_restored(folder: Path, seeds: range) -> None:
    """Cut, zeroed or with a bit flipped it is refused, or it was what a tar pads with: never a traceback."""
    was, archive = state(folder), archived(folder)
    refused = 0
    with quick_folder() as top:
        for seed in seeds:
            draw = random.Random(seed)
            data = bytearray(archive)
            at = draw.randrange(len(data))
            if seed % 4 == 0:
                del data[at:]
            elif seed % 4 == 1:
                data[at : at + 512] = bytes(len(data[at : at + 512]))
            else:
                data[at if seed % 4 == 2 else draw.randrange(1_536)] ^= 1 << draw.randrange(8)
            place = top / str(seed)
            try:
                restore(place, io.BytesIO(bytes(data)))
            except BackupError:
                assert not place.exists()
                refused += 1
            else:
                assert state(place) == was
                shutil.rmtree(place)
    assert refused > len(seeds) // 3


def test_a_backup_is_of_one_generation_whatever_is_committed_meanwhile(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits at every step of it change neither what is in it nor that account and index agree."""
    real_open, real_account = Path.open, backup_module._account
    for commits, place in ((1, "files"), (2, "files"), (1, "account"), (2, "account"), (5, "account")):
        left = [commits]

        def commit(left: list[int] = left) -> None:
            while left[0]:
                left[0] -= 1
                build(folder, Article(f"while{newest(folder)}", "Title"), Article("1", f"Title {newest(folder)}"))

        def opening(path: Path, *words: Any, **more: Any) -> Any:
            if place == "files" and path.suffix == ".arrays":  # noqa: B023
                monkeypatch.setattr(Path, "open", real_open)
                commit()
            return real_open(path, *words, **more)

        def account(*words: object) -> object:
            made = real_account(*words)  # type: ignore[arg-type]
            if place == "account":  # noqa: B023
                commit()
            return made

        monkeypatch.setattr(backup_module, "_account", account)
        monkeypatch.setattr(Path, "open", opening)
        archive = archived(folder)
        monkeypatch.undo()
        other = tmp_path / f"{place}{commits}"
        number = restore(other, io.BytesIO(archive)).generation
        assert number >= newest(folder) - 1
        assert articles_in(other) == articles_in(folder, number)
        assert sound(other)


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_backup_is_of_one_generation_whatever_is_restored_meanwhile(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """An account that a restore puts in the other's place, before it is copied or after, is not taken for it."""
    earlier, real_account = archived(folder), backup_module._account
    build(folder, Article("1", "Another title"))
    left = [1]

    def account(*words: object) -> object:
        def restored() -> None:
            while left:
                left.pop()
                restore(folder, io.BytesIO(earlier), replacing=True)

        if place == "before":
            restored()
        made = real_account(*words)  # type: ignore[arg-type]
        restored()
        return made

    monkeypatch.setattr(backup_module, "_account", account)
    archive = archived(folder)
    number = restore(tmp_path / "other", io.BytesIO(archive)).generation
    assert sound(tmp_path / "other")
    assert articles_in(tmp_path / "other") == articles_in(folder, number)


def test_damage_is_not_backed_up(tmp_path: Path, folder: Path) -> None:
    """A copy of what is broken would take the place of the last sound one."""
    file = tmp_path / "b.tar"
    run(folder, "backup", str(file))
    last = file.read_bytes()
    entry = next(iter(open_generation(folder).manifest.files()))
    data = bytearray((folder / entry.name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / entry.name).unlink()
    (folder / entry.name).write_bytes(data)
    result = run(folder, "backup", str(file), "--overwrite")
    assert (result.exit_code, f"{entry.name} is damaged" in result.stderr) == (3, True)
    assert file.read_bytes() == last
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "b.tar", "index"}
    (folder / entry.name).unlink()
    with pytest.raises(DamagedIndexError, match="is missing"):
        archived(folder)


def test_a_damaged_account_is_not_backed_up(tmp_path: Path, folder: Path) -> None:
    """An archive is made only of what will be restored: a row that is not what was written is not copied."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute("update article set changed = changed + 1")
    result = run(folder, "backup", str(tmp_path / "b.tar"))
    assert (result.exit_code, "checksums of rows in article" in result.stderr) == (3, True)
    assert not (tmp_path / "b.tar").exists()


def test_a_file_that_is_there_is_not_overwritten_unasked(tmp_path: Path, folder: Path) -> None:
    """``backup articles.jsonl`` by mistake costs nothing."""
    file = tmp_path / "a.jsonl"
    was = file.read_bytes()
    result = run(folder, "backup", str(file))
    assert (result.exit_code, "--overwrite" in result.stderr) == (1, True)
    assert file.read_bytes() == was
    assert run(folder, "backup", str(file), "--overwrite").exit_code == 0
    assert run(tmp_path / "new", "restore", str(file)).exit_code == 0
    assert run(tmp_path / "new2", "restore", str(tmp_path / "none.tar")).exit_code == 1
    assert not (tmp_path / "new2").exists()


def test_a_full_disk_leaves_no_archive(tmp_path: Path, folder: Path) -> None:
    """The message says what was refused."""
    with pytest.raises(StorageError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as full:
        backup(folder, full)
    result = run(folder, "backup", str(tmp_path / "none" / "b.tar"))
    assert (result.exit_code, "No such file" in result.stderr) == (3, True)


def test_a_writer_at_work_is_not_restored_over(folder: Path) -> None:
    """Restoring takes the writer's lock; backing up does not."""
    with open_writer(folder) as writer:
        writer.add(Article("7", "Seven"))
        archive = archived(folder)
        with pytest.raises(LockedIndexError):
            restore(folder, io.BytesIO(archive), replacing=True)
