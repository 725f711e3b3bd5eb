"""The account gives back what it was told, in few bytes, and outlives a change of its own form."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.account import Account
from index.account_rows import FILE, Doings, Entry, Event
from tests.archives import quick_folder

FILES = st.sampled_from(["a.jsonl", "b:7", "a", "", ":"])
ORIGINS = st.sampled_from(["", "a", ":7", ":0", ":07", ":-7", ":x", ":", ":٣", ":9223372036854775808", ":1:2", "null"])
ENTRIES = st.builds(
    lambda identifier, source, file, after, place: Entry(
        identifier, source, file or identifier, place + after, b"8bytes!!"
    ),
    st.sampled_from(["1", "a", "a.jsonl", "é"]),
    st.sampled_from(["", "/news", "/news/a"]),
    FILES,
    ORIGINS,
    FILES,
)


def save(folder: Path, generation: int, *put: Entry, deleted: tuple[str, ...] = ()) -> None:
    """Write rows of a generation."""
    with closing(Account(folder, generation - 1)) as account:
        events = [Event("s", "o", name, "deleted", "by command") for name in deleted]
        account.save(generation, "2026-01-01T00:00:00+00:00", Doings(put=[put], deleted=deleted, events=events))


@given(st.lists(ENTRIES, unique_by=lambda entry: entry.id), st.lists(ENTRIES, unique_by=lambda entry: entry.id))
@settings(deadline=None, max_examples=60)
def test_entries_come_back_as_they_were(first: list[Entry], second: list[Entry]) -> None:
    """Whatever sources, files and origins are called, each is read as it was told, the latest of an id."""
    with quick_folder() as folder:
        save(folder, 1, *first)
        save(folder, 2, *second)
        expected = {entry.id: entry for entry in (*first, *second)}
        with closing(Account(folder, 2)) as account:
            assert list(account.entries()) == [expected[name] for name in sorted(expected)]
            assert [account.entry(name) for name in expected] == list(expected.values())
            for source in ("/news", "/news/a"):
                theirs = [entry for entry in account.entries() if entry.source == source]
                assert list(account.entries(source)) == theirs
                assert account.held(source) == Counter(entry.file if entry.file != entry.id else "" for entry in theirs)
        with closing(Account(folder, 1)) as account:
            assert {entry.id: entry for entry in account.entries()} == {entry.id: entry for entry in first}


def test_what_is_told_of_a_generation_that_never_came_goes_with_it(tmp_path: Path) -> None:
    """Saves of a run that was to take an article out, and failed each time, leave no event behind."""
    entry = Entry("1", "s", "f", "f:1", b"8bytes!!")
    save(tmp_path, 1, entry)
    for _ in range(3):
        with closing(Account(tmp_path, 1)) as account:
            assert account.rows("select outcome from event") == []
            account.save(2, "2026-01-02T00:00:00+00:00", Doings(gone=["1"]))
    with closing(Account(tmp_path, 2)) as account:
        assert account.rows("select outcome, at from event") == [("added", "2026-01-01T00:00:00+00:00")]


@pytest.mark.parametrize("names", ["line", "file"])
def test_an_article_takes_few_bytes(tmp_path: Path, names: str) -> None:
    """Lines of a file, or files of a folder: 40 bytes an article beside its id, however long the paths are."""
    source = "/archive/" + "long" * 20
    ids = [f"{n:06}" for n in range(5_000)]
    if names == "line":
        put = [Entry(name, source, "lines.jsonl", f"lines.jsonl:{n}", b"8bytes!!") for n, name in enumerate(ids)]
    else:
        put = [Entry(name, source, name, name, b"8bytes!!") for name in ids]
    save(tmp_path, 1)
    empty = (tmp_path / FILE).stat().st_size
    save(tmp_path, 1, *put)
    assert ((tmp_path / FILE).stat().st_size - empty) / len(ids) < 47


def test_an_account_of_another_version_keeps_what_was_deleted(tmp_path: Path) -> None:
    """Where its articles came from is told by building anew; deletions and events are told nowhere else."""
    save(tmp_path, 1, Entry("1", "s", "f", "f:1", b"8bytes!!"), deleted=("2",))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("drop table article")
        connection.execute("create table article (id text, source text, since integer, until integer)")
        connection.execute("insert into article values ('1', 's', 1, null)")
        connection.execute("pragma user_version = 0")
        connection.commit()
    with closing(Account(tmp_path, 1)) as account:
        assert account.deleted("2")
        assert len(account) == 0
        rows = account._connection.execute("select id from event").fetchall()
        assert rows == [("2",)]
    save(tmp_path, 2, Entry("1", "s", "f", "f:1", b"8bytes!!"))
    with closing(Account(tmp_path, 2)) as account:
        assert account.entry("1") == Entry("1", "s", "f", "f:1", b"8bytes!!")
