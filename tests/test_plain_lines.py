"""Lines that are read many at once are read as each would be."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import intake
from index.articles import Articles
from index.intake import read_articles
from index.sources import Record
from index.sources.jsonl import Lines
from index.sources.part import read_part

TEXT = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "word", " two words ", "é", "\u00a0", "\ud800", "x\n\ny", "\x7f", "id\u2028"]),
    st.sampled_from([7, 1.5, True, [], {}]),
)
DATE = st.sampled_from(
    [
        None,
        "",
        "2021-01-18",
        "2021-01-18T16:26",
        "2021-01-18T16:26:59",
        "2021-01-18T16:26:00Z",
        "2021-01-18T23:26:00+00:00",
        "2021-01-18T16:26:00+04:00",
        "2021-01-18 16:26",
        "16:26, 18 January 2021",
        "2021-02-30",
        "2021-02-30T10:00",
        "2021-01-18T24:00",
        "2021-01-18T23:59:60",
        "2021-1-8",
        "0000-01-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:00Z",
        "1969-12-31T23:59",
        "２０２１-01-18",
        "2021-01-18\n",
        "never",
        5,
        ["2021"],
    ]
)
LINE = st.one_of(
    st.fixed_dictionaries(
        {"id": st.one_of(st.sampled_from(["1", "2", "a/b", "é", "", "\t", "x" * 513, "é" * 300]), TEXT)},
        optional={
            "title": TEXT,
            "body": TEXT,
            "section": TEXT,
            "date": DATE,
            "byline": TEXT,
            "language": st.sampled_from([None, "", "en", "EN-us", " de ", "not a tag", "zh_Hant", 3]),
            "url": TEXT,
            "source": TEXT,
            "photo_credit": TEXT,
            "comments": st.sampled_from([None, 0, 1, -1, 1 << 53, "12", "many", 2.0, True]),
            "body_html": st.sampled_from([None, "", "<p>One <b>two</b>", 4]),
            "extra": TEXT,
        },
    ).map(json.dumps),
    st.sampled_from(["", " ", "{", "[]", "null", '"id"', '{"id": "1", "title": "\\ud800"}', "\ufeff{}", "x" * 2_000]),
    st.just('{"id": "twice", "title": "a", "title": "b"}'),
)
ZONES = st.sampled_from(["UTC", "Asia/Yerevan", "America/New_York"]).map(ZoneInfo)


def spelt_out(found: Sequence[Articles | Record]) -> list[Any]:
    """Give what was read one by one, however it was put together."""
    columns = [field.name for field in fields(Articles) if field.name != "warned"]
    one_by_one: list[Any] = []
    for run in found:
        if isinstance(run, Record):
            one_by_one.append(run)
        else:
            rows = zip(*(getattr(run, name) for name in columns), strict=True)
            one_by_one += [(*row, run.warned.get(at, ())) for at, row in enumerate(rows)]
    return one_by_one


@settings(deadline=None, max_examples=400)
@given(st.lists(LINE, max_size=12), ZONES, st.booleans(), st.sampled_from([1, 7]))
@example(['{"id": "1", "title": "T", "date": "2021-01-18T10:00Z"}'] * 3, ZoneInfo("America/New_York"), True, 1)
@example(['{"id": "1", "title": "T", "comments": 0, "date": "2021-02-30"}'], ZoneInfo("UTC"), True, 1)
def test_a_plain_line_is_what_it_is_when_read_with_care(
    lines: list[str], zone: ZoneInfo, ended: bool, number: int
) -> None:
    """Articles, their stored forms, rejections and warnings are the same, in the same order, whatever is among them."""
    data = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n" * ended
    part = Lines("f", 1_000, number, data, ended)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "read_plain_lines", lambda part, zone: [part])
        expected = spelt_out(list(read_articles(part, zone)))
    assert spelt_out(list(read_articles(part, zone))) == expected


def test_most_lines_are_plain() -> None:
    """One line that is not plain leaves the others so: they come in runs before it and behind it."""
    good = '{"id": "%d", "title": "Title", "section": null, "date": "2021-01-18T16:26:59Z"}'
    lines = [good % number for number in range(10)]
    lines[4] = '{"id": "odd"}'
    part = Lines("f", 1_000, 1, "".join(f"{line}\n" for line in lines).encode(), ended=True)
    found = list(read_articles(part, ZoneInfo("UTC")))
    assert [len(run) if isinstance(run, Articles) else run.origin for run in found] == [4, "f:5", 5]
    assert len(list(read_part(part))) == 10
