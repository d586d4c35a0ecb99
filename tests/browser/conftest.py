"""A complete portal with starter content, served as `make run` serves it, and a real browser to read it."""

from __future__ import annotations

import base64
import hmac
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LAW = ROOT / "tests" / "browser" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


# What `manage.py demo_logins` prints; the tests take it from there, as a person would.
DEMO_PASSWORD = "demo-kompetenz-2026"
DEMO_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def totp() -> str:
    """Return the current code of the demo secret (RFC 6238: SHA-1, 30 seconds, six digits)."""
    counter = int(time.time()) // 30
    digest = hmac.digest(base64.b32decode(DEMO_SECRET), counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


@dataclass
class Portal:
    """A running portal: its address, its folder, and Django's command line for it."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str, code: str | None = None) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=code, text=True, check=True, stdout=subprocess.PIPE
        )
        return done.stdout


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        if server.poll() is not None:
            raise RuntimeError("the portal ended while starting")
        try:
            urllib.request.urlopen(url, timeout=2)  # noqa: S310 - our own server on the loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the portal did not start")


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = os.environ.get("BROWSER_VAR_DIR")  # a developer may keep the prepared site between runs
    folder = Path(kept) if kept else tmp_path_factory.mktemp("portal")
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.dev", "VAR_DIR": str(folder), "BASE_URL": url,
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3", "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    site = Portal(url, environment)
    site.manage("prepare")
    site.manage("import_laws", str(LAW), "--state", "2026-08-19")
    site.manage("rebuild_index")
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(f"{url}/healthz", server)
        yield site
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed. Debian: apt-get install chromium")
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


@pytest.fixture
def desktop(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 1280, "height": 900}).new_page()


@pytest.fixture
def phone(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 320, "height": 640}, has_touch=True).new_page()


@pytest.fixture
def without_js(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False).new_page()


def axe_findings(page: Page) -> list[str]:
    """Run axe-core with the rules of WCAG 2.0 to 2.2, levels A and AA; return one line per finding."""
    page.evaluate(
        AXE.read_text()
    )  # evaluated in the page's world: no script element, so no policy stands in the way
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG
    )
    return [
        f"{violation['id']}: {violation['help']} → {json.dumps(node['target'])} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


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
