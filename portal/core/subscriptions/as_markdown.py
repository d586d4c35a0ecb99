"""The page on subscribing as Markdown: what one gets, how often, and where the forms are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.core.markdown_answers import markdown_answer, markdown_link
from portal.core.models.subscription import Frequency

LEAD = "Wir schreiben Ihnen, wenn sich etwas Wesentliches ändert, mit einem Satz dazu, was sich geändert hat."
NEEDED = (
    "Das Formular fragt nach Ihrer E-Mail-Adresse. Wir verwenden sie nur für diese E-Mails. "
    "Sie beenden das Abo mit einem Klick."
)


@require_safe
def subscribe(request: HttpRequest) -> HttpResponse:
    """Everything the page says before somebody fills it in."""
    form, manage = reverse("subscribe"), reverse("subscription_request_link")
    lines = [
        LEAD, "",
        "## Wie oft", "", *[f"- {label}" for label in Frequency.labels], "",
        "## Formular", "",
        f"{markdown_link('Abonnieren', form)}. {NEEDED}", "",
        "## Weitere Wege", "",
        f"- {markdown_link('Abos ansehen, ändern oder beenden', manage)}",
        f"- {markdown_link('Alle wesentlichen Änderungen als Feed', '/aenderungen.atom')}",
    ]  # fmt: skip
    return markdown_answer("Änderungen abonnieren", form, lines)
