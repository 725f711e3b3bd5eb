"""Front matter: fields in YAML before text and Markdown."""

import datetime

import pytest

from tests.reading import article_of, reasons_of

FIELDS = """---
Title: "Bridge: closed"
date: 2021-01-18 16:26 +0300
authors:
  - A. Reeve
  - name: B. Lund
categories: [Harbour, News]
lang: en-GB
draft: false
---
"""
AT = datetime.datetime(2021, 1, 18, 16, 26, tzinfo=datetime.timezone(datetime.timedelta(hours=3)))


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_fields_are_read(name: str, ends: str) -> None:
    """Fields have an article's names or those of site generators; others are left alone."""
    article = article_of(name, (FIELDS + "\nOne\ntwo.\n\nThree.\n").replace("\n", ends))
    assert (article.title, article.date, article.byline) == ("Bridge: closed", AT, "A. Reeve, B. Lund")
    assert (article.section, article.language, article.id) == ("Harbour", "en-GB", name)
    assert article.body.replace("\n\n", "|").split() == ["One", "two.|Three."]
    assert article.body_html is None


def test_markdown_becomes_text_and_markup() -> None:
    """The body is plain text without marks, and the same as clean markup."""
    source = (
        "# Bridge closed\n\nIt is *closed* <b onclick=x>now</b><script>x</script>.\n\n- a\n- [b](https://b.example/)\n"
    )
    article = article_of("a.md", source)
    assert article.title == "Bridge closed"
    assert article.body == "It is closed now.\n\na\n\nb"
    assert article.body_html == (
        "<p>It is <em>closed</em> <strong>now</strong>.</p>\n"
        '<ul>\n<li>a</li>\n<li><a href="https://b.example/">b</a></li>\n</ul>'
    )


def test_a_line_of_dashes_is_no_front_matter() -> None:
    """Text that only begins with a rule is text."""
    article = article_of("a.txt", "---\n\nBridge closed\n16:26, 18 January 2021\n\nText.\n\n---\n\nMore.\n")
    assert article.date == datetime.datetime(2021, 1, 18, 16, 26)
    assert article_of("a.md", "---\n\nText.\n\n---\n").body == "Text."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("title: a: b", "broken front matter: mapping values are not allowed here in line 2"),
        ("title: [a", "broken front matter: "),
        ("title: &a\n  - *b", "broken front matter: found undefined alias"),
        ("title: " + "[" * 5_000, "broken front matter: too deep"),
        ("title: " + "x" * 70_000, "broken front matter: over 65,536 characters long"),
        ("title: \x07", "broken front matter: "),
    ],
)
def test_broken_front_matter_is_rejected(fields: str, reason: str) -> None:
    """It says in a line what is wrong and in which line of the file, and never guesses."""
    (said,) = reasons_of("a.md", f"---\n{fields}\n---\ntext\n")
    assert said.startswith(reason)
    assert said.isprintable()


def test_values_are_as_they_are_written() -> None:
    """YAML's own dates, numbers and truths are text here; null and blank are nothing."""
    article = article_of("a.md", "---\ntitle: 007\nbyline: null\nsection: yes\nurl:\ndate: 2021-01-18\n---\ntext\n")
    assert (article.title, article.byline, article.section, article.url) == ("007", None, "yes", None)
    assert article.date == datetime.date(2021, 1, 18)
