"""Text and ranges in, HTML out. Only this module makes HTML of an article's words, and only it knows bleach."""

import re
import threading

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


class _Gate(threading.local):
    """The last gate: one cleaner a thread, since a cleaner keeps its parser's state."""

    def __init__(self) -> None:
        self.cleaner = Cleaner(tags={"mark"}, attributes={})


_gate = _Gate()


def fit(text: str) -> str:
    """Put U+FFFD for every character that HTML cannot hold; the text stays as long as it is."""
    return _ODD_BLANK.sub(" ", _UNFIT.sub("\ufffd", text))


def marked(snippet: Snippet) -> Markup:
    """Make HTML of a snippet: its text escaped, its ranges in ``<mark>``, an ellipsis where the article's text goes on.

    ``<mark>`` is the only tag. Ranges that overlap or leave the text lose what is too much; no text is ever lost.
    """
    return Markup(_gate.cleaner.clean(compose(snippet)))  # escaped by compose, then cleaned


def compose(snippet: Snippet) -> str:
    """Make what ``marked`` hands to the gate, which must find nothing to do."""
    text = fit(snippet.text)
    pieces: list[str] = ["…\N{NO-BREAK SPACE}"] if snippet.cut_before else []
    done = 0
    for start, end in snippet.ranges:
        start, end = max(start, done), min(end, len(text))
        if start < end:
            pieces += (escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>")
            done = end
    pieces.append(escape(text[done:]))
    if snippet.cut_after:
        pieces.append("\N{NO-BREAK SPACE}…")
    return "".join(pieces)
