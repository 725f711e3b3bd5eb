"""What may go from an index, what may never, and what stays out for good."""

import gzip
from pathlib import Path

import pytest

from index.errors import MissingIndexError, VanishingError
from index.indexing import delete, index
from index.reindexing import rebuild
from tests.archives import bytes_in, counts, entries_in, events_in, good, lines_of, titles_in, write_lines

WIRE = "Sport\n\nHarbour wins again\n16:26, 18 January 2021 22\n\nA paragraph.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of an index that is not there yet."""
    return tmp_path / "index"


def test_what_a_source_holds_no_longer_goes(tmp_path: Path, folder: Path) -> None:
    """A line or a file that is gone takes its articles with it, and the account says so."""
    write_lines(tmp_path / "s/a.jsonl", *good("1", "2"))
    (tmp_path / "s/b.txt").write_text(WIRE)
    write_lines(tmp_path / "s/c.jsonl", *good("3", "4"))
    index(folder, [str(tmp_path / "s")])
    write_lines(tmp_path / "s/a.jsonl", *good("2"))
    (tmp_path / "s/b.txt").unlink()
    report = index(folder, [str(tmp_path / "s")])
    assert counts(report) == {"unchanged": 3, "deleted": 2}
    assert report.articles == 3
    assert set(titles_in(folder)) == set(entries_in(folder)) == {"2", "3", "4"}
    assert events_in(folder) == [
        *[("1", "added", "a.jsonl:1"), ("b.txt", "added", "b.txt")],
        *[("1", "vanished", ""), ("b.txt", "vanished", "")],
    ]


def test_only_named_sources_lose_articles(tmp_path: Path, folder: Path) -> None:
    """An article of a source that is not named stays, though its file is gone."""
    first = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    second = write_lines(tmp_path / "b.jsonl", *good("3", "4"))
    index(folder, [first, second])
    Path(second).unlink()
    write_lines(tmp_path / "a.jsonl", *good("1"))
    assert counts(index(folder, [first])) == {"unchanged": 1, "deleted": 1}
    assert set(titles_in(folder)) == {"1", "3", "4"}


def test_a_missing_source_deletes_nothing(tmp_path: Path, folder: Path) -> None:
    """A disk that is not mounted is no reason to empty the index."""
    first = write_lines(tmp_path / "a.jsonl", *good("1"))
    second = write_lines(tmp_path / "b.jsonl", *good("2"))
    index(folder, [first, second])
    Path(second).unlink()
    report = index(folder, [first, second], allow_deletes=True)
    assert counts(report) == {"unchanged": 1}
    assert set(titles_in(folder)) == {"1", "2"}


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_source_that_ends_early_deletes_nothing(tmp_path: Path, folder: Path, ending: str) -> None:
    """Of a folder with a file that was cut, not even what other files held can be said to have vanished."""
    source = tmp_path / "s"
    write_lines(source / "a.jsonl", *good("1", "2"))
    whole = lines_of(good("3", "4", "5"))
    path = source / ("b.jsonl" + ending)
    path.write_bytes(gzip.compress(whole) if ending else whole)
    index(folder, [str(source)])
    path.write_bytes(path.read_bytes()[:-6])
    write_lines(source / "a.jsonl", *good("1"))
    report = index(folder, [str(source)], allow_deletes=True)
    assert report.deleted == 0
    assert len(report.failures) == 1
    assert report.rejected == 1
    assert set(titles_in(folder)) == {"1", "2", "3", "4", "5"}


def test_an_article_whose_new_version_is_rejected_keeps_its_old_one(tmp_path: Path, folder: Path) -> None:
    """A rejected record with an id protects that article alone, wherever it came from before."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2", "3", "4", "5"))
    index(folder, [name])
    write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"), {"id": "4", "title": 5})
    assert counts(index(folder, [name])) == {"unchanged": 3, "rejected": 1, "deleted": 1}
    assert set(titles_in(folder)) == {"1", "2", "3", "4"}


@pytest.mark.parametrize(
    "broken", [b"broken\n", b'{"title": "no id"}\n', b'{"id": ""}\n', b'{"id": "a\\nb", "title": "T"}\n']
)
def test_a_broken_line_keeps_what_its_file_held(tmp_path: Path, folder: Path, broken: bytes) -> None:
    """A record that does not say which article it was might be any of those not met in its file, but of no other."""
    source = tmp_path / "s"
    write_lines(source / "a.jsonl", *good("1", "2", "3"))
    write_lines(source / "b.jsonl", *good("4", "5", "6"))
    index(folder, [str(source)])
    (source / "a.jsonl").write_bytes(lines_of(good("1")) + broken)
    write_lines(source / "b.jsonl", *good("4", "5"))
    assert counts(index(folder, [str(source)])) == {"unchanged": 3, "rejected": 1, "deleted": 1}
    assert set(titles_in(folder)) == {"1", "2", "3", "4", "5"}


def test_an_unreadable_wire_text_keeps_its_old_version(tmp_path: Path, folder: Path) -> None:
    """A file that has become empty is a rejected new version of its article, not an article that vanished."""
    source = tmp_path / "s"
    source.mkdir()
    for name in ("a.txt", "b.txt"):
        (source / name).write_text(WIRE)
    index(folder, [str(source)])
    (source / "a.txt").write_text("")
    assert counts(index(folder, [str(source)])) == {"unchanged": 1, "rejected": 1}
    assert set(titles_in(folder)) == {"a.txt", "b.txt"}


@pytest.mark.parametrize(("before", "after", "goes"), [(4, 2, True), (4, 1, False), (5, 2, False), (1, 0, False)])
def test_more_than_half_does_not_go_unasked(tmp_path: Path, folder: Path, before: int, after: int, goes: bool) -> None:
    """Half of a source's articles may vanish; more is refused and nothing changed, unless deletes are allowed."""
    name = write_lines(tmp_path / "a.jsonl", *good(*map(str, range(before))))
    index(folder, [name])
    write_lines(tmp_path / "a.jsonl", *good(*map(str, range(after))), *good("new"))
    if not goes:
        was = bytes_in(folder)
        with pytest.raises(VanishingError, match=r"Nothing was changed.*--allow-deletes") as caught:
            index(folder, [name])
        assert caught.value.exit_status == 1
        assert bytes_in(folder) == was
    report = index(folder, [name], allow_deletes=not goes)
    assert report.deleted == before - after
    assert len(titles_in(folder)) == after + 1


def test_the_guard_looks_at_each_source_by_itself(tmp_path: Path, folder: Path) -> None:
    """A small source that loses most of its articles is not hidden behind a large one."""
    large = write_lines(tmp_path / "a.jsonl", *good(*map(str, range(50))))
    small = write_lines(tmp_path / "b.jsonl", *good("x", "y", "z"))
    index(folder, [large, small])
    write_lines(tmp_path / "b.jsonl", *good("x"))
    with pytest.raises(VanishingError, match=r"b\.jsonl no longer holds 2 of the 3"):
        index(folder, [large, small])


def test_missing_articles_can_be_kept(tmp_path: Path, folder: Path) -> None:
    """With ``keep_missing`` nothing vanishes, and the same again without it takes them out after all."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    write_lines(tmp_path / "a.jsonl", *good("1"))
    assert counts(index(folder, [name], keep_missing=True)) == {"unchanged": 1}
    assert set(titles_in(folder)) == {"1", "2"}
    assert counts(index(folder, [name])) == {"unchanged": 1, "deleted": 1}


def test_an_article_can_move_to_another_source(tmp_path: Path, folder: Path) -> None:
    """It belongs to the source it was last met in, unchanged or not, and vanishes with that one only."""
    first = write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    second = write_lines(tmp_path / "b.jsonl", *good("4"))
    index(folder, [first, second])
    write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    write_lines(tmp_path / "b.jsonl", *good("3", "4"))
    assert counts(index(folder, [first, second])) == {"unchanged": 4}
    assert entries_in(folder)["3"].source == str(tmp_path / "b.jsonl")
    assert counts(index(folder, [first])) == {"unchanged": 2}
    write_lines(tmp_path / "b.jsonl", *good("4"))
    assert counts(index(folder, [second])) == {"unchanged": 1, "deleted": 1}


def test_a_renamed_source_takes_its_articles_along(tmp_path: Path, folder: Path) -> None:
    """Under its new name they are the same articles, and the old name, when it is there no more, deletes nothing."""
    write_lines(tmp_path / "old/a.jsonl", *good("1", "2"))
    index(folder, [str(tmp_path / "old")])
    (tmp_path / "old").rename(tmp_path / "new")
    assert counts(index(folder, [str(tmp_path / "new")])) == {"unchanged": 2}
    assert {entry.source for entry in entries_in(folder).values()} == {str(tmp_path / "new")}
    report = index(folder, [str(tmp_path / "old"), str(tmp_path / "new")])
    assert report.deleted == 0


def test_two_sources_with_an_id_share_an_article(tmp_path: Path, folder: Path) -> None:
    """It is the article of the source named first; when that drops it, the other still has it, in the same run."""
    first = write_lines(tmp_path / "a.jsonl", {"id": "1", "title": "A"}, *good("2", "3"))
    second = write_lines(tmp_path / "b.jsonl", {"id": "1", "title": "B"})
    assert counts(index(folder, [first, second])) == {"added": 3, "duplicates": 1}
    assert counts(index(folder, [second])) == {"updated": 1}
    assert counts(index(folder, [first, second])) == {"updated": 1, "unchanged": 2, "duplicates": 1}
    write_lines(tmp_path / "a.jsonl", *good("2", "3"))
    assert counts(index(folder, [first, second])) == {"updated": 1, "unchanged": 2}
    assert titles_in(folder)["1"] == "B"


def test_what_is_deleted_stays_out(tmp_path: Path, folder: Path) -> None:
    """A deleted article is not brought back by its source, changed or not, nor by building afresh; undo lets it in."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    assert delete(folder, ["1"]) == []
    assert set(titles_in(folder)) == {"2"}
    assert counts(index(folder, [name])) == {"unchanged": 2}
    write_lines(tmp_path / "a.jsonl", *good("1", title="new"), *good("2"))
    index(folder, [name])
    index(folder, [name], afresh=True)
    rebuild(folder)
    assert set(titles_in(folder)) == {"2"}
    assert delete(folder, ["1"], undo=True) == []
    assert set(titles_in(folder)) == {"2"}
    assert counts(index(folder, [name])) == {"added": 1, "unchanged": 1}
    assert titles_in(folder) == {"1": "new", "2": "T"}
    assert [event[:2] for event in events_in(folder)] == [("1", "added"), ("1", "deleted"), ("1", "restored")]


def test_an_id_that_is_not_there_is_told_and_not_remembered(tmp_path: Path, folder: Path) -> None:
    """A mistyped id is given back, and does not keep out an article that may come under it one day."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    assert delete(folder, ["1", "3", "1"]) == ["3", "1"]
    assert delete(folder, ["1"]) == ["1"]
    assert delete(folder, ["2", "3"], undo=True) == ["2", "3"]
    write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    assert counts(index(folder, [name])) == {"added": 1, "unchanged": 2}


def test_deleting_needs_an_index(folder: Path) -> None:
    """Without an index there is nothing to delete from, and none is made."""
    with pytest.raises(MissingIndexError):
        delete(folder, ["1"])
    with pytest.raises(MissingIndexError):
        rebuild(folder)
    assert not folder.exists()
