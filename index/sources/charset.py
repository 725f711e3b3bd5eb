"""The characters of a page: what its bytes stand for.

A byte order mark is believed first. Text that is UTF-8 throughout is UTF-8, whatever else was declared: none but plain
ASCII is so by chance. Then what the server's header says, then what the page says itself, and at last the bytes.
"""

import codecs
import re

import webencodings

from index.article import without_surrogates
from index.errors import ArticleError
from index.sources.wire import decode

_DECLARED = re.compile(rb"""<(?:meta|\?xml)\b[^>]{0,500}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_LOOKED_AT = 8192
"""Bytes in which a page declares its encoding; browsers look at 1,024."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAMAGE = 0.01
"""Share of characters that may be broken in a page that says how it is encoded: cut or garbled in a place or two."""


def decode_page(data: bytes, header: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the text of a page, with a warning if some of it was broken. Raises ArticleError where it is no text."""
    if data.startswith(_MARKS):
        return without_nuls(decode(data)), ()
    try:
        return _text(data.decode("utf-8")), ()
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(data[:_LOOKED_AT])
    for name in filter(None, (header, declared and declared[1].decode("ascii", "replace"))):
        encoding = webencodings.lookup(name)
        if encoding is None:
            continue
        text, _ = encoding.codec_info.decode(data, "replace")
        broken = text.count("\ufffd")
        if broken <= _DAMAGE * len(text):
            return _text(text), (
                (f"{broken:,} characters are no {encoding.name}; they became U+FFFD",) if broken else ()
            )
    return _text(decode(data)), ()


def without_nuls(text: str) -> str:
    """Return text without NUL characters and lone surrogates, which no parser takes."""
    return without_surrogates(text.replace("\0", ""))


def _text(text: str) -> str:
    """Refuse what is no text: bytes of a picture can be read in some encoding as well."""
    if text.count("\0") > _DAMAGE * len(text):
        raise ArticleError("not text: it holds NUL characters")
    return without_nuls(text)
