"""What a run has done so far, in memory and beyond it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article, entry_blocks, ledger, open_writer
from index.account import Account
from index.account_rows import Entry, Event, Row
from index.ledger import Ids, Ledger

KEYS = st.sampled_from(["a", "b", "c", "é", "\ud800", "x" * 500, *map(str, range(20))])


@pytest.fixture(params=[2, 5, 10_000], autouse=True, scope="module")
def _little_memory(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "KEPT", request.param)
        patch.setattr(ledger, "KEPT_IDS", request.param)
        patch.setattr(ledger, "MERGED_IDS", 3)
        patch.setattr(entry_blocks, "SIZE", 3)
        patch.setattr(entry_blocks, "AT_ONCE", 1)
        yield


def told(entries: Iterable[Sequence[Entry | Row]]) -> list[Entry]:
    """Give the entries that come in runs, some of them as rows."""
    return [Entry(*row[:5]) for row in chain.from_iterable(entries)]


def test_no_id_is_forgotten_among_many(tmp_path: Path) -> None:
    """Whatever bytes the hash of an id ends in: one in 256 ends in a zero."""
    ids = Ids(tmp_path)
    assert all(ids.add(str(number)) for number in range(3_000))
    assert not any(ids.add(str(number)) for number in range(3_000))
    assert all(str(number) in ids for number in range(3_000))


@settings(deadline=None)
@given(st.lists(st.lists(KEYS, max_size=8), max_size=20), st.sets(KEYS))
def test_ids_come_many_at_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], forgotten: set[str]
) -> None:
    """Many at a time are taken in as if they came one after the other."""
    folder = tmp_path_factory.getbasetemp()
    many, single = Ids(folder), Ids(folder)
    for number, batch in enumerate(batches):
        assert many.add_all(batch) == [single.add(key) for key in batch]
        if number == 5:
            for key in forgotten:
                many.discard(key)
                single.discard(key)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=60))
def test_ids_are_a_set(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, str]]) -> None:
    """However few are kept as they came, what was added and not discarded is there, and nothing else is."""
    ids, expected = Ids(tmp_path_factory.getbasetemp()), set[str]()
    for adding, key in steps:
        if adding:
            assert ids.add(key) == (key not in expected)
            expected.add(key)
        else:
            ids.discard(key)
            expected.discard(key)
        assert (key in ids) == (key in expected)
    numbers = [*map(str, range(20))]
    assert ids.holds(numbers) == [number in ids for number in numbers] == [number in expected for number in numbers]
    entries = [Entry(number, "", "", "", b"") for number in numbers]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "LOOKED_UP", 7)
        assert list(ids.without(entries)) == [entry for entry in entries if entry.id not in expected]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "put", "all", "drop", "note"]), KEYS.filter(lambda key: key != "\ud800"))
    ),
    st.integers(0, 60),
)
def test_entries_and_events_are_all_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]], asked_from: int
) -> None:
    """The last entry of each id that was not dropped, by id, and every event in its order; no file is left.

    From some step on, early or late, single entries are looked up.
    """
    folder = tmp_path_factory.mktemp("ledger")
    book, entries, events = Ledger(folder), dict[str, Entry](), list[Event]()
    for number, (step, key) in enumerate(steps):
        entry = Entry(key, "source", f"file{number}", f"file{number}:1", bytes([number % 256]) * 16)
        event = Event("source", f"o{number}", None if number % 2 else key, "warned", "why")
        match step:
            case "put":
                book.put(entry)
                entries[key] = entry
            case "all":
                book.put_all([key, "z"], "source", entry.file, [entry.origin, "end"], [entry.digest, b""])
                entries |= {key: entry, "z": Entry("z", "source", entry.file, "end", b"")}
            case "drop":
                book.drop(key)
                entries.pop(key, None)
            case "note":
                book.note(event)
                events.append(event)
        if number >= asked_from:
            assert book.entry(key) == entries.get(key)
    assert told(book.entries()) == [entries[key] for key in sorted(entries)]
    assert list(book.events()) == events
    assert list(folder.iterdir()) == []
    book.clear()
    assert not [*chain.from_iterable(book.entries()), *book.events()]
    book.put_all(["a"], "", "", ["o"], [b""])
    assert [entry.id for entry in told(book.entries())] == ["a"]
    book.close()


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 60), min_size=1), max_size=12), st.integers(1, 5), st.integers(1, 4))
def test_runs_come_together(runs: list[set[int]], size: int, at_once: int) -> None:
    """However ids are spread over runs, and blocks are cut, each comes once, in order, as its last run has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry_blocks, "SIZE", size)
        patch.setattr(entry_blocks, "AT_ONCE", at_once)
        blocks, expected = list[tuple[str, bytes]](), dict[str, Entry]()
        for number, run in enumerate(runs):
            entries = [Entry(f"{key:02}", "s", "f", f"f:{-number}", bytes([number])) for key in run]
            blocks += entry_blocks.pack_entries((*entry, number) for entry in entries)
            expected |= {entry.id: entry for entry in entries}
        blocks.sort(key=itemgetter(0))
        merged = entry_blocks.merge_entries(iter(blocks), len(runs))
        assert told(merged) == [expected[name] for name in sorted(expected)]


def test_a_long_run_is_written_down_whole(tmp_path: Path) -> None:
    """A writer remembers what it was given and what was taken out again, beyond what it keeps in memory."""
    with open_writer(tmp_path) as writer:
        for number in range(40):
            writer.add(Article(id=f"{number}", title="T"), source="s", file="f", origin=f"f:{number}")
            assert writer.add(Article(id=f"{number // 2}", title="U")).outcome.value == "duplicate"
        assert [writer.remove(f"{number}") for number in (1, 39, 40, 1)] == [True, True, False, False]
        assert writer.add(Article(id="1", title="again")).outcome.value == "added"
        assert writer.commit() == 39
    account = Account(tmp_path, 1)
    assert [entry.id for entry in account.entries()] == sorted(str(number) for number in range(39))
    assert account.entry("1") is not None
    account.close()
