"""Damage of every kind to every file of an index: found by name before it can answer wrongly, and never a traceback."""

import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index import generation
from index.account import Account
from index.account_check import account_damage
from index.account_rows import FILE, SEALED, Doings
from index.article import Article
from index.errors import DamagedIndexError
from index.generation import newest, open_generation, read_toc, toc_name
from index.indexing import delete, index
from index.manifest import FileEntry, entry_of
from index.merging import MAX_SEGMENTS
from index.reindexing import rebuild
from search import LiveSearcher, SearchRequest
from tests.archives import articles_in, build, entries_in, quick_folder, write_lines
from tests.exact import articles
from web import commands
from web.commands import backfile

KINDS = ("truncated", "flipped", "zeroed", "missing", "swapped")
QUERIES = (
    ["--page-size", "5"],
    ["bank river"],
    ['"peace talks"', "ban*"],
    ["bnak~ the", "--order-by", "oldest"],
)
DELETED = ("a0003", "a0010")
REMEDY = re.compile("backfile reindex|Put the folder back")


@dataclass(frozen=True)
class Archive:
    """A sound index of several segments, generations and deletions, its source, and what it answers."""

    folder: Path
    source: Path
    needed: frozenset[str]
    answers: list[str]

    @property
    def toc(self) -> str:
        """The file that makes its newest generation visible."""
        return toc_name(newest(self.folder))


@dataclass(frozen=True)
class Damage:
    """What was done to which file, and which other file it was swapped with."""

    kind: str
    name: str
    other: str = ""

    @property
    def names(self) -> set[str]:
        return {self.name, self.other} - {""}


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    """Give a sound index."""
    with quick_folder() as top:
        made = articles(1, 150)
        folder, source = top / "index", top / "source"
        for part in range(3):
            records = [{k: v for k, v in asdict(article).items() if v not in (None, ())} for article in made[part::3]]
            write_lines(source / f"{part}.jsonl", *({**r, "date": str(r.get("date", ""))} for r in records))
            index(folder, [str(source)])
        delete(folder, DELETED)
        number = newest(folder)
        needed = {toc_name(number), FILE, *(entry.name for entry in read_toc(folder, number).manifest.files())}
        yield Archive(folder, source, frozenset(needed), [ask(folder, query).output for query in QUERIES])


def run(folder: Path, *words: str) -> Result:
    """Run a command within this process, and see that it ends by itself and with at most messages."""
    result = CliRunner().invoke(backfile, [*words, "--index", str(folder)])
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exc_info)
    assert all(line.startswith("backfile: ") for line in result.stderr.splitlines()), result.stderr
    return result


def ask(folder: Path, query: list[str]) -> Result:
    """Search by command."""
    return run(folder, "search", *query)


class Answering(BaseException):
    """The server would begin to listen now; no error that a command could turn into a message."""


@pytest.fixture
def serves(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Result | None]:
    """Give what runs ``serve`` up to where it would answer; None if it comes there."""

    def answering(*_: object) -> None:
        raise Answering

    monkeypatch.setattr(commands, "listen", answering)

    def serve(folder: Path) -> Result | None:
        try:
            CliRunner().invoke(backfile, ["serve", "--port", "0", "--index", str(folder)], catch_exceptions=False)
        except Answering:
            return None
        return run(folder, "serve", "--port", "0")

    return serve


def do_damage(folder: Path, seed: int) -> Damage | None:
    """Damage one file in one way; the first few tens of seeds take every file in every way. None if it changed nothing.

    Files are replaced, not written to, since others may have them mapped.
    """
    draw = random.Random(seed)
    # There is nothing in a mark that could be damaged.
    names = sorted(path.name for path in folder.iterdir() if path.stat().st_size)
    name, kind = names[seed % len(names)], KINDS[seed // len(names) % len(KINDS)]
    path = folder / name
    old = path.read_bytes()
    new = bytearray(old)
    at = draw.randrange(len(old))
    path.unlink()
    if kind == "missing":
        return Damage(kind, name)
    if kind == "swapped":
        other = draw.choice([one for one in names if one != name])
        (folder / other).rename(path)
        (folder / other).write_bytes(old)
        return Damage(kind, name, other)
    if kind == "truncated":
        new = new[: draw.choice([0, 1, at, len(old) - 1])]
    elif kind == "flipped":
        new[at] ^= 1 << draw.randrange(8)
    else:
        end = min(at + draw.choice([1, 16, 512, 4096, len(old)]), len(old))
        new[at:end] = bytes(end - at)
    path.write_bytes(new)
    return None if new == old else Damage(kind, name)


def refuses(result: Result | None, damage: Damage) -> None:
    """See that a command has ended with one error that says what is wrong and what to do."""
    assert result is not None, damage
    assert result.exit_code == 3, (damage, result.output)
    assert result.stdout == ""
    assert REMEDY.search(result.stderr), (damage, result.stderr)


def prove_found(archive: Archive, seed: int, top: Path, serve: Callable[[Path], Result | None]) -> None:
    """Do damage to a copy of an index, and see what becomes of every command, and of the remedy."""
    folder = shutil.copytree(archive.folder, top / "copy")
    damage = do_damage(folder, seed)
    if damage is None or not damage.names & archive.needed:
        # Nothing that the newest generation needs has changed: the previous one is kept for who reads it still.
        assert run(folder, "check").exit_code == 0
        assert [ask(folder, query).output for query in QUERIES] == archive.answers
    elif damage.names & archive.needed == {FILE}:
        prove_found_in_account(archive, folder, damage, serve)
    else:
        prove_found_in_files(archive, folder, damage, serve)
    shutil.rmtree(folder)


def prove_found_in_files(
    archive: Archive, folder: Path, damage: Damage, serve: Callable[[Path], Result | None]
) -> None:
    """Damage to a table of contents or a segment: ``check`` and ``serve`` refuse, no other command breaks."""
    checked = run(folder, "check")
    refuses(checked, damage)
    assert any(name in checked.stderr for name in damage.names), (damage, checked.stderr)
    served = serve(folder)
    refuses(served, damage)
    assert served is not None
    assert len(served.stderr.splitlines()) == 1
    told_by_manifest = damage.kind in ("truncated", "missing", "swapped") or damage.name == archive.toc
    for command in (*(("search", *query) for query in QUERIES), ("stats",)):
        result = run(folder, *command)
        if result.exit_code or told_by_manifest:
            refuses(result, damage)
            assert len(result.stderr.splitlines()) == 1
    if FILE in damage.names:
        (folder / FILE).unlink(missing_ok=True)
        # Nobody can say now what came from elsewhere.
        refuses(run(folder, "reindex", str(archive.source)), damage)
    report = index(folder, [str(archive.source)], afresh=True, allow_deletes=FILE in damage.names)
    assert report.failures == ()
    assert run(folder, "check").exit_code == 0
    # What was deleted for good stays so where the account is sound.
    back = set(DELETED) if FILE in damage.names else set()
    assert set(articles_in(folder)) == set(articles_in(archive.folder)) | back


def prove_found_in_account(
    archive: Archive, folder: Path, damage: Damage, serve: Callable[[Path], Result | None]
) -> None:
    """Damage to the account: ``check`` finds it, or it is in a value and a run can go on; it answers no question."""
    checked = run(folder, "check")
    if checked.exit_code or damage.kind in ("truncated", "missing", "swapped"):
        refuses(checked, damage)
        (line,) = (line for line in checked.stderr.splitlines() if "which nothing but readers" not in line)
        assert FILE in line
    assert serve(folder) is None
    assert [ask(folder, query).output for query in QUERIES] == archive.answers
    if checked.exit_code:
        (folder / FILE).unlink(missing_ok=True)
        rebuild(folder)
    else:
        index(folder, [str(archive.source)])
    assert run(folder, "check").exit_code == 0
    assert set(articles_in(archive.folder)) <= set(articles_in(folder))


@pytest.mark.parametrize("seeds", [range(at, 60, 3) for at in range(3)], ids=["1", "2", "3"])
def test_damage_of_every_kind_to_every_file_is_found(
    archive: Archive, serves: Callable[[Path], Result | None], seeds: range
) -> None:
    """Cut, flipped, zeroed, missing or swapped: one error that says what to do, which then helps; never a traceback."""
    with quick_folder() as top:
        for seed in seeds:
            prove_found(archive, seed, top, serves)


@pytest.mark.long
def test_a_thousand_times_damage_is_found(archive: Archive, serves: Callable[[Path], Result | None]) -> None:
    """The same for a thousand cases, beside those that hit nothing that is needed."""
    with quick_folder() as top:
        for seed in range(60, 1_360):
            prove_found(archive, seed, top, serves)


def prove_found_by_processes(archive: Archive, seed: int, top: Path) -> None:
    """See that real processes end as the commands within this one do."""
    folder = shutil.copytree(archive.folder, top / f"copy{seed}")
    damage = do_damage(folder, seed)
    if damage is None:
        return
    for command in (["check"], ["serve", "--port", "0"], ["search", *QUERIES[-1]]):
        ended = subprocess.run(
            [sys.executable, "-m", "web", *command, "--index", str(folder)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        allowed = (0, 3) if command[0] == "search" else (3,)
        assert ended.returncode in allowed, (damage, command, ended)
        assert all(line.startswith("backfile: ") for line in ended.stderr.splitlines()), (damage, command, ended)
        assert bool(REMEDY.search(ended.stderr)) == (ended.returncode == 3)


def segment_seeds(archive: Archive) -> list[int]:
    """Give seeds of damage to files of segments, a kind each."""
    names = sorted(path.name for path in archive.folder.iterdir() if path.stat().st_size)
    at = next(number for number, name in enumerate(names) if name in archive.needed and name.startswith("MAIN_"))
    return [at + kind * len(names) for kind in range(len(KINDS))]


def test_a_process_of_its_own_ends_with_a_message(archive: Archive, tmp_path: Path) -> None:
    """With a segment zeroed in a place, the commands as a user runs them end with status 3 and a message."""
    _, _, zeroed, _, _ = segment_seeds(archive)
    prove_found_by_processes(archive, zeroed, tmp_path)


@pytest.mark.long
def test_processes_end_with_a_message_whatever_is_damaged(archive: Archive, tmp_path: Path) -> None:
    """The same for thirty cases of damage to segments."""
    every = len(KINDS) * sum(path.stat().st_size > 0 for path in archive.folder.iterdir())
    for turn in range(6):
        for seed in segment_seeds(archive):
            prove_found_by_processes(archive, seed + turn * every, tmp_path)


def test_a_server_does_not_take_up_what_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generation that comes while it serves is looked at before it answers, once, and only what is new of it."""
    folder = build(tmp_path / "index", *articles(1, 40))
    live = LiveSearcher(folder)
    read: list[str] = []

    def reading(path: Path, *_: Any) -> FileEntry:
        read.append(path.name)
        return entry_of(path)

    monkeypatch.setattr(generation, "entry_of", reading)
    assert live.current().state.generation == 1
    build(folder, Article("new", "New"))
    _, new = (entry.name for entry in open_generation(folder).manifest.files())
    assert live.current().state.generation == 2
    assert read == [new]
    build(folder, Article("newer", "Newer"))
    spoiled = list(open_generation(folder).manifest.files())[-1].name
    data = bytearray((folder / spoiled).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / spoiled).unlink()
    (folder / spoiled).write_bytes(data)
    for _ in range(2):
        with pytest.raises(DamagedIndexError, match=f"{spoiled} is damaged.*backfile reindex SOURCE"):
            live.current()
    assert read == [new, spoiled]
    source = write_lines(tmp_path / "all.jsonl", {"id": "newer", "title": "Newer"})
    index(folder, [source], afresh=True)
    assert live.current().search(SearchRequest(query="newer")).total == 1


def test_damage_is_not_written_again_as_sound(tmp_path: Path) -> None:
    """Building afresh from what is stored, and merging, refuse segments whose checksums are wrong."""
    folder, source = tmp_path / "index", tmp_path / "source"
    for number in range(MAX_SEGMENTS):
        write_lines(source / f"{number}.jsonl", {"id": f"n{number}", "title": "New"})
        index(folder, [str(source)])
    was = articles_in(folder)
    entry = next(iter(open_generation(folder).manifest.files()))
    data = bytearray((folder / entry.name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / entry.name).unlink()
    (folder / entry.name).write_bytes(data)
    write_lines(source / "more.jsonl", {"id": "more", "title": "More"})
    for command in (["reindex"], ["index", str(source), "-q"]):
        refused = run(folder, *command)
        assert refused.exit_code == 3
        assert f"{entry.name} is damaged" in refused.stderr
    assert run(folder, "reindex", str(source)).exit_code == 0
    assert set(articles_in(folder)) == {*was, "more"}


def rows(folder: Path) -> dict[str, list[Any]]:
    """Give all that an account tells."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return {name: connection.execute(f"select * from {name}").fetchall() for name in (*SEALED, "entry")}


def test_no_flipped_bit_of_an_account_passes_its_check_and_changes_it(archive: Archive, tmp_path: Path) -> None:
    """In header, schema or rows: told as damage to the account, or of no effect; the check writes nothing."""
    data = (archive.folder / FILE).read_bytes()
    number = newest(archive.folder)
    known = sorted((entry.id, entry.digest) for entry in entries_in(archive.folder).values())
    assert account_damage(archive.folder, number, known) == []
    told = rows(archive.folder)
    draw = random.Random(1)
    used = [place for place in range(len(data)) if data[place]]
    found = 0
    for at in [
        *range(16, 100),
        *draw.sample(used, 400),
        *(place for place in used if 100 <= place < 4096 and place % 5 == 0),
    ]:
        broken = bytearray(data)
        broken[at] ^= 1 << draw.randrange(8)
        (tmp_path / FILE).write_bytes(broken)
        wrong = account_damage(tmp_path, number, known)
        assert all(FILE in line and "backfile reindex" in line for line in wrong)
        assert (tmp_path / FILE).read_bytes() == broken
        assert wrong or rows(tmp_path) == told, at
        if not wrong and at < 100:
            with closing(Account(tmp_path, number)) as account:
                account.save(number, "2026-01-01T00:00:00+00:00", Doings())
        found += bool(wrong)
    assert found > 800


def test_no_command_breaks_on_a_damaged_account(archive: Archive, tmp_path: Path) -> None:
    """Without a check before it, each that reads the account ends as it should, or with what to do."""
    data = (archive.folder / FILE).read_bytes()
    used = [place for place in range(len(data)) if data[place]]
    draw = random.Random(2)
    commands = (
        ["index", str(archive.source), "-q"],
        ["log", "a0001", "0.jsonl"],
        ["delete", "a0001", "-q"],
        ["backup", str(tmp_path / "b.tar"), "-q", "--overwrite"],
        ["reindex", "-q"],
    )
    refused = 0
    for number, at in enumerate([*draw.sample(used, 40), *draw.sample([one for one in used if one < 4096], 20)]):
        folder = shutil.copytree(archive.folder, tmp_path / "copy")
        broken = bytearray(data)
        # The highest bit breaks letters, in SQLite's own messages too; the lowest makes of texts what is none.
        broken[at] ^= draw.choice([0x80, 0x01])
        (folder / FILE).write_bytes(broken)
        ended = run(folder, *commands[number % len(commands)])
        assert ended.exit_code in (0, 1, 3)
        assert ended.exit_code != 3 or "backfile reindex" in ended.stderr or "backfile check" in ended.stderr
        refused += ended.exit_code == 3
        shutil.rmtree(folder)
    assert refused > 10


@pytest.mark.parametrize("table", ["article", "event", "deletion"])
def test_bytes_in_the_place_of_a_text_are_told(archive: Archive, tmp_path: Path, table: str) -> None:
    """What one flipped bit makes of a text in the account is damage to whoever meets it."""
    folder = shutil.copytree(archive.folder, tmp_path / "copy")
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute(f"update {table} set id = cast(id as blob)")
    assert run(folder, "check").exit_code == 3
    write_lines(tmp_path / "new.jsonl", {"id": "new", "title": "New"})
    for words in (["log", DELETED[0]], ["delete", DELETED[0]], ["index", str(tmp_path / "new.jsonl")], ["reindex"]):
        assert run(folder, *words, *([] if words[0] in ("log", "delete") else ["-q"])).exit_code in (0, 1, 3)
