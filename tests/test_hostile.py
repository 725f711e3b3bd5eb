"""Hostile articles and queries end to end: through a real index and the whole application, and parsed again."""

import csv
import io
import json
import random
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import bleach
import pytest
from flask.testing import FlaskClient

from index import open_writer
from index.article import without_surrogates
from index.errors import ArticleError
from search import Article
from tests.searching import random_article, random_query
from web import Config, create_app
from web.articles import KEYS
from web.exports import FORMULA

PIECES = (
    "<script>alert(1)</script>", "</title>", "</style>", "<img src=x onerror=alert(1)>", "]]>", "<![CDATA[", "-->",
    "<!--", "&lt;b&gt;", "&#60;", "&", "<", ">", '"', "'", "`", "<mark>", "</mark>", "<p>", "{{ 7*7 }}", "{% raw %}",
    "javascript:alert(1)", "=cmd|'/C calc'!A0", "+1", "@x", "\u202e", "\u2066", "\u2028", "\ufeff", "\x00", "\x1b[2J",
    "\r\n", "\n\n", "\t", "\ufffe", "\U0001fffe", "😀", "e\u0301" * 3, "東京都", "الجسر", "мост", "bridge", "harbour",
    "%00", "%3Cscript%3E", "..", "//", "\\", "?q=1", "#", ";", ",", "\ud800", "ß", "İ", "C++", "R&D",
)  # fmt: skip
SYNTAX = (
    '"', "(", ")", "-", "~", "*", "^", ":", "title:", "body:", "section:", "date:", "byline:", "language:", "AND",
    "OR", "NOT", "~2", "^3", "2021-01..", ">", "<", "..", "~999", "^1e9", "[a TO b]", "\\", " ",
)  # fmt: skip
PATHS = ("/", "/api/search", "/api/suggest", "/feed.atom", "/export.jsonl", "/export.csv")
OTHER = ("section", "-section", "language", "from-date", "to-date", "order-by", "match", "page", "page-size", "cursor")


def text(chance: random.Random, most: int) -> str:
    """Return a text of hostile pieces."""
    return "".join(chance.choice(PIECES) + chance.choice(("", " ")) for _ in range(chance.randint(0, most)))


def hostile(chance: random.Random, number: int) -> Article:
    """Return an article of which every field means harm."""
    section, byline, url, source = (text(chance, 3) or None for _ in range(4))
    return Article(
        id=f"{number}{text(chance, 3)}".translate(dict.fromkeys([*range(32), *range(127, 160), 0x2028]))[:100],
        title=text(chance, 6),
        body="bridge " + text(chance, 20),
        section=section,
        byline=byline,
        url=chance.choice([url, "javascript:alert(1)", "https://example.org/<script>"]),
        source=source,
        language=chance.choice([None, "en", "ar"]),
        date=random_article(chance, "x").date,
    )


def built(folder: Path, count: int, seed: int = 1) -> dict[str, Article]:
    """Make an index of hostile articles, and return those that were taken in."""
    chance = random.Random(seed)
    taken = {}
    with open_writer(folder) as writer:
        for number in range(count):
            article = hostile(chance, number)
            try:
                writer.add(article)
            except ArticleError:
                continue
            taken[without_surrogates(article.id)] = article
    return taken


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, dict[str, Article]]:
    """A client over 150 hostile articles."""
    folder = tmp_path_factory.mktemp("hostile") / "index"
    taken = built(folder, 150)
    return create_app(Config(index=folder)).test_client(), taken


class Tags(HTMLParser):
    """Collects the tags of HTML, and whether any has an attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.names.add(tag)
        self.attributes |= bool(attrs)


def highlights(client: FlaskClient, address: str) -> Iterator[str]:
    """Yield every piece of HTML in an answer of the API."""
    for hit in json.loads(client.get(address).data)["results"]:
        yield hit["highlights"]["title"]
        yield from hit["highlights"]["body"]


def check_everything(client: FlaskClient, taken: dict[str, Article]) -> None:
    """Read every hit of every kind of answer back, and find nothing in it but text and our own tags."""
    pages = -(-len(taken) // 100)
    for page in range(1, pages + 1):
        pieces = [*highlights(client, f"/api/search?q=bridge&page-size=100&page={page}")]
        assert pieces
        for piece in pieces:
            tags = Tags(piece)
            assert tags.names <= {"mark"}
            assert not tags.attributes
        together = "\n".join(pieces)
        assert bleach.clean(together, tags={"mark"}, attributes={}) == together
        feed = ElementTree.fromstring(client.get(f"/feed.atom?q=bridge&page-size=100&page={page}").data)
        for element in feed.iter():
            assert element.tag.startswith("{http://www.w3.org/2005/Atom}")
            if element.get("rel") == "via":
                assert (element.get("href") or "").lower().startswith(("http://", "https://"))
    lines = client.get("/export.jsonl?q=bridge").data.splitlines()
    assert {json.loads(line)["id"] for line in lines} == set(taken)
    rows = [*csv.reader(io.StringIO(client.get("/export.csv?q=bridge").data.decode(), newline=""))]
    assert len(rows) == len(taken) + 1
    for row in rows:
        assert len(row) == len(KEYS)
        assert not any(cell.lstrip().startswith(FORMULA) for cell in row)
    for identifier in list(taken)[:300]:
        for address in ("/api/articles/" + quote(identifier, safe=""), "/articles/" + quote(identifier, safe="")):
            assert client.get(address + "?q=bridge").status_code == 200
        body = json.loads(client.get("/api/articles/" + quote(identifier, safe="") + "?q=bridge").data)
        assert body["id"] == identifier
        assert Tags(body["body_html"]).names <= {"p", "mark"}
        assert not Tags(body["body_html"]).attributes
        assert client.get("/api/similar", query_string={"id": identifier, "page-size": 3}).status_code == 200


def fuzz(client: FlaskClient, count: int, seed: int) -> dict[int, int]:
    """Ask questions of all sorts at every address; return how often each status was answered."""
    chance = random.Random(seed)
    texts = ["peace talks bridge harbour", "мост мир война", "東京都 大阪"]
    statuses: dict[int, int] = {}
    for _ in range(count):
        shape = chance.random()
        if shape < 0.4:
            query = "".join(chance.choice((*PIECES, *SYNTAX)) for _ in range(chance.randint(0, 12)))
        elif shape < 0.7:
            query = "".join(chr(chance.choice((chance.randrange(0x80), chance.randrange(0x3000)))) for _ in range(40))
        else:
            query = random_query(chance, texts)
            at = chance.randrange(len(query) + 1)
            query = query[:at] + chance.choice(SYNTAX) + query[at:]
        asked = [("q", query[: chance.choice((20, 100, 600))])]
        while chance.random() < 0.4:
            value = chance.choice((text(chance, 2), str(chance.randint(-5, 10**6)), "2021-01", "newest", "any"))
            asked.append((chance.choice(OTHER), value))
        encoded = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in asked)
        response = client.get(f"{chance.choice(PATHS)}?{encoded}")
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        assert response.status_code in (200, 400, 409, 414), (response.status_code, asked, response.data[:500])
        if response.mimetype in ("application/json", "application/problem+json"):
            json.loads(response.data)
        elif response.mimetype == "application/atom+xml":
            ElementTree.fromstring(response.data)
        response.close()
    return statuses


def test_hostile_articles_stay_text(few: tuple[FlaskClient, dict[str, Article]]) -> None:
    """Feeds, tables, lines and highlights hold an article's text as text, whatever it is."""
    check_everything(*few)


def test_no_question_breaks_the_server(few: tuple[FlaskClient, dict[str, Article]]) -> None:
    """Whatever is asked at whatever address, it is answered or refused with a reason: no 500, none too slow."""
    statuses = fuzz(few[0], 500, seed=3)
    assert statuses[200] > 50
    assert statuses[400] > 50


@pytest.mark.long
def test_ten_thousand_hostile_articles(tmp_path: Path) -> None:
    """The same with many more articles."""
    taken = built(tmp_path / "index", 10_000, seed=2)
    check_everything(create_app(Config(index=tmp_path / "index")).test_client(), taken)


@pytest.mark.long
def test_a_hundred_thousand_questions(few: tuple[FlaskClient, dict[str, Article]]) -> None:
    """The same with many more questions."""
    assert sum(fuzz(few[0], 100_000, seed=4).values()) == 100_000
