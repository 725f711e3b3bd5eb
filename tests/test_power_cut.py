"""The power may fail at any point of any run: what is on the disk then is the old state or the new one, whole."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from index.account import Account
from index.article import Article
from index.errors import MissingIndexError
from index.generation import newest
from index.indexing import delete, index
from index.merging import MAX_SEGMENTS
from index.reindexing import rebuild
from tests.archives import articles_in, build, entries_in, quick_folder, write_lines
from tests.power_cut import lay_out, recorded
from tests.test_indexing_model import left_over
from web.commands import backfile


class State(NamedTuple):
    """What an index holds, and what its account says was deleted for good; no articles at all is no index."""

    number: int
    articles: dict[str, Article]
    deleted: frozenset[str]


def state(folder: Path) -> State:
    """Read an index whole, and see that its account tells of the same articles."""
    try:
        articles = articles_in(folder)
    except MissingIndexError:
        return State(0, {}, frozenset())
    assert entries_in(folder).keys() == articles.keys()
    with closing(Account(folder, newest(folder))) as account:
        return State(newest(folder), articles, frozenset(name for name in "abcdefgh" if account.deleted(name)))


def texts(*names: str) -> list[Article]:
    """Give an article for each letter."""
    return [Article(id=name, title=f"Title {name}", body=f"{name} and other words " * 20) for name in names]


def nothing(top: Path) -> None:
    """Begin where there is no index, and no folder for it."""


def three(top: Path) -> None:
    """Begin with an index of three generations."""
    for article in texts(*"abc"):
        build(top / "index", article)


def without_b(top: Path) -> None:
    """Begin with an article deleted for good."""
    three(top)
    delete(top / "index", ["b"])


def many(top: Path) -> None:
    """Begin with as many segments as there may be."""
    for article in texts(*"abcdefgh"[: MAX_SEGMENTS - 1]):
        build(top / "index", article)


def from_source(top: Path) -> None:
    """Begin with an index of a source that has changed since."""
    source = write_lines(top / "source.jsonl", *({"id": name, "title": name} for name in "abcd"))
    index(top / "index", [source])
    write_lines(top / "source.jsonl", *({"id": name, "title": name.upper()} for name in "abcef"))


RUNS: dict[str, tuple[Callable[[Path], None], Callable[[Path], object]]] = {
    "the first": (nothing, lambda top: build(top / "index", *texts(*"abc"))),
    "a small one": (three, lambda top: build(top / "index", Article(id="a", title="Changed"), *texts("d"))),
    "one that merges": (many, lambda top: build(top / "index", *texts("z"))),
    "of a source": (from_source, lambda top: index(top / "index", [str(top / "source.jsonl")])),
    "of a source afresh": (from_source, lambda top: index(top / "index", [str(top / "source.jsonl")], afresh=True)),
    "a rebuilding": (three, lambda top: rebuild(top / "index")),
    "a deletion": (three, lambda top: delete(top / "index", ["b"])),
    "one that takes back a deletion": (without_b, lambda top: delete(top / "index", ["b"], undo=True)),
}


@pytest.fixture
def top() -> Iterator[Path]:
    """Give a folder in memory."""
    with quick_folder() as folder:
        yield folder


def prove_recovery(top: Path, run: str, draws: int) -> None:
    """Record a run, let the power fail at every point of it in every plain way and so many by chance."""
    begin, act = RUNS[run]
    disk = top / "disk"
    disk.mkdir()
    begin(disk)
    old = state(disk / "index")
    with recorded(disk) as recording:
        act(disk)
    new = state(disk / "index")
    assert old != new
    seen = set()
    tried = set()
    for number, point in enumerate(recording.points):
        draw = random.Random(number)
        plain = [point.left(None, names=names, contents=kept) for names in (False, True) for kept in (False, True)]
        for left in (*plain, *(point.left(draw) for _ in range(draws))):
            key = (point.before == "the end", *left.items())
            if key in tried:
                continue
            tried.add(key)
            found = recover(lay_out(left, top / "after"), old, new)
            assert found == new or point.before != "the end", "what was reported as done has gone"
            seen.add(found == new)
            shutil.rmtree(top / "after")
    assert seen == {True, False}


def recover(top: Path, old: State, new: State) -> State:
    """See that what a power cut left is the old state or the new one, sound, and that the next run goes on from it."""
    folder = top / "index"
    found = state(folder)
    assert found in (old, new)
    if found.number:
        checked = CliRunner().invoke(backfile, ["check", "--index", str(folder)])
        assert checked.exit_code == 0, checked.output
    build(folder, Article(id="later", title="Later"))
    after = state(folder)
    assert after == State(found.number + 1, {**found.articles, "later": after.articles["later"]}, found.deleted)
    assert left_over(folder) == set()
    return found


@pytest.mark.parametrize("run", RUNS)
def test_a_power_cut_leaves_old_or_new(top: Path, run: str) -> None:
    """Whatever was not synced lost, kept or torn: old or new, checked, and the next run goes through."""
    prove_recovery(top, run, 2)


@pytest.mark.long
@pytest.mark.parametrize("run", RUNS)
def test_a_power_cut_leaves_old_or_new_however_much_is_lost(top: Path, run: str) -> None:
    """The same with many more ways to lose a part of what was not synced."""
    prove_recovery(top, run, 100)


def test_what_sqlite_committed_stays_so(tmp_path: Path) -> None:
    """The account is written as safely as SQLite can: with anything less, a power cut may bring a journal back."""
    with closing(Account(tmp_path, 0)) as account:
        modes = [
            account._connection.execute(f"pragma {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
        ]
    assert modes == [3, "delete"]
