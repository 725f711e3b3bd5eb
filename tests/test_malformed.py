"""Malformed files of every kind: each is accounted for, and none stops the rest."""

import random
from pathlib import Path

import pytest

from index import indexing
from index.article import Article
from index.history import history
from index.sources import Record, Source
from tests.malformed import DAMAGES, GOOD, malformed

LIMIT = 10_000_000


def read(folder: Path) -> list[Record]:
    """Give the records of a folder."""
    return list(Source(str(folder), LIMIT).records())


def write(folder: Path, name: str, data: bytes) -> None:
    """Write a file."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)


def test_good_files_of_every_kind_are_read(tmp_path: Path) -> None:
    """What the malformed ones are made from is read without a word."""
    for name, data in GOOD.items():
        write(tmp_path / "good", name, data)
    records = read(tmp_path / "good")
    assert {record.file for record in records} == set(GOOD)
    assert [(record.origin, record.reason) for record in records if record.reason or record.warnings] == []


def account_for(folder: Path, numbers: range) -> None:
    """Write malformed files among good ones, read them, and see that each is told of and the good ones are there."""
    for number in numbers:
        write(folder, *malformed(number))
    write(folder, "z.txt", GOOD["wire.txt"])
    records = read(folder)
    told = {record.file for record in records}
    silent = {path.name for path in folder.iterdir()} - told
    # Lines and rows that are none, or of blanks, are no records, nor is the header of a table.
    assert {name for name in silent if not name.endswith(("lines.jsonl", "table.csv", "table.tsv"))} == set()
    for name in silent:
        assert len((folder / name).read_bytes().strip().splitlines()) <= (not name.endswith("lines.jsonl"))
    for record in records:
        assert bool(record.article) != bool(record.reason)
        assert record.reason.isprintable()
        assert len(record.reason) < 600
        # Nothing of a file that an entity names comes in.
        assert "root:" not in (record.article.body if isinstance(record.article, Article) else "")
    assert records[-1].file == "z.txt"
    assert records[-1].article


def test_malformed_files_are_accounted_for(tmp_path: Path) -> None:
    """Six files with each kind of damage are read or rejected with a reason, and stop nothing."""
    account_for(tmp_path / "files", range(6 * len(DAMAGES)))


@pytest.mark.long
def test_a_thousand_malformed_files_are_accounted_for(tmp_path: Path) -> None:
    """So are a thousand others."""
    account_for(tmp_path / "files", range(1_000, 2_000))


def test_a_run_over_malformed_files_adds_up(tmp_path: Path) -> None:
    """An index of such files holds what could be read, its report counts every record once, its log tells of each."""
    for number in range(2 * len(DAMAGES)):
        write(tmp_path / "files", *malformed(number))
    report = indexing.index(tmp_path / "index", [str(tmp_path / "files")])
    kinds = (report.added, report.updated, report.unchanged, report.rejected, report.duplicates)
    assert report.read == sum(kinds)
    assert report.articles == report.added > 0
    for file in {record.file for record in read(tmp_path / "files")}:
        assert history(tmp_path / "index", file), file


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """Twelve entities of ten of the one before, ten billion characters, take neither time nor room."""
    for name, damage in DAMAGES.items():
        if "entit" in name:
            write(tmp_path / "files", f"{name}.xml", damage(b"", random.Random(0)))
    records = read(tmp_path / "files")
    assert {record.file for record in records} == {"entities.xml", "a file's entity.xml"}
    assert all(len(record.article.body) < 1_000 for record in records if record.article)


def test_a_page_over_the_limit_is_rejected(tmp_path: Path) -> None:
    """A page of 50 MB is told of and not parsed."""
    write(tmp_path / "files", "a.html", b"<p>x</p>" * 6_250_000)
    assert [record.reason for record in read(tmp_path / "files")] == ["over the size limit of 10,000,000 bytes"]
