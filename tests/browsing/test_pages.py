"""The pages in a real browser: every kind of them, narrow and wide, light and dark, from right to left, on paper."""

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browsing import PREFIX, Open, box, has_focus, shows
from tests.web_archive import HOSTILE

ADDRESSES = {
    "start": "/",
    "results": "/?q=bridge",
    "narrowed": "/?q=bridge&section=City&section=Sport&from-date=2020&to-date=2021-06&order-by=newest",
    "corrected, one day": "/?q=brigde&from-date=2020-03-20&to-date=2020-03-20",
    "nothing": "/?q=zeppelin+harbour&section=City",
    "article": "/articles/2019/001.txt?q=bridge",
    "right to left": "/articles/2021/021.txt?q=bridge",
    "hostile": "/articles/" + quote(HOSTILE.id) + "?q=bridge",
}
# Off unless asked for; bars and page numbers have equals that are larger: two date boxes, Previous and Next.
AXE = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}

PROBLEMS = {"query error": "/?q=bridge+%22over", "no article": "/articles/none"}


@pytest.mark.parametrize("address", [*ADDRESSES.values(), *PROBLEMS.values()], ids=[*ADDRESSES, *PROBLEMS])
def test_axe_finds_nothing(open_page: Open, address: str) -> None:
    """On every page kind, light and dark, with the help open, every rule of axe-core passes and nothing is reported.

    Reported is what the console says, what breaks the policy, and any question to another host.
    """
    page = open_page(address, allow="the server responded with a status of 4", color_scheme="light")
    page.locator(".help summary").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options=AXE)
        assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_in_suggestions(open_page: Open) -> None:
    """With suggestions open and one of them chosen the page keeps every rule, too."""
    page = open_page("/", reduced_motion="reduce")
    page.get_by_role("combobox").press_sequentially("bri")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("address", ["/", "/?q=bridge", "/articles/2019/001.txt?q=bridge", "/articles/none"])
def test_pages_work_under_a_prefix(open_page: Open, address: str) -> None:
    """Below a path of its own every page has its style, its script and its links."""
    page = open_page(PREFIX + address, allow="the server responded with a status of 4")
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("ui-serif")
    expect(page.get_by_label("Words to look for")).to_have_role("combobox")
    for link in page.locator("a[href^='/']").all():
        assert (link.get_attribute("href") or "").startswith(PREFIX)


@pytest.mark.parametrize("address", PROBLEMS.values(), ids=PROBLEMS.keys())
def test_problem_pages_have_their_style(open_page: Open, address: str) -> None:
    """A page about a problem is a page like the others; the browser only notes its status."""
    page = open_page(address, allow="the server responded with a status of 4")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "700"


def test_searching_without_javascript(open_page: Open) -> None:
    """Typing, searching, narrowing, reading and coming back need no script."""
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Words to look for").fill("bridge")
    page.keyboard.press("Enter")
    shows(page, "26 articles with bridge")
    page.get_by_role("link", name="Sport 2 articles").click()
    shows(page, "2 articles with bridge in Sport")
    page.get_by_role("link", name="Newest").click()
    page.get_by_role("link", name="Marathon moves").click()
    shows(page, "Marathon moves to the new bridge")
    page.get_by_role("link", name="Back to the search").click()
    shows(page, "2 articles with bridge in Sport")
    assert page.url.endswith("/?q=bridge&section=Sport&order-by=newest")
    page.get_by_role("link", name="Remove: Section Sport").click()
    shows(page, "26 articles with bridge")
    assert page.url.endswith("/?q=bridge&order-by=newest")
    page.go_back()
    shows(page, "2 articles with bridge in Sport")


def test_a_correction_is_said_and_undone_without_javascript(open_page: Open) -> None:
    """A query that finds nothing as it is typed shows what its correction finds; a link goes back to what was typed."""
    page = open_page("/?q=brigde", java_script_enabled=False)
    shows(page, "26 articles with bridge")
    expect(page.get_by_text("Nothing was found for brigde")).to_be_visible()
    page.get_by_role("link", name="Only what was typed").click()
    shows(page, "No articles with brigde")
    page.get_by_role("link", name="Remove: Match all words").click()
    shows(page, "26 articles with bridge")


def test_dates_without_javascript(open_page: Open) -> None:
    """A bar of the timeline leads to its month, and the two date boxes to any days."""
    page = open_page("/?q=talks", java_script_enabled=False)
    page.locator(".chart a").first.click()
    shows(page, "2 articles with talks, November 2020")
    page = open_page("/?q=bridge", java_script_enabled=False)
    page.get_by_text("Choose days").click()
    page.get_by_label("From").fill("2021-05-01")
    page.get_by_label("To", exact=True).fill("2021-06-30")
    page.get_by_role("button", name="Show these dates").click()
    shows(page, "2 articles with bridge, May to June 2021")


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_nothing_sticks_out(open_page: Open, address: str) -> None:
    """From 320 to 2,560 pixels no page scrolls sideways, with the help and the dates open too."""
    page = open_page(address, viewport={"width": 320, "height": 800})
    page.locator(".help summary").click()
    if page.locator(".days").count():
        page.locator(".days summary").click()
    for width in (320, 360, 768, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_wide_pages_have_a_side_column_and_narrow_ones_a_link_to_it(open_page: Open) -> None:
    """Beside the hits where there is room, below them and one link away where there is none."""
    wide = open_page("/?q=bridge", viewport={"width": 1280, "height": 800})
    main, aside = box(wide, "main"), box(wide, "aside")
    assert aside["x"] >= main["x"] + main["width"]
    assert not wide.get_by_role("link", name="Sections", exact=True).is_visible()
    narrow = open_page("/?q=bridge", viewport={"width": 360, "height": 800})
    main, aside = box(narrow, "main"), box(narrow, "aside")
    assert aside["y"] >= main["y"] + main["height"]
    narrow.get_by_role("link", name="Sections", exact=True).click()
    assert 0 <= box(narrow, "aside")["y"] < 800


def test_paper_is_white_whatever_the_screen_is(open_page: Open) -> None:
    """Who reads light on dark prints dark on light, the marked words too."""
    page = open_page("/?q=bridge", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    inks = page.evaluate("['body', '.passage mark'].map(one => getComputedStyle(document.querySelector(one)).color)")
    assert all(sum(int(part) for part in ink[4:-1].split(",")) < 150 for ink in inks), inks


def test_dark_and_light_have_their_own_colours(open_page: Open) -> None:
    """The scheme of the system decides: light text on dark paper, or dark on light."""
    colours = {}
    for scheme in ("light", "dark"):
        page = open_page("/?q=bridge", color_scheme=scheme)
        colours[scheme] = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('.passage mark')).backgroundColor]"
        )
    lightness = {
        scheme: [sum(int(part) for part in colour[4:-1].split(",")) for colour in found]
        for scheme, found in colours.items()
    }
    assert lightness["light"][0] < 150
    assert lightness["light"][1] > 650
    assert lightness["dark"][0] > 600
    assert lightness["dark"][1] < 150
    assert lightness["dark"][2] < lightness["light"][2]


def test_the_keyboard_reaches_the_box_and_the_first_hit(open_page: Open) -> None:
    """Few steps to the search box; the skip link jumps over it, and the first hit is near."""
    page = open_page("/?q=bridge")
    page.keyboard.press("Tab")
    assert has_focus(page, ".skip")
    assert box(page, ".skip")["y"] >= 0
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert has_focus(page, "#q")
    page = open_page("/?q=bridge+swimmers")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
    assert has_focus(page, ".hits li:first-child a")
    page.keyboard.press("Enter")
    shows(page, "Swimmers race from bridge to bridge")


def test_focus_is_visible_everywhere(open_page: Open) -> None:
    """Whatever the keyboard reaches shows it: by an outline of its own or of the box around it."""
    page = open_page("/?q=bridge&section=City&page-size=2")
    page.keyboard.press("Tab")
    steps = 0
    while not page.evaluate("document.activeElement === document.body") and steps < 200:
        steps += 1
        assert page.evaluate(
            """() => {
                const outlined = e => getComputedStyle(e).outlineStyle !== "none";
                const e = document.activeElement, reach = e.querySelector("rect.reach");
                return outlined(e) || outlined(e.parentElement) || reach && getComputedStyle(reach).stroke !== "none";
            }"""
        ), page.evaluate("document.activeElement.outerHTML")
        page.keyboard.press("Tab")
    assert steps > 30


def test_titles_beside_stand_where_they_belong(open_page: Open) -> None:
    """An Arabic title of the article before stands at the left below its label, that of the one after at the right."""
    page = open_page("/articles/2021/021.txt")
    for rel, side in (("prev", "left"), ("next", "right")):
        for title in page.locator(f".beside [rel={rel}] .title").all():
            assert title.evaluate("e => getComputedStyle(e).textAlign") == side


def test_direction_on_the_page(open_page: Open) -> None:
    """An Arabic article is set from right to left, its date is not, and the page around it stays as it is."""
    page = open_page("/articles/2021/021.txt")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('.masthead')).direction") == "ltr"
    assert page.evaluate("getComputedStyle(document.querySelector('time')).direction") == "ltr"


def test_an_override_ends_with_its_text(open_page: Open) -> None:
    """A character that turns the direction of writing turns only the article's own words."""
    page = open_page("/?q=bridge&page-size=30")
    hit = page.locator(".hit", has_text="reversed").first
    assert hit.locator("time").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert all(
        value == "isolate"
        for value in hit.locator("[dir=auto]").evaluate_all("all => all.map(e => getComputedStyle(e).unicodeBidi)")
    )


def test_less_motion_where_less_is_wanted(open_page: Open) -> None:
    """Transitions are for those who have not asked for less motion."""
    calm = open_page("/", reduced_motion="reduce")
    assert calm.evaluate("getComputedStyle(document.querySelector('a')).transitionDuration") == "0s"


def test_print_leaves_out_what_cannot_be_clicked(open_page: Open) -> None:
    """On paper an article is an article: no search box, no way back."""
    page = open_page("/articles/2019/001.txt?q=bridge")
    page.emulate_media(media="print")
    assert not page.get_by_label("Words to look for").is_visible()
    assert not page.locator(".back").is_visible()
    assert page.locator(".story").is_visible()
