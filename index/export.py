"""Export: every article as a line of JSON, so that nothing is ever locked in.

    {"id": "...", "title": "...", "body": "...", "section": null, "date": "2021-01-18T16:26:00", ...}

``id`` first, then every other field of an Article, null or empty where it has none. A date alone is ``2021-01-18``;
wall time is in the archive's zone, as it is kept. A language stands only where the article states one: what was told
from its text is told again. The order is newest first, undated last, ties by id, whatever segments the articles stand
in. So an index built from an export exports the same bytes.
"""

import dataclasses
import heapq
from collections.abc import Iterator

import orjson

from index.article import Article
from index.generation import Generation
from index.segment import Segment

_EMPTY = {
    field.name: None if field.default is dataclasses.MISSING else field.default for field in dataclasses.fields(Article)
}


def export(generation: Generation) -> Iterator[bytes]:
    """Yield the articles of a generation as lines in UTF-8, each with its line break. A block a segment is held."""
    for _, identifier, stored in heapq.merge(*map(_articles, generation.segments)):
        # What is stored leaves empty fields out, and has the date as it is written here.
        yield orjson.dumps(_EMPTY | {"id": identifier} | orjson.loads(stored), option=orjson.OPT_APPEND_NEWLINE)


def _articles(segment: Segment) -> Iterator[tuple[int, str, bytes]]:
    """Yield the live articles in the order in which they stand: place in time, id, what is stored."""
    for doc, stored in segment.stored_articles():
        yield -segment.stamps.item(doc), segment.id_of(doc), stored
