"""Reading with nothing but a keyboard or a finger, a page with every block, and an index that keeps up."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import OVERFLOW, findings_in_all_forms
from tests.browser.conftest import OpenContext
from tests.browser.served import Portal
from tests.browser.test_journeys import ARTICLE, FOLDED, TOPIC, tab_to, transferred

PICTURES = "/themen/volldigitalisierung/was-volldigitalisierung-bedeutet/"
MARKDOWN = """\
## Überschrift mit Fußnote

Ein Absatz[^1] über `Code`, die **IDNr** und § 9 Abs. 1 OZG.

| Größe | Frist |
| --- | --- |
| klein | 31. Dezember |

Begriff
:   Erklärung des Begriffs.

!!! note "Gut zu wissen"
    Ein Hinweis.

```
eine Zeile Code
```

[^1]: Eine Fußnote.
"""
ALL_BLOCKS = f"""
import json
from knowledge.models import ArticlePage, TopicPage
from portal.core.models import PortalDocument, PortalImage
from tests.browser.made_up_content import LICENCE, all_blocks
body = all_blocks(PortalImage.objects.get(title="Bürgerbüro"), PortalDocument.objects.get(licence=LICENCE))
body.insert(0, {{"type": "markdown", "value": {MARKDOWN!r}}})
page = ArticlePage(title="Alles auf einer Seite", slug="alles", short_answer="Ja.", no_legal_basis=True,
                   body=json.dumps(body))
TopicPage.objects.get(slug="civento").add_child(instance=page)
page.save_revision().publish()
"""
GONE = "from knowledge.models import ArticlePage\nArticlePage.objects.filter(slug='alles').delete()\n"
SAME_BOXES = """() => [...document.querySelectorAll("body *")].map(element => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return [element.tagName, Math.round(box.x), Math.round(box.y), Math.round(box.width), Math.round(box.height),
            style.visibility, style.display].join(" ");
})"""


@pytest.mark.once
@pytest.mark.parametrize("address", ["/", ARTICLE, TOPIC, "/suche/?q=Bescheid", "/bausteine/", "/kontakt/"])
def test_a_theme_is_colours_only(address: str, desktop: Page) -> None:
    """What axe says of one theme holds in the other, but for colours (tests/browser/axe.py rests on it)."""
    desktop.goto(address)
    boxes = desktop.evaluate(SAME_BOXES)
    desktop.emulate_media(color_scheme="dark")
    assert desktop.evaluate(SAME_BOXES) == boxes


@pytest.mark.once
def test_a_page_with_every_block_is_accessible(portal: Portal, desktop: Page) -> None:
    portal.python(ALL_BLOCKS)
    try:
        answer = desktop.goto("/themen/civento/alles/")
        assert answer is not None
        assert answer.status == 200
        for part in ("table", "details", "blockquote", "figure img", ".kp-prose dl", "pre", "sup a", "ol"):
            assert desktop.locator(f"main {part}").count(), part
        assert findings_in_all_forms(desktop) == []
        for summary in desktop.locator("main details > summary").all():
            summary.press("Enter")
        assert findings_in_all_forms(desktop) == []
        assert desktop.evaluate(OVERFLOW) == 0
    finally:
        portal.python(GONE)


@pytest.mark.once
def test_an_article_with_pictures_transfers_at_most_150_kilobytes(open_context: OpenContext) -> None:
    assert transferred(open_context(viewport={"width": 1280, "height": 900}), PICTURES) <= 150_000


@pytest.mark.once
def test_explanations_open_and_close_by_keyboard(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    tab_to(desktop, ".kp-term", limit=80)
    box = desktop.locator(".kp-term-box").first
    for key in ("Enter", "Space"):
        desktop.keyboard.press(key)
        expect(box).to_be_visible()
        desktop.keyboard.press("Escape")
        expect(box).not_to_be_visible()
        assert desktop.evaluate("document.activeElement.matches('.kp-term')")


@pytest.mark.once
def test_explanations_open_and_close_by_touch(phone: Page) -> None:
    phone.goto(ARTICLE)
    phone.locator(".kp-term").first.tap()
    box = phone.locator(".kp-term-box").first
    expect(box).to_be_visible()
    assert phone.evaluate(OVERFLOW) == 0
    phone.locator("h1").tap()
    expect(box).not_to_be_visible()


@pytest.mark.once
def test_questions_open_by_their_address_without_scripts(without_js: Page) -> None:
    without_js.goto(TOPIC)
    body = without_js.locator(".kp-accordion__body").last
    expect(body).to_be_hidden()
    without_js.goto(f"{TOPIC}#{body.get_attribute('id')}")
    expect(body).to_be_visible()


def test_questions_contents_and_theme_by_keyboard(desktop: Page) -> None:
    desktop.goto(TOPIC)
    tab_to(desktop, f"{FOLDED} summary", limit=120)
    desktop.keyboard.press("Enter")
    expect(desktop.locator(FOLDED)).to_have_attribute("open", "")
    desktop.goto(ARTICLE)
    tab_to(desktop, "nav[aria-labelledby=inhaltsverzeichnis] a", limit=200)
    target = str(desktop.evaluate("document.activeElement.hash"))
    desktop.keyboard.press("Enter")
    assert desktop.url.endswith(target)
    expect(desktop.locator(f"[id='{target[1:]}']")).to_be_in_viewport()
    desktop.goto("/")
    tab_to(desktop, "button[data-theme-choice=dark]", limit=150)
    desktop.keyboard.press("Enter")
    expect(desktop.locator("html")).to_have_attribute("data-kern-theme", "dark")


@pytest.mark.once
def test_the_centre_is_asked_by_keyboard(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    tab_to(desktop, "main a[href^='/kontakt/']", limit=150)
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/kontakt/**")
    tab_to(desktop, "main [name=message]")
    desktop.keyboard.type("Wie speichern wir die IDNr im Fachverfahren?")
    tab_to(desktop, "main [name=email]")
    desktop.keyboard.type("rathaus@demo.example")
    _wait_as_a_person(desktop)
    tab_to(desktop, "main form [type=submit]")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/kontakt/gesendet/**")


@pytest.mark.once
def test_a_barrier_is_reported_by_keyboard(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    tab_to(desktop, "footer a[href^='/barriere-melden/']", limit=200)
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/barriere-melden/**")
    tab_to(desktop, "main [name=description]")
    desktop.keyboard.type("Die Tabelle ist mit der Tastatur nicht zu lesen.")
    _wait_as_a_person(desktop)
    tab_to(desktop, "main form [type=submit]")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/barriere-melden/gesendet/**")


def _wait_as_a_person(page: Page) -> None:
    """Nobody fills in a form in a second; the portal takes those who do for a machine."""
    page.wait_for_timeout(3_500)


NEW = """
from knowledge.models import ArticlePage, TopicPage
for name in ("Offline", "Umgezogen", "Gesperrt", "Geloescht"):
    page = ArticlePage(title=f"Zwirbelregister {name}", slug=f"zwirbel-{name.lower()}", short_answer="Neu.",
                       no_legal_basis=True)
    TopicPage.objects.get(slug="civento").add_child(instance=page)
    page.save_revision().publish()
closed = TopicPage(title="Nur für das Haus", slug="nur-fuer-das-haus", summary="Intern.",
                   visibility="centre")
TopicPage.objects.get(slug="civento").get_parent().specific.add_child(instance=closed)
closed.save_revision().publish()
"""
CHANGES = {
    "zwirbel-offline": "page.unpublish()",
    "zwirbel-umgezogen": "page.move(TopicPage.objects.get(slug='nur-fuer-das-haus'), pos='last-child')",
    "zwirbel-gesperrt": "page.visibility = 'centre'; page.save_revision().publish()",
    "zwirbel-geloescht": "page.delete()",
}
# What the index itself gives to the public, without the second look into the database.
IN_THE_INDEX = """
import json
from search.engines import get_engine
from search.query import parse, plan
from portal.core.visibility import Visibility
hits = get_engine().search(plan(parse("Zwirbelregister"), level=Visibility.PUBLIC)).hits
print("RESULT" + json.dumps(sorted(hit.url for hit in hits)))
"""


def test_what_is_withdrawn_leaves_the_index_within_five_seconds(portal: Portal) -> None:
    """Unpublished, moved under a closed topic, restricted, deleted: through the follower that `serve` runs."""
    portal.python(NEW)
    _wait_for(portal, 4, seconds=60)  # a portal just started is still getting its background process up
    for left, (slug, change) in zip((3, 2, 1, 0), CHANGES.items(), strict=True):
        head = (
            f"from knowledge.models import ArticlePage, TopicPage\npage = ArticlePage.objects.get(slug={slug!r})\n"
        )
        portal.python(head + change)
        _wait_for(portal, left)
    portal.python(
        "from knowledge.models import TopicPage\nTopicPage.objects.get(slug='nur-fuer-das-haus').delete()"
    )


def _wait_for(portal: Portal, number: int, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while len(found := portal.result(IN_THE_INDEX)) != number:
        assert time.monotonic() < until, found
        time.sleep(0.2)
