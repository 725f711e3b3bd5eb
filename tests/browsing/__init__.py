"""The pages in a real browser, and what its tests have in common."""

import shutil
from collections.abc import Callable

from playwright.sync_api import FloatRect, Page, expect

CHROMIUM = shutil.which("chromium")

PREFIX = "/press/archive"
"""Where the same application answers once more, as behind a proxy."""

Open = Callable[..., Page]


def shows(page: Page, heading: str) -> None:
    """Wait for the page with this heading."""
    expect(page.locator("h1")).to_have_text(heading)


def box(page: Page, selector: str) -> FloatRect:
    """Return where an element stands."""
    found = page.locator(selector).bounding_box()
    assert found is not None
    return found


def has_focus(page: Page, selector: str) -> bool:
    """Say whether the element that has the focus is this one."""
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))
