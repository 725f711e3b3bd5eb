"""Feed, exports and descriptions: what others read, hostile articles included."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from index import indexing, open_writer
from index.article import Article
from search import open_searcher
from tests.test_api import problem
from tests.web_archive import HOSTILE, NEWS, FakeArchive
from web import Config, create_app
from web.articles import KEYS

ATOM = "{http://www.w3.org/2005/Atom}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def client_of(archive: FakeArchive) -> FlaskClient:
    """Return a client of an application over an archive."""
    return create_app(Config(index=Path("unused"), title="The <Aldra> Courier"), archive).test_client()


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """A client of an application over the news, and an article by somebody who means harm."""
    with client_of(FakeArchive([*NEWS, HOSTILE])) as client:
        yield client


def test_the_feed_is_atom(client: FlaskClient) -> None:
    """Title, id, moment, author and links of the feed, and of each entry what Atom wants."""
    response = client.get("/feed.atom?q=bridge&section=City&page-size=3")
    assert response.content_type == "application/atom+xml; charset=utf-8"
    top = ElementTree.fromstring(response.data)
    assert top.tag == ATOM + "feed"
    assert top.findtext(ATOM + "title") == "bridge – The <Aldra> Courier"
    assert top.findtext(ATOM + "updated") == "2021-12-31T08:00:00Z"
    links = {link.get("rel"): link.get("href") or "" for link in top.findall(ATOM + "link")}
    assert set(links) == {"self", "alternate", "next"}
    assert top.findtext(ATOM + "id") == links["self"]
    assert links["alternate"].startswith("http://localhost/?q=bridge")
    entries = top.findall(ATOM + "entry")
    assert len(entries) == 3
    for entry in entries:
        for name in ("title", "id", "updated", "summary"):
            assert len(entry.findall(ATOM + name)) == 1
        assert datetime.fromisoformat(entry.findtext(ATOM + "updated") or "").tzinfo is not None
    assert len({entry.findtext(ATOM + "id") for entry in entries}) == 3
    again = ElementTree.fromstring(client.get(links["next"]).data)
    assert {e.findtext(ATOM + "id") for e in again.findall(ATOM + "entry")}.isdisjoint(
        {e.findtext(ATOM + "id") for e in entries}
    )


def test_a_feed_tells_moments_not_wall_time(client: FlaskClient) -> None:
    """Wall time of the archive's zone, an hour or two ahead of UTC by season; the newest come first unless told."""
    top = ElementTree.fromstring(client.get("/feed.atom?q=contacts").data)
    assert top.findtext(f"{ATOM}entry/{ATOM}published") == "2021-01-18T15:26:00Z"
    top = ElementTree.fromstring(client.get("/feed.atom?q=ship").data)
    assert top.findtext(f"{ATOM}entry/{ATOM}published") == "2020-07-27T15:20:00Z"
    moments = [
        entry.findtext(ATOM + "published")
        for entry in ElementTree.fromstring(client.get("/feed.atom?page-size=100").data).findall(ATOM + "entry")
    ]
    dated = [moment for moment in moments if moment]
    assert dated == sorted(dated, reverse=True)
    assert len(moments) == len(dated) + 1
    oldest = ElementTree.fromstring(client.get("/feed.atom?order-by=oldest&page-size=1").data)
    assert oldest.findtext(f"{ATOM}entry/{ATOM}published") == "2019-03-04T06:10:00Z"


def test_a_feed_leads_only_to_the_web(client: FlaskClient) -> None:
    """An article's own address is told if it is one that can be followed."""
    good = ElementTree.fromstring(client.get("/feed.atom?q=mayor&order-by=oldest").data)
    found = [link.get("href") for link in good.iter(ATOM + "link") if link.get("rel") == "via"]
    assert found == ["https://www.example.org/2019/03/second-bridge", "https://www.example.org/2021/10/open"]
    evil = ElementTree.fromstring(client.get("/feed.atom?q=reversed").data)
    assert [link.get("rel") for link in evil.iter(ATOM + "link")].count("via") == 0


def test_hostile_text_stays_text_in_a_feed(client: FlaskClient) -> None:
    """Whatever an article holds, the feed is well-formed and all of it is text."""
    top = ElementTree.fromstring(client.get("/feed.atom?q=reversed").data)
    assert {element.tag for element in top.iter()} <= {
        ATOM + name
        for name in (
            "feed", "title", "id", "updated", "author", "name", "link", "entry", "published", "category", "summary",
        )
    }  # fmt: skip
    assert "<script>" in (top.findtext(f"{ATOM}entry/{ATOM}title") or "")
    assert b"<script" not in client.get("/feed.atom?q=reversed").data


def test_lines_are_the_articles_as_they_were_taken_in(client: FlaskClient) -> None:
    """One object a line, the keys of an article with its id first, in the order of the search."""
    response = client.get("/export.jsonl?order-by=newest")
    assert response.content_type == "application/jsonl; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="articles.jsonl"'
    records = [json.loads(line) for line in response.data.decode().splitlines()]
    assert len(records) == len(NEWS) + 1
    assert all(tuple(record) == KEYS for record in records)
    by_id = {record["id"]: record for record in records}
    assert by_id[HOSTILE.id]["body"] == HOSTILE.body
    assert by_id["notes/undated.txt"]["date"] is None
    assert by_id["2021/013.txt"]["date"] == "2021-01-18T16:26:00"


def test_an_export_can_be_indexed_again(tmp_path: Path) -> None:
    """What comes out goes in again and is the same: nothing of an article is lost."""
    with open_writer(tmp_path / "first") as writer:
        for article in NEWS:
            writer.add(article)
    lines = create_app(Config(index=tmp_path / "first")).test_client().get("/export.jsonl").data
    (tmp_path / "all.jsonl").write_bytes(lines)
    indexing.index(tmp_path / "second", [str(tmp_path / "all.jsonl")], quiet=True)
    with open_searcher(tmp_path / "first") as first, open_searcher(tmp_path / "second") as second:
        for article in NEWS:
            assert second.article(article.id) == first.article(article.id)


def test_a_table_has_a_row_for_every_hit(client: FlaskClient) -> None:
    """Read back by a reader of CSV it holds what the articles hold."""
    response = client.get("/export.csv?q=bridge&section=City&order-by=oldest")
    assert response.content_type == "text/csv; charset=utf-8; header=present"
    rows = [*csv.DictReader(io.StringIO(response.data.decode(), newline=""))]
    expected = [article for article in NEWS if article.section == "City" and "bridge" in article.body + article.title]
    assert [row["id"] for row in rows] == [article.id for article in expected]
    assert [row["body"] for row in rows] == [article.body for article in expected]
    assert rows[0]["comments"] == "48"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1", "\u00a0=1", "=cmd|' /C calc'!A0", '=HYPERLINK("x")'],
)
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would work out begins with an apostrophe, in every column; plain text does not."""
    hostile = Article(id=text.strip() or "x", title=text, body=text, section=text, byline=text, comments=-5)
    plain = Article(id="plain", title="a = b", body="1-2")
    response = client_of(FakeArchive([hostile, plain])).get("/export.csv")
    rows = csv.DictReader(io.StringIO(response.data.decode(), newline=""))
    first, second = sorted(rows, key=lambda row: row["id"] == "plain")
    for name in ("id", "title", "body", "section", "byline"):
        assert first[name].startswith("'"), name
    assert first["comments"] == "-5"
    assert (second["title"], second["body"], second["section"]) == ("a = b", "1-2", "")


def test_hostile_text_makes_no_other_cells(client: FlaskClient) -> None:
    """Quotes, commas, line breaks and controls stay in their cell."""
    rows = [*csv.reader(io.StringIO(client.get("/export.csv?q=reversed").data.decode(), newline=""))]
    assert [len(row) for row in rows] == [len(KEYS)] * 2
    assert "\x00" not in "".join(rows[1])


def test_a_wrong_export_is_a_problem_and_no_download(client: FlaskClient) -> None:
    """What is wrong with the request is said before the first byte is sent."""
    response = client.get("/export.csv?q=%22")
    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert "Content-Disposition" not in response.headers


def test_an_export_is_sent_in_pieces() -> None:
    """A large export never is in memory as a whole: it comes in pieces of some 64 kB, read as they are sent."""
    read: list[int] = []

    class Counting(FakeArchive):
        def every(self, request: object) -> Iterator[Article]:
            for number in range(1_000):
                read.append(number)
                yield Article(id=str(number), title="t", body="x" * 1_000)

    pieces = client_of(Counting()).get("/export.jsonl", buffered=False).iter_encoded()
    assert 60_000 < len(next(pieces)) < 70_000
    assert len(read) < 100
    assert sum(map(len, pieces)) > 1_000_000
    assert len(read) == 1_000


def test_no_more_exports_at_once_than_told(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is a 429 that says when to try again, and is let in once another has come to its end."""
    monkeypatch.setenv("BACKFILE_MAX_EXPORTS", "2")
    first, second = client.get("/export.jsonl"), client.get("/export.csv")
    assert (first.status_code, second.status_code) == (200, 200)
    refused = client.get("/export.jsonl")
    assert problem(refused)["code"] == "too-many-requests"
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert client.head("/export.jsonl").status_code == 200
    assert client.get("/export.jsonl?q=%22").status_code == 400
    assert client.get("/api/search").status_code == 200
    second.close()
    assert client.get("/export.jsonl").status_code == 200
    first.close()


def test_an_export_nobody_waits_for_holds_no_place(client: FlaskClient) -> None:
    """A download that was broken off makes way for the next one, also where nobody closed it."""
    for _ in range(3):
        assert client.get("/export.jsonl").status_code == 200


def test_browsers_can_add_the_archive(client: FlaskClient) -> None:
    """The description names the addresses that answer."""
    response = client.get("/opensearch.xml")
    top = ElementTree.fromstring(response.data)
    assert len(top.findtext(OPENSEARCH + "ShortName") or "") <= 16
    templates = {url.get("type"): url.get("template") or "" for url in top.findall(OPENSEARCH + "Url")}
    assert set(templates) == {"text/html", "application/x-suggestions+json", "application/atom+xml"}
    for media, template in templates.items():
        answer = client.get(template.replace("{searchTerms}", "bridge%20%22pier"))
        # The words are a query with a fault: all three know the parameter, and say what is wrong with it or not.
        assert answer.status_code in (200, 400)
        assert client.get(template.replace("{searchTerms}", "bridge")).mimetype == media
