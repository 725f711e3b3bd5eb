"""An article: what is read from a source, kept in the index and shown to a reader."""

import datetime
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter, is_
from zoneinfo import ZoneInfo

from index.errors import ArticleError

MAX_ID_BYTES = 512
MAX_COMMENTS = (1 << 53) - 1
"""The largest count that every reader of JSON reads as what was written."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# RFC 5646, the well-formedness of a tag without its grandfathered list: subtags of 1 to 8 letters and digits.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
# BCP 47 wants the shortest code of ISO 639; these are the three-letter ones that occur in its place.
_SHORTEST = dict(
    pair.split("=")
    for line in (
        "ara=ar cat=ca ces=cs cze=cs dan=da deu=de ger=de ell=el gre=el eng=en spa=es est=et eus=eu fas=fa per=fa",
        "baq=eu fin=fi fra=fr fre=fr gle=ga heb=he hin=hi hun=hu hye=hy arm=hy ind=id ita=it jpn=ja kat=ka kor=ko",
        "geo=ka lit=lt nep=ne nld=nl dut=nl nob=nb nno=nn nor=no pol=pl por=pt ron=ro rum=ro rus=ru srp=sr swe=sv",
        "tam=ta tha=th tur=tr ukr=uk bel=be bul=bg yid=yi zho=zh chi=zh amh=am swa=sw hau=ha yor=yo ibo=ig som=so",
    )
    for pair in line.split()
)


@dataclass(frozen=True, slots=True)
class Article:
    """One article, as plain text.

    ``date`` is a ``datetime.datetime`` (precise to the minute) or a ``datetime.date`` (precise to the day); a naive
    one is wall time in the archive's zone, an aware one is converted to it. ``body`` has a blank line between
    paragraphs. ``source`` is what the article says of where it appeared, ``language`` a BCP 47 tag. ``body_html`` is
    the body as clean markup, None where that would say no more.
    """

    id: str
    title: str = ""
    body: str = ""
    section: str | None = None
    date: datetime.date | None = None
    byline: str | None = None
    language: str | None = None
    url: str | None = None
    source: str | None = None
    photo_credit: str | None = None
    comments: int | None = None
    body_html: str | None = None


_NAMES = tuple(field.name for field in fields(Article))
_values_of = attrgetter(*_NAMES)
TEXT_FIELDS = tuple(name for name in _NAMES if name not in ("date", "comments"))
_TEXT_PLACES = tuple(map(_NAMES.index, TEXT_FIELDS))
_ID, _TITLE, _BODY, _LANGUAGE_PLACE, _DATE = map(_NAMES.index, ("id", "title", "body", "language", "date"))
_NEEDED = ("id", "title", "body")


@dataclass(frozen=True, slots=True)
class Checked:
    """An article that keeps every rule, and what had to be changed for that."""

    article: Article
    warnings: tuple[str, ...]


def check(article: Article, zone: ZoneInfo) -> Checked:
    """Bring an article to the form in which it is kept.

    Dates become naive wall time in ``zone`` cut to the minute, surrounding blanks go, empty becomes None, lone
    surrogates become U+FFFD. Raises ArticleError where no article is left: a bad id, or no text at all.
    """
    warnings: list[str] = []
    written = _values_of(article)
    values = list(written)
    for place in _TEXT_PLACES:
        text, name = values[place], _NAMES[place]
        if text is None and name not in _NEEDED:
            continue
        if not isinstance(text, str):
            raise ArticleError(f"{name} is {type(text).__name__}, not text")
        if not text.isascii() and _SURROGATE.search(text):
            text = without_surrogates(text)
            warnings.append(f"{name} held lone surrogates, which became U+FFFD")
        if name not in ("id", "body"):
            text = text.strip() or (None if name != "title" else "")
        values[place] = text
    _check_id(values[_ID])
    if not values[_TITLE] and not values[_BODY].strip():
        raise ArticleError("no text: neither title nor body")

    language = values[_LANGUAGE_PLACE]
    if language is not None and (tag := canonical_language(language)) != language:
        values[_LANGUAGE_PLACE] = tag
        if tag is None:
            warnings.append(f"language {language[:40]!r} is not a BCP 47 tag such as 'en' or 'pt-BR'; left out")
    if article.comments is not None and (isinstance(article.comments, bool) or not isinstance(article.comments, int)):
        raise ArticleError(f"comments is {type(article.comments).__name__}, not a whole number")
    if article.comments is not None and not 0 <= article.comments <= MAX_COMMENTS:
        raise ArticleError(f"comments is not a count from 0 to {MAX_COMMENTS:,}")
    if not isinstance(article.date, datetime.date | None):
        raise ArticleError(f"date is {type(article.date).__name__}, not a date")
    try:
        values[_DATE] = wall_time(article.date, zone)
    except (OverflowError, ValueError):
        values[_DATE] = None
        warnings.append(f"date {article.date} is outside the years 1 to 9999; left undated")
    return Checked(article if all(map(is_, values, written)) else Article(*values), tuple(warnings))


def without_surrogates(text: str) -> str:
    """Return a text that can be written down: lone surrogates become U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def wall_time(moment: datetime.date | None, zone: ZoneInfo) -> datetime.date | None:
    """Wall time in ``zone``, cut to the minute; a date alone stays one. Raises OverflowError outside 1 to 9999."""
    if isinstance(moment, datetime.datetime):
        if moment.tzinfo is datetime.UTC and zone.key == "UTC":
            moment = moment.replace(tzinfo=None)
        elif moment.tzinfo is not None:
            moment = moment.astimezone(zone).replace(tzinfo=None)
        if not (moment.second or moment.microsecond or moment.fold):
            return moment
        return moment.replace(second=0, microsecond=0, fold=0)
    return moment


@lru_cache(1 << 10)
def canonical_language(tag: str) -> str | None:
    """A BCP 47 tag in its usual capitals (``pt-BR``, ``zh-Hant``), or None for what is not one."""
    tag = tag.strip().replace("_", "-")
    if len(tag) > 35 or not _LANGUAGE.fullmatch(tag):
        return None
    first, *rest = tag.lower().split("-")
    if len(first) > 3:
        return None
    parts = [_SHORTEST.get(first, first)]
    for part in rest:
        # A region and a script have capitals; what comes after a single letter is an extension and has none.
        extends = any(len(before) == 1 for before in parts)
        parts.append(part if extends else {2: part.upper(), 4: part.title()}.get(len(part), part))
    return "-".join(parts)


def _check_id(identifier: str) -> None:
    if identifier.isascii() and identifier.isprintable() and 0 < len(identifier) <= MAX_ID_BYTES:
        return
    if not identifier:
        raise ArticleError("the id is empty")
    if _CONTROL.search(identifier):
        raise ArticleError("the id holds control characters")
    if len(identifier.encode()) > MAX_ID_BYTES:
        raise ArticleError(f"the id is longer than {MAX_ID_BYTES} bytes")
