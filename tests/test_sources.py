"""Sources: which files are read, in which order, and what becomes of those that cannot be."""

import errno
import gzip
import io
import os
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from index.sources import Record, Source
from index.sources.formats import divide_file
from index.sources.manner import Manner
from index.sources.part import Part
from tests.archives import lines_of, write_lines

LIMIT = 10_000
WIRE = b"Sport\n\nHarbour wins again\n16:26, 18 January 2021 22\n\nA paragraph.\n"


def put(path: Path, data: bytes = WIRE) -> Path:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def read(source: Source) -> list[Record]:
    """Give the records of a source."""
    return list(source.records())


def ids(source: Source) -> list[str]:
    """Give the ids of the articles in a source."""
    return [record.article.id for record in source.records() if record.article]


def stream(data: bytes) -> Source:
    """Give standard input with these bytes."""
    return Source("-", LIMIT, io.BytesIO(data))


def test_a_folder_is_walked_in_order_of_name(tmp_path: Path) -> None:
    """Files and folders come in order of name, folder by folder, and an article's id is its path below the source."""
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "a.txt", "Z.txt", "a-b.txt", "é.txt", "10.txt", "9.txt"):
        put(tmp_path / name)
    assert ids(Source(str(tmp_path), LIMIT)) == [
        *("10.txt", "9.txt", "Z.txt", "a/b/c.txt", "a/z.txt", "a-b.txt", "a.txt", "b.txt", "é.txt")
    ]


def test_a_lone_file_has_its_name_as_id(tmp_path: Path) -> None:
    """A file named by itself is read whatever it is called, and its article's id is its name."""
    path = put(tmp_path / "2021/karabakh.txt")
    source = Source(str(path), LIMIT)
    assert ids(source) == ["karabakh.txt"]
    assert source.complete
    assert ids(Source(str(put(tmp_path / ".hidden.txt")), LIMIT)) == [".hidden.txt"]


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    """What begins with a dot is no article, nor is anything in a folder that does."""
    for name in (".hidden.txt", ".git/a.txt", "a/.b/c.txt", "seen.txt"):
        put(tmp_path / name)
    assert ids(Source(str(tmp_path), LIMIT)) == ["seen.txt"]


def test_links_never_go_in_circles(tmp_path: Path) -> None:
    """A link to a file is read as the file; links to folders, to themselves or to nothing are left alone."""
    put(tmp_path / "inside/a.txt")
    put(tmp_path / "b.txt")
    (tmp_path / "inside/up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "gone")
    (tmp_path / "linked.txt").symlink_to(tmp_path / "b.txt")
    source = Source(str(tmp_path), LIMIT)
    assert ids(source) == ["b.txt", "inside/a.txt", "linked.txt"]
    assert source.complete


def test_a_source_is_the_same_by_any_of_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by a link, relatively or from another folder, a source has the key of its real path."""
    put(tmp_path / "real/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    names = [str(tmp_path / "real"), "real", "./real/", "link", "real/../link"]
    assert {Source(name, LIMIT).key for name in names} == {os.path.realpath(tmp_path / "real")}
    assert ids(Source("link", LIMIT)) == ["a.txt"]


def test_pipes_and_sockets_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    """What is no file is not opened: a pipe without a writer would hold the run up for ever."""
    os.mkfifo(tmp_path / "pipe.txt")
    put(tmp_path / "a.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "s.txt"))
        assert ids(Source(str(tmp_path), LIMIT)) == ["a.txt"]


def test_the_index_is_no_part_of_what_it_indexes(tmp_path: Path) -> None:
    """An index that lies in the folder that is indexed is left out, by whatever name."""
    put(tmp_path / "a.txt")
    put(tmp_path / "backfile-index/_MAIN_1.toc")
    (tmp_path.parent / "way").symlink_to(tmp_path)
    source = Source(str(tmp_path), LIMIT, leave_out=tmp_path.parent / "way/backfile-index")
    assert [record.file for record in source.records()] == ["a.txt"]
    assert source.total == len(WIRE)


def test_the_ending_picks_the_reader(tmp_path: Path) -> None:
    """Endings count without regard to case, a name without one leaves it to the content, others have no reader."""
    lines = lines_of([{"id": "j", "title": "T"}])
    for name, data in {
        "a.TXT": WIRE,
        "b.jsonl": lines,
        "c.ndjson": lines,
        "d.JSONL.GZ": gzip.compress(lines),
        "e": WIRE,
        "f": lines,
        "g": gzip.compress(lines),
        "h": b"\xef\xbb\xbf  \n" + lines,
        "i.pdf": b"%PDF",
        "j.txt.gz": gzip.compress(WIRE),
        "k.tar.jsonl": b"broken\n",
        "l.": WIRE,
    }.items():
        put(tmp_path / name, data)
    records = Source(str(tmp_path), LIMIT).records()
    got = [
        (record.file, record.article.id if record.article else record.reason.partition(";")[0]) for record in records
    ]
    assert got == [
        ("a.TXT", "a.TXT"),
        ("b.jsonl", "j"),
        ("c.ndjson", "j"),
        ("d.JSONL.GZ", "j"),
        ("e", "e"),
        ("f", "j"),
        ("g", "j"),
        ("h", "j"),
        ("i.pdf", "no reader for .pdf files"),
        ("j.txt.gz", "j.txt.gz"),
        ("k.tar.jsonl", "broken record: not JSON: Expecting value at character 1"),
        ("l.", "l."),
    ]


@pytest.mark.parametrize("data", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_rejected(tmp_path: Path, data: bytes) -> None:
    """A file that should be an article and holds none is told of, under its name."""
    for name in ("a.txt", "a"):
        (record,) = read(Source(str(put(tmp_path / name, data)), LIMIT))
        assert (record.id, record.article) == (name, None)
        assert "no text" in record.reason


def test_a_wire_text_over_the_limit_is_rejected(tmp_path: Path) -> None:
    """A file of the limit's size is read, one byte more is not, and its id says whose old version stays."""
    assert ids(Source(str(put(tmp_path / "a.txt", b"x" * 200)), 200)) == ["a.txt"]
    (record,) = read(Source(str(put(tmp_path / "a.txt", b"x" * 201)), 200))
    assert (record.id, record.reason) == ("a.txt", "over the size limit of 200 bytes")


def test_names_that_are_not_utf8_are_told_apart(tmp_path: Path) -> None:
    """Names in an old encoding become ids that can be written down, each its own, and so does such a source's key."""
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)  # noqa: PTH102 - the name is bytes
    for name in (b"\xe8.txt", b"\xe9.txt"):
        put(Path(os.fsdecode(folder + b"/" + name)))
    source = Source(os.fsdecode(folder), LIMIT)
    assert ids(source) == ["\\xe8.txt", "\\xe9.txt"]
    assert source.key.endswith("/caf\\xe9")
    for text in (source.key, source.name, *(record.origin for record in source.records())):
        assert text.encode()


def test_a_name_with_a_line_feed_is_an_id_to_reject(tmp_path: Path) -> None:
    """The name is passed on as it is; the rules for ids are the writer's."""
    put(tmp_path / "a\nb.txt")
    assert ids(Source(str(tmp_path), LIMIT)) == ["a\nb.txt"]


def test_what_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """A missing source, one below a file, and one with an impossible name are told of and hold nothing."""
    put(tmp_path / "a.txt")
    for name, problem in (
        ("gone", "is not there"),
        ("a.txt/b", "cannot be read: Not a directory"),
        ("x" * 5_000, "cannot be read: File name too long"),
    ):
        source = Source(str(tmp_path / name), LIMIT)
        assert source.problem == problem
        assert (source.total, read(source)) == (0, [])
        assert not source.complete
        assert source.failures == [f"{tmp_path / name} {problem}"]


def refuse(monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
    """Let a method of Path fail as it does without permission, for one name."""
    real = getattr(Path, method)

    def refusing(path: Path, *arguments: Any, **more: Any) -> Any:
        if path.name == name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, method, refusing)


def test_a_source_that_may_not_be_looked_at_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without permission to look, the reason is given, not that nothing were there."""
    put(tmp_path / "a.txt")
    refuse(monkeypatch, "stat", "a.txt")
    assert Source(str(tmp_path / "a.txt"), LIMIT).problem == "cannot be read: Permission denied"


def test_an_unreadable_file_spoils_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a rejected record that protects what came from it, the rest is read, and the source is not complete."""
    for name in ("a.txt", "b.txt", "c.txt"):
        put(tmp_path / name)
    refuse(monkeypatch, "open", "b.txt")
    source = Source(str(tmp_path), LIMIT)
    records = read(source)
    assert [record.file for record in records] == ["a.txt", "b.txt", "c.txt"]
    assert records[1] == Record(
        "b.txt",
        "b.txt",
        reason="cannot be read: Permission denied",
        failure="b.txt cannot be read: Permission denied",
    )
    assert not source.complete
    assert source.failures == ["b.txt cannot be read: Permission denied"]


def test_an_unreadable_folder_spoils_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders around it are read, and that it was not is said once, however often the source was walked."""
    for name in ("a/1.txt", "b/2.txt", "c/3.txt"):
        put(tmp_path / name)
    real = os.scandir

    def refusing(path: str) -> Any:
        if path.endswith("/b"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    source = Source(str(tmp_path), LIMIT)
    assert ids(source) == ["a/1.txt", "c/3.txt"]
    assert not source.complete
    assert source.failures == [f"{tmp_path / 'b'} cannot be read: Permission denied"]


def test_a_file_that_goes_away_meanwhile_is_told_of(tmp_path: Path) -> None:
    """Between the look into the folder and the reading of a file, the file can vanish: the run goes on."""
    for name in ("a.txt", "b.txt", "c.txt"):
        put(tmp_path / name)
    source = Source(str(tmp_path), LIMIT)
    records = source.records()
    assert next(records).file == "a.txt"
    (tmp_path / "b.txt").unlink()
    assert [record.article is not None for record in records if record.file != "b.txt"] == [True]
    assert not source.complete


def test_a_disk_that_fails_midway_keeps_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records before the failure count, the failure is one more, and the next file is read."""
    write_lines(tmp_path / "a.jsonl", {"id": "1", "title": "T"})
    put(tmp_path / "b.txt")

    def failing(opened: BinaryIO, file: str, limit: int, manner: Manner) -> Iterator[Part]:
        yield from divide_file(opened, file, limit, manner)
        if file == "a.jsonl":
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("index.sources.source.divide_file", failing)
    source = Source(str(tmp_path), LIMIT)
    assert [(record.file, record.reason) for record in source.records()] == [
        ("a.jsonl", ""),
        ("a.jsonl", "cannot be read: Input/output error"),
        ("b.txt", ""),
    ]
    assert not source.complete


def test_a_file_that_ends_early_leaves_the_source_incomplete(tmp_path: Path) -> None:
    """What was read counts, the reason stands in the failures, and the next file is read."""
    whole = gzip.compress(lines_of([{"id": "1", "title": "T"}]))
    put(tmp_path / "a.jsonl.gz", whole[:-4])
    put(tmp_path / "b.txt")
    source = Source(str(tmp_path), LIMIT)
    assert ids(source) == ["1", "b.txt"]
    assert not source.complete
    assert source.failures == ["a.jsonl.gz ends early: the compressed data is cut off"]


def test_a_long_file_that_ends_early_is_read_up_to_there(tmp_path: Path) -> None:
    """Blocks that are unpacked ahead come in order, none is lost, and what is wrong behind them is told of."""
    draw = random.Random(3)
    lines = lines_of([{"id": str(number), "title": draw.randbytes(400).hex()} for number in range(3_000)])
    packed = gzip.compress(lines, 1)
    put(tmp_path / "whole.jsonl.gz", packed)
    assert ids(Source(str(tmp_path), LIMIT)) == [str(number) for number in range(3_000)]
    put(tmp_path / "whole.jsonl.gz", packed[: len(packed) * 3 // 4])
    source = Source(str(tmp_path), LIMIT)
    found = [name for name in ids(source) if name]
    assert found == [str(number) for number in range(len(found))]
    assert 2_000 < len(found) < 2_500
    assert not source.complete


def test_a_whole_source_is_complete(tmp_path: Path) -> None:
    """A rejected record is no gap: all of the source was there to be read."""
    write_lines(tmp_path / "a.jsonl", {"id": "1", "title": "T"}, {"id": "2"}, {"title": 5})
    source = Source(str(tmp_path), LIMIT)
    assert len(read(source)) == 3
    assert source.complete
    assert source.failures == []


def test_progress_goes_by_bytes(tmp_path: Path) -> None:
    """The total is the size of all files, and the position ascends to it."""
    for number in range(5):
        put(tmp_path / f"{number}.txt", WIRE * (number + 1))
    source = Source(str(tmp_path), LIMIT)
    assert source.total == 15 * len(WIRE)
    positions = [source.position for _ in source.records()]
    assert positions == sorted(positions)
    assert 0 < positions[0] <= len(WIRE)
    assert source.position == source.total


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_standard_input_is_read_by_its_content(wrap: Any) -> None:
    """JSON lines, compressed or not, are read from standard input, of which nothing can be said to have vanished."""
    source = stream(wrap(lines_of([{"id": "1", "title": "T"}, {"id": "2", "title": "T"}])))
    assert (source.key, source.name, source.total, source.problem) == ("-", "standard input", 0, None)
    records = read(source)
    assert [record.origin for record in records] == ["standard input:1", "standard input:2"]
    assert not source.complete
    assert source.failures == []


def test_a_wire_text_on_standard_input_is_known_by_its_content() -> None:
    """The same text has the same id again, and another text another, so that none takes the place of one before."""
    (first,), (again,), (other,) = ids(stream(WIRE)), ids(stream(WIRE)), ids(stream(WIRE + b"More.\n"))
    assert first == again != other


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_stream_holds_nothing(data: bytes) -> None:
    """A pipe down which nothing came is no article that was rejected."""
    assert read(stream(data)) == []


def test_a_stream_that_ends_early_is_told_of() -> None:
    """A compressed stream that was cut off gives what it held and a failure."""
    source = stream(gzip.compress(lines_of([{"id": "1", "title": "T"}]))[:-3])
    assert ids(source) == ["1"]
    assert source.failures == ["standard input ends early: the compressed data is cut off"]


def test_standard_input_stays_open() -> None:
    """It is not the source's to close."""
    given = io.BytesIO(WIRE)
    read(Source("-", LIMIT, given))
    assert not given.closed


def test_standard_input_may_be_closed() -> None:
    """A process that was started without one is told so."""
    source = Source("-", LIMIT, None)
    assert source.problem == "is closed"
    assert read(source) == []


def test_a_pipe_of_the_shell_is_read(tmp_path: Path) -> None:
    """What a shell hands over as /dev/fd/63 has no real path and is a stream all the same."""
    reading, writing = os.pipe()
    os.write(writing, lines_of([{"id": "1", "title": "T"}]))
    os.close(writing)
    source = Source(f"/dev/fd/{reading}", LIMIT)
    assert source.problem is None
    assert ids(source) == ["1"]
    assert not source.complete
    os.close(reading)


def test_a_named_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    """A pipe is waited for and read to its end, and deletes nothing."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(WIRE))
    writer.start()
    source = Source(str(tmp_path / "pipe"), LIMIT)
    (record,) = read(source)
    writer.join()
    assert record.article is not None
    assert record.article.title == "Harbour wins again"
    assert (source.total, source.complete) == (0, False)
