"""An index built afresh: what it keeps, and how it takes the place of one that cannot be read."""

import re
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from index.article import Article
from index.errors import DamagedIndexError, StorageError, VersionError
from index.generation import Generation, generations, newest, open_generation
from index.indexing import delete, index
from index.manifest import IndexSettings, Manifest
from index.reindexing import rebuild
from index.writer import open_writer
from tests.archives import articles_in, build, bytes_in, counts, entries_in, good, titles_in, write_lines


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
    with pytest.raises(DamagedIndexError, match=f"would be lost with what is damaged: 2 of {second}"):
        index(folder, [first], afresh=True)
    report = index(folder, [first], afresh=True, allow_deletes=True)
    assert report.articles == 1
    assert report.failures == (f"the damaged index took articles with it: 2 of {second}",)
    assert open_generation(folder).manifest.settings.time_zone == "Asia/Tokyo"
    assert counts(index(folder, [first, second])) == {"added": 2, "unchanged": 2}
    assert set(titles_in(folder)) == {"1", "3", "4"}


def test_one_damaged_segment_takes_no_other_with_it(tmp_path: Path, folder: Path) -> None:
    """Articles of other sources are kept where their segment is sound; where it is not, nothing goes unasked."""
    names = {name: write_lines(tmp_path / f"{name}.jsonl", *good(f"{name}1", f"{name}2")) for name in "abc"}
    for name in names.values():
        index(folder, [name])
    damaged = next(s for s in open_generation(folder).segments if s.document("b1") is not None)
    path = folder / f"{damaged.name}.arrays"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)
    was = bytes_in(folder)
    with pytest.raises(DamagedIndexError, match=rf"2 of {names['b']}\. Nothing was changed.*--allow-deletes"):
        index(folder, [names["a"]], afresh=True)
    with pytest.raises(DamagedIndexError, match="reindex SOURCE"):
        rebuild(folder)
    assert bytes_in(folder) == was
    copy = shutil.copytree(folder, tmp_path / "blind")
    (copy / "account.sqlite").unlink()
    with pytest.raises(DamagedIndexError, match="the account, which would know of them, is lost as well"):
        index(copy, [names["b"]], afresh=True)
    assert index(copy, [names["b"]], afresh=True, allow_deletes=True).articles == 6
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert rebuild(copy, allow_deletes=True).failures == (
        f"the damaged index took articles with it: 2 of {names['b']}",
    )
    assert set(articles_in(copy)) == set(entries_in(copy)) == {"a1", "a2", "c1", "c2"}
    report = index(folder, [names["b"]], afresh=True)
    assert (report.failures, report.articles) == ((), 6)
    assert set(articles_in(folder)) == set(entries_in(folder)) == {"a1", "a2", "b1", "b2", "c1", "c2"}


def test_it_says_beforehand_how_much_disk_it_takes(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line tells it, and where less is free nothing is begun: neither from sources nor from what is stored."""
    name = write_lines(tmp_path / "a.jsonl", *good(*map(str, range(500)), title="some words of a title"))
    index(folder, [name])
    rebuild(folder, quiet=False)
    assert re.search(r"About [\d.]+ kB of disk will be needed; [\d.,]+ GB are free", capsys.readouterr().err)
    was = bytes_in(folder)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=20_000))
    refusal = r"takes about .* and .* has 20.0 kB left.*--index"
    with pytest.raises(StorageError, match=refusal):
        rebuild(folder)
    with pytest.raises(StorageError, match=refusal):
        index(folder, [name], afresh=True)
    assert bytes_in(folder) == was
    index(folder, [name])


def test_a_review_sees_both_and_may_say_no(tmp_path: Path, folder: Path) -> None:
    """The new generation is complete when it is shown and the old one still served; held back it leaves nothing."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    was, seen = bytes_in(folder), []

    def review(old: Generation, new: Generation) -> bool:
        seen.append((old.number, [*ids_of(old)], new.number, [*ids_of(new)], newest(folder)))
        return allowed

    write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    for allowed, dry_run in ((False, False), (True, True)):  # noqa: B007 - it is the review's answer
        index(folder, [name], afresh=True, review=review, dry_run=dry_run)
        rebuild(folder, review=review, dry_run=dry_run)
        assert bytes_in(folder) == was
    assert seen == [(1, ["1", "2"], 2, ["1", "2", "3"], 1), (1, ["1", "2"], 2, ["1", "2"], 1)] * 2
    allowed = True
    assert index(folder, [name], afresh=True, review=review).articles == 3
    assert set(titles_in(folder)) == {"1", "2", "3"}


def test_a_review_wants_two_sound_generations(tmp_path: Path, folder: Path) -> None:
    """With what is left of a damaged index nothing can be compared."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    index(folder, [name])
    for path in folder.glob("*.arrays"):
        path.unlink()
    with pytest.raises(DamagedIndexError):
        index(folder, [name], afresh=True, review=lambda *_: True)
    with pytest.raises(DamagedIndexError):
        rebuild(folder, allow_deletes=True, review=lambda *_: True)


def ids_of(generation: Generation) -> list[str]:
    """Give the ids of a generation's articles, sorted."""
    return sorted(segment.id_of(doc) for segment in generation.segments for doc, _ in segment.stored_articles())


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
