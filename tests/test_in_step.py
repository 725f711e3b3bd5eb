"""What has not changed is not read again, and comes out as if it had been."""

import os
from pathlib import Path
from typing import Any

import pytest

from index.generation import newest
from index.indexing import delete, index
from index.manifest import IndexSettings
from index.progress import Progress
from index.sources import Manner
from index.sources.formats import divide_file
from tests.archives import bytes_in, counts, entries_in, good, titles_in, write_lines

WIRE = "Sport\n\nHarbour wins again\n16:26, 18 January 2021 22\n\nA paragraph.\n"
LONG_AGO = 10**18


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of an index that is not there yet."""
    return tmp_path / "index"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the list of files that are read, as it grows."""
    names: list[str] = []

    def dividing(stream: Any, file: str, limit: int, manner: Manner) -> Any:
        names.append(file)
        return divide_file(stream, file, limit, manner)

    monkeypatch.setattr("index.sources.source.divide_file", dividing)
    return names


def age(top: Path, time: int = LONG_AGO) -> None:
    """Let all files below a folder be old."""
    for path in top.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(time, time))


def sample(top: Path) -> str:
    """Write a source of three files, with all that can come of a record."""
    write_lines(top / "a.jsonl", *good("1", "2"), {"id": "3"}, {"id": "4", "title": "T", "date": "someday"}, *good("1"))
    write_lines(top / "b.jsonl", *good("2", "5"), {"title": "no id"})
    (top / "c.txt").write_text(WIRE)
    (top / "d.pdf").write_bytes(b"%PDF")
    (top / "e.txt").write_text("")
    age(top)
    return str(top)


def test_what_has_not_changed_is_not_read(tmp_path: Path, folder: Path, opened: list[str]) -> None:
    """The same counts, rejections and warnings come of files that nobody opened, and no generation is made."""
    source = sample(tmp_path / "s")
    first = index(folder, [source])
    assert len(opened) == 5
    opened.clear()
    second = index(folder, [source])
    assert opened == []
    assert counts(first) == {"added": 5, "rejected": 4, "duplicates": 2, "warnings": 1}
    assert counts(second) == {"unchanged": 5, "rejected": 4, "duplicates": 2, "warnings": 1}
    assert second.rejections == first.rejections
    assert newest(folder) == 1
    assert counts(index(folder, [source])) == counts(second)


def test_only_the_changed_file_is_read(tmp_path: Path, folder: Path, opened: list[str]) -> None:
    """Another size or another time is reason to look at a file, and at no other."""
    source = sample(tmp_path / "s")
    index(folder, [source])
    opened.clear()
    (tmp_path / "s/c.txt").write_text(WIRE + "More.\n")
    assert counts(index(folder, [source]))["updated"] == 1
    assert opened == ["c.txt"]
    opened.clear()
    (tmp_path / "s/c.txt").write_text(WIRE + "Less.\n")
    os.utime(tmp_path / "s/c.txt", ns=(LONG_AGO, LONG_AGO + 1))
    assert counts(index(folder, [source]))["updated"] == 1
    assert opened == ["c.txt"]


def test_a_file_with_another_time_and_the_same_bytes_is_not_read(
    tmp_path: Path, folder: Path, opened: list[str]
) -> None:
    """Its hash tells, and from then on its new time does."""
    source = sample(tmp_path / "s")
    first = index(folder, [source])
    opened.clear()
    age(tmp_path / "s", LONG_AGO + 1)
    second = index(folder, [source])
    assert opened == []
    assert second.rejections == first.rejections
    was = (folder / "account.sqlite").read_bytes()
    for path in (tmp_path / "s").iterdir():
        path.chmod(0)
    assert counts(index(folder, [source])) == counts(second)
    assert len(was) == (folder / "account.sqlite").stat().st_size


def test_a_time_just_before_the_reading_is_not_trusted(tmp_path: Path, folder: Path) -> None:
    """A file written again within the tick of its clock, to the same length, is noticed."""
    path = tmp_path / "s/a.txt"
    path.parent.mkdir()
    path.write_text(WIRE)
    status = path.stat()
    index(folder, [str(path.parent)])
    path.write_text(WIRE.replace("again", "twice"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert counts(index(folder, [str(path.parent)])) == {"updated": 1}
    assert titles_in(folder) == {"a.txt": "Harbour wins twice"}


def test_a_file_written_while_it_is_read_is_read_again(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of it may be of neither version."""
    path = Path(write_lines(tmp_path / "a.jsonl", *good("1")))
    age(tmp_path)

    def dividing(stream: Any, file: str, limit: int, manner: Manner) -> Any:
        yield from divide_file(stream, file, limit, manner)
        write_lines(path, *good("1", title="U"))

    monkeypatch.setattr("index.sources.source.divide_file", dividing)
    index(folder, [str(path)])
    monkeypatch.undo()
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    assert counts(index(folder, [str(path)])) == {"updated": 1}


@pytest.mark.parametrize("gone", [True, False])
def test_a_duplicate_comes_in_when_the_first_goes(tmp_path: Path, folder: Path, opened: list[str], gone: bool) -> None:
    """A file that has not changed is read again when what it held a duplicate of is no longer in the file before."""
    source = tmp_path / "s"
    write_lines(source / "a.jsonl", *good("1", "2", title="first"))
    write_lines(source / "b.jsonl", *good("1", "3", title="second"))
    age(source)
    index(folder, [str(source)])
    opened.clear()
    if gone:
        (source / "a.jsonl").unlink()
    else:
        write_lines(source / "a.jsonl", *good("2", title="first"))
    report = index(folder, [str(source)], allow_deletes=True)
    assert "b.jsonl" in opened
    assert report.updated == 1
    assert titles_in(folder)["1"] == "second"
    assert entries_in(folder)["1"].origin == "b.jsonl:1"


def test_an_article_that_comes_in_an_earlier_file_makes_the_later_a_duplicate(
    tmp_path: Path, folder: Path, opened: list[str]
) -> None:
    """The later one is told of though its file is not read, and takes its article back when the earlier goes."""
    source = tmp_path / "s"
    write_lines(source / "b.jsonl", *good("1", "2", title="later"))
    age(source)
    index(folder, [str(source)])
    opened.clear()
    write_lines(source / "a.jsonl", *good("1", title="earlier"))
    age(source)
    report = index(folder, [str(source)])
    assert opened == ["a.jsonl"]
    assert counts(report) == {"updated": 1, "unchanged": 1, "duplicates": 1}
    assert [rejection.origin for rejection in report.rejections] == ["b.jsonl:1"]
    assert counts(index(folder, [str(source)])) == {"unchanged": 2, "duplicates": 1}
    (source / "a.jsonl").unlink()
    assert counts(index(folder, [str(source)])) == {"updated": 1, "unchanged": 1}
    assert titles_in(folder) == {"1": "later", "2": "later"}


def test_what_another_source_took_is_taken_back(tmp_path: Path, folder: Path) -> None:
    """A file is read again when an article of it has become another source's since."""
    first = write_lines(tmp_path / "a.jsonl", *good("1", "2", title="A"))
    second = write_lines(tmp_path / "b.jsonl", *good("1", title="B"))
    age(tmp_path)
    index(folder, [first])
    assert counts(index(folder, [second])) == {"updated": 1}
    assert counts(index(folder, [first])) == {"updated": 1, "unchanged": 1}
    assert titles_in(folder) == {"1": "A", "2": "A"}


def test_what_was_deleted_comes_back_after_undo_only(tmp_path: Path, folder: Path, opened: list[str]) -> None:
    """Deleting an article has its file read once more, and letting it in again once again."""
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    age(tmp_path)
    index(folder, [source])
    delete(folder, ["1"])
    assert counts(index(folder, [source])) == {"unchanged": 2}
    opened.clear()
    assert counts(index(folder, [source])) == {"unchanged": 2}
    assert opened == []
    delete(folder, ["1"], undo=True)
    assert counts(index(folder, [source])) == {"added": 1, "unchanged": 1}


def test_kept_articles_vanish_from_files_that_are_not_read(tmp_path: Path, folder: Path, opened: list[str]) -> None:
    """What was kept though its file held it no longer goes as soon as it may, and needs no reading for it."""
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [source])
    write_lines(tmp_path / "a.jsonl", *good("1"))
    age(tmp_path)
    for _ in range(2):
        assert counts(index(folder, [source], keep_missing=True)) == {"unchanged": 1}
    opened.clear()
    assert counts(index(folder, [source], keep_missing=True)) == {"unchanged": 1}
    assert counts(index(folder, [source])) == {"unchanged": 1, "deleted": 1}
    assert opened == []
    assert counts(index(folder, [source])) == {"unchanged": 1}
    assert set(titles_in(folder)) == {"1"}


def test_what_an_outcome_depends_on_has_everything_read(
    tmp_path: Path, folder: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another size limit, another version of the readers, and building afresh look at every file again."""
    source = sample(tmp_path / "s")
    index(folder, [source])
    changes: list[Any] = [
        lambda: monkeypatch.setenv("BACKFILE_MAX_ARTICLE_BYTES", "1000"),
        lambda: monkeypatch.setattr("index.writer.READERS", 99),
    ]
    for change in changes:
        change()
        for expected in (5, 0):
            opened.clear()
            index(folder, [source])
            assert len(opened) == expected
    opened.clear()
    index(folder, [source], afresh=True, settings=IndexSettings(title_weight=3.0))
    assert len(opened) == 5
    opened.clear()
    index(folder, [source])
    assert opened == []


def test_a_dry_run_skips_and_leaves_every_byte_as_it_was(tmp_path: Path, folder: Path, opened: list[str]) -> None:
    """It tells what a run would, of files read and not read, and the account learns nothing."""
    source = sample(tmp_path / "s")
    index(folder, [source])
    (tmp_path / "s/c.txt").write_text(WIRE + "More.\n")
    (tmp_path / "s/b.jsonl").unlink()
    opened.clear()
    was = bytes_in(folder)
    expected = {"updated": 1, "unchanged": 3, "rejected": 3, "duplicates": 1, "warnings": 1, "deleted": 1}
    assert counts(index(folder, [source], dry_run=True)) == expected
    assert bytes_in(folder) == was
    assert counts(index(folder, [source])) == expected
    assert opened == ["c.txt"] * 2


def test_progress_is_of_what_is_read(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are skipped count neither for what is to be read nor for what has been: the time left is honest."""
    write_lines(tmp_path / "s/a.jsonl", *good(*map(str, range(500))))
    new = write_lines(tmp_path / "s/b.jsonl", *good("x"))
    age(tmp_path / "s")
    index(folder, [str(tmp_path / "s")])
    write_lines(Path(new), *good("x", "y"))
    made: list[tuple[int, list[int]]] = []

    class Watched(Progress):
        def __init__(self, what: str, total: int, **more: Any) -> None:
            made.append((total, []))
            super().__init__(what, total, **more)

        def step(self, done: int, records: int = 1) -> None:
            made[-1][1].extend([done] * records)

    monkeypatch.setattr("index.indexing.Progress", Watched)
    index(folder, [str(tmp_path / "s")])
    size = Path(new).stat().st_size
    assert made == [(size, [size, size])]


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path, folder: Path) -> None:
    """Of one that ends early nothing is believed, though neither its size nor its time change."""
    source = tmp_path / "s"
    write_lines(source / "a.jsonl", *good("1"))
    with (source / "a.jsonl").open("ab") as stream:
        stream.write(b'{"id": "2", "ti')
    age(source)
    for outcome in ("added", "unchanged"):
        report = index(folder, [str(source)])
        assert counts(report) == {outcome: 1, "rejected": 1}
        assert len(report.failures) == 1


def test_the_account_forgets_files_that_are_gone(tmp_path: Path, folder: Path) -> None:
    """A file that is there no more, and comes back, is read as one never seen."""
    source = tmp_path / "s"
    for number in range(4):
        write_lines(source / f"{number}.jsonl", *good(str(number)))
    age(source)
    index(folder, [str(source)])
    content = (source / "0.jsonl").read_bytes()
    (source / "0.jsonl").unlink()
    assert counts(index(folder, [str(source)])) == {"unchanged": 3, "deleted": 1}
    (source / "0.jsonl").write_bytes(content)
    age(source)
    assert counts(index(folder, [str(source)])) == {"added": 1, "unchanged": 3}
