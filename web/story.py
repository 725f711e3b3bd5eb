"""An article's own markup with the words of a search marked in it, and a place to go to in each block that has some.

Words are found in plain text. The markup holds the same characters but for blanks, so that the seventh of the one is
the seventh of the other; markup of which that is not true is not the article's text, and is not shown.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from search import Article
from web.markup import BLOCKS, fit, story_gate

_TOKEN = re.compile(r"<[^<>]*>|&#?\w+;|[^<&]+|[<&]")
_OPENING = re.compile(rf"<({'|'.join(BLOCKS)})>")


@dataclass(frozen=True, slots=True)
class Story:
    """The text of an article as HTML; blocks of the numbers ``places`` have ids, as ``p7``, and marks in them."""

    html: Markup
    places: tuple[int, ...]


def story(article: Article, ranges: Sequence[tuple[int, int]]) -> Story | None:
    """Make HTML of an article's own markup; ``ranges`` of its body are marked. None where it has none, or not of it."""
    if article.body_html is None:
        return None
    tokens = _TOKEN.findall(article.body_html)
    if "".join(map(_visible, tokens)) != "".join(article.body.split()):
        return None
    pieces: list[str] = []
    places: list[int] = []
    block, at, blocks = -1, 0, 0
    edges = _edges(article.body, ranges)
    start, end = next(edges, _NEVER)
    for token in tokens:
        if token.startswith("<") and len(token) > 1:
            if _OPENING.match(token):
                block, blocks = len(pieces), blocks + 1
            # A mark does not reach over a tag: it ends before it and begins anew.
            pieces.append(token)
            continue
        visible = _visible(token)
        if at + len(visible) <= start:
            pieces.append(token)
            at += len(visible)
            continue
        for character in [token] if token.startswith("&") else token:
            inside = start <= at < end and not character.isspace()
            pieces.append(f"<mark>{character}</mark>" if inside else character)
            if inside and block >= 0:
                pieces[block] = f'{pieces[block][:-1]} id="p{blocks}">'
                places.append(blocks)
                block = -1
            at += len(_visible(character))
            while at >= end:
                start, end = next(edges, _NEVER)
    return Story(story_gate(fit("".join(pieces).replace("</mark><mark>", ""))), tuple(places))


_NEVER = (1 << 62, 1 << 62)


def _visible(token: str) -> str:
    """Return the characters of a token that are no blanks; a tag has none."""
    if token.startswith("<") and len(token) > 1:
        return ""
    return "".join((html.unescape(token) if token.startswith("&") else token).split())


def _edges(text: str, ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield ranges of a text, counted in characters that are no blanks."""
    seen = [*accumulate([not character.isspace() for character in text], initial=0)] if ranges else []
    for start, end in ranges:
        if seen[start] < seen[end]:
            yield seen[start], seen[end]
