"""What the script adds: suggestions, the timeline as a date picker, examples for the box, steps from mark to mark."""

import json
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.browsing import PREFIX, Open, box, has_focus, shows


def asked(page: Page) -> dict[str, list[str]]:
    """Return the query string of a page's address."""
    return parse_qs(urlsplit(page.url).query)


def options(page: Page) -> list[str]:
    """Return what the suggestions say, once there are some."""
    expect(page.get_by_role("listbox")).to_be_visible()
    return [option.strip() for option in page.get_by_role("option").all_inner_texts()]


def bar(page: Page, label: str) -> tuple[float, float]:
    """Return the middle of a bar of the timeline."""
    found = page.locator(".chart a", has_text=label).locator(".reach").bounding_box()
    assert found is not None
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def test_suggestions_by_keyboard(open_page: Open) -> None:
    """Typing brings suggestions; arrows go through them, Escape closes them, Enter searches what is chosen."""
    page = open_page("/")
    words = page.get_by_role("combobox", name="Words to look for")
    expect(words).to_have_attribute("aria-expanded", "false")
    words.press_sequentially("bri")
    assert options(page)[0].startswith("bridge")
    expect(page.get_by_role("option").first.locator("b")).to_have_text("dge")
    expect(words).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#suggested")).to_contain_text("suggestion")
    words.press("ArrowDown")
    active = words.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    words.press("ArrowUp")
    assert words.get_attribute("aria-activedescendant") is None
    words.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert words.input_value() == "bri"
    words.press_sequentially("d")
    options(page)
    words.press("ArrowDown")
    words.press("Enter")
    shows(page, "26 articles with bridge")


def test_a_title_leads_to_its_article(open_page: Open) -> None:
    """A suggested title is one click away from its article, below a prefix too."""
    for prefix in ("", PREFIX):
        page = open_page(prefix + "/")
        page.get_by_role("combobox").press_sequentially("Marathon moves")
        page.get_by_role("option", name="Marathon moves").click()
        shows(page, "Marathon moves to the new bridge")
        assert urlsplit(page.url).path.startswith(f"{prefix}/articles/2021")


def test_suggestions_are_text(open_page: Open) -> None:
    """A title full of markup is shown as it is written."""
    page = open_page("/")
    page.get_by_role("combobox").press_sequentially("<script>alert")
    assert any("<script>alert('title')</script>" in option for option in options(page))


def test_stale_suggestions_are_dropped(open_page: Open) -> None:
    """An answer that comes after the next question is not shown, and its request is given up."""
    page = open_page("/")
    late: list[Route] = []
    given_up: list[str] = []

    def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)["q"][0]
        if query == "o":
            late.append(route)
            return
        one = {"kind": "word", "text": query, "query": f"after {query}", "articles": 1, "id": None}
        route.fulfill(body=json.dumps({"suggestions": [one]}), content_type="application/json")

    page.on("requestfailed", lambda request: given_up.append(request.url))
    page.route("**/api/suggest*", answer)
    words = page.get_by_role("combobox")
    with page.expect_request("**/api/suggest?q=o"):
        words.press_sequentially("o")
    words.press_sequentially("x")
    assert options(page) == ["after ox\n1 article"]
    assert len(late) == 1
    assert [urlsplit(url).query for url in given_up] == ["q=o"]
    expect(page.get_by_role("option")).to_have_count(1)


def test_examples_write_themselves_into_the_box(open_page: Open) -> None:
    """The help shows the query language with one's own words, and a click puts an example into the box."""
    page = open_page("/?q=steel+bridge")
    page.get_by_text("How to ask").click()
    page.get_by_role("link", name='"steel bridge"', exact=True).click()
    words = page.get_by_role("combobox")
    expect(words).to_have_value('"steel bridge"')
    assert has_focus(page, "#q")
    assert asked(page) == {"q": ["steel bridge"]}


def test_a_click_on_the_timeline_drills(open_page: Open) -> None:
    """A bar leads to its dates, the trail and the back button out of them again, and forward into them."""
    page = open_page("/?q=bridge")
    page.mouse.click(*bar(page, "October 2021"))
    shows(page, "2 articles with bridge, October 2021")
    page.go_back()
    shows(page, "26 articles with bridge")
    page.go_forward()
    shows(page, "2 articles with bridge, October 2021")
    page.get_by_role("link", name="All dates").click()
    shows(page, "26 articles with bridge")


def test_dates_too_few_for_a_chart_are_shown_among_others(open_page: Open) -> None:
    """At the end of the way down the timeline shows the dates around, so that the next ones are a click away."""
    page = open_page("/?q=bridge&from-date=2020-03&to-date=2020-03")
    expect(page.locator(".chart a[aria-current=date]")).to_contain_text("March 2020")
    page.locator(".chart a[aria-current=date]").focus()
    expect(page.locator(".readout")).to_contain_text("March 2020")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    shows(page, "1 article with bridge, February 2020")


def test_a_drag_takes_a_range(open_page: Open) -> None:
    """From where the button goes down to where it comes up, in either direction; the bars below are not followed."""
    for order in (1, -1):
        page = open_page("/?q=be&order-by=newest")
        (start, end) = (bar(page, "January 2020"), bar(page, "March 2020"))[::order]
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=5)
        expect(page.locator(".readout")).to_have_text(
            "January 2020 to March 2020: 2 of 3 articles, 67\N{NO-BREAK SPACE}%"
        )
        page.mouse.up()
        shows(page, "2 articles with be, January to March 2020")
        assert asked(page) == {
            "q": ["be"],
            "order-by": ["newest"],
            "from-date": ["2020-01-01"],
            "to-date": ["2020-03-31"],
        }


def test_the_timeline_by_keyboard(open_page: Open) -> None:
    """The chart is one stop; arrows go from bar to bar, Enter follows, Shift takes a range, Escape lets it go."""
    page = open_page("/?q=bridge")
    first = page.locator(".chart a").first
    first.focus()
    assert page.locator(".chart a[tabindex='0']").count() == 1
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chart a").nth(1)).to_be_focused()
    expect(page.locator(".readout")).to_contain_text("May 2019")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#range")).to_have_text("May 2019 to September 2019: 2 articles")
    page.keyboard.press("Escape")
    expect(page.locator(".taken")).to_have_count(0)
    page.keyboard.press("Shift+Home")
    page.keyboard.press("Enter")
    shows(page, "3 articles with bridge, 4 March to 30 September 2019")
    page.go_back()
    page.locator(".chart a").first.focus()
    page.keyboard.press("Enter")
    shows(page, "1 article with bridge, 4 to 31 March 2019")


def test_marked_words_are_stepped_through(open_page: Open) -> None:
    """Two buttons go from mark to mark and round again, say which one it is, and bring it into sight."""
    page = open_page("/articles/2019/001.txt?q=bridge", viewport={"width": 400, "height": 300}, reduced_motion="reduce")
    number = page.locator(".story mark").count()
    page.get_by_role("button", name="Next place").click()
    expect(page.locator(".steps [role=status]")).to_have_text(f"1 of {number}")
    page.get_by_role("button", name="Previous place").click()
    expect(page.locator(".steps [role=status]")).to_have_text(f"{number} of {number}")
    expect(page.locator("mark.current")).to_be_in_viewport()
    assert page.locator("mark.current").count() == 1


def test_marked_words_are_led_to_without_javascript(open_page: Open) -> None:
    """Without a script there is a link to each passage that holds a mark."""
    page = open_page(
        "/articles/2019/001.txt?q=bridge", java_script_enabled=False, viewport={"width": 400, "height": 300}
    )
    expect(page.get_by_role("button", name="Next place")).to_be_hidden()
    page.get_by_role("link", name="Passage 3").click()
    expect(page.locator(".text p").last).to_be_in_viewport()


def test_addresses_hold_no_empty_values(open_page: Open) -> None:
    """What a form leaves empty is not sent along, so that an address is short enough to be told."""
    page = open_page("/?q=bridge")
    page.get_by_text("Choose days").click()
    page.get_by_label("From").fill("2021-05-01")
    page.get_by_role("button", name="Show these dates").click()
    shows(page, "9 articles with bridge, since 1 May 2021")
    assert asked(page) == {"q": ["bridge"], "from-date": ["2021-05-01"]}


def test_everything_by_keyboard_alone(open_page: Open) -> None:
    """From the box to a section, into an article, to its neighbour: Tab and Enter are enough."""
    page = open_page("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("bridge")
    page.keyboard.press("Enter")
    shows(page, "26 articles with bridge")
    page.get_by_role("link", name="Leave out Sport").focus()
    page.keyboard.press("Enter")
    shows(page, "24 articles with bridge, not in Sport")
    page.get_by_role("link", name="Council votes").focus()
    page.keyboard.press("Enter")
    shows(page, "Council votes for a second bridge over the Aldra")
    page.get_by_role("link", name="After it in City").focus()
    page.keyboard.press("Enter")
    shows(page, "First piles driven for the new bridge")


def test_suggestions_lie_within_a_narrow_page(open_page: Open) -> None:
    """On a telephone the list is as wide as the box."""
    page = open_page("/", viewport={"width": 320, "height": 640})
    page.get_by_role("combobox").press_sequentially("bridge o")
    options(page)
    found = box(page, "#suggestions")
    assert found["x"] >= 0
    assert found["x"] + found["width"] <= 320
