"""Clean markup: nothing but a few tags, whatever it was made from, and the text that belongs to it."""

import re

import pytest
from bleach.sanitizer import Cleaner
from hypothesis import example, given
from hypothesis import strategies as st

from index.article import Article
from index.sources.markup import clean, markup_of, plain, text_of

TAGS = set(re.findall(r"\w+", "p h2 h3 h4 ul ol li blockquote pre table tbody tr td a em strong code sub sup br"))
BLEACH = Cleaner(tags=TAGS, attributes={"a": ["href"]}, protocols={"http", "https", "mailto"}, strip=True)


def cleaned(source: str, address: str | None = None) -> str:
    """Give markup as it is kept."""
    return markup_of(clean(source, address)) or ""


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        ("<div>one<div>two <b>bold</b></div></div>", "<p>one</p>\n<p>two <strong>bold</strong></p>"),
        ("<h1>A</h1><h5>B</h5><p>c", "<h2>A</h2>\n<h4>B</h4>\n<p>c</p>"),
        ("<ul><li>a<li><i>b</i></ul>", "<ul>\n<li>a</li>\n<li><em>b</em></li>\n</ul>"),
        ("<blockquote><p>a<p>b</blockquote>", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>"),
        ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
        ("<table><tr><th>a<td>b</table>", "<table>\n<tr><td>a</td><td>b</td></tr>\n</table>"),
        ("<b>a<section>b</section></b>", "<p><strong>a</strong></p>\n<p><strong>b</strong></p>"),
        ('<a href="/x" onclick="y">a</a>', '<p><a href="https://courier.example/x">a</a></p>'),
        ('<a href="javascript:x">a</a> <b>b</b>', "<p>a <strong>b</strong></p>"),
        ('<a href="/&quot;><script>">a</a>', '<p><a href="https://courier.example/&quot;&gt;&lt;script&gt;">a</a></p>'),
        ("a<br>b<br><br>c", "<p>a<br>b</p>\n<p>c</p>"),
        ("<p hidden>x</p><p style='display: none'>y</p><h2>a</h2>", "<h2>a</h2>"),
        ("<style>x</style><script>y</script><form>z</form><h2>a</h2>", "<h2>a</h2>"),
        ("<p>a</p><p>b &lt;i&gt; &amp; c</p>", ""),
    ],
)
def test_markup_is_built_from_a_few_tags(source: str, markup: str) -> None:
    """Each kind of element becomes the one of the short list that says the same, or leaves its text, or nothing."""
    got = cleaned(source, "https://courier.example/1")
    assert got == markup


PIECES = (
    "<p>|</p>|<b>|</b>|<i>|</i>|<a href='http://x.y/?a=1&b=2'>|</a>|<a href=javascript:x>|<ul>|<li>|</ul>|<ol>|<table>"
    "|<tr>|<td>|</table>|<br>|<blockquote>|</blockquote>|<pre>|</pre>|<h3>|</h3>|<div>|</div>|<script>|</script>|<!--|-->|&amp;"
    "|&lt;|&#0;|a| b |\n|\n\n|\u00ad|<|>|'|\"|é|中|<svg>|<style>|</style>|<title>|</title>|<textarea>|<sub>|</sub>"
    "|<img src=x onerror=y>|]]>|\x00|\x1b|\ud800"
)
MARKUP = st.lists(st.sampled_from(PIECES.split("|")), max_size=30).map("".join)


@given(MARKUP | st.text(max_size=80))
@example("<td>a <b> b</table>")
def test_nothing_else_is_ever_let_through(source: str) -> None:
    """For any markup at all bleach finds nothing to take away, and the text is the markup's."""
    blocks = clean(source)
    markup = "\n".join(f"<p>{block.markup}</p>" for block in blocks if block.kind == "p")
    assert BLEACH.clean(markup) == markup
    for tag in re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", markup_of(blocks) or ""):
        assert tag in TAGS
    assert not re.search(r"[\x00-\x08\x0e-\x1f]", text_of(blocks))


@given(MARKUP)
@example("b <br><p><b>c")
@example("<li>b <br> <br><li><b>c<br></b>")
@example("<a>b<br></a><p><b>c")
@example("<a href=http://x.y/><p><a href=http://x.y/z>b")
def test_cleaning_clean_markup_changes_nothing(source: str) -> None:
    """What was cleaned once, exported and read again is the same."""
    once = cleaned(source)
    assert cleaned(once) == once


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("A &amp; B", "A & B"),
        ("A &amp;amp; B", "A & B"),
        ("<i>A</i> b<br/>c", "A b c"),
        ("<COP> a < b", "<COP> a < b"),
        ("&lt;b&gt;a&lt;/b&gt;", "a"),
        (" a\u00adb\n c ", "ab c"),
    ],
)
def test_a_line_is_plain_text(source: str, line: str) -> None:
    """Titles lose markup and escapes, also those escaped twice, and keep what only looks like a tag."""
    assert plain(source) == line


def test_an_article_takes_no_markup_by_default() -> None:
    """An article that is plain paragraphs keeps no markup beside its text."""
    assert Article("1").body_html is None
    assert markup_of(clean("<p>a</p><p>b</p>")) is None
