"""Dates as people and programs write them.

``read_date`` reads a string that is one date and nothing else, ``read_dateline`` the line of an article that carries
its date and perhaps a label and the number of comments. What is read:

    2021-01-18   2021-01-18 16:26   2021-01-18T16:26:05.5+03:00   20210118T162600Z      ISO 8601 and its neighbours
    18.01.2021   18/01/2021   01/18/2021                                                in figures
    18 January 2021   January 18th, 2021   18-JAN-2021   18 de enero de 2021            in words, in ten languages
    16:26, Monday, 18 January 2021   Jan. 18, 2021 at 4:26 p.m.   18 janvier 2021 à 16h26 (UTC+1)

A time stands before or after the day, a weekday beside it; whether it is the right weekday is not looked at. Years have
four digits: which century ``18.01.21`` means is not for a program to guess. Nor is which of two small numbers is the
month in ``01/02/2021``; between dots the day always comes first.
"""

import datetime
import functools
import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 120
"""Characters, runs of blanks counted as one; a longer string is no date, which bounds the time the patterns take."""

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
_DIGIT = re.compile(r"\d")
_LOOK_ALIKES = str.maketrans("‐‑‒–—―−’ı", "-------'i")


def _fold(text: str) -> str:
    """Lower case without accents, one character for one, so that a place in the result is the place in ``text``."""
    return "".join(map(_fold_letter, text.translate(_LOOK_ALIKES)))


@functools.lru_cache(4096)
def _fold_letter(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter)[0].lower()[0]


_MONTH_NAMES = (
    # English, German, French
    "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep october/oct"
    " november/nov december/dec",
    "januar/jänner/jan/jän februar/feber/feb märz/maerz/mrz/mär april/apr mai juni/jun juli/jul august/aug"
    " september/sept/sep oktober/okt november/nov dezember/dez",
    "janvier/janv/jan février/févr/fév mars/mar avril/avr mai juin juillet/juil août septembre/sept octobre/oct"
    " novembre/nov décembre/déc",
    # Spanish, Italian, Portuguese
    "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago septiembre/setiembre/sept/sep"
    " octubre/oct noviembre/nov diciembre/dic",
    "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago settembre/sett/set"
    " ottobre/ott novembre/nov dicembre/dic",
    "janeiro/jan fevereiro/fev março/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set outubro/out"
    " novembro/nov dezembro/dez",
    # Russian, Ukrainian, Polish
    "январь/января/янв февраль/февраля/февр/фев март/марта/мар апрель/апреля/апр май/мая июнь/июня/июн июль/июля/июл"
    " август/августа/авг сентябрь/сентября/сент/сен октябрь/октября/окт ноябрь/ноября/нояб/ноя декабрь/декабря/дек",
    "січень/січня/січ лютий/лютого/лют березень/березня/бер квітень/квітня/квіт травень/травня/трав червень/червня/черв"
    " липень/липня/лип серпень/серпня/серп вересень/вересня/вер жовтень/жовтня/жовт листопад/листопада/лист"
    " грудень/грудня/груд",
    "styczeń/stycznia/sty luty/lutego/lut marzec/marca/mar kwiecień/kwietnia/kwi maj/maja czerwiec/czerwca/cze"
    " lipiec/lipca/lip sierpień/sierpnia/sie wrzesień/września/wrz październik/października/paź listopad/listopada/lis"
    " grudzień/grudnia/gru",
    # Turkish
    "ocak/oca şubat/şub mart/mar nisan/nis mayıs/may haziran/haz temmuz/tem ağustos/ağu eylül/eyl ekim/eki kasım/kas"
    " aralık/ara",
)
_MONTHS = {
    name: number
    for language in _MONTH_NAMES
    for number, names in enumerate(_fold(language).split(), start=1)
    for name in names.split("/")
}

_WEEKDAYS = _fold(
    "monday tuesday wednesday thursday friday saturday sunday mon tues tue wed thurs thur thu fri sat sun"
    " montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so"
    " lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim"
    " lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom"
    " lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab"
    " segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta"
    " seg ter qua qui sex понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс"
    " понеділок вівторок середа четвер п'ятниця субота неділя нд"
    " poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz"
    " pazartesi salı çarşamba perşembe cuma cumartesi pazar"
).split()

# Minutes east of Greenwich, of the names that RFC 822 fixed and of a few that mean one zone everywhere. A name that
# changes its offset with the season or the country says nothing: the time stays wall time, as if without it.
# fmt: off
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "cet": 60, "cest": 120, "eet": 120, "eest": 180, "msk": 180, "мск": 180,
    "edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360, "mst": -420, "pdt": -420, "pst": -480,
    "et": None, "ct": None, "mt": None, "pt": None, "bst": None, "ist": None,
}
# fmt: on


def _one_of(words: list[str]) -> str:
    """Make the pattern of one of ``words``, whole; the longest comes first, since the first that fits is taken."""
    return rf"(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![^\W\d_])"


# All patterns are for folded text with single blanks between words.
_LETTER = r"[^\W\d_]"
_WEEKDAY = _one_of(_WEEKDAYS)
_MONTH = rf"(?P<month>{_LETTER}{{3,15}})"
_DAY = r"(?P<day>\d{1,2})(?:(?:st|nd|rd|th|ere|er|re|o|a|e|°|-?го|-?е)(?!\w))?"
_YEAR = r"(?P<year>\d{4}|\d\d)(?: ?(?:года|г|року|р|roku|r)\b\.?)?"
_OF = r"(?:(?:de|del|of|di) )?"
_DAY_IN_FIGURES = r"(?P<year>\d{4})(?P<month>[01]\d)(?P<day>[0-3]\d)"
_DAYS = (
    rf"{_DAY}(?:\. ?| |-|/){_OF}{_MONTH}(?:\.?,? |\.|-|/){_OF}{_YEAR}",
    rf"{_MONTH}(?:\.? |-){_DAY}(?:, ?| |-){_YEAR}",
    rf"{_YEAR}(?:[.,]? |-){_MONTH}(?:\.? |-){_DAY}",
    rf"(?P<day>\d{{1,2}})(?P<mark>[./-]) ?(?P<month>\d{{1,2}})(?P=mark) ?{_YEAR}",
    r"(?P<year>\d{4})(?P<same>[./-])(?P<month>\d{1,2})(?P=same)(?P<day>\d{1,2})",
    _DAY_IN_FIGURES,
    # Without a year: never read, but known for what it is when a time stands beside it.
    rf"{_DAY}(?:\. ?| |-|/){_OF}{_MONTH}\.?(?P<year>)",
    rf"{_MONTH}\.? {_DAY}(?P<year>)",
)
_BESIDE = rf"(?:(?:on|am|den|le|el|il) )?(?:{_WEEKDAY}\.?,? )?(?:(?:the|den|le|el|il) )?"
_OFFSET = r"(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?"
_ZONE = rf"(?: ?\(?(?P<zone>{_one_of(list(_ZONES))})?(?: ?{_OFFSET})?\)?)?(?: \({_LETTER}{{1,5}}\))?"
_AT = r"(?:(?:at|um|a las|a|as|alle ore|alle|ore|в|о|об|godz|o|saat)\.? )?"
_HALF = r"(?P<half>[ap])(?:m\b|\. ?m\.?)"
# An hour alone is a time only with a word that says so: after a date a bare number counts comments.
_TIME = (
    rf"{_AT}(?=\d{{1,2}} ?(?:[:.h] ?\d\d|(?:uhr|hrs|h|ч)\b|{_HALF.replace('?P<half>', '?:')}))"
    r"(?P<hour>\d{1,2})(?: ?[:.h] ?(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?)?"
    rf"(?: ?(?:uhr|hrs|h|ч)\b\.?)?(?: ?{_HALF})?{_ZONE}"
)
_TIME_IN_FIGURES = rf"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?{_ZONE}"
_THEN = r"(?: ?[,;|·•/-] ?| )"
_LABEL = (
    r"(?P<label>(?:published|posted|date|datum|data|fecha|дата|опубликовано|опубліковано|veroffentlicht|publie|publicado"
    r"|pubblicato|opublikowano)(?: on| am| le| el| il)?:? )?"
)
_COMMENT = rf"(?:comment|komment|koment|coment|коммент|комент|yorum){_LETTER}*"
_COUNT = rf"(?P<count>(?: ?[|,;·•/] ?| (?:- )?)\(?(?:{_COMMENT}: ?)?(?P<comments>\d{{1,9}})(?: {_COMMENT})?\)?)?"

_FORMS = (
    *(rf"{_LABEL}{_TIME}{_THEN}{_BESIDE}(?P<written>{day}){_COUNT}\.?" for day in _DAYS),
    *(
        rf"{_LABEL}{_BESIDE}(?P<written>{day})(?:,? \(?{_WEEKDAY}\)?)?(?:(?:t|{_THEN}){_TIME})?{_COUNT}\.?"
        for day in _DAYS
    ),
    rf"(?P<label>)(?P<written>{_DAY_IN_FIGURES})t{_TIME_IN_FIGURES}{_COUNT}",
)
_pattern = functools.cache(re.compile)
"""Forms are compiled when they are asked for: all of them take 50 ms, a sixth of a program's start."""


@dataclass(frozen=True, slots=True)
class Dateline:
    """What the date line of an article says.

    ``date`` is a ``datetime.datetime`` (precise to the minute, aware if an offset was written), a ``datetime.date``,
    or None where the line has the form of a date line but names no date there can be (31 February): then it is
    ``unreadable``, and ``written`` is the part that cannot be.
    """

    date: datetime.date | None
    comments: int | None
    unreadable: bool
    written: str = ""


def read_date(text: str) -> datetime.date | None:
    """Read a string that is one date and nothing else; None where it is not.

    The result is a ``datetime.datetime``, precise to the minute and aware if an offset was written, where a time is
    written, else a ``datetime.date``. Takes time linear in the length of ``text``.
    """
    if (iso := _iso(text)) is not None:
        return iso
    match = _match(_tidy(text))
    if match is None or match["label"] or match["count"]:
        return None
    return _moment(match.groupdict())


def read_dateline(line: str) -> Dateline | None:
    """Read the date line of an article; None where the line is something else.

    A line with a date that cannot be is still a date line, and so is one with a time and a month's name that is not
    known; without a time, an unknown word between numbers is more likely a headline's.
    """
    line = _tidy(line)
    match = _match(line)
    if match is None:
        return None
    fields = match.groupdict()
    moment = _moment(fields)
    if moment is None and fields["hour"] is None and (not fields["year"] or _month(fields["month"]) is None):
        return None
    written = match.span("written")
    if moment is None and _day(fields) is not None:
        written = (match.end("label") if fields["label"] else 0, match.start("count") if fields["count"] else len(line))
    comments = int(fields["comments"]) if fields["comments"] else None
    return Dateline(moment, comments, unreadable=moment is None, written=line[slice(*written)])


def _tidy(text: str) -> str:
    """Single blanks and composed letters; empty where the text is too long to be a date or holds no digit."""
    if not _DIGIT.search(text):
        return ""
    text = " ".join(text.translate(_INVISIBLE).split())
    return unicodedata.normalize("NFC", text) if len(text) <= MAX_LENGTH else ""


def _match(text: str) -> re.Match[str] | None:
    if not text:
        return None
    folded = _fold(text)
    return next((match for form in _FORMS if (match := _pattern(form).fullmatch(folded))), None)


def _moment(fields: dict[str, str | None]) -> datetime.date | None:
    day = _day(fields)
    if day is None or fields["hour"] is None:
        return day
    clock = _clock(fields)
    return None if clock is None else datetime.datetime.combine(day, clock)


def _iso(text: str) -> datetime.date | None:
    """Read the form that most dates have, in a tenth of the time that the patterns take."""
    try:
        if len(text) == 10:
            return datetime.date.fromisoformat(text) if text[4] == "-" == text[7] else None
        if text[10:11] in ("T", " ") and text[4:5] == "-" and text.isascii() and text[19:] in ("", "Z", "+00:00"):
            return datetime.datetime.fromisoformat(text).replace(second=0, microsecond=0)
    except ValueError:
        pass
    return None


def _month(written: str | None) -> int | None:
    return int(written) if written and written.isdigit() else _MONTHS.get(written or "")


def _day(fields: dict[str, str | None]) -> datetime.date | None:
    year, month, day = fields["year"] or "", _month(fields["month"]), int(fields["day"] or 0)
    if len(year) != 4 or month is None:
        return None
    if fields.get("mark") in ("/", "-") and day <= 12 and month != day:
        if month <= 12:
            return None
        day, month = month, day
    try:
        return datetime.date(int(year), month, day)
    except ValueError:
        return None


def _clock(fields: dict[str, str | None]) -> datetime.time | None:
    hour, minute, second = (int(fields[name] or 0) for name in ("hour", "minute", "second"))
    if half := fields.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 60:  # 60 is a leap second
        return None
    offset = _ZONES.get(fields["zone"] or "")
    if fields["sign"]:
        hours, minutes = int(fields["hours"] or 0), int(fields["minutes"] or 0)
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * (-1 if fields["sign"] == "-" else 1)
    zone = None if offset is None else datetime.timezone(datetime.timedelta(minutes=offset))
    return datetime.time(hour, minute, tzinfo=zone)
