"""Small archives for the tests of ``index``: sources on disk, and what an index holds, read back without its writer."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from index.account import Account
from index.account_rows import Entry
from index.article import Article, Checked
from index.articles import Articles, as_columns
from index.generation import newest, open_generation
from index.indexing import Report
from index.staged import account_folder
from index.writer import open_writer

Fields = Mapping[str, Any]


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder in memory where there is one, for the tests that commit hundreds of times."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def columns_of(*articles: Article) -> Articles:
    """Give articles, which keep every rule, as a segment writer takes them."""
    return as_columns([Checked(article, ()) for article in articles], [""] * len(articles))


def lines_of(records: Iterable[Fields]) -> bytes:
    """Give records as JSON lines."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def write_lines(path: Path, *records: Fields) -> str:
    """Write records as JSON lines, and give the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines_of(records))
    return str(path)


def build(folder: Path, *articles: Article) -> Path:
    """Commit articles to the index in a folder."""
    with open_writer(folder) as writer:
        for article in articles:
            writer.add(article)
    return folder


def articles_in(folder: Path, number: int | None = None) -> dict[str, Article]:
    """Give the live articles of a generation by id; each id has to be there once."""
    generation = open_generation(folder, number)
    found = [
        segment.article(doc) for segment in generation.segments for doc in range(segment.size) if segment.live[doc]
    ]
    assert len(found) == generation.manifest.articles
    by_id = {article.id: article for article in found}
    assert len(by_id) == len(found), "an id is there twice"
    return by_id


def titles_in(folder: Path, number: int | None = None) -> dict[str, str]:
    """Give the titles of the live articles of a generation by id."""
    return {identifier: article.title for identifier, article in articles_in(folder, number).items()}


def entries_in(folder: Path) -> dict[str, Entry]:
    """Give what the account knows of the articles at the newest generation."""
    number = newest(folder)
    with closing(Account(account_folder(folder, number), number)) as account:
        return {entry.id: entry for entry in account.entries()}


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def good(*identifiers: str, title: str = "T") -> list[dict[str, Any]]:
    """Give records with these ids."""
    return [{"id": identifier, "title": title} for identifier in identifiers]


def counts(report: Report) -> dict[str, int]:
    """Give the counts of a report that are not nought, having seen that they add up."""
    found = report.as_json()
    names = ("added", "updated", "unchanged", "rejected", "duplicates")
    assert found["read"] == sum(found[name] for name in names)
    return {name: found[name] for name in (*names, "deleted", "warnings") if found[name]}


def events_in(folder: Path) -> list[tuple[str | None, str, str]]:
    """Give id, outcome and origin of every event in the account."""
    with closing(Account(folder, newest(folder))) as account:
        rows = account._connection.execute("select id, outcome, origin from event order by rowid")
        return [(row[0], row[1], row[2]) for row in rows]
