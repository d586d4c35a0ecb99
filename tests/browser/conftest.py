"""A complete portal with starter content, served as `make run` serves it, and a real browser to read it."""

from __future__ import annotations

import base64
import hmac
import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.axe import WIDE
from tests.browser.served import Portal, drop_template, served_portal

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


expect.set_options(timeout=15_000)  # a busy machine is no failure; where time counts a test says so itself

# What `manage.py demo_logins` prints; the tests take it from there, as a person would.
DEMO_PASSWORD = "demo-kompetenz-2026"
DEMO_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def totp() -> str:
    """Return the current code of the demo secret (RFC 6238: SHA-1, 30 seconds, six digits)."""
    counter = int(time.time()) // 30
    digest = hmac.digest(base64.b32decode(DEMO_SECRET), counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = tmp_path_factory.getbasetemp()
    with served_portal(folder if worker == "main" else folder.parent, worker) as site:
        yield site


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last one to leave clears away what all workers shared."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None and "PYTEST_XDIST_WORKER" not in os.environ:
        drop_template(factory.getbasetemp())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        say = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        say("Chromium is not installed. Debian: apt-get install chromium-headless-shell (or set CHROMIUM).")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(portal: Portal, browser: Browser) -> Iterator[OpenContext]:
    """Open a browser context; every request to another host, and every script error, fails the test."""
    contexts: list[BrowserContext] = []
    foreign: list[str] = []
    errors: list[str] = []

    def open_(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=portal.url, locale="de-DE", reduced_motion="reduce", **options)
        context.on("request", lambda request: foreign.append(request.url) if _is_foreign(request.url) else None)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda message: errors.append(message.text) if _is_violation(message) else None)
        contexts.append(context)
        return context

    def _is_foreign(url: str) -> bool:
        return not url.startswith((portal.url, "data:", "blob:", "about:"))

    yield open_
    for context in contexts:
        context.close()
    assert not foreign, f"requests to third parties: {foreign}"
    assert not errors, f"errors in the browser: {errors}"


def _is_violation(message: Any) -> bool:
    return message.type == "error" and "Content Security Policy" in message.text


OpenAs = Callable[..., BrowserContext]


@pytest.fixture
def open_as(portal: Portal, open_context: OpenContext) -> OpenAs:
    """Open a browser context with one of the sessions of `made_up.py`, and options of Playwright."""

    def open_(person: str, **options: Any) -> BrowserContext:
        context = open_context(viewport=WIDE, **options)
        context.add_cookies([{"name": "session", "value": portal.facts["sessions"][person], "url": portal.url}])
        return context

    return open_


@pytest.fixture
def desktop(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 1280, "height": 900}).new_page()


@pytest.fixture
def phone(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 320, "height": 640}, has_touch=True).new_page()


@pytest.fixture
def without_js(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False).new_page()


def found_within_five_seconds(page: Page, title: str) -> None:
    """Search for what has just been published until it is found; it may take five seconds."""
    until = time.monotonic() + 5
    found = page.locator("main").get_by_text(title)
    page.goto(f"/suche/?{urlencode({'q': title})}")
    while not found.count() and time.monotonic() < until:
        page.wait_for_timeout(250)
        page.reload()
    expect(found.first).to_be_visible(timeout=1)


@pytest.fixture(scope="session")
def signed_in(portal: Portal, browser: Browser) -> Callable[[str], Any]:
    """Sign a demo person in once, second factor included; returns the state other contexts start from."""
    states: dict[str, Any] = {}

    def state(email: str) -> Any:
        if email not in states:
            context = browser.new_context(base_url=portal.url, locale="de-DE")
            page = context.new_page()
            page.goto("/konto/anmelden/?next=/cms/")
            page.locator("main input[name=login]").fill(email)
            page.locator("main input[name=password]").fill(DEMO_PASSWORD)
            page.locator("main input[name=password]").press("Enter")
            page.wait_for_load_state()
            if page.locator("main input[name=code]").count():
                page.locator("main input[name=code]").fill(totp())
                page.locator("main input[name=code]").press("Enter")
                page.wait_for_url("**/cms/**")
            states[email] = context.storage_state()
            context.close()
        return states[email]

    return state
