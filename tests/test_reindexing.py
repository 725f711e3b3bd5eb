"""An index built afresh: what it keeps, and how it takes the place of one that cannot be read."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.errors import DamagedIndexError, VersionError
from index.generation import generations, newest, open_generation
from index.indexing import delete, index, rebuild
from index.manifest import IndexSettings, Manifest
from index.writer import open_writer
from tests.archives import articles_in, build, counts, entries_in, good, titles_in, write_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of an index that is not there yet."""
    return tmp_path / "index"


def test_building_afresh_keeps_what_other_sources_brought(tmp_path: Path, folder: Path) -> None:
    """The named source is read again, those of others are taken as they are stored, and vanishing is the same."""
    first = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    second = write_lines(tmp_path / "b.jsonl", *good("3", "4"))
    index(folder, [first, second])
    Path(second).unlink()
    write_lines(tmp_path / "a.jsonl", *good("1", title="new"))
    report = index(folder, [first], afresh=True)
    assert counts(report) == {"updated": 1, "deleted": 1}
    assert report.articles == 3
    assert titles_in(folder) == {"1": "new", "3": "T", "4": "T"}
    assert len(open_generation(folder).segments) == 1
    assert set(entries_in(folder)) == {"1", "3", "4"}


def test_building_afresh_protects_what_could_not_be_read(tmp_path: Path, folder: Path) -> None:
    """Rejected new versions keep their old ones, and a missing source all of its articles, here too."""
    first = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    second = write_lines(tmp_path / "b.jsonl", *good("3"))
    index(folder, [first, second])
    write_lines(tmp_path / "a.jsonl", {"id": "1", "title": 5}, *good("2"))
    Path(second).unlink()
    index(folder, [first, second], afresh=True)
    assert titles_in(folder) == {"1": "T", "2": "T", "3": "T"}


def test_rebuilding_changes_no_article(tmp_path: Path, folder: Path) -> None:
    """Without sources every article is written again as it is stored, into one segment, in one commit."""
    for number in range(3):
        index(folder, [write_lines(tmp_path / f"{number}.jsonl", *good(f"{number}a", f"{number}b"))])
    delete(folder, ["1a"])
    was, entries = articles_in(folder), entries_in(folder)
    report = rebuild(folder)
    assert (report.read, report.unchanged, report.articles) == (5, 5, 5)
    assert newest(folder) == 5
    assert articles_in(folder) == was
    assert entries_in(folder) == entries
    assert len(open_generation(folder).segments) == 1


def test_building_afresh_takes_the_place_of_a_damaged_index(tmp_path: Path, folder: Path) -> None:
    """What messages advise helps: the sources are read anew, what was deleted stays out, what is lost is told."""
    first = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    second = write_lines(tmp_path / "b.jsonl", *good("3", "4"))
    index(folder, [first, second], settings=IndexSettings(time_zone="Asia/Tokyo"))
    delete(folder, ["2"])
    for path in folder.glob("*.arrays"):
        path.unlink()
    advice = "backfile reindex SOURCE"
    with pytest.raises(DamagedIndexError, match=advice):
        index(folder, [first])
    with pytest.raises(DamagedIndexError, match=advice):
        rebuild(folder)
    with pytest.raises(DamagedIndexError, match=advice):
        delete(folder, ["1"])
    report = index(folder, [first], afresh=True)
    assert report.articles == 1
    assert len(report.failures) == 1
    assert second in report.failures[0]
    assert "2 in all" in report.failures[0]
    assert open_generation(folder).manifest.settings.time_zone == "Asia/Tokyo"
    assert counts(index(folder, [first, second])) == {"added": 2, "unchanged": 2}
    assert set(titles_in(folder)) == {"1", "3", "4"}


def test_building_afresh_takes_the_place_of_a_lost_table_of_contents(tmp_path: Path, folder: Path) -> None:
    """Even where nothing at all can be read of the newest generation, the settings are those of the one before."""
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    index(folder, [name], settings=IndexSettings(language="de"))
    write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    (folder / "_MAIN_2.toc").write_bytes(b"zeros")
    report = index(folder, [name], afresh=True)
    assert (report.articles, report.failures) == (2, ())
    assert newest(folder) == 3
    assert open_generation(folder).manifest.settings.language == "de"
    write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    index(folder, [name])
    assert generations(folder) == [3, 4]


@pytest.mark.parametrize("version", [{"analyzer": 0}, {"analyzer": 99}, {"stemmer": "2.0.0"}])
def test_another_analyzer_is_built_anew_from_what_is_stored(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: dict[str, Any]
) -> None:
    """An index whose words were spelt or stemmed otherwise says so, and needs no source to be built anew."""
    monkeypatch.setattr("index.commit.Manifest", partial(Manifest, **version))
    build(folder, Article(id="1", title="T"))
    monkeypatch.undo()
    with pytest.raises(VersionError, match=r"backfile reindex'|Upgrade"):
        open_generation(folder)
    with pytest.raises(VersionError), open_writer(folder):
        pass
    assert rebuild(folder).articles == 1
    assert titles_in(folder) == {"1": "T"}


def test_another_format_is_built_anew_from_its_sources(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an index of an older format holds cannot be read: its sources are needed, and they are enough."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    monkeypatch.setattr("index.commit.Manifest", partial(Manifest, format=0))
    index(folder, [name])
    monkeypatch.undo()
    with pytest.raises(VersionError, match="backfile reindex SOURCE"):
        index(folder, [name])
    with pytest.raises(VersionError, match="backfile reindex SOURCE"):
        rebuild(folder)
    assert counts(index(folder, [name], afresh=True)) == {"unchanged": 2}
    assert set(titles_in(folder)) == {"1", "2"}


def test_an_account_that_was_lost_is_noticed(tmp_path: Path, folder: Path) -> None:
    """Without the account articles would come in twice: a run refuses, and building anew brings it back."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    (folder / "account.sqlite").unlink()
    with pytest.raises(DamagedIndexError, match="tells of 0 articles, the index holds 2"):
        index(folder, [name])
    assert rebuild(folder).articles == 2
    assert counts(index(folder, [name])) == {"unchanged": 2}
    assert set(titles_in(folder)) == {"1", "2"}


def test_an_account_that_is_damaged_is_named(tmp_path: Path, folder: Path) -> None:
    """A broken account is told of with what to do, and doing it helps."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    (folder / "account.sqlite").write_bytes(b"no database " * 1_000)
    with pytest.raises(DamagedIndexError, match=r"account\.sqlite cannot be read"):
        index(folder, [name])
    (folder / "account.sqlite").unlink()
    rebuild(folder)
    assert counts(index(folder, [name])) == {"unchanged": 2}
