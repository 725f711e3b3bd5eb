"""How well pages are read: newspapers' pages as they were published, against what people said is in them.

    python -m tests.benchmarks.pages FOLDER

The folder holds ``fundus_pages.tar.gz`` (pages, packed one by one) and ``fundus_truth.jsonl.gz`` (their id, title,
date, section and body). A title is right if it shares most words with the one expected (F1 of at least 0.8; capitals
and marks do not count): pages state several, in JSON-LD, OpenGraph and heading, and one was chosen for each newspaper
by hand; ``stated`` counts those that state the one that was chosen at all. A date is right if it is the same minute,
where it has one, else the same day. A body counts by the F1 of its words.
"""

import datetime
import gzip
import json
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lxml.html

from index.article import Article
from index.sources.charset import decode_page
from index.sources.manner import PLAIN
from index.sources.page import read_page
from index.sources.statements import open_page, words


@dataclass(frozen=True, slots=True)
class Expected:
    """What is in a page."""

    id: str
    title: str
    date: datetime.datetime
    section: str | None
    body: str


@dataclass(frozen=True, slots=True)
class PageFigures:
    """How well pages were read: shares of right ones, the mean F1 of bodies, milliseconds a page, and what failed."""

    pages: int
    title: float
    same_title: float
    stated_title: float
    date: float
    body: float
    section: float
    milliseconds: float
    wrong_titles: tuple[str, ...]
    wrong_dates: tuple[str, ...]
    poor_bodies: tuple[str, ...]
    no_sections: tuple[str, ...]


def measure(folder: Path) -> PageFigures:
    """Read every page that is known, and compare."""
    expected = {page.id: page for page in _expected(folder / "fundus_truth.jsonl.gz")}
    pages = {name: data for name, data in _pages(folder / "fundus_pages.tar.gz") if name in expected}
    began = time.process_time()
    read = {name: read_page(data, name, PLAIN).article for name, data in pages.items()}
    seconds = time.process_time() - began
    titles = {name: f1(read[name].title, expected[name].title) for name in read}
    bodies = {name: f1(read[name].body, expected[name].body) for name in read}
    stated = [name for name in read if expected[name].section]
    wrong_dates = tuple(name for name in read if not same_date(read[name], expected[name].date))
    no_sections = tuple(name for name in stated if not read[name].section)
    return PageFigures(
        pages=len(read),
        title=sum(score >= 0.8 for score in titles.values()) / len(read),
        same_title=sum(words(read[name].title) == words(expected[name].title) for name in read) / len(read),
        stated_title=sum(
            any(f1(title, expected[name].title) >= 0.8 for title in stated_titles(data)) for name, data in pages.items()
        )
        / len(read),
        date=1 - len(wrong_dates) / len(read),
        body=sum(bodies.values()) / len(read),
        section=1 - len(no_sections) / len(stated),
        milliseconds=1000 * seconds / len(read),
        wrong_titles=tuple(name for name, score in titles.items() if score < 0.8),
        wrong_dates=wrong_dates,
        poor_bodies=tuple(name for name, score in bodies.items() if score < 0.8),
        no_sections=no_sections,
    )


def stated_titles(data: bytes) -> list[str]:
    """Return all titles that a page states."""
    return open_page(
        lxml.html.document_fromstring(decode_page(data)[0].encode(), lxml.html.HTMLParser(encoding="utf-8")),
        is_deep=False,
    ).titles


def f1(found: str, wanted: str) -> float:
    """Return the harmonic mean of precision and recall of words, each as often as it occurs."""
    a, b = Counter(words(found)), Counter(words(wanted))
    return 2 * (a & b).total() / (a.total() + b.total()) if a or b else 1.0


def same_date(article: Article, expected: datetime.datetime) -> bool:
    """Whether an article has the date that is expected, the time in a zone only where both say one."""
    date = article.date
    if not isinstance(date, datetime.datetime):
        return date == expected.date()
    if date.tzinfo and expected.tzinfo:
        return abs(date - expected) < datetime.timedelta(minutes=1)
    return date.date() == expected.date()


def _expected(path: Path) -> Iterator[Expected]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            date = datetime.datetime.fromisoformat(fields["date"])
            yield Expected(fields["id"], fields["title"], date, fields["section"], fields["body"])


def _pages(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.name.endswith(".html.gz") else None
            if file is not None:
                *_, country, name = entry.name.removesuffix(".html.gz").split("/")
                yield f"{country}-{name}", gzip.decompress(file.read())


def main() -> None:
    """Print the figures, and which pages failed in what."""
    figures = measure(Path(sys.argv[1]))
    print(f"{figures.pages} pages, {figures.milliseconds:.0f} ms a page")
    print(f"title {figures.title:.1%}, the same in order {figures.same_title:.1%}, stated {figures.stated_title:.1%}")
    print(f"date {figures.date:.1%}, body F1 {figures.body:.3f}, section found {figures.section:.1%}")
    for kind in ("wrong_titles", "wrong_dates", "poor_bodies", "no_sections"):
        names = getattr(figures, kind)
        print(f"{kind.replace('_', ' ')}: {len(names)}: {' '.join(names)}")


if __name__ == "__main__":
    main()
