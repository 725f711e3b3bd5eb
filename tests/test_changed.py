"""A look at changed files alone comes to what a look at all of them would have come to, or is given up."""

import errno
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from index.changed import Changes, IndexState, WidenedError
from index.errors import VanishingError
from index.indexing import Report, delete, index
from index.sources import Found, Source
from index.sources.walk import Walk, paths_within
from tests.archives import entries_in, good, quick_folder, titles_in, write_lines

FOLDERS = ("", "d", "d/e", "f")
FILES = ("1.jsonl", "2.jsonl", "a.txt", "b.txt", ".hidden.jsonl")


def change(draw: random.Random, top: Path, paths: set[str]) -> None:
    """Change something in one of two sources, and note its path as whoever watches them would."""
    source = top / draw.choice("AB")
    folder = source / draw.choice(FOLDERS)
    match draw.randrange(8):
        case 0 if folder != source and folder.exists():
            shutil.rmtree(folder)
            paths.add(str(folder))
        case 1 if folder != source and folder.exists():
            moved = source / draw.choice("gh")
            shutil.rmtree(moved, ignore_errors=True)
            folder.rename(moved)
            paths.update((str(folder), str(moved)))
        case 2:
            path = folder / draw.choice(FILES)
            if path.exists():
                path.unlink()
                paths.add(str(path))
        case _:
            path = folder / draw.choice(FILES)
            if not folder.exists():
                paths.add(str(folder if folder.parent.exists() else folder.parent))
            folder.mkdir(parents=True, exist_ok=True)
            lines = []
            for identifier in draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randrange(4)):
                # Now and then no article, or none that can be told by its id.
                title = draw.choice(['"one"', '"one"', '"two"', '"two"', "5"])
                lines.append("broken" if draw.random() < 0.05 else f'{{"id": "{identifier}", "title": {title}}}')
            path.write_text("".join(f"{line}\n" for line in lines) if path.suffix == ".jsonl" else f"T\n\n{lines}\n")
            paths.add(str(path))


def follow(seed: int, steps: int) -> Counter[str]:
    """Change sources and look at the changes alone; then see that a look at everything finds nothing left to do."""
    draw, told = random.Random(seed), Counter[str]()
    with quick_folder() as top:
        folder, names = top / "index", [str(top / "A"), str(top / "B")]
        for source in names:
            write_lines(Path(source) / "1.jsonl", *good(*"abc"))
        index(folder, names)
        since, keep = IndexState.of(folder), draw.random() < 0.3
        for _ in range(steps):
            paths: set[str] = set()
            for _ in range(draw.randrange(1, 3)):
                change(draw, top, paths)
            if draw.random() < 0.1:
                # Another has been at the index: that is seen.
                delete(folder, [draw.choice("abcdefgh")], undo=draw.random() < 0.5)
            allow = draw.random() < 0.7
            try:
                done = index(folder, names, changes=Changes(paths, since), keep_missing=keep, allow_deletes=allow)
                told["followed"] += 1
                told["something"] += bool(done.added or done.updated or done.deleted)
                before = titles_in(folder), entries_in(folder)
                all_of_it = index(folder, names, keep_missing=keep)
                assert changed_by(all_of_it) == (0, 0, 0), (paths, done, all_of_it)
                assert (titles_in(folder), entries_in(folder)) == before
            except WidenedError:
                told["given up"] += 1
                index(folder, names, keep_missing=keep, allow_deletes=True)
            except VanishingError:
                told["refused"] += 1
                with pytest.raises(VanishingError):
                    index(folder, names)
                index(folder, names, allow_deletes=True)
            since = IndexState.of(folder)
    return told


def changed_by(report: Report) -> tuple[int, int, int]:
    """Give what a run has done to the articles."""
    return report.added, report.updated, report.deleted


@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 100), marks=pytest.mark.long)])
def test_changes_alone_come_to_what_all_of_it_would_have_come_to(seeds: range) -> None:
    """Files and folders that come, change, move and go, ids that are in several of them, and broken records."""
    told = sum((follow(seed, 60) for seed in seeds), Counter[str]())
    assert told["something"] > 10 * len(seeds)
    assert told["given up"] > 0


def test_a_change_is_looked_at_and_nothing_else(tmp_path: Path) -> None:
    """What changed besides is not seen, and what the index holds of it stays."""
    folder, source = tmp_path / "index", tmp_path / "s"
    for name in "abc":
        write_lines(source / f"{name}.jsonl", *good(name))
    index(folder, [str(source)])
    since = IndexState.of(folder)
    write_lines(source / "a.jsonl", *good("a", title="New"))
    (source / "b.jsonl").unlink()
    done = index(folder, [str(source)], changes=Changes({str(source / "a.jsonl")}, since))
    assert (done.read, changed_by(done)) == (1, (0, 1, 0))
    assert titles_in(folder) == {"a": "New", "b": "T", "c": "T"}


@pytest.mark.parametrize("which", ["the source itself", "an id of another file", "a duplicate elsewhere", "written"])
def test_what_changes_alone_cannot_tell_is_not_told(tmp_path: Path, which: str) -> None:
    """Nothing is done then."""
    folder, source = tmp_path / "index", tmp_path / "s"
    write_lines(source / "1.jsonl", *good("a", "b"))
    write_lines(source / "2.jsonl", *good("b", "c"))
    index(folder, [str(source)])
    since, path = IndexState.of(folder), source / "1.jsonl"
    match which:
        case "the source itself":
            path = source
        case "an id of another file":
            path = source / "0.jsonl"
            write_lines(path, *good("c"))
        case "a duplicate elsewhere":
            write_lines(path, *good("a"))
        case "written":
            delete(folder, ["a"])
            delete(folder, ["a"], undo=True)
    before = entries_in(folder)
    with pytest.raises(WidenedError):
        index(folder, [str(source)], changes=Changes({str(path)}, since))
    assert entries_in(folder) == before


def test_more_than_half_of_a_source_does_not_go_unasked(tmp_path: Path) -> None:
    """It is half of all that the source holds, not of the changed files."""
    folder, source = tmp_path / "index", tmp_path / "s"
    for name, articles in (("a", "1"), ("b", "23"), ("c", "456789")):
        write_lines(source / f"{name}.jsonl", *good(*articles))
    index(folder, [str(source)])
    (source / "b.jsonl").unlink()
    gone = index(folder, [str(source)], changes=Changes({str(source / "b.jsonl")}, IndexState.of(folder)))
    assert changed_by(gone) == (0, 0, 2)
    (source / "c.jsonl").unlink()
    changes = Changes({str(source / "c.jsonl")}, IndexState.of(folder))
    with pytest.raises(VanishingError):
        index(folder, [str(source)], changes=changes)
    assert changed_by(index(folder, [str(source)], changes=changes, allow_deletes=True)) == (0, 0, 6)


def test_a_confined_walk_finds_what_a_walk_would(tmp_path: Path) -> None:
    """In the same order, and nothing hidden, left out or behind a link to a folder."""
    for name in ("b/2", "b/10", "b.x", "a", "c/.h/1", "c/1", "index/1", ".h"):
        (tmp_path / "s" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "s" / name).write_text("x")
    (tmp_path / "s/link").symlink_to("b")
    (tmp_path / "s/circle").symlink_to("circle")
    root, failures = tmp_path / "s", list[str]()
    walk = Walk(root, root / "index", failures.append)
    found = list(walk.all())
    assert [file.path for file in found] == ["a", "b/10", "b/2", "b.x", "c/1"]
    everything = {str(path) for path in root.rglob("*")}
    everything |= {str(root / name) for name in ("gone", "a/gone", "link/2", "gone/gone")}
    assert list(walk.only(paths_within(root, everything))) == found
    assert list(walk.only(paths_within(root, {str(root / "b"), str(root / "b/2"), str(tmp_path / "s2")}))) == found[1:3]
    assert paths_within(root, {str(root), str(root / "a")}) == ("",)
    assert failures == []


def test_what_cannot_be_looked_at_is_not_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be entered says nothing of the files in it."""
    closed = tmp_path / "s/closed"
    closed.mkdir(parents=True)
    (closed / "1").write_text("x")
    real = os.lstat

    def lstat(path: str) -> os.stat_result:
        # As the system answers anybody but root, to whom nothing is closed.
        if Path(path).parent == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr("index.sources.walk.os.lstat", lstat)
        source = Source(str(tmp_path / "s"), 100, only=[str(closed / "1")])
        assert list[Found](source.files) == []
    assert not source.complete
    assert source.failures == [f"{closed / '1'} cannot be read: Permission denied"]
