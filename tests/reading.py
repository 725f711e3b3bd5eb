"""Readers at work: bytes under a name -> records, as a source would give them."""

import io

from index.article import Article
from index.sources import Manner, Record, read_part
from index.sources.formats import divide_file
from index.sources.part import EndsEarlyError, incomplete

LIMIT = 1_000_000


def records_of(name: str, data: bytes | str, manner: Manner | None = None, limit: int = LIMIT) -> list[Record]:
    """Give the records of a file; a file that ends early has one more that says so."""
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    records: list[Record] = []
    try:
        for part in divide_file(stream, name, limit, manner or Manner()):
            records += read_part(part)
    except EndsEarlyError as error:
        records.append(incomplete(name, f"ends early: {error}"))
    return records


def articles_of(name: str, data: bytes | str, manner: Manner | None = None) -> list[Article]:
    """Give the articles of a file."""
    return [record.article for record in records_of(name, data, manner) if record.article]


def article_of(name: str, data: bytes | str, manner: Manner | None = None) -> Article:
    """Give the one article of a file."""
    (record,) = records_of(name, data, manner)
    assert record.article, record.reason
    return record.article


def reasons_of(name: str, data: bytes | str, manner: Manner | None = None, limit: int = LIMIT) -> list[str]:
    """Give the reasons why records of a file were rejected."""
    return [record.reason for record in records_of(name, data, manner, limit) if record.reason]
