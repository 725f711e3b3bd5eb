"""Every hit of a search as a download, written while it is read: as JSON lines, or as a table for spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator

import orjson
from flask import Response, request
from werkzeug.exceptions import TooManyRequests

from index.settings import MAX_EXPORTS
from search import Article
from web.alive import sign
from web.archive import current_searcher
from web.articles import KEYS, article_record
from web.blueprints import for_programs
from web.caching import current
from web.markup import fit
from web.parameters import WHOLE, read_request
from web.problems import RETRY_SECONDS
from web.slots import take

Write = Callable[[Iterable[Article]], Iterator[bytes]]

CHUNK = 1 << 16
"""Bytes that are sent at a time."""

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""

blueprint = for_programs("backfile_exports", __name__)


@blueprint.get("/export.jsonl")
def export_lines() -> Response:
    """Answer with every article that matches, one JSON object a line: what ``backfile index`` reads again."""
    return _download("application/jsonl; charset=utf-8", "jsonl", _lines)


@blueprint.get("/export.csv")
def export_table() -> Response:
    """Answer with every article that matches as comma-separated values, safe to open in a spreadsheet."""
    return _download("text/csv; charset=utf-8; header=present", "csv", _rows)


def _download(media_type: str, ending: str, written: Write) -> Response:
    asked = read_request(request.args, WHOLE)
    searcher = current_searcher()
    current(searcher.state, asked)
    # What is wrong with the request shows here, before the first byte is sent.
    articles = searcher.every(asked)
    slot = None
    if request.method != "HEAD" and (slot := take("exports", MAX_EXPORTS.value())) is None:
        raise TooManyRequests(
            "Others are downloading at the moment. Please try again a little later.", retry_after=RETRY_SECONDS
        )
    response = Response(_chunks(written(articles)), content_type=media_type)
    if slot is not None:
        response.call_on_close(slot.close)
    response.headers["Content-Disposition"] = f'attachment; filename="articles.{ending}"'
    return response


def _lines(articles: Iterable[Article]) -> Iterator[bytes]:
    for article in articles:
        yield orjson.dumps(article_record(article), option=orjson.OPT_APPEND_NEWLINE)


def _rows(articles: Iterable[Article]) -> Iterator[bytes]:
    row = io.StringIO(newline="")
    write = csv.writer(row, quoting=csv.QUOTE_ALL).writerow
    write(KEYS)
    yield row.getvalue().encode()
    for article in articles:
        row.seek(0)
        row.truncate()
        write([_cell(value) for value in article_record(article).values()])
        yield row.getvalue().encode()


def _cell(value: object) -> str:
    """Return a value as text that no spreadsheet takes for a formula: with an apostrophe before what looks like one."""
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else fit(str(value))
    return f"'{text}" if text.startswith("\t") or text.lstrip().startswith(FORMULA) else text


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put small pieces together. Each that has been sent is a sign of life: a slow line may take minutes."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(waiting)
            sign()
            waiting, size = [], 0
    yield b"".join(waiting)
