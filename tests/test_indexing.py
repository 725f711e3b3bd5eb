"""Runs of index: what is taken in, what is told of it, and what a dry run leaves alone."""

import datetime
import io
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from index.article import Article
from index.errors import SettingError, SourceError
from index.generation import newest, open_generation
from index.indexing import index
from index.manifest import IndexSettings
from index.reading import MAX_REJECTIONS
from index.reindexing import rebuild
from index.writer import open_writer
from tests.archives import (
    articles_in,
    build,
    bytes_in,
    counts,
    entries_in,
    events_in,
    good,
    lines_of,
    titles_in,
    write_lines,
)

WIRE = "Sport\n\nHarbour wins again\n16:26, 18 January 2021 22\n\nA paragraph.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of an index that is not there yet."""
    return tmp_path / "index"


def test_new_changed_and_unchanged_articles_are_told_apart(tmp_path: Path, folder: Path) -> None:
    """A run goes by content: what is new is added, what differs replaced, what is the same not written again."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    assert counts(index(folder, [name])) == {"added": 3}
    write_lines(tmp_path / "a.jsonl", *good("1", "3"), {"id": "2", "title": "New"}, *good("4"))
    report = index(folder, [name])
    assert counts(report) == {"added": 1, "updated": 1, "unchanged": 2}
    assert report.articles == 4
    assert titles_in(folder) == {"1": "T", "2": "New", "3": "T", "4": "T"}


def test_a_run_that_changes_nothing_makes_no_generation(tmp_path: Path, folder: Path) -> None:
    """The same again leaves the index at its generation, also where the same text comes from another file."""
    write_lines(tmp_path / "s/a.jsonl", *good("1", "2"))
    index(folder, [str(tmp_path / "s")])
    (tmp_path / "s/a.jsonl").rename(tmp_path / "s/b.jsonl")
    assert counts(index(folder, [str(tmp_path / "s")])) == {"unchanged": 2}
    assert newest(folder) == 1
    assert entries_in(folder)["1"].origin == "b.jsonl:1"


def test_every_field_counts_as_content(tmp_path: Path, folder: Path) -> None:
    """A change in any one field of an article is an update."""
    fields = {"section": "S", "date": "2021-01-18", "byline": "B", "language": "de", "url": "u", "source": "C"}
    fields |= {"photo_credit": "P", "body": "B"}
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    index(folder, [name])
    for field, value in (*fields.items(), ("comments", 0), ("comments", 1)):
        write_lines(tmp_path / "a.jsonl", {"id": "1", "title": "T", field: value})
        assert counts(index(folder, [name])) == {"updated": 1}, field


def test_the_first_of_two_with_an_id_stays(tmp_path: Path, folder: Path) -> None:
    """An id that came before in the run is a duplicate, in source order, across files and sources."""
    write_lines(tmp_path / "s/a.jsonl", {"id": "1", "title": "first"}, {"id": "1", "title": "second"})
    write_lines(tmp_path / "s/b.jsonl", {"id": "1", "title": "third"}, *good("2"))
    other = write_lines(tmp_path / "o.jsonl", {"id": "2", "title": "fourth"}, *good("3"))
    report = index(folder, [str(tmp_path / "s"), other])
    assert counts(report) == {"added": 3, "duplicates": 3}
    assert titles_in(folder) == {"1": "first", "2": "T", "3": "T"}
    assert [rejection.origin for rejection in report.rejections] == ["a.jsonl:2", "b.jsonl:1", "o.jsonl:1"]
    assert all("duplicate" in rejection.reason for rejection in report.rejections)


def test_a_rejected_record_takes_no_id(tmp_path: Path, folder: Path) -> None:
    """A record without text does not make a duplicate of the good one after it."""
    name = write_lines(tmp_path / "a.jsonl", {"id": "1"}, *good("1"))
    assert counts(index(folder, [name])) == {"added": 1, "rejected": 1}


def test_a_source_named_twice_is_read_once(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whatever names: the second time would be nothing but duplicates."""
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    monkeypatch.chdir(tmp_path)
    assert counts(index(folder, [name, "a.jsonl", "./a.jsonl"])) == {"added": 1}


def test_warnings_are_counted_and_kept(tmp_path: Path, folder: Path) -> None:
    """What had to be changed or left out is a warning each, in the account under the article's id."""
    name = write_lines(tmp_path / "a.jsonl", {"id": "1", "title": "T", "date": "someday", "language": "english"})
    assert counts(index(folder, [name])) == {"added": 1, "warnings": 2}
    assert events_in(folder) == [("1", "warned", "a.jsonl:1")] * 2


def test_lone_surrogates_stop_nothing(tmp_path: Path, folder: Path) -> None:
    """An id, a title or a section that cannot be written down is replaced with a warning, and protected when broken."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "\\ud800x", "title": "\\udfff", "section": "\\ud800"}\n')
    assert counts(index(folder, [str(path)])) == {"added": 1, "warnings": 3}
    assert titles_in(folder) == {"\ufffdx": "\ufffd"}
    path.write_text('{"id": "\\ud800x", "title": 5}\n')
    assert counts(index(folder, [str(path)])) == {"rejected": 1}
    assert titles_in(folder) == {"\ufffdx": "\ufffd"}


def test_file_names_of_any_bytes_are_indexed(tmp_path: Path, folder: Path) -> None:
    """A source in a folder whose name is in an old encoding is indexed, again, and rid of an article."""
    source = Path(str(tmp_path) + "/caf\udce9")
    for name in ("\udce8.txt", "\udce9.txt", "a.txt"):
        source.mkdir(exist_ok=True)
        (source / name).write_text(WIRE)
    assert counts(index(folder, [str(source)])) == {"added": 3}
    (source / "\udce8.txt").unlink()
    report = index(folder, [str(source)])
    assert counts(report) == {"unchanged": 2, "deleted": 1}
    assert json.dumps(report.as_json(), ensure_ascii=False).encode()
    assert set(titles_in(folder)) == {"\\xe9.txt", "a.txt"}


def test_the_report_holds_the_first_thousand(tmp_path: Path, folder: Path) -> None:
    """Rejections and duplicates are all counted, and told one by one up to a thousand of both."""
    records = [{"id": "1", "title": "T"}] * 601 + [{"id": "2"}] * 600
    report = index(folder, [write_lines(tmp_path / "a.jsonl", *records)])
    assert counts(report) == {"added": 1, "duplicates": 600, "rejected": 600}
    assert len(report.rejections) == MAX_REJECTIONS
    assert Counter(event[1] for event in events_in(folder)) == {"duplicate": 600, "rejected": 600}


def test_the_report_has_the_promised_keys(tmp_path: Path, folder: Path) -> None:
    """The JSON of a run has every key that programs may rely on."""
    found = index(folder, [write_lines(tmp_path / "a.jsonl", *good("1"), {})]).as_json()
    keys = "read added updated unchanged deleted rejected duplicates articles warnings seconds rejections"
    assert set(keys.split()) <= set(found)
    assert found["rejections"] == ({"origin": "a.jsonl:2", "reason": "broken record: no id"},)


def test_standard_input_is_a_source(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines from a pipe come in, and those that are not in the next pipe stay."""

    def given(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    given(lines_of(good("1", "2", "3")))
    assert counts(index(folder, ["-"])) == {"added": 3}
    given(lines_of(good("3", "4")))
    assert counts(index(folder, ["-"])) == {"added": 1, "unchanged": 1}
    given(WIRE.encode())
    index(folder, ["-"])
    given((WIRE + "More.\n").encode())
    index(folder, ["-"])
    given(b"")
    assert counts(index(folder, ["-"])) == {}
    assert len(titles_in(folder)) == 6


def test_standard_input_may_be_closed(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process started without one indexes files all the same, and says so when asked for ``-`` alone."""
    monkeypatch.setattr(sys, "stdin", None)
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    assert index(folder, [name, "-"]).failures == ("standard input is closed",)
    with pytest.raises(SourceError, match="standard input is closed"):
        index(folder, ["-"])


def test_sources_that_are_not_there_are_told_of(tmp_path: Path, folder: Path) -> None:
    """One of several that is missing is a failure of the run; if none is there, nothing is changed or made."""
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    with pytest.raises(SourceError, match=r"gone is not there\. Nothing was changed"):
        index(folder, [str(tmp_path / "gone")])
    assert not folder.exists()
    report = index(folder, [str(tmp_path / "gone"), name])
    assert counts(report) == {"added": 1}
    assert report.failures == (f"{tmp_path / 'gone'} is not there",)


def test_the_index_may_lie_in_its_source(tmp_path: Path) -> None:
    """``backfile index .`` with the index beside the articles reads the articles alone."""
    (tmp_path / "a.txt").write_text(WIRE)
    folder = tmp_path / "backfile-index"
    assert counts(index(folder, [str(tmp_path)])) == {"added": 1}
    assert counts(index(folder, [str(tmp_path)])) == {"unchanged": 1}


def test_dates_are_wall_time_in_the_archives_zone(tmp_path: Path, folder: Path) -> None:
    """An aware date is converted to the zone of the index, a naive one is in it, a date alone stays."""
    dates = {"1": "2021-01-18T16:26:30Z", "2": "2021-07-18T16:26+05:00", "3": "2021-01-18T16:26", "4": "2021-01-18"}
    name = write_lines(
        tmp_path / "a.jsonl", *({"id": identifier, "title": "T", "date": date} for identifier, date in dates.items())
    )
    index(folder, [name], settings=IndexSettings(time_zone="Europe/Berlin"))
    assert {identifier: article.date for identifier, article in articles_in(folder).items()} == {
        "1": datetime.datetime(2021, 1, 18, 17, 26),
        "2": datetime.datetime(2021, 7, 18, 13, 26),
        "3": datetime.datetime(2021, 1, 18, 16, 26),
        "4": datetime.date(2021, 1, 18),
    }
    assert counts(index(folder, [name])) == {"unchanged": 4}


@pytest.mark.parametrize("afresh", [False, True])
def test_a_dry_run_leaves_every_byte_as_it_was(tmp_path: Path, folder: Path, afresh: bool) -> None:
    """It tells what would be done, and does nothing: no file, no event, no generation."""
    name = write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    index(folder, [name])
    was = bytes_in(folder)
    write_lines(tmp_path / "a.jsonl", {"id": "1", "title": "new"}, *good("2", "4"), {"id": "2"})
    report = index(folder, [name], dry_run=True, afresh=afresh)
    assert counts(report) == {"added": 1, "updated": 1, "unchanged": 1, "deleted": 1, "rejected": 1}
    assert bytes_in(folder) == was
    rebuild(folder, dry_run=True)
    assert bytes_in(folder) == was


def test_a_dry_run_leaves_no_folder_behind(tmp_path: Path) -> None:
    """Where there was no index there is none afterwards, nor any folder above it; an empty folder stays empty."""
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    assert counts(index(tmp_path / "x/y/z", [name], dry_run=True)) == {"added": 1}
    assert not (tmp_path / "x").exists()
    (tmp_path / "x").mkdir()
    index(tmp_path / "x", [name], dry_run=True)
    assert list((tmp_path / "x").iterdir()) == []


def test_a_run_that_fails_leaves_no_folder_behind(tmp_path: Path) -> None:
    """An index that could not be made is not half there."""
    with pytest.raises(ZeroDivisionError), open_writer(tmp_path / "x/y") as writer:
        assert writer.add(Article(id="1", title=str(1 / 0)))
    assert not (tmp_path / "x").exists()


def test_settings_are_fixed_when_an_index_is_made(tmp_path: Path, folder: Path) -> None:
    """The same again or none are fine, others are refused with the settings there are and nothing changed."""
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    made = IndexSettings(time_zone="Europe/Berlin", language="de", title_weight=3.5)
    index(folder, [name], settings=made)
    index(folder, [name], settings=made)
    index(folder, [name])
    was = bytes_in(folder)
    with pytest.raises(SettingError, match=r"Europe/Berlin.* de .*3\.5"):
        index(folder, [name], settings=IndexSettings())
    assert bytes_in(folder) == was
    assert open_generation(folder).manifest.settings == made


def test_building_afresh_can_change_settings_but_not_the_zone(tmp_path: Path, folder: Path) -> None:
    """Language and weight may change; wall time cannot be moved to another zone, but an empty index can."""
    name = write_lines(tmp_path / "a.jsonl", *good("1"))
    build(folder)
    rebuild(folder, settings=IndexSettings(time_zone="Europe/Berlin"))
    index(folder, [name])
    changed = IndexSettings(time_zone="Europe/Berlin", language="fr", title_weight=1.0)
    rebuild(folder, settings=changed)
    assert open_generation(folder).manifest.settings == changed
    with pytest.raises(SettingError, match="cannot be moved to UTC"):
        rebuild(folder, settings=IndexSettings())
    assert open_generation(folder).segments[0].languages == ["fr"]


def test_a_wrong_environment_leaves_no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be is noticed before anything is made."""
    monkeypatch.setenv("BACKFILE_MEMORY", "lots")
    with pytest.raises(SettingError), open_writer(folder):
        pass
    assert not folder.exists()
