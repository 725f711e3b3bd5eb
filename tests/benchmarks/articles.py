"""Articles from JSON lines: what the peers read while the clock runs, and what queries are drawn from.

It does no more than json.loads, one conversion of the date, and what Backfile's rules ask for besides: an article
without any text is left out, and dates with an offset become UTC.
"""

import datetime
import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BenchmarkArticle:
    """One article. ``date`` is naive UTC; ``section`` and ``date`` may be missing, ``title`` or ``body`` empty."""

    id: str
    section: str | None
    date: datetime.datetime | None
    title: str
    body: str

    @property
    def text_bytes(self) -> int:
        """Bytes of title and body in UTF-8: the text that every rate and size is measured against."""
        return len(self.title.encode()) + len(self.body.encode())


def read_articles(source: Path) -> Iterator[BenchmarkArticle]:
    """Read a file of JSON lines (``.jsonl``, ``.jsonl.gz``). Raises ValueError for a line that is no article."""
    with _opened(source) as lines:
        for line in lines:
            record = json.loads(line)
            title, body = record.get("title") or "", record.get("body") or ""
            if not title and not body:
                continue
            yield BenchmarkArticle(str(record["id"]), record.get("section"), _moment(record.get("date")), title, body)


def copy_lines(source: Path, target: Path, limit: int) -> None:
    """Copy the first ``limit`` lines of ``source`` to ``target``, a plain file."""
    with _opened(source) as lines, target.open("wb") as copy:
        copy.writelines(islice(lines, limit))


@contextmanager
def _opened(source: Path) -> Iterator[Iterator[bytes]]:
    with source.open("rb") as file:
        lines: Iterable[bytes] = gzip.GzipFile(fileobj=file) if source.suffix == ".gz" else file
        yield (line for line in lines if not line.isspace())


def _moment(written: str | None) -> datetime.datetime | None:
    if not written:
        return None
    moment = datetime.datetime.fromisoformat(written)
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment
