"""Style: colours with contrast, and pages that weigh little."""

import re
from pathlib import Path

import pytest

import web
from tests.pages import client_of, read
from tests.web_archive import FakeArchive
from web.accent import contrast

STYLE = Path(web.__file__).parent / "static" / "backfile.css"


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("ink", "paper", 7.0),
        ("ink", "field", 7.0),
        ("ink", "tint", 7.0),
        ("quiet", "paper", 4.5),
        ("quiet", "field", 4.5),
        ("quiet", "tint", 4.5),
        ("accent", "paper", 4.5),
        ("accent", "tint", 4.5),
        ("accent-ink", "accent", 4.5),
        ("mark-ink", "mark", 4.5),
        ("ink", "mark", 4.5),
        ("edge", "paper", 3.0),
        ("edge", "field", 3.0),
        ("focus", "paper", 3.0),
        ("focus", "tint", 3.0),
    ],
)
def test_colours_have_contrast(scheme: int, front: str, back: str, least: float) -> None:
    """Text keeps WCAG's 4.5 to 1 and shapes 3 to 1, in both schemes (contrast as WCAG 2.2 defines it)."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE.read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[scheme]))
    assert contrast(colours[front], colours[back]) >= least


def test_every_colour_is_a_property() -> None:
    """No colour stands outside the two tables of colours and the print style."""
    rules = re.sub(r":root \{.*?\}", "", STYLE.read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules) == []


def test_pages_are_light() -> None:
    """A page of ten hits, its style sheet, its script and its icon are less than 60 kB, uncompressed."""
    client = client_of(FakeArchive())
    tree = read(client, "/?q=bridge")
    loaded = ("stylesheet", "icon")
    files = [link.attrib["href"] for link in tree.iter("link") if link.attrib["rel"] in loaded] + [
        one.attrib["src"] for one in tree.iter("script")
    ]
    assert len(files) == 3
    weight = 0
    for address in ("/?q=bridge", *files):
        with client.get(address) as answer:
            assert answer.status_code == 200
            weight += len(answer.data)
    assert weight < 60_000


def test_style_and_script_are_kept_under_addresses_of_their_own() -> None:
    """A browser keeps them for a year, since their addresses change with what they hold."""
    client = client_of(FakeArchive())
    tree = read(client, "/")
    for name, address in (("link", "href"), ("script", "src")):
        found = tree.find(f".//{name}[@{address}]")
        assert found is not None
        with client.get(found.attrib[address]) as answer:
            assert answer.cache_control.max_age == 365 * 24 * 3600
        with client.get(found.attrib[address].partition("?")[0]) as answer:
            assert answer.cache_control.no_cache
