"""Export: every article, byte for byte the same from any index that holds the same articles."""

import datetime
import json
import subprocess
import sys
from dataclasses import asdict, fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import MAX_COMMENTS, Article
from index.errors import ArticleError
from index.export import export
from index.generation import open_generation
from index.indexing import delete, index
from index.manifest import IndexSettings
from index.writer import open_writer
from tests.archives import articles_in, build, quick_folder
from web.commands import backfile

text = st.text(max_size=20) | st.sampled_from(["", " a ", "a\r\nb\u2028c\x00", "\ud800", "Ж" * 5, "<COP> &amp;"])
dates = st.dates() | st.datetimes() | st.datetimes(timezones=st.sampled_from([datetime.UTC])) | st.none()
some_articles = st.builds(
    Article,
    id=st.text(max_size=3),
    title=text,
    body=text,
    section=st.none() | text,
    date=dates,
    byline=st.none() | text,
    language=st.none() | text | st.sampled_from(["de", "PT-br", "zh_hant", "eng", "en-x-old", "und"]),
    url=st.none() | text,
    source=st.none() | text,
    photo_credit=st.none() | text,
    comments=st.none() | st.integers(-1, MAX_COMMENTS + 1),
)


def exported(folder: Path) -> bytes:
    """Give an index's export."""
    return b"".join(export(open_generation(folder)))


@settings(max_examples=40, deadline=None)
@given(st.lists(some_articles, max_size=8), st.sampled_from(["UTC", "Asia/Tokyo"]))
def test_an_index_made_of_an_export_exports_the_same_bytes(articles: list[Article], zone: str) -> None:
    """Whatever articles there are, in however many segments, an index of any zone built from their export has them."""
    with quick_folder() as top:
        first, second, file = top / "first", top / "second", top / "export.jsonl"
        for part in (articles[::2], articles[1::2]):
            with open_writer(first) as writer:
                for article in part:
                    try:
                        writer.add(article)
                    except ArticleError:
                        continue
                # An index without articles is one too.
                writer.add(Article(id="last", title="T"))
        file.write_bytes(exported(first))
        index(second, [str(file)], settings=IndexSettings(time_zone=zone))
        assert exported(second) == file.read_bytes()
        assert articles_in(second) == articles_in(first)
        index(first, [str(file)], afresh=True)
        assert exported(first) == file.read_bytes()


def test_a_line_holds_every_key_and_the_id_first(tmp_path: Path) -> None:
    """What a program finds in each line, and in which order."""
    full = Article(
        "2", "Title", "Two\n\nparagraphs", "S", datetime.datetime(2021, 1, 18, 16, 26), "B", "de", "u", "s", "p", 0
    )
    folder = build(tmp_path / "index", Article("1", "T", date=datetime.date(2021, 1, 18)), full, Article("0", body="b"))
    lines = [json.loads(line) for line in exported(folder).splitlines()]
    assert [line["id"] for line in lines] == ["2", "1", "0"]
    assert all(list(line) == [field.name for field in fields(Article)] for line in lines)
    assert lines[0] == asdict(full) | {"date": "2021-01-18T16:26:00"}
    assert lines[1]["date"] == "2021-01-18"
    assert lines[2] == asdict(Article("0", body="b"))


def test_what_is_told_from_a_text_is_not_stated(tmp_path: Path) -> None:
    """A language that was detected is left to be detected again, perhaps better."""
    body = "Der Hafen ist heute nicht offen und die Brücke auch nicht, sagt die Stadt mit dem Fluss."
    folder = build(tmp_path / "index", Article("1", body=body))
    assert open_generation(folder).segments[0].languages == ["de"]
    assert json.loads(exported(folder))["language"] is None


def test_the_order_is_that_of_the_articles_not_of_the_segments(tmp_path: Path) -> None:
    """Deleted articles are left out, and what came in when does not matter."""
    folder = tmp_path / "index"
    for day in (3, 1, 2):
        build(folder, *(Article(f"{n}", "T", date=datetime.date(2021, 1, day)) for n in range(day * 10, day * 10 + 3)))
    delete(folder, ["21"])
    found = [json.loads(line)["id"] for line in exported(folder).splitlines()]
    assert found == ["30", "31", "32", "20", "22", "10", "11", "12"]


def test_the_command_writes_lines_and_nothing_else(tmp_path: Path) -> None:
    """``backfile export > file`` is the export, also on a terminal in another encoding."""
    folder = build(tmp_path / "index", Article("1", "Ärger"))
    result = CliRunner().invoke(backfile, ["export", "--index", str(folder)])
    assert result.exit_code == 0
    assert result.stdout_bytes == exported(folder)
    assert CliRunner().invoke(backfile, ["export", "--index", str(tmp_path / "none")]).exit_code == 3


def test_damage_is_not_exported(tmp_path: Path) -> None:
    """What would be taken for articles must be what was written."""
    folder = build(tmp_path / "index", *(Article(f"{n}", "T", "body " * n) for n in range(50)))
    (path,) = folder.glob("*.arrays")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)
    result = CliRunner().invoke(backfile, ["export", "--index", str(folder)])
    assert (result.exit_code, result.stdout_bytes) == (3, b"")
    assert "is damaged" in result.stderr


@pytest.mark.parametrize(
    ("shell", "status", "said"), [("| head -n 1 > /dev/null", 0, ""), ("> /dev/full", 3, "No space left")]
)
def test_a_reader_that_goes_and_a_disk_that_is_full_are_no_tracebacks(
    tmp_path: Path, shell: str, status: int, said: str
) -> None:
    """``export | head`` ends in silence, and a full disk with a message."""
    folder = build(tmp_path / "index", *(Article(f"{n}", "T", f"{n}" * 9_000) for n in range(50)))
    command = f"{sys.executable} -m web export --index {folder} {shell}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == bool(said)
