"""Text and ranges in, HTML out. Only this module makes HTML of an article's words, and only it knows bleach."""

import re
from collections.abc import Sequence

from bleach.sanitizer import Cleaner
from markupsafe import Markup, escape

from search import Snippet

# What HTML cannot hold, not even as a character reference: controls, surrogates and noncharacters (WHATWG, 13.2.3.5).
_UNFIT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
# Blanks that parsers rewrite, each in its own way.
_ODD_BLANK = re.compile("[\r\x0b\x0c]")

_PLAIN = bytes(range(32, 127)) + b"\n"
"""Characters of ASCII that need no look."""

BLOCKS = ("p", "h2", "h3", "h4", "li", "pre", "td")
"""Elements of an article's own markup that hold its text."""

_AROUND = ("ul", "ol", "blockquote", "table", "tbody", "tr")
_INSIDE = ("a", "em", "strong", "code", "sub", "sup", "br", "mark")
STORY_TAGS = frozenset((*BLOCKS, *_AROUND, *_INSIDE))
_PLACE = re.compile("p[0-9]{1,6}")

_OPENS, _CLOSES, _PARTS = "\x01", "\x02", "\x03"
"""What stands for a mark's tags and between two texts while these are escaped: nothing that is fit for HTML."""

# Text in which nothing is left that HTML gives a meaning to, and marks around such text, closed and not nested: what
# bleach returns as it is. Of 30 passages bleach finds that out in 14 ms, or in 8 if they are joined to one text, since
# its parser is Python and takes its time for each mark; this pattern takes 0.1 ms. Possessive quantifiers would say the
# same, but Python 3.11.2 lets an open mark through them.
_TEXT = r"[^<>&\"'\x00-\x08\x0b-\x1f]*(?:&(?:amp|lt|gt|#34|#39);[^<>&\"'\x00-\x08\x0b-\x1f]*)*"
_MARKED = rf"{_TEXT}(?:<mark>{_TEXT}</mark>{_TEXT})*"
_CLEAN = re.compile(_MARKED)
_ALL_CLEAN = re.compile(rf"{_MARKED}(?:{_PARTS}{_MARKED})*")


def fit(text: str) -> str:
    """Put U+FFFD for every character that HTML cannot hold; the text stays as long as it is."""
    # Most text is printable but for the usual blanks, which nothing unfit and no odd blank is.
    if text.isprintable() or text.replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ").isprintable():
        return text
    return _ODD_BLANK.sub(" ", _UNFIT.sub("\ufffd", text))


def encoded(page: str) -> bytes:
    """Return a page in UTF-8, as ``fit`` leaves it.

    Nearly every page is fit: its characters beyond ASCII, a few hundred, are all that is looked at one by one. To look
    at each takes twelve times as long.
    """
    content = page.encode("utf-8", "surrogatepass")
    beyond = content.translate(None, _PLAIN).decode("utf-8", "surrogatepass")
    return content if beyond.replace("\N{NO-BREAK SPACE}", "").isprintable() else fit(page).encode()


def marked(snippet: Snippet) -> Markup:
    """Make HTML of a snippet: its text escaped, its ranges in ``<mark>``, an ellipsis where the article's text goes on.

    ``<mark>`` is the only tag. Ranges that overlap or leave the text lose what is too much; no text is ever lost.
    """
    return gate(compose(snippet))


def all_marked(snippets: Sequence[Snippet]) -> list[str]:
    """Make HTML of many snippets, each as ``marked`` does it: of the thirty of a page in a third of the time."""
    html = _escaped(_lined(snippets))
    parts = html.split(_PARTS) if snippets else []
    return parts if _ALL_CLEAN.fullmatch(html) else [str(gate(part)) for part in parts]


def compose(snippet: Snippet) -> str:
    """Make what ``marked`` hands to the gate, which must find nothing to do."""
    return _escaped(_lined([snippet]))


def gate(html: str) -> Markup:
    """Let nothing through but text and marks: what is plainly clean as it is, and all else as bleach leaves it."""
    return Markup(html if _CLEAN.fullmatch(html) else Cleaner(tags={"mark"}, attributes={}).clean(html))


def story_gate(html: str) -> Markup:
    """Let the markup of an article through, marks in it and places to go to, as bleach leaves it; all else is text."""
    cleaner = Cleaner(tags=STORY_TAGS, attributes=_is_of_a_story, protocols={"http", "https", "mailto"})
    return Markup(cleaner.clean(html))


def _is_of_a_story(tag: str, name: str, value: str) -> bool:
    return (tag == "a" and name == "href") or (tag in BLOCKS and name == "id" and _PLACE.fullmatch(value) is not None)


def _lined(snippets: Sequence[Snippet]) -> str:
    """Return the texts of snippets, one behind the other, with signs between them and in the place of tags."""
    pieces: list[str] = []
    for snippet in snippets:
        text = snippet.text
        if not text.isprintable():
            text = fit(text)
        if pieces:
            pieces.append(_PARTS)
        if snippet.cut_before:
            pieces.append("…\N{NO-BREAK SPACE}")
        done = 0
        for start, end in snippet.ranges:
            start, end = max(start, done), min(end, len(text))
            if start < end:
                pieces += (text[done:start], _OPENS, text[start:end], _CLOSES)
                done = end
        pieces.append(text[done:])
        if snippet.cut_after:
            pieces.append("\N{NO-BREAK SPACE}…")
    return "".join(pieces)


def _escaped(lined: str) -> str:
    # All in one go: a call for each piece takes as long as one for the whole.
    return str(escape(lined)).replace(_OPENS, "<mark>").replace(_CLOSES, "</mark>")
