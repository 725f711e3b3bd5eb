"""Counts and dates in plain words."""

import calendar
import datetime
import re
from functools import lru_cache

from search import SearchRequest

# Written out: those of the calendar module change with the locale of the process.
MONTHS = (
    "",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# The languages that newspapers are mostly written in, by their primary subtags in BCP 47.
_LANGUAGES = (
    "am Amharic,ar Arabic,az Azerbaijani,be Belarusian,bg Bulgarian,bn Bengali,bs Bosnian,ca Catalan,cs Czech,"
    "cy Welsh,da Danish,de German,el Greek,en English,es Spanish,et Estonian,eu Basque,fa Persian,fi Finnish,"
    "fr French,ga Irish,gl Galician,gu Gujarati,ha Hausa,he Hebrew,hi Hindi,hr Croatian,hu Hungarian,"
    "hy Armenian,id Indonesian,ig Igbo,is Icelandic,it Italian,ja Japanese,ka Georgian,kk Kazakh,km Khmer,"
    "ko Korean,ku Kurdish,ky Kyrgyz,lt Lithuanian,lv Latvian,mk Macedonian,ml Malayalam,mn Mongolian,"
    "mr Marathi,ms Malay,mt Maltese,my Burmese,nb Norwegian,ne Nepali,nl Dutch,nn Norwegian Nynorsk,"
    "no Norwegian,pa Punjabi,pl Polish,ps Pashto,pt Portuguese,ro Romanian,ru Russian,rw Kinyarwanda,"
    "si Sinhala,sk Slovak,sl Slovenian,so Somali,sq Albanian,sr Serbian,sv Swedish,sw Swahili,ta Tamil,"
    "te Telugu,th Thai,ti Tigrinya,tl Tagalog,tr Turkish,uk Ukrainian,ur Urdu,uz Uzbek,vi Vietnamese,"
    "yi Yiddish,yo Yoruba,zh Chinese,zu Zulu"
)
LANGUAGES: dict[str, str] = dict(re.findall("([a-z]+) ([^,]+)", _LANGUAGES))

SHORT_MONTHS = tuple(name if len(name) < 5 else name[:3] for name in MONTHS)


def number(count: int) -> str:
    """Write a number with its thousands apart: ``21,578``."""
    return f"{count:,}"


def percent(share: float) -> str:
    """Write a share in two digits, as a newspaper would: ``37 %``, ``2.4 %``, ``under 0.1 %``."""
    hundredths = share * 100
    if 0 < hundredths < 0.1:
        return "under 0.1\N{NO-BREAK SPACE}%"
    digits = 0 if hundredths >= 9.95 or not hundredths else 1
    return f"{hundredths:.{digits}f}".removesuffix(".0") + "\N{NO-BREAK SPACE}%"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Write a number of things: ``1 article``, ``12 articles``, ``no articles``."""
    noun = one if count == 1 else many or f"{one}s"
    return f"{number(count) if count else 'no'} {noun}"


def language(tag: str) -> str:
    """Write a language by its name where that is known: ``Arabic``, ``English (GB)``, ``the language qya``."""
    primary, _, rest = tag.partition("-")
    name = LANGUAGES.get(primary.lower())
    if name is None:
        return f"the language {tag}"
    return f"{name} ({rest})" if rest else name


def day(date: datetime.date) -> str:
    """Write a day, with its time where there is one: ``18 January 2021, 16:26``."""
    words = f"{date.day} {MONTHS[date.month]} {date.year}"
    return f"{words}, {date:%H:%M}" if isinstance(date, datetime.datetime) else words


@lru_cache(1 << 10)
def span(first: datetime.date, last: datetime.date) -> str:
    """Write the days ``first`` to ``last`` in few words: ``2021``, ``January 2021``, ``5 to 18 January 2021``."""
    if first == last:
        return day(first)
    starts_month, ends_month = first.day == 1, last.day == calendar.monthrange(last.year, last.month)[1]
    if starts_month and ends_month:
        if (first.year, first.month) == (last.year, last.month):
            return f"{MONTHS[first.month]} {first.year}"
        if first.month == 1 and last.month == 12:
            return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
        start = f"{MONTHS[first.month]}" if first.year == last.year else f"{MONTHS[first.month]} {first.year}"
        return f"{start} to {MONTHS[last.month]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month]} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def dates(request: SearchRequest) -> str | None:
    """Write the dates that a request keeps to: ``January 2021``, ``since 5 January 2021``; None for all dates."""
    if request.from_date and request.to_date:
        return span(request.from_date, request.to_date)
    if request.from_date:
        return f"since {day(request.from_date)}"
    if request.to_date:
        return f"until {day(request.to_date)}"
    return None
