"""Formats: which reader a file is for, by its name, and by its content where the name does not say.

A format that is added is a module of its own and a line here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import BinaryIO

from index.errors import SettingError
from index.sources import archive, compression
from index.sources.feed import divide_feed
from index.sources.front_matter import begins_with_front_matter, read_markdown, read_text
from index.sources.jsonl import divide_jsonl
from index.sources.manner import PLAIN, Manner
from index.sources.page import read_page
from index.sources.part import Known, Part
from index.sources.record import Record
from index.sources.table import divide_table, is_header
from index.sources.whole import Opened, divide_whole

Divide = Callable[[Opened], Iterator[Part]]
"""Divides an open file into parts. Raises EndsEarlyError for one that is cut short, OSError for one that is broken."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, how the names of its files end, and what divides them."""

    name: str
    endings: tuple[str, ...]
    divide: Divide


def _divide_lines(opened: Opened) -> Iterator[Part]:
    return divide_jsonl(opened.blocks, opened.file, opened.limit, opened.manner)


def _divide_tar(opened: Opened) -> Iterator[Part]:
    return archive.divide_tar(_opened(opened, "tar"), _divide_by_name)


def _divide_zip(opened: Opened) -> Iterator[Part]:
    return archive.divide_zip(_opened(opened, "zip"), _divide_by_name)


def _opened(opened: Opened, name: str) -> Opened:
    """Return an archive whose files are not all said to be archives themselves."""
    if opened.manner.format != name:
        return opened
    return replace(opened, manner=replace(opened.manner, format=None))


FORMATS = (
    Format("text", (".txt",), lambda opened: divide_whole(opened, read_text)),
    Format("jsonl", (".jsonl", ".ndjson"), _divide_lines),
    Format("html", (".html", ".htm", ".xhtml"), lambda opened: divide_whole(opened, read_page)),
    Format("markdown", (".md", ".markdown"), lambda opened: divide_whole(opened, read_markdown)),
    Format("csv", (".csv",), partial(divide_table, delimiters=",;\t|")),
    Format("tsv", (".tsv", ".tab"), partial(divide_table, delimiters="\t")),
    Format("feed", (".rss", ".atom", ".rdf", ".xml"), divide_feed),
    Format("zip", (".zip",), _divide_zip),
    Format("tar", (".tar",), _divide_tar),
)
_FORMATS = {form.name: form for form in FORMATS}
_BY_ENDING = {ending: form for form in FORMATS for ending in form.endings}
_SHORT = {".tgz": ".tar.gz", ".tbz2": ".tar.bz2", ".tbz": ".tar.bz2", ".tzst": ".tar.zst"}

_PAGE = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_FEED = re.compile(rb"\s*(?:<\?xml|<!--|<!DOCTYPE|<rss\b|<feed\b|<rdf:RDF\b)", re.IGNORECASE)
_FEED_ROOT = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:rss|feed|RDF)[\s>]")
_MARK = b"\xef\xbb\xbf"


def format_named(name: str) -> Format:
    """Return a format by its name. Raises SettingError."""
    try:
        return _FORMATS[name]
    except KeyError:
        raise SettingError(f"There is no format {name!r}; there are {', '.join(_FORMATS)}.") from None


def divide_file(stream: BinaryIO, file: str, limit: int, manner: Manner = PLAIN) -> Iterator[Part]:
    """Yield the parts of a file. Raises EndsEarlyError for one that is cut short, OSError for one that is broken."""
    yield from _divide_by_name(Opened(compression.blocks_of(stream), file, file, limit, manner, stream))


def divide_stream(
    stream: BinaryIO, name: str, limit: int, manner: Manner = PLAIN, identifier: str | None = None
) -> Iterator[Part]:
    """Yield the parts of a stream, standard input or a pipe, which holds nothing if it is blank.

    ``name`` is what the account calls it. An article that is all of it has the id ``identifier``, or its hash.
    """
    yield from _divide_by_content(Opened(compression.blocks_of(stream), name, identifier, limit, manner))


def _divide_by_name(opened: Opened) -> Iterator[Part]:
    name = PurePath(opened.file.lower()).name
    name = next((name.removesuffix(short) + whole for short, whole in _SHORT.items() if name.endswith(short)), name)
    packed = next((ending for ending in compression.BY_ENDING if name.endswith(ending) and name != ending), None)
    if packed:
        name = name.removesuffix(packed)
        opened = replace(opened, blocks=compression.BY_ENDING[packed](opened.blocks), stream=None)
    # A name that is nothing but an ending is a name.
    ending = PurePath(name).suffix
    if opened.manner.format and _BY_ENDING.get(ending) not in (_FORMATS["zip"], _FORMATS["tar"]):
        return _divide_as(opened)
    if ending in _BY_ENDING:
        return _BY_ENDING[ending].divide(opened)
    return _divide_by_content(opened, ending)


def _divide_as(opened: Opened) -> Iterator[Part]:
    """Divide a file as it was told to be, unpacked before if it is packed."""
    head, blocks = _peek(opened.blocks)
    for mark, decompress in compression.BY_CONTENT.items():
        if head.startswith(mark):
            blocks, opened = decompress(blocks), replace(opened, stream=None)
    return format_named(opened.manner.format or "").divide(replace(opened, blocks=blocks))


def _divide_by_content(opened: Opened, ending: str = "") -> Iterator[Part]:
    """Divide what its name does not tell of. ``ending`` is one that no reader is for: then it has to be markup."""
    if opened.manner.format:
        return _divide_as(opened)
    head, blocks = _peek(opened.blocks)
    opened = replace(opened, blocks=blocks)
    for mark, decompress in compression.BY_CONTENT.items():
        if head.startswith(mark) and not ending:
            head, blocks = _peek(decompress(blocks))
            opened = replace(opened, blocks=blocks, stream=None)
    if ending and not _FORMATS_OF_MARKUP & {_told_by(head)}:
        readers = ", ".join(_BY_ENDING)
        reason = f"no reader for {ending} files; there are readers for {readers}, and --format chooses one"
        return iter([Known(Record(opened.file, opened.file, reason=reason))])
    return _FORMATS[_told_by(head)].divide(opened)


_FORMATS_OF_MARKUP = {"html", "feed"}


def _told_by(head: bytes) -> str:
    """Return the name of the format that a file's first bytes tell."""
    text = head.removeprefix(_MARK)
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    if text.lstrip().startswith(b"{"):
        return "jsonl"
    if _FEED.match(text) and _FEED_ROOT.search(text[:8192]):
        return "feed"
    if _PAGE.match(text[:8192]) or (text.lstrip().startswith(b"<?xml") and b"<html" in text[:8192].lower()):
        return "html"
    if begins_with_front_matter(text[:8192]):
        return "markdown"
    return "csv" if is_header(text[:8192]) else "text"


def _peek(blocks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first block that is not empty, and all of them."""
    rest = iter(blocks)
    head = next((block for block in rest if block), b"")

    def whole() -> Iterator[bytes]:
        if head:
            yield head
        yield from rest

    return head, whole()
