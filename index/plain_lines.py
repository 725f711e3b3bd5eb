"""Plain lines: JSON lines of which nothing has to be told, all of a block at once.

A line is plain if its article is taken in as it stands, but for blanks around a title and the like. Others are left to
be read with care, one by one; what comes of a plain line is what would come of it there.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from index.article import MAX_COMMENTS, MAX_ID_BYTES, TEXT_FIELDS, canonical_language, wall_time
from index.articles import Articles
from index.dates import read_date
from index.schema import UNDATED, digests, stamp, write, write_date
from index.sources.jsonl import Lines

Column = list[Any]

_TEXTS = frozenset(TEXT_FIELDS) - {"id", "body_html"}
_NAMES = frozenset({*TEXT_FIELDS, "date", "comments"})
_MINUTE = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_LOCAL, _UTC = (
    re.compile(rf"(?:(?:(?!0000)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:{minute})?)?\n)*")
    for minute in (_MINUTE, rf"{_MINUTE}(?:Z|\+00:00)?")
)
"""Lines of dates as most are written, or of none: wall time, and in an archive of UTC that, too."""


def read_plain_lines(part: Lines, zone: ZoneInfo) -> Iterator[Articles | Lines]:
    """Yield the articles of plain lines in runs, and between them what is to be read with care, in order."""
    lines = part.split()
    rows = [] if part.manner.names else _parsed(lines, part.limit)
    plain = {at: row for at, row in enumerate(rows) if row is not None}
    found = _Found([*plain.values()], zone)
    while found.odd:
        plain = {at: row for place, (at, row) in enumerate(plain.items()) if place not in found.odd}
        found = _Found([*plain.values()], zone)
    if not plain:
        yield part
        return
    articles = found.articles([f"{part.file}:{part.number + at}" for at in plain])
    done = start = 0
    # Lines that follow each other have the same distance from their places among the plain ones.
    for _, group in groupby(enumerate(plain), lambda pair: pair[1] - pair[0]):
        run = list(group)
        first, last = run[0][1], run[-1][1] + 1
        if first > start:
            yield part.between(lines, start, first)
        yield articles.between(done, done + len(run))
        done += len(run)
        start = last
    if start < len(lines):
        yield part.between(lines, start, len(lines))


def _parsed(lines: Sequence[bytes], limit: int) -> list[dict[str, Any] | None]:
    """Return the object of each line, None for what is none, or is too long."""
    try:
        rows = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        rows = [_parsed_one(line) for line in lines]
    if set(map(type, rows)) - {dict} or max(map(len, lines), default=0) > limit:
        return [
            row if type(row) is dict and len(line) <= limit else None for row, line in zip(rows, lines, strict=True)
        ]
    return rows


def _parsed_one(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


class _Found:
    """What objects hold, in columns; ``odd`` are the places of those that are not plain. Only without any: articles."""

    def __init__(self, rows: Sequence[dict[str, Any]], zone: ZoneInfo) -> None:
        self.odd: set[int] = set()
        names = _NAMES.intersection(set().union(*rows)) | {"id", "title", "body"}
        self._columns: dict[str, Column] = {name: [row.get(name) for row in rows] for name in names}
        self._check_texts()
        if not self.odd:
            self._check_ids()
            self._check_others()
            self._stamps = self._read_dates(zone)

    def articles(self, origins: list[str]) -> Articles:
        """Return the articles, and where each was read."""
        columns, size = self._columns, len(origins)
        names = sorted(name for name, column in columns.items() if name != "id" and any(column))
        rows = zip(*(columns[name] for name in names), strict=True)
        if all(map(all, (columns[name] for name in names))):
            stored = [write(dict(zip(names, row, strict=True))) for row in rows]
        else:
            stored = [write({name: value for name, value in zip(names, row, strict=True) if value}) for row in rows]
        none: Column = [None] * size
        return Articles(
            ids=columns["id"],
            origins=origins,
            titles=columns["title"],
            bodies=columns["body"],
            bylines=columns.get("byline", none),
            sections=columns.get("section", none),
            languages=columns.get("language", none),
            stamps=self._stamps,
            stored=stored,
            digests=digests(stored),
            warned={},
        )

    def _mark(self, name: str, plain: Collection[type]) -> None:
        """Take for odd what is of another type."""
        column = self._columns[name]
        if set(map(type, column)).difference(plain):
            self.odd.update(at for at, value in enumerate(column) if type(value) not in plain)

    def _check_texts(self) -> None:
        """See that texts are texts, and bring them to the form in which they are kept."""
        columns = self._columns
        self._mark("id", (str,))
        for name in columns.keys() & {"date", *_TEXTS}:
            self._mark(name, (str, type(None)))
        for name in columns.keys() & {"body_html"}:
            self._mark(name, (type(None),))
        if self.odd:
            return
        for name in columns.keys() & _TEXTS - {"title", "body"}:
            columns[name] = [value.strip() or None if value else None for value in columns[name]]
        for name in ("title", "body"):
            if not all(columns[name]):
                columns[name] = [value or "" for value in columns[name]]
        columns["title"] = list(map(str.strip, columns["title"]))
        if not all(columns["title"]):
            texts = zip(columns["title"], columns["body"], strict=True)
            self.odd.update(at for at, (title, body) in enumerate(texts) if not title and not body.strip())

    def _check_ids(self) -> None:
        ids = self._columns["id"]
        together = "".join(ids)
        shortest, longest = min(map(len, ids), default=1), max(map(len, ids), default=1)
        if not (together.isascii() and together.isprintable() and 0 < shortest <= longest <= MAX_ID_BYTES):
            self.odd.update(at for at, name in enumerate(ids) if not _is_plain_id(name))

    def _check_others(self) -> None:
        columns = self._columns
        if "language" in columns:
            known = {tag: canonical_language(tag) for tag in set(columns["language"]) - {None}}
            if None in known.values():
                self.odd.update(at for at, tag in enumerate(columns["language"]) if tag and known[tag] is None)
            columns["language"] = [known.get(tag) for tag in columns["language"]]
        if "comments" in columns:
            # Nought is written down though it is nothing, and what is no count has to be told of.
            self.odd.update(
                at
                for at, count in enumerate(columns["comments"])
                if count is not None and not (type(count) is int and 0 < count <= MAX_COMMENTS)
            )

    def _read_dates(self, zone: ZoneInfo) -> list[int]:
        """Return the stamps of all, and see that the dates are written as they are stored."""
        written = self._columns.get("date")
        if written is None:
            return [UNDATED] * len(self._columns["id"])
        texts = [text or "" for text in written]
        if (_UTC if zone.key == "UTC" else _LOCAL).fullmatch("\n".join([*texts, ""])):
            try:
                moments = np.array([text[:16] or "NaT" for text in texts], dtype="datetime64[m]")
            except ValueError:
                pass  # the 30th of February
            else:
                self._columns["date"] = [text if len(text) <= 10 else f"{text[:16]}:00" for text in texts]
                # What NumPy makes of no time is UNDATED.
                stamps: list[int] = moments.astype(np.int64).tolist()
                return stamps
        read = {text: _date(text, zone) for text in set(texts)}
        self.odd.update(at for at, text in enumerate(texts) if read[text] is None)
        self._columns["date"] = [told[1] if (told := read[text]) else None for text in texts]
        return [told[0] if (told := read[text]) else UNDATED for text in texts]


def _is_plain_id(identifier: str) -> bool:
    return identifier.isascii() and identifier.isprintable() and 0 < len(identifier) <= MAX_ID_BYTES


def _date(text: str, zone: ZoneInfo) -> tuple[int, str | None] | None:
    """Return the stamp of a date and how it is stored, or None for what cannot be read."""
    if not text:
        return UNDATED, None
    try:
        date = wall_time(read_date(text), zone)
    except (OverflowError, ValueError):
        return None
    return None if date is None else (stamp(date), write_date(date))
