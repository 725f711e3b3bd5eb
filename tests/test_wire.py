"""Wire text and its dates: golden files, the seed article, and what holds for any bytes at all."""

import datetime
import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.dates import Dateline, read_date, read_dateline
from index.errors import ArticleError
from index.sources.record import Reading
from index.sources.wire import decode, read_wire

GOLDEN = Path(__file__).parent / "golden" / "wire"
SEED = Path(__file__).resolve().parents[2] / "shared/seed/article.txt"

UTC = datetime.UTC
JANUARY_18 = datetime.date(2021, 1, 18)
AT_16_26 = datetime.datetime(2021, 1, 18, 16, 26)


def east(hours: int, minutes: int = 0) -> datetime.timezone:
    """Give the zone so far east of Greenwich."""
    return datetime.timezone(datetime.timedelta(hours=hours, minutes=minutes))


def as_json(reading: Reading) -> dict[str, object]:
    """Give a reading in the form of the golden files."""
    article = reading.article
    return {
        "id": article.id,
        "section": article.section,
        "title": article.title,
        "date": article.date.isoformat() if article.date else None,
        "comments": article.comments,
        "photo_credit": article.photo_credit,
        "paragraphs": article.body.split("\n\n") if article.body else [],
        "warnings": list(reading.warnings),
    }


@pytest.mark.parametrize("folder", sorted(GOLDEN.iterdir()), ids=lambda folder: folder.name)
def test_golden_files_are_read_as_expected(folder: Path) -> None:
    """Every layout in the golden folder gives the fields that were written down for it by hand."""
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    assert as_json(read_wire((folder / "input.txt").read_bytes(), "input.txt")) == expected


def test_the_seed_article_gives_its_fields() -> None:
    """The first article Backfile was made for is read to the letter, paragraph by paragraph."""
    if not SEED.exists():
        pytest.skip("the seed article does not lie beside this checkout")
    data = SEED.read_bytes()
    read = as_json(read_wire(data, "article.txt"))
    assert read.pop("paragraphs") == data.decode().split("\n\n")[3:]
    assert read == {
        "id": "article.txt",
        "section": "CIS countries",
        "title": "Russia sees no reason to hinder Armenia’s contacts with Karabakh",
        "date": "2021-01-18T16:26:00",
        "comments": 22,
        "photo_credit": "Sergey Lantyukhov",
        "warnings": [],
    }
    assert len(data.decode().split("\n\n")[3:]) == 5


@pytest.mark.parametrize("data", [b"", b"\n \r\n\t\n", b"\xef\xbb\xbf", "\u00a0\n\u200b\n".encode(), b"\x1a"])
def test_a_file_without_text_is_rejected(data: bytes) -> None:
    """Nothing but blanks, marks and control characters is no article, and the message says so."""
    with pytest.raises(ArticleError, match="no text: neither title nor body"):
        read_wire(data, "empty.txt")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Ереван ’21".encode(), "Ереван ’21"),
        ("Ереван".encode("utf-16"), "Ереван"),
        (b"\xfe\xff" + "Ереван".encode("utf-16-be"), "Ереван"),
        ("Ереван".encode("utf-32"), "Ереван"),
        ("Ереван".encode("utf-8-sig"), "Ереван"),
        ("Ереван, TASS — «да»".encode("cp1251"), "Ереван, TASS — «да»"),
        ("Façade – déjà vu, “naïve”".encode("cp1252"), "Façade – déjà vu, “naïve”"),
        (b"plain \x98", "plain ˜"),  # 1251 has no such character, 1252 has
        ("ш".encode("cp1251") * 9 + b"\x90", "ш" * 9 + "ђ"),  # and the other way round
        ("lone \ud800".encode("utf-16", "surrogatepass"), "lone \ud800"),
    ],
)
def test_encodings_are_told_apart(data: bytes, text: str) -> None:
    """Marks are believed, then UTF-8 is tried, then the share of high letters decides the code page."""
    assert decode(data) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GIF89a\0\0", "NUL"),
        ("no mark".encode("utf-16-le"), "NUL"),
        (b"\xff\xfea", "broken UTF-16-LE at byte 2"),
        (b"\xef\xbb\xbfcut \xd0", "broken UTF-8 at byte 7"),
        ("Ереван, столица".encode()[:-1], "broken UTF-8 at byte 26"),
        (b"\x98\x81", "neither UTF-8 .* nor Windows-1251 or Windows-1252"),
    ],
)
def test_bytes_that_are_no_text_are_rejected(data: bytes, reason: str) -> None:
    """Binary data and damaged text are refused with the place of the damage, never garbled."""
    with pytest.raises(ArticleError, match=reason):
        decode(data)


LINES = st.sampled_from(
    ["", " ", "World", "Fish are biting again", "16:26, 18 January 2021 22", "16:26, 31 February 2021", "Photo: A/",
     "18.01.2021", "Photo:", "a" * 150 + ".", "й" * 250, "\x00", "\ud800", "\u2029", "\x85", "\ufeff", "٣"]
)  # fmt: skip
MIXTURES = st.builds(
    lambda lines, end, encoding: end.join(lines).encode(encoding, "surrogatepass" if "utf" in encoding else "replace"),
    st.lists(LINES, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1251", "cp1252"]),
)


@given(st.binary() | MIXTURES)
@example(b"18 January 2021\n18 January 2021\n18 January 2021")
def test_any_bytes_are_an_article_or_rejected(data: bytes) -> None:
    """Whatever a file holds, the answer is an article with a title, or ArticleError."""
    try:
        reading = read_wire(data, "a.txt")
    except ArticleError:
        return
    assert reading.article.title
    assert reading.article.title == reading.article.title.strip()


WORD = st.text("abcdefghijklmnopqrstuvwxyzабвгдежзиклмнопрстуфхцчшщыэюяéöñ", min_size=2, max_size=9)


def phrases(least: int, most: int) -> st.SearchStrategy[str]:
    """Draw words that are neither dates nor labels, the first with a capital."""
    return st.lists(WORD, min_size=least, max_size=most).map(lambda words: " ".join(words).capitalize())


@st.composite
def wire_files(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Draw a well-formed file, and the fields it was made from."""
    moment = draw(st.datetimes().map(lambda moment: moment.replace(second=0, microsecond=0)))
    section = draw(st.none() | phrases(1, 4).filter(lambda text: len(text) <= 50))
    title = draw(phrases(2, 15))
    comments = draw(st.none() | st.integers(0, 10**9 - 1))
    credit = draw(st.none() | phrases(1, 3))
    paragraphs = draw(st.lists(phrases(1, 60).map(lambda text: f"{text}."), min_size=1, max_size=5))
    month = MONTHS["English"].split()[moment.month - 1]
    dateline = f"{moment:%H:%M}, {moment.day} {month} {moment.year:04}"
    header = "\n".join(
        [dateline + ("" if comments is None else f" {comments}"), *([] if credit is None else [f"Photo: {credit}/"])]
    )
    blocks = [*([] if section is None else [section]), title, header, *paragraphs]
    fields: dict[str, object] = {
        "id": "a.txt",
        "section": section,
        "title": title,
        "date": moment.isoformat(),
        "comments": comments,
        "photo_credit": credit,
        "paragraphs": paragraphs,
        "warnings": [],
    }
    return "\n\n".join(blocks) + "\n", fields


@given(wire_files(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_well_formed_file_gives_its_fields_back(drawn: tuple[str, dict[str, object]], encoding: str) -> None:
    """Section, headline, date, comments, credit and paragraphs come back as they were written."""
    text, fields = drawn
    assert as_json(read_wire(text.encode(encoding), "a.txt")) == fields


@given(wire_files().map(lambda drawn: drawn[0]) | st.lists(LINES).map("\n".join))
def test_line_ends_make_no_difference(text: str) -> None:
    """A file reads the same with the line ends of Unix, Windows and old Macs."""
    text = text.replace("\0", "")
    unix, windows, mac = (text.replace("\n", end).encode("utf-8", "surrogatepass") for end in ("\n", "\r\n", "\r"))
    try:
        expected = read_wire(unix, "a.txt")
    except ArticleError:
        return
    assert read_wire(windows, "a.txt") == read_wire(mac, "a.txt") == expected


DATES = {
    "2021-01-18": JANUARY_18,
    " 2021-01-18\n": JANUARY_18,
    "20210118": JANUARY_18,
    "2021/01/18": JANUARY_18,
    "2021.01.18": JANUARY_18,
    "2021-01-18 16:26": AT_16_26,
    "2021-01-18T16:26": AT_16_26,
    "2021-01-18T16:26:59.999": AT_16_26,
    "2021-01-18T16:26:05,5Z": AT_16_26.replace(tzinfo=UTC),
    "2021-01-18t16:26z": AT_16_26.replace(tzinfo=UTC),
    "2021-01-18T16:26:05+03:30": AT_16_26.replace(tzinfo=east(3, 30)),
    "2021-01-18T16:26−0500": AT_16_26.replace(tzinfo=east(-5)),
    "20210118T162605Z": AT_16_26.replace(tzinfo=UTC),
    "20210118T1626+04": AT_16_26.replace(tzinfo=east(4)),
    "0001-01-01": datetime.date.min,
    "9999-12-31": datetime.date.max,
    "18.01.2021": JANUARY_18,
    "18. 1. 2021": JANUARY_18,
    "18.01.2021 г.": JANUARY_18,
    "02.03.2021": datetime.date(2021, 3, 2),
    "18/01/2021": JANUARY_18,
    "01/18/2021": JANUARY_18,
    "02/02/2021": datetime.date(2021, 2, 2),
    "18.01.2021, 16.26": AT_16_26,
    "16:26 18.01.2021": AT_16_26,
    "18 January 2021": JANUARY_18,
    "18 january, 2021": JANUARY_18,
    "18th of January 2021": JANUARY_18,
    "JANUARY 18, 2021": JANUARY_18,
    "Jan. 18th, 2021": JANUARY_18,
    "18-JAN-2021 16:26:01.79": AT_16_26,
    "2021 January 18": JANUARY_18,
    "Monday, 18 January 2021": JANUARY_18,
    "Mon 18 Jan 2021": JANUARY_18,
    "Sunday, 18 January 2021": JANUARY_18,  # it was a Monday
    "16:26, 18 January 2021": AT_16_26,
    "16:26, Monday, 18 January 2021": AT_16_26,
    "18 January 2021, 16:26": AT_16_26,
    "18 January 2021 - 16:26": AT_16_26,
    "January 18, 2021 at 4:26 p.m.": AT_16_26,
    "4:26PM, January 18, 2021": AT_16_26,
    "January 18, 2021, 4 pm": AT_16_26.replace(minute=0),
    "January 18, 2021, 12:05 a.m. ET": AT_16_26.replace(hour=0, minute=5),
    "January 18, 2021, 12:05 p.m.": AT_16_26.replace(hour=12, minute=5),
    "Mon, 18 Jan 2021 16:26:05 +0300": AT_16_26.replace(tzinfo=east(3)),
    "Mon, 18 Jan 2021 16:26:05 GMT": AT_16_26.replace(tzinfo=UTC),
    "Mon, 18 Jan 2021 16:26:05 EST": AT_16_26.replace(tzinfo=east(-5)),
    "18 January 2021, 16:26 (GMT+4)": AT_16_26.replace(tzinfo=east(4)),
    "Montag, den 18. Januar 2021 um 16.26 Uhr": AT_16_26,
    "le lundi 18 janvier 2021 à 16 h 26": AT_16_26,
    "1er février 2021": datetime.date(2021, 2, 1),
    "lunes 18 de enero del 2021, a las 4:26 p. m.": AT_16_26,
    "lunedì 18 gennaio 2021, ore 16:26": AT_16_26,
    "segunda-feira, 18 de janeiro de 2021 às 16h26": AT_16_26,
    "Понедельник, 18 января 2021 года, 16:26": AT_16_26,
    "18 янв. 2021 г. в 16:26 (мск)": AT_16_26.replace(tzinfo=east(3)),
    "понеділок, 18 січня 2021 р., 16:26": AT_16_26,
    "pon., 18 stycznia 2021 r., godz. 16:26": AT_16_26,
    "18 Ocak 2021 Pazartesi 16:26": AT_16_26,
    "18\u00a0January\u00a02021": JANUARY_18,
    "\u200e18/01/2021\u200e": JANUARY_18,
    "18 fe\u0301vrier 2021": datetime.date(2021, 2, 18),
}

NO_DATES = [
    "", " ", "January", "2021", "January 2021", "18 January", "2021-01", "16:26", "12345678", "Budget 2021",
    "31 February 2021", "29 February 2021", "2021-02-30", "2021-13-01", "00.01.2021", "0000-01-01", "10000-01-01",
    "18 January 21", "18.01.21", "01/02/2021", "01-02-2021", "13/13/2021", "18 Janury 2021", "24 Stunden 2021",
    "25:00, 18 January 2021", "16:60, 18 January 2021", "13:00 pm, 18 January 2021", "2021-01-18T24:00",
    "2021-01-18T16:26+24:00", "2021-01-18T16:26+01:60", "18 January 2021 22", "On 18 January 2021 he left",
    "18 January 2021 and 19 January 2021", "Published: 18 January 2021", "Karabakh, 18 January 2021",
]  # fmt: skip


@pytest.mark.parametrize(("text", "date"), DATES.items())
def test_dates_are_read(text: str, date: datetime.date) -> None:
    """Each written form gives its date, its time to the minute, and its offset if it has one."""
    read = read_date(text)
    assert read == date
    assert type(read) is type(date)
    assert not isinstance(read, datetime.datetime) or read.isoformat() == date.isoformat()


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_not_read(text: str) -> None:
    """Impossible, incomplete and ambiguous dates, and other text, are None rather than a guess."""
    assert read_date(text) is None


MONTHS = {
    "English": "January February March April May June July August September October November December",
    "German": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Russian, nominative": "Январь Февраль Март Апрель Май Июнь Июль Август Сентябрь Октябрь Ноябрь Декабрь",
    "Ukrainian": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "English, short": "Jan. Feb. Mar. Apr. May Jun. Jul. Aug. Sept. Oct. Nov. Dec.",
    "German, short": "Jan. Feb. Mrz. Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.",
    "French, short": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "Russian, short": "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.",
}


@pytest.mark.parametrize("language", MONTHS)
def test_months_are_known_by_their_names(language: str) -> None:
    """All twelve months are known, in small and in capital letters, with their accents or without."""
    for number, name in enumerate(MONTHS[language].split(), start=1):
        for written in (name, name.upper(), name.lower().replace("é", "e").replace("û", "u").replace("ü", "u")):
            assert read_date(f"5 {written} 1987") == datetime.date(1987, number, 5), written


@given(st.datetimes(timezones=st.none() | st.integers(-1439, 1439).map(lambda minutes: east(0, minutes))))
def test_iso_dates_come_back(moment: datetime.datetime) -> None:
    """What isoformat writes is read back, day and minute, with the offset."""
    assert read_date(moment.date().isoformat()) == moment.date()
    minute = moment.replace(second=0, microsecond=0)
    read = read_date(moment.isoformat())
    assert isinstance(read, datetime.datetime)
    assert read.isoformat() == minute.isoformat()


@given(st.text() | st.text("0123456789:.,-/ +janyZ", max_size=30))
def test_no_text_upsets_the_reader_of_dates(text: str) -> None:
    """Any text at all is a date or None, and a date line if it is a date that can be."""
    date, line = read_date(text), read_dateline(text)
    if date is not None:
        assert line is not None
        assert line.date == date
        assert not line.unreadable


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1:", "16:26, ", "18 January 2021 ", "1-", "1 (", "a", "\u0301\u0323", " ", "mon, ", "1h "]
)
def test_hostile_lines_take_no_time(piece: str) -> None:
    """A line of 10,000 characters, or of the longest length that is looked at, is dealt with in milliseconds."""
    started = time.process_time()
    for length in (100, 119, 120, 121, 10_000, 200_000):
        read_dateline((piece * length)[:length])
    assert time.process_time() - started < 0.5


DATELINES = {
    "16:26, 18 January 2021 22": (AT_16_26, 22),
    "16:26, 18 January 2021": (AT_16_26, None),
    "18 January 2021 0": (JANUARY_18, 0),
    "18 January 2021, 16:26 | 22": (AT_16_26, 22),
    "18.01.2021 (22)": (JANUARY_18, 22),
    "2021-01-18 16:26 22": (AT_16_26, 22),
    "18 января 2021 г. 22 комментария": (JANUARY_18, 22),
    "18 January 2021, 16:26, comments: 22": (AT_16_26, 22),
    "Published: 18 January 2021": (JANUARY_18, None),
    "Опубликовано 18 января 2021 в 16:26": (AT_16_26, None),
}


@pytest.mark.parametrize(("line", "expected"), DATELINES.items())
def test_date_lines_give_date_and_comments(line: str, expected: tuple[datetime.date, int | None]) -> None:
    """The count of comments is told from times and years, and a label does no harm."""
    read = read_dateline(line)
    assert read is not None
    assert (read.date, read.comments, read.unreadable) == (*expected, False)


@pytest.mark.parametrize(
    ("line", "comments", "written"),
    [
        ("16:26, 31 February 2021 4", 4, "31 February 2021"),
        ("30.02.2021", None, "30.02.2021"),
        ("Published: 25:61, 18 January 2021 4", 4, "25:61, 18 January 2021"),
        ("16:26, 18 Jänúry 2021 9", 9, "18 Jänúry 2021"),
        ("16:26, 18 January", None, "18 January"),
        ("18.01.21", None, "18.01.21"),
        ("01/02/2021 3", 3, "01/02/2021"),
    ],
)
def test_date_lines_that_cannot_be_are_known(line: str, comments: int | None, written: str) -> None:
    """A line in the form of a date line with no date there can be is one, and says which part is at fault."""
    assert read_dateline(line) == Dateline(None, comments, unreadable=True, written=written)


@pytest.mark.parametrize(
    "line",
    ["24 Stunden 2021", "Top 10 of 2021", "18 January", "10 Downing Street 2021", "On January 11, Putin met him."],
)
def test_headlines_with_numbers_are_no_date_lines(line: str) -> None:
    """Numbers beside words that are no month do not make a date line."""
    assert read_dateline(line) is None
