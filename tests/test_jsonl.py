"""JSON lines, plain and compressed: what is read, what is rejected, and what ends early."""

import datetime
import gzip
import io
import json
import pickle
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.sources.formats import divide_file, divide_stream
from index.sources.jsonl import divide_jsonl
from index.sources.part import EndsEarlyError, Part
from index.sources.record import Record

LIMIT = 10_000
GOOD = b'{"id": "1", "title": "One"}'
TWO = GOOD + b'\n{"id": "2", "body": "Two"}\n'


def records_of(parts: Iterable[Part]) -> Iterator[Record]:
    """Yield the records of parts, each pickled on the way as one that another process reads."""
    for part in parts:
        yield from pickle.loads(pickle.dumps(part)).records()


def read(data: bytes | Iterable[bytes], limit: int = LIMIT) -> list[Record]:
    """Give the records of a file's bytes."""
    return list(records_of(divide_jsonl([data] if isinstance(data, bytes) else data, "f", limit)))


def read_as_far_as_it_goes(blocks: Iterable[bytes], limit: int = LIMIT) -> tuple[list[Record], bool]:
    """Give the records of a file and whether it ended early."""
    records = []
    try:
        for record in records_of(divide_jsonl(blocks, "f", limit)):
            records.append(record)  # noqa: PERF402 - what came before the end counts
    except EndsEarlyError:
        return records, True
    return records, False


def only(line: bytes) -> Record:
    """Give the one record of a line."""
    (record,) = read(line + b"\n")
    return record


def test_every_field_is_read() -> None:
    """The keys are Article's fields; an article has exactly what stands in its line."""
    line = {
        "id": "a",
        "title": "T",
        "body": "B",
        "section": "S",
        "date": "2021-01-18T16:26:00",
        "byline": "W",
        "language": "de",
        "url": "https://example.org",
        "source": "C",
        "photo_credit": "P",
        "comments": 22,
    }
    record = only(json.dumps(line).encode())
    moment = datetime.datetime(2021, 1, 18, 16, 26)
    assert record == Record("f", "f:1", "a", Article(**{**line, "date": moment}))  # type: ignore[arg-type]


def test_other_keys_and_nulls_are_left_alone() -> None:
    """Unknown keys are no error whatever they hold, and null is the same as not being there."""
    record = only(b'{"id": "a", "title": "T", "x": {"y": [1]}, "section": null, "date": null, "comments": null}')
    assert record == Record("f", "f:1", "a", Article(id="a", title="T"))


def test_the_last_of_equal_keys_counts() -> None:
    """A key that stands there twice has its last value, as JSON readers have it."""
    record = only(b'{"id": "a", "id": "b", "title": "T", "title": "U"}')
    assert record.article == Article(id="b", title="U")


def test_lines_are_counted_and_blank_ones_are_not_read() -> None:
    """Blank lines, Windows line ends, a byte order mark and a last line without an end make no difference."""
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n  \t\n" + GOOD + b"\n\x0b\n" + GOOD
    records = read(data)
    assert [record.origin for record in records] == ["f:1", "f:4", "f:6"]
    assert all(record.article == Article(id="1", title="One") for record in records)


@pytest.mark.parametrize("data", [b"", b"\n", b"\n\n\r\n \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_of_nothing_holds_nothing(data: bytes) -> None:
    """An empty file, or one of blanks, is read without a record."""
    assert read(data) == []


def test_a_byte_order_mark_belongs_at_the_beginning() -> None:
    """Anywhere else it is a broken record of its line alone."""
    records = read(GOOD + b"\n\xef\xbb\xbf" + GOOD + b"\n" + GOOD + b"\n")
    assert [record.article is None for record in records] == [False, True, False]


def test_an_id_may_be_a_whole_number() -> None:
    """A number as an id is the text it is written as."""
    assert only(b'{"id": 17, "title": "T"}').article == Article(id="17", title="T")
    assert only(b'{"id": -0, "title": "T"}').id == "0"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "not JSON"),
        (b'{"id": "1", "title": "T"', "not JSON"),
        (b'{"id": "1" "title"}', "at character 12"),
        (b"[1, 2]", "a list, not an object"),
        (b'"text"', "text, not an object"),
        (b"null", "null, not an object"),
        (b"17", "a number, not an object"),
        (b"NaN", "a number, not an object"),
        (b"true", "true or false, not an object"),
        (b"{}", "no id"),
        (b'{"title": "T"}', "no id"),
        (b'{"id": null}', "no id"),
        (b'{"id": 1.5}', "the id is a number"),
        (b'{"id": NaN}', "the id is a number"),
        (b'{"id": true}', "the id is true or false"),
        (b'{"id": ["1"]}', "the id is a list"),
        (b'{"id": "1", "title": 5}', "title is a number, not text"),
        (b'{"id": "1", "body": {}}', "body is an object, not text"),
        (b'{"id": "1", "title": "\xff\xfe"}', "not UTF-8 at byte 23"),
        (b'{"id": "1", "title": "\xed\xa0\x80"}', "not UTF-8"),
        (b"\x00\x00\x00", "not JSON"),
        (b'{"id": "1", "comments": ' + b"9" * 5_000 + b"}", "a number of over 4,300 digits"),
        (b'{"id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "too deep"),
        (b"[" * 9_000, "too deep"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_a_broken_record_says_what_is_wrong(line: bytes, reason: str) -> None:
    """What cannot be read is a record with a reason in words; the lines after it are read."""
    first, second = read(line + b"\n" + GOOD + b"\n", limit=100_000)
    assert first.article is None
    assert reason in first.reason
    assert second.article == Article(id="1", title="One")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("section", 5, "section is a number"),
        ("byline", ["A", "B"], "byline is a list"),
        ("url", {}, "url is an object"),
        ("source", True, "source is true or false"),
        ("date", 20210118, "date '20210118' cannot be read"),
        ("date", "someday", "date 'someday' cannot be read"),
        ("date", [1], "date a list cannot be read"),
        ("date", "2021-02-30", "date '2021-02-30' cannot be read"),
        ("comments", -1, "comments '-1' is not a count"),
        ("comments", 1.5, "comments '1.5' is not a count"),
        ("comments", "many", "comments 'many' is not a count"),
        ("comments", True, "comments 'True' is not a count"),
        ("comments", 2**60, "is not a count"),
        ("comments", [[]], "comments a list is not a count"),
        ("date", "\ud800", "cannot be read"),
    ],
)
def test_a_field_of_the_wrong_kind_is_left_out(name: str, value: object, said: str) -> None:
    """What is not needed for an article is left out with a warning that can be written down, and the article stays."""
    record = only(json.dumps({"id": "1", "title": "T", name: value}).encode())
    assert record.article == Article(id="1", title="T")
    (warning,) = record.warnings
    assert said in warning
    assert warning.encode()


def test_counts_may_be_text() -> None:
    """A number of comments in quotes is the number."""
    assert only(b'{"id": "1", "title": "T", "comments": " 22 "}').article == Article(id="1", title="T", comments=22)


@pytest.mark.parametrize("depth", range(300, 1_000, 23))
def test_any_depth_is_read_or_rejected(depth: int) -> None:
    """A value however deep, where a date should be, costs the date or the record, never the run."""
    first, second = read(b'{"id": "1", "title": "T", "date": ' + b"[" * depth + b"]" * depth + b"}\n" + GOOD)
    assert (first.article is None) == (first.reason == "broken record: too deep")
    assert second.article == Article(id="1", title="One")


def test_a_lone_surrogate_in_an_id_is_replaced_in_the_account_too() -> None:
    """The id that a record is known by is the one the article is kept under, and can be written down."""
    record = only(b'{"id": "\\ud800x", "title": "T"}')
    assert record.id == "\ufffdx"
    assert record.article is not None
    assert only(b'{"id": "\\ud800x", "title": 5}').id == "\ufffdx"


def test_a_record_known_by_its_id_says_so() -> None:
    """A record that is rejected for one of its fields still says whose new version it was."""
    assert only(b'{"id": "1", "title": 5}').id == "1"
    assert only(b'{"id": "1", "title"').id is None


@pytest.mark.parametrize("ended", [b"\n", b""])
def test_a_line_over_the_limit_is_rejected(ended: bytes) -> None:
    """A line of the limit's size is read, one byte more is rejected, and the lines around it are read."""
    fits = GOOD + b" " * (200 - len(GOOD))
    long = GOOD + b" " * (201 - len(GOOD))
    records = read(fits + b"\n" + long + b"\n" + fits + b"\n" + long + ended, limit=200)
    assert [record.article is not None for record in records] == [True, False, True, False]
    assert [record.origin for record in records] == ["f:1", "f:2", "f:3", "f:4"]
    assert "over the size limit of 200 bytes" in records[1].reason


@pytest.mark.parametrize("cut", range(len(TWO)))
def test_a_file_cut_anywhere_is_read_up_to_there(cut: int) -> None:
    """Complete lines are read; in the place of a rest that is no JSON, the file is said to end early."""
    records, early = read_as_far_as_it_goes([TWO[:cut]])
    lines = TWO[:cut].split(b"\n")
    whole = [line for line in lines if line.endswith(b"}")]
    assert sum(record.article is not None for record in records) == len(whole)
    assert early == bool(lines[-1] and not lines[-1].endswith(b"}"))
    assert len(records) == len(whole)


def test_a_broken_last_line_with_an_end_is_only_broken() -> None:
    """A line that ends in a line feed was written to its end, and so was a last one that is JSON of another kind."""
    assert read_as_far_as_it_goes([GOOD + b"\nbroken\n"])[1] is False
    assert read_as_far_as_it_goes([GOOD + b'\n{"no": "id"}'])[1] is False
    assert read_as_far_as_it_goes([GOOD + b"\nbroken"])[1] is True


BYTES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([GOOD, b"\n", b"\r\n", b"{", b"}", b"\xef\xbb\xbf", b'{"id": 1, "title": "\\ud800"}', b"\xff"]),
    ),
    max_size=12,
).map(b"".join)


@example(b"\xef\xbb\xbf\n\xef\xbb\xbf")
@settings(max_examples=150, deadline=None)
@given(BYTES)
def test_any_bytes_are_records_that_add_up(data: bytes) -> None:
    """For each line that is not blank there is an article or a reason, or, at the end, the word that it ends early."""
    records, early = read_as_far_as_it_goes([data])
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    assert len(records) + early == sum(bool(line.strip()) for line in lines)
    assert all((record.article is None) == bool(record.reason) for record in records)
    assert all(record.reason.encode() is not None for record in records)


@settings(max_examples=120, deadline=None)
@given(BYTES, st.lists(st.integers(0, 200)), st.sampled_from([20, 60, LIMIT]))
def test_blocks_may_be_cut_anywhere(data: bytes, cuts: list[int], limit: int) -> None:
    """However a file comes in pieces, its records are the same."""
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert read_as_far_as_it_goes(pieces, limit) == read_as_far_as_it_goes([data], limit)


def compressed(ending: str, *parts: bytes) -> bytes:
    """Compress parts, each a member or a frame of its own."""
    compress = gzip.compress if ending == ".gz" else zstandard.ZstdCompressor().compress
    return b"".join(compress(part) for part in parts)


def read_compressed(data: bytes, name: str) -> tuple[list[Record], str]:
    """Give the records of a compressed file, and why it ended early."""
    records = []
    try:
        for record in records_of(divide_file(io.BytesIO(data), name, LIMIT)):
            records.append(record)  # noqa: PERF402 - what came before the end counts
    except EndsEarlyError as error:
        return records, str(error)
    return records, ""


BOTH = pytest.mark.parametrize("ending", [".gz", ".zst"])


@BOTH
def test_compressed_files_are_read(ending: str) -> None:
    """One member or frame, several, an empty one in between, and one cut within a line, give the same lines."""
    for parts in ([TWO], [GOOD + b"\n", b"", TWO[len(GOOD) + 1 :]], [TWO[:10], TWO[10:40], TWO[40:]]):
        records, early = read_compressed(compressed(ending, *parts), "news.jsonl" + ending)
        assert [record.id for record in records] == ["1", "2"]
        assert not early


@BOTH
def test_content_tells_what_a_name_does_not(ending: str) -> None:
    """A file without an ending, and a stream, are known for compressed by their first bytes."""
    data = compressed(ending, TWO)
    assert [record.id for record in records_of(divide_file(io.BytesIO(data), "news", LIMIT))] == ["1", "2"]
    assert [record.id for record in records_of(divide_stream(io.BytesIO(data), "standard input", LIMIT))] == ["1", "2"]


@BOTH
def test_a_compressed_file_cut_anywhere_ends_early(ending: str) -> None:
    """Cut at any byte but behind a member, the whole lines before the cut are read and the end is said to be early."""
    first = compressed(ending, GOOD + b"\n")
    data = first + compressed(ending, TWO[len(GOOD) + 1 :])
    for cut in range(len(data)):
        records, early = read_compressed(data[:cut], "news.jsonl" + ending)
        assert bool(early) == (cut != len(first))
        assert [record.id for record in records if record.article] in ([], ["1"], ["1", "2"])
        assert cut < len(first) or records[0].id == "1"


@BOTH
def test_a_flipped_byte_never_raises_anything_else(ending: str) -> None:
    """Whatever a broken byte does to the compressed data, it is records, or an early end with a reason."""
    data = compressed(ending, TWO * 3)
    for place in range(len(data)):
        broken = bytearray(data)
        broken[place] ^= 0x55
        read_compressed(bytes(broken), "news.jsonl" + ending)


def test_zeros_behind_a_member_are_no_damage() -> None:
    """Tapes and block devices fill up with zeros, however many, in the middle as well."""
    data = compressed(".gz", GOOD + b"\n") + b"\0" * 300_000 + compressed(".gz", TWO) + b"\0" * 5_000
    records, early = read_compressed(data, "news.jsonl.gz")
    assert [record.id for record in records] == ["1", "1", "2"]
    assert not early


def test_other_bytes_behind_a_member_are_an_early_end() -> None:
    """What stands behind the last member and is none cannot be read, so that nothing can be said to have vanished."""
    for behind, told in ((b"garbage, and a lot of it", "broken"), (b"garbage", "cut off")):
        records, early = read_compressed(compressed(".gz", TWO) + behind, "news.jsonl.gz")
        assert [record.id for record in records] == ["1", "2"]
        assert told in early


@BOTH
def test_a_bomb_does_not_fill_the_memory(ending: str) -> None:
    """A hundred megabytes of one line, in a few kilobytes, are a rejected record that takes some megabytes to read."""
    parts = zlib.compressobj(9, wbits=31) if ending == ".gz" else zstandard.ZstdCompressor(level=3).compressobj()
    data = b"".join(parts.compress(bytes(1 << 20)) for _ in range(100)) + parts.flush()
    tracemalloc.start()
    (record,) = read_compressed(data, "news.jsonl" + ending)[0]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "over the size limit" in record.reason
    assert peak < 30_000_000


@BOTH
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_under_a_compressed_name_are_survived(ending: str, data: bytes) -> None:
    """Bytes that are no compressed data at all are an early end, and so is nothing at all."""
    records, early = read_compressed(data, "news.jsonl" + ending)
    assert records == []
    assert early
