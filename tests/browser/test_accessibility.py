"""axe-core finds nothing on any kind of page, in both themes, wide and narrow; nothing scrolls sideways."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenContext, axe_findings
from tests.browser.pages import READER_PAGES

WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 320, "height": 640}}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", READER_PAGES)
def test_page_is_accessible(kind: str, theme: str, width: str, open_context: OpenContext) -> None:
    page = open_context(viewport=WIDTHS[width], color_scheme=theme).new_page()
    page.goto(READER_PAGES[kind])
    assert axe_findings(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{overflow} px wider than the window"
    assert page.locator("h1").count() == 1
