"""Tables: an article a row, whatever the rows hold, and what is wrong with one of them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources import Manner
from tests.reading import articles_of, reasons_of, records_of

HEADER = "id,title,date,body,section\n"


def test_every_column_is_a_field() -> None:
    """Rows are articles with the fields that the header names, in any capitals; other columns are left alone."""
    (article,) = articles_of("a.csv", 'ID, Title ,date,body,weather,comments\n1,"A, b",18.01.2021,"x ""y"" z",fair,3\n')
    assert (article.id, article.title, article.body, article.comments) == ("1", "A, b", 'x "y" z', 3)
    assert article.date == datetime.date(2021, 1, 18)


@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.csv", "|"), ("a.tsv", "\t")]
)
def test_the_header_tells_the_delimiter(name: str, delimiter: str) -> None:
    """Commas, semicolons, tabs and bars divide columns, whichever the header has most of."""
    data = HEADER.replace(",", delimiter) + delimiter.join(["1", "T", "2021-01-18", "B", "S"])
    assert [article.section for article in articles_of(name, data)] == ["S"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_tables_come_in_several_encodings(encoding: str) -> None:
    """A mark, UTF-8, and the code pages that spreadsheets write are read."""
    (article,) = articles_of("a.csv", (HEADER + "1,Мост закрыт,2021-01-18,Паром идёт всю ночь,Порт\n").encode(encoding))
    assert (article.title, article.section) == ("Мост закрыт", "Порт")


def test_a_row_is_known_by_the_line_it_begins_in() -> None:
    """Line feeds within quotes count, blank rows are not read, and every record names its line."""
    data = HEADER + '1,T,,"a\nb\n\nc",\n\n,,,,\n2,T,,b,\n3\n'
    assert [record.origin for record in records_of("a.csv", data)] == ["a.csv:2", "a.csv:8", "a.csv:9"]
    assert articles_of("a.csv", data)[0].body == "a\nb\n\nc"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,T", "broken record: 2 columns where the header has 5; a value that holds the delimiter needs quotes"),
        ("1,T,,B,S,,x", "broken record: 7 columns where the header has 5"),
        (",T,,B,S", "broken record: no id"),
        ("1,T\0,,B,S", "not text: it holds NUL characters"),
    ],
)
def test_a_broken_row_says_what_is_wrong(row: str, reason: str) -> None:
    """Such a row is rejected, and the one after it is read."""
    records = records_of("a.csv", f"{HEADER}{row}\n2,T,,B,\n")
    assert records[0].reason.startswith(reason)
    assert [record.id for record in records[1:]] == ["2"]


def test_bytes_that_cannot_be_decoded_cost_their_row() -> None:
    """A row in another encoding than its file's is rejected, not the file."""
    rows = "".join(f"{number},é,,B,\n" for number in range(9)).encode()
    assert reasons_of("a.csv", HEADER.encode() + rows + b"x,\xe9,,B,\n") == [
        "undecodable bytes: they are not in the encoding of the file's beginning"
    ]


def test_a_header_without_what_is_needed_says_how_to_go_on() -> None:
    """Without a column for the id, or any for the text, the file is rejected with the option that helps."""
    (reason,) = reasons_of("a.csv", "number,headline\n1,T\n")
    assert reason.startswith("no column id in the header ('number, headline'); --map id=COLUMN")
    (reason,) = reasons_of("a.csv", "id,headline\n1,T\n")
    assert "--map title=COLUMN" in reason
    manner = Manner(names=(("id", "number"), ("title", "headline")))
    assert [article.title for article in articles_of("a.csv", "Number,Headline\n1,T\n", manner)] == ["T"]


def test_a_quote_that_is_never_closed_takes_no_more_than_the_limit() -> None:
    """The row that it swallows is told of, and reading goes on behind it; at the end of a file it is a cut."""
    data = HEADER + '1,"T,,B,\n' + "2,T,,B,\n" * 300
    records = records_of("a.csv", data, limit=1_000)
    assert records[0].reason == "over the size limit of 1,000 bytes; is a quote in line 2 never closed?"
    assert records[0].failure
    assert len([record for record in records if record.article]) > 100
    records = records_of("a.csv", HEADER + '1,T,,B,\n2,T,,"B\n')
    assert [record.id for record in records if record.article] == ["1"]
    assert records[-1].reason == "ends early: a.csv:3 is cut off: a quote is never closed"


def test_content_tells_a_table() -> None:
    """A file whose first line names the columns of an article is a table whatever it is called."""
    assert [article.title for article in articles_of("export", "id;title\n1;T\n")] == ["T"]


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1), st.sampled_from([",", ";", "\t"]))
def test_what_was_written_is_read(rows: list[tuple[str, str]], delimiter: str) -> None:
    """Any values at all come back, or are told of, and no row is lost."""
    quoted = (delimiter.join('"' + value.replace('"', '""') + '"' for value in row) for row in rows)
    data = (delimiter.join(["id", "title"]) + "\n" + "\n".join(quoted) + "\n").encode("utf-8", "surrogatepass")
    assert len(records_of("a.csv", data)) == len(rows)
