"""What the settings make of the pages: name, colour, footer, robots, and templates of one's own."""

from pathlib import Path

import pytest

from tests.pages import client_of, links, read, text
from tests.web_archive import FakeArchive
from web import Config
from web.accent import CONTRAST, INKS, PAPERS, contrast, readable, style_sheet


def robots(address: str, *, allowed: bool = False) -> str:
    """Return what a page tells search engines."""
    found = read(client_of(FakeArchive(), robots=allowed), address).find(".//meta[@name='robots']")
    assert found is not None
    return found.attrib["content"]


def test_search_engines_are_let_in_only_when_told() -> None:
    """Nothing is to be indexed unless the setting says so, and searches not even then: there is no end to them."""
    article = "/articles/2019/001.txt?q=bridge"
    assert {robots(address) for address in ("/", "/?q=bridge", article)} == {"noindex, nofollow"}
    assert [robots(address, allowed=True) for address in ("/", "/?q=bridge", article)] == [
        "index, follow",
        "noindex, follow",
        "index, follow",
    ]
    canonical = read(client_of(FakeArchive()), article).find(".//link[@rel='canonical']")
    assert canonical is not None
    assert canonical.attrib["href"] == "/articles/2019/001.txt"


def test_the_footer_is_on_every_page() -> None:
    """The line of the settings, as text, at the foot of pages and problems alike."""
    client = client_of(FakeArchive(), footer="<b>© The Courier</b>")
    for address, status in (("/", 200), ("/?q=bridge", 200), ("/articles/none", 404)):
        assert "<b>© The Courier</b>" in text(read(client, address, status).find(".//body/footer"))


def test_the_accent_is_a_style_sheet_of_its_own() -> None:
    """A colour that is set comes as a file, since a page may have nothing inline; the usual one costs no request."""
    client = client_of(FakeArchive(), accent="#005f73")
    sheets = [link.attrib["href"] for link in read(client, "/").iter("link") if link.attrib["rel"] == "stylesheet"]
    answer = client.get(sheets[1])
    assert answer.content_type == "text/css; charset=utf-8"
    assert b"--accent:#005f73" in answer.data
    assert answer.cache_control.max_age == 365 * 24 * 3600
    assert b"accent.css" not in client_of(FakeArchive()).get("/").data


@pytest.mark.parametrize("colour", ["#8a1c2e", "#ffffff", "#000000", "#ffee00", "#777777", "#0000ff", "#3cb371"])
def test_any_colour_can_be_read(colour: str) -> None:
    """Of whatever colour is set, shades are taken that keep WCAG's contrast on both papers and under their inks."""
    for paper in PAPERS:
        shade = readable(colour, paper)
        assert contrast(shade, paper) >= CONTRAST
        assert max(contrast(shade, ink) for ink in INKS) >= CONTRAST
    assert readable("#8a1c2e", PAPERS[0]) == "#8a1c2e"
    assert style_sheet("#8a1c2e") is None


def test_templates_can_be_overridden(tmp_path: Path) -> None:
    """A template in a folder of one's own takes the place of ours of that name, and can build on ours."""
    folder = tmp_path / "backfile"
    folder.mkdir()
    (folder / "article.html").write_text(
        '{% extends "original/backfile/article.html" %}{% block title %}Own: {{ super() }}{% endblock %}'
    )
    (folder / "problem.html").write_text("<!doctype html><title>x</title><p>Own words: {{ details.detail }}</p>")
    client = client_of(FakeArchive(), templates=tmp_path)
    tree = read(client, "/articles/2019/001.txt")
    assert text(tree.find(".//title")) == ("Own: Council votes for a second bridge over the Aldra – The Aldra Courier")
    assert text(tree.find(".//h1")) == "Council votes for a second bridge over the Aldra"
    assert "Own words: The archive holds no article" in text(read(client, "/articles/none", 404))
    assert text(read(client, "/?q=bridge").find(".//h1")) == "25 articles with bridge"


def test_the_environment_sets_the_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Name, colour, footer, robots and templates are settings like all others."""
    for name, value in (("TITLE", "T"), ("ACCENT", "#005F73"), ("FOOTER", "F"), ("ROBOTS", "index")):
        monkeypatch.setenv(f"BACKFILE_{name}", value)
    monkeypatch.setenv("BACKFILE_TEMPLATES", str(tmp_path))
    config = Config.from_environment(index=tmp_path)
    assert config == Config(tmp_path, "T", "#005f73", "F", robots=True, templates=tmp_path)


def test_results_can_be_followed_and_taken_away() -> None:
    """A search has a feed and two downloads of itself, from its beginning, and the archive a description."""
    tree = read(client_of(FakeArchive()), "/?q=bridge&section=City&page=2&page-size=2&date-interval=year")
    assert links(tree, "Follow this search") == ["/feed.atom?q=bridge&section=City"]
    assert links(tree, "Download as CSV") == ["/export.csv?q=bridge&section=City"]
    assert links(tree, "Download as JSONL") == ["/export.jsonl?q=bridge&section=City"]
    described = tree.find(".//link[@rel='search']")
    assert described is not None
    assert described.attrib["href"] == "/opensearch.xml"


def test_a_page_that_looks_otherwise_is_another(tmp_path: Path) -> None:
    """Other settings or other templates make another page of the same hits; where they are kept makes none."""

    def tag(folder: str, content: str, title: str = "The Aldra Courier") -> str:
        template = tmp_path / folder / "backfile" / "note.html"
        template.parent.mkdir(parents=True)
        template.write_text(content)
        return client_of(FakeArchive(), title=title, templates=tmp_path / folder).get("/?q=bridge").headers["ETag"]

    assert tag("first", "one") == tag("second", "one")
    assert len({tag("third", "one"), tag("fourth", "two"), tag("fifth", "one", title="Another")}) == 3
