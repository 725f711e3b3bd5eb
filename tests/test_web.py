"""The pages: what they say, where they lead, and that nothing from an article or a query becomes markup."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlsplit

import html5lib
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

import web
from index import open_writer
from index.errors import ArticleError
from search import Article, Problem, QueryError, SearchRequest
from tests.pages import asked, client_of, links, read, text
from tests.web_archive import HOSTILE, NEWS, FakeArchive
from web import Config, api, create_app, health, page
from web.navigation import hidden_inputs

TEMPLATES = Path(web.__file__).parent / "templates"
STYLE = Path(web.__file__).parent / "static" / "backfile.css"


@cache
def one_archive() -> tuple[FakeArchive, FlaskClient]:
    """Return an archive to put articles into, and its client: one for all examples, to compile templates once."""
    archive = FakeArchive([])
    return archive, client_of(archive)


@pytest.fixture
def archive() -> FakeArchive:
    """Two years and a half of invented news."""
    return FakeArchive()


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of an application over that archive."""
    with client_of(archive) as client:
        yield client


# The search page


def test_start_page_shows_what_the_archive_holds(client: FlaskClient) -> None:
    """With nothing asked: how much there is and of which years, the newest articles, all sections, all dates."""
    tree = read(client, "/")
    assert text(tree.find(".//h1")) == "The Aldra Courier"
    assert text(tree.find(".//p[@class='motto']")) == "25 articles from 2019 to 2021"
    titles = [text(title) for title in tree.iterfind(".//h3")]
    assert titles[:3] == [
        "(no headline)",
        "Marathon moves to the new bridge",
        "Trams cross the Aldra: the second bridge is open",
    ]
    assert len(titles) == 10
    assert asked(links(tree, "Next")[0]) == {"page": ["2"]}
    assert asked(links(tree, "City")[0]) == {"section": ["City"]}


def test_empty_archive_has_a_start_page() -> None:
    """Before the first article the page says so, in valid HTML."""
    assert "An archive without articles yet" in text(read(client_of(FakeArchive([])), "/"))


def test_results_say_in_plain_words_what_was_searched(client: FlaskClient) -> None:
    """The heading holds the exact total, the words, and every limit."""
    heading = read(client, "/?q=bridge").find(".//h1")
    assert heading is not None
    assert text(heading) == "25 articles with bridge"
    assert [text(word) for word in heading.iter("i")] == ["bridge"]
    address = "/?q=bridge&section=City&section=Sport&-section=World&from-date=2020-01&to-date=2021-06&language=en"
    assert text(read(client, address).find(".//h1")) == (
        "6 articles with bridge in City or Sport, not in World, in English, January 2020 to June 2021"
    )
    assert text(read(client, "/?q=zeppelin").find(".//h1")) == "No articles with zeppelin"
    assert text(read(client, "/?section=Sport").find(".//h1")) == "2 articles in Sport"


def test_hits_show_where_when_what_and_who(client: FlaskClient) -> None:
    """A hit has its section, its date in words and for machines, its headline and passages with marks, its byline."""
    tree = read(client, "/?q=herring")
    hit = tree.find(".//article")
    assert hit is not None
    assert text(hit.find("p")) == "Science 27 July 2020, 17:20 Samuel Okafor"
    moment = hit.find(".//time")
    assert moment is not None
    assert moment.attrib["datetime"] == "2020-07-27T17:20:00"
    assert text(hit.find(".//mark")) == "herring"
    assert links(tree, "Original at example.org") == ["https://www.example.org/2020/07/ship"]
    assert links(tree, "a ship under the bridge") == ["/articles/2020/009.txt?q=herring"]


def test_a_page_holds_its_state_in_its_address(client: FlaskClient, archive: FakeArchive) -> None:
    """Every link changes what it says and keeps the rest; going elsewhere begins at the first page."""
    address = "/?q=bridge&section=City&order-by=newest&page-size=3&page=2"
    tree = read(client, address)
    kept = {"q": ["bridge"], "section": ["City"], "order-by": ["newest"], "page-size": ["3"]}
    assert asked(links(tree, "Next")[0]) == {**kept, "page": ["3"]}
    assert asked(links(tree, "Previous")[0]) == kept
    assert asked(links(tree, "Oldest")[0]) == {**kept, "order-by": ["oldest"]}
    assert asked(links(tree, "Relevance")[0]) == {name: kept[name] for name in ("q", "section", "page-size")}
    assert asked(links(tree, "Sport")[0]) == {**kept, "section": ["City", "Sport"]}
    assert asked(links(tree, "City")[1]) == {name: kept[name] for name in ("q", "order-by", "page-size")}
    read(client, address)
    assert archive.requests[-1] == SearchRequest(
        query="bridge", sections=("City",), order_by="newest", page=2, page_size=3
    )


def test_forms_carry_the_rest_of_the_state(client: FlaskClient) -> None:
    """The search box keeps the limits, the dates keep the words; none keeps the page."""
    tree = read(client, "/?q=bridge&section=City&from-date=2020&page=2&page-size=2")
    forms = [
        {box.attrib["name"]: box.attrib["value"] for box in form.iterfind(".//input")} for form in tree.iter("form")
    ]
    assert forms == [
        {"q": "bridge", "section": "City", "from-date": "2020-01-01", "page-size": "2"},
        {"q": "bridge", "section": "City", "page-size": "2", "from-date": "2020-01-01", "to-date": ""},
    ]
    assert hidden_inputs(SearchRequest(cursor="abc"), "q") == []


def test_chips_take_limits_away_one_by_one(client: FlaskClient) -> None:
    """Every limit has a chip that leads to the same search without it, and one chip removes them all."""
    address = "/?q=a&section=City&-section=World&-section=Sport&language=en&from-date=2020&match=all"
    chips = read(client, address).findall(".//ul[@class='chips']//a")
    assert [text(chip) for chip in chips] == [
        "Remove: Section City×",
        "Remove: Without section World×",
        "Remove: Without section Sport×",
        "Remove: Language English×",
        "Remove: Dates since 1 January 2020×",
        "Remove: Match all words×",
        "Remove all",
    ]
    left = [asked(chip.attrib["href"]) for chip in chips]
    assert [set(one) for one in left] == [
        {"q", "-section", "language", "from-date", "match"},
        {"q", "section", "-section", "language", "from-date", "match"},
        {"q", "section", "-section", "language", "from-date", "match"},
        {"q", "section", "-section", "from-date", "match"},
        {"q", "section", "-section", "language", "match"},
        {"q", "section", "-section", "language", "from-date"},
        {"q"},
    ]
    assert left[1]["-section"] == ["Sport"]


def test_selected_sections_match_without_case(client: FlaskClient) -> None:
    """A section that was asked for in other letters is shown as selected, and its link takes it out."""
    tree = read(client, "/?section=cItY")
    (selected,) = tree.findall(".//li[@class='selected']/a[@class='take']")
    assert "City" in text(selected)
    assert asked(selected.attrib["href"]) == {}


def test_sections_can_be_left_out(client: FlaskClient) -> None:
    """Beside each section is a switch that leaves it out; one that is left out says so and can be taken in again."""
    tree = read(client, "/?q=bridge&section=City&-section=world")
    assert asked(links(tree, "Leave out Sport")[0]) == {
        "q": ["bridge"],
        "section": ["City"],
        "-section": ["world", "Sport"],
    }
    assert asked(links(tree, "Leave out City")[0]) == {"q": ["bridge"], "-section": ["world", "City"]}
    (excluded,) = tree.findall(".//li[@class='excluded']/a")
    assert "World" in text(excluded)
    assert asked(excluded.attrib["href"]) == {"q": ["bridge"], "section": ["City"]}


def test_page_numbers(client: FlaskClient) -> None:
    """First, last and the neighbours are there, gaps between them, and the present page says that it is."""
    tree = read(client, "/?q=bridge&page-size=1&page=12")
    numbers = [text(one).removeprefix("Page ") for one in tree.findall(".//nav[@class='pages']//li")]
    assert numbers == ["1", "…", "10", "11", "12", "13", "14", "…", "25"]
    (current,) = tree.findall(".//nav[@class='pages']//a[@aria-current='page']")
    assert text(current) == "Page 12"
    assert text(tree.find(".//title")) == "bridge, page 12 – The Aldra Courier"
    numbered = tree.find(".//ol[@class='hits']")
    assert numbered is not None
    assert numbered.attrib["start"] == "12"


def test_numbers_go_no_deeper_than_pages_do(
    client: FlaskClient, archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No link leads to a page that is refused: from the deepest one a cursor goes on, and no further back."""
    monkeypatch.setenv("BACKFILE_MAX_HITS_DEEP", "100")
    archive.changes = {"total": 1000, "next_cursor": "more"}
    tree = read(client, "/?q=bridge&page-size=30&page=3")
    numbers = [text(one).removeprefix("Page ") for one in tree.findall(".//nav[@class='pages']//li")]
    assert numbers == ["1", "2", "3"]
    assert asked(links(tree, "Next")[0]) == {"q": ["bridge"], "page-size": ["30"], "cursor": ["more"]}
    assert asked(links(read(client, "/?q=bridge&page-size=30&page=90"), "last page")[0])["page"] == ["3"]


def test_beyond_the_last_page_a_link_leads_back(client: FlaskClient) -> None:
    """A page that is not there says so, instead of showing another one."""
    tree = read(client, "/?q=bridge&page=400")
    assert "There is no page 400" in text(tree)
    assert asked(links(tree, "last page")[0]) == {"q": ["bridge"], "page": ["3"]}


def test_nothing_found_is_explained_word_by_word(client: FlaskClient) -> None:
    """Each word says how many articles have it, and leads to them or to words that are like it and do occur."""
    tree = read(client, "/?q=zeppelin+herring")
    rows = [[text(cell) for cell in row] for row in tree.findall(".//tbody/tr")]
    assert [row[0] for row in rows] == ["zeppelin", "herring"]
    assert rows[0][1].startswith("no articles")
    assert rows[1][1] == "1 article"
    assert asked(links(tree, "1 article")[0]) == {"q": ["herring"]}
    assert asked(links(tree, "for any of the words")[0]) == {"q": ["zeppelin herring"], "match": ["any"]}


def test_nothing_found_says_what_each_limit_takes_away(client: FlaskClient) -> None:
    """Each limit can be lifted on its own, with the number of articles that gives; nothing leads to nothing."""
    tree = read(client, "/?q=herring&section=City&from-date=2020")
    assert "in all sections: 1 article" in text(tree)
    assert asked(links(tree, "in all sections")[0]) == {"q": ["herring"], "from-date": ["2020-01-01"]}
    assert "at all times: no articles" in text(tree)
    assert links(tree, "at all times") == []
    assert asked(links(tree, "in the whole archive")[0]) == {"q": ["herring"]}
    assert links(read(client, "/?q=zeppelin"), "in all sections") == []


def test_nothing_found_says_what_each_word_takes_away(client: FlaskClient) -> None:
    """The search without a word is told with its number, and a link away where it finds anything."""
    tree = read(client, "/?q=zeppelin+herring&from-date=2020")
    rows = [[text(cell) for cell in row] for row in tree.findall(".//tbody/tr")]
    assert [row[2] for row in rows] == ["1 article for herring", "none"]
    assert asked(links(tree, "1 article for herring")[0]) == {"q": ["herring"], "from-date": ["2020-01-01"]}
    assert asked(links(tree, "bridge")[0])["q"] == ["bridge herring"]
    assert len(read(client, "/?q=zeppelin").findall(".//tbody/tr/*")) == 2


def test_nothing_found_says_where_the_archive_is_silent(client: FlaskClient) -> None:
    """Dates of which there is nothing at all are no fault of the words."""
    silent = "holds no articles at all of these dates: 1950"
    assert silent in text(read(client, "/?q=zeppelin&from-date=1950&to-date=1950"))
    assert "at all of these dates" not in text(read(client, "/?q=zeppelin&from-date=2020&to-date=2020"))


def test_relaxed_queries_say_so_and_can_be_made_strict(client: FlaskClient, archive: FakeArchive) -> None:
    """A search that did not want every word says how many it wanted; warnings are shown."""
    archive.changes = {"match": "most", "min_words": 3, "warnings": ("“date:” was searched as a word",)}
    tree = read(client, "/?q=bridge")
    assert "at least 3 of them" in text(tree)
    assert asked(links(tree, "Only articles with all words")[0]) == {"q": ["bridge"], "match": ["all"]}
    assert "“date:” was searched as a word" in text(tree)


def test_a_corrected_query_says_so_and_can_be_undone(client: FlaskClient) -> None:
    """Where only a correction finds anything it is searched for: in all that the page shows, and in all it leads to."""
    tree = read(client, "/?q=brigde&section=Sport&order-by=newest")
    assert text(tree.find(".//h1")) == "2 articles with bridge in Sport"
    assert "Nothing was found for brigde; these are the articles for bridge." in text(tree)
    (box,) = [box for box in tree.iter("input") if box.attrib["name"] == "q" and "id" in box.attrib]
    assert box.attrib["value"] == "bridge"
    assert asked(links(tree, "Oldest")[0])["q"] == ["bridge"]
    (undone,) = links(tree, "Only what was typed")
    assert asked(undone) == {"q": ["brigde"], "section": ["Sport"], "order-by": ["newest"], "match": ["all"]}
    tree = read(client, undone)
    assert text(tree.find(".//h1")) == "No articles with brigde in Sport"
    assert "Did you mean bridge?" in text(tree)
    assert "Word by word" in text(tree)


def test_other_corrections_are_offered(client: FlaskClient, archive: FakeArchive) -> None:
    """What is searched for is the best correction; the others are a link away."""
    archive.changes = {"total": 0, "suggestions": ("bridge", "bride")}
    tree = read(client, "/?q=bridfe")
    assert "these are the articles for bridge" in text(tree)
    assert "Or did you mean bride?" in text(tree)


def test_without_words_the_newest_come_first(client: FlaskClient) -> None:
    """Relevance is no order where there are no words; newest is the one that is marked."""
    tree = read(client, "/?section=City")
    orders = tree.findall(".//nav[@class='orders']//a")
    assert [(text(order), order.get("aria-current")) for order in orders] == [("Newest", "true"), ("Oldest", None)]


# The article page


def test_article_page_shows_everything_there_is(client: FlaskClient) -> None:
    """Section, headline, date, byline, photo credit, comments, paragraphs with marks, source, and the way back."""
    tree = read(client, "/articles/2019/001.txt?q=customs&section=City")
    assert text(tree.find(".//h1")) == "Council votes for a second bridge over the Aldra"
    words = text(tree.find(".//main"))
    for wanted in ("City", "Henrik Solvang", "4 March 2019, 07:10", "48 comments", "Photo: Marta Lindqvist"):
        assert wanted in words
    assert [text(mark) for mark in tree.iter("mark")] == ["customs"]
    assert len(tree.findall(".//div[@class='text']/p")) == 3
    assert asked(links(tree, "Back to the search")[0]) == {"q": ["customs"], "section": ["City"]}
    assert links(tree, "Original at example.org") == ["https://www.example.org/2019/03/second-bridge"]
    assert "From The Aldra Courier" in words


def test_a_source_that_is_an_address_is_the_original() -> None:
    """Where an article appeared is a link if it is an address on the web and there is no other, and is said once."""
    address = "https://www.example.org/a?b=1"
    articles = [
        Article(id="a", title="A", source=address),
        Article(id="b", title="B", source=address, url="https://b.example/"),
        Article(id="c", title="C", source="javascript:alert(1)"),
    ]
    client = client_of(FakeArchive(articles))
    trees = [read(client, f"/articles/{article.id}") for article in articles]
    assert [links(tree, "Original at") for tree in trees] == [[address], ["https://b.example/"], []]
    assert ["From" in text(tree.find(".//main")) for tree in trees] == [False, True, True]


def test_a_byline_leads_to_all_that_has_it(client: FlaskClient) -> None:
    """From an article one comes to what else its author wrote."""
    (address,) = links(read(client, "/articles/2019/001.txt"), "Henrik Solvang")
    assert asked(address) == {"q": ['byline:"henrik solvang"']}


@given(st.text(min_size=1, max_size=60) | st.sampled_from(['"A" B', "“C”", "東京都", "O'Brien", "x " * 40, "–", "\\"]))
@settings(deadline=None, max_examples=60)
def test_every_byline_can_be_searched_for(tmp_path_factory: pytest.TempPathFactory, byline: str) -> None:
    """Whatever stands in a byline, its link finds the article, or there is none."""
    folder = tmp_path_factory.mktemp("byline")
    with open_writer(folder) as writer:
        try:
            writer.add(Article(id="a", title="A", byline=byline))
        except ArticleError:
            return
    client = create_app(Config(index=folder)).test_client()
    for link in read(client, "/articles/a").findall(".//a[@class='byline']"):
        found = client.get(f"/api/search?{urlsplit(link.attrib['href']).query}")
        assert [hit["id"] for hit in json.loads(found.data)["results"]] == ["a"]


def test_an_article_without_facts_has_a_page(client: FlaskClient) -> None:
    """No headline, no byline, no date: the page says what is missing where it matters."""
    tree = read(client, "/articles/2021/024.txt")
    assert text(tree.find(".//h1")) == "(no headline)"
    assert "undated" in text(read(client, "/articles/notes/undated.txt").find(".//main"))
    assert links(tree, "Back to the search") == []


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("ar", "rtl"), ("he", "rtl"), ("fa-IR", "rtl"), ("pa-Arab", "rtl"), ("az-Latn", "auto"), ("ur-Latn", "auto"),
     ("en", "auto"), ("ru", "auto"), (None, "auto")],
)  # fmt: skip
def test_direction_follows_the_language(language: str | None, wanted: str) -> None:
    """What is written from right to left is set from right to left, by language or by script."""
    archive = FakeArchive([Article(id="a", title="A", body="Text.", language=language)])
    tree = read(client_of(archive), "/articles/a")
    title, paragraph = tree.find(".//h1"), tree.find(".//div[@class='text']")
    assert title is not None
    assert paragraph is not None
    assert title.attrib["dir"] == wanted
    assert (title.get("lang"), paragraph.get("lang")) == (language, language)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://a.example/", "https://", "http://[::1", "x",
     "https://good.example\\@evil.example/", "https://a.example/\nx", " https://a.example", 'https://a.example/"x'],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str) -> None:
    """An address that is not plainly one on the web is not offered."""
    tree = read(client_of(FakeArchive([Article(id="a", title="A", url=url)])), "/articles/a")
    assert links(tree, "Original") == []


def test_no_such_article(client: FlaskClient) -> None:
    """An article that is not there is a 404 in the page's own layout."""
    tree = read(client, "/articles/none", 404)
    assert "The archive holds no article with this id." in text(tree)


IDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)


@settings(deadline=None)
@given(
    st.one_of(IDS, st.sampled_from(["/2021/01", "a//b", "a/../b", "a/.", "http://x.example/?a=1#b", "%2F", "a/", "ü"]))
)
def test_every_id_has_an_address(identifier: str) -> None:
    """Whatever characters an id holds, the link of its hit leads to its page, and not by way of a redirect."""
    archive, client = one_archive()
    archive.articles = [Article(id=identifier, title="The one", body="found")]
    (address,) = links(read(client, "/?q=found&facets=none"), "The one")
    path = urlsplit(address).path
    assert not {"", ".", ".."} & set(path.removeprefix("/articles/").split("/")[:-1])
    assert text(read(client, address).find(".//h1")) == "The one"


def test_an_address_too_long_with_its_search_goes_without(client: FlaskClient) -> None:
    """A link is never one that would be refused."""
    identifier = "文" * 170
    client = client_of(FakeArchive([Article(id=identifier, title="The one", body="found")]))
    section = "&-section=" + quote("字" * 300)
    (address,) = links(read(client, f"/?q=found{section}"), "The one")
    assert address == "/articles/" + quote(identifier)


# Hostile text


EVIL = [
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<!--",
    "\x00\x1b\x7f\x85\ufffe",
    "\u202e\u2066abc",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#0;&notit;",
    "<mark>",
    "]]><svg/onload=alert(1)>",
]


@pytest.mark.parametrize("address", ["/", "/?q=bridge", "/articles/" + quote(HOSTILE.id) + "?q=bridge"])
def test_hostile_articles_stay_text(address: str) -> None:
    """An article full of markup gives pages with our own elements only, and reads as it was written."""
    tree = read(client_of(FakeArchive([HOSTILE])), address)
    words = text(tree)
    assert "<script>alert('title')</script>\ufffd &" in words
    assert "<img src=x onerror=alert(1)>" in words
    assert "<b onmouseover=alert(1)>O'Neill</b>" in words
    assert '"><svg onload=alert(1)>' in words
    assert {text(mark).strip() for mark in tree.iter("mark")} <= {"bridge"}
    for link in tree.iter("a"):
        assert urlsplit(link.attrib["href"]).scheme == ""


def test_hostile_articles_come_through_a_real_index_as_text(tmp_path: Path) -> None:
    """Written, indexed, found, marked and shown: still text, under an id that is all quotes and brackets."""
    with open_writer(tmp_path / "archive") as writer:
        for article in (HOSTILE, *NEWS):
            writer.add(article)
    client = create_app(Config(index=tmp_path / "archive")).test_client()
    tree = read(client, "/?q=bridge&section=" + quote(HOSTILE.section or ""))
    assert text(tree.find(".//h1")) == f"1 article with bridge in {HOSTILE.section}"
    (address,) = links(tree, "<script>alert('title')</script>")
    story = read(client, address)
    assert "</p><style>*{display:none}</style><img src=x onerror=alert(1)>" in text(story)
    assert [text(mark) for mark in story.iter("mark")] == ["bridge"] * 4
    (hit,) = json.loads(client.get(f"/api/search?q=bridge&section={quote(HOSTILE.section or '')}").data)["results"]
    assert hit["id"] == HOSTILE.id


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_requests_stay_text(evil: str) -> None:
    """Words, sections, languages and names of parameters come back as text, in answers and in problems."""
    client = client_of(FakeArchive([HOSTILE, *NEWS], changes={"suggestions": (evil,), "warnings": (evil,)}), title=evil)
    sent = quote(evil)
    for address in (
        f"/?q={sent}",
        f"/?q=bridge&section={sent}&-section={sent}&language={sent}",
        f"/articles/a?q={sent}",
    ):
        response = client.get(address)
        read(client, address, response.status_code)
    assert read(client, f"/?{sent}=1&page={sent}&from-date={sent}", 400) is not None
    box = read(client, f"/?q={sent}&page=x", 400).find(".//input[@name='q']")
    assert box is not None
    assert box.attrib["value"] == re.sub("[\x00\x1b\x7f\x85\ufffe]", "\ufffd", evil)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_makes_a_valid_page(title: str, body: str, query: str) -> None:
    """Titles, bodies, names and queries of any characters give pages without a parse error."""
    archive, client = one_archive()
    archive.articles = [
        Article(id="a", title=title, body=body, section=body[:9], byline=title, source=body, photo_credit=query)
    ]
    read(client, "/")
    read(client, "/articles/a")
    status = client.get("/", query_string={"q": query}).status_code
    assert status in (200, 400)
    read(client, "/?q=" + quote(query, errors="replace"), status)


def test_templates_leave_escaping_on() -> None:
    """No template says of a text that it is safe; that is for one function to say."""
    for template in TEMPLATES.rglob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup|<script>|\sstyle=|\son\w+=", template.read_text()), template


# Problems


def test_query_errors_are_shown_at_their_place(client: FlaskClient) -> None:
    """The page for a query that cannot be understood has the words of the JSON answer, and marks the place."""
    tree = read(client, "/?q=bridge+%22over", 400)
    problem = json.loads(client.get("/api/search?q=bridge+%22over").data)
    assert problem["errors"][0]["reason"] in text(tree)
    assert [text(mark) for mark in tree.iter("mark")] == ['"over']
    box = tree.find(".//input[@name='q']")
    assert box is not None
    assert box.attrib["value"] == 'bridge "over'


def test_a_place_without_an_end_goes_to_the_end(client: FlaskClient, archive: FakeArchive) -> None:
    """A problem that only says where it begins marks the rest."""
    archive.error = QueryError(Problem("query", "odd", 3))
    assert [text(mark) for mark in read(client, "/?q=abcdef", 400).iter("mark")] == ["def"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/static/../config.py", 404),
        ("GET", "/articles/", 404),
        ("POST", "/", 405),
        ("OPTIONS", "/nowhere", 405),
        ("GET", "/?cursor=stale", 409),
        ("GET", "/?q=" + "a" * 4097, 414),
    ],
)
def test_problems_are_pages(client: FlaskClient, method: str, address: str, status: int) -> None:
    """Whatever goes wrong in the browser ends on a page of the archive, with a way on."""
    response = client.open(address, method=method)
    assert response.status_code == status
    assert response.content_type == "text/html; charset=utf-8"
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.data.decode())
    assert links(tree, "first page") == ["/"]
    assert len(response.data) < 6_000


def test_without_an_index_the_page_says_so() -> None:
    """No index is a 503 with Retry-After and the words of the JSON answer, and nothing of where it should be."""
    client = client_of(FakeArchive(missing=True))
    response = client.get("/")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert json.loads(client.get("/api/search").data)["detail"] in text(read(client, "/", 503))
    assert b"secret" not in response.data


def test_the_unforeseen_is_a_page_too(client: FlaskClient, archive: FakeArchive) -> None:
    """A 500 shows no more than that it happened."""
    archive.error = RuntimeError("a secret of the machine")
    assert "secret" not in text(read(client, "/", 500))


# On another application


@pytest.fixture
def host(archive: FakeArchive) -> Flask:
    """An application of somebody else's, with the archive below a prefix."""
    app = Flask("host")
    app.extensions["backfile"] = archive
    app.register_blueprint(page.blueprint, url_prefix="/archive")
    app.register_blueprint(api.blueprint, url_prefix="/archive")
    app.register_blueprint(health.blueprint, url_prefix="/archive")
    app.add_url_rule("/own", view_func=lambda: "own")
    return app


def test_links_stay_below_the_prefix(host: Flask) -> None:
    """Every address on every page begins with the prefix, of the application and of the server before it."""
    client = host.test_client()
    for address in ("/archive/", "/archive/?q=bridge&section=City&page=2&page-size=1", "/archive/articles/2019/001.txt",
                    "/archive/articles/none", "/archive/?page=x"):  # fmt: skip
        for base, prefix in (("http://localhost/", "/archive/"), ("http://localhost/before", "/before/archive/")):
            response = client.get(address, base_url=base)
            tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.data.decode())
            for element in tree.iter():
                for name in ("href", "action"):
                    target = element.get(name, "#")
                    assert target.startswith((prefix, "#", "https://www.example.org")), target
    body = json.loads(client.get("/archive/api/search?q=bridge", base_url="http://localhost/before").data)
    assert body["next"] == "/before/archive/api/search?q=bridge&page=2"
    with client.get("/archive/static/backfile.css") as style:
        assert style.status_code == 200
    assert client.get("/archive/healthz").status_code == 200


def test_one_host_can_have_two_archives(host: Flask) -> None:
    """The same blueprint under a second name and prefix leads nowhere but to itself."""
    host.register_blueprint(page.blueprint, url_prefix="/second", name="second")
    tree = read(host.test_client(), "/second/?q=herring")
    assert links(tree, "a ship under the bridge") == ["/second/articles/2020/009.txt?q=herring"]
    assert {link.attrib["href"].split("/")[1] for link in tree.iter("link")} == {"second"}


def test_a_host_may_put_something_of_the_request_into_addresses(archive: FakeArchive) -> None:
    """Where a prefix differs from one request to the next, the addresses on its page do so too."""
    app = Flask("host")
    app.extensions["backfile"] = archive
    app.register_blueprint(page.blueprint, url_prefix="/<edition>")
    app.url_value_preprocessor(lambda _, values: setattr(g, "edition", (values or {}).pop("edition", None)))
    app.url_defaults(lambda _, values: values.setdefault("edition", g.edition))
    for edition in ("north", "south"):
        tree = read(app.test_client(), f"/{edition}/?q=herring")
        assert links(tree, "a ship under the bridge") == [f"/{edition}/articles/2020/009.txt?q=herring"]
        assert {link.attrib["href"].split("/")[1] for link in tree.iter("link")} == {edition}


def test_a_host_keeps_its_own_ways(host: Flask) -> None:
    """Our headers, methods and problems end where our addresses end."""
    client = host.test_client()
    assert "Content-Security-Policy" not in client.get("/own").headers
    assert client.options("/own").status_code == 200
    assert b"archive" not in client.get("/nowhere").data
    assert client.get("/archive/api/search?page=x").content_type == "application/problem+json"
    assert "The archive holds no article with this id." in text(read(client, "/archive/articles/none", 404))
    assert client.options("/archive/api/search").status_code == 405
    assert "Content-Security-Policy" in client.get("/archive/api/search").headers


def test_landmarks_and_ids_are_unique(client: FlaskClient) -> None:
    """No id stands twice, every heading level follows the one above it, and landmarks of one kind have names."""
    for address in ("/", "/?q=bridge&section=City", "/articles/2019/001.txt?q=bridge", "/?q=zeppelin"):
        tree = read(client, address)
        ids = Counter(element.attrib["id"] for element in tree.iter() if "id" in element.attrib)
        assert max(ids.values()) == 1
        levels = [int(str(element.tag)[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert all("aria-label" in nav.attrib for nav in tree.iter("nav"))
        labels = {label.attrib["for"] for label in tree.iter("label")}
        assert {box.attrib["id"] for box in tree.iter("input") if box.get("type") != "hidden"} == labels
