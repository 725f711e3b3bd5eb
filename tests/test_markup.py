"""Text and ranges become HTML in one place, and nothing but marks comes out of it."""

import html
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from bleach.sanitizer import Cleaner
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Snippet
from web.markup import compose, encoded, fit, gate, marked

AWKWARD = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</mark>",
        "<mark>",
        "&lt;",
        "&amp;amp;",
        "&#0;",
        "&#x3c;b&#x3e;",
        "&notit;",
        "<!--",
        "]]>",
        '" onload="x',
        "'",
        "\x00",
        "\r\n",
        "\x0b\x0c\x1b\x7f\x85",
        "\ufdd0\ufffe\U0001ffff",
        "\ud800",
        "\u202e\u2066",
        "é",
        "e\u0301",
        "漢字",
        " ",
        "\n",
        "word",
    ]
)
TEXTS = st.lists(st.one_of(AWKWARD, st.text(max_size=8)), max_size=8).map("".join)
RANGES = st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=5).map(tuple)
SNIPPETS = st.builds(Snippet, TEXTS, RANGES, st.booleans(), st.booleans())


@settings(deadline=None)
@given(SNIPPETS)
def test_bleach_finds_nothing_to_do(snippet: Snippet) -> None:
    """Whatever the text and the ranges, the last gate changes nothing: escaping alone is enough."""
    cleaner = Cleaner(tags={"mark"}, attributes={})
    assert cleaner.clean(compose(snippet)) == compose(snippet) == str(marked(snippet))


TOKENS = ("a", "&amp;", "&", "<mark>", "</mark>", "<", "\x00")


def test_the_gate_does_what_bleach_does() -> None:
    """Every row of up to four tokens that matter comes out of the gate as bleach alone leaves it."""
    cleaner = Cleaner(tags={"mark"}, attributes={})
    for length in range(5):
        for row in map("".join, product(TOKENS, repeat=length)):
            assert gate(row) == cleaner.clean(row), row


@settings(deadline=None)
@given(st.lists(st.one_of(AWKWARD, st.sampled_from(TOKENS)), max_size=30).map("".join))
def test_the_gate_does_what_bleach_does_with_long_rows(row: str) -> None:
    """Nesting, things left open and hostile text deep inside good text do not slip past bleach."""
    assert gate(row) == Cleaner(tags={"mark"}, attributes={}).clean(row)


def test_bleach_leaves_every_other_character_alone() -> None:
    """What the gate takes for text without asking, bleach returns as it is: all of Unicode but what means something."""
    cleaner = Cleaner(tags={"mark"}, attributes={})
    everything = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    plain = "".join(one for one in everything if not re.match("[<>&\"'\x00-\x08\x0b-\x1f]", one))
    for start in range(0, len(plain), 5_000):
        text = plain[start : start + 5_000]
        assert cleaner.clean(text) == gate(text) == text
    for one in "<>&\"'\x00\x08\x0b\x0c\r\x1f":
        assert gate(one) == cleaner.clean(one)


@settings(deadline=None)
@given(SNIPPETS)
def test_only_marks_come_out(snippet: Snippet) -> None:
    """The only tags are ``<mark>`` and ``</mark>``, in turn; every ampersand begins one of five references."""
    made = str(marked(snippet))
    tags = re.findall(r"<[^>]*>?", made)
    assert tags == ["<mark>", "</mark>"] * (len(tags) // 2)
    assert re.findall(r"&(?!(?:amp|lt|gt|#34|#39);)", made) == []


@settings(deadline=None)
@given(SNIPPETS)
def test_no_text_is_lost(snippet: Snippet) -> None:
    """Without its tags the HTML reads as the text did, unfit characters as U+FFFD, between ellipses if it is cut."""
    text = html.unescape(re.sub(r"</?mark>", "", str(marked(snippet))))
    before, after = "…\xa0" if snippet.cut_before else "", "\xa0…" if snippet.cut_after else ""
    assert text == before + fit(snippet.text) + after


@given(st.text(st.characters() | st.sampled_from("\x00\x0b\r\x7f\x85\xa0\ud800\ufffe…")))
@settings(deadline=None)
def test_a_page_is_sent_without_what_html_cannot_hold(text: str) -> None:
    """The bytes of a page are those of the text made fit, whichever character it is that is not."""
    assert encoded(f"<p>{text}</p>\n") == fit(f"<p>{text}</p>\n").encode()


@settings(deadline=None)
@given(TEXTS)
def test_unfit_characters_keep_their_places(text: str) -> None:
    """A character that HTML cannot hold becomes one other, so that ranges still mean what they meant."""
    made = fit(text)
    assert len(made) == len(text)
    assert fit(made) == made
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", made)


@pytest.mark.parametrize(
    ("snippet", "wanted"),
    [
        (Snippet("plain"), "plain"),
        (Snippet("in Karabakh today", ((3, 11),)), "in <mark>Karabakh</mark> today"),
        (Snippet("a & b", ((0, 1), (4, 5))), "<mark>a</mark> &amp; <mark>b</mark>"),
        (Snippet("<b>", ((1, 2),)), "&lt;<mark>b</mark>&gt;"),
        (Snippet("middle", (), True, True), "…\xa0middle\xa0…"),
        (Snippet("both", ((0, 2), (1, 4))), "<mark>bo</mark><mark>th</mark>"),
        (Snippet("short", ((3, 99),)), "sho<mark>rt</mark>"),
        (Snippet("short", ((-2, 2),)), "<mark>sh</mark>ort"),
        (Snippet("empty", ((2, 2), (4, 3))), "empty"),
        (Snippet("nul\x00 and\x0b\ttab", ((0, 4),)), "<mark>nul\ufffd</mark> and \ttab"),
        (Snippet(""), ""),
    ],
)
def test_snippets(snippet: Snippet, wanted: str) -> None:
    """Slices are escaped each on its own, and ranges that overlap or leave the text lose what is too much."""
    assert str(marked(snippet)) == wanted


def test_many_threads_make_the_same_html() -> None:
    """Cleaners keep state while they parse; threads do not share one."""
    snippets = [Snippet(f"{number} <b> & Karabakh " * 20, ((0, 3), (10, 14))) for number in range(200)]
    wanted = [compose(snippet) for snippet in snippets]
    with ThreadPoolExecutor(8) as threads:
        assert [str(one) for one in threads.map(marked, snippets)] == wanted
