"""Text and Markdown, with front matter or without: fields in YAML between two lines of dashes, then the text.

    ---
    title: A headline
    date: 2021-01-18 16:26 +0300
    section: Harbour
    ---
    The first paragraph ...

Fields have Article's names, or those that site generators give them: ``author categories lang``. In Markdown without a
title a heading that stands first is it. Text without front matter is wire text.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from index.article import Article
from index.errors import ArticleError
from index.sources.jsonl import article_of
from index.sources.manner import Manner
from index.sources.markup import Block, clean, markup_of, text_of
from index.sources.record import Reading
from index.sources.wire import decode, read_wire

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST = 1 << 16
"""Characters of front matter."""
_MOST_OPENINGS = 1_000
"""Lists and mappings in it, each of which may stand in the one before."""
_DEEP = re.compile(r"[\[{]{50}")
_OPENING = re.compile(r"^[ \t]*(?:- )+|[\[{]", re.MULTILINE)
_OTHER_NAMES = {
    "author": "byline",
    "authors": "byline",
    "by": "byline",
    "category": "section",
    "categories": "section",
    "lang": "language",
    "locale": "language",
    "published": "date",
    "pubdate": "date",
    "publishdate": "date",
    "created": "date",
    "link": "url",
    "canonical": "url",
    "canonical_url": "url",
    "headline": "title",
}
"""What Jekyll, Hugo, Pelican and their kin call an article's fields."""


@cache
def _markdown() -> "MarkdownIt":
    # Here, since it takes a while that a command without Markdown has no use for.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def begins_with_front_matter(head: bytes) -> bool:
    """Whether a file begins with a line of dashes and a field."""
    return re.match(rb"---[ \t]*\r?\n(?:#[^\n]*\n|\s)*[\w\"'-]+[ \t]*:", head) is not None


def read_text(data: bytes, identifier: str, manner: Manner) -> Reading:
    """Read a text file as the article ``identifier``. Raises ArticleError."""
    if not begins_with_front_matter(data.removeprefix(b"\xef\xbb\xbf")[:8192]):
        return read_wire(data, identifier)
    fields, text = _divide(_lines(data))
    if fields is None:
        return read_wire(data, identifier)
    paragraphs = (" ".join(paragraph.split("\n")).strip() for paragraph in re.split(r"\n[ \t]*\n", text))
    return _reading(identifier, fields, "\n\n".join(filter(None, paragraphs)), manner)


def read_markdown(data: bytes, identifier: str, manner: Manner) -> Reading:
    """Read a Markdown file as the article ``identifier``. Raises ArticleError."""
    fields, text = _divide(_lines(data))
    blocks = _blocks(text)
    reading = _reading(identifier, fields or {}, text_of(blocks), manner, markup_of(blocks))
    if reading.article.title or not blocks or blocks[0].kind != "h2":
        return reading
    title, *blocks = blocks
    fields = {**(fields or {}), "title": title.text}
    return _reading(identifier, fields, text_of(blocks), manner, markup_of(blocks))


def _lines(data: bytes) -> str:
    return decode(data).replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str) -> list[Block]:
    source = _markdown().render(text)
    return clean(source) if source.strip() else []


def _divide(text: str) -> tuple[dict[str, Any] | None, str]:
    """Divide a text into the fields of its front matter, None if it has none, and what comes after."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return None, text
    if len(match[1]) > _LONGEST:
        raise ArticleError(f"broken front matter: over {_LONGEST:,} characters long; is its closing --- missing?")
    # libyaml's parser builds nested values by recursion; how deep they can be is counted before.
    if len(_OPENING.findall(match[1])) > _MOST_OPENINGS or _DEEP.search(match[1]):
        raise ArticleError("broken front matter: too deep")
    try:
        # Every value as it is written: what is a date or a number is for Article's rules to say.
        fields = yaml.load(match[1], Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 2}" if error.problem_mark else ""
        problem = error.problem or error.context or "not YAML"
        raise ArticleError(f"broken front matter: {problem}{line}; a value with ': ' in it needs quotes") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # Of several lines the first says what, the others where in a text that is not the file's.
        raise ArticleError(f"broken front matter: {str(error).partition(chr(10))[0][:80] or 'too deep'}") from None
    if not isinstance(fields, dict):
        return None, text
    return {str(name): value for name, value in fields.items()}, text[match.end() :]


def _reading(
    identifier: str, values: dict[str, Any], body: str, manner: Manner, body_html: str | None = None
) -> Reading:
    written = {name.strip().lower(): value for name, value in manner.fields(values).items()}
    named = {name: _one_value(name, value) for name, value in written.items() if name not in _OTHER_NAMES}
    for name, field in _OTHER_NAMES.items():
        if name in written:
            named.setdefault(field, _one_value(field, written[name]))
    named |= {"id": identifier, "body": body, "body_html": None}
    article, warnings = article_of(identifier, named)
    if body_html is None:
        return Reading(article, warnings)
    values = {name: getattr(article, name) for name in Article.__slots__}
    return Reading(Article(**(values | {"body_html": body_html})), warnings)


def _one_value(field: str, value: Any) -> Any:
    """Return what a field can hold of a value in YAML: names joined, of several sections the first.

    It does not look deeper than that: in a few hundred characters aliases make lists of billions.
    """
    if isinstance(value, list):
        lines = [line for member in value[:50] if isinstance(line := _name_in(member), str)]
        return (", ".join(lines) if field == "byline" else lines[0]) if lines else None
    value = _name_in(value)
    return None if isinstance(value, str) and value.lower() in ("", "~", "null") else value


def _name_in(value: Any) -> Any:
    return value.get("name") if isinstance(value, dict) else value
