"""Wire text: one article a file, laid out as news wires and copied pages have it.

    CIS countries                       the section

    Ministers meet in Yerevan           the headline

    16:26, 18 January 2021 22           time, date, number of comments: the date line
    Photo: A. Name/                     the photo credit

    First paragraph ...                 paragraphs, apart by blank lines

Everything but the headline may be missing, and so may the blank lines between. What a line is, is decided so:

*Header.* It ends at its date line, or without one at its photo line, if such a line comes before the first paragraph:
after at most three blocks (runs of lines without a blank line) of at most 200 characters each, none of them longer
than 100 characters with a full stop at its end. Lines further down are text, whatever date they hold. A date line that
names no date there can be leaves the article undated, with a warning.

*Photo line.* ``Photo: ...`` and its kin in the header, before the date line or right after it. A slash at the end of
the credit goes, one inside (``A. Name/TASS``) stays; several credits are kept apart by semicolons.

*Section and headline*, when the header ends in a date or photo line. Two blocks above it are section and headline, if
the first looks like a section: one line of at most 50 characters and five words, with no punctuation at its end. A
third block, or a second one below a headline, is the article's first paragraph. In a lone block of several lines the
first is the section if it looks like one and is no part of a wrapped headline: the next line does not go on in lower
case, and its first word would have fitted beside it (in the width of the longest line, or in 40 characters).

*Section and headline*, when nothing stands above that line or there is none. The first block is the section if it
looks like one, the second looks like a headline (as in the header, with no full stop, colon or comma at its end) and a
third follows; otherwise the first block is the headline. Of a first block that is too long for one only the first line
is.

*Body.* Lines of a block are one hard-wrapped paragraph, joined by blanks; but where the body holds no blank line, each
line is a paragraph.

A file that holds nothing but such lines (only a date, say) has the first as its headline. Runs of blanks in the header
become one; the body's are kept. Control characters, in which old wires framed their stories, become blanks.
"""

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.article import Article
from index.dates import Dateline, read_dateline
from index.errors import ArticleError
from index.sources.record import Reading

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII_LETTERS = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B))
# Letters in Windows-1251, and but for a few also in Windows-1252. Of all letters they are nearly all in Cyrillic text
# and one in ten in French.
_HIGH_LETTERS = bytes((0xA8, 0xB8, 0xAA, 0xBA, 0xAF, 0xBF, 0xB2, 0xB3, *range(0xC0, 0x100)))
_CYRILLIC_SHARE = 0.4

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_PHOTO = re.compile(
    r"(?:photos?|fotos?|fotografía|fotografia|fot|image|picture|zdjęcie|fotoğraf|фото|фотография|світлина)\.?"
    r"(?:\s{1,3}(?:credits?|by|courtesy|von|par|di|de|автор))?\s{0,3}[:：](.*)",
    re.IGNORECASE,
)
_CLOSING = "\"'”’»)"
_HEADER_BLOCKS = 3
_HEADER_LENGTH = 200
_SENTENCE_LENGTH = 100
_SECTION_LENGTH = 50
_SECTION_WORDS = 5
_NARROWEST = 40

Block = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Header:
    """The lines of an article by what they are: those above the date or photo line, and those below."""

    above: Block
    below: Block
    credits: tuple[str, ...] = ()
    dateline: Dateline | None = None


def read_wire(data: bytes, identifier: str) -> Reading:
    """Read one file of wire text as the article ``identifier``.

    Raises ArticleError if the bytes are no text or the text is blank.
    """
    # Files that went through a second conversion of line ends have two returns before each line feed.
    lines = [_clean(line) for line in decode(data).replace("\r\r\n", "\n").splitlines()]
    if not any(lines):
        raise ArticleError("no text: neither title nor body")
    header = _read_header(lines)
    if not any(header.above) and not any(header.below):
        header = _Header(above=(), below=lines)
    if any(header.above):
        section, title, lead = _above_the_date(_blocks(header.above))
        body = [" ".join(block) for block in lead] + _paragraphs(_blocks(header.below))
    else:
        section, title, rest = _undivided(_blocks(header.below))
        body = _paragraphs(rest)

    warnings: tuple[str, ...] = ()
    if header.dateline and header.dateline.unreadable:
        warnings = (f"date '{header.dateline.written}' cannot be read; left undated",)
    article = Article(
        id=identifier,
        title=title,
        body="\n\n".join(body),
        section=section,
        date=header.dateline.date if header.dateline else None,
        photo_credit="; ".join(header.credits) or None,
        comments=header.dateline.comments if header.dateline else None,
    )
    return Reading(article, warnings)


def decode(data: bytes) -> str:
    """Decode bytes whose encoding nobody wrote down.

    A byte order mark is believed (UTF-8, UTF-16, UTF-32), then UTF-8 is tried, then Windows-1251 where most letters
    have the high bit set and Windows-1252 where few have. Lone surrogates are let through. Raises ArticleError where
    the bytes are no text: NUL characters, broken UTF-8, or bytes that neither code page has a character for.
    """
    text = _decode(data)
    if "\0" in text:
        raise ArticleError("not text: it holds NUL characters")
    return text


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding, "surrogatepass")
            except UnicodeDecodeError as error:
                raise ArticleError(f"not text: broken {encoding.upper()} at byte {error.start + len(mark)}") from None
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        start = error.start
    # A code page's text is hardly ever good UTF-8 by chance, not even for a letter or two: where most of the letters
    # outside ASCII are, the rest is damage, and to read it as a code page would garble the good ones.
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) > 2 * damaged:
        raise ArticleError(f"not text: broken UTF-8 at byte {start}")
    for encoding in code_pages(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ArticleError(f"not text: neither UTF-8 (see byte {start}) nor Windows-1251 or Windows-1252")


def code_pages(data: bytes) -> tuple[str, str]:
    """Windows-1251 and Windows-1252, the likelier one first."""
    high = len(data) - len(data.translate(None, _HIGH_LETTERS))
    ascii_letters = len(data) - len(data.translate(None, _ASCII_LETTERS))
    cyrillic = high > _CYRILLIC_SHARE * (high + ascii_letters)
    return ("cp1251", "cp1252") if cyrillic else ("cp1252", "cp1251")


def _clean(line: str) -> str:
    """Without control characters, and without blanks at either end; zero-width characters there are blanks too."""
    return _CONTROL.sub(" ", line).strip().strip("\u200b\u2060\ufeff").strip()


def _read_header(lines: Block) -> _Header:
    end, dateline = _date_line(lines)
    if dateline is None:
        end = _photo_line(lines)
    if end is None:
        return _Header(above=(), below=lines)
    above = [line for line in lines[:end] if _photo_credit(line) is None]
    credit_lines = [line for line in lines[:end] if _photo_credit(line) is not None]
    below = end + (dateline is not None)
    while below < len(lines) and (not lines[below] or _photo_credit(lines[below]) is not None):
        credit_lines += [lines[below]] if lines[below] else []
        below += 1
    found = (_photo_credit(line) for line in credit_lines)
    return _Header(above, lines[below:], tuple(credit for credit in found if credit), dateline)


def _date_line(lines: Block) -> tuple[int | None, Dateline | None]:
    """Find the date line of the header and what it says; its place is None if there is none."""
    for place, above in _header_lines(lines):
        dateline = read_dateline(lines[place])
        if dateline is None:
            continue
        following = next((line for line in lines[place + 1 :] if line), "")
        if not above and read_dateline(following):
            continue  # a headline such as "September 11, 2001", with the date line below it
        return place, dateline
    return None, None


def _photo_line(lines: Block) -> int | None:
    return next((place for place, _ in _header_lines(lines) if _photo_credit(lines[place]) is not None), None)


def _header_lines(lines: Block) -> Iterable[tuple[int, bool]]:
    """Go through the places of lines that can end the header; with each, whether text stands above it."""
    block: list[str] = []
    blocks = 0
    for place, line in enumerate(lines):
        if not line:
            blocks += bool(block)
            block = []
            continue
        yield place, bool(block or blocks)
        if _photo_credit(line) is not None:
            continue
        block.append(line)
        if blocks == _HEADER_BLOCKS or not _fits_header(block):
            return


def _fits_header(block: Block) -> bool:
    text = " ".join(block)
    return len(text) <= (_SENTENCE_LENGTH if _ends_in(text, ".") else _HEADER_LENGTH)


def _ends_in(text: str, marks: str) -> bool:
    return text.rstrip(_CLOSING).endswith(tuple(marks))


def _photo_credit(line: str) -> str | None:
    """Give the credit on a photo line, empty if none is named; None if it is another line."""
    match = _PHOTO.fullmatch(line)
    return match and _joined([match[1]]).rstrip("/ ")


def _joined(block: Block) -> str:
    return " ".join(" ".join(block).split())


def _blocks(lines: Block) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return blocks if blocks[-1] else blocks[:-1]


def _paragraphs(blocks: list[list[str]]) -> list[str]:
    return [" ".join(block) for block in (blocks if len(blocks) > 1 else _one_a_line(blocks))]


def _one_a_line(blocks: list[list[str]]) -> list[list[str]]:
    return [[line] for block in blocks for line in block]


def _above_the_date(blocks: list[list[str]]) -> tuple[str | None, str, list[list[str]]]:
    """Divide what stands above the date line into section, headline, and first blocks of the body."""
    first, *rest = blocks
    if rest and _looks_like_section(first):
        return _joined(first), _joined(rest[0]), rest[1:]
    return *_divide(first), rest


def _undivided(blocks: list[list[str]]) -> tuple[str | None, str, list[list[str]]]:
    """Find section, headline, and the body's blocks where no date line divides them."""
    first, *rest = blocks if len(blocks) > 1 else _one_a_line(blocks)
    if len(rest) > 1 and _looks_like_section(first) and _looks_like_headline(rest[0]):
        return _joined(first), _joined(rest[0]), rest[1:]
    if len(first) == 1 or _fits_header(first):
        return *_divide(first), rest
    return None, _joined(first[:1]), [first[1:], *rest]


def _divide(block: Block) -> tuple[str | None, str]:
    """Divide lines without a blank line between into section, if there is one, and headline."""
    first, *rest = block
    if rest and _looks_like_section([first]) and not _is_wrapped(block):
        return _joined([first]), _joined(rest)
    return None, _joined(block)


def _is_wrapped(block: Block) -> bool:
    """Whether the break after the first line is one of width, not of sense."""
    first, second = block[:2]
    width = max(_NARROWEST, *map(len, block))
    return second[0].islower() or len(first) + 1 + len(second.split()[0]) > width


def _looks_like_section(block: Block) -> bool:
    if len(block) > 1 or _ends_in(block[0], ".!?…:;,"):
        return False
    return len(block[0]) <= _SECTION_LENGTH and len(block[0].split()) <= _SECTION_WORDS


def _looks_like_headline(block: Block) -> bool:
    text = _joined(block)
    return len(text) <= _HEADER_LENGTH and not _ends_in(text, ".…:;,")
