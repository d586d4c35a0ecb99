"""axe-core's verdict on a page, in both themes, wide and narrow."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, ViewportSize

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=320, height=640)
WIDTHS = {"wide": WIDE, "narrow": NARROW}
# A developer in a hurry may look at one theme.
Theme = Literal["light", "dark"]
THEMES: list[Theme] = [theme for theme in ("light", "dark") if theme in os.environ.get("AXE_THEMES", "light dark")]
RUN = "runOnly => axe.run(document, {runOnly, resultTypes: ['violations']})"
ALL_RULES = {"type": "tag", "values": WCAG}
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Colours that fade from one theme to the other are measured when they have arrived.
SETTLED = """async () => {
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const fading = document.getAnimations().filter(animation => animation instanceof CSSTransition);
    await Promise.allSettled(fading.map(animation => animation.finished));
}"""
# Against the width of the layout: the width of the window counts the room kept free for a scroll bar as well.
OVERFLOW = """() => {
    const root = document.documentElement;
    return root.scrollWidth - Math.round(root.getBoundingClientRect().width);
}"""


def axe_findings(page: Page, rules: dict[str, Any] = ALL_RULES) -> list[str]:
    """Run axe-core with the rules of WCAG 2.0 to 2.2, levels A and AA; return one line per finding."""
    if not page.evaluate("'axe' in window"):
        # Evaluated in the page's world: no script element, so no policy stands in the way.
        page.evaluate(AXE.read_text())
    result = page.evaluate(RUN, rules)
    return [
        f"{violation['id']}: {violation['help']} → {json.dumps(node['target'])} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def findings_in_all_forms(page: Page, *, reload: bool = False) -> list[str]:
    """Look at an open page in every theme and width; `reload` where scripts lay it out once, when it opens.

    One page in four forms finds what four pages find: the themes and widths are media queries, and axe measures
    what is drawn at the moment it runs. A theme changes colours and nothing else (test_a_theme_is_colours_only),
    so the second one is looked at by the rules about colours.
    """
    findings: list[str] = []
    for name, size in WIDTHS.items():
        page.set_viewport_size(size)
        if reload and name == "narrow":
            page.reload()
        for rules, theme in zip((ALL_RULES, COLOUR_RULES), THEMES, strict=False):
            page.emulate_media(color_scheme=theme)
            page.evaluate(SETTLED)
            findings += [f"{name}, {theme}: {finding}" for finding in axe_findings(page, rules)]
        overflow = page.evaluate(OVERFLOW)
        if overflow > 0:
            findings.append(f"{name}: {overflow} px wider than the window")
    return findings
