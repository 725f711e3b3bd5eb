"""Intake: the records of a part -> articles that keep every rule, in runs, and what stands between them."""

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from index.article import Checked, check
from index.articles import Articles, as_columns
from index.errors import ArticleError
from index.plain_lines import read_plain_lines
from index.sources import Part, Record, read_part
from index.sources.jsonl import Lines


def read_articles(part: Part, zone: ZoneInfo) -> Iterator[Articles | Record]:
    """Yield what a part holds in its order: runs of articles, and a record, without one, for all that is rejected."""
    for piece in read_plain_lines(part, zone) if isinstance(part, Lines) else (part,):
        if isinstance(piece, Articles):
            yield piece
        else:
            yield from _one_by_one(piece, zone)


def _one_by_one(part: Part, zone: ZoneInfo) -> Iterator[Articles | Record]:
    run: list[Checked] = []
    origins: list[str] = []
    for record in read_part(part):
        if record.article is not None:
            try:
                checked = check(record.article, zone)
            except ArticleError as error:
                record = replace(record, article=None, reason=str(error))
            else:
                told = record.warnings + checked.warnings
                run.append(checked if told == checked.warnings else Checked(checked.article, told))
                origins.append(record.origin)
                continue
        if run:
            yield as_columns(run, origins)
            run, origins = [], []
        yield record
    if run:
        yield as_columns(run, origins)
