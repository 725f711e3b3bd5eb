"""ZIP and tar: what is in them is read as if it lay in a folder."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from index.sources import Source
from tests.archives import lines_of
from tests.malformed import GOOD, packed, taped
from tests.reading import articles_of, reasons_of, records_of

FILES = {
    "a/story.md": GOOD["story.md"],
    "lines.jsonl": lines_of([{"id": "j", "title": "T"}]),
    "b.txt": GOOD["wire.txt"],
}


def zipped(files: dict[str, bytes]) -> bytes:
    """Give a ZIP archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, data in files.items():
            writing.writestr(name, data)
    return archive.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w") -> bytes:
    """Give a tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode=mode) as writing:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            writing.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", zipped(FILES)),
        ("x.tar", tarred(FILES)),
        ("x.tar.gz", tarred(FILES, "w:gz")),
        ("x.TGZ", tarred(FILES, "w:gz")),
        ("x.tar.bz2", tarred(FILES, "w:bz2")),
        ("x.tar.zst", zstandard.compress(tarred(FILES))),
        ("x", zipped(FILES)),
        ("y", tarred(FILES, "w:gz")),
    ],
)
def test_files_in_an_archive_are_read(name: str, data: bytes) -> None:
    """Ids and origins are those of a folder of the archive's name; the file that the account knows is the archive."""
    records = records_of(name, data)
    assert [record.id for record in records] == [f"{name}/a/story.md", "j", f"{name}/b.txt"]
    assert [record.origin for record in records] == [f"{name}/a/story.md", f"{name}/lines.jsonl:1", f"{name}/b.txt"]
    assert {record.file for record in records} == {name}


def test_names_are_only_names() -> None:
    """A name that leads out of the archive leads nowhere; hidden files are left alone."""
    data = zipped({"../../etc/a.md": b"# T", "/b.md": b"# T", ".git/c.md": b"# T", "__MACOSX/d.md": b"# T"})
    assert [article.id for article in articles_of("x.zip", data)] == ["x.zip/../../etc/a.md", "x.zip/b.md"]


def test_no_more_is_unpacked_than_may_be_read() -> None:
    """A file that unpacks to more than the limit is rejected, and the next is read."""
    files = {"a.txt": b"word " * 1_000_000, "b.html.gz": b"", "c.md": b"# T"}
    for name, data in (("x.zip", zipped(files)), ("x.tar.gz", tarred(files, "w:gz"))):
        records = records_of(name, data, limit=10_000)
        assert records[0].reason == "over the size limit of 10,000 bytes"
        assert records[0].id == f"{name}/a.txt"
        assert records[-1].article


def test_an_archive_in_an_archive_is_told_of() -> None:
    """It is not opened: each could hold another."""
    for data in (zipped({"in.zip": zipped(FILES)}), zipped({"in.tar.gz": tarred(FILES, "w:gz")})):
        assert reasons_of("x.zip", data) == ["an archive in an archive; unpack it and index the folder"]
    assert reasons_of("x.zip", zipped({"in": zipped(FILES)})) == [
        "an archive in an archive; unpack it and index the folder"
    ]


def test_a_file_under_a_password_is_told_of() -> None:
    """It is rejected by itself."""
    data = bytearray(zipped({"a.md": b"# T", "b.md": b"# T"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    records = records_of("x.zip", bytes(data))
    assert [record.reason for record in records] == ["it is under a password; unpack it and index the folder", ""]


def test_a_broken_file_in_an_archive_stops_nothing() -> None:
    """One whose bytes are not what was packed is told of, and so are those behind it."""
    data = bytearray(zipped({"a.md": b"# T", "b.md": b"# T " + bytes(range(33, 99)), "c.md": b"# T"}))
    at = data.index(b"b.md") + 20
    data[at] ^= 0xFF
    records = records_of("x.zip", bytes(data))
    assert [bool(record.article) for record in records] == [True, False, True]
    assert records[1].reason.startswith("cannot be unpacked: ")
    assert records[1].failure


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_an_archive_cut_anywhere_is_told_of(name: str) -> None:
    """What could be read before is there, and that it is not all."""
    whole = zipped(FILES) if name == "x.zip" else tarred(FILES, "w:gz" if name.endswith("gz") else "w")
    for cut in range(1, min(len(whole), 3_000), 97):
        records = records_of(name, whole[:cut])
        assert records[-1].failure or records[-1].reason, cut


def test_a_zip_archive_has_to_be_a_file(tmp_path: Path) -> None:
    """From a pipe it cannot be read, and says why; a tar archive can."""
    source = Source("-", 10_000, io.BytesIO(zipped(FILES)))
    (record,) = source.records()
    assert "a file of its own" in record.reason
    tape = Source("-", 10_000, io.BytesIO(tarred(FILES, "w:gz")))
    assert len([record for record in tape.records() if record.article]) == 3


def test_a_page_in_an_archive_is_read() -> None:
    """So are other formats than text."""
    for name, data in (("x.zip", packed("a.html", GOOD["page.html"])), ("x.tgz", taped("a.html", GOOD["page.html"]))):
        (article,) = articles_of(name, data)
        assert article.title == "Harbour bridge closed"
