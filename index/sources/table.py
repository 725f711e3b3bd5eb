"""CSV and TSV: an article a row, the first row the names of the columns, as JSON's keys are called.

Rows are told apart here, as they may go over several lines; what they say is read where parts are read.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.article import without_surrogates
from index.errors import ArticleError
from index.sources.jsonl import article_of
from index.sources.manner import Manner
from index.sources.part import EndsEarlyError, Known, Part
from index.sources.record import Record
from index.sources.whole import Opened, over
from index.sources.wire import code_pages

_AT_ONCE = 1 << 18
"""Characters of rows in a part."""
# The module's own limit is for all of a process; rows are measured here.
csv.field_size_limit(1 << 31)


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of a table: rows with the numbers of the lines that they begin in."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    size: int
    manner: Manner
    lasting = False

    def records(self) -> Iterator[Record]:
        """Yield a record for each row."""
        for number, values in self.rows:
            origin = f"{self.file}:{number}"
            try:
                yield self._record(origin, values)
            except ArticleError as error:
                yield Record(self.file, origin, reason=str(error))

    def _record(self, origin: str, values: list[str]) -> Record:
        if len(values) < len(self.columns) or any(values[len(self.columns) :]):
            raise ArticleError(
                f"broken record: {len(values):,} columns where the header has {len(self.columns):,}; "
                "a value that holds the delimiter needs quotes"
            )
        written = dict(zip(self.columns, values, strict=False))
        if any("\0" in value for value in values):
            raise ArticleError("not text: it holds NUL characters")
        if any(not value.isascii() and _UNDECODED.search(value) for value in values):
            raise ArticleError("undecodable bytes: they are not in the encoding of the file's beginning")
        fields = {name: value for name, value in self.manner.fields(written).items() if value}
        identifier = (fields.get("id") or "").strip()
        if not identifier:
            raise ArticleError("broken record: no id")
        kept_as = without_surrogates(identifier)
        try:
            article, warnings = article_of(identifier, fields)
        except ArticleError as error:
            return Record(self.file, origin, kept_as, reason=str(error))
        return Record(self.file, origin, kept_as, article, warnings=warnings)


_UNDECODED = re.compile("[\udc80-\udcff]")


def is_header(head: bytes) -> bool:
    """Whether a file begins with the names of columns that make an article."""
    line = head.splitlines()[0].decode("utf-8", "replace") if head.splitlines() else ""
    names = _names(next(csv.reader([line], delimiter=_delimiter(line, ",;\t|")), []))
    return "id" in names and bool({"title", "body"} & set(names))


def divide_table(opened: Opened, delimiters: str) -> Iterator[Part]:
    """Divide a table into parts of whole rows, holding a part and a row at most. Raises EndsEarlyError."""
    lines = _Lines(opened.blocks, opened.limit)
    first = next(iter(lines), None)
    if first is None:
        return
    delimiter = _delimiter(first, delimiters)
    lines.give_back(first)
    reader = csv.reader(lines, delimiter=delimiter)
    columns: tuple[str, ...] | None = None
    last = 1
    rows: list[tuple[int, list[str]]] = []
    size = 0
    while True:
        number = lines.begin()
        try:
            values = next(reader, None)
        except _LongRowError:
            reason = f"{over(opened.limit)}; is a quote in line {number:,} never closed?"
            yield Known(
                Record(opened.file, f"{opened.file}:{number}", reason=reason, failure=f"{opened.file} {reason}")
            )
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        except csv.Error as error:
            yield Known(Record(opened.file, f"{opened.file}:{number}", reason=f"broken record: {error}"))
            continue
        if values is None:
            break
        last = number
        if not any(values):
            continue
        if columns is None:
            columns = _names(values)
            if reason := _unfit(columns, opened.manner):
                yield Known(Record(opened.file, f"{opened.file}:{number}", reason=reason))
                return
            continue
        rows.append((number, values))
        size += lines.size
        if size >= _AT_ONCE:
            yield Rows(opened.file, columns, tuple(rows), size, opened.manner)
            rows, size = [], 0
    cut = lines.is_cut(delimiter)
    if rows and cut:
        rows.pop()
    if rows and columns:
        yield Rows(opened.file, columns, tuple(rows), size, opened.manner)
    if cut:
        raise EndsEarlyError(f"{opened.file}:{last} is cut off: a quote is never closed")


def _names(values: list[str]) -> tuple[str, ...]:
    return tuple(value.strip().removeprefix("\ufeff").lower() for value in values)


def _unfit(columns: tuple[str, ...], manner: Manner) -> str:
    """Return what stands against reading a table with these columns."""
    there = manner.fields(dict.fromkeys(columns, ""))
    missing = "id" if "id" not in there else "title or body" if not {"title", "body"} & set(there) else ""
    if not missing:
        return ""
    shown = ", ".join(columns)[:200]
    return f"no column {missing} in the header ({shown}); --map {missing.partition(' ')[0]}=COLUMN says which one it is"


def _delimiter(line: str, delimiters: str) -> str:
    return max(delimiters, key=line.count)


class _LongRowError(Exception):
    """A row is longer than it may be."""


class _Lines:
    """Lines of a file, with their ends, and which of them the row has that is being read."""

    def __init__(self, blocks: Iterable[bytes], limit: int) -> None:
        self._lines = self._decoded(blocks)
        self._limit = limit
        self._back: list[str] = []
        self._row: list[str] = []
        self._last: list[str] = []
        self._number = 0
        self.first = 1
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self._number += line.endswith("\n")
        self._row.append(line)
        self.size += len(line)
        if self.size > self._limit:
            raise _LongRowError
        return line

    def give_back(self, line: str) -> None:
        """Have a line come again."""
        self._back.append(line)
        self._number -= line.endswith("\n")
        self._row.clear()

    def begin(self) -> int:
        """Begin a row; return the number of its first line."""
        if self._row:
            self._last, self._row = self._row, []
        self.size = 0
        self.first = self._number + 1
        return self.first

    def is_cut(self, delimiter: str) -> bool:
        """Whether the last row ends within quotes."""
        try:
            list(csv.reader(self._last, delimiter=delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end of data" in str(error)
        return False

    def _decoded(self, blocks: Iterable[bytes]) -> Iterator[str]:
        """Yield lines, those that are too long in pieces; bytes that cannot be decoded as lone surrogates."""
        decoder: codecs.IncrementalDecoder | None = None
        rest = ""
        for block in blocks:
            if decoder is None:
                decoder = codecs.getincrementaldecoder(_encoding(block))("surrogateescape")
            rest += decoder.decode(block)
            *lines, rest = rest.split("\n")
            yield from (f"{line}\n" for line in lines)
            if len(rest) > self._limit:
                yield rest
                rest = ""
        rest += decoder.decode(b"", final=True) if decoder else ""
        if rest:
            yield rest


def _encoding(head: bytes) -> str:
    """Return how a table is encoded, by its first block, which may end within a character."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = head.decode("utf-8", "replace")
        damaged = text.count("\ufffd")
        whole = len(text) - len(text.encode("ascii", "ignore")) - damaged
        return "utf-8-sig" if whole > damaged else code_pages(head)[0]
    return "utf-8-sig"
