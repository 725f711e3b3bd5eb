"""A real browser: one Chromium and one server a session, a context of its own for each page."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    sync_playwright,
)
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browsing import CHROMIUM, PREFIX, Open
from tests.web_archive import HOSTILE, NEWS, FakeArchive
from web import Config, create_app

# What breaks the policy is told on the page, too.
WATCH = "addEventListener('securitypolicyviolation', event => console.error(`policy: ${event.violatedDirective}`));"


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the tests look at the page."""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a running server over the invented news and one hostile article."""
    app = create_app(Config(index=Path("unused"), title="The Aldra Courier"), FakeArchive([*NEWS, HOSTILE]))
    everywhere = DispatcherMiddleware(app, {PREFIX: app})
    server = make_server("127.0.0.1", 0, everywhere, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Open an address of the site in a browser of its own, with the options of ``new_context``; listens for trouble."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_one(address: str, *, allow: str | None = None, **options: Any) -> Page:
        def on_console(message: ConsoleMessage) -> None:
            if allow is None or allow not in message.text:
                trouble.append(message.text)

        def on_dialog(dialog: Dialog) -> None:
            trouble.append(dialog.message)
            dialog.dismiss()

        def on_request(request: Request) -> None:
            if not request.url.startswith(site):
                trouble.append(request.url)

        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("dialog", on_dialog)
        page.on("request", on_request)
        page.add_init_script(WATCH)
        page.goto(site + address)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert trouble == []
