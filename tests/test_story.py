"""An article's own markup is shown as it is, with marks where the words stand, and nothing else in it."""

import re
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.sources.markup import clean, markup_of, text_of
from search import open_searcher
from tests.pages import read, text
from tests.searching import make_index
from tests.test_clean_markup import MARKUP
from web import Config, create_app
from web.story import story

OWN = """<h2>The bridge</h2>
<p>A new <strong>bri</strong>dge &amp; a ferry; see <a href="https://courier.example/?a=1&amp;b=2">the plans</a>.</p>
<ul>
<li>One bridge,</li>
<li>no toll</li>
</ul>
<table>
<tr><td>Year</td><td>Bridges</td></tr>
</table>"""


def article_of(source: str) -> Article | None:
    """Return an article made of markup, None where it has none that says more than text."""
    blocks = clean(source)
    markup = markup_of(blocks)
    return Article("1", body=text_of(blocks), body_html=markup) if markup else None


def visible(written: str) -> str:
    """Return the characters of a text that are no blanks."""
    return "".join(written.split())


@settings(max_examples=300, deadline=None)
@given(MARKUP, st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=4))
def test_the_marked_characters_are_those_of_the_text(source: str, drawn: list[tuple[int, int]]) -> None:
    """Whatever the markup: it still says what the body says, and the very characters of the ranges are in marks."""
    article = article_of(source)
    if article is None:
        return
    ranges, done = [], 0
    for gap, length in drawn:
        start = done + gap
        done = min(start + length, len(article.body))
        if start < done:
            ranges.append((start, done))
    made = story(article, ranges)
    assert made is not None
    tree = lxml.html.fragment_fromstring(str(made.html), create_parent="div")
    assert visible(tree.text_content()) == visible(article.body)
    marked = "".join(mark.text_content() for mark in tree.iter("mark"))
    assert visible(marked) == visible("".join(article.body[start:end] for start, end in ranges))
    assert re.sub(r'</?mark>| id="p[0-9]+"|</?tbody>', "", str(made.html)) == str(story(article, ()).html).replace(  # type: ignore[union-attr]
        "<tbody>", ""
    ).replace("</tbody>", "")
    with_marks = [one.get("id") for one in tree.iter() if one.get("id")]
    assert with_marks == [f"p{place}" for place in made.places]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ('<p onclick="x">bridge</p>', "<p>bridge</p>"),
        ('<p id="content">bridge</p>', "<p>bridge</p>"),
        ('<a href="javascript:x">bridge</a>', "<a>bridge</a>"),
        ("<script>bridge</script>", "&lt;script&gt;bridge&lt;/script&gt;"),
        ('<img src="x" onerror="y">bridge', '&lt;img src="x" onerror="y"&gt;bridge'),
    ],
)
def test_markup_that_nobody_has_cleaned_does_no_harm(markup: str, shown: str) -> None:
    """A program may store what it likes: bleach has the last word on it."""
    made = story(Article("1", body="bridge", body_html=markup), ())
    assert made is not None
    assert str(made.html) == shown


def test_markup_of_another_text_is_not_shown() -> None:
    """What was searched is what is read."""
    assert story(Article("1", body="bridge", body_html="<p>ferry</p>"), ()) is None
    assert story(Article("1", body="bridge"), ()) is None


def test_the_page_shows_the_markup_with_marks(tmp_path: Path) -> None:
    """Headings, lists, tables and links as they were, the query's words marked, and a way to each block with any."""
    article = article_of(OWN)
    assert article is not None
    folder = make_index(tmp_path / "index", [article])
    client = create_app(Config(index=folder)).test_client()
    tree = read(client, "/articles/1?q=bridge")
    own = tree.find(".//*[@class='own']")
    assert own is not None
    assert [one.tag for one in own] == ["h2", "p", "ul", "table"]
    assert [text(mark) for mark in own.iter("mark")] == ["bridge", "bri", "dge", "bridge", "Bridges"]
    places = [one.get("href") for one in tree.findall(".//*[@class='finder']//a")]
    assert places == ["#p1", "#p2", "#p3", "#p6"]
    assert [one.get("id") for one in own.iter() if one.get("id")] == ["p1", "p2", "p3", "p6"]
    link = own.find(".//a")
    assert link is not None
    assert link.get("href") == "https://courier.example/?a=1&b=2"
    with open_searcher(folder) as searcher:
        assert len(searcher.marked(article, "bridge").ranges) == 4
