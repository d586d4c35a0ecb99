"""Contact and report of a barrier as Markdown: who can be reached, how, and where the forms are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from knowledge.views.as_markdown import answer, link
from portal.core.context import Surroundings, surroundings
from portal.core.text import escape_markdown


def _statement(frame: Surroundings) -> str:
    """Return the link to the statement on accessibility, which names the enforcement body."""
    found = (item for item in frame.service_links if "Erklärung zur Barrierefreiheit" in item["title"])
    return next((link(item["title"], item["url"]) for item in found), "")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Particulars of the centre and the ways to it."""
    operator = surroundings(request).operator
    lines = [
        "Stellen Sie eine Frage, bitten Sie um Beratung oder sagen Sie uns, was auf einer Seite fehlt.",
        "",
        f"- Stelle: {escape_markdown(operator.name)}",
        *([f"- E-Mail: <{operator.email}>"] if operator.email else []),
        *([f"- Telefon: {escape_markdown(operator.phone)}"] if operator.phone else []),
        f"- Formular: {link('Nachricht senden', reverse('contact'))}",
        f"- Etwas ist nicht barrierefrei: {link('Barriere melden', reverse('report_barrier'))}",
    ]
    return answer("Kontakt", reverse("contact"), lines)


@require_safe
def report_barrier(request: HttpRequest) -> HttpResponse:
    """How a barrier is reported, and what can be done when no answer comes."""
    frame = surroundings(request)
    mailbox = frame.operator.accessibility_email or frame.operator.email
    statement = _statement(frame)
    lines = [
        "Sie können etwas im Portal nicht lesen, bedienen oder verstehen? Sagen Sie es uns. "
        "Wir antworten spätestens in sechs Wochen.",
        "",
        f"- Formular: {link('Meldung senden', reverse('report_barrier'))}",
        *([f"- E-Mail: <{mailbox}>"] if mailbox else []),
        *([f"- Keine Antwort? Die Durchsetzungsstelle steht hier: {statement}"] if statement else []),
    ]
    return answer("Barriere melden", reverse("report_barrier"), lines)
