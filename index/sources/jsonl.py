"""JSON lines: an object a line, its keys the fields of Article; others are left alone.

``id``, ``title`` and ``body`` have to be text (an ``id`` may be a whole number). Another field of the wrong kind, or a
date that cannot be read, is left out with a warning. A last line that is broken and has no end is taken as a sign
that the file is: it ends early.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import orjson

from index.article import MAX_COMMENTS, TEXT_FIELDS, Article, without_surrogates
from index.dates import read_date
from index.errors import ArticleError
from index.sources.manner import PLAIN, Manner
from index.sources.markup import clean, markup_of, text_of
from index.sources.part import EndsEarlyError
from index.sources.record import Record

_TEXT = frozenset(TEXT_FIELDS) - {"body_html"}
_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class Lines:
    """A part of a file: whole lines, those from ``number`` on; ``ended`` where the last has an end.

    ``limit`` is in bytes a line. ``data`` may hold only the beginning of a line that is over it.
    """

    file: str
    limit: int
    number: int
    data: bytes
    ended: bool
    manner: Manner = PLAIN
    lasting = False

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.data)

    def split(self) -> list[bytes]:
        """Return its lines."""
        lines = self.data.split(b"\n")
        if self.ended:
            lines.pop()
        return lines

    def between(self, lines: Sequence[bytes], start: int, end: int) -> "Lines":
        """Return a part of it, some of its ``lines``."""
        ended = self.ended or end < len(lines)
        data = b"\n".join(lines[start:end]) + b"\n" * ended
        return replace(self, number=self.number + start, data=data, ended=ended)

    def records(self) -> Iterator[Record]:
        """Yield a record for each line that is not blank."""
        read = partial(_read_carefully, manner=self.manner) if self.manner.names else _read_line
        lines = self.split()
        for number, line in enumerate(lines, self.number):
            origin = f"{self.file}:{number}"
            if len(line) > self.limit:
                yield Record(self.file, origin, reason=f"over the size limit of {self.limit:,} bytes")
                continue
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line or line.isspace():
                continue
            record = read(line, self.file, origin)
            if (
                record.article is None
                and not self.ended
                and number == self.number + len(lines) - 1
                and not _is_json(line)
            ):
                raise EndsEarlyError(f"{origin} is cut off")
            yield record


def divide_jsonl(blocks: Iterable[bytes], file: str, limit: int, manner: Manner = PLAIN) -> Iterator[Lines]:
    """Divide a file into parts of whole lines, holding a block and a line at most."""
    number, rest, over = 1, bytearray(), False
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            # Of a line over the limit the rest is left out.
            data = bytes(rest) + block[block.index(b"\n") if over else 0 : end]
            yield Lines(file, limit, number, data, ended=True, manner=manner)
            # A sixth of the time that bytes.count takes.
            number += int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")))
            rest.clear()
            over = False
        if not over:
            rest += block[end:]
            if len(rest) > limit:
                del rest[limit + 1 :]
                over = True
    if rest:
        yield Lines(file, limit, number, bytes(rest), ended=False, manner=manner)


def _read_line(line: bytes, file: str, origin: str) -> Record:
    """Read a line the quick way; one that it refuses, or might read otherwise, is read with care."""
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _read_carefully(line, file, origin)
    if (
        fields.__class__ is not dict
        or fields.get("id").__class__ is not str
        or fields.get("comments").__class__ is float
        or "body_html" in fields
    ):
        return _read_carefully(line, file, origin)
    taken: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _TEXT and value is not None:
            if value.__class__ is not str:
                return _read_carefully(line, file, origin)
            taken[name] = value
    warnings: list[str] = []
    if fields.get("date") or fields.get("comments") is not None:
        if fields.get("date").__class__ not in (str, None.__class__):
            return _read_carefully(line, file, origin)
        taken |= _others(fields, warnings)
    # What is read the quick way has no lone surrogates.
    return Record(file, origin, taken["id"], Article(**taken), "", tuple(warnings))


def _read_carefully(line: bytes, file: str, origin: str, manner: Manner = PLAIN) -> Record:
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Record(file, origin, reason=f"undecodable bytes: not UTF-8 at byte {error.start + 1}")
    except json.JSONDecodeError as error:
        return Record(file, origin, reason=f"broken record: not JSON: {error.msg} at character {error.pos + 1}")
    except RecursionError:
        return Record(file, origin, reason="broken record: too deep")
    except ValueError:
        return Record(file, origin, reason=f"broken record: a number of over {sys.get_int_max_str_digits():,} digits")
    if not isinstance(fields, dict):
        return Record(file, origin, reason=f"broken record: {_kind(fields)}, not an object")
    fields = manner.fields(fields) if manner.names else fields
    identifier = fields.get("id")
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    if not isinstance(identifier, str):
        problem = "no id" if identifier is None else f"the id is {_kind(identifier)}, not text"
        return Record(file, origin, reason=f"broken record: {problem}")
    kept_as = without_surrogates(identifier)
    try:
        article, warnings = article_of(identifier, fields)
    except ArticleError as error:
        return Record(file, origin, kept_as, reason=str(error))
    return Record(file, origin, kept_as, article, warnings=warnings)


def article_of(identifier: str, fields: dict[str, Any]) -> tuple[Article, tuple[str, ...]]:
    """Make an article of named values, with a warning for each that had to be left out. Raises ArticleError."""
    warnings: list[str] = []
    taken: dict[str, Any] = {"id": identifier}
    for name in TEXT_FIELDS:
        value = fields.get(name)
        if name == "id" or value is None:
            continue
        if isinstance(value, str):
            taken[name] = value
        elif name in ("title", "body"):
            raise ArticleError(f"broken record: {name} is {_kind(value)}, not text")
        else:
            warnings.append(f"{name} is {_kind(value)}, not text; left out")
    if "body_html" in taken:
        # Somebody's markup: only what is built anew from it is taken in.
        blocks = clean(taken["body_html"], taken.get("url"))
        taken["body_html"] = markup_of(blocks)
        taken.setdefault("body", text_of(blocks))
    taken |= _others(fields, warnings)
    return Article(**taken), tuple(warnings)


def _others(fields: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Return the values that are no text, a warning added for each that had to be left out."""
    taken: dict[str, Any] = {}
    written = fields.get("date")
    if written not in (None, ""):
        taken["date"] = read_date(written) if isinstance(written, str) else None
        if taken["date"] is None:
            warnings.append(f"date {_shown(written)} cannot be read; left undated")
    comments = fields.get("comments")
    if isinstance(comments, str) and comments.strip().isdecimal() and len(comments) < 16:
        comments = int(comments)
    if isinstance(comments, int) and not isinstance(comments, bool) and 0 <= comments <= MAX_COMMENTS:
        taken["comments"] = comments
    elif comments is not None:
        warnings.append(f"comments {_shown(comments)} is not a count; left out")
    return taken


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _shown(value: object) -> str:
    return f"{str(value)[:60]!r}" if isinstance(value, str | int | float) else _kind(value)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null" if value is None else "text")
