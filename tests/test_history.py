"""What became of every article and file, and why, as ``backfile log`` tells it."""

import json
import os
import sqlite3
from contextlib import closing
from operator import ne
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.account import Account
from index.account_check import account_damage
from index.account_rows import FILE, SEALED, VERSION
from index.errors import DamagedIndexError, MissingIndexError, VersionError
from index.generation import newest
from index.history import history
from index.indexing import delete, index
from index.row_seals import former_seal
from tests.archives import entries_in, events_in, good, write_lines
from web.commands import backfile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an index with the life of a few articles behind it."""
    folder, source = tmp_path / "index", tmp_path / "s"
    write_lines(source / "a.jsonl", *good("kept", "changed", "gone", "deleted"))
    write_lines(source / "b.jsonl", *good("kept", title="U"), {"id": "bad"}, {"id": "odd", "title": "T", "date": "?"})
    index(folder, [str(source)])
    write_lines(source / "a.jsonl", *good("kept"), *good("changed", title="U"), *good("deleted"))
    index(folder, [str(source)])
    delete(folder, ["deleted"])
    index(folder, [str(source)])
    return folder


def told(folder: Path, name: str) -> list[list[str]]:
    """Give the outcomes of each history."""
    return [[happening.outcome for happening in one.happenings] for one in history(folder, name)]


def became(folder: Path, name: str) -> list[str]:
    """Give the outcomes of the one history; looking at it again is none, and told only in a later second."""
    (outcomes,) = told(folder, name)
    return [outcome for outcome in outcomes if outcome != "unchanged"]


def test_every_outcome_of_an_article_is_told(folder: Path) -> None:
    """Added, replaced, vanished, deleted, rejected, warned of and a duplicate: each with its time, place and reason."""
    assert became(folder, "changed") == ["added", "updated"]
    assert sorted(became(folder, "gone")) == ["added", "vanished"]
    assert sorted(became(folder, "deleted")) == ["added", "deleted"]
    assert set(became(folder, "bad")) == {"rejected"}
    assert sorted(set(became(folder, "odd"))) == ["added", "warned"]
    assert sorted(set(became(folder, "kept"))) == ["added", "duplicate"]
    duplicate = next(one for one in history(folder, "kept")[0].happenings if one.outcome == "duplicate")
    assert (duplicate.origin, duplicate.reason) == ("b.jsonl:1", "duplicate: the id 'kept' came before, in a.jsonl:1")
    assert told(folder, "never") == []


def test_an_unchanged_article_was_looked_at(folder: Path, tmp_path: Path) -> None:
    """The last time its source was gone through is when it was found as it is."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("update look set at = '2999-01-01T00:00:00+00:00'")
        connection.commit()
    assert told(folder, "changed")[0][-1] == "unchanged"
    assert told(folder, "b.jsonl")[0][-1] == "unchanged"
    assert "unchanged" not in told(folder, "gone")[0]


def test_a_file_is_found_by_any_of_its_names(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within its source, or by a path that leads to it; all that was said of its records is told."""
    monkeypatch.chdir(tmp_path / "s")
    os.symlink(tmp_path / "s", tmp_path / "link")  # noqa: PTH211 - as a user does
    for name in ("b.jsonl", "./b.jsonl", str(tmp_path / "link/b.jsonl")):
        (found,) = history(folder, name)
        assert (found.kind, found.name, found.source, found.articles) == ("file", "b.jsonl", str(tmp_path / "s"), 1)
        assert found.read is not None
        outcomes = [one.outcome for one in found.happenings]
        assert {"read", "rejected", "warned", "duplicate"} <= set(outcomes)


def test_a_lone_file_is_found_by_its_path(tmp_path: Path) -> None:
    """A source that is a file has that file in it."""
    source = write_lines(tmp_path / "a.jsonl", *good("1"))
    index(tmp_path / "index", [source])
    assert [found.name for found in history(tmp_path / "index", source)] == ["a.jsonl"]


def test_the_command_prints_and_gives_json(folder: Path) -> None:
    """People get lines, programs an object; a name of which nothing is known is status 1."""
    words = ["--index", str(folder)]
    printed = CliRunner().invoke(backfile, ["log", "kept", *words])
    assert printed.exit_code == 0
    assert "kept: an article, from a.jsonl:1 in " in printed.stdout
    assert "duplicate  b.jsonl:1; duplicate: the id 'kept' came before, in a.jsonl:1" in printed.stdout
    answered = CliRunner().invoke(backfile, ["log", "kept", "never", "--json", *words])
    assert answered.exit_code == 1
    answer: Any = json.loads(answered.stdout)
    assert answer["unknown"] == ["never"]
    assert answer["found"][0]["name"] == "kept"
    assert "never: neither" in answered.stderr
    with pytest.raises(MissingIndexError):
        history(folder / "none", "kept")


def test_old_events_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one article or one broken place the last ones stay, and none that are older than so many days."""
    monkeypatch.setenv("BACKFILE_LOG_EVENTS", "3")
    folder = tmp_path / "index"
    for number in range(8):
        write_lines(tmp_path / "a.jsonl", *good("1", title=f"T{number}"), {"title": f"no id {number}"}, *good("2"))
        index(folder, [str(tmp_path / "a.jsonl")])
    events = events_in(folder)
    assert len([event for event in events if event[0] == "1"]) == 3
    assert len([event for event in events if event[2] == "a.jsonl:2"]) == 3
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("update event set at = '2001-01-01T00:00:00+00:00'")
        connection.commit()
    write_lines(tmp_path / "a.jsonl", *good("1", title="last"), *good("2"))
    index(folder, [str(tmp_path / "a.jsonl")])
    assert [event[1] for event in events_in(folder) if event[0] == "1"] == ["updated"]


def test_a_value_that_changed_is_found(folder: Path) -> None:
    """Another letter, number or byte in any column of the account breaks the seal of its row."""
    delete(folder, ["changed"])
    delete(folder, ["changed"], undo=True)
    known = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
    generation = newest(folder)
    assert account_damage(folder, generation, known) == []
    sound = (folder / FILE).read_bytes()
    other = "case typeof({0}) when 'integer' then {0} + 1000 when 'blob' then zeroblob(16) else {0} || 'x' end"
    for table, columns in SEALED.items():
        for column in columns.split(", "):
            with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
                changed = connection.execute(
                    f"update {table} set {column} = {other.format(column)}"
                    f" where {column} = (select max({column}) from {table})"
                )
                assert changed.rowcount, (table, column)
            (wrong,) = account_damage(folder, generation, known)
            assert table in wrong, column
            (folder / FILE).write_bytes(sound)


@pytest.mark.parametrize("until", ["0", "1", "since", "99"])
def test_an_end_that_cannot_be_is_found(folder: Path, until: str) -> None:
    """One flipped bit makes of an article or a deletion that goes on one that has ended: it is not taken for that."""
    known = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
    sound = (folder / FILE).read_bytes()
    for table in ("article", "deletion"):
        for what in ("until is null", "until is not null"):
            with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
                changed = connection.execute(f"update {table} set until = {until} where {what}").rowcount
            assert bool(account_damage(folder, newest(folder), known)) == bool(changed), (table, what)
            (folder / FILE).write_bytes(sound)


def test_a_version_that_cannot_be_is_found(folder: Path) -> None:
    """One flipped bit of its number, and the account is not made anew as that of another version, nor overwritten."""
    known = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
    for bit in range(32):
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
            connection.execute(f"pragma user_version = {(VERSION ^ (1 << bit)) - ((bit == 31) << 32)}")
        flipped = (folder / FILE).read_bytes()
        (wrong,) = account_damage(folder, newest(folder), known)
        assert "its schema is not that of version" in wrong
        with pytest.raises(DamagedIndexError, match="its schema is not that of version"):
            Account(folder, newest(folder))
        assert (folder / FILE).read_bytes() == flipped
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute("create table later (id text)")
        connection.execute(f"pragma user_version = {VERSION + 1}")
    (wrong,) = account_damage(folder, newest(folder), known)
    assert wrong.endswith("Upgrade Backfile")
    with pytest.raises(VersionError, match="Upgrade Backfile"):
        Account(folder, newest(folder))


@pytest.mark.parametrize("version", [3, 4])
def test_seals_of_the_versions_before_are_taken_over(folder: Path, version: int) -> None:
    """Seals were others, deletions had them without their end, the view a column less; what was damaged stays so."""
    known = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
    sound = (folder / FILE).read_bytes()
    for damaged in (None, "article", "deletion", "event", "name"):
        (folder / FILE).write_bytes(sound)
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
            connection.create_function("former_seal", -1, former_seal)
            connection.execute("update article set digest = zeroblob(16)")
            for table, columns in SEALED.items():
                connection.execute(f"update {table} set seal = former_seal({columns})")
            if version == 3:
                connection.execute("drop view entry")
                connection.execute("create view entry as select id, until from article")
                connection.execute("update deletion set seal = former_seal(id, since)")
            connection.execute(f"pragma user_version = {version}")
            if damaged:
                which = "id = 'kept' and until is null" if damaged == "article" else "true"
                connection.execute(f"update {damaged} set seal = seal + 1 where {which}")
        damage = account_damage(folder, newest(folder), known)
        assert [f"checksums of rows in {damaged})" in told for told in damage] == ([True] if damaged else [])
        with closing(Account(folder, newest(folder))) as account:
            assert len(list(account.entries())) == len(known)
            assert account.deleted("deleted")
        # Contents were hashed in another way; who first writes knows those that are there.
        assert index(folder, [str(folder.parent / "s")]).updated == 0
        with closing(Account(folder, newest(folder))) as account:
            assert account.rows("select distinct digest from article where until is not null") == [(b"",)]
        hashed = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
        assert sum(map(ne, hashed, known)) == (damaged == "article")
        assert bool(account_damage(folder, newest(folder), known)) == bool(damaged)


def test_an_account_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    """Its articles, deletions and events are kept, and its files are read once more."""
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    folder = tmp_path / "index"
    index(folder, [source])
    delete(folder, ["3"])
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.executescript(
            """
            drop view entry; drop table run; drop table look; drop table file; drop table remark;
            alter table name drop column seal; alter table deletion drop column seal;
            alter table event drop column seal;
            create table old as select id, since, until, source, file, origin, digest from article;
            drop table article;
            create table article (
                id text not null, since integer not null, until integer, source integer not null, file integer, origin,
                digest blob not null, primary key (id, since)
            ) without rowid;
            insert into article select * from old;
            drop table old;
            pragma user_version = 2;
            """
        )
    with closing(Account(folder, newest(folder))) as account:
        assert [entry.origin for entry in account.entries()] == ["a.jsonl:1", "a.jsonl:2"]
        assert account.deleted("3")
    known = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
    assert account_damage(folder, newest(folder), known) == []
    assert [event[:2] for event in events_in(folder)] == [("3", "added"), ("3", "deleted")]
    report = index(folder, [source])
    assert (report.unchanged, report.articles) == (3, 2)
