"""The rules that every article keeps, and the form in which it is kept."""

import datetime
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import MAX_ID_BYTES, Article, canonical_language, check, wall_time, without_surrogates
from index.errors import ArticleError, BackfileError
from index.schema import restore, section_key, stamp, store

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
NEWS = Article(id="1", title="A title", body="A body.")

TEXT = st.text(st.characters(codec=None), max_size=20)
MAYBE = st.none() | TEXT
MOMENTS = st.none() | st.dates() | st.datetimes() | st.datetimes(timezones=st.timezones())


def east(hours: int) -> datetime.timezone:
    """Give the zone so far east of Greenwich."""
    return datetime.timezone(datetime.timedelta(hours=hours))


def test_a_good_article_is_left_alone() -> None:
    """What keeps every rule is kept as it is, without a warning."""
    article = Article(
        id="2021/01/karabakh.txt",
        title="A title",
        body="One.\n\nTwo.\n",
        section="CIS countries",
        date=datetime.datetime(2021, 1, 18, 16, 26),
        byline="A. Writer",
        language="pt-BR",
        url="https://example.org/1",
        source="The Courier",
        photo_credit="B. Maker",
        comments=0,
    )
    assert check(article, UTC).article == article
    assert check(article, UTC).warnings == ()


@pytest.mark.parametrize("identifier", ["x", " ", "a/b c.txt", "x" * 512, "я" * 256, "日" * 170 + "xx", "é", "e\u0301"])
def test_ids_are_kept_to_the_letter(identifier: str) -> None:
    """An id of 1 to 512 bytes is neither trimmed nor composed anew."""
    assert check(replace(NEWS, id=identifier), UTC).article.id == identifier


@pytest.mark.parametrize(
    ("identifier", "reason"),
    [
        ("", "empty"),
        ("x" * (MAX_ID_BYTES + 1), "longer than 512 bytes"),
        ("я" * 256 + "x", "longer than 512 bytes"),
        *((f"a{control}b", "control characters") for control in "\x00\t\n\r\x1f\x7f\x80\x85\x9f\u2028\u2029"),
    ],
)
def test_bad_ids_are_rejected(identifier: str, reason: str) -> None:
    """An empty id, one over 512 bytes, or one with a control character is no id."""
    with pytest.raises(ArticleError, match=reason):
        check(replace(NEWS, id=identifier), UTC)


def test_lone_surrogates_become_replacement_characters() -> None:
    """What cannot be written down is replaced, with a warning a field; a pair of surrogates is no lone one."""
    article = Article(id="a\ud800", title="t\udfff", body="\ud83d\ude00 \U0001f600", byline="\udcff")
    checked = check(article, UTC)
    assert checked.article == Article(id="a\ufffd", title="t\ufffd", body="\ufffd\ufffd \U0001f600", byline="\ufffd")
    assert [warning.split()[0] for warning in checked.warnings] == ["id", "title", "body", "byline"]


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\u3000\u00a0\t"])
def test_an_article_without_text_is_rejected(blank: str) -> None:
    """Neither title nor body, or blanks alone, is no article; either of the two is enough."""
    with pytest.raises(ArticleError, match="neither title nor body"):
        check(Article(id="1", title=blank, body=blank), UTC)
    assert check(Article(id="1", title="T", body=blank), UTC).article.title == "T"
    assert check(Article(id="1", title=blank, body="B"), UTC).article.body == "B"


def test_fields_are_trimmed_and_blank_ones_left_out() -> None:
    """Blanks around a field go, but for the body's, and a field that was nothing but blanks is None."""
    article = Article(id="1", title=" T\n", body=" B ", section=" S ", byline="  ", url="", source="\t", language=" ")
    assert check(article, UTC).article == Article(id="1", title="T", body=" B ", section="S")


@pytest.mark.parametrize(
    "change",
    [
        {"title": None},
        {"body": 5},
        {"id": 7},
        {"section": b"bytes"},
        {"comments": True},
        {"comments": "5"},
        {"comments": -1},
        {"comments": 1 << 53},
        {"date": 5},
    ],
)
def test_a_value_of_another_kind_is_rejected(change: dict[str, object]) -> None:
    """A program that hands over a number for a text is told so, in words."""
    with pytest.raises(ArticleError, match=next(iter(change))):
        check(replace(NEWS, **change), UTC)  # type: ignore[arg-type]  # on purpose


def test_a_rejected_article_is_an_error_of_backfile() -> None:
    """Whoever handles Backfile's errors handles this one, and so does who handles ValueError."""
    assert issubclass(ArticleError, BackfileError)
    assert issubclass(ArticleError, ValueError)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (datetime.date(2021, 1, 18), BERLIN, datetime.date(2021, 1, 18)),
        (datetime.datetime(2021, 1, 18, 16, 26, 59, 999), UTC, datetime.datetime(2021, 1, 18, 16, 26)),
        (datetime.datetime(2021, 1, 18, 16, 26), BERLIN, datetime.datetime(2021, 1, 18, 16, 26)),
        (datetime.datetime(2021, 1, 18, 16, 26, tzinfo=UTC), BERLIN, datetime.datetime(2021, 1, 18, 17, 26)),
        (datetime.datetime(2021, 7, 18, 16, 26, tzinfo=UTC), BERLIN, datetime.datetime(2021, 7, 18, 18, 26)),
        (datetime.datetime(2021, 1, 18, 5, 0, tzinfo=east(5)), UTC, datetime.datetime(2021, 1, 18, 0, 0)),
        (datetime.datetime(2021, 1, 1, 0, 30, tzinfo=east(1)), UTC, datetime.datetime(2020, 12, 31, 23, 30)),
        (datetime.datetime(2021, 10, 31, 1, 30, tzinfo=UTC), BERLIN, datetime.datetime(2021, 10, 31, 2, 30)),
        (datetime.datetime.min, BERLIN, datetime.datetime.min),
        (None, UTC, None),
    ],
)
def test_dates_become_wall_time(moment: datetime.date | None, zone: ZoneInfo, expected: datetime.date | None) -> None:
    """A naive moment is in the archive's zone, an aware one is converted, both cut to the minute; a date stays one."""
    found = wall_time(moment, zone)
    assert found == expected
    assert type(found) is type(expected)
    assert not isinstance(found, datetime.datetime) or (found.tzinfo, found.fold) == (None, 0)


@pytest.mark.parametrize(
    "moment",
    [
        datetime.datetime(1, 1, 1, 0, 30, tzinfo=east(2)),
        datetime.datetime(9999, 12, 31, 23, 30, tzinfo=east(-2)),
    ],
)
def test_dates_beyond_the_calendar_are_left_out(moment: datetime.datetime) -> None:
    """A moment that lies outside the years 1 to 9999 in the archive's zone leaves the article undated, and says so."""
    checked = check(replace(NEWS, date=moment), UTC)
    assert checked.article.date is None
    assert "left undated" in checked.warnings[0]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("pt-br", "pt-BR"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-CH-1996", "de-CH-1996"),
        ("ar-u-NU-LATN", "ar-u-nu-latn"),
        ("eng", "en"),
        ("fra-CA", "fr-CA"),
        ("hau", "ha"),
        ("yue", "yue"),
        ("und", "und"),
        (" en ", "en"),
        *((tag, None) for tag in ("", "e", "english", "en-", "en--us", "en us", "1n", "ёё", "x-private", "en" * 40)),
    ],
)
def test_languages_get_their_usual_form(tag: str, expected: str | None) -> None:
    """A BCP 47 tag gets its shortest code and usual capitals; what is none is None."""
    assert canonical_language(tag) == expected
    if expected is not None:
        assert canonical_language(expected) == expected


def test_a_language_that_is_none_is_left_out() -> None:
    """An article with a language such as "english" is taken in without, with a warning that names it."""
    checked = check(replace(NEWS, language="english"), UTC)
    assert checked.article.language is None
    assert "'english'" in checked.warnings[0]


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        Article,
        id=TEXT,
        title=TEXT,
        body=TEXT,
        section=MAYBE,
        date=MOMENTS,
        byline=MAYBE,
        language=MAYBE,
        url=MAYBE,
        source=MAYBE,
        photo_credit=MAYBE,
        comments=st.none() | st.integers(),
    ),
    st.sampled_from([UTC, BERLIN, ZoneInfo("Pacific/Kiritimati")]),
)
def test_what_is_checked_once_is_settled(article: Article, zone: ZoneInfo) -> None:
    """Any article is rejected, or brought to a form that a second look leaves alone and that can be stored."""
    try:
        kept = check(article, zone).article
    except ArticleError:
        return
    assert check(kept, zone).article == kept
    assert check(kept, zone).warnings == ()
    assert restore(kept.id, store(kept)) == kept
    assert store(kept)
    assert b"\n" not in store(kept)
    assert stamp(kept.date) <= stamp(datetime.datetime.max)
    assert section_key(kept.section or "") == section_key(section_key(kept.section or ""))
    assert without_surrogates(kept.title) == kept.title
