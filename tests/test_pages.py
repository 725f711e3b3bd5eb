"""HTML pages: what they state comes before what they show, and what surrounds an article stays outside."""

import datetime
import json

import pytest

from index.sources.statements import words
from tests.reading import article_of, reasons_of

UTC = datetime.UTC
PARAGRAPHS = (
    "The bridge over the harbour closed on Wednesday morning after a barge had struck its second pier, and it will "
    "stay closed for the rest of the week, the harbour master said.",
    "Ferries run through the night until then, and the company that owns them has hired four more boats from "
    "across the bay to carry those who work in the docks.",
    "Nobody was hurt. The captain of the barge said that a rope had parted in the wind, and that he had seen the "
    "pier come nearer for a long minute before it was over.",
)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def page(head: str = "", body: str = f"<article>{BODY}</article>", lang: str = "") -> str:
    """Give a page."""
    return f"<!DOCTYPE html><html{lang}><head>{head}</head><body>{body}</body></html>"


def linked(*values: object) -> str:
    """Give JSON-LD as it stands in a page."""
    return "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)


STORY = {
    "@type": "NewsArticle",
    "headline": "Bridge closed",
    "datePublished": "2023-03-01T08:30:00+01:00",
    "articleSection": ["Harbour", "News"],
    "author": [{"@type": "Person", "name": "A. Reeve"}, {"name": "B. Lund"}],
    "inLanguage": "en-GB",
    "publisher": {"@type": "NewsMediaOrganization", "name": "The Courier"},
    "url": "https://courier.example/harbour/bridge",
    "commentCount": 12,
}


@pytest.mark.parametrize(
    "values",
    [
        [STORY],
        [[STORY]],
        [{"@graph": [{"@type": "WebSite", "name": "The Courier"}, STORY]}],
        [{"@type": "WebPage", "mainEntity": STORY}],
        [{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Another"}]}, STORY],
        [{**STORY, "@type": ["ReportageNewsArticle", "https://schema.org/NewsArticle"]}],
    ],
    ids=["alone", "list", "graph", "inside", "beside others", "several types"],
)
def test_json_ld_is_believed_first(values: list[object]) -> None:
    """An article in JSON-LD gives its fields wherever it stands, whatever else the page says of itself."""
    head = linked(*values) + '<meta property="og:title" content="Other"><meta name="date" content="2001-01-01">'
    article = article_of("a.html", page(head))
    assert article.title == "Bridge closed"
    assert article.date == datetime.datetime(2023, 3, 1, 7, 30, tzinfo=UTC)
    assert (article.section, article.byline, article.language) == ("Harbour", "A. Reeve, B. Lund", "en-GB")
    assert (article.source, article.url) == ("The Courier", "https://courier.example/harbour/bridge")
    assert article.comments == 12
    assert article.body == "\n\n".join(PARAGRAPHS)
    assert article.id == "a.html"


def test_meta_elements_come_next() -> None:
    """OpenGraph and article: meta are read where there is no JSON-LD, however their names are joined."""
    head = (
        '<title>Bridge closed | The Courier</title><meta property="og:title" content="Bridge closed | The Courier">'
        '<meta property="og:site_name" content="The Courier"><meta name="article:published:time" content="2023-03-01">'
        '<meta property="article:section" content="Harbour"><meta name="author" content="A. Reeve">'
        '<meta property="og:locale" content="en_GB"><link rel="canonical" href="https://courier.example/1">'
    )
    article = article_of("a.html", page(head))
    assert (article.title, article.section, article.byline) == ("Bridge closed", "Harbour", "A. Reeve")
    assert (article.date, article.language) == (datetime.date(2023, 3, 1), "en-GB")
    assert (article.url, article.source) == ("https://courier.example/1", "The Courier")


def test_what_follows_a_title_goes_where_the_page_has_it_alone() -> None:
    """However much that is: the site's name, a section, a date."""
    head = "<title>Bridge closed | Harbour | The Courier | 01.03.2023</title>"
    assert article_of("a.html", page(head, f"<h1>Bridge closed</h1>{BODY}")).title == "Bridge closed"
    shared = '<meta property="og:title" content="Bridge closed | The Courier | 01.03.2023">'
    assert article_of("a.html", page(shared, f"<h1>Bridge closed</h1>{BODY}")).title == "Bridge closed"


def test_microdata_and_elements_come_last() -> None:
    """Microdata, <time>, headings, breadcrumbs and the language of the root are read where nothing else is stated."""
    body = (
        '<nav class="Breadcrumbs"><a href="/">Home</a><a href="/h">Harbour</a></nav><article><h1>Bridge closed</h1>'
        f'<span itemprop="author">A. Reeve</span><time datetime="2023-03-01T08:30:00Z">today</time>{BODY}</article>'
    )
    article = article_of("a.html", page(body=body, lang=' lang="en"'))
    assert (article.title, article.section, article.byline) == ("Bridge closed", "Harbour", "A. Reeve")
    assert article.date == datetime.datetime(2023, 3, 1, 8, 30, tzinfo=UTC)
    assert article.language == "en"
    assert "Bridge closed" not in article.body


@pytest.mark.parametrize(
    ("window", "date"),
    [
        ("Bridge closed | The Courier | 01.03.2023", datetime.date(2023, 3, 1)),
        ("Bridge closed | The Courier", datetime.date(2001, 1, 1)),
        ("Bridge closed on 01.03.2023", datetime.date(2001, 1, 1)),
    ],
)
def test_a_date_behind_the_title_is_the_articles(window: str, date: datetime.date) -> None:
    """It comes before a line with a date, which may be another article's."""
    written = page(f"<title>{window}</title>", f"<h1>Bridge closed</h1><p>1 January 2001</p>{BODY}")
    assert article_of("a.html", written).date == date


@pytest.mark.parametrize(
    ("heading", "shared", "window", "title"),
    [
        ("Bridge shut", "Bridge shut", "Bridge closed - The Courier", "Bridge shut"),
        ("Bridge shut", "Bridge shut", "Bridge shut", "Bridge closed"),
        ("Bridge shut", "Ferries run", "Bridge closed", "Bridge closed"),
        ("Bridge closed", "Bridge shut", "Bridge closed", "Bridge closed"),
    ],
)
def test_a_headline_for_search_engines_is_not_the_title(heading: str, shared: str, window: str, title: str) -> None:
    """One that stands in JSON-LD and in the window alone, where the page shows and shares another."""
    head = linked(STORY) + f'<meta property="og:title" content="{shared}"><title>{window}</title>'
    article = article_of("a.html", page(head, f"<article><h1>{heading}</h1>{BODY}</article>"))
    assert article.title == title


@pytest.mark.parametrize(
    ("address", "section", "date"),
    [
        ("https://courier.example/harbour/2023/03/01/bridge.html", "harbour", datetime.date(2023, 3, 1)),
        ("https://courier.example/news/world-affairs/bridge", "world affairs", None),
        ("https://courier.example/2023-03-01-bridge", None, datetime.date(2023, 3, 1)),
        ("https://courier.example/", None, None),
    ],
)
def test_an_address_tells_what_nothing_else_does(address: str, section: str, date: datetime.date) -> None:
    """The folder that is no date and no word for every page is the section, and a date in the address is the date."""
    article = article_of("a.html", page(f'<link rel="canonical" href="{address}">'))
    assert (article.section, article.date) == (section, date)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Bridge closed - The Courier", "Bridge closed"),
        ("Bridge closed | courier.example", "Bridge closed"),
        ("Bridge - closed", "Bridge - closed"),
        ("Bridge closed | Harbour | The Courier | 1.3.2023", "Bridge closed | Harbour | The Courier | 1.3.2023"),
        ("&lt;COP&gt; up", "<COP> up"),
        ("A &amp;quot;B&amp;quot; C", 'A "B" C'),
    ],
)
def test_a_title_is_without_the_name_of_the_site(written: str, title: str) -> None:
    """The end that names the site goes, any other stays; escaped twice is read twice, and what is no tag is text."""
    head = (
        f'<title>{written}</title><meta property="og:site_name" content="The Courier">'
        '<link rel="canonical" href="https://courier.example/1">'
    )
    assert article_of("a.html", page(head)).title == title


def test_stated_text_leads_to_the_paragraphs_of_the_page() -> None:
    """Where JSON-LD holds the whole text in one line, those paragraphs of the page that are in it are taken."""
    texts = [f"{text} {number}" for number in range(3) for text in PARAGRAPHS]
    shown = "".join(f"<p>{text}</p><aside><p>Read also: something else {n}</p></aside>" for n, text in enumerate(texts))
    shown = shown.replace(f"<p>{texts[3]}</p>", f"<h2>Later</h2><p>{texts[3]}</p>")
    article = article_of("a.html", page(linked({**STORY, "articleBody": " ".join(texts)}), f"<div>{shown}</div>"))
    assert article.body.split("\n\n") == [*texts[:3], "Later", *texts[3:]]
    assert article.body_html is not None
    assert "<h2>Later</h2>" in article.body_html


def test_a_teaser_is_not_taken_for_the_text() -> None:
    """A stated text that is only the beginning does not hide the rest."""
    article = article_of("a.html", page(linked({**STORY, "articleBody": PARAGRAPHS[0]})))
    assert words(article.body) == words(" ".join(PARAGRAPHS))


def test_what_surrounds_an_article_stays_outside() -> None:
    """Navigation, captions, links to other articles and what stands there time and again are no text."""
    away = '<p><a href="/2">Read also: another article altogether, at some length</a></p>'
    again = "<p>External content is not shown here.</p>"
    body = (
        f"<nav><ul><li>Home</li><li>Sport</li></ul></nav><article><p>{PARAGRAPHS[0]}</p>{away}{again}<p>{PARAGRAPHS[1]}"
        f"</p>{again}<figure><figcaption>A caption. Photo: B. Lund</figcaption></figure><p>{PARAGRAPHS[2]}</p>{again}"
        "</article><footer>All rights reserved</footer>"
    )
    assert article_of("a.html", page(body=body)).body == "\n\n".join(PARAGRAPHS)


def test_the_lead_that_a_page_shows_comes_first() -> None:
    """The lines that sum an article up, shown above its text, are the beginning of it; unseen they are not."""
    lead = "A barge has struck the harbour bridge, which stays closed."
    head = f'<meta name="description" content="{lead}">'
    shown = page(head, f'<header><p class="teaser">{lead}</p></header><article>{BODY}</article>')
    assert article_of("a.html", shown).body.startswith(f"{lead}\n\n{PARAGRAPHS[0]}")
    assert article_of("a.html", page(head)).body.startswith(PARAGRAPHS[0])


CYRILLIC = "<title>Мост закрыт</title><p>Мост через гавань закрыт до конца недели, сообщил капитан порта.</p>"


@pytest.mark.parametrize(
    "data",
    [
        f"<html>{CYRILLIC}".encode("utf-16"),
        b"\xef\xbb\xbf" + f'<meta charset="koi8-r">{CYRILLIC}'.encode(),
        f'<meta charset="windows-1251">{CYRILLIC}'.encode("cp1251"),
        f'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">{CYRILLIC}'.encode("koi8-r"),
        f'<?xml version="1.0" encoding="iso-8859-5"?><html>{CYRILLIC}</html>'.encode("iso-8859-5"),
        f'<meta charset="iso-8859-1">{CYRILLIC}'.encode(),
        f"<html>{CYRILLIC}".encode("cp1251"),
    ],
    ids=["UTF-16", "mark", "meta", "http-equiv", "XML", "UTF-8 declared otherwise", "nothing"],
)
def test_bytes_are_read_as_what_they_are(data: bytes) -> None:
    """A mark, UTF-8, what the page declares and the bytes themselves are asked in turn."""
    assert article_of("a.html", data).title == "Мост закрыт"


def test_a_page_cut_within_a_character_is_read() -> None:
    """A byte or two that cannot be decoded cost a character and a warning, not the page."""
    article = article_of(
        "a.html", f'<meta charset="utf-8"><title>Мост</title><p>{"слово " * 100}'.encode()[:-2] + b"\xd0"
    )
    assert article.title == "Мост"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no text"),
        (b"<html><body><script>render()</script></body></html>", "is it one that scripts fill in?"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0" * 40, "not text"),
    ],
)
def test_a_page_without_text_is_rejected(data: bytes, reason: str) -> None:
    """A page that says nothing is rejected with a reason that says what it may be."""
    (said,) = reasons_of("a.html", data)
    assert reason in said
