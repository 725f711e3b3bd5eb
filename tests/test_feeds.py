"""Feeds: RSS and Atom in files and at addresses."""

import datetime
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import indexing
from index.sources import Source
from tests.reading import article_of, articles_of, reasons_of, records_of

UTC = datetime.UTC
RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Courier</title><link>https://courier.example/</link><language>en-gb</language>
<image><title>Logo</title></image>%s</channel></rss>"""
ITEM = """<item><title>Bridge &amp;amp; ferry</title><link>https://courier.example/1?a=1&amp;b=2</link>
<guid isPermaLink="false">1</guid><pubDate>Mon, 18 Jan 2021 16:26:00 +0300</pubDate><category>Harbour</category>
<category>News</category><dc:creator>A. Reeve</dc:creator><slash:comments>3</slash:comments>
<media:title>A picture</media:title><media:credit>B. Lund</media:credit><description>Short</description>
<content:encoded><![CDATA[<p>It is <b>closed</b>.</p><p><img src="x">Until &amp; when?</p>]]></content:encoded>
</item>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Le Courrier</title>
<entry><id>tag:courier.example,2021:1</id><title type="html">Pont &amp;amp; bac</title><link rel="edit" href="/e"/>
<link href="https://courier.example/1"/><published>2021-01-18T16:26:00Z</published><updated>2022-01-01T00:00:00Z</updated>
<author><name>A. Reeve</name><email>x</email></author><category term="port" label="Port"/>
<content type="%s">%s</content></entry></feed>"""


def item(number: int) -> str:
    """Give a short item."""
    return f"<item><guid>https://courier.example/{number}</guid><title>T{number}</title></item>"


def test_an_item_of_rss_is_an_article() -> None:
    """Every field that RSS and its usual modules have is read; pictures' are not."""
    article = article_of("a.rss", RSS % ITEM)
    assert (article.id, article.url) == ("https://courier.example/1?a=1&b=2",) * 2
    assert (article.title, article.section, article.byline) == ("Bridge & ferry", "Harbour", "A. Reeve")
    assert article.date == datetime.datetime(2021, 1, 18, 13, 26, tzinfo=UTC)
    assert (article.language, article.source, article.photo_credit) == ("en-gb", "The Courier", "B. Lund")
    assert (article.body, article.comments) == ("It is closed.\n\nUntil & when?", 3)
    assert article.body_html == "<p>It is <strong>closed</strong>.</p>\n<p>Until &amp; when?</p>"


@pytest.mark.parametrize(
    ("kind", "content", "body"),
    [
        ("html", "&lt;p&gt;Il est &lt;b&gt;fermé&lt;/b&gt;&lt;/p&gt;", "Il est fermé"),
        ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml"><p>Il est <b>fermé</b></p></div>', "Il est fermé"),
        ("text", "a &lt;b&gt; c &amp;amp; d", "a <b> c &amp; d"),
    ],
)
def test_an_entry_of_atom_is_an_article(kind: str, content: str, body: str) -> None:
    """Its content may be HTML, XHTML or text, its date is that of publication."""
    article = article_of("a.atom", ATOM % (kind, content))
    assert (article.id, article.url) == ("tag:courier.example,2021:1", "https://courier.example/1")
    assert (article.title, article.section, article.byline) == ("Pont & bac", "Port", "A. Reeve")
    assert (article.language, article.source) == ("fr", "Le Courrier")
    assert article.date == datetime.datetime(2021, 1, 18, 16, 26, tzinfo=UTC)
    assert article.body == body


def test_rss_1_is_read() -> None:
    """Items of RSS 1.0 stand beside the channel."""
    data = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>'
        "<title>F</title></channel><item><title>T</title><link>https://courier.example/1</link></item></rdf:RDF>"
    )
    assert (article_of("a.rdf", data).title, article_of("a.rdf", data).source) == ("T", "F")


@pytest.mark.parametrize("name", ["a.xml", "a.rss.gz", "feed", "feed.php"])
def test_content_tells_a_feed(name: str) -> None:
    """A feed is known whatever it is called."""
    import gzip

    data = (RSS % item(1)).encode()
    assert article_of(name, gzip.compress(data) if name.endswith(".gz") else data).title == "T1"


def test_what_is_wrong_in_many_feeds_is_mended() -> None:
    """HTML's entities, ampersands that begin none, blanks before the beginning and undeclared prefixes do no harm."""
    data = (
        f" \n{RSS}"
        % "<item><link>https://courier.example/?a=1&b=2</link><title>A&nbsp;&copy; AT&T & B</title><x:y/></item>"
    )
    article = article_of("a.xml", data)
    assert (article.url, article.title) == ("https://courier.example/?a=1&b=2", "A © AT&T & B")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (RSS % "<item><title>T</title></item>", "broken record: neither guid nor link"),
        ("<html><body>x</body></html>", "no feed: neither RSS nor Atom"),
        ("", "no text: the file is empty"),
        ((RSS % (item(1) + item(2)))[:-40], "ends early: the feed is cut off"),
        (RSS % (item(1) + "<a <b>" + item(2)), "broken XML: "),
        (RSS % ("<a>" * 1_000), "ends early: broken XML behind item 0"),
    ],
)
def test_what_is_wrong_with_a_feed_is_told(data: str, reason: str) -> None:
    """It is rejected, or what could be read of it is not all there is."""
    assert reasons_of("a.xml", data)[-1].startswith(reason)


def test_a_feed_is_read_item_by_item() -> None:
    """A long feed is divided, and an item over the limit is rejected by itself."""
    long = "<item><guid>https://courier.example/x</guid><description>" + "word " * 3_000 + "</description></item>"
    data = RSS % ("".join(map(item, range(9_000))) + long + item(9_000))
    records = records_of("a.xml", data, limit=10_000)
    assert len(records) == 9_002
    assert [record.reason for record in records if record.reason] == ["over the size limit of 10,000 bytes"]


def test_what_a_feed_no_longer_holds_stays(tmp_path: Path) -> None:
    """A feed file in a folder deletes nothing, while other files of the folder do."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "feed.xml").write_text(RSS % (item(1) + item(2) + item(3)))
    (folder / "a.txt").write_text("Text\n")
    indexing.index(tmp_path / "index", [str(folder)])
    (folder / "feed.xml").write_text(RSS % item(4))
    (folder / "a.txt").unlink()
    report = indexing.index(tmp_path / "index", [str(folder)])
    assert (report.added, report.deleted, report.articles) == (1, 1, 4)


class Handler(http.server.BaseHTTPRequestHandler):
    """A site of a feed, a page, and things that go wrong."""

    def do_GET(self) -> None:
        """Answer by the path."""
        data = (RSS % item(1)).encode()
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/feed")
            self.end_headers()
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path in ("/feed", "/short"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data) + (100 if self.path == "/short" else 0)))
            self.end_headers()
            self.wfile.write(data)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of that site."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_address_is_a_source(site: str, tmp_path: Path) -> None:
    """A feed at an address is read, and nothing that came from it vanishes."""
    for path in ("/feed", "/moved"):
        source = Source(site + path, 1_000_000)
        assert [record.id for record in source.records()] == ["https://courier.example/1"]
        assert (source.key, source.complete, source.failures) == (site + path, False, [])
    report = indexing.index(tmp_path / "index", [f"{site}/feed"])
    assert (report.added, report.deleted, report.failures) == (1, 0, ())


@pytest.mark.parametrize(
    ("path", "failure"),
    [("/none", "404"), ("/away", "not allowed"), ("/short", "closed before its end")],
)
def test_what_is_wrong_with_an_address_is_told(site: str, path: str, failure: str) -> None:
    """Errors, redirections out of the web and answers cut short are failures of the source."""
    source = Source(site + path, 1_000_000)
    list(source.records())
    assert failure in source.failures[0]


def test_an_address_that_does_not_answer_is_told_of() -> None:
    """So is an address where nobody is, or that is none."""
    for address in ("http://127.0.0.1:9/feed", "http://[x", "http://"):
        source = Source(address, 1_000_000)
        assert [record.reason.startswith("cannot be read: ") for record in source.records()] == [True]


def test_a_part_of_a_feed_keeps_its_order() -> None:
    """Articles come as they stand."""
    assert [article.title for article in articles_of("a.xml", RSS % (item(2) + item(1)))] == ["T2", "T1"]
