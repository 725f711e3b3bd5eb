"""The manner of reading: one format for all files, and other names for fields."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.commands import index_command
from index.errors import SettingError
from index.sources import Manner, read_names
from index.sources.formats import FORMATS
from tests.malformed import GOOD
from tests.reading import article_of, articles_of, reasons_of

NAMES = (("title", "headline"), ("id", "number"), ("date", "when"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", '{"headline": "T", "number": 7, "when": "2021-01-18", "title": "not this one"}\n'),
        ("a.csv", "Headline,number,when,title\nT,7,2021-01-18,not this one\n"),
    ],
)
def test_a_field_may_have_another_name(name: str, data: str) -> None:
    """What a mapping names comes before what is called like the field."""
    article = article_of(name, data, Manner(names=NAMES))
    assert (article.id, article.title, str(article.date)) == ("7", "T", "2021-01-18")


def test_front_matter_may_have_other_names() -> None:
    """A mapping is for front matter as well."""
    assert article_of("a.md", "---\nheadline: T\nblurb: U\n---\n", Manner(names=(("title", "blurb"),))).title == "U"


def test_two_fields_may_change_places() -> None:
    """A mapping reads every value from what was written."""
    manner = Manner(names=(("title", "body"), ("body", "title")))
    (article,) = articles_of("a.jsonl", '{"id": "1", "title": "long", "body": "short"}\n', manner)
    assert (article.title, article.body) == ("short", "long")


def test_a_mapping_is_checked() -> None:
    """It has a field that there is, and each field once."""
    assert read_names(("title=headline", "body=a=b")) == (("title", "headline"), ("body", "a=b"))
    for given in (("headline",), ("titel=headline",), ("title=",), ("title=a", "title=b")):
        with pytest.raises(SettingError):
            read_names(given)


@pytest.mark.parametrize("name", [form.name for form in FORMATS if form.name not in ("zip", "tsv")])
def test_a_format_overrides_every_name(name: str) -> None:
    """A file is read as it was said to be, whatever it is called."""
    endings = {ending: form.name for form in FORMATS for ending in form.endings}
    file = next(file for file in GOOD if endings.get("." + file.removesuffix(".gz").rpartition(".")[2]) == name)
    data = GOOD[file]
    assert articles_of("other.bin", data, Manner(name)), reasons_of("other.bin", data, Manner(name))


def test_the_command_takes_both(tmp_path: Path) -> None:
    """--format and --map reach the reader, and a mapping that cannot be is wrong usage."""
    file = tmp_path / "export.dat"
    file.write_text("number;headline\n1;Bridge closed\n")
    run = CliRunner().invoke(
        index_command,
        f"{file} --index {tmp_path / 'index'} --format csv --map id=number --map title=headline --json",
    )
    assert json.loads(run.stdout)["added"] == 1
    run = CliRunner().invoke(index_command, [str(file), "--map", "titel=headline"])
    assert run.exit_code == 2
    assert "FIELD=NAME" in run.output
