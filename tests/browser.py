"""A page of a headless Chromium that cannot reach the network, and that remembers what went wrong on it."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

__all__ = ["Visit", "barriers", "find_chromium", "launched", "visiting"]

# A machine with other work may draw a page in many times the usual five seconds.
expect.set_options(timeout=30_000)

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOCAL_SCHEMES = ("file", "data", "blob", "about")
LOCAL_HOSTS = ("127.0.0.1", "localhost")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@dataclass
class Visit:
    """A page, what it complained about, and what it asked of the network.

    Attributes:
        page: The Playwright page.
        errors: Console errors and uncaught exceptions, in order.
        blocked: The addresses asked for outside this machine; none was answered.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    def open(self, place: Path | str) -> Page:
        """Goes to a file or an address and waits until it has loaded."""
        self.page.goto(place.resolve().as_uri() if isinstance(place, Path) else place, wait_until="load")
        return self.page

    def assert_quiet(self) -> None:
        """Fails if the page complained, or asked for anything outside this machine."""
        assert not self.errors, f"the page complained: {self.errors}"
        assert not self.blocked, f"the page asked the network for {self.blocked}"


def find_chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, EXECUTABLES)), None)


@contextmanager
def launched(executable: str) -> Generator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser) -> Generator[Visit]:
    """A page of its own, with no cookies and no cache from any other."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visit = Visit(context.new_page())

    def admit(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in LOCAL_SCHEMES or address.hostname in LOCAL_HOSTS:
            route.continue_()
        else:
            visit.blocked.append(route.request.url)
            route.abort()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(message.text)

    context.route("**/*", admit)
    visit.page.on("console", listen)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    try:
        yield visit
    finally:
        context.close()


def barriers(page: Page) -> list[str]:
    """What keeps some people from a page: the serious and the critical findings of axe."""
    # All rules are tried on all elements; of what passes, one element a rule is described, not tens of thousands.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
